//! What holds of every program.

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*, sample::Index, test_runner::FileFailurePersistence};
use prost::Message as _;
use relais_care::{CaseView, Content, Logged, Standing, catalogue};
use relais_proto::care as pb;
use relais_types::Timestamp;

use crate::{
    program::{programs, run},
    world::{CASE, Log, json},
};

fn config(cases: u32) -> ProptestConfig {
    ProptestConfig {
        cases,
        // A failing program is printed in full; there is nothing to keep beside it.
        failure_persistence: Some(Box::new(FileFailurePersistence::Off)),
        ..ProptestConfig::default()
    }
}

fn without_history(log: &Log) -> Vec<&Logged> {
    let carries = |logged: &&Logged| matches!(logged.entry.body, Some(pb::entry::Body::History(_)));
    log.entries
        .iter()
        .filter(|logged| !carries(logged))
        .collect()
}

proptest! {
    #![proptest_config(config(400))]

    /// Members see the same, whatever reached them in which order, however often, one by one
    /// or at once, and whether or not they were there when it was said.
    #[test]
    fn equal_logs_give_equal_views(
        program in programs(),
        order in vec(any::<Index>(), 0..80),
        joined in any::<Index>(),
    ) {
        let log = run(&program);
        let reference = log.view();

        let mut shuffled = log.entries.clone();
        for (at, other) in order.iter().enumerate() {
            let at = at % shuffled.len();
            shuffled.swap(at, other.index(log.entries.len()));
        }
        shuffled.extend(shuffled.clone());
        let shuffled = CaseView::reduce(CASE, &shuffled);
        prop_assert_eq!(json(&shuffled), json(&reference));
        prop_assert_eq!(shuffled.digest(), reference.digest());

        let mut live = CaseView::new(CASE);
        for logged in &log.entries {
            live.apply(logged).unwrap();
            live.apply(logged).unwrap();
        }
        prop_assert_eq!(live.digest(), reference.digest());

        // A newcomer: first what came after they joined, then the history before it.
        let joined = joined.index(log.entries.len());
        let (before, after) = log.entries.split_at(joined);
        let mut held: Vec<Logged> = after.to_vec();
        let mut newcomer = CaseView::reduce(CASE, &held);
        for logged in without_history(&log).into_iter().filter(|old| before.contains(old)) {
            held.push(logged.clone());
            if newcomer.apply(logged).is_err() {
                newcomer = CaseView::reduce(CASE, &held);
            }
        }
        prop_assert_eq!(newcomer.digest(), reference.digest());
    }

    /// Whoever takes a rejected entry out of the log sees nothing else change.
    #[test]
    fn rejected_entries_change_nothing(program in programs()) {
        let log = run(&program);
        let view = log.view();
        let gone: BTreeSet<_> = view
            .timeline
            .iter()
            // One that its author corrected was still rightly referred to.
            .filter(|item| item.rejected.is_some() && item.amendment.is_none())
            .map(|item| item.id)
            .collect();
        // The same entry presented again would then be the first of its kind.
        let rest = log.entries.iter().filter(|logged| !gone.contains(&logged.id()));
        let mut expected = view;
        expected.timeline.retain(|item| !gone.contains(&item.id));
        prop_assert_eq!(json(&CaseView::reduce(CASE, rest)), json(&expected));
    }

    /// Every loop has walked only along the catalogue, each step by the seat it belongs to,
    /// and each accepted transition is exactly one step.
    #[test]
    fn loops_walk_along_the_catalogue(program in programs()) {
        let view = run(&program).view();
        let linked = view.linked.values();
        for view in linked.chain([&view]) {
            let mut steps = BTreeSet::new();
            for asked in &view.loops {
                let mut state = catalogue::initial(asked.kind);
                for step in &asked.history {
                    prop_assert_eq!(step.from, state);
                    let rule = catalogue::rule(asked.kind, state, step.to);
                    prop_assert_eq!(rule.map(|rule| asked.seat_of(rule.who)), Some(step.seat));
                    prop_assert!(view.team.seat(step.seat).is_some());
                    prop_assert!(steps.insert(step.entry));
                    state = step.to;
                }
                prop_assert_eq!(asked.state, state);
                prop_assert_eq!(asked.awaits, catalogue::awaits(asked.kind, state));
            }
            for item in &view.timeline {
                if let Content::Transition(_) = item.content {
                    prop_assert_eq!(steps.contains(&item.id), item.rejected.is_none());
                }
            }
        }
    }

    /// Receipts are never unsaid or changed, never the author's, and only the owner seat's
    /// holder acknowledges for a seat.
    #[test]
    fn receipts_only_grow(program in programs()) {
        let log = run(&program);
        let mut view = CaseView::new(CASE);
        for logged in &log.entries {
            let before = view.clone();
            view.apply(logged).unwrap();
            for (was, is) in before.timeline.iter().zip(&view.timeline) {
                for (person, standing) in &was.receipts.persons {
                    prop_assert!(contains(&is.receipts.persons[person], standing));
                }
                for (seat, standing) in &was.receipts.seats {
                    prop_assert!(contains(&is.receipts.seats[seat], standing));
                }
            }
        }
        for item in &view.timeline {
            prop_assert!(item.receipts.of(&item.author.name).is_none());
            prop_assert!(item.deserves_receipt() || item.receipts.is_empty());
            for (seat, standing) in &item.receipts.seats {
                prop_assert!(
                    standing.acknowledged.is_none() || item.envelope.owner_seat == Some(*seat)
                );
            }
        }
    }

    /// Only authors correct, and what they wrote stays.
    #[test]
    fn corrections_are_their_authors(program in programs()) {
        let log = run(&program);
        let view = log.view();
        for item in &view.timeline {
            if let Some(amendment) = &item.amendment {
                let correction = view.item(amendment.entry).unwrap();
                prop_assert_eq!(correction.rejected, None);
                prop_assert_eq!(&correction.author.name, &item.author.name);
                prop_assert!(!item.fallback.is_empty());
            }
            if let (Content::Correction(correction), None) = (&item.content, item.rejected) {
                let target = view.item(correction.target).unwrap();
                prop_assert_eq!(&target.author.name, &item.author.name);
                prop_assert!(target.amendment.is_some());
            }
        }
    }

    /// Everything that is neither a receipt nor history is shown, once.
    #[test]
    fn nothing_is_dropped(program in programs()) {
        let log = run(&program);
        let view = log.view();
        let shown: BTreeSet<_> = view.timeline.iter().map(|item| item.id).collect();
        prop_assert_eq!(shown.len(), view.timeline.len());
        for logged in without_history(&log) {
            let receipt = matches!(logged.entry.body, Some(pb::entry::Body::Receipt(_)));
            prop_assert!(receipt || shown.contains(&logged.id()));
        }
    }

    /// Asking what is late, owed or open leaves the view alone, at any time.
    #[test]
    fn questions_change_nothing(program in programs(), now in any::<i64>()) {
        let view = run(&program).view();
        let digest = view.digest();
        let late = view.overdue(Timestamp::from_micros(now));
        for overdue in late {
            prop_assert!(overdue.asked.is_open() && overdue.since.as_micros() < now);
        }
        for person in (0..8).map(|index| crate::world::person(index).name) {
            for item in view.open_items(&person) {
                prop_assert!(view.team.holds(&person, item.seat));
                prop_assert!(!view.possible_steps(item.asked.id, &person).is_empty());
            }
            let pending = view.pending_receipts(&person);
            prop_assert!(pending.read.len() <= view.timeline.len());
        }
        prop_assert_eq!(view.digest(), digest);
    }
}

proptest! {
    #![proptest_config(config(1_500))]

    /// Bytes that were changed at random are read, shown and harmless: no panic, and the same
    /// view for everybody.
    #[test]
    fn damaged_entries_are_harmless(
        program in programs(),
        which in any::<Index>(),
        damage in vec((any::<Index>(), any::<u8>()), 1..4),
    ) {
        let mut log = run(&program[..program.len().min(6)]);
        let count = log.entries.len();
        let victim = &mut log.entries[which.index(count)];
        let mut bytes = victim.entry.encode_to_vec();
        for (at, byte) in damage {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(entry) = pb::Entry::decode(&bytes[..]) {
            victim.entry = entry;
        }
        let view = log.view();
        let reversed = CaseView::reduce(CASE, log.entries.iter().rev());
        prop_assert_eq!(view.digest(), reversed.digest());
    }
}

/// Whether `is` still says everything that `was` said, by the same first person.
fn contains(is: &Standing, was: &Standing) -> bool {
    let kept = |is: &Option<_>, was: &Option<_>| was.is_none() || is == was;
    kept(&is.delivered, &was.delivered)
        && kept(&is.read, &was.read)
        && kept(&is.acknowledged, &was.acknowledged)
}
