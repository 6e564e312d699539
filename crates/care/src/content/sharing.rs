//! What is copied into a conversation with a partner or the patient, and how that ends.

use std::fmt;

use relais_types::{OrgDomain, SeatId, Timestamp};
use serde::Serialize;

use super::{FileDigest, redacted};
use crate::{AccessEndedCause, InformationClass};

/// Copies what somebody said elsewhere, as consent allows.
///
/// Signed by whoever shares it. The hashes lead those who hold the original back to it, and tell
/// nothing to anybody else; see [`Reference`].
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Excerpt {
    /// What is shared.
    pub text: String,
    /// The sorts of information that it is; at least one.
    pub classes: Vec<InformationClass>,
    /// Who said it.
    pub author_display_name: String,
    /// The organisation from whose seat they said it.
    pub organisation: OrgDomain,
    /// That organisation's name as people know it.
    pub organisation_display_name: String,
    /// When they said it.
    pub said_at: Timestamp,
    /// What it may be used for; empty if it is shared with the patient.
    pub purpose: String,
    /// The original.
    pub original: Reference,
    /// SHA-256 of what its author signed, bound to the conversation.
    pub original_digest: FileDigest,
    /// The consents by which it is shared; none if it is shared with the patient alone.
    pub consents: Vec<Reference>,
}

/// An entry of another conversation, named so that only those who hold it know which.
pub type Reference = FileDigest;

/// Somebody's access to a conversation ends: no consent lets them be told any more.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct AccessEnded {
    /// The seats that fall vacant; at least one.
    pub seats: Vec<SeatId>,
    /// Why.
    pub cause: AccessEndedCause,
    /// Whether nobody is left to talk to.
    pub conversation_ends: bool,
}

redacted!(Excerpt, AccessEnded);
