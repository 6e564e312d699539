//! Devices that the server, or somebody with it, would put into a case: nobody gets in, and
//! nothing of the case out, by another's name.

use std::time::Duration;

use prost::Message as _;
use relais_care::{HistoryPolicy, Language, Occupancy, TeamChanged, compose::Draft};
use relais_engine::{Alarm, Breach, Call, Event, TeamChange, Update};
use relais_proto::{
    care,
    delivery::{EntryKind, delivery::Item},
    to_proto_time,
};
use relais_transparency::Signer;
use relais_types::{CaseId, Clock as _, EntryId, Error, Reason, SeatId, SeededEntropy};

use crate::world::{Fate, World};

#[test]
fn only_devices_of_whoever_was_asked_for_are_added() {
    let mut world = World::new(31);
    let [amal, luc, mallory] = [("a", "Amal"), ("b", "Luc"), ("c", "Mallory")]
        .map(|(at, name)| world.enrol(at, name, None));
    let case = world.open_case(amal, &[amal, luc], None);
    let asked_for = world.nodes[luc].name.practitioner_name();
    world.answer_until(amal, |call| matches!(call, Call::ClaimKeyPackages(_)));
    while world.calls(amal) > 0 {
        let (id, call) = world.take_call(amal);
        let call = match call {
            Call::ClaimKeyPackages(mut request)
                if request.practitioner == asked_for.to_string() =>
            {
                request.practitioner = world.nodes[mallory].name.practitioner_name().to_string();
                Call::ClaimKeyPackages(request)
            }
            call => call,
        };
        world.answer(amal, id, &call);
        world.deliver(amal, usize::MAX);
    }
    world.settle();
    let refused = Alarm::StrangerRefused {
        case,
        person: asked_for,
        device: world.nodes[mallory].name.clone(),
    };
    assert_eq!(world.nodes[amal].alarms, [refused]);
    assert_eq!(world.server.members(case), [world.nodes[amal].name.device]);
    assert!(world.nodes[mallory].account.view(case).is_err());
}

/// Amal, Luc and Rose in a case; Luc is removed with a message on his lips, Iris joins, and Iris,
/// whom he does not know, adds him again.
fn added_by_a_stranger() -> (World, [usize; 4], CaseId) {
    let mut world = World::new(32);
    let [amal, luc, rose, iris] = [("a", "Amal"), ("b", "Luc"), ("a", "Rose"), ("c", "Iris")]
        .map(|(at, name)| world.enrol(at, name, None));
    let case = world.open_case(amal, &[amal, luc, rose], None);
    world.settle();
    world.say(amal, case, "before").unwrap();
    world.settle();
    world.event(luc, Event::Disconnected);
    world.say(luc, case, "for those who were there").unwrap();
    let device = world.nodes[luc].name.clone();
    let person = |world: &World, node: usize| world.nodes[node].name.practitioner_name();
    let lucs_name = person(&world, luc);
    for step in 0..3 {
        let done = match step {
            0 => world.command(amal, |account| account.expel(case, &device)),
            1 => seats(&mut world, amal, case, iris),
            _ => world.command(iris, |account| account.add_devices(case, &lucs_name)),
        };
        done.unwrap();
        for _ in 0..6 {
            for node in [amal, rose, iris] {
                world.answer_all(node);
                world.deliver(node, usize::MAX);
            }
            world.advance(Duration::from_secs(1));
        }
    }
    world.event(luc, Event::Connected);
    world.settle();
    (world, [amal, luc, rose, iris], case)
}

/// Gives somebody new a seat of their own.
fn seats(world: &mut World, by: usize, case: CaseId, node: usize) -> Result<(), Error> {
    let seat = world.seat(node);
    let occupancy = Occupancy {
        seat: seat.id,
        person: Some(world.person(node)),
    };
    let change = TeamChange {
        content: TeamChanged {
            seats_added: vec![seat],
            occupancies: vec![occupancy],
            reason: String::new(),
            history: HistoryPolicy::All,
        },
        language: Language::English,
    };
    world.command(by, |account| account.change_team(case, &change))
}

