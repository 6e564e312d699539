//! Numbers without content.

use std::time::Duration;

use proptest::prelude::*;
use relais_care::{
    CaseView, DurationBin, LoopKind, LoopState, Metrics, MetricsReport, Period, Review, SeatRole,
    Share, Transition, Usefulness,
};
use relais_types::Timestamp;

use crate::{
    asking::ask,
    program::{programs, run},
    properties::config,
    world::{Log, PEOPLE, START, person, usual_seat},
};

const SPECIALIST: usize = 0;
const PHYSICIAN: usize = 1;
const NAVIGATOR: usize = 2;

fn always() -> Period {
    Period {
        start: Timestamp::default(),
        end: START.plus(Duration::from_hours(24 * 365)),
    }
}

pub(crate) fn report() -> MetricsReport {
    MetricsReport {
        start: START,
        end: START.plus(Duration::from_hours(24)),
        answer_times: vec![
            DurationBin {
                minutes: 60,
                count: 7,
            },
            DurationBin {
                minutes: 0,
                count: 5,
            },
        ],
        referrals_closed: Some(Share { part: 3, whole: 9 }),
        acknowledged: vec![(SeatRole::Navigator, Share { part: 5, whole: 5 })],
        escalations_taken: None,
        vacant_seat_hours: 12,
        usefulness: Some(Usefulness { count: 5, sum: 20 }),
    }
}

fn step(log: &mut Log, by: usize, target: relais_types::EntryId, to: LoopState, after: u64) {
    let mut step = Transition::new(target, to).note("Voici.");
    step.usefulness = (to == LoopState::Closed).then_some(4);
    let entry = log.draft(by, by).transition(step).unwrap();
    log.push(by, entry);
    let last = log.entries.last_mut().unwrap();
    last.accepted_at = START.plus(Duration::from_secs(after));
}

#[test]
fn answers_are_counted_for_the_seat_that_gave_them_and_in_their_time() {
    let mut log = Log::opened();
    let asked = ask(
        &mut log,
        PHYSICIAN,
        PHYSICIAN,
        LoopKind::Consult,
        SPECIALIST,
    );
    let begun = log
        .entries
        .last()
        .unwrap()
        .accepted_at
        .since(START)
        .as_secs();
    step(
        &mut log,
        SPECIALIST,
        asked,
        LoopState::Answered,
        begun + 3_600,
    );
    step(&mut log, PHYSICIAN, asked, LoopState::Closed, begun + 7_200);
    let view = log.view();
    let of = |index: usize| Metrics::of(&view, always(), Some(&person(index).name));
    assert_eq!(of(SPECIALIST).answer_seconds, [3_600]);
    assert_eq!(of(SPECIALIST).usefulness, [0, 0, 0, 1, 0]);
    assert_eq!(
        of(SPECIALIST).acknowledged[&SeatRole::Specialist],
        Share { part: 1, whole: 1 }
    );
    assert!(of(PHYSICIAN).answer_seconds.is_empty());
    let before = Period {
        start: Timestamp::default(),
        end: START.plus(Duration::from_secs(begun + 3_600)),
    };
    assert!(Metrics::of(&view, before, None).answer_seconds.is_empty());
}

#[test]
fn vacant_seats_count_while_they_are_vacant() {
    let mut log = Log::opened();
    let at = |log: &mut Log, hours: u64| {
        log.entries.last_mut().unwrap().accepted_at = START.plus(Duration::from_hours(hours));
    };
    log.seat_person(NAVIGATOR, PHYSICIAN, None);
    at(&mut log, 10);
    log.seat_person(NAVIGATOR, PHYSICIAN, Some(5));
    at(&mut log, 13);
    log.seat_person(NAVIGATOR, SPECIALIST, None);
    at(&mut log, 20);
    let period = Period {
        start: START.plus(Duration::from_hours(11)),
        end: START.plus(Duration::from_hours(24)),
    };
    let hours = |of: Option<usize>| {
        let of = of.map(|index| person(index).name);
        Metrics::of(&log.view(), period, of.as_ref()).vacant_seconds / 3_600
    };
    assert_eq!(hours(None), 2 + 4);
    // The specialist's colleague at the hospital answers for that seat.
    assert_eq!(hours(Some(NAVIGATOR)), 4);
    assert_eq!(hours(Some(3)), 0);
}

