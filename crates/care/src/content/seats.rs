//! How seats take part, and who covers them.

use std::fmt;

use relais_types::{SeatId, Timestamp};
use serde::Serialize;

use super::redacted;
use crate::{DutyClass, FollowLevel, LoopKind, Stance};

/// How the author's seat takes part; says at least one thing. What is not said stays.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct Participation {
    /// Only from the seat of a primary care physician.
    pub stance: Option<Stance>,
    /// What it follows.
    pub follow: Option<FollowLevel>,
    /// Its role charter, which replaces the one before; empty leaves that as it was.
    pub charter: Vec<Duty>,
}

/// One line of a seat's role charter.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Duty {
    /// What sort of work.
    pub class: DutyClass,
    /// What.
    pub what: String,
}

/// Lets another seat act for a seat from one time to another.
///
/// It replaces an earlier one between the same two seats. Times are compared with those at
/// which the server accepts entries, so that all members decide alike.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Delegation {
    /// The seat that is acted for.
    pub seat: SeatId,
    /// The seat that acts.
    pub delegate: SeatId,
    /// What it covers; empty means everything. Handovers are never covered.
    pub kinds: Vec<LoopKind>,
    /// From when.
    pub start: Timestamp,
    /// Until before when.
    pub end: Timestamp,
    /// Whether nobody is there for the seat meanwhile.
    pub out_of_office: bool,
    /// Why; may be empty.
    pub reason: String,
}

/// Who covers a seat when neither it nor a delegate answers; replaces what was said before.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Coverage {
    /// The seat.
    pub seat: SeatId,
    /// Seats that share its work.
    pub pool: Vec<SeatId>,
    /// The seat that answers for it.
    pub supervisor: Option<SeatId>,
}

/// The author has looked through the case.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Review {
    /// What they found; may be empty.
    pub note: String,
}

redacted!(Participation, Duty, Delegation, Coverage, Review);