#[test]
fn whoever_is_added_again_by_a_stranger_is_asked_and_shares_nothing_of_before() {
    let (mut world, [amal, luc, _, iris], case) = added_by_a_stranger();
    let by = world.nodes[iris].name.clone();
    let doubted = Alarm::RejoinDoubted {
        case,
        by: by.clone(),
    };
    assert_eq!(world.nodes[luc].alarms, [doubted]);
    world.say(amal, case, "meanwhile").unwrap();
    world.settle();
    plant_what_nobody_else_has(&mut world, luc, case);
    world.settle();
    let account = &world.nodes[luc].account;
    assert_eq!(account.standing(case).unwrap().doubted, Some(by.clone()));
    assert!(world.sees(luc, case, "before") && !world.sees(luc, case, "meanwhile"));
    let refused = world.say(luc, case, "too early").unwrap_err();
    assert_eq!(refused.reason, Reason::NotAllowed);

    let amals = world.nodes[amal].name.clone();
    let wrong = world.command(luc, |account| account.rejoin(case, &amals));
    assert_eq!(wrong.unwrap_err().reason, Reason::NotFound);
    world
        .command(luc, |account| account.rejoin(case, &by))
        .unwrap();
    world.settle();
    assert!(world.sees(luc, case, "meanwhile"));
    let refused = world.nodes[luc]
        .updates
        .iter()
        .filter(|update| matches!(update, Update::Refused { .. }));
    assert_eq!(refused.count(), 1, "what waited is not for these people");
    assert!(!world.sees(amal, case, "for those who were there"));
    world.say(luc, case, "hello").unwrap();
    world.settle();
    assert!(world.sees(amal, case, "hello"));
    let again = world.command(luc, |account| account.rejoin(case, &by));
    assert_eq!(again.unwrap_err().reason, Reason::NotFound);

    // Whom Luc adds gets from him what the group has said or has shown him, and nothing else.
    let ivan = world.enrol("c", "Ivan", None);
    seats(&mut world, luc, case, ivan).unwrap();
    world.settle();
    assert!(world.nodes[ivan].account.view(case).unwrap().is_opened());
    assert!(world.sees(ivan, case, "hello") && world.sees(ivan, case, "before"));
    assert!(world.sees(luc, case, "nobody else has this"));
    assert!(!world.sees(ivan, case, "nobody else has this"));
}

/// Puts words of Luc's into his log, in the place of a commit, that the group does not have.
fn plant_what_nobody_else_has(world: &mut World, luc: usize, case: CaseId) {
    let log = world.server.log(case).into_iter();
    let mut commits = log.filter_map(|it| match it.item {
        Some(Item::Entry(entry)) if entry.kind() == EntryKind::Commit => Some(entry.seq),
        _ => None,
    });
    // The first one founded the group, the next one removed Luc.
    let commit = commits.nth(1);
    let (id, now) = (EntryId::random(&mut world.entropy), world.clock.now());
    let (person, seat) = (world.person(luc), SeatId::random(&mut world.entropy));
    let draft = Draft::new(case, id, &person, Some(seat), now, Language::English);
    let entry = draft.text("nobody else has this").unwrap().encode_to_vec();
    let signature = world.signature_key(luc).sign("relais/entry/v1", &entry);
    let relayed = care::RelayedEntry {
        seq: commit.unwrap(),
        accept_time: Some(to_proto_time(now)),
        entry: Some(care::SignedEntry {
            signature: signature.to_vec().into(),
            entry: entry.into(),
            certificate_chain: world.certificates(luc),
            ..care::SignedEntry::default()
        }),
    };
    let author = world.nodes[luc].name.clone();
    world.plant(luc, case, &relayed, &author);
}

#[test]
fn whoever_declines_has_left_and_a_later_invitation_by_somebody_known_counts() {
    let (mut world, [amal, luc, _, iris], case) = added_by_a_stranger();
    world
        .command(luc, |account| account.decline_rejoin(case))
        .unwrap();
    world.say(amal, case, "goes on").unwrap();
    world.settle();
    assert!(!world.sees(luc, case, "goes on") && world.sees(luc, case, "before"));
    let left = Update::Left(case);
    assert!(world.nodes[luc].updates.contains(&left));
    let standing = world.nodes[luc].account.standing(case).unwrap();
    assert_eq!(standing.doubted, None);

    let device = world.nodes[luc].name.clone();
    world
        .command(iris, |account| account.expel(case, &device))
        .unwrap();
    world.settle();
    let person = device.practitioner_name();
    world
        .command(amal, |account| account.add_devices(case, &person))
        .unwrap();
    world.settle();
    world.say(amal, case, "welcome back").unwrap();
    world.settle();
    assert!(world.sees(luc, case, "welcome back"));
}

#[test]
fn whoever_is_added_again_by_somebody_they_know_is_simply_back() {
    let (mut world, case) = World::team_of_three(33);
    let device = world.nodes[1].name.clone();
    world
        .command(0, |account| account.expel(case, &device))
        .unwrap();
    world.settle();
    let person = device.practitioner_name();
    world
        .command(2, |account| account.add_devices(case, &person))
        .unwrap();
    world.settle();
    world.say(0, case, "welcome back").unwrap();
    world.settle();
    assert!(world.sees(1, case, "welcome back"));
    world.assert_converged(case);
    world.assert_no_alarm();
}

