//! Emergency access: who is let in, for how long, who reviews it.

use std::time::Duration;

use relais_care::{
    BreakGlass, Language, LoopState, MAX_BREAK_GLASS, Occupancy, Rejection, SeatRole, Significance,
    TeamChanged, Transition,
};
use relais_types::{EntryId, Timestamp};

use crate::{
    asking::break_glass,
    world::{Log, START, occupancy, person, seat_id},
};

const SPECIALIST: usize = 0;
const PHYSICIAN: usize = 1;
const NAVIGATOR: usize = 2;
const STRANGER: usize = 6;
const EMERGENCY: usize = 9;

fn let_in(log: &mut Log, by: usize, owner: usize, admitted: BreakGlass) -> EntryId {
    let entry = log.draft(by, by).break_glass(seat_id(owner), admitted);
    log.push(by, entry.unwrap())
}

fn rejection(log: &Log, id: EntryId) -> Option<Rejection> {
    log.view().item(id).unwrap().rejected.map(|r| r.reason)
}

fn until(hours: u64) -> Timestamp {
    START.plus(Duration::from_hours(hours))
}

#[test]
fn somebody_is_let_in_until_a_time_and_a_review_stays_open() {
    let mut log = Log::opened();
    let id = let_in(&mut log, PHYSICIAN, SPECIALIST, break_glass());
    let view = log.view();
    let emergencies: Vec<_> = view.emergencies().collect();
    assert_eq!(emergencies.len(), 1);
    assert_eq!(emergencies[0].person, &person(STRANGER));
    assert_eq!(emergencies[0].until, until(4));
    let asked = view.find_loop(id).unwrap();
    assert_eq!(asked.awaited_seat(), Some(seat_id(SPECIALIST)));
    assert_eq!(
        view.item(id).unwrap().significance(),
        Significance::Exception
    );
    let text = view.item(id).unwrap().text(Language::French);
    assert!(
        text.contains("Jo Lavoie") && text.contains("Inconscient"),
        "{text}"
    );

    // It is over: the seat is vacant, which is no alarm, and the review is open still.
    let over = TeamChanged {
        seats_added: Vec::new(),
        occupancies: vec![occupancy(EMERGENCY, None)],
        reason: String::new(),
        history: relais_care::HistoryPolicy::All,
    };
    let entry = log.draft(PHYSICIAN, PHYSICIAN).team_changed(over).unwrap();
    let over = log.push(PHYSICIAN, entry);
    assert_eq!(rejection(&log, over), None);
    let view = log.view();
    assert_eq!(view.emergencies().count(), 0);
    assert_eq!(view.team.vacant().count(), 0);
    assert!(view.find_loop(id).unwrap().is_open());

    let silent = Transition::new(id, LoopState::Justified);
    let entry = log
        .draft(SPECIALIST, SPECIALIST)
        .transition(silent)
        .unwrap();
    let silent = log.push(SPECIALIST, entry);
    assert_eq!(rejection(&log, silent), Some(Rejection::NoteRequired));
    let own = Transition::new(id, LoopState::Justified).note("Bien sûr.");
    let entry = log.draft(PHYSICIAN, PHYSICIAN).transition(own).unwrap();
    let own = log.push(PHYSICIAN, entry);
    assert_eq!(rejection(&log, own), Some(Rejection::WrongParty));
    let finding = Transition::new(id, LoopState::Unjustified).note("L’équipe répondait.");
    let entry = log
        .draft(SPECIALIST, SPECIALIST)
        .transition(finding)
        .unwrap();
    let finding = log.push(SPECIALIST, entry);
    assert_eq!(rejection(&log, finding), None);
    assert!(!log.view().find_loop(id).unwrap().is_open());
}

#[test]
fn nobody_is_let_in_without_a_reason_or_for_too_long() {
    let log = Log::opened();
    let silent = BreakGlass {
        explanation: "  ".to_owned(),
        ..break_glass()
    };
    let draft = log.draft(PHYSICIAN, PHYSICIAN);
    let refused = draft.break_glass(seat_id(SPECIALIST), silent).unwrap_err();
    assert_eq!(refused.field, "break_glass.explanation");

    for (until, expected) in [
        (START, Some(Rejection::TimeNotAllowed)),
        (until(1), None),
        (START.plus(MAX_BREAK_GLASS), None),
        (until(73), Some(Rejection::TimeNotAllowed)),
    ] {
        let mut log = Log::opened();
        let admitted = BreakGlass {
            until,
            ..break_glass()
        };
        let id = let_in(&mut log, PHYSICIAN, SPECIALIST, admitted);
        assert_eq!(rejection(&log, id), expected, "{until:?}");
        assert_eq!(
            log.view().emergencies().count(),
            usize::from(expected.is_none())
        );
    }
}

