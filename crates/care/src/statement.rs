//! An entry as domain types.

use std::fmt;

use relais_proto::care as pb;
use relais_types::{CaseId, EntryId, PractitionerName, SeatId, Timestamp};
use serde::Serialize;

use crate::{
    Content, FieldError, IdentifierKind, Priority, Problem, Sensitivity,
    field::{self, MAX_LIST},
    wire,
};

/// Who the entry says its author is. The reducer compares it with the verified author.
#[derive(Clone, PartialEq, Eq)]
pub struct Claim {
    /// The person.
    pub practitioner: PractitionerName,
    /// The person's name at the time of writing.
    pub display_name: String,
    /// The seat they act from.
    pub seat: Option<SeatId>,
}

/// What every entry carries around its content.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Envelope {
    /// Type of the content, such as `relais.care.v1.Referral`.
    #[serde(rename = "type")]
    pub type_name: String,
    /// Version of that type, counting from 1.
    pub type_version: u32,
    /// The author's clock; shown, never used to order or to decide.
    pub authored_at: Option<Timestamp>,
    /// Language of the text, BCP 47; may be empty.
    pub language: String,
    /// How soon it matters.
    pub priority: Priority,
    /// When the owner seat should have acknowledged.
    pub acknowledge_by: Option<Timestamp>,
    /// The one seat that is accountable for what is asked.
    pub owner_seat: Option<SeatId>,
    /// Seats that are informed; empty means the whole team.
    pub audience: Vec<SeatId>,
    /// The entry this one answers.
    pub in_reply_to: Option<EntryId>,
    /// The entry this one replaces.
    pub supersedes: Option<EntryId>,
    /// Who outside the team may ever see it.
    pub sensitivity: Sensitivity,
    /// Marks of a check for identifiers of which the author says that they are none.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub kept: Vec<IdentifierKind>,
}

/// A well-formed entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// Its id.
    pub id: EntryId,
    /// The case it was written for.
    pub case: CaseId,
    /// Who says so.
    pub claim: Claim,
    /// What every entry carries.
    pub envelope: Envelope,
    /// What it says.
    pub content: Content,
}

impl Statement {
    /// Reads an entry.
    ///
    /// # Errors
    /// The first field that is missing or malformed. An unknown type is not an error: its
    /// content is [`Content::Unknown`].
    pub fn parse(entry: &pb::Entry) -> Result<Self, FieldError> {
        let author = entry.author.as_ref().ok_or(Problem::Missing.of("author"))?;
        let statement = Self {
            id: field::id("id", &entry.id)?,
            case: field::id("case_id", &entry.case_id)?,
            claim: Claim::parse(author)?,
            envelope: Envelope::parse(entry)?,
            content: wire::read_content(entry)?,
        };
        if statement.content.asks().is_some() && statement.envelope.owner_seat.is_none() {
            return Err(Problem::Missing.of("owner_seat"));
        }
        Ok(statement)
    }
}

impl Claim {
    fn parse(author: &pb::Author) -> Result<Self, FieldError> {
        Ok(Self {
            practitioner: field::practitioner(
                "author.practitioner_id",
                &author.practitioner_id,
                "author.organisation",
                &author.organisation,
            )?,
            display_name: field::line("author.display_name", &author.display_name)?,
            seat: field::optional_id("author.seat_id", &author.seat_id)?,
        })
    }
}

impl Envelope {
    fn parse(entry: &pb::Entry) -> Result<Self, FieldError> {
        Ok(Self {
            type_name: field::line("type", &entry.r#type)?,
            type_version: entry.type_version,
            authored_at: field::optional_time("authored_at", entry.authored_at.as_ref())?,
            language: field::language("language", &entry.language)?,
            priority: Priority::from_wire(entry.priority).unwrap_or(Priority::Routine),
            acknowledge_by: field::optional_time("acknowledge_by", entry.acknowledge_by.as_ref())?,
            owner_seat: field::optional_id("owner_seat", &entry.owner_seat)?,
            audience: field::list("audience", &entry.audience, MAX_LIST, |seat| {
                field::id("audience", seat)
            })?,
            in_reply_to: field::optional_id("in_reply_to", &entry.in_reply_to)?,
            supersedes: field::optional_id("supersedes", &entry.supersedes)?,
            sensitivity: sensitivity(entry.sensitivity),
            // A kind of a later version is none that this one looks for.
            kept: field::list("kept", &entry.kept, MAX_LIST, |&kind| {
                Ok(IdentifierKind::from_wire(kind))
            })?
            .into_iter()
            .flatten()
            .collect(),
        })
    }

    /// The author's clock, if it can be read.
    pub(crate) fn claimed_time(entry: &pb::Entry) -> Option<Timestamp> {
        field::optional_time("authored_at", entry.authored_at.as_ref()).unwrap_or_default()
    }

    /// What can be told of an entry that is malformed.
    pub(crate) fn salvage(entry: &pb::Entry) -> Self {
        Self {
            type_name: field::line("type", &entry.r#type).unwrap_or_default(),
            type_version: entry.type_version,
            authored_at: None,
            language: field::language("language", &entry.language).unwrap_or_default(),
            priority: Priority::Routine,
            acknowledge_by: None,
            owner_seat: None,
            audience: Vec::new(),
            in_reply_to: None,
            supersedes: None,
            sensitivity: sensitivity(entry.sensitivity),
            kept: Vec::new(),
        }
    }
}

/// Not said is normal; a word that we do not know yet must not lead to sharing.
fn sensitivity(number: i32) -> Sensitivity {
    match number {
        0 => Sensitivity::Normal,
        known => Sensitivity::from_wire(known).unwrap_or(Sensitivity::Restricted),
    }
}

impl fmt::Debug for Claim {
    /// Never shows a person's name.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Claim({}, {:?})", self.practitioner, self.seat)
    }
}
