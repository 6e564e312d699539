//! A conversation with the patient, and caregivers whom they have named.

use std::collections::BTreeSet;

use relais_care::{
    CaseOpened, Consent, ConversationKind, InformationClass, Language, LoopState, Occupancy,
    PlanGoal, SeatRole,
};
use relais_engine::{CasePolicy, Opening};
use relais_types::{CaseId, Error};

use crate::{
    consent::{NAVIGATOR, PHYSICIAN, Town, agreement, people, record, refusal, seat_of},
    world::World,
};

const PERSON: usize = 3;
const CAREGIVER: usize = 4;

/// A conversation with the patient and their caregiver.
fn with_the_patient(world: &mut World, team: CaseId) -> Result<CaseId, Error> {
    let mut seats = Vec::new();
    let mut occupancies = Vec::new();
    for (node, role) in [
        (NAVIGATOR, SeatRole::Navigator),
        (PERSON, SeatRole::Patient),
        (CAREGIVER, SeatRole::Caregiver),
    ] {
        let mut seat = world.seat(node);
        seat.role = role;
        occupancies.push(Occupancy {
            seat: seat.id,
            person: Some(world.person(node)),
        });
        seats.push(seat);
    }
    let leads = BTreeSet::from([world.person(NAVIGATOR).name]);
    let opening = Opening {
        content: CaseOpened {
            title: "With Mrs P.".to_owned(),
            purpose: String::new(),
            patient: None,
            conversation: ConversationKind::Patient,
            seats,
            occupancies,
        },
        language: Language::English,
        parent: Some(team),
        policy: CasePolicy {
            leads,
            ..CasePolicy::default()
        },
    };
    world.command(NAVIGATOR, |account| account.open_case(&opening))
}

#[test]
fn a_caregiver_is_admitted_by_name_within_what_was_agreed_and_leaves_when_it_is_withdrawn() {
    let (mut world, team) = people(29);
    world.enrol("clinic", "Mrs P.", None);
    world.enrol("clinic", "Her daughter", None);
    assert_eq!(refusal(with_the_patient(&mut world, team)), "not_recorded");
    // Their clinic, which enrolled them, is not them.
    let of_the_clinic = Consent {
        actors: vec!["clinic.internal".parse().unwrap()],
        ..agreement(&world, None)
    };
    record(&mut world, team, of_the_clinic);
    world.settle();
    assert_eq!(refusal(with_the_patient(&mut world, team)), "not_recorded");
    let by_name = Consent {
        actors: Vec::new(),
        people: vec![world.person(CAREGIVER)],
        ..agreement(&world, None)
    };
    let consent = record(&mut world, team, by_name);
    world.settle();
    let partner = with_the_patient(&mut world, team).unwrap();
    world.settle();
    let said = world.say(PHYSICIAN, team, "sleeps badly").unwrap();
    world.settle();
    let mut town = Town {
        world,
        team,
        partner,
        consent,
    };
    let mental = Some(InformationClass::MentalHealth);
    assert_eq!(
        refusal(town.share(said, mental)),
        "not_covered",
        "the daughter reads along"
    );
    let shared = town.share(said, Some(InformationClass::Social)).unwrap();

    // The patient proposes a goal; the team sees it as it sees a partner's.
    let owner = seat_of(&town.world, partner, NAVIGATOR);
    let goal = PlanGoal {
        text: "walk to the market".to_owned(),
        target_date: "2027-01-01".to_owned(),
        section: None,
    };
    let goal = town
        .world
        .command(PERSON, |account| {
            account.post(partner, None, Language::English, |draft| {
                draft.plan_goal(owner, goal)
            })
        })
        .unwrap();
    town.world.settle();
    let seen = &town.world.nodes[PHYSICIAN]
        .account
        .view(team)
        .unwrap()
        .linked[&partner];
    assert_eq!(seen.conversation, Some(ConversationKind::Patient));
    assert_eq!(seen.find_loop(goal).unwrap().state, LoopState::Proposed);
    assert!(seen.item(shared[0]).is_some());

    town.withdraw();
    town.world.settle();
    assert!(!town.reads(CAREGIVER));
    assert!(town.reads(PERSON), "the patient stays");
    let view = town.world.nodes[PERSON].account.view(partner).unwrap();
    assert_eq!(view.ended, None);
    town.share(said, mental).unwrap();
    town.world.settle();
    town.world.assert_no_alarm();
    town.world.assert_converged(team);
}
