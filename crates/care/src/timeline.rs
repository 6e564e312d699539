//! The timeline: every entry but receipts and history, in the order of the log.

use std::{borrow::Cow, fmt};

use relais_types::{EntryId, PractitionerName, SeatId, Timestamp};
use serde::Serialize;

use crate::{Content, Envelope, Language, Receipts, Rejected, SeatRole, compose::plain_text};

/// One entry as members see it.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct TimelineItem {
    /// The entry.
    pub id: EntryId,
    /// Its number in the log.
    pub seq: u64,
    /// When the server accepted it.
    pub accepted_at: Timestamp,
    /// Who signed it.
    pub author: AuthorView,
    /// What every entry carries.
    #[serde(flatten)]
    pub envelope: Envelope,
    /// What it says.
    pub content: Content,
    /// The whole entry as plain text as its author's software wrote it, without control
    /// characters; [`TimelineItem::text`] is what to show.
    pub fallback: String,
    /// Set if the entry has no effect.
    pub rejected: Option<Rejected>,
    /// Set if its author corrected or withdrew it; the last one counts.
    pub amendment: Option<Amendment>,
    /// Set if a later entry replaces it; the last one counts.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub superseded_by: Option<EntryId>,
    /// Who has it.
    pub receipts: Receipts,
}

impl TimelineItem {
    /// The text to show: as corrected, empty if withdrawn, else what it says.
    ///
    /// What it says is told from the content, in the reader's `language` around the author's
    /// own words; the fallback, which could say something else, serves only where the content
    /// is unknown or malformed.
    pub fn text(&self, language: Language) -> Cow<'_, str> {
        match (&self.amendment, &self.content) {
            (Some(amendment), _) => Cow::Borrowed(&amendment.replacement),
            (None, Content::Unknown | Content::Malformed) if self.fallback.is_empty() => {
                Cow::Borrowed(&self.envelope.type_name)
            }
            (None, Content::Unknown | Content::Malformed) => Cow::Borrowed(&self.fallback),
            (None, content) => Cow::Owned(plain_text(content, language)),
        }
    }

    /// Whether its author withdrew it.
    pub fn is_withdrawn(&self) -> bool {
        self.amendment
            .as_ref()
            .is_some_and(|amendment| amendment.replacement.is_empty())
    }

    /// Whether readers owe a receipt for it; see [`Content::deserves_receipt`].
    ///
    /// Rejected entries are owed none: they say nothing to anybody.
    pub const fn deserves_receipt(&self) -> bool {
        self.rejected.is_none() && self.content.deserves_receipt()
    }

    /// Whether it is addressed to `seat`.
    pub fn addresses(&self, seat: SeatId) -> bool {
        self.envelope.audience.is_empty()
            || self.envelope.audience.contains(&seat)
            || self.envelope.owner_seat == Some(seat)
    }
}

/// Person, seat and organisation of an author, as the team knew them.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct AuthorView {
    /// The person, as verified by signature and certificate.
    pub name: PractitionerName,
    /// The name the team gives them; what they call themselves if they hold no seat.
    pub display_name: String,
    /// The seat they act from.
    pub seat: Option<SeatId>,
    /// What that seat stands for.
    pub role: Option<SeatRole>,
    /// The organisation's name as people know it; empty without a seat.
    pub organisation_display_name: String,
}

/// A correction or withdrawal; the original stays in the item as a tombstone.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Amendment {
    /// The correction.
    pub entry: EntryId,
    /// Its number in the log.
    pub seq: u64,
    /// Why.
    pub reason: String,
    /// What stands instead; empty if withdrawn.
    pub replacement: String,
}

impl fmt::Debug for TimelineItem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TimelineItem")
            .field("seq", &self.seq)
            .field("id", &self.id)
            .field("content", &self.content)
            .field("rejected", &self.rejected)
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for AuthorView {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "AuthorView({})", self.name)
    }
}

impl fmt::Debug for Amendment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Amendment({})", self.entry)
    }
}
