use futures_util::FutureExt as _;
use relais_store::Store;

use super::*;
use crate::{
    delivery::{AckParams, Item, SendOutcome, SendParams, ack, send},
    fixture::{Backbone, TestDevice},
};

const TOKEN: [u8; 32] = [7; 32];

fn timer(seconds: u64, devices: &[&TestDevice]) -> TimerParams {
    TimerParams {
        token_hash: Sha256::digest(TOKEN).into(),
        delay: Duration::from_secs(seconds),
        class: TimerClass::Stat,
        devices: devices.iter().map(|it| it.name.device).collect(),
    }
}

fn asking(
    backbone: &Backbone,
    ana: &mut TestDevice,
    group: GroupId,
    timers: Vec<TimerParams>,
) -> SendParams {
    SendParams {
        timers,
        ..ana.message(backbone, group, b"do you have this?")
    }
}

async fn ask(backbone: &Backbone, ana: &mut TestDevice, group: GroupId, timers: Vec<TimerParams>) {
    let params = asking(backbone, ana, group, timers);
    send(&backbone.service, &ana.caller, params).await.unwrap();
}

async fn clear(
    service: &Service,
    by: &TestDevice,
    group: GroupId,
    token: [u8; 32],
) -> Result<(), Reason> {
    clear_timer(service, &by.caller, ClearTimerParams { group, token })
        .await
        .map_err(|error| error.reason)
}

/// When the wake-ups in the inbox of `device` were due.
async fn wake_ups(backbone: &Backbone, device: &TestDevice) -> Vec<Timestamp> {
    let page = backbone.sync(device).await;
    let due = page.deliveries.iter().filter_map(|it| match &it.item {
        Item::WakeUp { due_at, .. } => Some(*due_at),
        _ => None,
    });
    due.collect()
}

#[tokio::test]
async fn whoever_is_named_is_woken_when_nobody_reveals_the_token() {
    let backbone = Backbone::new().await;
    let (mut ana, bo, group) = backbone.pair().await;
    let began = backbone.clock_now();
    let at = |seconds| began.plus(Duration::from_secs(seconds));
    let service = &backbone.service;
    let timers = vec![timer(30, &[&bo]), timer(60, &[&ana])];
    let params = asking(&backbone, &mut ana, group, timers);
    let first = send(service, &ana.caller, params.clone()).await;
    backbone.clock.advance(Duration::from_secs(10));
    let again = send(service, &ana.caller, params.clone()).await;
    assert_eq!(again, first, "a replay registers nothing");
    assert_eq!(service.fire_timers().await, Ok(Some(at(30))));
    assert_eq!(wake_ups(&backbone, &bo).await, []);

    backbone.clock.advance(Duration::from_secs(20));
    let mut listener = service.wakeups().listen(bo.name.device);
    assert_eq!(service.fire_timers().await, Ok(Some(at(60))));
    assert!(listener.woken().now_or_never().is_some());
    for _ in 0..2 {
        assert_eq!(
            wake_ups(&backbone, &bo).await,
            [at(30)],
            "until it is acknowledged"
        );
    }
    backbone.ack_all(&bo).await;
    assert_eq!(wake_ups(&backbone, &bo).await, []);

    backbone.clock.advance(Duration::from_hours(24));
    assert_eq!(service.fire_timers().await, Ok(None));
    assert_eq!(wake_ups(&backbone, &ana).await, [at(60)]);
    let with = SendParams {
        timers: Vec::new(),
        ..params
    };
    let other = send(service, &ana.caller, with).await.unwrap_err();
    assert_eq!(other.reason, Reason::RequestIdReused);
}

#[tokio::test]
async fn a_wake_up_says_nothing_but_the_timer_its_class_and_the_group() {
    let backbone = Backbone::new().await;
    let (mut ana, bo, group) = backbone.pair().await;
    let asked_at = backbone.clock_now();
    ask(&backbone, &mut ana, group, vec![timer(1, &[&bo])]).await;
    backbone.ack_all(&bo).await;
    backbone.clock.advance(Duration::from_secs(5));
    backbone.service.fire_timers().await.unwrap();
    let page = backbone.sync(&bo).await;
    let [delivery] = &page.deliveries[..] else {
        unreachable!("{page:?}")
    };
    let expected = Item::WakeUp {
        group,
        token_hash: Sha256::digest(TOKEN).into(),
        class: TimerClass::Stat,
        due_at: asked_at.plus(Duration::from_secs(1)),
    };
    assert_eq!(delivery.item, expected, "as of when it was due");
    let params = AckParams {
        cursors: vec![delivery.cursor],
    };
    ack(&backbone.service, &bo.caller, params).await.unwrap();
    assert_eq!(backbone.sync(&bo).await.deliveries, []);
}

