//! What is recorded: decisions, reminders, numbers without content.

use std::fmt;

use relais_types::{EntryId, SeatId, Timestamp};
use serde::Serialize;

use super::redacted;
use crate::SeatRole;

/// Records what was decided.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Decision {
    /// What.
    pub what: String,
    /// Why.
    pub reason: String,
    /// What it is about: entries of this case.
    pub about: Vec<EntryId>,
    /// The seats that decided it; empty means the author's.
    pub decided_by: Vec<SeatId>,
    /// When to look at it again, ISO 8601 date; empty if never.
    pub review_date: String,
}

/// Reminds the seat that must act next of something asked.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Nudge {
    /// The loop: the id of the entry that asked.
    pub target: EntryId,
    /// What there is to say; may be empty.
    pub note: String,
}

/// Numbers of one person's seats in a period, as far as they may be told: what there are only one
/// to four of is left out.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct MetricsReport {
    /// From when.
    pub start: Timestamp,
    /// Until when.
    pub end: Timestamp,
    /// How long answers to consults took.
    pub answer_times: Vec<DurationBin>,
    /// Referrals that ended, of those that were made.
    pub referrals_closed: Option<Share>,
    /// What was acknowledged in time, of what had to be, by the owner seat's role.
    pub acknowledged: Vec<(SeatRole, Share)>,
    /// Escalations that somebody took, of those that were raised.
    pub escalations_taken: Option<Share>,
    /// Hours that seats stood vacant.
    pub vacant_seat_hours: u64,
    /// How useful answers were.
    pub usefulness: Option<Usefulness>,
}

/// How many took at most this long, and longer than the bin before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct DurationBin {
    /// At most this many minutes; 0 for longer than all bins.
    pub minutes: u32,
    /// How many.
    pub count: u64,
}

/// A part of a whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Share {
    /// The part.
    pub part: u64,
    /// The whole.
    pub whole: u64,
}

/// What people said of how useful answers were.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Usefulness {
    /// How many people said.
    pub count: u64,
    /// The sum of what they said, from 1 to 5 each.
    pub sum: u64,
}

redacted!(Decision, Nudge, MetricsReport);
