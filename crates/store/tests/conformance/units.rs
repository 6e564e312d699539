//! Units of work: all or nothing, durable, and undisturbed by whoever leaves.

use std::{sync::Arc, time::Duration};

use relais_store::{AuditEvent, Error, FirstResponse, Options, ReplayKey, Result, Store};
use relais_types::RequestId;
use tokio::sync::{Notify, oneshot};

use crate::{
    Database,
    seed::{self, NOW},
};

fn key(n: u16) -> ReplayKey {
    let mut id = [0; 16];
    id[..2].copy_from_slice(&n.to_be_bytes());
    ReplayKey {
        caller: vec![1],
        request_id: RequestId::from_bytes(id),
    }
}

fn response() -> FirstResponse {
    FirstResponse {
        method: "send".into(),
        digest: [7; 32],
        response: b"{}".to_vec(),
    }
}

/// Writes to three tables, the last of them last.
async fn write_all(store: &Store, n: u16) -> Result<u64> {
    store
        .run_tx("write_all", async move |tx| {
            let group = seed::group(1);
            let seq = seed::append(tx, group, &seed::message(1, n.to_be_bytes().to_vec())).await?;
            // Lets others in, so that cancelled callers are met at every step.
            tokio::task::yield_now().await;
            tx.audit(&event("write")).await?;
            tx.insert_response(&key(n), &response(), NOW).await?;
            Ok::<_, Error>(seq)
        })
        .await
}

fn event(action: &'static str) -> AuditEvent {
    AuditEvent {
        at: NOW,
        actor: "operator".into(),
        action,
        subject: "groups/1".into(),
    }
}

/// The numbers that were written to the log, to the audit trail and to the replay table.
async fn written(store: &Store, up_to: u16) -> (Vec<u16>, usize, Vec<u16>) {
    store
        .read("written", async move |view| {
            let log = view
                .log(seed::group(1), 0, u64::MAX, u32::MAX, usize::MAX)
                .await?;
            for (entry, seq) in log.iter().zip(1..) {
                assert_eq!(entry.seq, seq);
            }
            let mut logged: Vec<_> = log
                .iter()
                .map(|entry| u16::from_be_bytes(entry.payload[..].try_into().unwrap()))
                .collect();
            logged.sort_unstable();
            let mut responses = Vec::new();
            for n in 0..up_to {
                if view.first_response(&key(n)).await?.is_some() {
                    responses.push(n);
                }
            }
            let audited = view.audit_log(0, u32::MAX).await?.len();
            view.verify_audit_log().await?;
            Ok::<_, Error>((logged, audited, responses))
        })
        .await
        .unwrap()
}

pub(crate) async fn cancelled_callers_leave_all_or_nothing(database: Database) {
    const CALLERS: u16 = 600;
    let store = database.open().await;
    seed::people(&store, 1).await;
    seed::new_group(&store).await;
    let mut acknowledged = Vec::new();
    for round in 0..6 {
        let callers: Vec<_> = (0..CALLERS / 6)
            .map(|n| {
                let store = store.clone();
                let n = round * (CALLERS / 6) + n;
                let caller = tokio::spawn(async move { write_all(&store, n).await.unwrap() });
                (n, caller)
            })
            .collect();
        for (n, caller) in callers {
            match n % 4 {
                // At once, later, in the middle of whatever runs then, and never.
                0 => caller.abort(),
                1 => {
                    tokio::task::yield_now().await;
                    caller.abort();
                }
                2 => {
                    drop(
                        tokio::time::timeout(Duration::from_micros(u64::from(n)), async {
                            std::future::pending::<()>().await;
                        })
                        .await,
                    );
                    caller.abort();
                }
                _ => {}
            }
            if caller.await.is_ok() {
                acknowledged.push(n);
            }
        }
    }
    // A write after all that survives: no connection was left inside a transaction.
    write_all(&store, CALLERS).await.unwrap();
    acknowledged.push(CALLERS);
    let before = written(&store, CALLERS + 1).await;
    store.close().await;
    let store = database.open().await;
    let (logged, audited, responses) = written(&store, CALLERS + 1).await;
    assert_eq!(
        (&logged, audited, &responses),
        (&before.0, before.1, &before.2)
    );
    assert_eq!(logged, responses, "all of a unit or nothing of it");
    assert_eq!(logged.len(), audited);
    for n in acknowledged {
        assert!(logged.binary_search(&n).is_ok(), "{n} was acknowledged");
    }
    assert!(
        logged.len() < usize::from(CALLERS),
        "some were cancelled in time"
    );
}

