//! What nobody acknowledges wakes one after the other, whoever is offline; what somebody
//! acknowledges wakes nobody.

use std::time::Duration;

use relais_care::{AcknowledgementRequest, Language, Priority};
use relais_engine::{Alarm, Call, Event, Overdue, Turn, Update};
use relais_types::{CaseId, EntryId};

use crate::world::{Fate, World};

const MINUTE: Duration = Duration::from_mins(1);

/// The specialist (node 0) asks the navigator's seat (node 1) for an acknowledgement.
fn ask(world: &mut World, case: CaseId, priority: Priority) -> EntryId {
    let navigator = world.person(1).name;
    let view = world.nodes[0].account.view(case).unwrap();
    let owner = view.team.seats_of(&navigator).next().unwrap().seat.id;
    let request = AcknowledgementRequest {
        what: "Potassium 6.8, please call".to_owned(),
    };
    let asked = world.command(0, |account| {
        account.post(case, None, Language::English, |draft| {
            draft
                .priority(priority)
                .acknowledgement_request(owner, request)
        })
    });
    asked.unwrap()
}

/// What the node's person was told to be overdue, and forgets it.
fn told(world: &mut World, node: usize) -> Vec<(EntryId, Turn)> {
    let updates = std::mem::take(&mut world.nodes[node].updates);
    let overdue = updates.into_iter().filter_map(|update| match update {
        Update::Overdue(Overdue { entry, turn, .. }) => Some((entry, turn)),
        _ => None,
    });
    overdue.collect()
}

fn kept(world: &World, node: usize) -> Vec<(EntryId, Turn)> {
    let overdue = world.nodes[node].account.overdue().unwrap();
    overdue.iter().map(|it| (it.entry, it.turn)).collect()
}

fn acknowledge(world: &mut World, node: usize, case: CaseId, entry: EntryId) {
    world
        .command(node, |account| account.acknowledge(case, entry))
        .unwrap();
}

/// Everything of this node alone arrives.
fn catch_up(world: &mut World, node: usize) {
    for _ in 0..20 {
        world.answer_all(node);
        world.deliver(node, usize::MAX);
    }
}

#[test]
fn what_is_acknowledged_in_time_wakes_nobody() {
    let (mut world, case) = World::team_of_three(1);
    let entry = ask(&mut world, case, Priority::Stat);
    world.settle();
    assert_eq!(world.server.timers.open(), 2, "the owner, then who asked");
    acknowledge(&mut world, 1, case, entry);
    world.settle();
    assert_eq!(world.server.timers.open(), 0);
    assert_eq!(world.server.timers.revealed.len(), 1, "by one device, once");
    world.advance(30 * MINUTE);
    world.settle();
    for node in 0..3 {
        assert_eq!(told(&mut world, node), []);
        assert_eq!(kept(&world, node), []);
    }
    world.assert_no_alarm();
}

#[test]
fn a_sender_who_is_offline_is_woken_last() {
    let (mut world, case) = World::team_of_three(2);
    let entry = ask(&mut world, case, Priority::Stat);
    world.answer_all(0);
    world.event(0, Event::Disconnected);
    catch_up(&mut world, 1);

    world.advance(4 * MINUTE);
    catch_up(&mut world, 1);
    assert_eq!(told(&mut world, 1), []);
    world.advance(MINUTE);
    catch_up(&mut world, 1);
    assert_eq!(told(&mut world, 1), [(entry, Turn::Owner)]);
    catch_up(&mut world, 2);
    assert_eq!(told(&mut world, 2), [], "it is not their turn");

    // It is read, and so what: nobody has said that they have it.
    world
        .command(1, |account| account.mark_read(case, &[entry]))
        .unwrap();
    world.crash(1);
    catch_up(&mut world, 1);
    assert_eq!(
        kept(&world, 1),
        [(entry, Turn::Owner)],
        "it outlives the process"
    );
    assert_eq!(told(&mut world, 1), [], "and is told once");

    world.advance(10 * MINUTE);
    world.event(0, Event::Connected);
    catch_up(&mut world, 0);
    assert_eq!(told(&mut world, 0), [(entry, Turn::Next)]);
    acknowledge(&mut world, 1, case, entry);
    world.settle();
    for node in 0..3 {
        assert_eq!(kept(&world, node), []);
    }
    assert!(
        world.nodes[0]
            .rows
            .keys()
            .all(|key| !key.starts_with(b"wake/"))
    );
    world.assert_no_alarm();
}

