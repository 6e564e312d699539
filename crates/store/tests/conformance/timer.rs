//! Opaque timers, and the wake-ups that they become.

use std::time::Duration;

use relais_store::{Error, Fired, InboxItem, NewTimer, Notice, Store, TimerClass, Transaction};
use relais_types::{DeviceId, GroupId, Timestamp};

use crate::{
    Database,
    seed::{self, NOW},
};

fn at(seconds: u64) -> Timestamp {
    NOW.plus(Duration::from_secs(seconds))
}

fn timer(hash: u8, seconds: u64, devices: &[u8]) -> NewTimer {
    NewTimer {
        token_hash: [hash; 32],
        class: TimerClass::Urgent,
        due_at: at(seconds),
        devices: devices.iter().copied().map(seed::device_id).collect(),
    }
}

fn wake_up(position: u64, hash: u8, seconds: u64) -> InboxItem {
    InboxItem {
        position,
        notice: Notice::WakeUp {
            group: seed::group(1),
            token_hash: [hash; 32],
            class: TimerClass::Urgent,
            due_at: at(seconds),
        },
    }
}

fn fired(timers: u32, woken: &[u8]) -> Fired {
    Fired {
        timers,
        woken: woken.iter().copied().map(seed::device_id).collect(),
    }
}

/// Devices 1, 2 and 3 in group 1, who have acknowledged their Welcomes.
async fn three(store: &Store) -> GroupId {
    seed::people(store, 3).await;
    let group = seed::new_group(store).await;
    store
        .run_tx("three", async move |tx| {
            seed::commit(tx, group, &[2, 3], &[]).await?;
            for device in [2, 3] {
                tx.ack_inbox(seed::device_id(device), 1).await?;
            }
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    group
}

async fn register(tx: &mut Transaction, group: GroupId, timers: &[NewTimer]) -> Result<(), Error> {
    let locked = tx.lock_group(group).await?.unwrap();
    for timer in timers {
        tx.insert_timer(&locked, timer).await?;
    }
    Ok(())
}

async fn registered(store: &Store, group: GroupId, timers: Vec<NewTimer>) {
    store
        .run_tx("register", async move |tx| {
            register(tx, group, &timers).await
        })
        .await
        .unwrap();
}

async fn fire(store: &Store, seconds: u64) -> Fired {
    store
        .run_tx("fire", async move |tx| {
            tx.fire_timers(at(seconds), 10).await
        })
        .await
        .unwrap()
}

async fn next(store: &Store) -> Option<Timestamp> {
    store
        .read("next", async |view| view.next_timer().await)
        .await
        .unwrap()
}

async fn inbox(store: &Store, device: u8) -> Vec<InboxItem> {
    let device: DeviceId = seed::device_id(device);
    store
        .read("inbox", async move |view| {
            view.inbox(device, 0, 10, 0).await
        })
        .await
        .unwrap()
}

pub(crate) async fn a_timer_wakes_each_device_once(store: Store) {
    let group = three(&store).await;
    assert_eq!(next(&store).await, None);
    let timers = vec![timer(1, 60, &[1, 2]), timer(1, 90, &[3])];
    registered(&store, group, timers).await;
    assert_eq!(next(&store).await, Some(at(60)));
    assert_eq!(fire(&store, 59).await, fired(0, &[]));
    assert_eq!(fire(&store, 60).await, fired(1, &[1, 2]));
    assert_eq!(fire(&store, 60).await, fired(0, &[]), "once");
    assert_eq!(inbox(&store, 1).await, [wake_up(1, 1, 60)]);
    assert_eq!(inbox(&store, 2).await, [wake_up(2, 1, 60)]);
    assert_eq!(inbox(&store, 3).await, []);
    assert_eq!(next(&store).await, Some(at(90)));
    assert_eq!(fire(&store, 1_000).await, fired(1, &[3]));
    assert_eq!(next(&store).await, None);
    let device = seed::device_id(1);
    let acknowledged = store.run_tx("ack", async move |tx| tx.ack_inbox(device, 1).await);
    assert_eq!(acknowledged.await.unwrap(), 1);
    assert_eq!(inbox(&store, 1).await, []);
}

pub(crate) async fn timers_are_fired_a_few_at_a_time_the_oldest_first(store: Store) {
    let group = three(&store).await;
    let timers = [30, 10, 20].map(|due| timer(u8::try_from(due).unwrap(), due, &[1]));
    registered(&store, group, timers.to_vec()).await;
    let open = async |limit| {
        let count = store.read("count", async move |view| {
            view.count_timers(group, limit).await
        });
        count.await.unwrap()
    };
    assert_eq!((open(2).await, open(9).await), (2, 3));
    let some = store
        .run_tx("fire", async |tx| tx.fire_timers(at(99), 2).await)
        .await
        .unwrap();
    assert_eq!(some, fired(2, &[1, 1]));
    assert_eq!(
        inbox(&store, 1).await,
        [wake_up(1, 10, 10), wake_up(2, 20, 20)]
    );
    assert_eq!((open(9).await, next(&store).await), (1, Some(at(30))));
}

pub(crate) async fn clearing_takes_back_what_was_not_acknowledged(store: Store) {
    let group = three(&store).await;
    let timers = vec![timer(1, 10, &[1]), timer(1, 20, &[2]), timer(2, 10, &[1])];
    registered(&store, group, timers).await;
    assert_eq!(fire(&store, 10).await, fired(2, &[1, 1]));
    let clear = async |group, hash: u8| {
        store
            .run_tx("clear", async move |tx| {
                let held = tx.holds_timer(group, &[hash; 32]).await?;
                tx.clear_timers(group, &[hash; 32]).await?;
                Ok::<_, Error>(held)
            })
            .await
            .unwrap()
    };
    assert!(!clear(seed::group(9), 1).await, "of another group");
    assert!(clear(group, 1).await);
    assert!(!clear(group, 1).await);
    assert_eq!(inbox(&store, 1).await, [wake_up(2, 2, 10)]);
    assert_eq!(
        (fire(&store, 99).await, next(&store).await),
        (fired(0, &[]), None)
    );
}

pub(crate) async fn whoever_left_or_was_revoked_is_not_woken(store: Store) {
    let group = three(&store).await;
    let timers = vec![
        timer(1, 10, &[2]),
        timer(2, 50, &[1, 2, 3]),
        timer(3, 50, &[2]),
    ];
    registered(&store, group, timers).await;
    assert_eq!(fire(&store, 10).await, fired(1, &[2]));
    store
        .run_tx("leave", async move |tx| {
            seed::commit(tx, group, &[], &[2]).await?;
            tx.revoke_device(seed::device_id(3), NOW).await?;
            // Who comes back begins anew.
            seed::commit(tx, group, &[2], &[]).await
        })
        .await
        .unwrap();
    let welcomes = inbox(&store, 2).await;
    assert!(
        matches!(
            &welcomes[..],
            [InboxItem {
                notice: Notice::Welcome { .. },
                ..
            }]
        ),
        "{welcomes:?}"
    );
    assert_eq!(
        fire(&store, 50).await,
        fired(1, &[1]),
        "the third had nobody"
    );
    assert_eq!(inbox(&store, 2).await, welcomes);
    assert_eq!(inbox(&store, 3).await, []);
}

pub(crate) async fn timers_and_wake_ups_outlive_the_process(database: Database) {
    let store = database.open().await;
    let group = three(&store).await;
    let timers = vec![timer(1, 10, &[1]), timer(2, 20, &[1])];
    registered(&store, group, timers).await;
    assert_eq!(fire(&store, 10).await, fired(1, &[1]));
    store.close().await;
    let store = database.open().await;
    assert_eq!(inbox(&store, 1).await, [wake_up(1, 1, 10)]);
    assert_eq!(next(&store).await, Some(at(20)));
    assert_eq!(fire(&store, 20).await, fired(1, &[1]));
    assert_eq!(
        inbox(&store, 1).await,
        [wake_up(1, 1, 10), wake_up(2, 2, 20)]
    );
}
