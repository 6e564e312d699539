//! What newcomers are given: sound for every policy, whole loops, and no more than was decided.

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use relais_care::{
    CaseView, HistoryPolicy, HistoryShare, HistoryShared, Logged, LoopKind, LoopState, Rejection,
    TeamChanged, Transition,
};
use relais_types::EntryId;

use crate::{
    asking::ask,
    program::{policy, programs, run},
    properties::config,
    world::{CASE, Log, START, occupancy, person},
};

/// A colleague who holds no seat at first.
const NEWCOMER: usize = 4;

fn joins(log: &mut Log, policy: HistoryPolicy) {
    let change = TeamChanged {
        seats_added: Vec::new(),
        occupancies: vec![occupancy(0, Some(NEWCOMER))],
        reason: String::new(),
        history: policy,
    };
    let entry = log.draft(2, 2).team_changed(change).unwrap();
    log.push(2, entry);
}

fn share(log: &Log) -> HistoryShare {
    log.view().share_for(&person(NEWCOMER).name, &log.entries)
}

/// What the newcomer sees who is given that much.
fn seen(log: &Log, share: &HistoryShare) -> CaseView {
    let given = log
        .entries
        .iter()
        .filter(|it| share.given.contains(&it.seq));
    let withheld = log
        .entries
        .iter()
        .filter(|it| share.withheld.contains(&it.seq));
    let withheld: BTreeMap<u64, EntryId> = withheld.map(|it| (it.seq, it.id())).collect();
    CaseView::reduce_without(CASE, given, withheld)
}

fn seq(log: &Log, id: EntryId) -> u64 {
    log.entries.iter().find(|it| it.id() == id).unwrap().seq
}

fn step(log: &mut Log, by: usize, target: EntryId, to: LoopState) -> EntryId {
    let step = Transition::new(target, to).note("Voici.");
    let entry = log.draft(by, by).transition(step).unwrap();
    log.push(by, entry)
}

/// A consult that is closed, with a reply, a task that is open, and a word in between.
struct Worked {
    log: Log,
    consult: EntryId,
    answer: EntryId,
    reply: EntryId,
    task: EntryId,
    word: EntryId,
}

fn worked() -> Worked {
    let mut log = Log::opened();
    let consult = ask(&mut log, 1, 1, LoopKind::Consult, 0);
    let word = log.say(2, "Bonjour");
    let answer = step(&mut log, 0, consult, LoopState::Answered);
    let entry = log.draft(2, 2).in_reply_to(answer).text("Merci").unwrap();
    let reply = log.push(2, entry);
    step(&mut log, 1, consult, LoopState::Closed);
    let task = ask(&mut log, 1, 1, LoopKind::Task, 2);
    Worked {
        log,
        consult,
        answer,
        reply,
        task,
        word,
    }
}

#[test]
fn what_is_open_comes_whole_and_what_is_closed_stays_away_whole() {
    let mut case = worked();
    joins(&mut case.log, HistoryPolicy::Open);
    let share = share(&case.log);
    let given = |id| share.given.contains(&seq(&case.log, id));
    assert!(given(case.task));
    for id in [case.consult, case.answer, case.reply, case.word] {
        assert!(!given(id));
    }
    let view = seen(&case.log, &share);
    assert_eq!(view.loops.len(), 1);
    assert_eq!(view.withheld.len(), share.withheld.len());
    let access = &view.access[&person(NEWCOMER).name];
    assert_eq!(access.granted[0].policy, HistoryPolicy::Open);
}

#[test]
fn a_kind_brings_its_loops_with_their_replies() {
    let mut case = worked();
    let kinds = vec![LoopKind::Consult];
    joins(&mut case.log, HistoryPolicy::Kinds { kinds });
    let share = share(&case.log);
    let given = |id| share.given.contains(&seq(&case.log, id));
    for id in [case.task, case.consult, case.answer, case.reply] {
        assert!(given(id));
    }
    assert!(!given(case.word));
}

#[test]
fn a_date_brings_what_went_on_since_whole() {
    let mut case = worked();
    let answered = case.log.entries.iter().find(|it| it.id() == case.answer);
    let since = answered.unwrap().accepted_at;
    joins(&mut case.log, HistoryPolicy::Since { since });
    let share = share(&case.log);
    let given = |id| share.given.contains(&seq(&case.log, id));
    assert!(given(case.consult) && given(case.answer) && given(case.reply));
    assert!(!given(case.word), "it was said before");
}

