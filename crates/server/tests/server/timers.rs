//! Timers that are due reach whom they name over a stream.

use std::time::Duration;

use relais_proto::delivery::{
    AckRequest, ClearTimerRequest, Delivery, SendRequest, Timer, TimerClass, delivery::Item,
};
use relais_types::GroupId;
use sha2::{Digest as _, Sha256};
use tonic::Streaming;

use crate::{
    device::{Device, enrol, organisation},
    node::{Node, authorised, request_id},
    streams::{group_of, next, publish, subscribe},
};

const TOKEN: [u8; 32] = [7; 32];

async fn ask(from: &mut Device, group: GroupId, wake: &Device, delay: Duration) {
    let sealed = from
        .mls
        .encrypt(&mut from.state, group, b"do you have this?");
    let sealed = sealed.unwrap();
    let message = SendRequest {
        request_id: request_id(),
        group_id: group.into(),
        epoch: sealed.epoch,
        ciphertext: sealed.ciphertext,
        timers: vec![Timer {
            token_hash: Sha256::digest(TOKEN).to_vec().into(),
            delay: Some(delay.try_into().unwrap()),
            class: TimerClass::Asap.into(),
            device_ids: vec![wake.name.device.into()],
        }],
    };
    let request = authorised(&from.token, message);
    from.delivery().send(request).await.unwrap();
}

/// Passes over what came before a wake-up.
async fn woken(stream: &mut Streaming<relais_proto::delivery::SubscribeResponse>) -> Delivery {
    loop {
        let delivery = next(stream).await;
        if matches!(delivery.item, Some(Item::WakeUp(_))) {
            return delivery;
        }
    }
}

async fn acknowledge(device: &Device, delivery: &Delivery) {
    let message = AckRequest {
        cursors: vec![delivery.cursor.clone()],
    };
    let request = authorised(&device.token, message);
    device.delivery().ack(request).await.unwrap();
}

#[tokio::test]
async fn a_wake_up_comes_until_it_is_acknowledged_and_no_more() {
    // Pages of one, and a stream that would look by itself only after a minute.
    let node = Node::start_with(|config| {
        config.delivery.page_size = 1.try_into().unwrap();
        config.delivery.reconcile_secs = 60.try_into().unwrap();
    })
    .await;
    organisation(&node.site()).await;
    let mut maya = enrol(&node.site(), "Maya Singh").await;
    let mut jean = enrol(&node.site(), "Jean Roy").await;
    publish(&mut jean).await;
    let group = group_of(&mut maya, &jean).await;
    let mut stream = subscribe(&jean).await;

    // One that nobody waits for, before one that is due: the sleeper hears of the second.
    ask(&mut maya, group, &jean, Duration::from_hours(1)).await;
    ask(&mut maya, group, &jean, Duration::from_millis(200)).await;
    let first = woken(&mut stream).await;
    let Some(Item::WakeUp(wake_up)) = &first.item else {
        unreachable!()
    };
    assert_eq!(wake_up.group_id.as_ref(), group.as_bytes());
    assert_eq!(
        wake_up.token_hash.as_ref(),
        Sha256::digest(TOKEN).as_slice()
    );
    assert_eq!(wake_up.class(), TimerClass::Asap);

    // Not acknowledged, so it comes again after the stream was lost.
    drop(stream);
    let mut stream = subscribe(&jean).await;
    let again = woken(&mut stream).await;
    assert_eq!(again, first);
    acknowledge(&jean, &again).await;
    ask(&mut maya, group, &jean, Duration::from_millis(200)).await;
    let second = woken(&mut subscribe(&jean).await).await;
    assert_ne!(second.cursor, first.cursor);

    // Revealed, by whom it wakes or by anybody else: taken back, with the one that was not due.
    let message = ClearTimerRequest {
        group_id: group.into(),
        token: TOKEN.to_vec().into(),
    };
    let request = authorised(&maya.token, message);
    maya.delivery().clear_timer(request).await.unwrap();
    node.while_stopped(async move |store| {
        let left = store.read("left", async move |view| {
            let timers = view.count_timers(group, 9).await?;
            let inbox = view.inbox(jean.name.device, 0, 99, 0).await?;
            let wake_ups = inbox
                .iter()
                .filter(|item| matches!(item.notice, relais_store::Notice::WakeUp { .. }));
            assert_eq!((timers, wake_ups.count()), (0, 0));
            Ok::<_, relais_store::Error>(())
        });
        left.await.unwrap();
    })
    .await;
}
