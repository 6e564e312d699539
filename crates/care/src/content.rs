//! What entries say, as domain types.
//!
//! These types are what [`compose`](crate::compose) takes and what the timeline shows.
//! [`wire`](crate::wire) maps them to the published messages and back.

mod access;
mod definition;
mod plan;
mod records;
mod requests;
mod seats;
mod sharing;
mod words;

use std::fmt;

use relais_types::{CaseId, EntryId, OrgDomain, SeatId, ServiceName, Timestamp};
use serde::Serialize;

pub use self::{
    access::{BreakGlass, HistoryPolicy, HistoryShared},
    definition::{
        DefinedRequest, DefinedStep, FieldDefinition, Label, StateDefinition, StepDefinition,
        TypeDefinition, label,
    },
    plan::{PlanAction, PlanGoal, PlanSection, PlanSignOff},
    records::{Decision, DurationBin, MetricsReport, Nudge, Share, Usefulness},
    requests::{
        Appointment, CapacityEnquiry, Consent, DischargeNotice, Escalation, Handover,
        MedicationChange, ResourceSuggestion, ResultFollowUp,
    },
    seats::{Coverage, Delegation, Duty, Participation, Review},
    sharing::{AccessEnded, Excerpt, Reference},
};
use crate::{ConsultClass, ConversationKind, DeclineReason, LoopKind, LoopState, Person, SeatRole};

/// What an entry says.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Content {
    /// Begins a case.
    CaseOpened(CaseOpened),
    /// Changes who holds which seat.
    TeamChanged(TeamChanged),
    /// Plain conversation.
    Text(Text),
    /// Asks for an opinion.
    Consult(Consult),
    /// Asks a service to take the patient on.
    Referral(Referral),
    /// Asks for something to be done.
    Task(Task),
    /// Asks for an explicit "I have this".
    AcknowledgementRequest(AcknowledgementRequest),
    /// Moves a loop to its next state.
    Transition(Transition),
    /// What was delivered, read and acknowledged.
    Receipt(Receipt),
    /// Replaces or withdraws an earlier entry.
    Correction(Correction),
    /// Earlier entries for newcomers.
    History,
    /// Entries of a linked conversation.
    Relayed(Relayed),
    /// Asks whether a service has room.
    CapacityEnquiry(CapacityEnquiry),
    /// Suggests a service.
    ResourceSuggestion(ResourceSuggestion),
    /// Tells that the patient leaves the hospital.
    DischargeNotice(DischargeNotice),
    /// Proposes a change of medication, or informs of one.
    MedicationChange(MedicationChange),
    /// Asks for a test result to be acted on.
    ResultFollowUp(ResultFollowUp),
    /// Proposes a section of the care plan.
    PlanSection(PlanSection),
    /// Proposes a goal of the plan.
    PlanGoal(PlanGoal),
    /// Proposes an action of the plan.
    PlanAction(PlanAction),
    /// Says whether a seat agrees with a part of the plan.
    PlanSignOff(PlanSignOff),
    /// Offers a seat, or its obligations.
    Handover(Handover),
    /// Raises something late.
    Escalation(Escalation),
    /// Records an agreement to share.
    Consent(Consent),
    /// Proposes a time.
    Appointment(Appointment),
    /// Describes a file.
    Attachment(Attachment),
    /// Takes back something asked.
    Cancellation(Cancellation),
    /// Marks an earlier entry as entered in error.
    Retraction(Retraction),
    /// How the author's seat takes part.
    Participation(Participation),
    /// Lets another seat act for a seat.
    Delegation(Delegation),
    /// Who covers a seat.
    Coverage(Coverage),
    /// The author has looked through the case.
    Review(Review),
    /// Defines something that an organisation asks for in its own words.
    TypeDefinition(TypeDefinition),
    /// Asks for something that an organisation has defined.
    DefinedRequest(DefinedRequest),
    /// Moves it to its next state.
    DefinedStep(DefinedStep),
    /// Lets somebody in at once.
    BreakGlass(BreakGlass),
    /// Shares more of what was said before somebody joined.
    HistoryShared(HistoryShared),
    /// Copies what somebody said elsewhere, as consent allows.
    Excerpt(Excerpt),
    /// Somebody's access ends: no consent covers them any more.
    AccessEnded(AccessEnded),
    /// Records what was decided.
    Decision(Decision),
    /// Reminds whoever must act next.
    Nudge(Nudge),
    /// Counts without content.
    MetricsReport(MetricsReport),
    /// A type, or a version of a type, that this software does not know: show the fallback.
    Unknown,
    /// A known type that could not be read: show the fallback.
    Malformed,
}

