//! Groups, logs and inboxes.

use std::sync::Arc;

use relais_store::{EntryKind, Error, FirstResponse, NewEntry, Notice, Position, ReplayKey, Store};
use relais_types::RequestId;
use tokio::sync::Barrier;

use crate::seed::{self, NOW};

pub(crate) async fn many_writers_leave_no_gap_for_any_reader(store: Store) {
    const WRITERS: u8 = 64;
    const EACH: u64 = 10;
    const TOTAL: u64 = WRITERS as u64 * EACH;
    seed::people(&store, 1).await;
    let group = seed::new_group(&store).await;
    let readers: Vec<_> = (0..4)
        .map(|_| {
            let store = store.clone();
            tokio::spawn(async move {
                // Follows the log by its cursor, like a device.
                let mut cursor = 0;
                while cursor < TOTAL {
                    let page = store
                        .read("follow", async move |view| {
                            view.log(group, cursor, u64::MAX, 50, usize::MAX).await
                        })
                        .await
                        .unwrap();
                    for entry in page {
                        cursor += 1;
                        assert_eq!(entry.seq, cursor);
                    }
                }
            })
        })
        .collect();
    let writers: Vec<_> = (0..WRITERS)
        .map(|writer| {
            let store = store.clone();
            tokio::spawn(async move {
                let mut given = Vec::new();
                for _ in 0..EACH {
                    given.push(seed::say(&store, group, vec![writer]).await);
                }
                assert!(given.is_sorted(), "own messages stay in order");
                given
            })
        })
        .collect();
    let mut given = Vec::new();
    for writer in writers {
        given.extend(writer.await.unwrap());
    }
    given.sort_unstable();
    assert!(given.into_iter().eq(1..=TOTAL), "each number once");
    for reader in readers {
        reader.await.unwrap();
    }
}

pub(crate) async fn one_commit_wins_an_epoch(store: Store) {
    const RACERS: u8 = 32;
    const EPOCHS: u64 = 20;
    seed::people(&store, RACERS + 1).await;
    let group = seed::new_group(&store).await;
    for epoch in 0..EPOCHS {
        let start = Arc::new(Barrier::new(RACERS.into()));
        let racers: Vec<_> = (0..RACERS)
            .map(|racer| {
                let (store, start) = (store.clone(), Arc::clone(&start));
                tokio::spawn(async move {
                    start.wait().await;
                    store
                        .run_tx("race", async move |tx| {
                            let locked = tx.lock_group(group).await?.unwrap();
                            if locked.get().epoch != epoch {
                                return Ok(None);
                            }
                            // Each would add the device of its own number.
                            let seq = seed::commit(tx, group, &[racer + 2], &[]).await?;
                            Ok::<_, Error>(Some((racer + 2, seq)))
                        })
                        .await
                        .unwrap()
                })
            })
            .collect();
        let mut winners = Vec::new();
        for racer in racers {
            winners.extend(racer.await.unwrap());
        }
        let [(winner, seq)] = winners[..] else {
            panic!("{winners:?} won epoch {epoch}")
        };
        assert_eq!(seq, epoch + 1);
        for n in 2..RACERS + 2 {
            let inbox = store
                .run_tx("inbox", async move |tx| {
                    let device = seed::device_id(n);
                    let items = tx.inbox(device, 0, 10, usize::MAX).await?;
                    tx.ack_inbox(device, u64::MAX).await?;
                    Ok::<_, Error>(items)
                })
                .await
                .unwrap();
            assert_eq!(inbox.len(), usize::from(n == winner), "a loser's Welcome");
        }
    }
}

