//! How commitments between two organisations are kept, as the answers in cases tell.
//!
//! What is answered, declined or asked back counts as an answer; that somebody has received it does
//! not. What was taken back before its time was up counts for nothing.

use std::{collections::BTreeSet, time::Duration};

use relais_types::{OrgDomain, PractitionerName, SeatId, Timestamp};
use serde::Serialize;

use crate::{
    CaseView, Commitment, Loop, LoopState, Party,
    compose::{business_days_after, business_time},
};

/// What is told to others counts at least so many requests, so that no single case shows through.
pub const LEAST_COUNTED: u32 = 5;

/// How one commitment was kept.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Kept {
    /// Which.
    pub commitment: Commitment,
    /// Requests that were answered, or whose time has passed.
    pub due: u32,
    /// Of these, those that were answered in time.
    pub kept: u32,
    /// Requests that wait for an answer and whose time has not passed.
    pub waiting: u32,
    /// The median business time to an answer in seconds, of those that were answered; none if
    /// none was.
    pub median_seconds: Option<u64>,
}

/// Whose requests count, and of which time.
#[derive(Clone, Copy, Debug)]
pub struct Counted<'a> {
    /// Who has asked the organisation that has committed.
    pub asked_by: &'a OrgDomain,
    /// Only what this person has asked, or is to answer: each request has one seat on either side,
    /// so that the counts of an organisation's people add up. None for all.
    pub person: Option<&'a PractitionerName>,
    /// Asked at or after this time.
    pub since: Timestamp,
    /// The present time.
    pub now: Timestamp,
}

/// How a commitment was kept in these cases and the conversations that are linked to them. What is
/// seen in several of them counts once. None if cases do not tell of such a commitment.
pub fn adherence<'a>(
    commitment: &Commitment,
    views: impl IntoIterator<Item = &'a CaseView>,
    counted: Counted<'_>,
) -> Option<Kept> {
    let kind = commitment.kind.measured()?;
    let mut seen = BTreeSet::new();
    let mut kept = Kept {
        commitment: commitment.clone(),
        due: 0,
        kept: 0,
        waiting: 0,
        median_seconds: None,
    };
    let mut times = Vec::new();
    let views = views.into_iter();
    for view in views.flat_map(|view| std::iter::once(view).chain(view.linked.values())) {
        for asked in view.loops.iter().filter(|asked| asked.kind == kind) {
            let between = counts(view, asked, commitment, counted);
            if !between || !seen.insert(asked.id) {
                continue;
            }
            let days = i64::from(commitment.business_days);
            let until = business_days_after(asked.asked_at, days);
            match answer(view, asked, &commitment.organisation) {
                Answer::At(at) => {
                    kept.due += 1;
                    kept.kept += u32::from(at <= until);
                    times.push(business_time(asked.asked_at, at));
                }
                Answer::TakenBack(at) if at <= until => {}
                Answer::None if counted.now <= until => kept.waiting += 1,
                Answer::TakenBack(_) | Answer::None => kept.due += 1,
            }
        }
    }
    kept.median_seconds = median(times).map(|time| time.as_secs());
    Some(kept)
}

/// Whether something was asked of whoever committed by the other side, within the time.
fn counts(view: &CaseView, asked: &Loop, commitment: &Commitment, counted: Counted<'_>) -> bool {
    let (requester, owner) = (first(asked, Party::Requester), first(asked, Party::Owner));
    let belongs = |seat, organisation: &OrgDomain| {
        view.team
            .seat(seat)
            .is_some_and(|seat| seat.seat.organisation == *organisation)
    };
    let holds =
        |person| view.team.holds(person, asked.requester) || view.team.holds(person, asked.owner);
    asked.asked_at >= counted.since
        && belongs(requester, counted.asked_by)
        && belongs(owner, &commitment.organisation)
        && counted.person.is_none_or(holds)
}

/// The seat that had a part of it before it moved to another.
fn first(asked: &Loop, party: Party) -> SeatId {
    let mut moved = asked.moved.iter().filter(|moved| moved.party == party);
    moved
        .next()
        .map_or_else(|| asked.seat_of(party), |moved| moved.from)
}

enum Answer {
    At(Timestamp),
    TakenBack(Timestamp),
    None,
}

/// The first step by the organisation that says more than that it was received.
fn answer(view: &CaseView, asked: &Loop, by: &OrgDomain) -> Answer {
    for step in &asked.history {
        let seat = view.team.seat(step.seat);
        let is_theirs = seat.is_some_and(|seat| seat.seat.organisation == *by);
        let takes_back = matches!(
            step.to,
            LoopState::Cancelled | LoopState::Withdrawn | LoopState::Expired
        );
        if step.seat == asked.requester && takes_back {
            return Answer::TakenBack(step.at);
        }
        if is_theirs && step.to != LoopState::Received {
            return Answer::At(step.at);
        }
    }
    Answer::None
}

/// The lower of the two in the middle of an even number.
fn median(mut times: Vec<Duration>) -> Option<Duration> {
    times.sort_unstable();
    let middle = times.len().checked_sub(1)? / 2;
    times.get(middle).copied()
}
