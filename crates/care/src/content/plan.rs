//! The parts of an individualized services plan.

use std::fmt;

use relais_types::EntryId;
use serde::Serialize;

use super::redacted;
use crate::SignOff;

/// Proposes a section of the care plan to the owner seat, which then sees to its goals.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct PlanSection {
    /// What it is about, such as mobility or housing.
    pub title: String,
    /// What matters to the patient, strengths and needs; may be empty.
    pub content: String,
}

/// Proposes a goal of the care plan to the owner seat.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct PlanGoal {
    /// The goal.
    pub text: String,
    /// By when, ISO 8601 date.
    pub target_date: String,
    /// The section that it belongs to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub section: Option<EntryId>,
}

/// Proposes an action of the care plan to the owner seat.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct PlanAction {
    /// The action.
    pub text: String,
    /// By when, ISO 8601 date.
    pub target_date: String,
    /// The goal that it serves.
    pub goal: Option<EntryId>,
}

/// Says whether the author's seat, such as the patient's, agrees with a part of the plan. The
/// last one of a seat counts, for the wording that stood then.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct PlanSignOff {
    /// The section, goal or action.
    pub target: EntryId,
    /// What the seat says.
    pub said: SignOff,
    /// Why; required with an objection.
    pub note: String,
}

redacted!(PlanSection, PlanGoal, PlanAction, PlanSignOff);
