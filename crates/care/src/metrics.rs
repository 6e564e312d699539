//! Numbers without content, for those who manage.
//!
//! A [`Metrics`] is computed from decrypted logs on a member's own device, holds no word of any
//! entry and no name, and adds up: those of several cases are the sum of those of each. What one
//! person tells of the seats that they hold overlaps with nobody else's numbers, because
//! everything asked has exactly one accountable seat. What leaves the device is a
//! [`MetricsReport`], from which small numbers are left out.

use std::collections::BTreeMap;

use relais_types::{PractitionerName, SeatId, Timestamp};
use serde::Serialize;

use crate::{
    CaseView, Content, DurationBin, Loop, LoopKind, LoopState, MetricsReport, SeatRole, Share,
    TeamSeat, Usefulness,
};

/// Fewer than this many of something are not told.
pub const FEWEST: u64 = 5;

/// Ends of the bins that answer times are told in, in minutes; what took longer is the last bin.
const BINS: [u32; 10] = [
    15, 60, 240, 480, 1_440, 2_880, 4_320, 10_080, 20_160, 40_320,
];

/// The time that numbers are about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Period {
    /// From when.
    pub start: Timestamp,
    /// Until when; not included, and not after now.
    pub end: Timestamp,
}

/// Numbers of one or several cases.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Metrics {
    /// How long each answer to a consult took, in seconds, the shortest first.
    pub answer_seconds: Vec<u64>,
    /// Referrals that nobody has to act on any more, of those that were made.
    pub referrals_closed: Share,
    /// What was acknowledged in time, of what had to be by then, by the owner seat's role.
    pub acknowledged: BTreeMap<SeatRole, Share>,
    /// Escalations that somebody took, of those that were raised.
    pub escalations_taken: Share,
    /// How long seats stood vacant, in seconds.
    pub vacant_seconds: u64,
    /// How often whoever closed something found the answer useful, from 1 to 5.
    pub usefulness: [u64; 5],
}

impl Period {
    /// Whether it holds this time.
    pub fn contains(self, at: Timestamp) -> bool {
        self.start <= at && at < self.end
    }

    /// How much of the time between two times falls into it, in seconds.
    fn overlap(self, from: Timestamp, until: Timestamp) -> u64 {
        until.min(self.end).since(from.max(self.start)).as_secs()
    }
}

impl Metrics {
    /// Numbers of a case in this period; only of the seats that `of` holds, if somebody is named.
    ///
    /// Conversations that are linked to the case are cases of their own and count there. A seat
    /// that stands vacant counts for the first of its organisation that is held.
    pub fn of(view: &CaseView, period: Period, of: Option<&PractitionerName>) -> Self {
        let mine = |seat: SeatId| of.is_none_or(|person| view.team.holds(person, seat));
        let mut metrics = Self::default();
        for asked in &view.loops {
            if mine(asked.owner) {
                metrics.count_owned(view, asked, period);
            }
            if asked.kind == LoopKind::Referral && mine(asked.requester) && begun(asked, period) {
                metrics.referrals_closed.count(!asked.is_open());
            }
        }
        metrics.answer_seconds.sort_unstable();
        metrics.vacant_seconds = view
            .vacancies()
            .into_iter()
            .filter(|(seat, ..)| {
                let answers = |other: &&TeamSeat| {
                    !other.is_vacant() && other.seat.organisation == seat.seat.organisation
                };
                let first = view.team.seats().iter().find(answers);
                of.is_none() || first.is_some_and(|first| mine(first.seat.id))
            })
            .map(|(_, from, until)| period.overlap(from, until.unwrap_or(period.end)))
            .sum();
        metrics
    }

