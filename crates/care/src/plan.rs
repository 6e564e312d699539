//! The individualized services plan of a case: sections, goals and actions, who owns each and
//! who agrees with it.
//!
//! A plan is a reading of the view, and so of the log up to some entry: reduce the log up to
//! there to see the plan as it stood, and [compare](Plan::changes_since) two of them.

mod changes;
mod html;
mod markdown;

use std::fmt;

use relais_types::{CaseId, EntryId, SeatId, Timestamp};
use serde::Serialize;

pub use changes::{Change, Changed};
pub use html::html;
pub use markdown::{changes as markdown_changes, markdown};

use crate::{
    CaseView, Content, Loop, LoopKind, LoopState, Patient, SeatRole, SignOff, content::redacted,
};

/// The services plan of a case.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The case.
    pub case: CaseId,
    /// What it is called.
    pub title: String,
    /// Who it is about.
    pub patient: Option<Patient>,
    /// Number of the last entry that it takes into account; 0 if there is none.
    pub through: u64,
    /// When the server accepted that entry.
    pub as_of: Option<Timestamp>,
    /// Sections in the order in which they were proposed, then goals and actions that belong to
    /// none.
    pub parts: Vec<Part>,
}

/// A section, a goal or an action, with what belongs to it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Part {
    /// The entry that proposed it.
    pub id: EntryId,
    /// Its number.
    pub seq: u64,
    /// Section, goal or action.
    pub kind: LoopKind,
    /// What it is called, in a line.
    pub title: String,
    /// What it says besides, as last corrected; may be empty.
    pub text: String,
    /// By when, ISO 8601 date; empty for a section.
    pub target_date: String,
    /// Who answers for it.
    pub owner: Owner,
    /// Where it stands.
    pub state: LoopState,
    /// What was said when it got there; may be empty.
    pub note: String,
    /// What each seat says of it, the last of each.
    pub sign_offs: Vec<Signed>,
    /// Goals of a section, actions of a goal, in the order in which they were proposed.
    pub parts: Vec<Part>,
}

/// The seat that answers for a part.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Owner {
    /// The seat.
    pub seat: SeatId,
    /// Its role; none if the case does not have the seat.
    pub role: Option<SeatRole>,
    /// Its organisation, as people know it.
    pub organisation_display_name: String,
    /// Who holds it now; empty while it is vacant.
    pub holder: String,
}

/// What a seat says of a part.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Signed {
    /// The seat.
    pub seat: SeatId,
    /// Its role.
    pub role: Option<SeatRole>,
    /// Who said it, as the team knew them.
    pub by: String,
    /// When the server accepted it.
    pub at: Timestamp,
    /// What it says.
    pub said: SignOff,
    /// Why; may be empty.
    pub note: String,
    /// False if the part was reworded since.
    pub current: bool,
}

impl Part {
    /// Whether it is part of the plan still: neither rejected nor cancelled.
    pub const fn stands(&self) -> bool {
        !matches!(self.state, LoopState::Rejected | LoopState::Cancelled)
    }

    /// Whether a seat objects to its present wording.
    pub fn is_disputed(&self) -> bool {
        let objects = |signed: &Signed| signed.current && signed.said == SignOff::Objected;
        self.sign_offs.iter().any(objects)
    }

    /// Itself and everything that belongs to it.
    pub fn all(&self) -> Vec<&Self> {
        let below = self.parts.iter().flat_map(Self::all);
        std::iter::once(self).chain(below).collect()
    }
}

impl Plan {
    /// Every section, goal and action.
    pub fn all(&self) -> impl Iterator<Item = &Part> {
        self.parts.iter().flat_map(Part::all)
    }
}

