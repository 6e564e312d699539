//! The domain of case conversations, pure and without I/O.
//!
//! A case is an ordered log of signed entries. Every member's client holds the same log and
//! computes from it, with [`CaseView::reduce`], the same picture: who sits on the care team,
//! what was said, what is still owed to whom, and who has seen what. Nothing in that picture
//! depends on a clock, on the device or on the order in which history arrived, so equal logs
//! give equal [digests](CaseView::digest).
//!
//! The way of an entry:
//!
//! 1. [`compose::Draft`] makes it from domain types and refuses what no member would accept.
//! 2. The engine signs, encrypts and sends it; the server numbers it.
//! 3. Each member's engine verifies it and hands it over as a [`Logged`].
//! 4. [`Statement::parse`] turns it into domain types or names the faulty field.
//! 5. The reducer asks: is the author who they claim, do they hold the seat, does the
//!    [catalogue] list this step? Then it takes effect. Else it stays in the timeline, marked
//!    [`Rejected`], and changes nothing.
//!
//! Three rules hold everywhere: every request has exactly one accountable seat; delivered,
//! read and acknowledged are never merged; finished work stays open until the requester
//! closes it.

mod adherence;
mod attention;
pub mod catalogue;
pub mod compose;
mod content;
mod coverage;
mod deidentify;
mod emergency;
mod escalation;
mod field;
mod history;
mod hub;
mod language;
mod logged;
mod loops;
mod metrics;
mod notices;
mod open_items;
mod partnership;
pub mod plan;
mod receipts;
mod reduce;
mod rejection;
mod sharing;
mod similar;
mod statement;
mod team;
mod texts;
mod timeline;
mod unmet;
mod view;
mod vocabulary;
mod wire;

pub use adherence::{Counted, Kept, LEAST_COUNTED, adherence};
pub use compose::{is_shareable, max_bytes};
pub use content::{
    AccessEnded, AcknowledgementRequest, Appointment, Attachment, BreakGlass, Cancellation,
    CapacityEnquiry, CaseOpened, Consent, Consult, Content, Correction, Coverage, Decision,
    DefinedRequest, DefinedStep, Delegation, DischargeNotice, DurationBin, Duty, Escalation,
    Excerpt, FieldDefinition, FileDigest, Handover, HistoryPolicy, HistoryShared, Label, Link,
    MedicationChange, MetricsReport, Nudge, Occupancy, Participation, Patient, PlanAction,
    PlanGoal, PlanSection, PlanSignOff, Receipt, Reference, Referral, Relayed, ResourceSuggestion,
    ResultFollowUp, Retraction, Review, Seat, Share, StateDefinition, StepDefinition, Task,
    TeamChanged, Text, Transition, TypeDefinition, Usefulness, label,
};
pub use coverage::{Cover, EscalationDue};
pub use deidentify::{Identifiers, Marked};
pub use emergency::{Emergency, MAX_BREAK_GLASS};
pub use escalation::{Rung, ladder};
pub use field::{FieldError, MAX_RECEIPT_ENTRIES, Problem};
pub use history::{Access, Granted, HistoryShare};
pub use hub::{Queued, urgency};
pub use language::Language;
pub use logged::Logged;
pub use loops::{DefinedStanding, Loop, LoopStep, Moved};
pub use metrics::{FEWEST, Metrics, Period};
pub use open_items::{OpenItem, Outstanding, Overdue, PendingReceipts};
pub use partnership::{Commitment, CommitmentKind, PartnershipStage, Terms, TermsError};
pub use receipts::{Mark, Receipts, Standing};
pub use reduce::OutOfOrder;
pub use rejection::{Rejected, Rejection};
pub use sharing::{Actor, ConsentStanding, Ended, Offer, Shared, original_digest};
pub use similar::{Likeness, Similar, Wanted};
pub use statement::{Claim, Envelope, Statement};
pub use team::{Person, Team, TeamSeat};
pub use texts::{Texts, Value, isolated};
pub use timeline::{Amendment, AuthorView, TimelineItem};
pub use unmet::{Unmet, UnmetReason, capacity_answers, unmet_need};
pub use view::CaseView;
pub use vocabulary::{
    AccessEndedCause, Availability, BreakGlassReason, ConsentGiven, ConsultClass, ConversationKind,
    CoverageRung, DeclineReason, DutyClass, FieldKind, FollowLevel, HandoverScope, HistoryScope,
    IdentifierKind, InformationClass, LoopKind, LoopState, OverdueKind, Party, Priority,
    Requirement, ResultFlag, SeatRole, Sensitivity, SignOff, Significance, Stance, Withheld,
};