    /// The sum of these numbers and others of other cases.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.answer_seconds.extend(&other.answer_seconds);
        self.answer_seconds.sort_unstable();
        self.referrals_closed.add(other.referrals_closed);
        self.escalations_taken.add(other.escalations_taken);
        for (role, share) in &other.acknowledged {
            self.acknowledged.entry(*role).or_default().add(*share);
        }
        self.vacant_seconds += other.vacant_seconds;
        for (sum, more) in self.usefulness.iter_mut().zip(other.usefulness) {
            *sum += more;
        }
        self
    }

    /// The answer time in seconds below which this many of a hundred lie; none without answers.
    pub fn answer_percentile(&self, percent: usize) -> Option<u64> {
        let last = self.answer_seconds.len().checked_sub(1)?;
        self.answer_seconds
            .get(last * percent.min(100) / 100)
            .copied()
    }

    /// What people said of usefulness.
    pub fn said(&self) -> Usefulness {
        let times = self.usefulness.iter().copied();
        Usefulness {
            count: times.clone().sum(),
            sum: (1..).zip(times).map(|(said, count)| said * count).sum(),
        }
    }

    /// What of it may be told: nothing of which there are only one to four.
    pub fn report(&self, period: Period) -> MetricsReport {
        let enough = |share: Share| (share.whole >= FEWEST).then_some(share);
        let roles = self.acknowledged.iter();
        let said = self.said();
        MetricsReport {
            start: period.start,
            end: period.end,
            answer_times: bins(&self.answer_seconds),
            referrals_closed: enough(self.referrals_closed),
            acknowledged: roles
                .filter_map(|(role, share)| Some((*role, enough(*share)?)))
                .collect(),
            escalations_taken: enough(self.escalations_taken),
            vacant_seat_hours: self.vacant_seconds / 3_600,
            usefulness: (said.count >= FEWEST).then_some(said),
        }
    }

    /// What one of the seats that count owned.
    fn count_owned(&mut self, view: &CaseView, asked: &Loop, period: Period) {
        if asked.kind == LoopKind::Consult {
            let answer = asked
                .history
                .iter()
                .find(|step| step.to == LoopState::Answered);
            let answer = answer.filter(|step| period.contains(step.at));
            let begun = view.item(asked.id).map(|item| item.accepted_at);
            if let (Some(answer), Some(begun)) = (answer, begun) {
                self.answer_seconds.push(answer.at.since(begun).as_secs());
            }
        }
        if asked.kind == LoopKind::Escalation && begun(asked, period) {
            let taken = |to| matches!(to, LoopState::Taken | LoopState::Resolved);
            let taken = asked.history.iter().any(|step| taken(step.to));
            self.escalations_taken.count(taken);
        }
        if let Some(by) = asked.acknowledge_by.filter(|by| period.contains(*by)) {
            let in_time = asked
                .acknowledged
                .as_ref()
                .is_some_and(|mark| mark.at <= by);
            // What was taken back before had to be acknowledged no more.
            let ended = asked.history.last().filter(|_| !asked.is_open());
            let taken_back =
                asked.acknowledged.is_none() && ended.is_some_and(|last| last.at <= by);
            if let Some(seat) = view.team.seat(asked.owner).filter(|_| !taken_back) {
                let of_role = self.acknowledged.entry(seat.seat.role).or_default();
                of_role.count(in_time);
            }
        }
        for step in asked.history.iter().filter(|step| period.contains(step.at)) {
            let said = step
                .usefulness
                .and_then(|said| usize::from(said).checked_sub(1));
            if let Some(times) = said.and_then(|said| self.usefulness.get_mut(said)) {
                *times += 1;
            }
        }
    }
}

/// Whether something was asked in this period.
fn begun(asked: &Loop, period: Period) -> bool {
    period.contains(asked.asked_at)
}

impl Share {
    /// Counts one more, which belongs to the part or not.
    fn count(&mut self, is_part: bool) {
        self.whole += 1;
        self.part += u64::from(is_part);
    }

    fn add(&mut self, other: Self) {
        self.whole = self.whole.saturating_add(other.whole);
        self.part = self.part.saturating_add(other.part);
    }
}

/// The bins of what took these seconds, in ascending order: a bin with too few goes to the next,
/// and what is left at the end to the one before.
fn bins(seconds: &[u64]) -> Vec<DurationBin> {
    let mut bins: Vec<DurationBin> = Vec::new();
    let mut left = 0;
    let mut counted = 0;
    for minutes in BINS.into_iter().map(Some).chain([None]) {
        let within = minutes.map_or(seconds.len(), |minutes| {
            seconds.partition_point(|&took| took <= u64::from(minutes) * 60)
        });
        left += (within - counted) as u64;
        counted = within;
        if left >= FEWEST {
            let minutes = minutes.unwrap_or(0);
            bins.push(DurationBin {
                minutes,
                count: std::mem::take(&mut left),
            });
        }
    }
    if let Some(last) = bins.last_mut().filter(|_| left > 0) {
        last.count += left;
        // The longest of them took longer than this bin says.
        last.minutes = 0;
    }
    bins
}

