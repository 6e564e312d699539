//! What holds of every program.

use std::collections::BTreeSet;

use proptest::{
    collection::vec,
    prelude::*,
    sample::Index,
    test_runner::{FileFailurePersistence, RngSeed},
};
use prost::Message as _;
use relais_care::{
    CaseView, Content, ConversationKind, HandoverScope, Logged, Loop, LoopKind, LoopState, Party,
    Standing, catalogue,
};
use relais_proto::care as pb;
use relais_types::Timestamp;

use crate::{
    program::{programs, run},
    world::{CASE, Log, json},
};

/// The seed where none is given.
const SEED: u64 = 4;

/// 1,000 cases, or `PROPTEST_CASES`, from one seed, or `RELAIS_SEED`: a run is like the one before.
/// The seed is printed, which a test that fails shows.
pub(crate) fn config() -> ProptestConfig {
    let seed = std::env::var("RELAIS_SEED").map_or_else(|_| SEED, |seed| seed.parse().unwrap());
    eprintln!("seed {seed}: repeat it with RELAIS_SEED={seed}");
    ProptestConfig {
        cases: std::env::var("PROPTEST_CASES").map_or(1_000, |cases| cases.parse().unwrap()),
        rng_seed: RngSeed::Fixed(seed),
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
    #![proptest_config(config())]

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

    /// No step outside the catalogue ever takes effect, each is taken by the seat that it
    /// belongs to or by who acts for it, and each accepted transition is exactly one step.
    #[test]
    fn loops_walk_along_the_catalogue(program in programs()) {
        let log = run(&program);
        let mut view = CaseView::new(CASE);
        for logged in &log.entries {
            let before = view.clone();
            view.apply(logged).unwrap();
            for (at, is) in view.loops.iter().enumerate() {
                let Some(was) = before.loops.get(at) else {
                    let begins = match &is.defined {
                        Some(standing) => {
                            view.definition(standing.definition).unwrap().states[0].nearest
                                == is.state
                        }
                        None => catalogue::initial_states(is.kind).contains(&is.state),
                    };
                    prop_assert!(begins);
                    prop_assert!(is.history.is_empty());
                    continue;
                };
                check_step(&before, was, is, logged)?;
            }
            let targets = |item: &relais_care::TimelineItem| match &item.content {
                Content::Transition(step) => Some(step.target),
                Content::Cancellation(taken_back) => Some(taken_back.target),
                Content::DefinedStep(step) => Some(step.target),
                _ => None,
            };
            if let Some(item) = view.item(logged.id()).filter(|item| item.seq == logged.seq)
                && let Some(target) = targets(item)
            {
                let taken = view
                    .find_loop(target)
                    .is_some_and(|asked| asked.history.iter().any(|step| step.entry == item.id));
                let unknown = view
                    .item(target)
                    .is_some_and(|target| matches!(target.content, Content::Unknown));
                prop_assert!(!taken || item.rejected.is_none());
                prop_assert!(taken || unknown || item.rejected.is_some());
            }
        }
    }

    /// Everything asked has one accountable seat, which is on the case, at every point; it
    /// moves only when the seat that gets it has accepted.
    #[test]
    fn each_obligation_has_one_accountable_seat(program in programs()) {
        let log = run(&program);
        let mut view = CaseView::new(CASE);
        for logged in &log.entries {
            let before = view.clone();
            view.apply(logged).unwrap();
            for is in &view.loops {
                prop_assert!(view.team.seat(is.owner).is_some());
                prop_assert!(view.team.seat(is.requester).is_some());
                prop_assert_eq!(view.accountable(is.id), Some(is.owner));
                let awaits = match &is.defined {
                    Some(standing) => {
                        let definition = view.definition(standing.definition).unwrap();
                        definition.state(&standing.state).unwrap().awaits
                    }
                    None => catalogue::awaits(is.kind, is.state),
                };
                prop_assert_eq!(is.awaits, awaits);
                let Some(was) = before.find_loop(is.id) else { continue };
                if (was.owner, was.requester) == (is.owner, is.requester) {
                    prop_assert_eq!(&was.moved, &is.moved);
                    continue;
                }
                let moved = &is.moved[was.moved.len()..];
                for moved in moved {
                    prop_assert_eq!(moved.entry, logged.id());
                    // Whoever accepted holds the seat that it moved to.
                    prop_assert!(accepted(&before, logged, moved.to));
                }
                let last = |party, was, is| {
                    let last = moved.iter().rfind(|moved| moved.party == party);
                    last.map_or(was == is, |moved| moved.to == is)
                };
                prop_assert!(last(Party::Owner, was.owner, is.owner));
                prop_assert!(last(Party::Requester, was.requester, is.requester));
            }
            for (was, is) in before.team.seats().iter().zip(view.team.seats()) {
                if was.occupant != is.occupant {
                    prop_assert!(may_change_holders(&view, logged));
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
                let moved = view.find_loop(item.id).map_or(&[][..], |asked| &asked.moved);
                prop_assert!(
                    standing.acknowledged.is_none()
                        || item.envelope.owner_seat == Some(*seat)
                        || moved.iter().any(|moved| moved.to == *seat)
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
            let amended = match &item.content {
                Content::Correction(correction) => Some(correction.target),
                Content::Retraction(retraction) => Some(retraction.target),
                _ => None,
            };
            if let (Some(target), None) = (amended, item.rejected) {
                let target = view.item(target).unwrap();
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
        let now = Timestamp::from_micros(now);
        drop(view.escalations_due(now));
        drop(view.not_reviewed_for(7, now));
        for seat in view.team.seats() {
            for kind in LoopKind::ALL.iter().copied().map(Some).chain([None]) {
                let chain = view.team.coverage(seat.seat.id, kind, now);
                let once: BTreeSet<_> = chain.iter().map(|cover| cover.seat).collect();
                prop_assert_eq!(once.len(), chain.len());
                prop_assert_eq!(chain[0].seat, seat.seat.id);
            }
        }
        for person in (0..8).map(|index| crate::world::person(index).name) {
            for item in view.open_items(&person) {
                prop_assert!(view.team.holds(&person, item.seat));
                let defined = item.asked.defined.is_some();
                prop_assert!(
                    defined || !view.possible_steps(item.asked.id, &person).is_empty()
                );
            }
            let pending = view.pending_receipts(&person);
            prop_assert!(pending.read.len() <= view.timeline.len());
        }
        prop_assert_eq!(view.digest(), digest);
    }
}

proptest! {
    #![proptest_config(config())]

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

/// A loop after one more entry: unchanged, or one listed step further.
fn check_step(
    before: &CaseView,
    was: &Loop,
    is: &Loop,
    logged: &Logged,
) -> Result<(), TestCaseError> {
    prop_assert_eq!((was.id, was.kind), (is.id, is.kind));
    let steps = &is.history[was.history.len()..];
    if steps.is_empty() {
        prop_assert_eq!(was.state, is.state);
        return Ok(());
    }
    let [step] = steps else {
        return Err(TestCaseError::fail("two steps at once"));
    };
    prop_assert_eq!((step.from, step.to), (was.state, is.state));
    if let (Some(from), Some(to)) = (&was.defined, &is.defined) {
        let definition = before.definition(from.definition).unwrap();
        let mut rules = definition.steps_from(&from.state);
        prop_assert!(rules.any(|rule| rule.to == to.state && was.seat_of(rule.who) == step.seat));
    } else {
        let mut rules = catalogue::rules_to(was.kind, step.from, step.to);
        let belongs = rules.any(|rule| match rule.who {
            Party::Pool => {
                let hub = was.seat_of(Party::Pool);
                before.team.queue_pool(hub).contains(&step.seat) && is.owner == step.seat
            }
            who => was.seat_of(who) == step.seat,
        });
        prop_assert!(belongs);
    }
    let acting = step.delegate.unwrap_or(step.seat);
    let author = logged.author.practitioner_name();
    let receipt = matches!(logged.entry.body, Some(pb::entry::Body::Receipt(_)));
    prop_assert!(receipt || before.team.holds(&author, acting));
    prop_assert!(step.delegate.is_none_or(|delegate| before.team.acts_for(
        delegate,
        step.seat,
        Some(was.kind),
        logged.accepted_at
    )));
    Ok(())
}

/// Whether the author of `logged` acts for `seat`.
fn accepted(view: &CaseView, logged: &Logged, seat: relais_types::SeatId) -> bool {
    let author = logged.author.practitioner_name();
    view.team.holds(&author, seat)
        || view.team.seats_of(&author).any(|held| {
            LoopKind::ALL.iter().any(|&kind| {
                view.team
                    .acts_for(held.seat.id, seat, Some(kind), logged.accepted_at)
            })
        })
}

/// Whether an entry is of those that put people on seats.
fn may_change_holders(view: &CaseView, logged: &Logged) -> bool {
    let item = view.item(logged.id()).unwrap();
    match &item.content {
        Content::CaseOpened(opened) => opened.conversation == ConversationKind::Team,
        Content::TeamChanged(_) | Content::BreakGlass(_) => true,
        Content::Transition(step) => {
            let offer = view.item(step.target).map(|item| &item.content);
            step.to == LoopState::Accepted
                && matches!(offer, Some(Content::Handover(offer)) if offer.scope == HandoverScope::Seat)
        }
        _ => false,
    }
}
