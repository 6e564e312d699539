//! Rows that the cases begin with.

use bytes::Bytes;
use relais_store::{
    AccessRole, Device, DeviceStatus, EntryKind, GroupState, NewEntry, NewEpoch, NewGroup,
    Organisation, Practitioner, Result, Store, Transaction,
};
use relais_types::{
    DeviceId, DeviceName, GroupId, OrgDomain, PractitionerId, PractitionerName, Timestamp,
};

pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_000_000);

pub(crate) fn domain() -> OrgDomain {
    "laurier.internal".parse().unwrap()
}

pub(crate) fn group(n: u8) -> GroupId {
    GroupId::from_bytes([n; 16])
}

pub(crate) fn device_id(n: u8) -> DeviceId {
    DeviceId::from_bytes([n; 16])
}

pub(crate) fn practitioner_name(n: u8) -> PractitionerName {
    PractitionerName {
        organisation: domain(),
        practitioner: PractitionerId::from_bytes([n; 16]),
    }
}

pub(crate) fn practitioner(n: u8, name: &str) -> Practitioner {
    Practitioner {
        name: practitioner_name(n),
        display_name: name.to_owned(),
        profession: "navigator".into(),
        access_role: AccessRole::Member,
        search_key: format!("{} navigator", name.to_lowercase()),
        sort_key: name.to_lowercase(),
        created_at: NOW,
    }
}

pub(crate) fn device(n: u8) -> Device {
    let owner = practitioner_name(n);
    Device {
        name: DeviceName {
            organisation: owner.organisation,
            practitioner: owner.practitioner,
            device: device_id(n),
        },
        label: format!("device {n}"),
        status: DeviceStatus::Active,
        signature_key: [n; 32],
        device_key: [n ^ 0x80; 32],
        access_role: AccessRole::Member,
        created_at: NOW,
        credential_expires_at: NOW,
        revoked_at: None,
    }
}

pub(crate) async fn organisation(store: &Store) {
    let row = Organisation {
        domain: domain(),
        display_name: "Hôpital Laurier".into(),
        created_at: NOW,
    };
    let new = store
        .run_tx("organisation", async move |tx| {
            tx.insert_organisation(&row).await
        })
        .await;
    assert!(new.unwrap());
}

/// An organisation with `count` people of one device each, numbered from 1.
pub(crate) async fn people(store: &Store, count: u8) {
    organisation(store).await;
    store
        .run_tx("people", async move |tx| {
            for n in 1..=count {
                tx.insert_practitioner(&practitioner(n, &format!("Person {n}")))
                    .await?;
                assert!(tx.insert_device(&device(n)).await?);
            }
            Ok::<_, relais_store::Error>(())
        })
        .await
        .unwrap();
}

pub(crate) fn state(epoch: u8) -> GroupState {
    GroupState {
        public_state: vec![epoch; 8].into(),
        group_info: vec![epoch; 4].into(),
        ratchet_tree: vec![epoch; 16].into(),
    }
}

/// Group 1, created by device 1.
pub(crate) async fn new_group(store: &Store) -> GroupId {
    let new = NewGroup {
        id: group(1),
        creator: device_id(1),
        state: state(0),
        created_at: NOW,
    };
    let created = store
        .run_tx("group", async move |tx| tx.insert_group(&new).await)
        .await;
    assert!(created.unwrap());
    group(1)
}

pub(crate) fn message(sender: u8, payload: impl Into<Bytes>) -> NewEntry {
    NewEntry {
        epoch: 0,
        kind: EntryKind::Application,
        sender: device_id(sender),
        payload: payload.into(),
        accepted_at: NOW,
    }
}

/// Appends one message.
pub(crate) async fn say(store: &Store, id: GroupId, payload: Vec<u8>) -> u64 {
    let entry = message(1, payload);
    store
        .run_tx("say", async move |tx| append(tx, id, &entry).await)
        .await
        .unwrap()
}

pub(crate) async fn append(tx: &mut Transaction, id: GroupId, entry: &NewEntry) -> Result<u64> {
    let mut locked = tx.lock_group(id).await?.unwrap();
    tx.append(&mut locked, entry).await
}

/// Commits in the epoch that the group is in; returns the commit's number.
pub(crate) async fn commit(
    tx: &mut Transaction,
    id: GroupId,
    added: &[u8],
    removed: &[u8],
) -> Result<u64> {
    let mut locked = tx.lock_group(id).await?.unwrap();
    let epoch = locked.get().epoch;
    let entry = NewEntry {
        epoch,
        kind: EntryKind::Commit,
        ..message(1, vec![0xc0])
    };
    let seq = tx.append(&mut locked, &entry).await?;
    let next = NewEpoch {
        state: state(u8::try_from(epoch + 1).unwrap()),
        welcome: (!added.is_empty()).then(|| Bytes::from(vec![0xe0; 32])),
        added: added.iter().copied().map(device_id).collect(),
        removed: removed.iter().copied().map(device_id).collect(),
    };
    tx.begin_epoch(&mut locked, &next, seq, NOW).await?;
    assert_eq!(locked.get().epoch, epoch + 1);
    Ok(seq)
}