#[tokio::test]
async fn any_member_clears_once_and_for_all_steps() {
    let backbone = Backbone::new().await;
    let (mut ana, bo, group) = backbone.pair().await;
    let cy = backbone.device("parc.internal", "Cy").await;
    let service = &backbone.service;
    let timers = vec![timer(1, &[&bo, &ana]), timer(60, &[&ana])];
    ask(&backbone, &mut ana, group, timers).await;
    backbone.clock.advance(Duration::from_secs(2));
    service.fire_timers().await.unwrap();

    assert_eq!(
        clear(service, &cy, group, TOKEN).await,
        Err(Reason::NotFound)
    );
    let nowhere = GroupId::from_bytes([9; 16]);
    assert_eq!(
        clear(service, &cy, nowhere, TOKEN).await,
        Err(Reason::NotFound)
    );
    // Neither a guess nor what the server itself knows.
    for wrong in [[8; 32], Sha256::digest(TOKEN).into()] {
        assert_eq!(clear(service, &bo, group, wrong).await, Ok(()));
    }
    assert_eq!(wake_ups(&backbone, &ana).await.len(), 1);
    assert_eq!(clear(service, &bo, group, TOKEN).await, Ok(()));
    for device in [&ana, &bo] {
        assert_eq!(wake_ups(&backbone, device).await, [], "taken back");
    }
    assert_eq!(service.fire_timers().await, Ok(None));

    // Again, and where nothing can be written: nothing is left to clear.
    assert_eq!(clear(service, &bo, group, TOKEN).await, Ok(()));
    let path = backbone.directory().join("relais.db");
    let reading = backbone.over(Store::open_read_only(path).await.unwrap());
    assert_eq!(clear(&reading, &ana, group, TOKEN).await, Ok(()));
}

#[tokio::test]
async fn whoever_left_neither_clears_nor_is_woken() {
    let backbone = Backbone::new().await;
    let (mut ana, bo, group) = backbone.pair().await;
    let timers = vec![timer(30, &[&ana, &bo])];
    ask(&backbone, &mut ana, group, timers).await;
    backbone.remove(&mut ana, &bo, group).await;
    let service = &backbone.service;
    assert_eq!(
        clear(service, &bo, group, TOKEN).await,
        Err(Reason::NotFound)
    );
    backbone.clock.advance(Duration::from_secs(30));
    service.fire_timers().await.unwrap();
    assert_eq!(wake_ups(&backbone, &bo).await, []);
    assert_eq!(wake_ups(&backbone, &ana).await.len(), 1);
}

#[tokio::test]
async fn it_is_due_also_if_its_sender_was_revoked() {
    let backbone = Backbone::new().await;
    let (mut ana, bo, group) = backbone.pair().await;
    let timers = vec![timer(30, &[&ana, &bo])];
    ask(&backbone, &mut ana, group, timers).await;
    backbone.revoke(&ana).await;
    backbone.clock.advance(Duration::from_secs(30));
    assert_eq!(backbone.service.fire_timers().await, Ok(None));
    assert_eq!(wake_ups(&backbone, &bo).await.len(), 1);
    let device = ana.name.device;
    let waiting = backbone
        .service
        .store()
        .read("inbox", async move |view| view.inbox(device, 0, 9, 0).await);
    let woken = waiting
        .await
        .unwrap()
        .into_iter()
        .any(|item| matches!(item.notice, relais_store::Notice::WakeUp { .. }));
    assert!(!woken);
}

#[tokio::test]
async fn what_cannot_be_is_refused_and_sends_nothing() {
    let backbone = Backbone::with_limits(Limits {
        timers_per_group: 3,
        ..Limits::default()
    })
    .await;
    let (mut ana, bo, group) = backbone.pair().await;
    let cy = backbone.device("parc.internal", "Cy").await;
    let service = &backbone.service;
    let ninety_days = 90 * 24 * 60 * 60;
    let good = || timer(60, &[&bo]);
    let many = TimerParams {
        devices: (0..65).map(|n| DeviceId::from_bytes([n; 16])).collect(),
        ..good()
    };
    for (field, timers) in [
        ("timers", vec![good(); 9]),
        ("timers[0].delay", vec![timer(0, &[&bo])]),
        (
            "timers[1].delay",
            vec![good(), timer(ninety_days + 1, &[&bo])],
        ),
        ("timers[0].device_ids", vec![timer(60, &[])]),
        ("timers[0].device_ids", vec![many]),
        ("timers[0].device_ids", vec![timer(60, &[&bo, &bo])]),
        (
            "timers[1].device_ids[1]",
            vec![good(), timer(60, &[&bo, &cy])],
        ),
    ] {
        let params = asking(&backbone, &mut ana, group, timers);
        let error = send(service, &ana.caller, params).await.unwrap_err();
        let refused = (error.reason, error.field.as_deref());
        assert_eq!(refused, (Reason::MalformedField, Some(field)), "{error}");
    }
    ask(
        &backbone,
        &mut ana,
        group,
        vec![good(), timer(ninety_days, &[&bo])],
    )
    .await;
    let params = asking(&backbone, &mut ana, group, vec![good(); 2]);
    let error = send(service, &ana.caller, params.clone())
        .await
        .unwrap_err();
    assert_eq!(error.reason, Reason::TooManyTimers);
    assert_eq!(error.metadata["limit"], "3");
    // The same bytes go without them, and once there is room also with them.
    clear(service, &bo, group, TOKEN).await.unwrap();
    let sent = send(service, &ana.caller, params).await;
    assert_eq!(sent, Ok(SendOutcome { seq: 3 }), "nothing was sent before");
}

#[tokio::test]
async fn whoever_keeps_house_hears_of_a_new_timer() {
    let backbone = Backbone::new().await;
    let (mut ana, bo, group) = backbone.pair().await;
    let service = &backbone.service;
    backbone.say(&mut ana, group, b"nothing to wait for").await;
    assert!(service.timer_registered().now_or_never().is_none());
    ask(&backbone, &mut ana, group, vec![timer(30, &[&bo])]).await;
    assert!(service.timer_registered().now_or_never().is_some());
    assert!(service.timer_registered().now_or_never().is_none());
}
