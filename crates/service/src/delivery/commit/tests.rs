use std::time::Duration;

use futures_util::FutureExt as _;
use relais_mls::{Change, Processed};
use relais_types::Clock as _;

use super::*;
use crate::{
    Limits,
    delivery::{Item, SyncParams, create_group, sync},
    fixture::{Backbone, TestDevice},
};

async fn try_commit(
    backbone: &Backbone,
    device: &TestDevice,
    params: CommitParams,
) -> Result<CommitOutcome> {
    commit(&backbone.service, &device.caller, params).await
}

fn adding(device: &mut TestDevice) -> Change {
    Change {
        add: device.key_packages(1),
        remove: Vec::new(),
    }
}

#[tokio::test]
async fn a_commit_begins_an_epoch_and_its_replay_nothing() {
    let backbone = Backbone::new().await;
    let (mut ana, mut bo, group) = backbone.pair().await;
    let mut listener = backbone.service.wakeups().listen(bo.name.device);
    let staged = ana.stage(group);
    let params = backbone.commit_params(group, staged);
    let first = try_commit(&backbone, &ana, params.clone()).await;
    assert_eq!(first, Ok(CommitOutcome { seq: 2, epoch: 2 }));
    let again = try_commit(&backbone, &ana, params.clone()).await;
    assert_eq!(again, first);
    ana.merge(group);
    assert!(listener.woken().now_or_never().is_some());
    let page = backbone.sync(&bo).await;
    let Some(Item::Entry(entry)) = page.deliveries.last().map(|last| &last.item) else {
        unreachable!("{page:?}")
    };
    assert_eq!(entry.payload, params.commit);
    assert!(matches!(
        bo.process(group, &entry.payload),
        Processed::Commit(change) if change.epoch == 2
    ));
    assert_eq!(ana.authenticator(group), bo.authenticator(group));

    let other = backbone.commit_params(group, ana.stage(group));
    let reused = CommitParams {
        request_id: params.request_id,
        ..other
    };
    let refused = try_commit(&backbone, &ana, reused).await.unwrap_err();
    assert_eq!(refused.reason, Reason::RequestIdReused);
}

#[tokio::test]
async fn stale_and_future_epochs_say_where_the_group_is() {
    let backbone = Backbone::new().await;
    let (mut ana, mut bo, group) = backbone.pair().await;
    let late = backbone.commit_params(group, bo.stage(group));
    backbone.commit_nothing(&mut ana, group).await;
    let stale = try_commit(&backbone, &bo, late.clone()).await.unwrap_err();
    assert_eq!(stale.reason, Reason::StaleEpoch);
    assert_eq!(stale.metadata["epoch"], "2");
    assert_eq!(stale.metadata["head_seq"], "2");

    let ahead = CommitParams {
        epoch: 3,
        ..late.clone()
    };
    let future = try_commit(&backbone, &bo, ahead).await.unwrap_err();
    assert_eq!(future.reason, Reason::FutureEpoch);

    let disguised = CommitParams { epoch: 2, ..late };
    let invalid = try_commit(&backbone, &bo, disguised).await.unwrap_err();
    assert_eq!(invalid.reason, Reason::HandshakeInvalid);
}

