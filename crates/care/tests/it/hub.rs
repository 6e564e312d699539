//! The one door: a queue, from which exactly one takes each request.

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*};
use relais_care::{
    CaseView, Coverage, HistoryPolicy, LoopKind, LoopState, Party, Priority, Rejection, Seat,
    SeatRole, TeamChanged, Transition,
};
use relais_types::{EntryId, SeatId};

use crate::{
    asking::{ask, compose},
    properties::config,
    world::{Log, START, person, seat_id, usual_seat},
};

const SPECIALIST: usize = 0;
const PHYSICIAN: usize = 1;
const NAVIGATOR: usize = 2;
const COMMUNITY: usize = 3;
/// Place of the hub's seat among the seats of the world.
const HUB: usize = 5;

/// Adds the hospital's hub, which nobody holds.
pub(crate) fn open(log: &mut Log, by: usize) -> EntryId {
    let changed = TeamChanged {
        seats_added: vec![Seat {
            id: seat_id(HUB),
            role: SeatRole::Hub,
            organisation: "hopital.internal".parse().unwrap(),
            organisation_display_name: "Hôpital".to_owned(),
        }],
        occupancies: Vec::new(),
        reason: String::new(),
        history: HistoryPolicy::All,
    };
    let entry = log.draft(by, usual_seat(by)).team_changed(changed).unwrap();
    log.push(by, entry)
}

fn opened() -> Log {
    let mut log = Log::opened();
    open(&mut log, NAVIGATOR);
    log
}

fn take(log: &mut Log, by: usize, target: EntryId, to: LoopState) -> EntryId {
    let entry = log
        .draft(by, by)
        .transition(Transition::new(target, to))
        .unwrap();
    log.push(by, entry)
}

fn offer(log: &mut Log, by: usize, target: EntryId, nominee: usize) -> EntryId {
    let mut offer = Transition::new(target, LoopState::ReassignmentOffered);
    offer.nominee = Some(seat_id(nominee));
    let entry = log.draft(by, by).transition(offer).unwrap();
    log.push(by, entry)
}

fn rejection(view: &CaseView, id: EntryId) -> Option<Rejection> {
    view.item(id)
        .unwrap()
        .rejected
        .map(|rejected| rejected.reason)
}

/// Kinds that can wait in a queue, with the state that they are taken to.
fn queued_kinds() -> BTreeSet<(LoopKind, LoopState)> {
    relais_care::catalogue::RULES
        .iter()
        .filter(|rule| rule.who == Party::Pool)
        .map(|rule| (rule.kind, rule.to))
        .collect()
}

#[test]
fn what_is_asked_of_the_hub_waits_until_one_takes_it_and_ends_where_it_belongs() {
    let mut log = opened();
    let asked = ask(&mut log, PHYSICIAN, PHYSICIAN, LoopKind::Consult, HUB);
    let view = log.view();
    let queue = view.queue();
    assert_eq!(queue.len(), 1);
    assert_eq!(queue[0].asked.id, asked);
    // Those of the hub's organisation share its queue where nobody has said who does.
    assert_eq!(queue[0].pool, [seat_id(SPECIALIST), seat_id(NAVIGATOR)]);
    let me = person(NAVIGATOR).name;
    assert!(
        view.possible_steps(asked, &me)
            .iter()
            .any(|(seat, rule)| { (*seat, rule.who) == (seat_id(NAVIGATOR), Party::Pool) })
    );
    assert!(
        view.possible_steps(asked, &person(COMMUNITY).name)
            .is_empty()
    );

    take(&mut log, NAVIGATOR, asked, LoopState::Received);
    let view = log.view();
    assert!(view.queue().is_empty());
    let claimed = view.find_loop(asked).unwrap();
    assert_eq!(claimed.owner, seat_id(NAVIGATOR));
    assert_eq!(claimed.acknowledged.as_ref().unwrap().by, me);
    assert_eq!(claimed.moved.len(), 1);

    // Triaged to the specialist, who has to accept before it is theirs.
    offer(&mut log, NAVIGATOR, asked, SPECIALIST);
    let view = log.view();
    let offered = view.find_loop(asked).unwrap();
    assert_eq!(
        (offered.owner, offered.awaited_seat()),
        (seat_id(NAVIGATOR), Some(seat_id(SPECIALIST)))
    );
    take(&mut log, SPECIALIST, asked, LoopState::Received);
    let answer = Transition::new(asked, LoopState::Answered).note("40 mg.");
    let entry = log
        .draft(SPECIALIST, SPECIALIST)
        .transition(answer)
        .unwrap();
    log.push(SPECIALIST, entry);
    let view = log.view();
    let answered = view.find_loop(asked).unwrap();
    assert_eq!(
        (answered.owner, answered.state),
        (seat_id(SPECIALIST), LoopState::Answered)
    );
    let way: Vec<SeatId> = answered.moved.iter().map(|moved| moved.to).collect();
    assert_eq!(way, [seat_id(NAVIGATOR), seat_id(SPECIALIST)]);
}

