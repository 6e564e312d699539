//! Loops: what was asked, by whom, of whom, and where it stands.

use std::fmt;

use relais_types::{EntryId, PractitionerName, SeatId, ServiceName, Timestamp};
use serde::Serialize;

use crate::{
    Content, DeclineReason, Label, Link, LoopKind, LoopState, Mark, Party, Priority,
    StateDefinition, TypeDefinition, catalogue, compose::acknowledge_by,
};

/// Something asked of exactly one seat, and its history.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Loop {
    /// The entry that asked.
    pub id: EntryId,
    /// What is asked.
    pub kind: LoopKind,
    /// Where it stands.
    pub state: LoopState,
    /// Which seat must act next; none if the state is final, or stands until somebody ends it.
    pub awaits: Option<Party>,
    /// The seat that asked and that closes.
    pub requester: SeatId,
    /// The one seat that is accountable.
    pub owner: SeatId,
    /// The seat that is offered it, while it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nominee: Option<SeatId>,
    /// What it is about, in a line.
    pub title: String,
    /// What is asked, in the requester's words, as last corrected.
    pub summary: String,
    /// How soon it matters.
    pub priority: Priority,
    /// Number of the entry that asked.
    pub asked_seq: u64,
    /// When the server accepted it, or what reopened it.
    pub asked_at: Timestamp,
    /// When the owner seat should have acknowledged.
    pub acknowledge_by: Option<Timestamp>,
    /// When it should be done.
    pub due: Option<Timestamp>,
    /// The first sign that the owner seat has it: an explicit acknowledgement or a step.
    pub acknowledged: Option<Mark>,
    /// The last time that somebody was reminded of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub nudged: Option<Mark>,
    /// Every step that took effect, oldest first.
    pub history: Vec<LoopStep>,
    /// Every time that it moved from one seat to another, oldest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub moved: Vec<Moved>,
    /// Where it stands in the words of the organisation that defined it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub defined: Option<DefinedStanding>,
}

/// Where something stands that an organisation has defined.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DefinedStanding {
    /// The entry that defines it.
    pub definition: EntryId,
    /// Code of its type.
    pub name: String,
    /// Code of its state.
    pub state: String,
    /// What people call that state.
    pub labels: Vec<Label>,
    /// Whether no step leaves that state.
    pub settled: bool,
    /// The nearest state of the catalogue.
    #[serde(skip)]
    pub(crate) nearest: LoopState,
    /// Whose turn it is.
    #[serde(skip)]
    pub(crate) awaits: Option<Party>,
}

impl DefinedStanding {
    pub(crate) fn at(id: EntryId, definition: &TypeDefinition, state: &StateDefinition) -> Self {
        Self {
            definition: id,
            name: definition.name.clone(),
            state: state.name.clone(),
            labels: state.labels.clone(),
            settled: definition.steps_from(&state.name).next().is_none(),
            nearest: state.nearest,
            awaits: state.awaits,
        }
    }
}

/// A loop moved from one seat to another, which had accepted it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Moved {
    /// Number of the entry that accepted it.
    pub seq: u64,
    /// That entry.
    pub entry: EntryId,
    /// When the server accepted it.
    pub at: Timestamp,
    /// As what: the owner's or the requester's part.
    pub party: Party,
    /// The seat that had it.
    pub from: SeatId,
    /// The seat that has it from then on.
    pub to: SeatId,
}

/// A step of a loop that took effect.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct LoopStep {
    /// Number of the entry.
    pub seq: u64,
    /// The entry: a transition or cancellation, the receipt that acknowledged, or the referral
    /// that followed a suggestion.
    pub entry: EntryId,
    /// When the server accepted it.
    pub at: Timestamp,
    /// Who took the step.
    pub author: PractitionerName,
    /// The seat whose step it was.
    pub seat: SeatId,
    /// The delegate's seat that they acted from, if it was not that seat itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delegate: Option<SeatId>,
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
    /// Whom the service takes and how one gets in; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub eligibility: String,
    /// What helps meanwhile; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub interim_plan: String,
    /// When room is expected, ISO 8601 date; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub expected_date: String,
    /// Where it goes on, such as the referral that came of a suggestion.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
    /// How useful the answer was to whoever closed it, from 1 to 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usefulness: Option<u8>,
}

impl Loop {
    /// Whether anybody must still act.
    pub const fn is_open(&self) -> bool {
        self.awaits.is_some()
    }

    /// Whether no step can be taken any more but to reopen it. What is open is not settled; what stands until
    /// somebody ends it, as a consent in force, is neither.
    pub fn is_settled(&self) -> bool {
        self.defined.as_ref().map_or_else(
            || catalogue::is_final(self.kind, self.state),
            |standing| standing.settled,
        )
    }

    /// The seat that must act next.
    pub fn awaited_seat(&self) -> Option<SeatId> {
        self.awaits.map(|party| self.seat_of(party))
    }