pub(crate) async fn the_short_path_of_a_message_is_the_long_one(store: Store) {
    seed::people(&store, 3).await;
    let group = seed::new_group(&store).await;
    let key = |n: u8| ReplayKey {
        caller: vec![1],
        request_id: RequestId::from_bytes([n; 16]),
    };
    let response = FirstResponse {
        method: "send".into(),
        digest: [7; 32],
        response: b"1".to_vec(),
    };
    let kept = response.clone();
    store
        .run_tx("add", async move |tx| {
            seed::commit(tx, group, &[2], &[]).await
        })
        .await
        .unwrap();
    let members = store
        .run_tx("send", async move |tx| {
            let sending = tx.begin_send(&key(1), group, seed::device_id(2)).await?;
            assert_eq!(sending.first, None);
            let mut locked = sending.group.unwrap();
            assert_eq!((locked.get().epoch, locked.get().head_seq), (1, 1));
            let entry = seed::message(2, vec![9; 100]);
            let members = tx
                .append_message(&mut locked, &entry, &key(1), &kept)
                .await?;
            assert_eq!(locked.get().head_seq, 2);
            Ok::<_, Error>(members)
        })
        .await
        .unwrap();
    assert_eq!(members.len(), 2);
    assert_eq!(seed::say(&store, group, vec![1]).await, 3);
    store
        .run_tx("look", async move |tx| {
            let log = tx.log(group, 1, 2, 1, usize::MAX).await?;
            assert_eq!(log[0].payload, vec![9; 100]);
            assert_eq!(log[0].sender, seed::device_id(2));
            let replay = tx.begin_send(&key(1), group, seed::device_id(2)).await?;
            assert_eq!(replay.first, Some(response.clone()));
            let outside = tx.begin_send(&key(2), group, seed::device_id(3)).await?;
            assert!(outside.first.is_none() && outside.group.is_none());
            seed::commit(tx, group, &[], &[2]).await?;
            let removed = tx.begin_send(&key(2), group, seed::device_id(2)).await?;
            assert!(removed.group.is_none());
            Ok::<_, Error>(())
        })
        .await
        .unwrap();
    // A request id that is taken undoes the whole message.
    let again = store
        .run_tx("again", async move |tx| {
            let sending = tx.begin_send(&key(1), group, seed::device_id(1)).await?;
            let first = sending.first.unwrap();
            let entry = seed::message(1, vec![1]);
            tx.append_message(&mut sending.group.unwrap(), &entry, &key(1), &first)
                .await
        })
        .await;
    assert!(matches!(again, Err(Error::Defect(_))), "{again:?}");
    assert_eq!(seed::say(&store, group, vec![1]).await, 5);
}

pub(crate) async fn a_second_commit_of_an_epoch_is_refused(store: Store) {
    seed::people(&store, 1).await;
    let group = seed::new_group(&store).await;
    let refused = store
        .run_tx("twice", async move |tx| {
            let commit = NewEntry {
                kind: EntryKind::Commit,
                ..seed::message(1, vec![1])
            };
            seed::append(tx, group, &commit).await?;
            seed::append(tx, group, &commit).await
        })
        .await;
    assert!(matches!(refused, Err(Error::Defect(_))), "{refused:?}");
    assert_eq!(seed::say(&store, group, vec![1]).await, 1);
}

pub(crate) async fn a_log_is_paged_by_items_and_bytes(store: Store) {
    seed::people(&store, 1).await;
    let group = seed::new_group(&store).await;
    for size in [10, 10, 1_000, 10, 10] {
        seed::say(&store, group, vec![7; size]).await;
    }
    let page = async |after, last, limit, bytes| -> Vec<u64> {
        let entries = store
            .read("page", async move |view| {
                view.log(group, after, last, limit, bytes).await
            })
            .await
            .unwrap();
        entries.iter().map(|entry| entry.seq).collect()
    };
    let all = usize::MAX;
    assert_eq!(page(0, 5, 10, all).await, [1, 2, 3, 4, 5]);
    assert_eq!(page(0, 3, 10, all).await, [1, 2, 3], "to the removal");
    assert_eq!(page(1, 5, 2, all).await, [2, 3]);
    assert_eq!(page(0, 5, 10, 100).await, [1, 2]);
    assert_eq!(page(2, 5, 10, 100).await, [3], "always one");
    assert_eq!(page(5, 5, 10, all).await, [0; 0]);
    let entry = store
        .read("entry", async move |view| {
            view.log(group, 2, 3, 1, all).await
        })
        .await
        .unwrap()
        .remove(0);
    assert_eq!((entry.group, entry.epoch), (group, 0));
    assert_eq!(entry.kind, EntryKind::Application);
    assert_eq!(entry.sender, seed::device_id(1));
    assert_eq!(entry.payload, vec![7; 1_000]);
    assert_eq!(entry.accepted_at, NOW);
}

pub(crate) async fn an_inbox_is_paged_and_its_positions_are_never_reused(store: Store) {
    seed::people(&store, 2).await;
    let group = seed::new_group(&store).await;
    let device = seed::device_id(2);
    let fill = async || {
        store
            .run_tx("fill", async move |tx| {
                seed::commit(tx, group, &[2], &[]).await?;
                assert!(tx.notify_key_packages_low(device, 3, NOW).await?);
                assert!(!tx.notify_key_packages_low(device, 2, NOW).await?, "once");
                Ok::<_, Error>(())
            })
            .await
            .unwrap();
    };
    let page = async |after, limit, bytes| {
        store
            .read("page", async move |view| {
                view.inbox(device, after, limit, bytes).await
            })
            .await
            .unwrap()
    };
    fill().await;
    let items = page(0, 10, usize::MAX).await;
    assert_eq!(
        items.iter().map(|item| item.position).collect::<Vec<_>>(),
        [1, 2]
    );
    let welcome = Notice::Welcome {
        group,
        seq: 1,
        epoch: 1,
        welcome: vec![0xe0; 32].into(),
        ratchet_tree: seed::state(1).ratchet_tree,
        accepted_at: NOW,
    };
    assert_eq!(items[0].notice, welcome);
    assert_eq!(welcome.size(), 48);
    assert_eq!(items[1].notice, Notice::KeyPackagesLow { available: 3 });
    assert_eq!(page(0, 1, usize::MAX).await, items[..1]);
    assert_eq!(page(0, 10, 1).await, items[..1], "always one");
    assert_eq!(page(1, 10, usize::MAX).await, items[1..]);

    let acked = store
        .run_tx("ack", async move |tx| tx.ack_inbox(device, 2).await)
        .await;
    assert_eq!(acked.unwrap(), 2);
    fill().await;
    let positions: Vec<_> = page(0, 10, usize::MAX)
        .await
        .iter()
        .map(|item| item.position)
        .collect();
    assert_eq!(positions, [3, 4]);
    let head = store
        .read("head", async move |view| view.inbox_head(device).await)
        .await;
    assert_eq!(head.unwrap(), 4);
}