#[test]
fn what_refers_to_something_withheld_is_not_rejected_for_that() {
    let mut case = worked();
    joins(&mut case.log, HistoryPolicy::Open);
    let late = step(&mut case.log, 1, case.consult, LoopState::Closed);
    let entry = case.log.draft(2, 2).correction(relais_care::Correction {
        target: case.word,
        reason: "Faute".to_owned(),
        replacement: "Bonsoir".to_owned(),
    });
    let corrected = case.log.push(2, entry.unwrap());
    let entry = case.log.draft(2, 2).supersedes(case.word).text("Bonsoir");
    let replaced = case.log.push(2, entry.unwrap());
    let whole = case.log.view();
    assert_eq!(
        whole.item(late).unwrap().rejected.map(|it| it.reason),
        Some(Rejection::NotInCatalogue)
    );
    let share = share(&case.log);
    let view = seen(&case.log, &share);
    for id in [late, corrected, replaced] {
        assert_eq!(view.item(id).unwrap().rejected, None);
    }
}

#[test]
fn more_is_given_later_and_a_member_who_was_there_is_given_everything() {
    let mut case = worked();
    joins(&mut case.log, HistoryPolicy::Open);
    assert!(!share(&case.log).withheld.is_empty());
    let physician = case
        .log
        .view()
        .share_for(&person(1).name, &case.log.entries);
    assert!(physician.withheld.is_empty());
    let shared = HistoryShared {
        person: person(NEWCOMER),
        history: HistoryPolicy::All,
        reason: String::new(),
    };
    let entry = case.log.draft(1, 1).history_shared(shared).unwrap();
    case.log.push(1, entry);
    assert!(share(&case.log).withheld.is_empty());
    // Nobody has said what somebody who holds no seat may have.
    let stranger = case
        .log
        .view()
        .share_for(&person(6).name, &case.log.entries);
    assert!(!stranger.withheld.is_empty());
}

#[test]
fn another_entry_under_the_id_of_a_withheld_one_is_not_taken_for_it() {
    let mut case = worked();
    joins(&mut case.log, HistoryPolicy::Open);
    let word = case.log.entries.iter().find(|it| it.id() == case.word);
    let mut false_word: Logged = word.unwrap().clone();
    false_word.seq = case.log.entries.last().unwrap().seq + 1;
    false_word.accepted_at = START;
    case.log.entries.push(false_word);
    let share = share(&case.log);
    let view = seen(&case.log, &share);
    assert!(view.item(case.word).is_none());
}

proptest! {
    #![proptest_config(config())]

    /// Under whatever policy somebody joins, at whatever point, they see the same team, every
    /// obligation that is open and everything that came after as the others do, and all of a loop
    /// or nothing; and those who join under the same policy see the same.
    #[test]
    fn a_partial_view_is_sound(
        before in programs(),
        how in 0..8_usize,
        after in 0..40_usize,
    ) {
        let mut log = run(&before);
        let at = after.min(log.entries.len());
        log.entries.truncate(at.max(1));
        joins(&mut log, policy(how));
        let whole = log.view();
        let newcomer = person(NEWCOMER).name;
        let share = whole.share_for(&newcomer, &log.entries);
        prop_assert_eq!(share.given.len() + share.withheld.len(), log.entries.iter().map(|it| it.seq).collect::<BTreeSet<_>>().len());
        let part = seen(&log, &share);

        let seats = |view: &CaseView| -> Vec<_> {
            let seats = view.team.seats().iter();
            seats.map(|it| (it.seat.clone(), it.occupant.clone(), it.former.clone(), it.since, it.until, it.delegations.clone(), it.pool.clone(), it.supervisor)).collect()
        };
        prop_assert_eq!(seats(&part), seats(&whole));
        prop_assert_eq!(&part.access, &whole.access);
        prop_assert_eq!(&part.linked, &whole.linked);
        for asked in whole.loops.iter().filter(|it| !it.is_settled()) {
            prop_assert_eq!(part.find_loop(asked.id), Some(asked));
        }
        // A loop is there with all its steps, or not at all.
        for asked in &part.loops {
            prop_assert_eq!(whole.find_loop(asked.id), Some(asked));
        }
        for item in &part.timeline {
            let same = whole.item(item.id).unwrap();
            // What took effect is never shown as rejected; why something did not may differ.
            prop_assert!(item.rejected.is_none() || same.rejected.is_some(), "{:?} {:?}", item, same);
            prop_assert_eq!(&item.amendment, &same.amendment);
        }
        for person in (0..8).map(|index| person(index).name) {
            let open = |view: &CaseView| -> Vec<_> {
                view.open_items(&person).iter().map(|it| it.asked.id).collect()
            };
            prop_assert_eq!(open(&part), open(&whole));
        }
        // What is shared later fills the view.
        let all: Vec<&Logged> = log.entries.iter().collect();
        let filled = CaseView::reduce_without(CASE, all, BTreeMap::new());
        prop_assert_eq!(filled.digest(), whole.digest());
    }
}