pub(crate) async fn an_error_undoes_its_own_unit_and_no_other(store: Store) {
    seed::people(&store, 1).await;
    let group = seed::new_group(&store).await;
    let callers: Vec<_> = (0..200_u16)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                let work = store.run_tx("half_fail", async move |tx| {
                    let entry = seed::message(1, n.to_be_bytes().to_vec());
                    let seq = seed::append(tx, group, &entry).await?;
                    if n % 2 == 0 {
                        return Err(Error::Defect("on purpose".into()));
                    }
                    Ok(seq)
                });
                (n, work.await)
            })
        })
        .collect();
    let mut kept = Vec::new();
    for caller in callers {
        let (n, outcome) = caller.await.unwrap();
        match outcome {
            Ok(_) => kept.push(n),
            Err(error) => assert_eq!(error.to_string(), "a database statement failed: on purpose"),
        }
    }
    assert_eq!(kept.len(), 100);
    let (logged, ..) = written(&store, 0).await;
    assert_eq!(logged, kept);
}

pub(crate) async fn a_panic_undoes_its_unit_and_the_store_goes_on(store: Store) {
    seed::people(&store, 1).await;
    let group = seed::new_group(&store).await;
    let callers: Vec<_> = (0..60_u16)
        .map(|n| {
            let store = store.clone();
            tokio::spawn(async move {
                let work = store.run_tx("may_panic", async move |tx| {
                    let entry = seed::message(1, n.to_be_bytes().to_vec());
                    seed::append(tx, group, &entry).await?;
                    assert!(n % 20 != 7, "on purpose");
                    Ok::<_, Error>(())
                });
                (n, work.await)
            })
        })
        .collect();
    let mut kept = Vec::new();
    for caller in callers {
        let (n, outcome) = caller.await.unwrap();
        match outcome {
            Ok(()) => kept.push(n),
            Err(Error::Defect(_)) => assert_eq!(n % 20, 7),
            // Nothing is known about the connection after a panic, so its neighbours are
            // undone with it, and told so.
            Err(error) => assert!(matches!(error, Error::Unavailable(_)), "{error}"),
        }
    }
    let (logged, ..) = written(&store, 0).await;
    assert_eq!(logged, kept);
    seed::say(&store, group, vec![0, 99]).await;
    let read: Result<()> = store
        .read("panic", async |_| unreachable!("on purpose"))
        .await;
    assert!(matches!(read, Err(Error::Defect(_))));
    assert_eq!(written(&store, 0).await.0.len(), kept.len() + 1);
}

pub(crate) async fn what_was_acknowledged_is_read(store: Store) {
    seed::people(&store, 1).await;
    let group = seed::new_group(&store).await;
    for n in 1..=200 {
        assert_eq!(seed::say(&store, group, vec![0, 0]).await, n);
        let head = store
            .read("head", async move |view| view.group(group).await)
            .await
            .unwrap();
        assert_eq!(head.map(|group| group.head_seq), Some(n));
    }
}

pub(crate) async fn a_view_does_not_change_while_it_is_read(store: Store) {
    seed::people(&store, 1).await;
    let group = seed::new_group(&store).await;
    let (begun, written) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let reader = {
        let (store, begun, written) = (store.clone(), Arc::clone(&begun), Arc::clone(&written));
        tokio::spawn(async move {
            store
                .read("twice", async move |view| {
                    let before = view.group(group).await?;
                    begun.notify_one();
                    written.notified().await;
                    Ok::<_, Error>((before, view.group(group).await?))
                })
                .await
                .unwrap()
        })
    };
    begun.notified().await;
    seed::say(&store, group, vec![0, 0]).await;
    written.notify_one();
    let (before, after) = reader.await.unwrap();
    assert_eq!(before, after);
}

pub(crate) async fn a_reference_to_nothing_is_refused(store: Store) {
    let refused = store
        .run_tx("orphan", async |tx| {
            tx.insert_practitioner(&seed::practitioner(1, "Ana")).await
        })
        .await;
    assert!(matches!(refused, Err(Error::Defect(_))), "{refused:?}");
}

pub(crate) async fn a_first_response_is_kept_once(store: Store) {
    let keep = async |n, now| {
        store
            .run_tx("keep", async move |tx| {
                tx.insert_response(&key(n), &response(), now).await
            })
            .await
    };
    keep(1, NOW).await.unwrap();
    assert!(keep(1, NOW).await.is_err());
    keep(2, NOW.plus(Duration::from_secs(10))).await.unwrap();
    let other = ReplayKey {
        caller: vec![2],
        ..key(1)
    };
    let (own, foreign) = store
        .read("find", async move |view| {
            let own = view.first_response(&key(1)).await?;
            Ok::<_, Error>((own, view.first_response(&other).await?))
        })
        .await
        .unwrap();
    assert_eq!((own, foreign), (Some(response()), None));
    let forgotten = store
        .run_tx("forget", async |tx| {
            tx.forget_responses(NOW.plus(Duration::from_secs(5))).await
        })
        .await;
    assert_eq!(forgotten.unwrap(), 1);
}

