//! Who decides who is there, and what they are given: not those of whom it is decided.

use std::time::Duration;

use relais_care::{
    AccessEnded, AccessEndedCause, BreakGlass, BreakGlassReason, ConversationKind, Decision,
    HistoryPolicy, HistoryShared, LoopKind, LoopState, Occupancy, Rejection, Seat, SeatRole,
    TeamChanged, Transition,
};
use relais_types::{EntryId, SeatId};

use crate::{
    asking::ask,
    world::{Log, PARTNER, START, occupancy, person, seat_id},
};

const SPECIALIST: usize = 0;
const PHYSICIAN: usize = 1;
const NAVIGATOR: usize = 2;
const COMMUNITY: usize = 3;
/// Somebody who holds no seat at first.
const NEWCOMER: usize = 4;

fn rejection(log: &Log, id: EntryId) -> Option<Rejection> {
    log.view().item(id).unwrap().rejected.map(|it| it.reason)
}

fn joins(log: &mut Log, by: usize, seat: usize, who: usize, history: HistoryPolicy) -> EntryId {
    let changed = TeamChanged {
        seats_added: Vec::new(),
        occupancies: vec![occupancy(seat, Some(who))],
        reason: String::new(),
        history,
    };
    let entry = log.draft(by, by % 4).team_changed(changed).unwrap();
    log.push(by, entry)
}

fn let_in(log: &mut Log, by: usize, owner: usize) -> EntryId {
    let admitted = BreakGlass {
        seat: Seat {
            id: SeatId::from_bytes([0x77; 16]),
            role: SeatRole::Emergency,
            organisation: person(NEWCOMER).name.organisation,
            organisation_display_name: "Hôpital".to_owned(),
        },
        person: person(NEWCOMER),
        reason: BreakGlassReason::EmergencyTreatment,
        explanation: "Inconsciente à l’urgence".to_owned(),
        until: START.plus(Duration::from_hours(4)),
        history: HistoryPolicy::All,
    };
    let entry = log.draft(by, by).break_glass(seat_id(owner), admitted);
    log.push(by, entry.unwrap())
}

fn ends(log: &mut Log, by: usize, seats: &[usize], conversation_ends: bool) -> EntryId {
    let ended = AccessEnded {
        seats: seats.iter().map(|&seat| seat_id(seat)).collect(),
        cause: AccessEndedCause::ALL[0],
        conversation_ends,
    };
    let entry = log.draft(by, by).access_ended(ended).unwrap();
    log.push(by, entry)
}

#[test]
fn whoever_is_given_a_part_gives_nobody_more() {
    let mut log = Log::opened();
    joins(
        &mut log,
        NAVIGATOR,
        SPECIALIST,
        NEWCOMER,
        HistoryPolicy::Open,
    );
    let shared = HistoryShared {
        person: person(NEWCOMER),
        history: HistoryPolicy::All,
        reason: String::new(),
    };
    let draft = log.draft(NEWCOMER, SPECIALIST);
    let entry = draft.history_shared(shared).unwrap();
    let own = log.push(NEWCOMER, entry);
    assert_eq!(rejection(&log, own), Some(Rejection::RoleNotAllowed));
    // Somebody new whom they seat is given what they were given themselves.
    let changed = TeamChanged {
        seats_added: Vec::new(),
        occupancies: vec![occupancy(NAVIGATOR, Some(6))],
        reason: String::new(),
        history: HistoryPolicy::All,
    };
    let entry = log.draft(NEWCOMER, SPECIALIST).team_changed(changed);
    log.push(NEWCOMER, entry.unwrap());
    let view = log.view();
    let given = &view.access[&person(6).name].granted;
    assert!(given.iter().all(|it| it.policy == HistoryPolicy::Open));
}

#[test]
fn a_decision_about_what_is_withheld_shares_nothing_and_is_no_fault() {
    let mut log = Log::opened();
    let secret = log.say(PHYSICIAN, "Confidentiel");
    joins(
        &mut log,
        NAVIGATOR,
        SPECIALIST,
        NEWCOMER,
        HistoryPolicy::Open,
    );
    let task = ask(&mut log, PHYSICIAN, PHYSICIAN, LoopKind::Task, NAVIGATOR);
    let decision = Decision {
        what: "On attend".to_owned(),
        reason: "Rien ne nous y oblige".to_owned(),
        about: vec![secret, task],
        decided_by: Vec::new(),
        review_date: String::new(),
    };
    let entry = log.draft(PHYSICIAN, PHYSICIAN).decision(decision).unwrap();
    let decided = log.push(PHYSICIAN, entry);
    let whole = log.view();
    assert_eq!(rejection(&log, decided), None);
    let share = whole.share_for(&person(NEWCOMER).name, &log.entries);
    let withheld = share.withheld.iter().map(|seq| {
        let entry = log.entries.iter().find(|it| it.seq == *seq).unwrap();
        (*seq, entry.id())
    });
    let withheld: std::collections::BTreeMap<u64, EntryId> = withheld.collect();
    assert!(withheld.values().any(|id| *id == secret), "{withheld:?}");
    let given = log
        .entries
        .iter()
        .filter(|it| share.given.contains(&it.seq));
    let part = relais_care::CaseView::reduce_without(log.case, given, withheld);
    assert_eq!(part.item(decided).unwrap().rejected, None);
}

#[test]
fn somebody_is_let_in_at_once_only_in_a_team_case() {
    let mut log = Log::new(PARTNER);
    log.open(NAVIGATOR, ConversationKind::Partner, &[0, 1, 2, 3]);
    let entry = let_in(&mut log, NAVIGATOR, SPECIALIST);
    assert_eq!(rejection(&log, entry), Some(Rejection::OnlyInATeamCase));
}

