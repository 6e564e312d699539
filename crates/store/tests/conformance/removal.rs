//! Revoked devices, and their removal from groups.

use relais_store::{
    DeviceStatus, EntryKind, Error, KeyPackage, NewEntry, RemovalProgress, SERVICE, Store,
    Unproposed,
};
use relais_types::GroupId;

use crate::seed::{self, NOW};

/// Devices 1 and 2 in a group, the second one revoked.
async fn revoked(store: &Store) -> GroupId {
    seed::people(store, 2).await;
    let group = seed::new_group(store).await;
    store
        .run_tx("revoke", async move |tx| {
            seed::commit(tx, group, &[2], &[]).await?;
            tx.revoke_device(seed::device_id(2), NOW).await
        })
        .await
        .unwrap();
    group
}

async fn propose(store: &Store, group: GroupId) -> u64 {
    let entry = NewEntry {
        epoch: 1,
        kind: EntryKind::Proposal,
        sender: SERVICE,
        ..seed::message(1, vec![0x0f])
    };
    store
        .run_tx("propose", async move |tx| {
            let mut locked = tx.lock_group(group).await?.unwrap();
            let seq = tx.append(&mut locked, &entry).await?;
            tx.replace_public_state(&locked, b"with the proposal")
                .await?;
            tx.insert_removal(&mut locked, seed::device_id(2), seq, NOW)
                .await?;
            assert_eq!(locked.get().proposed_seq, Some(seq));
            Ok::<_, Error>(seq)
        })
        .await
        .unwrap()
}

pub(crate) async fn a_removal_is_pending_until_a_commit_makes_it(store: Store) {
    let group = revoked(&store).await;
    let device = seed::device_id(2);
    let waiting = async || {
        let read = store.read("waiting", async move |view| {
            let waiting = view.unproposed_removals(10).await?;
            let progress = view.removal_progress(device).await?;
            let proposed = view.group(group).await?.unwrap().proposed_seq;
            Ok::<_, Error>((waiting, progress, proposed))
        });
        read.await.unwrap()
    };
    let pending = RemovalProgress {
        pending: 1,
        last_made_at: None,
    };
    let unproposed = vec![Unproposed { group, device }];
    assert_eq!(waiting().await, (unproposed, pending, None));

    let seq = propose(&store, group).await;
    assert_eq!(waiting().await, (vec![], pending, Some(seq)));
    let (log, state) = store
        .read("log", async move |view| {
            let log = view.log(group, 0, 10, 10, usize::MAX).await?;
            Ok::<_, Error>((log, view.group_state(group).await?.unwrap()))
        })
        .await
        .unwrap();
    let last = log.last().unwrap();
    assert_eq!((last.kind, last.sender), (EntryKind::Proposal, SERVICE));
    assert_eq!(state.public_state.as_ref(), b"with the proposal");

    let commit =
        async move |tx: &mut relais_store::Transaction| seed::commit(tx, group, &[], &[2]).await;
    store.run_tx("commit", commit).await.unwrap();
    let made = RemovalProgress {
        pending: 0,
        last_made_at: Some(NOW),
    };
    assert_eq!(waiting().await, (vec![], made, None));
}

pub(crate) async fn a_proposal_ends_with_its_epoch(store: Store) {
    let group = revoked(&store).await;
    propose(&store, group).await;
    let waiting = store
        .run_tx("commit", async move |tx| {
            seed::commit(tx, group, &[], &[]).await?;
            let waiting = tx.unproposed_removals(10).await?;
            assert_eq!(tx.group(group).await?.unwrap().proposed_seq, None);
            Ok::<_, Error>(waiting)
        })
        .await
        .unwrap();
    assert_eq!(waiting.len(), 1, "it must be proposed again");
}

pub(crate) async fn a_device_is_revoked_once_with_its_key_packages(store: Store) {
    seed::people(&store, 1).await;
    let id = seed::device_id(1);
    store
        .run_tx("revoke", async move |tx| {
            let package = KeyPackage {
                reference: vec![1],
                device: id,
                last_resort: true,
                bytes: vec![1].into(),
                not_after: NOW.plus(std::time::Duration::from_secs(9)),
            };
            tx.store_key_package(&package, NOW).await?;
            assert!(tx.has_key_package(id, NOW).await?);
            assert!(tx.revoke_device(id, NOW).await?);
            assert!(
                !tx.revoke_device(id, NOW.plus(std::time::Duration::from_secs(1)))
                    .await?
            );
            assert!(!tx.has_key_package(id, NOW).await?);
            let device = tx.device(id).await?.unwrap();
            assert_eq!(device.status, DeviceStatus::Revoked);
            assert_eq!(device.revoked_at, Some(NOW));
            assert!(!tx.revoke_device(seed::device_id(9), NOW).await?);
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
}