pub(crate) async fn the_audit_trail_is_a_chain(store: Store) {
    for action in ["one", "two", "three"] {
        store
            .run_tx("audit", async move |tx| tx.audit(&event(action)).await)
            .await
            .unwrap();
    }
    let (rows, verified) = store
        .read("audit_log", async |view| {
            let verified = view.verify_audit_log().await?;
            Ok::<_, Error>((view.audit_log(1, 10).await?, verified))
        })
        .await
        .unwrap();
    assert_eq!(verified, 3);
    let actions: Vec<_> = rows.iter().map(|row| &*row.action).collect();
    assert_eq!(actions, ["two", "three"]);
    assert_eq!(rows[1].previous, rows[0].hash);
}

pub(crate) async fn what_was_written_outlives_the_process(database: Database) {
    let store = database.open().await;
    seed::people(&store, 2).await;
    let group = seed::new_group(&store).await;
    for n in 0..50_u16 {
        write_all(&store, n).await.unwrap();
    }
    let before = written(&store, 50).await;
    // Dropped and not closed, as when a process ends.
    drop(store);
    let store = database.open().await;
    assert_eq!(written(&store, 50).await, before);
    let (device, state, members) = store
        .read("look", async move |view| {
            Ok::<_, Error>((
                view.device(seed::device_id(2)).await?,
                view.group_state(group).await?,
                view.members(group).await?,
            ))
        })
        .await
        .unwrap();
    assert_eq!(device, Some(seed::device(2)));
    assert_eq!(state, Some(seed::state(0)));
    assert_eq!(members, [seed::device_id(1)]);
}

pub(crate) async fn a_full_queue_refuses_and_recovers(database: Database) {
    let options = Options {
        queue: 2,
        ..Options::default()
    };
    let store = database.open_with(options).await;
    let (began, begun) = oneshot::channel();
    let began = std::sync::Mutex::new(Some(began));
    let release = Arc::new(Notify::new());
    let blocker = {
        let (store, release) = (store.clone(), Arc::clone(&release));
        tokio::spawn(async move {
            store
                .run_tx("block", async move |_| {
                    let began = began.lock().unwrap().take();
                    began.unwrap().send(()).unwrap();
                    release.notified().await;
                    Ok::<_, Error>(())
                })
                .await
        })
    };
    begun.await.unwrap();
    let waiting: Vec<_> = (0..2)
        .map(|_| {
            let store = store.clone();
            Box::pin(async move { store.run_tx("wait", async |_| Ok::<_, Error>(())).await })
        })
        .map(|mut wait| {
            // One poll puts it into the queue.
            assert!(futures_util::FutureExt::now_or_never(&mut wait).is_none());
            wait
        })
        .collect();
    let refused = store.run_tx("refused", async |_| Ok::<_, Error>(())).await;
    assert!(matches!(refused, Err(Error::Overloaded)), "{refused:?}");
    release.notify_one();
    blocker.await.unwrap().unwrap();
    for wait in waiting {
        wait.await.unwrap();
    }
    let again = store.run_tx("again", async |_| Ok::<_, Error>(())).await;
    again.unwrap();
}

pub(crate) async fn a_closed_store_says_so(database: Database) {
    let store = database.open().await;
    seed::organisation(&store).await;
    let clone = store.clone();
    store.close().await;
    let write = clone.run_tx("late", async |_| Ok::<_, Error>(())).await;
    assert!(matches!(write, Err(Error::Unavailable(_))));
    let read = clone.read("late", async |_| Ok::<_, Error>(())).await;
    assert!(matches!(read, Err(Error::Unavailable(_))));
    clone.close().await;
}

pub(crate) async fn a_reader_looks_on_while_another_writes(database: Database) {
    let store = database.open().await;
    seed::organisation(&store).await;
    let onlooker = database.open_read_only().await;
    let seen = onlooker
        .read("look", async |view| {
            view.organisation(&seed::domain()).await
        })
        .await
        .unwrap();
    assert!(seen.is_some());
    let refused = onlooker.run_tx("write", async |_| Ok::<_, Error>(())).await;
    assert!(matches!(refused, Err(Error::Unavailable(_))));
    onlooker.close().await;
    let new = store
        .run_tx("person", async |tx| {
            tx.insert_practitioner(&seed::practitioner(1, "Ana")).await
        })
        .await;
    new.unwrap();
}