#[test]
fn what_is_not_taken_over_stays_with_whoever_has_it() {
    let mut log = opened();
    let asked = ask(&mut log, PHYSICIAN, PHYSICIAN, LoopKind::Referral, HUB);
    take(&mut log, NAVIGATOR, asked, LoopState::Received);
    offer(&mut log, NAVIGATOR, asked, COMMUNITY);
    let silent = take(&mut log, COMMUNITY, asked, LoopState::Requested);
    let back = Transition::new(asked, LoopState::Requested).note("Hors critères.");
    let entry = log.draft(COMMUNITY, COMMUNITY).transition(back).unwrap();
    log.push(COMMUNITY, entry);
    let view = log.view();
    assert_eq!(rejection(&view, silent), Some(Rejection::NoteRequired));
    let asked = view.find_loop(asked).unwrap();
    assert_eq!(
        (asked.owner, asked.state),
        (seat_id(NAVIGATOR), LoopState::Requested)
    );
    assert!(
        view.queue().is_empty(),
        "it is the navigator's, and not back at the hub"
    );
}

#[test]
fn what_is_offered_to_the_hub_waits_in_its_queue_too() {
    let mut log = opened();
    let asked = ask(&mut log, PHYSICIAN, PHYSICIAN, LoopKind::Task, COMMUNITY);
    offer(&mut log, COMMUNITY, asked, HUB);
    let view = log.view();
    assert_eq!(view.queue().len(), 1);
    assert_eq!(view.accountable(asked), Some(seat_id(COMMUNITY)));
    take(&mut log, SPECIALIST, asked, LoopState::Accepted);
    assert_eq!(log.view().accountable(asked), Some(seat_id(SPECIALIST)));
}

#[test]
fn a_pool_that_was_named_replaces_the_organisation() {
    let mut log = opened();
    let coverage = Coverage {
        seat: seat_id(HUB),
        pool: vec![seat_id(COMMUNITY)],
        supervisor: None,
    };
    let entry = log.draft(NAVIGATOR, NAVIGATOR).coverage(coverage).unwrap();
    log.push(NAVIGATOR, entry);
    let asked = ask(&mut log, PHYSICIAN, PHYSICIAN, LoopKind::Consult, HUB);
    let outside = take(&mut log, NAVIGATOR, asked, LoopState::Received);
    let inside = take(&mut log, COMMUNITY, asked, LoopState::Received);
    let view = log.view();
    assert_eq!(rejection(&view, outside), Some(Rejection::WrongParty));
    assert_eq!(rejection(&view, inside), None);
}

#[test]
fn only_a_hub_has_a_queue() {
    let mut log = opened();
    let coverage = Coverage {
        seat: seat_id(PHYSICIAN),
        pool: vec![seat_id(NAVIGATOR)],
        supervisor: None,
    };
    let entry = log.draft(PHYSICIAN, PHYSICIAN).coverage(coverage).unwrap();
    log.push(PHYSICIAN, entry);
    let asked = ask(
        &mut log,
        SPECIALIST,
        SPECIALIST,
        LoopKind::Consult,
        PHYSICIAN,
    );
    let taken = take(&mut log, NAVIGATOR, asked, LoopState::Received);
    let view = log.view();
    assert_eq!(rejection(&view, taken), Some(Rejection::WrongParty));
    assert!(view.queue().is_empty());
}

