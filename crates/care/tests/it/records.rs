//! Decisions, reminders, and what is begun anew.

use std::time::Duration;

use relais_care::{
    CaseView, Correction, Decision, LoopKind, LoopState, Nudge, Rejection, Task, Transition,
};
use relais_types::EntryId;

use crate::{
    asking::ask,
    world::{Log, seat_id},
};

const SPECIALIST: usize = 0;
const PHYSICIAN: usize = 1;
const NAVIGATOR: usize = 2;

pub(crate) fn decision(about: EntryId) -> Decision {
    Decision {
        what: "Rester à domicile".to_owned(),
        reason: "Elle le souhaite".to_owned(),
        about: vec![about],
        decided_by: vec![seat_id(PHYSICIAN)],
        review_date: "2026-12-01".to_owned(),
    }
}

fn rejection(view: &CaseView, id: EntryId) -> Option<Rejection> {
    view.item(id)
        .unwrap()
        .rejected
        .map(|rejected| rejected.reason)
}

fn step(log: &mut Log, by: usize, target: EntryId, to: LoopState, note: &str) -> EntryId {
    let step = Transition::new(target, to).note(note);
    let entry = log.draft(by, by).transition(step).unwrap();
    log.push(by, entry)
}

fn nudge(log: &mut Log, by: usize, target: EntryId) -> EntryId {
    let nudge = Nudge {
        target,
        note: String::new(),
    };
    let entry = log.draft(by, by).nudge(nudge).unwrap();
    log.push(by, entry)
}

/// The last entry was accepted this much later.
fn later(log: &mut Log, by: Duration) {
    let last = log.entries.last_mut().unwrap();
    last.accepted_at = last.accepted_at.plus(by);
}

#[test]
fn a_decision_stands_until_it_is_withdrawn_or_replaced() {
    let mut log = Log::opened();
    let task = ask(&mut log, PHYSICIAN, PHYSICIAN, LoopKind::Task, NAVIGATOR);
    let entry = log
        .draft(PHYSICIAN, PHYSICIAN)
        .decision(decision(task))
        .unwrap();
    let first = log.push(PHYSICIAN, entry);
    let draft = log.draft(PHYSICIAN, PHYSICIAN).supersedes(first);
    let second = {
        let entry = draft.decision(decision(first)).unwrap();
        log.push(PHYSICIAN, entry)
    };
    let view = log.view();
    let stand = |view: &CaseView| {
        view.decisions()
            .map(|(item, _)| item.id)
            .collect::<Vec<_>>()
    };
    assert_eq!(stand(&view), [second]);
    let withdrawal = Correction {
        target: second,
        reason: "Erreur".to_owned(),
        replacement: String::new(),
    };
    let entry = log
        .draft(PHYSICIAN, PHYSICIAN)
        .correction(withdrawal)
        .unwrap();
    log.push(PHYSICIAN, entry);
    assert_eq!(stand(&log.view()), []);
}

#[test]
fn a_decision_is_about_something_by_somebody() {
    let mut log = Log::opened();
    let unknown = decision(EntryId::from_bytes([9; 16]));
    let entry = log.draft(PHYSICIAN, PHYSICIAN).decision(unknown).unwrap();
    let about_nothing = log.push(PHYSICIAN, entry);
    let mut by_nobody = decision(log.entries[0].id());
    by_nobody.decided_by = vec![seat_id(9)];
    let entry = log.draft(PHYSICIAN, PHYSICIAN).decision(by_nobody).unwrap();
    let by_nobody = log.push(PHYSICIAN, entry);
    let view = log.view();
    assert_eq!(
        rejection(&view, about_nothing),
        Some(Rejection::UnknownTarget)
    );
    assert_eq!(rejection(&view, by_nobody), Some(Rejection::UnknownSeat));
    let mut silent = decision(log.entries[0].id());
    silent.reason.clear();
    assert!(log.draft(PHYSICIAN, PHYSICIAN).decision(silent).is_err());
}

