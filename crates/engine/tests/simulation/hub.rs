//! The one door of a programme, and a group without a patient, on devices of their own.

use std::time::Duration;

use relais_care::{
    CaseOpened, Consult, ConsultClass, ConversationKind, IdentifierKind, Language, LoopState,
    Occupancy, Patient, Seat, SeatRole, Transition,
};
use relais_engine::{CasePolicy, Opening, Snoozed};
use relais_types::{CaseId, Clock as _, EntryId, Reason, SeatId};

use crate::world::World;

const PHYSICIAN: usize = 0;
const NAVIGATOR: usize = 1;
const INTERNIST: usize = 2;

fn opening(world: &mut World, conversation: ConversationKind, people: &[usize]) -> Opening {
    let mut seats: Vec<Seat> = people.iter().map(|&node| world.seat(node)).collect();
    let occupancies = seats.iter().zip(people).map(|(seat, &node)| Occupancy {
        seat: seat.id,
        person: Some(world.person(node)),
    });
    let occupancies = occupancies.collect();
    let mut hub = world.seat(NAVIGATOR);
    hub.role = SeatRole::Hub;
    seats.push(hub);
    let patient = Patient {
        display_name: "Marguerite Lavoie".to_owned(),
        birth_date: "1951-02-03".to_owned(),
        language: String::new(),
    };
    Opening {
        content: CaseOpened {
            title: "SCOPE".to_owned(),
            purpose: String::new(),
            patient: (conversation != ConversationKind::Community).then_some(patient),
            conversation,
            seats,
            occupancies,
        },
        language: Language::English,
        parent: None,
        policy: CasePolicy::default(),
    }
}

/// A clinic's physician, and a hospital's navigator and internist behind one door.
fn hub(seed: u64) -> (World, CaseId) {
    let mut world = World::new(seed);
    world.enrol("clinic", "Physician", None);
    world.enrol("hospital", "Navigator", None);
    world.enrol("hospital", "Internist", None);
    let people = [PHYSICIAN, NAVIGATOR, INTERNIST];
    let opening = opening(&mut world, ConversationKind::Team, &people);
    let case = world
        .command(PHYSICIAN, |account| account.open_case(&opening))
        .unwrap();
    world.settle();
    (world, case)
}

fn consult(question: &str) -> Consult {
    Consult {
        specialty: "Internal medicine".to_owned(),
        question: question.to_owned(),
        class: ConsultClass::Advice,
    }
}

fn seat_of(world: &World, case: CaseId, node: usize) -> SeatId {
    let person = world.person(node).name;
    let view = world.nodes[node].account.view(case).unwrap();
    view.team.seats_of(&person).next().unwrap().seat.id
}

fn ask(world: &mut World, case: CaseId) -> EntryId {
    let view = world.nodes[PHYSICIAN].account.view(case).unwrap();
    let mut seats = view.team.seats().iter();
    let hub = seats.find(|seat| seat.seat.role == SeatRole::Hub);
    let hub = hub.unwrap().seat.id;
    let asked = world.command(PHYSICIAN, |account| {
        account.post(case, None, Language::English, |draft| {
            draft.consult(hub, consult("Dose?"))
        })
    });
    asked.unwrap()
}

fn step(
    world: &mut World,
    node: usize,
    case: CaseId,
    step: Transition,
) -> Result<EntryId, relais_types::Error> {
    world.command(node, |account| {
        account.post(case, None, Language::English, |draft| {
            draft.transition(step)
        })
    })
}

#[test]
fn two_take_the_same_request_at_once_and_one_has_it() {
    for seed in 0..8 {
        let (mut world, case) = hub(seed);
        let asked = ask(&mut world, case);
        world.settle();
        for node in [NAVIGATOR, INTERNIST] {
            assert_eq!(
                world.nodes[node].account.view(case).unwrap().queue().len(),
                1
            );
        }
        // Neither has seen the other's step when they take their own.
        let first = if seed % 2 == 0 { NAVIGATOR } else { INTERNIST };
        let order = [first, NAVIGATOR + INTERNIST - first];
        for node in order {
            step(
                &mut world,
                node,
                case,
                Transition::new(asked, LoopState::Received),
            )
            .unwrap();
        }
        world.settle();
        world.assert_no_alarm();
        world.assert_converged(case);
        let view = world.nodes[PHYSICIAN].account.view(case).unwrap();
        let loop_ = view.find_loop(asked).unwrap();
        let holders: Vec<SeatId> = order
            .iter()
            .map(|&node| seat_of(&world, case, node))
            .collect();
        assert!(holders.contains(&loop_.owner));
        assert_eq!((loop_.moved.len(), loop_.history.len()), (1, 1));
        assert!(view.queue().is_empty());
    }
}