#[test]
fn more_time_takes_another_entry_that_is_reviewed_too() {
    let mut log = Log::opened();
    let first = let_in(&mut log, PHYSICIAN, SPECIALIST, break_glass());
    let longer = BreakGlass {
        until: until(9),
        ..break_glass()
    };
    let second = let_in(&mut log, NAVIGATOR, SPECIALIST, longer);
    assert_eq!(rejection(&log, second), None);
    let view = log.view();
    assert_eq!(view.emergencies().next().unwrap().until, until(9));
    assert!(view.find_loop(first).unwrap().is_open());
    assert!(view.find_loop(second).unwrap().is_open());
    // Nobody else takes the place.
    let another = BreakGlass {
        person: person(4),
        ..break_glass()
    };
    let third = let_in(&mut log, NAVIGATOR, SPECIALIST, another);
    assert_eq!(rejection(&log, third), Some(Rejection::SeatChanged));
}

#[test]
fn the_reviewer_is_somebody_else_and_lasting() {
    let mut log = Log::opened();
    let view = log.view();
    assert_eq!(
        view.break_glass_reviewer(seat_id(PHYSICIAN)),
        seat_id(SPECIALIST)
    );
    assert_eq!(
        view.break_glass_reviewer(seat_id(SPECIALIST)),
        seat_id(PHYSICIAN)
    );
    let own = let_in(&mut log, PHYSICIAN, PHYSICIAN, break_glass());
    assert_eq!(rejection(&log, own), Some(Rejection::SameSeat));
    let_in(&mut log, PHYSICIAN, SPECIALIST, break_glass());
    let other = BreakGlass {
        seat: relais_care::Seat {
            id: seat_id(10),
            ..break_glass().seat
        },
        person: person(4),
        ..break_glass()
    };
    let by_guest = let_in(&mut log, PHYSICIAN, EMERGENCY, other);
    assert_eq!(rejection(&log, by_guest), Some(Rejection::RoleNotAllowed));
    // Alone, one reviews oneself, and everybody who comes later sees that.
    let mut alone = Log::new(crate::world::CASE);
    alone.open(2, relais_care::ConversationKind::Team, &[2]);
    assert_eq!(alone.view().break_glass_reviewer(seat_id(2)), seat_id(2));
    let entry = alone.draft(2, 2).break_glass(seat_id(2), break_glass());
    let own = alone.push(2, entry.unwrap());
    assert_eq!(rejection(&alone, own), None);
}

#[test]
fn an_emergency_seat_is_taken_and_used_in_no_other_way() {
    let mut log = Log::opened();
    let team = |seats: Vec<relais_care::Seat>, occupancies: Vec<Occupancy>| TeamChanged {
        seats_added: seats,
        occupancies,
        reason: String::new(),
        history: relais_care::HistoryPolicy::All,
    };
    let change = team(vec![break_glass().seat], Vec::new());
    let entry = log
        .draft(PHYSICIAN, PHYSICIAN)
        .team_changed(change)
        .unwrap();
    let added = log.push(PHYSICIAN, entry);
    assert_eq!(rejection(&log, added), Some(Rejection::RoleNotAllowed));

    let_in(&mut log, PHYSICIAN, SPECIALIST, break_glass());
    let change = team(Vec::new(), vec![occupancy(EMERGENCY, Some(4))]);
    let entry = log
        .draft(PHYSICIAN, PHYSICIAN)
        .team_changed(change)
        .unwrap();
    let given = log.push(PHYSICIAN, entry);
    assert_eq!(rejection(&log, given), Some(Rejection::RoleNotAllowed));
    // From it nobody makes themselves at home.
    let change = team(Vec::new(), vec![occupancy(NAVIGATOR, Some(STRANGER))]);
    let entry = log.draft(STRANGER, EMERGENCY).team_changed(change).unwrap();
    let stays = log.push(STRANGER, entry);
    assert_eq!(rejection(&log, stays), Some(Rejection::RoleNotAllowed));
    let entry = log
        .draft(STRANGER, EMERGENCY)
        .text("Il est réveillé.")
        .unwrap();
    let said = log.push(STRANGER, entry);
    assert_eq!(rejection(&log, said), None);
    assert_eq!(
        log.view().item(said).unwrap().author.role,
        Some(SeatRole::Emergency)
    );
    // Whoever is on the team needs none.
    let again = BreakGlass {
        seat: relais_care::Seat {
            id: seat_id(10),
            organisation: "clinique.internal".parse().unwrap(),
            ..break_glass().seat
        },
        person: person(PHYSICIAN),
        ..break_glass()
    };
    let member = let_in(&mut log, NAVIGATOR, SPECIALIST, again);
    assert_eq!(rejection(&log, member), Some(Rejection::AlreadyOnTeam));
}