impl CaseView {
    /// The services plan as it stands in this view.
    pub fn plan(&self) -> Plan {
        let mut parts: Vec<(Option<EntryId>, Part)> = self
            .loops
            .iter()
            .filter(|asked| asked.kind.is_plan())
            .map(|asked| (self.parent_of(asked), self.part(asked)))
            .collect();
        // Whatever belongs to something stands after it in the log, so the last one is complete.
        let mut top = Vec::new();
        while let Some((parent, mut part)) = parts.pop() {
            part.parts.reverse();
            let above = parent.and_then(|id| parts.iter_mut().find(|(_, above)| above.id == id));
            match above {
                Some((_, above)) => above.parts.push(part),
                None => top.push(part),
            }
        }
        top.reverse();
        top.sort_by_key(|part| part.kind != LoopKind::PlanSection);
        let last = self.timeline.last();
        Plan {
            case: self.case,
            title: self.title.clone(),
            patient: self.patient.clone(),
            through: last.map_or(0, |item| item.seq),
            as_of: last.map(|item| item.accepted_at),
            parts: top,
        }
    }

    /// The section of a goal, the goal of an action; none if it names something else.
    fn parent_of(&self, asked: &Loop) -> Option<EntryId> {
        let (named, kind) = match &self.item(asked.id)?.content {
            Content::PlanGoal(goal) => (goal.section?, LoopKind::PlanSection),
            Content::PlanAction(action) => (action.goal?, LoopKind::PlanGoal),
            _ => return None,
        };
        let above = self.find_loop(named)?;
        (above.kind == kind && above.asked_seq <= asked.asked_seq).then_some(named)
    }

    fn part(&self, asked: &Loop) -> Part {
        let item = self.item(asked.id);
        let content = item.map(|item| &item.content);
        let target_date = match content {
            Some(Content::PlanGoal(goal)) => goal.target_date.clone(),
            Some(Content::PlanAction(action)) => action.target_date.clone(),
            _ => String::new(),
        };
        let text = match asked.kind {
            LoopKind::PlanSection => asked.summary.clone(),
            // Title and summary are its first line and the whole.
            _ => rest_of(&asked.summary),
        };
        let reworded = item.and_then(|item| item.amendment.as_ref()).map(|a| a.seq);
        Part {
            id: asked.id,
            seq: asked.asked_seq,
            kind: asked.kind,
            title: asked.title.clone(),
            text,
            target_date,
            owner: self.plan_owner(asked.owner),
            state: asked.state,
            note: asked
                .history
                .last()
                .map(|step| step.note.clone())
                .unwrap_or_default(),
            sign_offs: self.sign_offs(asked.id, reworded),
            parts: Vec::new(),
        }
    }

    fn plan_owner(&self, seat: SeatId) -> Owner {
        let held = self.team.seat(seat);
        Owner {
            seat,
            role: held.map(|held| held.seat.role),
            organisation_display_name: held
                .map(|held| held.seat.organisation_display_name.clone())
                .unwrap_or_default(),
            holder: held
                .and_then(|held| held.occupant.as_ref())
                .map(|person| person.display_name.clone())
                .unwrap_or_default(),
        }
    }

    /// The last word of each seat, in the order in which they were said.
    fn sign_offs(&self, target: EntryId, reworded: Option<u64>) -> Vec<Signed> {
        let mut said: Vec<Signed> = Vec::new();
        for item in self.timeline.iter().filter(|item| item.rejected.is_none()) {
            let (Content::PlanSignOff(sign_off), Some(seat)) = (&item.content, item.author.seat)
            else {
                continue;
            };
            if sign_off.target != target {
                continue;
            }
            said.retain(|earlier| earlier.seat != seat);
            said.push(Signed {
                seat,
                role: item.author.role,
                by: item.author.display_name.clone(),
                at: item.accepted_at,
                said: sign_off.said,
                note: sign_off.note.clone(),
                current: reworded.is_none_or(|reworded| reworded < item.seq),
            });
        }
        said
    }
}

fn rest_of(text: &str) -> String {
    let (_, rest) = text.trim().split_once('\n').unwrap_or_default();
    rest.trim().to_owned()
}

redacted!(Plan, Part, Owner, Signed);