/// The first entry of every case.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct CaseOpened {
    /// What the case is called; one line.
    pub title: String,
    /// Why the team talks; may be empty.
    pub purpose: String,
    /// Who it is about, if it is about somebody; nobody in a community.
    pub patient: Option<Patient>,
    /// Team, partner, patient or community.
    pub conversation: ConversationKind,
    /// The first seats; at least one.
    pub seats: Vec<Seat>,
    /// Who holds them.
    pub occupancies: Vec<Occupancy>,
}

/// Whom the team talks about.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Patient {
    /// Name, or initials towards a partner.
    pub display_name: String,
    /// ISO 8601 date, or empty.
    pub birth_date: String,
    /// Preferred language, BCP 47, or empty.
    pub language: String,
}

/// A role held at an organisation on a case. Obligations bind to the seat, signatures to
/// the person.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Seat {
    /// Chosen by whoever adds it.
    pub id: SeatId,
    /// What it stands for.
    pub role: SeatRole,
    /// Domain of the organisation that fills it.
    pub organisation: OrgDomain,
    /// The organisation's name as people know it.
    pub organisation_display_name: String,
}

/// Puts a person on a seat, or leaves the seat vacant.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Occupancy {
    /// The seat.
    pub seat: SeatId,
    /// Who holds it from now on.
    pub person: Option<Person>,
}

/// Changes seats; at least one seat or occupancy.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct TeamChanged {
    /// New seats.
    pub seats_added: Vec<Seat>,
    /// New holders.
    pub occupancies: Vec<Occupancy>,
    /// Why; may be empty.
    pub reason: String,
    /// What those who hold no seat yet are given of what was said before.
    pub history: HistoryPolicy,
}

/// Plain conversation.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Text {
    /// What is said.
    pub text: String,
}

/// Asks the owner seat for an opinion.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Consult {
    /// Specialty or field asked.
    pub specialty: String,
    /// The question.
    pub question: String,
    /// What kind of answer is sought.
    pub class: ConsultClass,
}

/// Asks the owner seat's service to take the patient on.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Referral {
    /// The service in the directory, if it is listed.
    pub service: Option<ServiceName>,
    /// Its name as people know it.
    pub service_display_name: String,
    /// Why.
    pub reason: String,
    /// What the patient needs; at least one line.
    pub needs: Vec<String>,
    /// What the patient agreed to share, in words.
    pub consent: String,
    /// What success looks like.
    pub outcome_wanted: String,
}

/// Asks the owner seat to do something.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Task {
    /// What is to be done.
    pub what: String,
    /// By when.
    pub due: Option<Timestamp>,
}

/// Asks the owner seat for an explicit "I have this".
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct AcknowledgementRequest {
    /// Of what.
    pub what: String,
}

/// Moves a loop to its next state.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Transition {
    /// The loop: the id of the entry that asked.
    pub target: EntryId,
    /// The state it moves to.
    pub to: LoopState,
    /// What there is to say; may be empty where the catalogue allows.
    pub note: String,
    /// Why a referral is declined.
    pub decline_reason: Option<DeclineReason>,
    /// What could help instead; may be empty.
    pub alternative: String,
    /// The alternative in the directory.
    pub alternative_service: Option<ServiceName>,
    /// The seat that is offered it, where the catalogue asks for one.
    pub nominee: Option<SeatId>,
    /// Whom a service takes and how one gets in; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub eligibility: String,
    /// What helps meanwhile; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub interim_plan: String,
    /// When room is expected, ISO 8601 date; may be empty.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub expected_date: String,
    /// Where it goes on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<Link>,
    /// With the step that closes it: how useful the answer was, from 1 to 5.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub usefulness: Option<u8>,
}

/// An entry of another conversation. Whether there is one, only its members can tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Link {
    /// The conversation.
    pub case: CaseId,
    /// The entry.
    pub entry: EntryId,
}

