//! Makes entries that every member will accept as well-formed.
//!
//! A [`Draft`] carries what every entry has; each of its last methods adds a content, writes
//! the plain-text fallback in the draft's language, and reads the result back with
//! [`Statement::parse`], so that a mistake is found before anything is signed:
//!
//! ```
//! use relais_care::{Language, Person, Priority, compose::Draft};
//! use relais_types::{EntryId, GroupId, SeatId, Timestamp};
//!
//! let navigator = Person {
//!     name: "organisations/laurier.internal/practitioners/00000000-0000-0000-0000-000000000001"
//!         .parse()?,
//!     display_name: "Amélie Roy".to_owned(),
//! };
//! let entry = Draft::new(
//!     GroupId::from_bytes([1; 16]),
//!     EntryId::from_bytes([2; 16]),
//!     &navigator,
//!     Some(SeatId::from_bytes([3; 16])),
//!     Timestamp::from_micros(1_700_000_000_000_000),
//!     Language::French,
//! )
//! .priority(Priority::Urgent)
//! .text("Bonjour à l’équipe.")?;
//! assert_eq!(entry.fallback, "Bonjour à l’équipe.");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

mod deadline;
mod fallback;
mod records;
mod requests;

pub use deadline::{acknowledge_by, escalate_at};
pub(crate) use deadline::{business_days_after, business_time};
pub(crate) use fallback::colon;
pub use fallback::{disclosure, history as history_text, plain_text};

use bytes::Bytes;
use prost::Message as _;
use relais_proto::{
    care::{self as pb, entry::Body},
    to_proto_time,
};
use relais_types::{CaseId, EntryId, PractitionerName, SeatId, Timestamp};

use crate::{
    AcknowledgementRequest, CaseOpened, Consult, Correction, FieldError, IdentifierKind, Language,
    Person, Priority, Problem, Receipt, Referral, Sensitivity, Statement, Task, TeamChanged,
    Transition,
    wire::{self, TYPE_VERSION},
};

/// Most bytes of a serialized entry that says something itself.
///
/// A message holds 64 KiB, encrypted and padded. Each limit leaves the next carrier room for
/// its own envelope, a signature and a certificate chain, so that whatever was said can be
/// relayed, and whatever was said or relayed can be shared again as history.
pub const MAX_ENTRY_BYTES: usize = 48 * 1024;
/// Most bytes of a serialized `Relayed` entry.
pub const MAX_RELAYED_BYTES: usize = 54 * 1024;
/// Most bytes of a serialized `History` entry.
pub const MAX_HISTORY_BYTES: usize = 60 * 1024;

/// Most bytes of the serialized `entry`, by what it carries.
///
/// Compare the bytes that were signed with it, not the entry encoded anew: fields of a later
/// version are lost in decoding, yet travel along when the entry is shared.
pub const fn max_bytes(entry: &pb::Entry) -> usize {
    match entry.body {
        Some(Body::History(_)) => MAX_HISTORY_BYTES,
        Some(Body::Relayed(_)) => MAX_RELAYED_BYTES,
        _ => MAX_ENTRY_BYTES,
    }
}

/// Whether an entry is small enough to be shared again, relayed or as history. What is not
/// takes no effect for anybody, so nobody misses it who is not given it.
///
/// It knows the fields of this version only; see [`max_bytes`].
pub fn is_shareable(entry: &pb::Entry) -> bool {
    entry.encoded_len() <= max_bytes(entry)
}

/// An entry in the making.
#[derive(Clone, Debug)]
pub struct Draft {
    case: CaseId,
    id: EntryId,
    author: Person,
    seat: Option<SeatId>,
    authored_at: Timestamp,
    language: Language,
    priority: Priority,
    sensitivity: Sensitivity,
    acknowledge_by: Option<Timestamp>,
    owner: Option<SeatId>,
    audience: Vec<SeatId>,
    in_reply_to: Option<EntryId>,
    supersedes: Option<EntryId>,
    kept: Vec<IdentifierKind>,
}

