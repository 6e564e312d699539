//! What is copied into another conversation, and how that ends, as messages and back.

use bytes::Bytes;
use relais_proto::{care as pb, to_proto_time};

use super::{Result, all};
use crate::{
    AccessEnded, AccessEndedCause, Excerpt, FileDigest, InformationClass, Problem,
    field::{self, MAX_LIST},
};

pub(super) fn excerpt(body: &pb::Excerpt) -> Result<Excerpt> {
    if body.classes.is_empty() {
        return Err(Problem::Missing.of("excerpt.classes"));
    }
    Ok(Excerpt {
        text: field::copy("excerpt.text", &body.text)?,
        classes: classes("excerpt.classes", &body.classes)?,
        author_display_name: field::line("excerpt.author_display_name", &body.author_display_name)?,
        organisation: field::name("excerpt.organisation", &body.organisation)?,
        organisation_display_name: field::line(
            "excerpt.organisation_display_name",
            &body.organisation_display_name,
        )?,
        said_at: field::time("excerpt.said_time", body.said_time.as_ref())?,
        purpose: field::optional_prose("excerpt.purpose", &body.purpose)?,
        original: digest("excerpt.original", &body.original)?,
        original_digest: digest("excerpt.original_digest", &body.original_digest)?,
        consents: field::list("excerpt.consents", &body.consents, MAX_LIST, |consent| {
            digest("excerpt.consents", consent)
        })?,
    })
}

pub(super) fn access_ended(body: &pb::AccessEnded) -> Result<AccessEnded> {
    if body.seats.is_empty() {
        return Err(Problem::Missing.of("access_ended.seats"));
    }
    Ok(AccessEnded {
        seats: field::list("access_ended.seats", &body.seats, MAX_LIST, |seat| {
            field::id("access_ended.seats", seat)
        })?,
        cause: field::word(
            "access_ended.cause",
            body.cause,
            AccessEndedCause::from_wire,
        )?,
        conversation_ends: body.conversation_ends,
    })
}

pub(super) fn classes(field: &'static str, numbers: &[i32]) -> Result<Vec<InformationClass>> {
    field::list(field, numbers, MAX_LIST, |&class| {
        field::word(field, class, InformationClass::from_wire)
    })
}

/// The 32 bytes of a SHA-256.
pub(super) fn digest(field: &'static str, bytes: &[u8]) -> Result<FileDigest> {
    if bytes.is_empty() {
        return Err(Problem::Missing.of(field));
    }
    let digest: [u8; 32] = bytes
        .try_into()
        .map_err(|_| Problem::NotADigest.of(field))?;
    Ok(FileDigest::from_bytes(digest))
}

impl From<Excerpt> for pb::Excerpt {
    fn from(excerpt: Excerpt) -> Self {
        let bytes = |digest: FileDigest| Bytes::copy_from_slice(digest.as_bytes());
        Self {
            text: excerpt.text,
            classes: excerpt
                .classes
                .into_iter()
                .map(InformationClass::to_wire)
                .collect(),
            author_display_name: excerpt.author_display_name,
            organisation: excerpt.organisation.into(),
            organisation_display_name: excerpt.organisation_display_name,
            said_time: Some(to_proto_time(excerpt.said_at)),
            purpose: excerpt.purpose,
            original: bytes(excerpt.original),
            original_digest: bytes(excerpt.original_digest),
            consents: excerpt.consents.into_iter().map(bytes).collect(),
        }
    }
}

impl From<AccessEnded> for pb::AccessEnded {
    fn from(ended: AccessEnded) -> Self {
        Self {
            seats: all(ended.seats),
            cause: ended.cause.to_wire(),
            conversation_ends: ended.conversation_ends,
        }
    }
}
