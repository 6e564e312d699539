//! A disk without room: nothing is acknowledged that is not kept, and room heals it.

#![expect(clippy::unwrap_used, reason = "tests")]

use relais_store::{EntryKind, Error, GroupState, NewEntry, NewGroup, Options, Result, Store};
use relais_types::{DeviceId, GroupId, Timestamp};

const GROUP: GroupId = GroupId::from_bytes([1; 16]);
const DEVICE: DeviceId = DeviceId::from_bytes([2; 16]);
const NOW: Timestamp = Timestamp::from_micros(1);

async fn append(store: &Store, n: u16) -> Result<u64> {
    let mut payload = n.to_be_bytes().to_vec();
    payload.resize(6_000, 0);
    let entry = NewEntry {
        epoch: 0,
        kind: EntryKind::Application,
        sender: DEVICE,
        payload: payload.into(),
        accepted_at: NOW,
    };
    store
        .run_tx("append", async move |tx| {
            let mut group = tx.lock_group(GROUP).await?.unwrap();
            tx.append(&mut group, &entry).await
        })
        .await
}

async fn logged(store: &Store) -> Vec<(u64, u16)> {
    let entries = store
        .read("log", async |view| {
            view.log(GROUP, 0, u64::MAX, u32::MAX, usize::MAX).await
        })
        .await
        .unwrap();
    let number = |payload: &[u8]| u16::from_be_bytes([payload[0], payload[1]]);
    entries
        .iter()
        .map(|entry| (entry.seq, number(&entry.payload)))
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_and_loses_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("relais.db");
    let small = Options {
        max_bytes: Some(1_000_000),
        ..Options::default()
    };
    let store = Store::open(&path, small).await.unwrap();
    let group = NewGroup {
        id: GROUP,
        creator: DEVICE,
        state: GroupState {
            public_state: vec![0].into(),
            group_info: vec![0].into(),
            ratchet_tree: vec![0].into(),
        },
        created_at: NOW,
    };
    let created = store
        .run_tx("group", async move |tx| tx.insert_group(&group).await)
        .await;
    assert!(created.unwrap());

    let writers: Vec<_> = (0..400_u16)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move { (n, append(&store, n).await) })
        })
        .collect();
    let (mut acknowledged, mut refused) = (Vec::new(), 0);
    for writer in writers {
        match writer.await.unwrap() {
            (n, Ok(seq)) => acknowledged.push((seq, n)),
            (_, Err(error)) => {
                assert!(matches!(error, Error::Unavailable(_)), "{error}");
                refused += 1;
            }
        }
    }
    acknowledged.sort_unstable();
    assert!(refused > 100, "{refused} refused");
    assert!(acknowledged.len() > 50, "{} kept", acknowledged.len());
    assert_eq!(logged(&store).await, acknowledged);

    store.close().await;
    let store = Store::open(&path, Options::default()).await.unwrap();
    assert_eq!(logged(&store).await, acknowledged);
    let next = append(&store, 999).await.unwrap();
    assert_eq!(next, acknowledged.len() as u64 + 1, "no gap");
}