/// Exchanges the key of the server's transparency log.
fn exchange(world: &mut World, signer: &mut Signer) {
    std::mem::swap(&mut world.server.log.signer, signer);
}

#[test]
fn a_device_with_another_log_key_stops_the_case_until_it_is_removed() {
    let mut world = World::new(34);
    let mut other = Signer::generate("log", &mut SeededEntropy::new(2)).unwrap();
    let amal = world.enrol("a", "Amal", None);
    exchange(&mut world, &mut other);
    let luc = world.enrol("b", "Luc", None);
    world.answer_all(luc);
    exchange(&mut world, &mut other);
    let rose = world.enrol("c", "Rose", None);
    let round = |world: &mut World, other: &mut Signer| {
        for _ in 0..6 {
            for node in [amal, rose] {
                world.answer_all(node);
                world.deliver(node, usize::MAX);
            }
            exchange(world, other);
            world.answer_all(luc);
            world.deliver(luc, usize::MAX);
            exchange(world, other);
            world.advance(Duration::from_secs(1));
        }
    };
    let stands = |world: &World, node: usize, case: CaseId| {
        let breach = world.nodes[node].account.breach(case);
        breach.map(|breach| match breach {
            Breach::OtherLog { by, .. } => by.clone(),
            other => panic!("{other}"),
        })
    };
    let lucs = world.nodes[luc].name.clone();
    let amals = world.open_case(amal, &[amal, luc, rose], None);
    round(&mut world, &mut other);
    let name = world.nodes[amal].name.clone();
    assert_eq!(
        stands(&world, luc, amals),
        Some(name),
        "he is the first to know"
    );
    assert_eq!(stands(&world, amal, amals), None, "from him nothing came");
    assert!(world.nodes[luc].account.view(amals).unwrap().is_opened());

    let case = world.open_case(luc, &[luc, amal, rose], None);
    round(&mut world, &mut other);
    for node in [amal, rose] {
        assert_eq!(stands(&world, node, case), Some(lucs.clone()));
    }
    let refused = world.say(amal, case, "not to be sent").unwrap_err();
    assert_eq!(refused.reason, Reason::SendingStopped);

    world
        .command(amal, |account| account.expel(case, &lucs))
        .unwrap();
    round(&mut world, &mut other);
    assert_eq!(stands(&world, amal, case), None);
    world.say(amal, case, "among ourselves").unwrap();
    round(&mut world, &mut other);
    assert!(world.sees(rose, case, "among ourselves"));
    assert!(!world.sees(luc, case, "among ourselves"));
}

#[test]
fn a_comparison_that_is_never_answered_stops_sending_also_after_a_restart() {
    let mut world = World::new(35);
    let (amal, luc) = (
        world.enrol("a", "Amal", None),
        world.enrol("b", "Luc", None),
    );
    let case = world.open_case(amal, &[amal, luc], None);
    world.settle();
    world.enrol("c", "Rose", None);
    world.reconnect(amal);
    world.say(amal, case, "from a longer log").unwrap();
    world.answer_all(amal);
    world.deliver(luc, usize::MAX);
    let mut asked = 0;
    while asked < 8 {
        let is_comparison = |call: &Call| matches!(call, Call::GetConsistencyProof(_));
        if world.calls(luc) == 0 {
            world.advance(Duration::from_secs(61));
            continue;
        }
        let (id, call) = world.take_call(luc);
        if is_comparison(&call) {
            asked += 1;
            let lost = relais_types::Error::new(Reason::StorageUnavailable, "later");
            world.event(luc, Event::Replied(id, Err(lost)));
        } else {
            world.answer(luc, id, &call);
        }
    }
    assert_eq!(world.nodes[luc].alarms, [Alarm::LogWithheld]);
    world.crash(luc);
    world.say(luc, case, "waits").unwrap();
    for _ in 0..3 {
        while world.calls(luc) > 0 {
            let comparing =
                world.first_call(luc, |call| matches!(call, Call::GetConsistencyProof(_)));
            world.resolve(
                luc,
                0,
                if comparing {
                    Fate::LostBefore
                } else {
                    Fate::Answered
                },
            );
        }
        world.deliver(luc, usize::MAX);
        world.advance(Duration::from_secs(61));
    }
    assert!(!world.sees(amal, case, "waits"));
    world.settle();
    assert!(world.sees(amal, case, "waits"), "an answer ends it");
    assert_eq!(world.nodes[luc].account.breach(case), None);
}