impl CaseView {
    /// The times in which nobody held a seat, with their end if they are over. A hub's queue is
    /// everybody's of its pool: nobody has to hold that seat.
    fn vacancies(&self) -> Vec<(&TeamSeat, Timestamp, Option<Timestamp>)> {
        let mut open: BTreeMap<SeatId, Timestamp> = BTreeMap::new();
        let mut over: Vec<(SeatId, Timestamp, Timestamp)> = Vec::new();
        for item in self.timeline.iter().filter(|item| item.rejected.is_none()) {
            let (added, occupancies) = match &item.content {
                Content::CaseOpened(opened) => (&opened.seats, &opened.occupancies),
                Content::TeamChanged(changed) => (&changed.seats_added, &changed.occupancies),
                _ => continue,
            };
            let at = item.accepted_at;
            open.extend(added.iter().map(|seat| (seat.id, at)));
            for occupancy in occupancies {
                if occupancy.person.is_none() {
                    open.entry(occupancy.seat).or_insert(at);
                } else {
                    let from = open.remove(&occupancy.seat);
                    over.extend(from.map(|from| (occupancy.seat, from, at)));
                }
            }
        }
        // A seat that was handed over was taken by a step, and not by a change of the team.
        let still = open.into_iter().map(|(seat, from)| {
            let taken = self.team.seat(seat).filter(|seat| !seat.is_vacant());
            (seat, from, taken.map(|seat| seat.since.max(from)))
        });
        over.into_iter()
            .map(|(seat, from, until)| (seat, from, Some(until)))
            .chain(still)
            .filter_map(|(seat, from, until)| Some((self.team.seat(seat)?, from, until)))
            .filter(|(seat, ..)| self.team.queue_pool(seat.seat.id).is_empty())
            .collect()
    }

    /// The reports of this group that stand: of each person and period the last.
    pub fn metrics_reports(&self) -> Vec<&MetricsReport> {
        let mut last: BTreeMap<((Timestamp, Timestamp), &PractitionerName), &MetricsReport> =
            BTreeMap::new();
        for item in self.timeline.iter().filter(|item| item.rejected.is_none()) {
            if let Content::MetricsReport(report) = &item.content {
                last.insert(((report.start, report.end), &item.author.name), report);
            }
        }
        last.into_values().collect()
    }
}

impl MetricsReport {
    /// The sum of reports of one period; nothing without any.
    pub fn sum<'a>(reports: impl IntoIterator<Item = &'a Self>) -> Option<Self> {
        reports.into_iter().fold(None, |sum, report| {
            Some(match sum {
                None => report.clone(),
                Some(sum) => sum.and(report),
            })
        })
    }

    fn and(mut self, other: &Self) -> Self {
        let shares = |a: Option<Share>, b: Option<Share>| match (a, b) {
            (Some(mut a), Some(b)) => {
                a.add(b);
                Some(a)
            }
            (a, b) => a.or(b),
        };
        let mut bins: BTreeMap<u32, u64> = BTreeMap::new();
        for bin in self.answer_times.iter().chain(&other.answer_times) {
            // The open bin is the last.
            *bins.entry(bin.minutes.wrapping_sub(1)).or_default() += bin.count;
        }
        self.answer_times = bins
            .into_iter()
            .map(|(place, count)| DurationBin {
                minutes: place.wrapping_add(1),
                count,
            })
            .collect();
        self.referrals_closed = shares(self.referrals_closed, other.referrals_closed);
        self.escalations_taken = shares(self.escalations_taken, other.escalations_taken);
        let mut roles: BTreeMap<SeatRole, Share> = BTreeMap::new();
        for (role, share) in self.acknowledged.iter().chain(&other.acknowledged) {
            roles.entry(*role).or_default().add(*share);
        }
        self.acknowledged = roles.into_iter().collect();
        self.vacant_seat_hours += other.vacant_seat_hours;
        self.usefulness = match (self.usefulness, other.usefulness) {
            (Some(a), Some(b)) => Some(Usefulness {
                count: a.count + b.count,
                sum: a.sum + b.sum,
            }),
            (a, b) => a.or(b),
        };
        self
    }

    /// Within how many minutes half of the answers came, at most; 0 if it took longer than all
    /// bins say, none if nothing is told of them.
    pub fn median_minutes(&self) -> Option<u32> {
        let all: u64 = self.answer_times.iter().map(|bin| bin.count).sum();
        let mut counted = 0;
        let median = self.answer_times.iter().find(|bin| {
            counted += bin.count;
            counted * 2 >= all
        });
        median.map(|bin| bin.minutes)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn bins_tell_all_or_nothing_and_never_few(
            mut seconds in proptest::collection::vec(0..4_000_000_u64, 0..60),
        ) {
            seconds.sort_unstable();
            let bins = bins(&seconds);
            let told: u64 = bins.iter().map(|bin| bin.count).sum();
            let all = seconds.len() as u64;
            prop_assert_eq!(told, if all < FEWEST { 0 } else { all });
            prop_assert!(bins.iter().all(|bin| bin.count >= FEWEST));
            let mut counted = 0;
            for bin in bins.iter().filter(|bin| bin.minutes > 0) {
                counted += bin.count;
                let within = seconds.iter().filter(|&&took| took <= u64::from(bin.minutes) * 60);
                prop_assert_eq!(within.count() as u64, counted);
            }
        }
    }
}
