//! Who may say what: one small log for each reason of refusal.

use relais_care::{
    CaseView, Consult, ConsultClass, ConversationKind, Rejection, Task, TeamChanged,
};
use relais_types::{EntryId, SeatId};

use crate::world::{CASE, Log, PARTNER, occupancy, seat, seat_id};

fn last_rejection(view: &CaseView) -> Option<Rejection> {
    view.timeline
        .last()
        .unwrap()
        .rejected
        .map(|rejected| rejected.reason)
}

fn change(log: &mut Log, changed: TeamChanged) -> Option<Rejection> {
    let entry = log.draft(2, 2).team_changed(changed).unwrap();
    log.push(2, entry);
    last_rejection(&log.view())
}

fn task() -> Task {
    Task {
        what: "Appeler la pharmacie".to_owned(),
        due: None,
    }
}

#[test]
fn a_case_begins_with_its_opening_and_only_there() {
    let mut log = Log::new(CASE);
    log.say(2, "trop tôt");
    assert_eq!(last_rejection(&log.view()), Some(Rejection::NotOpened));
    log.open(2, ConversationKind::Team, &[2]);
    assert_eq!(last_rejection(&log.view()), Some(Rejection::AlreadyOpened));
    assert!(!log.view().is_opened(), "the first place is taken");

    let mut log = Log::opened();
    log.open(2, ConversationKind::Team, &[2]);
    assert_eq!(last_rejection(&log.view()), Some(Rejection::AlreadyOpened));
    assert_eq!(log.view().team.seats().len(), 4);
}

#[test]
fn an_opener_cannot_claim_a_seat_that_they_do_not_take() {
    let mut log = Log::new(CASE);
    log.open(0, ConversationKind::Team, &[1, 2]);
    assert_eq!(last_rejection(&log.view()), Some(Rejection::SeatNotHeld));
    assert!(!log.view().is_opened());
}

#[test]
fn an_entry_of_another_case_is_refused() {
    let mut log = Log::opened();
    let other = Log::new(PARTNER);
    let entry = other.draft(2, 2).text("ailleurs").unwrap();
    log.push(2, entry);
    assert_eq!(last_rejection(&log.view()), Some(Rejection::WrongCase));
}

#[test]
fn everybody_acts_from_a_seat_that_they_hold() {
    let mut log = Log::opened();
    let entry = log.draft(1, 2).text("pour une autre").unwrap();
    log.push(1, entry);
    assert_eq!(last_rejection(&log.view()), Some(Rejection::SeatNotHeld));
    log.say(5, "sans siège");
    assert_eq!(last_rejection(&log.view()), Some(Rejection::SeatNotHeld));
    let mut entry = log.draft(1, 1).text("de nulle part").unwrap();
    if let Some(author) = &mut entry.author {
        author.seat_id = bytes::Bytes::new();
    }
    log.push(1, entry);
    assert_eq!(last_rejection(&log.view()), Some(Rejection::SeatMissing));
}

#[test]
fn an_obligation_needs_a_seat_of_the_case() {
    let mut log = Log::opened();
    let nowhere = SeatId::from_bytes([0xee; 16]);
    let entry = log.draft(1, 1).task(nowhere, task()).unwrap();
    log.push(1, entry);
    assert_eq!(last_rejection(&log.view()), Some(Rejection::UnknownSeat));
    let entry = log
        .draft(1, 1)
        .audience(vec![nowhere])
        .text("à qui ?")
        .unwrap();
    log.push(1, entry);
    assert_eq!(last_rejection(&log.view()), Some(Rejection::UnknownSeat));
    let mut entry = log.draft(1, 1).task(seat_id(2), task()).unwrap();
    entry.owner_seat = bytes::Bytes::new();
    log.push(1, entry);
    let view = log.view();
    let rejected = view.timeline.last().unwrap().rejected.unwrap();
    assert_eq!(rejected.field, Some("owner_seat"));
    assert!(view.loops.is_empty());
}

#[test]
fn team_changes_are_all_or_nothing() {
    let mut log = Log::opened();
    let team = |seats: &[usize], occupancies: &[(usize, Option<usize>)]| TeamChanged {
        seats_added: seats.iter().map(|&index| seat(index)).collect(),
        occupancies: occupancies
            .iter()
            .map(|&(seat, holder)| occupancy(seat, holder))
            .collect(),
        reason: String::new(),
        history: relais_care::HistoryPolicy::All,
    };
    let before = log.view().team;
    let all_gone = [(0, None), (1, None), (2, None), (3, None)];
    for (changed, reason) in [
        (team(&[1], &[]), Rejection::SeatExists),
        (
            team(&[], &[(1, Some(5)), (0, Some(3))]),
            Rejection::WrongOrganisation,
        ),
        (team(&[], &all_gone), Rejection::NobodyLeft),
    ] {
        assert_eq!(change(&mut log, changed), Some(reason));
        assert_eq!(log.view().team, before, "{reason}");
    }
    assert_eq!(change(&mut log, team(&[], &[(1, Some(5))])), None);
    assert_eq!(change(&mut log, team(&[], &[(0, None)])), None);
    assert_eq!(log.view().team.vacant().count(), 1);
}

#[test]
fn a_step_needs_a_loop() {
    let mut log = Log::opened();
    let said = log.say(1, "Bonjour");
    for target in [said, EntryId::from_bytes([0; 16])] {
        let step = relais_care::Transition::new(target, relais_care::LoopState::Accepted);
        let entry = log.draft(1, 1).transition(step).unwrap();
        log.push(1, entry);
        assert_eq!(last_rejection(&log.view()), Some(Rejection::UnknownTarget));
    }
}

#[test]
fn drafts_refuse_what_members_would() {
    let log = Log::opened();
    let error = log.draft(1, 1).text(" \n").unwrap_err();
    assert_eq!(error.to_string(), "text.text is required");
    let consult = Consult {
        specialty: "néphro\nlogie".to_owned(),
        question: "?".to_owned(),
        class: ConsultClass::Advice,
    };
    let error = log.draft(1, 1).consult(seat_id(0), consult).unwrap_err();
    assert_eq!(error.field, "consult.specialty");
    let error = log.draft(1, 1).text("é".repeat(5_001)).unwrap_err();
    assert_eq!(error.to_string(), "text.text must be at most 5000 long");
}