impl Transition {
    /// Moves `target` to `to`, with nothing said yet.
    pub fn new(target: EntryId, to: LoopState) -> Self {
        Self {
            target,
            to,
            note: String::new(),
            decline_reason: None,
            alternative: String::new(),
            alternative_service: None,
            nominee: None,
            eligibility: String::new(),
            interim_plan: String::new(),
            expected_date: String::new(),
            link: None,
            usefulness: None,
        }
    }

    /// Says something with it.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }
}

/// What a person's device stored and what the person read or acknowledged; at least one entry.
#[derive(Clone, Default, PartialEq, Eq, Serialize)]
pub struct Receipt {
    /// Decrypted and stored by a device of the person.
    pub delivered: Vec<EntryId>,
    /// Shown to the person.
    pub read: Vec<EntryId>,
    /// "I have this."
    pub acknowledged: Vec<EntryId>,
}

/// Replaces or withdraws an earlier entry of the same person.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Correction {
    /// The entry.
    pub target: EntryId,
    /// Why.
    pub reason: String,
    /// The text that stands instead; empty withdraws.
    pub replacement: String,
}

/// Marks an earlier entry of the same person as entered in error.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Retraction {
    /// The entry.
    pub target: EntryId,
    /// Why.
    pub reason: String,
}

/// Takes back something that the author's seat asked: at once if it is not under way yet, else
/// it asks the owner seat to stop.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Cancellation {
    /// The loop: the id of the entry that asked.
    pub target: EntryId,
    /// Why.
    pub reason: String,
}

/// Describes a file, whose bytes travel apart.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Attachment {
    /// Media type (RFC 6838), such as `application/pdf`.
    pub media_type: String,
    /// Its size in bytes.
    pub size: u64,
    /// SHA-256 of its bytes.
    pub digest: FileDigest,
    /// What it is called; may be empty.
    pub file_name: String,
    /// What it shows; may be empty.
    pub caption: String,
}

/// A SHA-256, such as of a file; written in hexadecimal.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct FileDigest([u8; 32]);

impl FileDigest {
    /// The digest that has these bytes.
    pub const fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(bytes)
    }

    /// Its bytes.
    pub const fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Display for FileDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl fmt::Debug for FileDigest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FileDigest({self})")
    }
}

impl Serialize for FileDigest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// Entries of a linked conversation.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Relayed {
    /// The linked conversation.
    pub conversation: CaseId,
    /// How many of its entries; in a view, how many verified.
    pub entries: usize,
}

impl Content {
    /// The kind of loop that this begins, if it asks for something.
    pub const fn asks(&self) -> Option<LoopKind> {
        match self {
            Self::Consult(_) => Some(LoopKind::Consult),
            Self::Referral(_) => Some(LoopKind::Referral),
            Self::Task(_) => Some(LoopKind::Task),
            Self::AcknowledgementRequest(_) => Some(LoopKind::AcknowledgementRequest),
            Self::CapacityEnquiry(_) => Some(LoopKind::CapacityEnquiry),
            Self::ResourceSuggestion(_) => Some(LoopKind::ResourceSuggestion),
            Self::DischargeNotice(_) => Some(LoopKind::DischargeNotice),
            Self::MedicationChange(_) => Some(LoopKind::MedicationChange),
            Self::ResultFollowUp(_) => Some(LoopKind::ResultFollowUp),
            Self::PlanSection(_) => Some(LoopKind::PlanSection),
            Self::PlanGoal(_) => Some(LoopKind::PlanGoal),
            Self::PlanAction(_) => Some(LoopKind::PlanAction),
            Self::Handover(_) => Some(LoopKind::Handover),
            Self::Escalation(_) => Some(LoopKind::Escalation),
            Self::Consent(_) => Some(LoopKind::Consent),
            Self::Appointment(_) => Some(LoopKind::Appointment),
            Self::DefinedRequest(_) => Some(LoopKind::Defined),
            Self::BreakGlass(_) => Some(LoopKind::BreakGlass),
            _ => None,
        }
    }

    /// Whether it may be said where nothing is said about a patient: in an enquiry. What is asked
    /// about somebody, and what holds more than words, may not.
    pub const fn is_about_nobody(&self) -> bool {
        match self.asks() {
            Some(
                LoopKind::CapacityEnquiry
                | LoopKind::AcknowledgementRequest
                | LoopKind::Escalation
                | LoopKind::Handover,
            ) => true,
            Some(_) => false,
            None => !matches!(self, Self::Attachment(_)),
        }
    }