async fn position(store: &Store, device: u8) -> Option<Position> {
    let positions = store
        .read("positions", async move |view| {
            view.positions(seed::device_id(device)).await
        })
        .await
        .unwrap();
    assert!(positions.len() <= 1);
    positions.into_iter().next()
}

pub(crate) async fn a_member_comes_goes_and_comes_back(store: Store) {
    seed::people(&store, 2).await;
    let group = seed::new_group(&store).await;
    let commit = async |added: &'static [u8], removed: &'static [u8]| {
        store
            .run_tx("commit", async move |tx| {
                seed::commit(tx, group, added, removed).await
            })
            .await
            .unwrap()
    };
    let current = async || {
        store
            .read("member", async move |view| {
                let place = view.membership(group, seed::device_id(2)).await?;
                let current = place.is_some_and(|place| place.is_current());
                let listed = view.members(group).await?.contains(&seed::device_id(2));
                assert_eq!(current, listed);
                Ok::<_, Error>(current)
            })
            .await
            .unwrap()
    };
    assert_eq!(position(&store, 2).await, None);
    assert!(!current().await);
    assert_eq!(commit(&[2], &[]).await, 1);
    seed::say(&store, group, vec![0]).await;
    assert!(current().await);
    let expected = |joined_seq, last_seq, acked_seq| Position {
        group,
        joined_seq,
        last_seq,
        acked_seq,
    };
    assert_eq!(position(&store, 2).await, Some(expected(1, 2, 1)));
    assert_eq!(commit(&[], &[2]).await, 3);
    seed::say(&store, group, vec![0]).await;
    assert!(!current().await);
    assert_eq!(position(&store, 2).await, Some(expected(1, 3, 1)));
    assert_eq!(position(&store, 1).await, Some(expected(0, 4, 0)));
    assert_eq!(commit(&[2], &[]).await, 5);
    assert!(current().await);
    assert_eq!(position(&store, 2).await, Some(expected(5, 5, 5)));
    // A device that lost its state is removed and added by one commit.
    assert_eq!(commit(&[2], &[2]).await, 6);
    assert!(current().await);
    assert_eq!(position(&store, 2).await, Some(expected(6, 6, 6)));
}

pub(crate) async fn an_acknowledgement_never_goes_backwards(store: Store) {
    seed::people(&store, 1).await;
    let group = seed::new_group(&store).await;
    for _ in 0..5 {
        seed::say(&store, group, vec![0]).await;
    }
    for (seq, acked) in [(3, 3), (1, 3), (3, 3), (5, 5), (0, 5)] {
        store
            .run_tx("ack", async move |tx| {
                tx.ack_groups(seed::device_id(1), &[(group, seq)]).await
            })
            .await
            .unwrap();
        let position = position(&store, 1).await.unwrap();
        assert_eq!(position.acked_seq, acked);
    }
}

pub(crate) async fn a_tree_stays_for_as_long_as_a_welcome_waits(store: Store) {
    seed::people(&store, 2).await;
    let group = seed::new_group(&store).await;
    let device = seed::device_id(2);
    store
        .run_tx("add", async move |tx| {
            seed::commit(tx, group, &[2], &[]).await
        })
        .await
        .unwrap();
    for _ in 0..3 {
        store
            .run_tx("renew", async move |tx| {
                seed::commit(tx, group, &[], &[]).await
            })
            .await
            .unwrap();
    }
    let (inbox, state) = store
        .read("inbox", async move |view| {
            let inbox = view.inbox(device, 0, 10, usize::MAX).await?;
            Ok::<_, Error>((inbox, view.group_state(group).await?))
        })
        .await
        .unwrap();
    let Notice::Welcome { ratchet_tree, .. } = &inbox[0].notice else {
        panic!("{inbox:?}")
    };
    assert_eq!(*ratchet_tree, seed::state(1).ratchet_tree);
    assert_eq!(state, Some(seed::state(4)));
}