#[test]
fn few_are_not_told() {
    let metrics = |count: u64| {
        let share = Share {
            part: 1,
            whole: count,
        };
        let metrics = Metrics {
            answer_seconds: (0..count).map(|n| n * 60).collect(),
            referrals_closed: share,
            acknowledged: [(SeatRole::Clerk, share)].into(),
            escalations_taken: share,
            vacant_seconds: 7_300,
            usefulness: [0, 0, count, 0, 0],
        };
        metrics.report(always())
    };
    let (few, enough) = (metrics(4), metrics(5));
    assert!(few.answer_times.is_empty() && few.acknowledged.is_empty());
    assert_eq!(
        (few.referrals_closed, few.escalations_taken, few.usefulness),
        (None, None, None)
    );
    assert_eq!(few.vacant_seat_hours, 2);
    assert_eq!(enough.usefulness, Some(Usefulness { count: 5, sum: 15 }));
    assert_eq!(enough.median_minutes(), Some(15));
    // And nobody accepts a report that tells them.
    let mut log = Log::opened();
    let told = MetricsReport {
        referrals_closed: Some(Share { part: 1, whole: 2 }),
        ..report()
    };
    assert!(
        log.draft(NAVIGATOR, NAVIGATOR)
            .metrics_report(told)
            .is_err()
    );
    let entry = log
        .draft(NAVIGATOR, NAVIGATOR)
        .metrics_report(report())
        .unwrap();
    log.push(NAVIGATOR, entry);
    let entry = log
        .draft(PHYSICIAN, PHYSICIAN)
        .metrics_report(report())
        .unwrap();
    log.push(PHYSICIAN, entry);
    let again = MetricsReport {
        vacant_seat_hours: 1,
        ..report()
    };
    let entry = log
        .draft(PHYSICIAN, PHYSICIAN)
        .metrics_report(again)
        .unwrap();
    log.push(PHYSICIAN, entry);
    // Of each person the last one counts.
    let sum = MetricsReport::sum(log.view().metrics_reports()).unwrap();
    assert_eq!(sum.vacant_seat_hours, 13);
    assert_eq!(sum.referrals_closed, Some(Share { part: 6, whole: 18 }));
    assert_eq!(
        sum.answer_times.last().unwrap(),
        &DurationBin {
            minutes: 0,
            count: 10
        }
    );
}

/// Every word that people wrote, and their names.
fn texts(view: &CaseView) -> Vec<String> {
    let words = view.timeline.iter().flat_map(|item| item.content.words());
    let names = PEOPLE.iter().flat_map(|(domain, name)| [*domain, *name]);
    words
        .chain(names.map(str::to_owned))
        .flat_map(|text| {
            text.split_whitespace()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        })
        .filter(|word| word.chars().count() > 3)
        .collect()
}

proptest! {
    #![proptest_config(config())]

    /// No word of any entry, no name and no id is in what is computed or told.
    #[test]
    fn numbers_hold_no_content(program in programs()) {
        let view = run(&program).view();
        let metrics = Metrics::of(&view, always(), None);
        let told = metrics.report(always());
        let printed = serde_json::to_string(&(&metrics, &told)).unwrap();
        for word in texts(&view) {
            prop_assert!(!printed.contains(&word), "{word} in {printed}");
        }
        for seat in view.team.seats() {
            prop_assert!(!printed.contains(&seat.seat.id.to_string()));
        }
    }

    /// What is said beside what counts changes nothing.
    #[test]
    fn what_does_not_count_changes_nothing(program in programs(), by in 0..4_usize) {
        let mut log = run(&program);
        let before = Metrics::of(&log.view(), always(), None);
        log.say(by, "Bonjour");
        let review = Review { note: "Vu".to_owned() };
        let entry = log.draft(by, usual_seat(by)).review(review).unwrap();
        log.push(by, entry);
        prop_assert_eq!(Metrics::of(&log.view(), always(), None), before);
    }

    /// The numbers of several cases are the sum of those of each, in whatever order; and those of
    /// a case are the sum of those of its people.
    #[test]
    fn numbers_add_up(one in programs(), other in programs()) {
        let (one, other) = (run(&one).view(), run(&other).view());
        let of = |view| Metrics::of(view, always(), None);
        let sum = of(&one).and(&of(&other));
        prop_assert_eq!(&sum, &of(&other).and(&of(&one)));
        prop_assert_eq!(&Metrics::default().and(&sum), &sum);
        // Each obligation is one seat's, so nobody counts what another counts.
        let holders: std::collections::BTreeSet<_> = one
            .team
            .seats()
            .iter()
            .filter_map(|seat| Some(seat.occupant.as_ref()?.name.clone()))
            .collect();
        let mine = |person| Metrics::of(&one, always(), Some(person));
        let all = holders.iter().fold(Metrics::default(), |sum, person| sum.and(&mine(person)));
        let whole = of(&one);
        prop_assert!(all.answer_seconds.len() <= whole.answer_seconds.len());
        prop_assert!(all.vacant_seconds <= whole.vacant_seconds);
        if one.team.vacant().next().is_none() {
            prop_assert_eq!(all, whole);
        }
    }
}