#[tokio::test]
async fn one_commit_wins_and_a_losers_welcome_never_appears() {
    let backbone = Backbone::new().await;
    let (mut ana, mut bo, group) = backbone.pair().await;
    let mut invited = Vec::new();
    for name in ["Cy", "Dee"] {
        invited.push(backbone.device("parc.internal", name).await);
    }
    let staged = [
        ana.stage_change(group, &adding(&mut invited[0])),
        bo.stage_change(group, &adding(&mut invited[1])),
    ];
    let racers = staged.into_iter().zip([&ana, &bo]).map(|(staged, device)| {
        let params = backbone.commit_params(group, staged);
        let (service, caller) = (backbone.service.clone(), device.caller.clone());
        tokio::spawn(async move { commit(&service, &caller, params).await })
    });
    let racers: Vec<_> = racers.collect();
    let mut outcomes = Vec::new();
    for racer in racers {
        outcomes.push(racer.await.unwrap());
    }
    let won: Vec<_> = outcomes.iter().map(Result::is_ok).collect();
    assert!(won == [true, false] || won == [false, true], "{outcomes:?}");
    for ((device, outcome), won) in invited.iter().zip(&outcomes).zip(won) {
        let page = backbone.sync(device).await;
        assert_eq!(page.deliveries.len(), usize::from(won));
        if let Err(error) = outcome {
            assert_eq!(error.reason, Reason::StaleEpoch);
            let info = crate::delivery::group_info(
                &backbone.service,
                &device.caller,
                crate::delivery::GroupInfoParams { group },
            );
            assert_eq!(info.await.unwrap_err().reason, Reason::NotFound);
        }
    }
    let log = backbone
        .service
        .store()
        .read("log", async move |view| {
            view.log(group, 0, 10, 10, usize::MAX).await
        })
        .await
        .unwrap();
    assert_eq!(log.len(), 2, "the first addition and the winner");
}

#[tokio::test]
async fn whoever_is_not_in_the_group_learns_nothing() {
    let backbone = Backbone::new().await;
    let (mut ana, bo, group) = backbone.pair().await;
    let cy = backbone.device("parc.internal", "Cy").await;
    let stolen = backbone.commit_params(group, ana.stage(group));
    let missing = CommitParams {
        group: GroupId::from_bytes([9; 16]),
        ..stolen.clone()
    };
    let outside = try_commit(&backbone, &cy, stolen.clone()).await;
    assert_eq!(outside, try_commit(&backbone, &cy, missing).await);
    assert_eq!(outside.unwrap_err().reason, Reason::NotFound);
    // A member who passes another member's commit off as their own.
    let passed = try_commit(&backbone, &bo, stolen).await.unwrap_err();
    assert_eq!(passed.reason, Reason::HandshakeInvalid);
}

#[tokio::test]
async fn a_removed_member_cannot_commit() {
    let backbone = Backbone::new().await;
    let (mut ana, mut bo, group) = backbone.pair().await;
    let late = backbone.commit_params(group, bo.stage(group));
    let mut listener = backbone.service.wakeups().listen(bo.name.device);
    backbone.remove(&mut ana, &bo, group).await;
    assert!(listener.woken().now_or_never().is_some(), "it must learn");
    let refused = try_commit(&backbone, &bo, late).await.unwrap_err();
    assert_eq!(refused.reason, Reason::NotFound);
    let audited = backbone.audited().await;
    let actor = ana.name.to_string();
    let last = audited.last().unwrap();
    assert_eq!(*last, (actor, "group.remove".to_owned()));
}

#[tokio::test]
async fn a_tampered_handshake_changes_nothing() {
    let backbone = Backbone::new().await;
    let (mut ana, bo, group) = backbone.pair().await;
    let mut cy = backbone.device("parc.internal", "Cy").await;
    let change = adding(&mut cy);
    let good = backbone.commit_params(group, ana.stage_change(group, &change));
    ana.discard(group);
    let other = backbone.commit_params(group, ana.stage_change(group, &change));
    let flipped = |bytes: &Bytes| {
        let mut bytes = bytes.to_vec();
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        Bytes::from(bytes)
    };
    let faults = [
        CommitParams {
            commit: flipped(&good.commit),
            ..good.clone()
        },
        CommitParams {
            commit: good.commit.slice(..good.commit.len() - 1),
            ..good.clone()
        },
        CommitParams {
            group_info: flipped(&good.group_info),
            ..good.clone()
        },
        CommitParams {
            group_info: other.group_info,
            ..good.clone()
        },
        CommitParams {
            welcome: None,
            ..good.clone()
        },
        CommitParams {
            welcome: Some(flipped(&good.group_info)),
            ..good.clone()
        },
    ];
    for (at, mut fault) in faults.into_iter().enumerate() {
        fault.request_id = backbone.request_id();
        let refused = try_commit(&backbone, &ana, fault).await;
        let reason = refused.map_err(|error| error.reason);
        assert_eq!(reason, Err(Reason::HandshakeInvalid), "fault {at}");
    }
    let huge = CommitParams {
        commit: vec![0; 256 * 1024 + 1].into(),
        ..good.clone()
    };
    let refused = try_commit(&backbone, &ana, huge).await.unwrap_err();
    assert_eq!(refused.reason, Reason::PayloadTooLarge);
    assert_eq!(backbone.sync(&cy).await.deliveries, []);
    assert_eq!(backbone.sync(&bo).await.deliveries.len(), 1);
    let outcome = try_commit(&backbone, &ana, good).await;
    assert_eq!(outcome, Ok(CommitOutcome { seq: 2, epoch: 2 }));
}