    /// The seat of one of the parties; while nobody is offered it, the nominee is its owner. For
    /// the pool it is the seat in whose queue it waits, if that is a hub's.
    pub const fn seat_of(&self, party: Party) -> SeatId {
        match (party, self.nominee) {
            (Party::Requester, _) => self.requester,
            (Party::Nominee | Party::Pool, Some(nominee)) => nominee,
            (Party::Owner | Party::Nominee | Party::Pool, _) => self.owner,
        }
    }

    /// The steps that the catalogue lists from here.
    pub fn next_steps(&self) -> impl Iterator<Item = &'static catalogue::Rule> {
        catalogue::rules_from(self.kind, self.state)
    }

    /// Takes a step that the catalogue allows.
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
        if self.awaits != Some(Party::Nominee) {
            self.nominee = None;
        }
        self.history.push(step);
    }

    /// What is asked now reads like this. A title that is its first line follows.
    pub(crate) fn reword(&mut self, words: &str) {
        if self.title == first_line(&self.summary) {
            self.title = first_line(words);
        }
        words.clone_into(&mut self.summary);
    }

    /// Begins it anew: nobody has it yet, and there is as much time to acknowledge as at first.
    pub(crate) fn begin_anew(&mut self, at: Timestamp) {
        self.acknowledged = None;
        if self.acknowledge_by.is_some() {
            self.acknowledge_by = Some(acknowledge_by(self.priority, at));
        }
        self.due = self.due.filter(|due| at < *due);
        self.nudged = None;
        self.asked_at = at;
    }

    /// Moves one part of it from the seat that has it to another.
    pub(crate) fn hand_to(&mut self, to: SeatId, party: Party, by: &LoopStep) {
        let slot = match party {
            Party::Requester => &mut self.requester,
            Party::Owner | Party::Nominee | Party::Pool => &mut self.owner,
        };
        let from = std::mem::replace(slot, to);
        self.moved.push(Moved {
            seq: by.seq,
            entry: by.entry,
            at: by.at,
            party,
            from,
            to,
        });
    }
}

/// Title and summary of a loop, from what was asked.
pub(crate) fn headline(content: &Content) -> (String, String) {
    let named = |title: &str, summary: &str| (title.to_owned(), summary.to_owned());
    let prose = |text: &str| (first_line(text), text.to_owned());
    match content {
        Content::Consult(consult) => named(&consult.specialty, &consult.question),
        Content::Referral(referral) => named(&referral.service_display_name, &referral.reason),
        Content::Task(task) => prose(&task.what),
        Content::AcknowledgementRequest(request) => prose(&request.what),
        Content::CapacityEnquiry(enquiry) => named(&enquiry.service_display_name, &enquiry.area),
        Content::ResourceSuggestion(suggestion) => {
            named(&suggestion.service_display_name, &suggestion.reason)
        }
        Content::DischargeNotice(notice) => named(&notice.discharge_date, &notice.follow_up),
        Content::MedicationChange(change) => named(&change.drug, &change.reason),
        Content::ResultFollowUp(result) => named(&result.test, &result.action),
        Content::PlanSection(section) => named(&section.title, &section.content),
        Content::PlanGoal(goal) => prose(&goal.text),
        Content::PlanAction(action) => prose(&action.text),
        Content::Handover(handover) => prose(&handover.summary),
        Content::Escalation(escalation) => prose(&escalation.reason),
        Content::Consent(consent) => prose(&consent.purpose),
        Content::Appointment(appointment) => prose(&appointment.what),
        Content::DefinedRequest(request) => named(&request.title, ""),
        Content::BreakGlass(admitted) => {
            named(&admitted.person.display_name, &admitted.explanation)
        }
        _ => (String::new(), String::new()),
    }
}

/// When what is asked should be done: a target date means its end, UTC.
pub(crate) fn due(content: &Content) -> Option<Timestamp> {
    match content {
        Content::Task(task) => task.due,
        Content::ResultFollowUp(result) => Some(result.due),
        Content::PlanGoal(goal) => end_of(&goal.target_date),
        Content::PlanAction(action) => end_of(&action.target_date),
        _ => None,
    }
}

fn end_of(date: &str) -> Option<Timestamp> {
    let date: jiff::civil::Date = date.parse().ok()?;
    let end = jiff::tz::TimeZone::UTC.to_timestamp(date.at(23, 59, 59, 0));
    end.ok()
        .map(|end| Timestamp::from_micros(end.as_microsecond()))
}

/// The state in which what is asked begins.
pub(crate) fn initial(kind: LoopKind, content: &Content) -> LoopState {
    let states = catalogue::initial_states(kind);
    match content {
        Content::MedicationChange(change) if change.informed => LoopState::Informed,
        _ => states.first().copied().unwrap_or(LoopState::Open),
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