#[test]
fn the_queue_begins_with_what_is_pressing() {
    let mut log = opened();
    let mut ids = Vec::new();
    for priority in [
        Priority::Routine,
        Priority::Stat,
        Priority::Urgent,
        Priority::Routine,
    ] {
        let draft = log.draft(PHYSICIAN, PHYSICIAN).priority(priority);
        let entry = compose(
            draft,
            LoopKind::Task,
            seat_id(HUB),
            EntryId::from_bytes([0; 16]),
            LoopState::Requested,
        );
        ids.push(log.push(PHYSICIAN, entry.unwrap()));
    }
    let view = log.view();
    let queue: Vec<EntryId> = view.queue().iter().map(|queued| queued.asked.id).collect();
    assert_eq!(queue, [ids[1], ids[2], ids[0], ids[3]]);
}

#[test]
fn those_who_share_the_queue_are_told_and_are_asked_when_it_is_late() {
    let mut log = opened();
    let asked = ask(&mut log, PHYSICIAN, PHYSICIAN, LoopKind::Consult, HUB);
    let view = log.view();
    let item = view.item(asked).unwrap();
    assert!(view.interrupts(seat_id(NAVIGATOR), item));
    let late = START.plus(std::time::Duration::from_hours(24 * 30));
    let due = view.escalations_due(late);
    assert_eq!(due.len(), 1);
    assert_eq!(due[0].seat, seat_id(SPECIALIST), "the first of the pool");
    // The door itself is nobody's to read for.
    let unread: Vec<SeatId> = view
        .who_has_not_read(asked)
        .iter()
        .map(|seat| seat.seat.id)
        .collect();
    assert!(!unread.contains(&seat_id(HUB)) && unread.contains(&seat_id(NAVIGATOR)));
}

proptest! {
    #![proptest_config(config())]

    /// Whoever claims in whatever order: exactly one has it, the first in the log that may, and
    /// everybody agrees.
    #[test]
    fn any_race_for_a_request_leaves_one_accountable_seat(
        claims in vec(0..4_usize, 1..8),
        kind in prop::sample::select(queued_kinds().into_iter().collect::<Vec<_>>()),
        order in any::<prop::sample::Index>(),
    ) {
        let (kind, to) = kind;
        let mut log = opened();
        // A result is asked by a specialist, a discharge notice by a navigator.
        let asked = ask(&mut log, NAVIGATOR, NAVIGATOR, kind, HUB);
        let asked = if log.view().find_loop(asked).is_some() {
            asked
        } else {
            ask(&mut log, SPECIALIST, SPECIALIST, kind, HUB)
        };
        let ids: Vec<EntryId> = claims.iter().map(|&by| take(&mut log, by, asked, to)).collect();
        let view = log.view();
        let winner = claims.iter().position(|by| [SPECIALIST, NAVIGATOR].contains(by));
        for (at, &id) in ids.iter().enumerate() {
            prop_assert_eq!(rejection(&view, id).is_none(), Some(at) == winner);
        }
        let owner = winner.map_or(seat_id(HUB), |at| seat_id(claims[at]));
        prop_assert_eq!(view.accountable(asked), Some(owner));
        prop_assert_eq!(view.queue().len(), usize::from(winner.is_none()));
        let moved = &view.find_loop(asked).unwrap().moved;
        prop_assert_eq!(moved.len(), usize::from(winner.is_some()));
        // Whatever arrives when, everybody comes to the same.
        let mut shuffled = log.entries.clone();
        shuffled.rotate_left(order.index(log.entries.len()));
        prop_assert_eq!(CaseView::reduce(log.case, &shuffled).digest(), view.digest());
    }
}