#[test]
fn what_the_navigator_takes_is_triaged_to_the_internist_and_the_physician_sees_who_has_it() {
    let (mut world, case) = hub(21);
    let asked = ask(&mut world, case);
    world.settle();
    step(
        &mut world,
        NAVIGATOR,
        case,
        Transition::new(asked, LoopState::Received),
    )
    .unwrap();
    world.settle();
    let (navigator, internist) = (
        seat_of(&world, case, NAVIGATOR),
        seat_of(&world, case, INTERNIST),
    );
    let has = |world: &World| {
        world.nodes[PHYSICIAN]
            .account
            .view(case)
            .unwrap()
            .accountable(asked)
    };
    assert_eq!(has(&world), Some(navigator));
    let mut offer = Transition::new(asked, LoopState::ReassignmentOffered);
    offer.nominee = Some(internist);
    step(&mut world, NAVIGATOR, case, offer).unwrap();
    world.settle();
    assert_eq!(has(&world), Some(navigator), "until the internist accepts");
    step(
        &mut world,
        INTERNIST,
        case,
        Transition::new(asked, LoopState::Received),
    )
    .unwrap();
    world.settle();
    assert_eq!(has(&world), Some(internist));
    world.assert_converged(case);
}

#[test]
fn a_group_without_a_patient_is_told_nothing_of_one() {
    let (mut world, case) = hub(22);
    let people = [PHYSICIAN, NAVIGATOR, INTERNIST];
    let mut opened = opening(&mut world, ConversationKind::Community, &people);
    opened.content.patient = Some(Patient {
        display_name: "M. L.".to_owned(),
        birth_date: String::new(),
        language: String::new(),
    });
    let with_patient = world
        .command(PHYSICIAN, |account| account.open_case(&opened))
        .unwrap_err();
    assert_eq!(with_patient.field.as_deref(), Some("case_opened.patient"));
    opened.content.patient = None;
    let group = world
        .command(PHYSICIAN, |account| account.open_case(&opened))
        .unwrap();
    world.settle();

    // The name is known from the case, and a number looks like one.
    for (text, kind) in [
        ("Mme Lavoie a 74 ans", "patient_name"),
        ("call 514 555-0199", "telephone"),
    ] {
        let refused = world.say(PHYSICIAN, group, text).unwrap_err();
        assert_eq!(refused.reason, Reason::NotAllowed);
        assert_eq!(
            refused.metadata.get("identifiers").map(String::as_str),
            Some(kind)
        );
        assert!(
            !refused.to_string().contains("Lavoie"),
            "nothing of it is in an error"
        );
        world.say(PHYSICIAN, case, text).unwrap();
    }
    // Said to be none, it goes, and that is recorded.
    let kept = world.command(PHYSICIAN, |account| {
        account.post(group, None, Language::English, |draft| {
            draft
                .kept(vec![IdentifierKind::PatientName])
                .text("The Lavoie score, anybody?")
        })
    });
    let kept = kept.unwrap();
    world
        .say(PHYSICIAN, group, "A woman of 74 with heart failure")
        .unwrap();
    world.settle();
    let view = world.nodes[INTERNIST].account.view(group).unwrap();
    assert_eq!(
        view.item(kept).unwrap().envelope.kept,
        [IdentifierKind::PatientName]
    );
    world.assert_converged(group);
}

#[test]
fn what_is_snoozed_comes_back_and_is_nobody_elses_business() {
    let (mut world, case) = hub(23);
    let asked = ask(&mut world, case);
    world.settle();
    let until = world.clock.now().plus(Duration::from_hours(1));
    let sent = world.server.entries(case);
    world
        .command(NAVIGATOR, |account| {
            account.snooze(case, asked, Some(until))
        })
        .unwrap();
    let snoozed = [Snoozed {
        case,
        entry: asked,
        until,
    }];
    assert_eq!(world.reopened(NAVIGATOR).snoozed().unwrap(), snoozed);
    assert_eq!(world.nodes[INTERNIST].account.snoozed().unwrap(), []);
    assert_eq!(world.server.entries(case), sent);
    let past = world.command(NAVIGATOR, |account| {
        account.snooze(case, asked, Some(world_start()))
    });
    assert_eq!(past.unwrap_err().reason, Reason::MalformedField);
    world.advance(Duration::from_hours(2));
    assert_eq!(world.nodes[NAVIGATOR].account.snoozed().unwrap(), []);
}

fn world_start() -> relais_types::Timestamp {
    relais_types::Timestamp::from_micros(1)
}
