//! Devices renew their certificates, and what they hold stays readable when they are late.

use std::{sync::Arc, time::Duration};

use bytes::Bytes;
use relais_engine::{Alarm, Event};
use relais_types::{CaseId, Clock as _, ManualClock};

use crate::world::{Fate, World};

const DAY: Duration = Duration::from_hours(24);

/// How long the certificate for TLS can still be used.
fn left(world: &World, node: usize) -> Option<Duration> {
    let certificate = world.nodes[node].account.transport_certificate().unwrap();
    certificate.map(|certificate| certificate.left)
}

#[test]
fn the_transport_certificate_is_renewed_when_a_third_is_left() {
    let mut world = World::new(1);
    let ana = world.enrol("hospital", "Ana", None);
    let whole = left(&world, ana).unwrap();
    assert!(whole >= DAY * 7);
    let minute = Duration::from_mins(1);
    world.advance((whole * 2 / 3).saturating_sub(minute));
    assert_eq!((world.calls(ana), world.nodes[ana].certified), (0, 0));
    let account = &world.nodes[ana].account;
    let due = account.next_wake_up().unwrap().since(world.clock.now());
    assert!(due <= Duration::from_mins(1), "{due:?}");
    world.advance(Duration::from_mins(1));
    assert_eq!(world.calls(ana), 1);
    // The answer is lost: the same is asked again, and the process may die meanwhile.
    world.resolve(ana, 0, Fate::LostAfter);
    world.crash(ana);
    world.settle();
    assert_eq!(world.nodes[ana].certified, 1);
    assert!(left(&world, ana).unwrap() > DAY * 6);
    let reopened = world.reopened(ana).transport_certificate().unwrap();
    assert!(reopened.unwrap().left > DAY * 6);
}

#[test]
fn a_device_that_was_away_for_weeks_has_none_and_gets_one() {
    let mut world = World::new(2);
    let ana = world.enrol("hospital", "Ana", None);
    world.event(ana, Event::Disconnected);
    world.advance(DAY * 30);
    assert_eq!((left(&world, ana), world.calls(ana)), (None, 0));
    world.event(ana, Event::Connected);
    world.settle();
    assert!(left(&world, ana).unwrap() > DAY * 6);
}

#[test]
fn a_certificate_that_the_server_refuses_is_replaced() {
    let mut world = World::new(3);
    let ana = world.enrol("hospital", "Ana", None);
    world.event(ana, Event::CertificateRefused);
    assert_eq!(left(&world, ana), None);
    world.event(ana, Event::Connected);
    world.settle();
    assert!(left(&world, ana).is_some());
}

/// The chain under which a device says something new.
fn speaks_with(world: &mut World, node: usize, case: CaseId, text: &str) -> Vec<Bytes> {
    world.say(node, case, text).unwrap();
    world.settle();
    let log = (1..=world.server.entries(case)).rev();
    let said = log
        .filter_map(|seq| world.try_relayed(0, case, seq as u64))
        .find(World::is_text);
    said.unwrap().entry.unwrap().certificate_chain
}

#[test]
fn the_credential_is_renewed_in_time_and_enters_every_group() {
    let (mut world, case) = World::team_of_three(4);
    let before = [0, 1, 2].map(|node| speaks_with(&mut world, node, case, "first"));
    world.advance(DAY * 300);
    world.settle();
    let entries = world.server.entries(case);
    world.advance(DAY * 6);
    world.settle();
    // Three renewals, which race and each win once.
    assert_eq!(world.server.entries(case) - entries, 3);
    let after = [0, 1, 2].map(|node| speaks_with(&mut world, node, case, "renewed"));
    for (old, new) in before.iter().zip(&after) {
        assert_ne!(old, new);
    }
    // Past the end of the first certificates.
    world.advance(DAY * 70);
    world.settle();
    let later = [0, 1, 2].map(|node| speaks_with(&mut world, node, case, "a year later"));
    assert_eq!(later, after);
    world.assert_converged(case);
    world.assert_no_alarm();
    assert!((0..3).all(|node| world.sees(node, case, "a year later")));
}

#[test]
fn an_expired_account_opens_reads_and_sends_after_its_renewal() {
    let (mut world, case) = World::team_of_three(5);
    world.say(0, case, "before").unwrap();
    world.settle();
    world.event(2, Event::Disconnected);
    world.clock.advance(DAY * 400);
    world.nodes[2].account = world.reopened(2);
    assert!(world.sees(2, case, "before"));
    world.say(2, case, "written while expired").unwrap();
    assert_eq!(world.calls(2), 0);

    world.event(2, Event::Connected);
    for node in 0..2 {
        world.event(node, Event::Tick);
    }
    world.settle();
    world.assert_converged(case);
    world.assert_no_alarm();
    assert!((0..3).all(|node| world.sees(node, case, "written while expired")));
}

#[test]
fn nothing_is_sent_under_an_expired_certificate() {
    let (mut world, case) = World::team_of_three(6);
    world.clock.advance(DAY * 400);
    let entries = world.server.entries(case);
    world.say(1, case, "too late").unwrap();
    world.event(1, Event::Tick);
    // Renewals alone.
    assert_eq!(world.calls(1), 2);
    world.resolve(1, 0, Fate::LostBefore);
    world.resolve(1, 0, Fate::LostBefore);
    assert_eq!((world.calls(1), world.server.entries(case)), (0, entries));
    world.settle();
    assert!(world.sees(0, case, "too late"));
}

#[test]
fn a_clock_that_is_years_ahead_stops_nobody() {
    let (mut world, case) = World::team_of_three(7);
    let ahead = ManualClock::at(world.clock.now().plus(DAY * 4_000));
    world.nodes[1].account = world.reopened_with(1, Arc::new(ahead));
    world.event(1, Event::Connected);
    world.say(1, case, "still here").unwrap();
    // The server knows better than this clock, and says so.
    for _ in 0..10 {
        while world.calls(1) > 0 {
            world.resolve(1, 0, Fate::Answered);
        }
        world.deliver(1, usize::MAX);
    }
    world.deliver(0, usize::MAX);
    world.assert_no_alarm();
    assert!(world.sees(0, case, "still here"));
}

#[test]
fn a_revoked_device_renews_nothing() {
    let (mut world, _) = World::team_of_three(8);
    world.revoke(1);
    world.clock.advance(DAY * 310);
    world.event(1, Event::Tick);
    while world.calls(1) > 0 {
        world.resolve(1, 0, Fate::Answered);
    }
    assert_eq!(world.nodes[1].certified, 0);
    assert_eq!(world.nodes[1].alarms, [Alarm::Revoked]);
}