impl Draft {
    /// An entry by `author`, who acts from `seat`, in `language`.
    ///
    /// Only an opening, a receipt and history may do without a seat.
    pub fn new(
        case: CaseId,
        id: EntryId,
        author: &Person,
        seat: Option<SeatId>,
        authored_at: Timestamp,
        language: Language,
    ) -> Self {
        Self {
            case,
            id,
            author: author.clone(),
            seat,
            authored_at,
            language,
            priority: Priority::Routine,
            sensitivity: Sensitivity::Normal,
            acknowledge_by: None,
            owner: None,
            audience: Vec::new(),
            in_reply_to: None,
            supersedes: None,
            kept: Vec::new(),
        }
    }

    /// How soon it matters; routine if not said.
    #[must_use]
    pub const fn priority(mut self, priority: Priority) -> Self {
        self.priority = priority;
        self
    }

    /// Who outside the team may ever see it; normal if not said.
    #[must_use]
    pub const fn sensitivity(mut self, sensitivity: Sensitivity) -> Self {
        self.sensitivity = sensitivity;
        self
    }

    /// When the owner seat should have acknowledged; if not said, what is asked gets
    /// [the default of its priority](acknowledge_by).
    #[must_use]
    pub const fn acknowledge_by(mut self, time: Timestamp) -> Self {
        self.acknowledge_by = Some(time);
        self
    }

    /// Makes `seat` accountable for a text; what is asked names its owner itself.
    #[must_use]
    pub const fn owner(mut self, seat: SeatId) -> Self {
        self.owner = Some(seat);
        self
    }

    /// Which seats are informed; the whole team if not said.
    #[must_use]
    pub fn audience(mut self, seats: Vec<SeatId>) -> Self {
        self.audience = seats;
        self
    }

    /// The entry that this one answers.
    #[must_use]
    pub const fn in_reply_to(mut self, entry: EntryId) -> Self {
        self.in_reply_to = Some(entry);
        self
    }

    /// Says of marks of these kinds, which a [check](crate::Identifiers) for identifiers of a
    /// patient has left on the words, that they are none.
    #[must_use]
    pub fn kept(mut self, kinds: Vec<IdentifierKind>) -> Self {
        self.kept = kinds;
        self
    }

    /// The entry that this one replaces.
    #[must_use]
    pub const fn supersedes(mut self, entry: EntryId) -> Self {
        self.supersedes = Some(entry);
        self
    }

    /// Begins a case.
    ///
    /// # Errors
    /// The field that is missing or malformed; so for all that follow.
    pub fn case_opened(self, opened: CaseOpened) -> Result<pb::Entry, FieldError> {
        self.finish(Body::CaseOpened(opened.into()))
    }