#[tokio::test]
async fn a_revoked_device_is_not_added_by_an_old_key_package() {
    let backbone = Backbone::new().await;
    let (mut ana, _, group) = backbone.pair().await;
    let mut cy = backbone.device("parc.internal", "Cy").await;
    let change = adding(&mut cy);
    backbone.revoke(&cy).await;
    let params = backbone.commit_params(group, ana.stage_change(group, &change));
    let refused = try_commit(&backbone, &ana, params).await.unwrap_err();
    assert_eq!(refused.reason, Reason::CredentialInvalid);
}

#[tokio::test]
async fn a_device_is_in_so_many_groups_and_no_more() {
    let backbone = Backbone::with_limits(Limits {
        groups_per_device: 1,
        ..Limits::default()
    })
    .await;
    let (mut ana, mut bo, group) = backbone.pair().await;
    let second = ana.new_group(&backbone);
    let refused = create_group(&backbone.service, &ana.caller, second).await;
    assert_eq!(refused.unwrap_err().reason, Reason::NotAllowed);

    let mut cy = backbone.device("parc.internal", "Cy").await;
    let own = cy.new_group(&backbone);
    let other = own.group;
    create_group(&backbone.service, &cy.caller, own)
        .await
        .unwrap();
    let change = adding(&mut bo);
    let params = backbone.commit_params(other, cy.stage_change(other, &change));
    let refused = try_commit(&backbone, &cy, params).await.unwrap_err();
    assert_eq!(refused.reason, Reason::NotAllowed);
    assert_eq!(refused.metadata["device"], bo.name.device.to_string());
    // What there is goes on.
    backbone.commit_nothing(&mut ana, group).await;
}

#[tokio::test]
async fn an_old_welcome_keeps_its_tree_until_it_is_read() {
    let backbone = Backbone::new().await;
    let (mut ana, _, group) = backbone.pair().await;
    let mut cy = backbone.device("parc.internal", "Cy").await;
    let change = adding(&mut cy);
    let params = backbone.commit_params(group, ana.stage_change(group, &change));
    try_commit(&backbone, &ana, params).await.unwrap();
    ana.merge(group);
    let accepted_at = backbone.clock.now();
    backbone.clock.advance(Duration::from_hours(1));
    for _ in 0..3 {
        backbone.commit_nothing(&mut ana, group).await;
    }
    let page = sync(&backbone.service, &cy.caller, SyncParams::default())
        .await
        .unwrap();
    let Item::Welcome(welcome) = &page.deliveries[0].item else {
        unreachable!("{page:?}")
    };
    assert_eq!((welcome.seq, welcome.epoch), (2, 2));
    assert_eq!(welcome.accepted_at, accepted_at);
    assert!(cy.join(&welcome.welcome, &welcome.ratchet_tree));
    for delivery in &page.deliveries[1..] {
        if let Item::Entry(entry) = &delivery.item {
            cy.process(group, &entry.payload);
        }
    }
    assert_eq!(ana.authenticator(group), cy.authenticator(group));
}
