//! Loops: what was asked, by whom, of whom, and where it stands.

use std::fmt;

use relais_types::{EntryId, PractitionerName, SeatId, ServiceName, Timestamp};
use serde::Serialize;

use crate::{Content, DeclineReason, LoopKind, LoopState, Mark, Party, Priority, catalogue};

/// Something asked of exactly one seat, and its history.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Loop {
    /// The entry that asked.
    pub id: EntryId,
    /// What is asked.
    pub kind: LoopKind,
    /// Where it stands.
    pub state: LoopState,
    /// Which seat must act next; none if the state is final.
    pub awaits: Option<Party>,
    /// The seat that asked and that closes.
    pub requester: SeatId,
    /// The one seat that is accountable.
    pub owner: SeatId,
    /// What it is about, in a line.
    pub title: String,
    /// What is asked, in the requester's words, as last corrected.
    pub summary: String,
    /// How soon it matters.
    pub priority: Priority,
    /// Number of the entry that asked.
    pub asked_seq: u64,
    /// When the server accepted it.
    pub asked_at: Timestamp,
    /// When the owner seat should have acknowledged.
    pub acknowledge_by: Option<Timestamp>,
    /// When a task should be done.
    pub due: Option<Timestamp>,
    /// The first sign that the owner seat has it: an explicit acknowledgement or a step.
    pub acknowledged: Option<Mark>,
    /// Every step that took effect, oldest first.
    pub history: Vec<LoopStep>,
}

/// A step of a loop that took effect.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct LoopStep {
    /// Number of the entry.
    pub seq: u64,
    /// The entry: a transition, or the receipt that acknowledged.
    pub entry: EntryId,
    /// When the server accepted it.
    pub at: Timestamp,
    /// Who took the step.
    pub author: PractitionerName,
    /// The seat they acted from.
    pub seat: SeatId,
    /// The state left.
    pub from: LoopState,
    /// The state reached.
    pub to: LoopState,
    /// What was said with it, as last corrected; may be empty.
    pub note: String,
    /// Why it was declined.
    pub decline_reason: Option<DeclineReason>,
    /// What could help instead; may be empty.
    pub alternative: String,
    /// The alternative in the directory.
    pub alternative_service: Option<ServiceName>,
}

impl Loop {
    /// Whether anybody must still act.
    pub const fn is_open(&self) -> bool {
        self.awaits.is_some()
    }

    /// The seat that must act next.
    pub fn awaited_seat(&self) -> Option<SeatId> {
        self.awaits.map(|party| self.seat_of(party))
    }

    /// The seat of one of the parties.
    pub const fn seat_of(&self, party: Party) -> SeatId {
        match party {
            Party::Requester => self.requester,
            Party::Owner => self.owner,
        }
    }

    /// The steps that the catalogue lists from here.
    pub fn next_steps(&self) -> impl Iterator<Item = &'static catalogue::Rule> {
        catalogue::rules_from(self.kind, self.state)
    }

    pub(crate) fn take(&mut self, step: LoopStep) {
        if step.seat == self.owner && self.acknowledged.is_none() {
            self.acknowledged = Some(Mark {
                by: step.author.clone(),
                seq: step.seq,
                at: step.at,
            });
        }
        self.state = step.to;
        self.awaits = catalogue::awaits(self.kind, step.to);
        self.history.push(step);
    }
}

/// Title and summary of a loop, from what was asked.
pub(crate) fn headline(content: &Content) -> (String, String) {
    match content {
        Content::Consult(consult) => (consult.specialty.clone(), consult.question.clone()),
        Content::Referral(referral) => (
            referral.service_display_name.clone(),
            referral.reason.clone(),
        ),
        Content::Task(task) => (first_line(&task.what), task.what.clone()),
        Content::AcknowledgementRequest(request) => {
            (first_line(&request.what), request.what.clone())
        }
        _ => (String::new(), String::new()),
    }
}

fn first_line(text: &str) -> String {
    text.trim().lines().next().unwrap_or_default().to_owned()
}

impl fmt::Debug for Loop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Loop")
            .field("id", &self.id)
            .field("kind", &self.kind)
            .field("state", &self.state)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for LoopStep {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("LoopStep")
            .field("seq", &self.seq)
            .field("from", &self.from)
            .field("to", &self.to)
            .finish_non_exhaustive()
    }
}