#[test]
fn clearing_is_not_lost_with_its_call_nor_with_the_process() {
    for seed in 0..30 {
        let (mut world, case) = World::team_of_three(seed);
        let entries: Vec<EntryId> = (0..3)
            .map(|_| ask(&mut world, case, Priority::Stat))
            .collect();
        world.settle();
        for entry in entries {
            acknowledge(&mut world, 1, case, entry);
        }
        let fates = [Fate::Answered, Fate::LostBefore, Fate::LostAfter];
        for _ in 0..20 {
            match world.below(4) {
                0 => world.crash(1),
                1 => world.deliver(1, 2),
                2 => world.advance(Duration::from_secs(2)),
                _ => {
                    while world.calls(1) > 0 {
                        let fate = fates[world.below(3)];
                        world.resolve(1, 0, fate);
                    }
                }
            }
        }
        world.settle();
        world.advance(MINUTE);
        world.settle();
        assert_eq!(world.server.timers.open(), 0, "seed {seed}");
        assert!(
            world.nodes[1]
                .rows
                .keys()
                .all(|key| !key.starts_with(b"clear/"))
        );
        world.assert_no_alarm();
    }
}

#[test]
fn nothing_is_revealed_before_the_acknowledgement_stands_in_the_log() {
    let (mut world, case) = World::team_of_three(3);
    let entry = ask(&mut world, case, Priority::Urgent);
    world.settle();
    acknowledge(&mut world, 1, case, entry);
    let clears = |world: &World| {
        let mut calls = world.on_the_way(1);
        calls.any(|call| matches!(call, Call::ClearTimer(_)))
    };
    assert!(!clears(&world));
    world.answer_all(1);
    assert!(
        !clears(&world),
        "the server has it, the log has not shown it"
    );
    world.deliver(1, usize::MAX);
    assert!(clears(&world));
}

#[test]
fn what_was_due_while_the_server_was_down_is_told_once() {
    let (mut world, case) = World::team_of_three(4);
    let entry = ask(&mut world, case, Priority::Stat);
    world.settle();
    world.server.timers.stopped = true;
    world.advance(6 * MINUTE);
    catch_up(&mut world, 1);
    assert_eq!(told(&mut world, 1), []);
    world.server.timers.stopped = false;
    world.advance(Duration::from_secs(1));
    catch_up(&mut world, 1);
    world.crash(1);
    catch_up(&mut world, 1);
    assert_eq!(told(&mut world, 1), [(entry, Turn::Owner)]);
}

#[test]
fn a_wake_up_may_come_before_its_entry_and_after_the_acknowledgement() {
    let (mut world, case) = World::team_of_three(5);
    let entry = ask(&mut world, case, Priority::Stat);
    world.answer_all(0);
    world.advance(6 * MINUTE);
    // The inbox comes first, and alone.
    world.deliver(1, 1);
    assert_eq!(told(&mut world, 1), []);
    world.crash(1);
    catch_up(&mut world, 1);
    assert_eq!(told(&mut world, 1), [(entry, Turn::Owner)]);

    // The next one is acknowledged before whoever asked looks again.
    world.settle();
    told(&mut world, 0);
    acknowledge(&mut world, 1, case, entry);
    world.server.timers.stopped = true;
    catch_up(&mut world, 1);
    let late = ask(&mut world, case, Priority::Stat);
    world.answer_all(0);
    world.server.timers.stopped = false;
    world.advance(16 * MINUTE);
    catch_up(&mut world, 1);
    acknowledge(&mut world, 1, case, late);
    catch_up(&mut world, 1);
    world.settle();
    assert_eq!(told(&mut world, 0), [], "it is settled when it is read");
    assert_eq!(kept(&world, 0), []);
}

#[test]
fn a_message_goes_without_timers_rather_than_not_at_all() {
    let (mut world, case) = World::team_of_three(6);
    world.server.timers.full = true;
    let entry = ask(&mut world, case, Priority::Stat);
    world.settle();
    let view = world.nodes[1].account.view(case).unwrap();
    assert!(view.item(entry).is_some());
    let [alarm] = &world.nodes[0].alarms[..] else {
        unreachable!("{:?}", world.nodes[0].alarms)
    };
    assert!(matches!(alarm, Alarm::NobodyIsWoken { entry: of, .. } if *of == entry));
    // Whoever owns it sees that it is late all the same.
    world.advance(16 * MINUTE);
    assert_eq!(kept(&world, 1), [(entry, Turn::Owner)]);
    assert_eq!(kept(&world, 0), [(entry, Turn::Next)]);
}

#[test]
fn what_waited_in_the_outbox_leaves_the_owner_their_time() {
    let (mut world, case) = World::team_of_three(7);
    world.event(0, Event::Disconnected);
    let entry = ask(&mut world, case, Priority::Stat);
    world.advance(Duration::from_hours(2));
    world.event(0, Event::Connected);
    world.settle();
    told(&mut world, 1);
    world.advance(2 * MINUTE);
    catch_up(&mut world, 1);
    assert_eq!(told(&mut world, 1), []);
    world.advance(3 * MINUTE);
    catch_up(&mut world, 1);
    assert_eq!(told(&mut world, 1), [(entry, Turn::Owner)]);
}
