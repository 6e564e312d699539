//! Who is let in, for how long, and what they are given of what was said before.

use std::fmt;

use relais_types::Timestamp;
use serde::Serialize;

use super::redacted;
use crate::{BreakGlassReason, HistoryScope, LoopKind, Person, Seat};

/// What a newcomer is given of what was said before they joined.
///
/// What holds the case together always comes, and so does everything that is open; see
/// [`CaseView::share_for`](crate::CaseView::share_for).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(tag = "scope", rename_all = "snake_case")]
pub enum HistoryPolicy {
    /// Everything.
    #[default]
    All,
    /// What was said, or went on, since a time.
    Since {
        /// By the times at which the server accepted entries.
        since: Timestamp,
    },
    /// What belongs to something asked of these kinds; at least one.
    Kinds {
        /// What was asked.
        kinds: Vec<LoopKind>,
    },
    /// Nothing but what always comes.
    Open,
}

impl HistoryPolicy {
    /// Which sort of policy it is.
    pub const fn scope(&self) -> HistoryScope {
        match self {
            Self::All => HistoryScope::All,
            Self::Since { .. } => HistoryScope::Since,
            Self::Kinds { .. } => HistoryScope::Kinds,
            Self::Open => HistoryScope::Open,
        }
    }

    /// Whether it withholds nothing.
    pub fn is_all(&self) -> bool {
        *self == Self::All
    }
}

/// Gives somebody who holds a seat more of what was said before they joined.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct HistoryShared {
    /// Who is given more.
    pub person: Person,
    /// What, besides what they were given before.
    pub history: HistoryPolicy,
    /// Why; may be empty.
    pub reason: String,
}

/// Lets somebody from outside the team in at once and for a limited time. The owner seat reviews
/// it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct BreakGlass {
    /// Their seat, of the role [`Emergency`](crate::SeatRole::Emergency): a new one, or the one
    /// that they hold and are given more time on.
    pub seat: Seat,
    /// Who is let in.
    pub person: Person,
    /// Why.
    pub reason: BreakGlassReason,
    /// Why, in words.
    pub explanation: String,
    /// Until when, at most [`MAX_BREAK_GLASS`](crate::MAX_BREAK_GLASS) after the server accepts it.
    pub until: Timestamp,
    /// What they are given of what was said before.
    pub history: HistoryPolicy,
}

redacted!(HistoryShared, BreakGlass);