#[test]
fn somebody_is_reminded_once_a_day_of_what_they_owe() {
    let mut log = Log::opened();
    let task = ask(&mut log, PHYSICIAN, PHYSICIAN, LoopKind::Task, NAVIGATOR);
    let by_owner = nudge(&mut log, NAVIGATOR, task);
    let first = nudge(&mut log, PHYSICIAN, task);
    let view = log.view();
    assert!(view.interrupts(seat_id(NAVIGATOR), view.item(first).unwrap()));
    let again = nudge(&mut log, SPECIALIST, task);
    later(&mut log, Duration::from_hours(23));
    let next_day = nudge(&mut log, PHYSICIAN, task);
    later(&mut log, Duration::from_hours(25));
    step(&mut log, NAVIGATOR, task, LoopState::Declined, "Absente");
    let over = nudge(&mut log, PHYSICIAN, task);
    let view = log.view();
    assert_eq!(rejection(&view, by_owner), Some(Rejection::NothingToRemind));
    assert_eq!(rejection(&view, first), None);
    assert_eq!(rejection(&view, again), Some(Rejection::RemindedAlready));
    assert_eq!(rejection(&view, next_day), None);
    assert_eq!(rejection(&view, over), Some(Rejection::NothingToRemind));
}

#[test]
fn what_was_declined_or_closed_is_reopened_by_whoever_asked_and_nobody_has_it_yet() {
    let mut log = Log::opened();
    let task = ask(&mut log, PHYSICIAN, PHYSICIAN, LoopKind::Task, NAVIGATOR);
    step(&mut log, NAVIGATOR, task, LoopState::Accepted, "");
    step(&mut log, NAVIGATOR, task, LoopState::Done, "");
    step(&mut log, PHYSICIAN, task, LoopState::Closed, "");
    assert!(log.view().find_loop(task).unwrap().is_settled());
    let by_owner = step(&mut log, NAVIGATOR, task, LoopState::Requested, "Encore");
    let silent = step(&mut log, PHYSICIAN, task, LoopState::Requested, "");
    let before = log.view().find_loop(task).unwrap().acknowledge_by.unwrap();
    let reopened = step(
        &mut log,
        PHYSICIAN,
        task,
        LoopState::Requested,
        "Pas guérie",
    );
    later(&mut log, Duration::from_hours(24 * 60));
    let view = log.view();
    assert_eq!(rejection(&view, by_owner), Some(Rejection::WrongParty));
    assert_eq!(rejection(&view, silent), Some(Rejection::NoteRequired));
    assert_eq!(rejection(&view, reopened), None);
    let asked = view.find_loop(task).unwrap();
    assert!(asked.is_open() && asked.acknowledged.is_none());
    assert!(asked.acknowledge_by.unwrap() > before);
    let now = log.entries.last().unwrap().accepted_at;
    assert!(
        view.overdue(now).is_empty(),
        "there is as much time as at first"
    );
    assert_eq!(asked.history.len(), 4, "what was done stays");
}

#[test]
fn usefulness_is_said_by_whoever_closes_and_by_nobody_else() {
    let mut log = Log::opened();
    let task = ask(&mut log, PHYSICIAN, PHYSICIAN, LoopKind::Task, NAVIGATOR);
    let mut done = Transition::new(task, LoopState::Done);
    done.usefulness = Some(5);
    assert!(log.draft(NAVIGATOR, NAVIGATOR).transition(done).is_err());
    step(&mut log, NAVIGATOR, task, LoopState::Accepted, "");
    step(&mut log, NAVIGATOR, task, LoopState::Done, "");
    let mut close = Transition::new(task, LoopState::Closed);
    close.usefulness = Some(6);
    assert!(
        log.draft(PHYSICIAN, PHYSICIAN)
            .transition(close.clone())
            .is_err()
    );
    close.usefulness = Some(5);
    let entry = log.draft(PHYSICIAN, PHYSICIAN).transition(close).unwrap();
    log.push(PHYSICIAN, entry);
    let view = log.view();
    assert_eq!(
        view.find_loop(task)
            .unwrap()
            .history
            .last()
            .unwrap()
            .usefulness,
        Some(5)
    );
}

#[test]
fn what_was_asked_anew_in_another_entry_is_not_reopened() {
    let mut log = Log::opened();
    let task = ask(&mut log, PHYSICIAN, PHYSICIAN, LoopKind::Task, NAVIGATOR);
    step(&mut log, NAVIGATOR, task, LoopState::Declined, "Absente");
    let anew = Task {
        what: "Appeler demain".to_owned(),
        due: None,
    };
    let draft = log.draft(PHYSICIAN, PHYSICIAN).supersedes(task);
    let entry = draft.task(seat_id(NAVIGATOR), anew).unwrap();
    log.push(PHYSICIAN, entry);
    let reopened = step(&mut log, PHYSICIAN, task, LoopState::Requested, "Encore");
    let view = log.view();
    assert_eq!(rejection(&view, reopened), Some(Rejection::NotInCatalogue));
}
