//! The parts of a services plan, on the wire.

use bytes::Bytes;
use relais_proto::care as pb;

use super::Result;
use crate::{PlanAction, PlanGoal, PlanSection, PlanSignOff, Problem, SignOff, field};

pub(super) fn plan_section(body: &pb::PlanSection) -> Result<PlanSection> {
    Ok(PlanSection {
        title: field::line("plan_section.title", &body.title)?,
        content: field::optional_prose("plan_section.content", &body.content)?,
    })
}

pub(super) fn plan_goal(body: &pb::PlanGoal) -> Result<PlanGoal> {
    Ok(PlanGoal {
        text: field::prose("plan_goal.text", &body.text)?,
        target_date: field::required_date("plan_goal.target_date", &body.target_date)?,
        section: field::optional_id("plan_goal.section", &body.section)?,
    })
}

pub(super) fn plan_action(body: &pb::PlanAction) -> Result<PlanAction> {
    Ok(PlanAction {
        text: field::prose("plan_action.text", &body.text)?,
        target_date: field::required_date("plan_action.target_date", &body.target_date)?,
        goal: field::optional_id("plan_action.goal", &body.goal)?,
    })
}

pub(super) fn plan_sign_off(body: &pb::PlanSignOff) -> Result<PlanSignOff> {
    let said = field::word("plan_sign_off.said", body.said, SignOff::from_wire)?;
    let note = field::optional_prose("plan_sign_off.note", &body.note)?;
    if said == SignOff::Objected && note.trim().is_empty() {
        return Err(Problem::Missing.of("plan_sign_off.note"));
    }
    Ok(PlanSignOff {
        target: field::id("plan_sign_off.target", &body.target)?,
        said,
        note,
    })
}

impl From<PlanSection> for pb::PlanSection {
    fn from(section: PlanSection) -> Self {
        Self {
            title: section.title,
            content: section.content,
        }
    }
}

impl From<PlanGoal> for pb::PlanGoal {
    fn from(goal: PlanGoal) -> Self {
        Self {
            text: goal.text,
            target_date: goal.target_date,
            section: goal.section.map(Bytes::from).unwrap_or_default(),
        }
    }
}

impl From<PlanAction> for pb::PlanAction {
    fn from(action: PlanAction) -> Self {
        Self {
            text: action.text,
            target_date: action.target_date,
            goal: action.goal.map(Bytes::from).unwrap_or_default(),
        }
    }
}

impl From<PlanSignOff> for pb::PlanSignOff {
    fn from(sign_off: PlanSignOff) -> Self {
        Self {
            target: sign_off.target.into(),
            said: sign_off.said.to_wire(),
            note: sign_off.note,
        }
    }
}