#[test]
fn nobody_reviews_the_emergency_that_they_declared() {
    let mut log = Log::opened();
    let entry = let_in(&mut log, NAVIGATOR, PHYSICIAN);
    assert_eq!(rejection(&log, entry), None);
    // The reviewer leaves, and whoever let them in takes the seat.
    let leaves = TeamChanged {
        seats_added: Vec::new(),
        occupancies: vec![Occupancy {
            seat: seat_id(PHYSICIAN),
            person: None,
        }],
        reason: String::new(),
        history: HistoryPolicy::All,
    };
    let draft = log.draft(NAVIGATOR, NAVIGATOR);
    let left = draft.team_changed(leaves).unwrap();
    log.push(NAVIGATOR, left);
    let review = |log: &Log, by: usize, seat: usize| {
        let step = Transition::new(entry, LoopState::Justified).note("Vu");
        log.draft(by, seat).transition(step).unwrap()
    };
    let own = review(&log, NAVIGATOR, PHYSICIAN);
    let own = log.push(NAVIGATOR, own);
    assert!(rejection(&log, own).is_some());
    // A colleague of the seat's organisation takes it, and does.
    joins(&mut log, NAVIGATOR, PHYSICIAN, 5, HistoryPolicy::All);
    let other = review(&log, 5, PHYSICIAN);
    let other = log.push(5, other);
    assert_eq!(rejection(&log, other), None);
}

#[test]
fn who_is_told_ends_nobodys_access() {
    let mut log = Log::new(PARTNER);
    log.open(NAVIGATOR, ConversationKind::Partner, &[1, 2, 3]);
    let by_partner = ends(&mut log, COMMUNITY, &[PHYSICIAN], false);
    assert_eq!(rejection(&log, by_partner), Some(Rejection::RoleNotAllowed));
    let of_opener = ends(&mut log, PHYSICIAN, &[NAVIGATOR], false);
    assert_eq!(
        rejection(&log, of_opener),
        Some(Rejection::WrongOrganisation)
    );
    // A member of the team who is no colleague of the opener takes over while they are away.
    let taken_over = ends(&mut log, PHYSICIAN, &[COMMUNITY], true);
    assert_eq!(rejection(&log, taken_over), None);
    assert!(log.view().ended.is_some());

    let mut group = Log::new(PARTNER);
    let opened = relais_care::CaseOpened {
        title: "Pratique".to_owned(),
        purpose: String::new(),
        patient: None,
        conversation: ConversationKind::Community,
        seats: (0..3).map(crate::world::seat).collect(),
        occupancies: (0..3).map(|seat| occupancy(seat, Some(seat))).collect(),
    };
    let entry = group.draft(NAVIGATOR, NAVIGATOR).case_opened(opened);
    group.push(NAVIGATOR, entry.unwrap());
    let ended = ends(&mut group, SPECIALIST, &[PHYSICIAN], true);
    assert_eq!(
        rejection(&group, ended),
        Some(Rejection::NotALinkedConversation)
    );
}

#[test]
fn whoever_was_there_for_hours_or_with_an_organisation_that_left_is_told_by_consent() {
    let mut log = Log::opened();
    let_in(&mut log, NAVIGATOR, PHYSICIAN);
    let kind = ConversationKind::Partner;
    let emergency = person(NEWCOMER).name;
    let of = |log: &Log, who: usize| log.view().actor(kind, &person(who).name, &[]);
    assert!(
        of(&log, NEWCOMER).is_some(),
        "{emergency} is let in, and no more"
    );
    // The community worker leaves, and their organisation with them; the specialist's stays.
    for seat in [COMMUNITY, SPECIALIST] {
        log.seat_person(NAVIGATOR, seat, None);
    }
    assert!(of(&log, COMMUNITY).is_some(), "nobody of theirs is here");
    assert!(of(&log, SPECIALIST).is_none(), "a colleague is");
}

#[test]
fn the_patient_and_caregivers_do_not_decide_who_is_told() {
    let mut log = Log::new(PARTNER);
    let caregiver = Seat {
        role: SeatRole::Caregiver,
        ..crate::world::seat(COMMUNITY)
    };
    let opened = relais_care::CaseOpened {
        title: "Avec la personne".to_owned(),
        purpose: String::new(),
        patient: None,
        conversation: ConversationKind::Patient,
        seats: vec![crate::world::seat(NAVIGATOR), caregiver],
        occupancies: [NAVIGATOR, COMMUNITY]
            .map(|seat| occupancy(seat, Some(seat)))
            .to_vec(),
    };
    let entry = log.draft(NAVIGATOR, NAVIGATOR).case_opened(opened);
    log.push(NAVIGATOR, entry.unwrap());
    let crowned = TeamChanged {
        seats_added: vec![Seat {
            id: SeatId::from_bytes([0x78; 16]),
            role: SeatRole::Patient,
            ..crate::world::seat(COMMUNITY)
        }],
        occupancies: vec![Occupancy {
            seat: SeatId::from_bytes([0x78; 16]),
            person: Some(person(COMMUNITY)),
        }],
        reason: String::new(),
        history: HistoryPolicy::All,
    };
    let entry = log.draft(COMMUNITY, COMMUNITY).team_changed(crowned);
    let crowned = log.push(COMMUNITY, entry.unwrap());
    assert_eq!(rejection(&log, crowned), Some(Rejection::RoleNotAllowed));
}
