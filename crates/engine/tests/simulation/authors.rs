//! Words in the name of somebody whose certificate the transparency log does not know.

use prost::Message as _;
use relais_care::{Language, Occupancy, TeamChanged, compose::Draft};
use relais_engine::{Alarm, TeamChange, UnprovedEntry};
use relais_proto::{
    care,
    delivery::{EntryKind, delivery::Item},
    to_proto_time,
};
use relais_types::{CaseId, Clock as _, EntryId, SeatId};

use crate::world::World;

const COLLUDING: usize = 0;
const DOCTOR: usize = 1;
const GHOST: usize = 2;
const NEWCOMER: usize = 3;

/// A case of the colluding member and the doctor, with a device in the doctor's name that the log
/// does not have, and somebody who has not joined yet.
fn world(seed: u64) -> (World, CaseId) {
    let mut world = World::new(seed);
    world.enrol("clinic", "Colluding", None);
    world.enrol("hospital", "Doctor", None);
    world.enrol_in_secret("hospital", Some(DOCTOR));
    world.enrol("community", "Newcomer", None);
    let case = world.open_case(COLLUDING, &[COLLUDING, DOCTOR], None);
    world.settle();
    (world, case)
}

/// An entry in the doctor's name, signed by the ghost.
fn words(world: &mut World, case: CaseId, seq: u64) -> (EntryId, care::RelayedEntry) {
    let (id, now) = (EntryId::random(&mut world.entropy), world.clock.now());
    let (person, seat) = (world.person(GHOST), SeatId::random(&mut world.entropy));
    let draft = Draft::new(case, id, &person, Some(seat), now, Language::English);
    let entry = draft.text("the doctor agrees").unwrap().encode_to_vec();
    let signature = world.signature_key(GHOST).sign("relais/entry/v1", &entry);
    let signed = care::SignedEntry {
        signature: signature.to_vec().into(),
        entry: entry.into(),
        certificate_chain: world.certificates(GHOST),
        ..care::SignedEntry::default()
    };
    let relayed = care::RelayedEntry {
        seq,
        accept_time: Some(to_proto_time(now)),
        entry: Some(signed),
    };
    (id, relayed)
}

fn add(world: &mut World, case: CaseId, newcomer: usize) {
    let (seat, person) = (world.seat(newcomer), world.person(newcomer));
    let occupancy = Occupancy {
        seat: seat.id,
        person: Some(person),
    };
    let change = TeamChange {
        content: TeamChanged {
            seats_added: vec![seat],
            occupancies: vec![occupancy],
            reason: String::new(),
            history: relais_care::HistoryPolicy::All,
        },
        language: Language::English,
    };
    world
        .command(COLLUDING, |account| account.change_team(case, &change))
        .unwrap();
}

fn unproved(world: &World, node: usize, case: CaseId) -> Vec<UnprovedEntry> {
    world.nodes[node].account.standing(case).unwrap().unproved
}

/// Told once, by name; shown as not proved; nothing stops.
fn assert_told(world: &mut World, node: usize, case: CaseId, entry: EntryId) {
    let (author, by) = (
        world.nodes[GHOST].name.clone(),
        world.nodes[COLLUDING].name.clone(),
    );
    let expected = UnprovedEntry {
        entry,
        author: author.clone(),
        shared_by: Some(by.clone()),
        absent: true,
    };
    assert_eq!(unproved(world, node, case), std::slice::from_ref(&expected));
    let alarm = Alarm::AuthorUnlogged {
        case,
        author,
        shared_by: Some(by.clone()),
    };
    let text = alarm.to_string();
    for said in ["transparency log", "telephone", "privacy officer"] {
        assert!(text.contains(said), "{text}");
    }
    assert!(text.contains(&by.to_string()), "{text}");
    world.crash(node);
    world.settle();
    assert_eq!(world.nodes[node].alarms, [alarm]);
    assert_eq!(unproved(world, node, case), [expected]);
    world.say(node, case, "the case goes on").unwrap();
    world.settle();
    assert!(world.sees(DOCTOR, case, "the case goes on"));
}

#[test]
fn history_in_the_name_of_a_device_that_is_not_in_the_log_is_shown_as_not_proved() {
    let (mut world, case) = world(1);
    let other = world.enrol("community", "Other", None);
    add(&mut world, case, other);
    world.settle();
    // Where a commit is, history has nothing, so that there is room.
    let log = world.server.log(case).into_iter();
    let seq = log.filter_map(|it| match it.item {
        Some(Item::Entry(entry)) if entry.kind() == EntryKind::Commit => Some(entry.seq),
        _ => None,
    });
    let seq = seq.max();
    let (entry, relayed) = words(&mut world, case, seq.unwrap());
    let ghost = world.nodes[GHOST].name.clone();
    world.plant(COLLUDING, case, &relayed, &ghost);
    add(&mut world, case, NEWCOMER);
    world.settle();
    assert!(world.sees(NEWCOMER, case, "the doctor agrees"));
    assert_told(&mut world, NEWCOMER, case, entry);
    // Once the log has it, it is an entry like others.
    world.server.log.hidden.clear();
    world.reconnect(NEWCOMER);
    assert_eq!(unproved(&world, NEWCOMER, case), []);
}

#[test]
fn a_relayed_entry_of_a_device_that_is_not_in_the_log_is_shown_as_not_proved() {
    let (mut world, case) = world(2);
    let partner = CaseId::random(&mut world.entropy);
    let (entry, relayed) = words(&mut world, partner, 1);
    world
        .command(COLLUDING, |account| {
            account.post(case, None, Language::English, |draft| {
                draft.relayed(partner, vec![relayed])
            })
        })
        .unwrap();
    world.settle();
    assert_told(&mut world, DOCTOR, case, entry);
}

#[test]
fn history_of_people_whom_the_log_knows_is_proved_although_they_left() {
    let (mut world, case) = world(3);
    world.say(DOCTOR, case, "before").unwrap();
    world.settle();
    let doctor = world.nodes[DOCTOR].name.clone();
    world
        .command(COLLUDING, |account| account.expel(case, &doctor))
        .unwrap();
    world.settle();
    add(&mut world, case, NEWCOMER);
    world.settle();
    assert!(world.sees(NEWCOMER, case, "before"));
    for node in [COLLUDING, NEWCOMER] {
        assert_eq!(unproved(&world, node, case), []);
        let mut alarms = world.nodes[node].alarms.iter();
        assert!(!alarms.any(|it| matches!(it, Alarm::AuthorUnlogged { .. })));
    }
}
