//! A device is revoked: the others remove it, go on, and it reads nothing new.

use std::time::Duration;

use relais_engine::{Alarm, Event, Update};
use relais_proto::delivery::delivery::Item;
use relais_types::{CaseId, PractitionerName};

use crate::world::{Fate, World};

fn holds_a_seat(world: &World, case: CaseId, person: &PractitionerName) -> bool {
    let view = world.nodes[0].account.view(case).unwrap();
    view.team.seats().iter().any(|seat| seat.is_held_by(person))
}

#[test]
fn keys_of_a_revoked_device_open_nothing_of_what_came_after() {
    let (mut world, case) = World::team_of_three(11);
    world.say(1, case, "read").unwrap();
    world.settle();
    // On the server before the revocation, and not delivered to that device.
    world.say(0, case, "unread").unwrap();
    while world.calls(0) > 0 {
        world.resolve(0, 0, Fate::Answered);
    }
    let unread = u64::try_from(world.server.entries(case)).unwrap();
    world.revoke(1);
    world.settle();
    for text in ["after", "and after that"] {
        world.say(2, case, text).unwrap();
        world.settle();
    }
    let copy = world.server.log(case).into_iter();
    let copy: Vec<_> = copy
        .filter_map(|delivery| match delivery.item {
            Some(Item::Entry(entry)) => Some(entry),
            _ => None,
        })
        .collect();
    assert!(copy.last().unwrap().seq > unread + 2);
    let account = &mut world.nodes[1].account;
    let before = account.view(case).unwrap().digest();
    for _ in 0..2 {
        // The one that it might have read all along shows that the attempt is a real one.
        assert_eq!(
            account.opens(case, &copy).into_iter().collect::<Vec<_>>(),
            [unread]
        );
    }
    assert_eq!(account.view(case).unwrap().digest(), before);
    assert_eq!(account.step().unwrap().writes, []);
}

#[test]
fn a_revoked_device_is_removed_its_seat_vacated_and_it_reads_nothing_new() {
    let (mut world, case) = World::team_of_three(11);
    world.say(1, case, "before").unwrap();
    world.settle();
    world.revoke(1);
    // Written before anybody knows, sent after the group has been keyed anew.
    world.say(2, case, "meanwhile").unwrap();
    world.settle();
    world.say(0, case, "after").unwrap();
    world.settle();

    world.assert_no_alarm();
    world.assert_converged(case);
    let name = world.nodes[1].name.clone();
    assert!(!world.server.members(case).contains(&name.device));
    assert!(!holds_a_seat(&world, case, &name.practitioner_name()));
    for node in [0, 2] {
        assert!(world.sees(node, case, "meanwhile") && world.sees(node, case, "after"));
        let told = Update::RemovalProposed {
            case,
            device: name.clone(),
        };
        assert!(world.nodes[node].updates.contains(&told));
    }

    // Whoever has the device and has stolen the whole log, too, learns nothing.
    let deliveries = world.server.log(case);
    world.event(
        1,
        Event::Delivered {
            deliveries,
            caught_up: true,
        },
    );
    assert!(world.sees(1, case, "before"));
    for secret in ["meanwhile", "after"] {
        assert!(!world.sees(1, case, secret), "{secret}");
    }
    assert!(world.nodes[1].updates.contains(&Update::Left(case)));
    let left = world.nodes[1].updates.iter();
    assert_eq!(left.filter(|it| **it == Update::Left(case)).count(), 1);
}

#[test]
fn a_revoked_device_is_told_once_and_keeps_what_it_wrote() {
    let (mut world, case) = World::team_of_three(11);
    world.revoke(1);
    world.say(1, case, "too late").unwrap();
    while world.calls(1) > 0 {
        world.resolve(1, 0, Fate::Answered);
    }
    world.event(1, Event::Revoked);
    world.event(1, Event::Connected);
    assert_eq!(world.nodes[1].alarms, [Alarm::Revoked]);
    assert_eq!(world.nodes[1].account.pending(case).unwrap().len(), 1);
    assert_eq!(world.calls(1), 0, "it calls no more");
}

#[test]
fn one_of_two_devices_goes_and_the_person_keeps_the_seat() {
    let (mut world, case) = World::team_of_three(11);
    let second = world.enrol("clinic", "Navigator", Some(1));
    let person = world.nodes[1].name.practitioner_name();
    world
        .command(0, |account| account.add_devices(case, &person))
        .unwrap();
    world.settle();
    world.revoke(1);
    world.settle();
    assert!(holds_a_seat(&world, case, &person));
    world.say(second, case, "still here").unwrap();
    world.settle();
    assert!(world.sees(0, case, "still here"));
    world.assert_no_alarm();
    world.assert_converged(case);
}

#[test]
fn members_take_turns_so_that_one_commit_is_enough() {
    let (mut world, case) = World::team_of_three(11);
    let before = world.server.entries(case);
    world.revoke(1);
    for node in [0, 2] {
        world.deliver(node, usize::MAX);
    }
    assert_eq!(world.calls(0), 1, "the lowest leaf commits at once");
    assert_eq!(world.calls(2), 0, "the other waits");
    world.settle();
    // The proposal, one commit, the vacated seat, and a receipt of the other for it.
    let entries = world.server.entries(case) - before;
    assert!((3..=4).contains(&entries), "{entries} entries");
    world.assert_no_alarm();
}

#[test]
fn if_the_first_is_away_the_next_one_commits() {
    let (mut world, case) = World::team_of_three(11);
    world.event(0, Event::Disconnected);
    world.revoke(1);
    world.deliver(2, usize::MAX);
    assert_eq!(world.calls(2), 0);
    world.advance(Duration::from_secs(5));
    assert_eq!(world.calls(2), 1);
    world.resolve(2, 0, Fate::Answered);
    world.deliver(2, usize::MAX);
    assert_eq!(world.server.members(case).len(), 2);
    world.event(0, Event::Connected);
    world.settle();
    world.assert_no_alarm();
    world.assert_converged(case);
}

#[test]
fn a_change_of_the_team_that_was_on_its_way_is_made_afterwards() {
    let (mut world, case) = World::team_of_three(11);
    let newcomer = world.enrol("clinic", "Newcomer", None);
    let person = world.nodes[newcomer].name.practitioner_name();
    world
        .command(2, |account| account.add_devices(case, &person))
        .unwrap();
    // The claim is answered, the commit is staged and about to be sent.
    world.resolve(2, 0, Fate::Answered);
    assert_eq!(world.calls(2), 1);
    world.revoke(1);
    world.settle();
    let members = world.server.members(case);
    assert!(members.contains(&world.nodes[newcomer].name.device));
    assert!(!members.contains(&world.nodes[1].name.device));
    world.assert_no_alarm();
    world.assert_converged(case);
}