    /// Whether it moves a loop if it takes effect.
    pub const fn moves(&self) -> bool {
        matches!(
            self,
            Self::Transition(_) | Self::Cancellation(_) | Self::DefinedStep(_)
        )
    }

    /// Whether its author may correct its words. What carries other entries, or only sets how
    /// the team works, is changed by a further entry instead.
    pub const fn is_correctable(&self) -> bool {
        !matches!(
            self,
            Self::CaseOpened(_)
                | Self::TeamChanged(_)
                | Self::Correction(_)
                | Self::Retraction(_)
                | Self::Receipt(_)
                | Self::History
                | Self::Relayed(_)
                | Self::Participation(_)
                | Self::Delegation(_)
                | Self::Coverage(_)
                | Self::TypeDefinition(_)
                | Self::PlanSignOff(_)
                | Self::HistoryShared(_)
                | Self::Excerpt(_)
                | Self::AccessEnded(_)
                | Self::Nudge(_)
                | Self::MetricsReport(_)
        )
    }

    /// The code of its kind, as in the serialized view.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::CaseOpened(_) => "case_opened",
            Self::TeamChanged(_) => "team_changed",
            Self::Text(_) => "text",
            Self::Consult(_) => "consult",
            Self::Referral(_) => "referral",
            Self::Task(_) => "task",
            Self::AcknowledgementRequest(_) => "acknowledgement_request",
            Self::Transition(_) => "transition",
            Self::Receipt(_) => "receipt",
            Self::Correction(_) => "correction",
            Self::History => "history",
            Self::Relayed(_) => "relayed",
            Self::CapacityEnquiry(_) => "capacity_enquiry",
            Self::ResourceSuggestion(_) => "resource_suggestion",
            Self::DischargeNotice(_) => "discharge_notice",
            Self::MedicationChange(_) => "medication_change",
            Self::ResultFollowUp(_) => "result_follow_up",
            Self::PlanSection(_) => "plan_section",
            Self::PlanGoal(_) => "plan_goal",
            Self::PlanAction(_) => "plan_action",
            Self::PlanSignOff(_) => "plan_sign_off",
            Self::Handover(_) => "handover",
            Self::Escalation(_) => "escalation",
            Self::Consent(_) => "consent",
            Self::Appointment(_) => "appointment",
            Self::Attachment(_) => "attachment",
            Self::Cancellation(_) => "cancellation",
            Self::Retraction(_) => "retraction",
            Self::Participation(_) => "participation",
            Self::Delegation(_) => "delegation",
            Self::Coverage(_) => "coverage",
            Self::Review(_) => "review",
            Self::TypeDefinition(_) => "type_definition",
            Self::DefinedRequest(_) => "defined_request",
            Self::DefinedStep(_) => "defined_step",
            Self::BreakGlass(_) => "break_glass",
            Self::HistoryShared(_) => "history_shared",
            Self::Excerpt(_) => "excerpt",
            Self::AccessEnded(_) => "access_ended",
            Self::Decision(_) => "decision",
            Self::Nudge(_) => "nudge",
            Self::MetricsReport(_) => "metrics_report",
            Self::Unknown => "unknown",
            Self::Malformed => "malformed",
        }
    }

    /// Whether readers owe a receipt for it.
    ///
    /// They do for everything that is said to somebody, unknown types included. They do not
    /// for receipts (there would be no end), for what only carries other entries
    /// (history, relayed), and for what every member's software has acted on by itself when
    /// it joined, stayed in or left the group (case opened, team changed, access ended).
    pub const fn deserves_receipt(&self) -> bool {
        !matches!(
            self,
            Self::Receipt(_)
                | Self::History
                | Self::Relayed(_)
                | Self::CaseOpened(_)
                | Self::TeamChanged(_)
                | Self::AccessEnded(_)
                | Self::Malformed
        )
    }
}

/// `Debug` names the type and never shows content, so that a log line cannot leak it.
macro_rules! redacted {
    ($($name:ident),+) => {$(
        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )+};
}

pub(crate) use redacted;

redacted!(
    Attachment,
    Cancellation,
    Retraction,
    CaseOpened,
    Patient,
    Seat,
    Occupancy,
    TeamChanged,
    Text,
    Consult,
    Referral,
    Task,
    AcknowledgementRequest,
    Transition,
    Receipt,
    Correction,
    Relayed
);

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Content({})", self.code())
    }
}
