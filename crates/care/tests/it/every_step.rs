//! Every step from every state, by every seat, with and without what it requires: those that
//! the catalogue lists take effect, and no other.

use std::collections::VecDeque;

use relais_care::{
    CaseView, DeclineReason, LoopKind, LoopState, Party, Rejection, Requirement, Transition,
    catalogue::{self, Rule, STATES},
};
use relais_types::EntryId;

use crate::{
    asking::{ask, ask_at},
    world::{Log, seat_id},
};

const REQUESTER: usize = 0;
const OWNER: usize = 3;
const BYSTANDER: usize = 1;
const NOBODY: usize = usize::MAX;

/// Where a loop begins, and the shortest way of listed steps from there to a state.
fn way_to(kind: LoopKind, state: LoopState) -> (LoopState, Vec<&'static Rule>) {
    let begins = catalogue::initial_states(kind);
    let mut queue: VecDeque<_> = begins
        .iter()
        .map(|&begin| (begin, begin, Vec::new()))
        .collect();
    while let Some((begin, at, way)) = queue.pop_front() {
        if at == state {
            return (begin, way);
        }
        let not_too_far = way.len() < LoopState::ALL.len();
        // Nothing waits in a queue here: there is no hub.
        let taken_here = |rule: &&Rule| not_too_far && rule.who != Party::Pool;
        for rule in catalogue::rules_from(kind, at).filter(taken_here) {
            let mut further = way.clone();
            further.push(rule);
            queue.push_back((begin, rule.to, further));
        }
    }
    unreachable!("{kind} {state} cannot be reached")
}

fn person_of(party: Party) -> usize {
    match party {
        Party::Requester => REQUESTER,
        Party::Owner => OWNER,
        Party::Nominee => BYSTANDER,
        Party::Pool => NOBODY,
    }
}

fn complete(target: EntryId, to: LoopState) -> Transition {
    let mut transition = Transition::new(target, to).note("Voici.");
    transition.decline_reason = Some(DeclineReason::Waitlist);
    transition.nominee = Some(seat_id(BYSTANDER));
    transition
}

/// A log in which one loop has reached a state.
fn log_at(kind: LoopKind, state: LoopState) -> (Log, EntryId) {
    let mut log = Log::opened();
    let (begin, way) = way_to(kind, state);
    let target = ask_at(&mut log, REQUESTER, REQUESTER, kind, OWNER, begin);
    for rule in way {
        let by = person_of(rule.who);
        let entry = log
            .draft(by, by)
            .transition(complete(target, rule.to))
            .unwrap();
        log.push(by, entry);
    }
    (log, target)
}

/// What must become of a step, told from the tables alone.
fn expected(
    stage: catalogue::Stage,
    by: usize,
    transition: &Transition,
) -> Result<LoopState, Rejection> {
    let mut rules = catalogue::rules_to(stage.kind, stage.state, transition.to).peekable();
    rules.peek().ok_or(Rejection::NotInCatalogue)?;
    let rule = rules
        .find(|rule| by == person_of(rule.who))
        .ok_or(Rejection::WrongParty)?;
    match rule.requires {
        Requirement::Note if transition.note.is_empty() => Err(Rejection::NoteRequired),
        Requirement::DeclineReason if transition.decline_reason.is_none() => {
            Err(Rejection::DeclineReasonRequired)
        }
        Requirement::Nominee if transition.nominee.is_none() => Err(Rejection::NomineeRequired),
        _ => Ok(rule.to),
    }
}

#[test]
fn listed_steps_take_effect_and_no_others() {
    let mut taken = 0;
    for stage in STATES {
        let (log, target) = log_at(stage.kind, stage.state);
        let view = log.view();
        assert_eq!(view.find_loop(target).unwrap().state, stage.state);
        for &to in LoopState::ALL {
            let listed = catalogue::rules_to(stage.kind, stage.state, to).count() > 0;
            for by in [REQUESTER, OWNER, BYSTANDER] {
                // What is not listed is refused whatever comes with it.
                for told in if listed { 0..8 } else { 7..8 } {
                    let mut transition = complete(target, to);
                    if told & 1 == 0 {
                        transition.note.clear();
                    }
                    if told & 2 == 0 {
                        transition.decline_reason = None;
                    }
                    if told & 4 == 0 {
                        transition.nominee = None;
                    }
                    let outcome = expected(*stage, by, &transition);
                    check(&log, &view, by, transition, outcome);
                    taken += usize::from(outcome.is_ok());
                }
            }
        }
    }
    assert!(taken > catalogue::RULES.len(), "every rule was taken");
}

#[test]
fn only_the_listed_roles_ask() {
    for &kind in LoopKind::ALL {
        for by in 0..4 {
            let mut log = Log::opened();
            let id = ask(&mut log, by, by, kind, (by + 1) % 4);
            let view = log.view();
            let role = view.team.seat(seat_id(by)).unwrap().seat.role;
            let may = catalogue::senders(kind);
            let expected =
                (!may.is_empty() && !may.contains(&role)).then_some(Rejection::RoleNotAllowed);
            let rejected = view.item(id).unwrap().rejected.map(|r| r.reason);
            assert_eq!(rejected, expected, "{kind} {role}");
        }
    }
}

fn check(
    log: &Log,
    view: &CaseView,
    by: usize,
    transition: Transition,
    outcome: Result<LoopState, Rejection>,
) {
    let target = transition.target;
    let mut log = log.clone();
    let entry = log.draft(by, by).transition(transition).unwrap();
    let id = log.push(by, entry);
    let mut next = view.clone();
    next.apply(log.entries.last().unwrap()).unwrap();
    let rejected = next.item(id).unwrap().rejected.map(|r| r.reason);
    assert_eq!(rejected, outcome.err());
    let (was, is) = (
        view.find_loop(target).unwrap(),
        next.find_loop(target).unwrap(),
    );
    match outcome {
        Ok(state) => {
            assert_eq!(is.state, state);
            assert_eq!(is.history.len(), was.history.len() + 1);
        }
        Err(_) => assert_eq!(next.loops, view.loops),
    }
}
