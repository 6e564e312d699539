use std::time::Duration;

use relais_types::Reason;

use crate::{
    Limits,
    delivery::{CommitOutcome, CommitParams, EntryKind, commit},
    fixture::{Backbone, TestDevice},
};
use relais_types::{GroupId, Result};

async fn rejoin(
    backbone: &Backbone,
    device: &mut TestDevice,
    group: GroupId,
) -> (CommitParams, Result<CommitOutcome>) {
    let staged = device.resync(backbone, group).await;
    let params = backbone.commit_params(group, staged);
    let outcome = commit(&backbone.service, &device.caller, params.clone()).await;
    (params, outcome)
}

#[tokio::test]
async fn a_member_replaces_its_own_leaf_and_stays_a_member() {
    let backbone = Backbone::new().await;
    let (mut ana, mut bo, group) = backbone.pair().await;
    let (params, outcome) = rejoin(&backbone, &mut bo, group).await;
    assert_eq!(outcome, Ok(CommitOutcome { seq: 2, epoch: 2 }));
    let again = commit(&backbone.service, &bo.caller, params.clone()).await;
    assert_eq!(again, outcome, "a replay");
    bo.rejoined(group);
    ana.process(group, &params.commit);
    assert_eq!(ana.authenticator(group), bo.authenticator(group));
    backbone.say(&mut bo, group, b"back").await;
    let audited = backbone.audited().await;
    let actor = bo.name.to_string();
    assert!(audited.contains(&(actor, "group.resync".to_owned())));
    let added = audited.iter().filter(|(_, action)| action == "group.add");
    assert_eq!(added.count(), 1, "nobody was added by it");
}

#[tokio::test]
async fn nobody_else_comes_in_that_way() {
    let backbone = Backbone::new().await;
    let (mut ana, mut bo, group) = backbone.pair().await;
    let staged = bo.resync(&backbone, group).await;
    let params = backbone.commit_params(group, staged);
    // Another member passes it off as its own.
    let passed = commit(&backbone.service, &ana.caller, params.clone()).await;
    assert_eq!(passed.unwrap_err().reason, Reason::HandshakeInvalid);
    backbone.remove(&mut ana, &bo, group).await;
    let late = commit(&backbone.service, &bo.caller, params).await;
    assert_eq!(late.unwrap_err().reason, Reason::NotFound);
}

#[tokio::test]
async fn so_many_times_a_day_and_no_more() {
    let backbone = Backbone::with_limits(Limits {
        resyncs_per_day: 2,
        ..Limits::default()
    })
    .await;
    let (mut ana, mut bo, group) = backbone.pair().await;
    for _ in 0..2 {
        let (params, outcome) = rejoin(&backbone, &mut bo, group).await;
        assert!(outcome.is_ok());
        bo.rejoined(group);
        ana.process(group, &params.commit);
        backbone.clock.advance(Duration::from_hours(1));
    }
    let (_, refused) = rejoin(&backbone, &mut bo, group).await;
    let refused = refused.unwrap_err();
    assert_eq!(refused.reason, Reason::RateLimited);
    assert_eq!(refused.retry_after, Some(Duration::from_hours(22)));
    assert_eq!(refused.metadata["limit"], "resync");
    // Another device has its own, and this one has it again later.
    let (params, outcome) = rejoin(&backbone, &mut ana, group).await;
    assert!(outcome.is_ok());
    ana.rejoined(group);
    bo.process(group, &params.commit);
    backbone.clock.advance(Duration::from_hours(22));
    let (_, outcome) = rejoin(&backbone, &mut bo, group).await;
    assert!(outcome.is_ok(), "{outcome:?}");
}

#[tokio::test]
async fn a_removal_that_it_leaves_out_is_proposed_again_before_anything_else() {
    let backbone = Backbone::new().await;
    let (mut ana, mut bo, group) = backbone.pair().await;
    let mut cy = backbone.device("parc.internal", "Cy").await;
    backbone.add(&mut ana, &mut cy, group).await;
    let page = backbone.sync(&bo).await;
    bo.process_last(group, &page);
    backbone.revoke(&cy).await;

    let (params, outcome) = rejoin(&backbone, &mut bo, group).await;
    let seq = outcome.unwrap().seq;
    bo.rejoined(group);
    let log = backbone
        .service
        .store()
        .read("log", async move |view| {
            view.log(group, seq - 1, 10, 10, usize::MAX).await
        })
        .await
        .unwrap();
    let kinds: Vec<_> = log.iter().map(|entry| entry.kind).collect();
    assert_eq!(kinds, [EntryKind::Commit, EntryKind::Proposal]);

    // Nothing is taken before it is made, and it can be made.
    let message = bo.message(&backbone, group, b"too early");
    let early = crate::delivery::send(&backbone.service, &bo.caller, message).await;
    assert_eq!(early.unwrap_err().reason, Reason::CommitRequired);
    drop(params);
    bo.process(group, &log[1].payload);
    backbone.commit_nothing(&mut bo, group).await;
    let progress = backbone
        .service
        .store()
        .read("progress", async move |view| {
            view.removal_progress(cy.name.device).await
        })
        .await
        .unwrap();
    assert_eq!(progress.pending, 0);
    backbone.say(&mut bo, group, b"now").await;
}
