use futures_util::FutureExt as _;
use relais_mls::Processed;
use relais_store::AccessRole;
use relais_types::{GroupId, Reason};

use super::*;
use crate::{
    delivery::{EntryKind, Item, LogEntry, SyncParams, send},
    fixture::{Backbone, TestDevice},
};

fn of_device(backbone: &Backbone, device: &TestDevice) -> RevokeDeviceParams {
    RevokeDeviceParams {
        request_id: backbone.request_id(),
        device: device.name.clone(),
    }
}

/// The proposals in the group's log that wait for the device.
async fn proposals(backbone: &Backbone, device: &TestDevice, group: GroupId) -> Vec<LogEntry> {
    let page = backbone.sync(device).await;
    page.deliveries
        .into_iter()
        .filter_map(|delivery| match delivery.item {
            Item::Entry(entry) if entry.group == group && entry.kind == EntryKind::Proposal => {
                Some(entry)
            }
            _ => None,
        })
        .collect()
}

#[tokio::test]
async fn a_revoked_device_is_cut_and_its_groups_wait_for_a_commit() {
    let backbone = Backbone::new().await;
    let (mut ana, mut bo, group) = backbone.pair().await;
    bo.publish(&backbone, 2).await;
    let early = ana.message(&backbone, group, b"before");
    let mut anas = backbone.service.wakeups().listen(ana.name.device);
    let mut bos = backbone.service.wakeups().listen(bo.name.device);
    let params = of_device(&backbone, &bo);
    let outcome = revoke_device(&backbone.service, &Caller::Operator, params.clone()).await;
    let pending = RevokeOutcome {
        devices: 1,
        pending_removals: 1,
    };
    assert_eq!(outcome, Ok(pending));
    assert!(anas.woken().now_or_never().is_some());
    assert!(bos.woken().now_or_never().is_some());

    let cut = crate::delivery::sync(&backbone.service, &bo.caller, SyncParams::default()).await;
    assert_eq!(cut.unwrap_err().reason, Reason::DeviceRevoked);
    let refused = send(&backbone.service, &ana.caller, early)
        .await
        .unwrap_err();
    assert_eq!(refused.reason, Reason::CommitRequired);
    assert_eq!(
        (
            refused.metadata["epoch"].as_str(),
            refused.metadata["head_seq"].as_str()
        ),
        ("1", "2")
    );

    let waiting = proposals(&backbone, &ana, group).await;
    let [proposal] = &waiting[..] else {
        unreachable!("{waiting:?}")
    };
    assert_eq!(
        ana.process(group, &proposal.payload),
        Processed::RemovalProposed(bo.name.clone())
    );
    backbone.commit_nothing(&mut ana, group).await;
    backbone.say(&mut ana, group, b"after").await;
    let again = revoke_device(&backbone.service, &Caller::Operator, params).await;
    let done = RevokeOutcome {
        devices: 1,
        pending_removals: 0,
    };
    assert_eq!(again, Ok(done), "a replay says how far it has come");
    let actions: Vec<_> = backbone.audited().await;
    for expected in [
        ("operator".to_owned(), "device.revoke".to_owned()),
        ("service".to_owned(), "group.propose_removal".to_owned()),
        (ana.name.to_string(), "group.remove".to_owned()),
    ] {
        let times = actions.iter().filter(|it| **it == expected).count();
        assert_eq!(times, 1, "{expected:?}");
    }
}

#[tokio::test]
async fn a_commit_without_the_removal_is_refused() {
    let backbone = Backbone::new().await;
    let (mut ana, bo, group) = backbone.pair().await;
    let staged = ana.stage(group);
    let late = backbone.commit_params(group, staged);
    backbone.revoke(&bo).await;
    let refused = crate::delivery::commit(&backbone.service, &ana.caller, late).await;
    assert_eq!(refused.unwrap_err().reason, Reason::CommitRequired);
    let proposal = proposals(&backbone, &ana, group).await.remove(0);
    ana.process(group, &proposal.payload);
    backbone.commit_nothing(&mut ana, group).await;
    assert!(!backbone.audited().await.is_empty());
}

#[tokio::test]
async fn a_person_leaves_with_all_devices_and_may_be_invited_again() {
    let backbone = Backbone::new().await;
    let ana = backbone.device("laurier.internal", "Ana").await;
    let second = backbone.further_device(&ana).await;
    let person = ana.name.practitioner_name();
    let open = backbone.invite_device(&person).await;
    let params = RevokePractitionerParams {
        request_id: backbone.request_id(),
        practitioner: person.clone(),
    };
    let outcome = revoke_practitioner(&backbone.service, &Caller::Operator, params).await;
    assert_eq!(outcome.unwrap().devices, 2);
    for device in [&ana, &second] {
        let cut =
            crate::delivery::sync(&backbone.service, &device.caller, SyncParams::default()).await;
        assert_eq!(cut.unwrap_err().reason, Reason::DeviceRevoked);
    }
    let late = backbone.try_enrol(&open, AccessRole::Member).await;
    assert_eq!(late.err().unwrap().reason, Reason::InvitationExpired);
    let again = backbone.further_device(&ana).await;
    backbone.sync(&again).await;
}

#[tokio::test]
async fn only_the_own_administrator_revokes() {
    let backbone = Backbone::new().await;
    let role = AccessRole::Administrator;
    let own = backbone
        .device_with_role("laurier.internal", "Zoé", role)
        .await;
    let foreign = backbone
        .device_with_role("parc.internal", "Yan", role)
        .await;
    let ana = backbone.device("laurier.internal", "Ana").await;
    for caller in [&foreign.caller, &ana.caller] {
        let refused = revoke_device(&backbone.service, caller, of_device(&backbone, &ana)).await;
        assert_eq!(refused.unwrap_err().reason, Reason::NotAllowed);
    }
    let mut nobody = of_device(&backbone, &ana);
    nobody.device.device = relais_types::DeviceId::from_bytes([9; 16]);
    let missing = revoke_device(&backbone.service, &own.caller, nobody).await;
    assert_eq!(missing.unwrap_err().reason, Reason::NotFound);
    let done = revoke_device(&backbone.service, &own.caller, of_device(&backbone, &ana)).await;
    let outcome = RevokeOutcome {
        devices: 1,
        pending_removals: 0,
    };
    assert_eq!(done, Ok(outcome));
}