    /// Changes who holds which seat.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn team_changed(self, changed: TeamChanged) -> Result<pb::Entry, FieldError> {
        self.finish(Body::TeamChanged(changed.into()))
    }

    /// Plain conversation.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn text(self, text: impl Into<String>) -> Result<pb::Entry, FieldError> {
        self.finish(Body::Text(pb::Text { text: text.into() }))
    }

    /// Asks `owner` for an opinion.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn consult(self, owner: SeatId, consult: Consult) -> Result<pb::Entry, FieldError> {
        self.ask(owner, Body::Consult(consult.into()))
    }

    /// Asks the service of `owner` to take the patient on.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn referral(self, owner: SeatId, referral: Referral) -> Result<pb::Entry, FieldError> {
        self.ask(owner, Body::Referral(referral.into()))
    }

    /// Asks `owner` to do something.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn task(self, owner: SeatId, task: Task) -> Result<pb::Entry, FieldError> {
        self.ask(owner, Body::Task(task.into()))
    }

    /// Asks `owner` for an explicit "I have this".
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn acknowledgement_request(
        self,
        owner: SeatId,
        request: AcknowledgementRequest,
    ) -> Result<pb::Entry, FieldError> {
        let body = pb::AcknowledgementRequest { what: request.what };
        self.ask(owner, Body::AcknowledgementRequest(body))
    }

    /// Moves a loop. Whether the step is possible, only the view can tell: ask
    /// [`CaseView::would_reject`](crate::CaseView::would_reject).
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn transition(self, transition: Transition) -> Result<pb::Entry, FieldError> {
        self.finish(Body::Transition(transition.into()))
    }

    /// Says what was delivered, read and acknowledged.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn receipt(self, receipt: Receipt) -> Result<pb::Entry, FieldError> {
        self.finish(Body::Receipt(receipt.into()))
    }

    /// Replaces or withdraws an earlier entry of the same person.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn correction(self, correction: Correction) -> Result<pb::Entry, FieldError> {
        self.finish(Body::Correction(correction.into()))
    }

    /// Shares earlier entries of this case with newcomers.
    ///
    /// # Errors
    /// The field that is missing or malformed; too long if it does not fit into one message.
    pub fn history(
        self,
        entries: Vec<pb::RelayedEntry>,
        remaining: u32,
    ) -> Result<pb::Entry, FieldError> {
        self.history_for(&[], entries, Vec::new(), remaining)
    }

    /// Shares earlier entries of this case with some of its people, and says which ones they are
    /// not given.
    ///
    /// # Errors
    /// The field that is missing or malformed; too long if it does not fit into one message.
    pub fn history_for(
        self,
        recipients: &[PractitionerName],
        entries: Vec<pb::RelayedEntry>,
        withheld: Vec<pb::WithheldEntry>,
        remaining: u32,
    ) -> Result<pb::Entry, FieldError> {
        self.finish(Body::History(pb::History {
            entries,
            remaining,
            recipients: recipients.iter().map(ToString::to_string).collect(),
            withheld,
        }))
    }

    /// Shares entries of a conversation with a partner into this case.
    ///
    /// # Errors
    /// The field that is missing or malformed; too long if it does not fit into one message.
    pub fn relayed(
        self,
        conversation: CaseId,
        entries: Vec<pb::RelayedEntry>,
    ) -> Result<pb::Entry, FieldError> {
        self.finish(Body::Relayed(pb::Relayed {
            conversation_id: conversation.into(),
            entries,
        }))
    }

    fn ask(mut self, owner: SeatId, body: Body) -> Result<pb::Entry, FieldError> {
        self.owner = Some(owner);
        self.acknowledge_by
            .get_or_insert_with(|| acknowledge_by(self.priority, self.authored_at));
        self.finish(body)
    }

    fn finish(self, body: Body) -> Result<pb::Entry, FieldError> {
        let needs_seat = !matches!(
            body,
            Body::CaseOpened(_) | Body::Receipt(_) | Body::History(_)
        );
        if needs_seat && self.seat.is_none() {
            return Err(Problem::Missing.of("author.seat_id"));
        }
        let mut entry = pb::Entry {
            id: self.id.into(),
            case_id: self.case.into(),
            author: Some(pb::Author {
                practitioner_id: self.author.name.practitioner.into(),
                organisation: self.author.name.organisation.into(),
                display_name: self.author.display_name,
                seat_id: self.seat.map(Bytes::from).unwrap_or_default(),
            }),
            authored_at: Some(to_proto_time(self.authored_at)),
            language: self.language.tag().to_owned(),
            priority: self.priority.to_wire(),
            acknowledge_by: self.acknowledge_by.map(to_proto_time),
            owner_seat: self.owner.map(Bytes::from).unwrap_or_default(),
            audience: self.audience.into_iter().map(Bytes::from).collect(),
            in_reply_to: self.in_reply_to.map(Bytes::from).unwrap_or_default(),
            supersedes: self.supersedes.map(Bytes::from).unwrap_or_default(),
            sensitivity: self.sensitivity.to_wire(),
            kept: self.kept.into_iter().map(IdentifierKind::to_wire).collect(),
            fallback: String::new(),
            r#type: wire::type_name(&body).to_owned(),
            type_version: TYPE_VERSION,
            body: Some(body),
        };
        let statement = Statement::parse(&entry)?;
        entry.fallback = plain_text(&statement.content, self.language);
        if !is_shareable(&entry) {
            let max = max_bytes(&entry);
            return Err(Problem::TooLong { max }.of("entry"));
        }
        Ok(entry)
    }
}
