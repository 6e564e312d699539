//! Reading single fields: what a text, an id or a time must be like.

use bytes::Bytes;
use relais_types::{EntryId, OrgDomain, PractitionerName, Timestamp};

/// Longest single line, in characters.
pub(crate) const MAX_LINE: usize = 200;
/// Longest prose, in characters.
pub(crate) const MAX_PROSE: usize = 5_000;
/// Longest copy of what an entry says, in characters: it may hold several of its texts.
pub(crate) const MAX_COPY: usize = 20_000;
/// Most elements of a list of words or seats.
pub(crate) const MAX_LIST: usize = 50;
/// Most entries that one receipt covers in each of its lists; more than that takes several.
pub const MAX_RECEIPT_ENTRIES: usize = 1_000;

/// A field that is missing or not what it must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{field} {problem}")]
pub struct FieldError {
    /// The field's path within the entry, such as `consult.question`.
    pub field: &'static str,
    /// What is wrong with it.
    pub problem: Problem,
}

/// What is wrong with a field; completes "the field …".
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is required and empty.
    #[error("is required")]
    Missing,
    /// It is longer than the catalogue allows, in characters or elements.
    #[error("must be at most {max} long")]
    TooLong {
        /// The most that is allowed.
        max: usize,
    },
    /// It holds control characters, or direction marks that can disguise a name.
    #[error("must be plain text without control characters")]
    NotPlainText,
    /// It is not 16 bytes.
    #[error("must be an id of 16 bytes")]
    NotAnId,
    /// It is not a SHA-256.
    #[error("must be a SHA-256 of 32 bytes")]
    NotADigest,
    /// It is outside the years 1 to 9999.
    #[error("must be a time between the years 1 and 9999")]
    NotATime,
    /// It is not a name of the expected form.
    #[error("is not well-formed")]
    NotWellFormed,
    /// It is not a word of its closed set: a later version may know it.
    #[error("is not a known value")]
    UnknownValue,
    /// It contradicts another part of the same entry.
    #[error("contradicts another part of the entry")]
    Inconsistent,
    /// It ends before it begins.
    #[error("must end after it begins")]
    Reversed,
}

impl Problem {
    pub(crate) const fn of(self, field: &'static str) -> FieldError {
        FieldError {
            field,
            problem: self,
        }
    }
}

type Result<T> = std::result::Result<T, FieldError>;

/// A required single line.
pub(crate) fn line(field: &'static str, text: &str) -> Result<String> {
    required(field, optional_line(field, text)?)
}

/// A single line that may be empty.
pub(crate) fn optional_line(field: &'static str, text: &str) -> Result<String> {
    plain(field, text, MAX_LINE, |c| !c.is_control() && !is_bidi(c))
}

/// Required text of any number of lines.
pub(crate) fn prose(field: &'static str, text: &str) -> Result<String> {
    required(field, optional_prose(field, text)?)
}

/// Text of any number of lines that may be empty.
pub(crate) fn optional_prose(field: &'static str, text: &str) -> Result<String> {
    plain(field, text, MAX_PROSE, is_prose)
}

/// Required text that may be a whole entry in words.
pub(crate) fn copy(field: &'static str, text: &str) -> Result<String> {
    required(field, plain(field, text, MAX_COPY, is_prose)?)
}

/// Text from a type that we do not know, or that is malformed: shown, so made harmless.
pub(crate) fn salvage_prose(text: &str) -> String {
    text.chars()
        .filter(|&c| is_prose(c))
        .take(MAX_PROSE)
        .collect()
}

/// A list within its bounds.
pub(crate) fn list<T, U>(
    field: &'static str,
    items: &[T],
    max: usize,
    read: impl Fn(&T) -> Result<U>,
) -> Result<Vec<U>> {
    if items.len() > max {
        return Err(Problem::TooLong { max }.of(field));
    }
    items.iter().map(read).collect()
}

/// An id that must be there.
pub(crate) fn id<T>(field: &'static str, bytes: &[u8]) -> Result<T>
where
    T: for<'a> TryFrom<&'a [u8]>,
{
    if bytes.is_empty() {
        return Err(Problem::Missing.of(field));
    }
    T::try_from(bytes).map_err(|_| Problem::NotAnId.of(field))
}

/// An id that may be absent.
pub(crate) fn optional_id<T>(field: &'static str, bytes: &[u8]) -> Result<Option<T>>
where
    T: for<'a> TryFrom<&'a [u8]>,
{
    (!bytes.is_empty()).then(|| id(field, bytes)).transpose()
}

/// A list of entries, as a receipt has it.
pub(crate) fn entries(field: &'static str, items: &[Bytes]) -> Result<Vec<EntryId>> {
    list(field, items, MAX_RECEIPT_ENTRIES, |bytes| id(field, bytes))
}

/// A time that may be absent.
pub(crate) fn optional_time(
    field: &'static str,
    time: Option<&prost_types::Timestamp>,
) -> Result<Option<Timestamp>> {
    time.map(|time| {
        relais_proto::from_proto_time(field, time).map_err(|_| Problem::NotATime.of(field))
    })
    .transpose()
}

/// A time that must be there.
pub(crate) fn time(
    field: &'static str,
    time: Option<&prost_types::Timestamp>,
) -> Result<Timestamp> {
    optional_time(field, time)?.ok_or(Problem::Missing.of(field))
}

/// A word of a closed set that must be there; 0 is the wire's "unspecified".
pub(crate) fn word<T>(
    field: &'static str,
    number: i32,
    from_wire: impl Fn(i32) -> Option<T>,
) -> Result<T> {
    optional_word(field, number, from_wire)?.ok_or(Problem::Missing.of(field))
}

/// A word of a closed set that may be absent.
pub(crate) fn optional_word<T>(
    field: &'static str,
    number: i32,
    from_wire: impl Fn(i32) -> Option<T>,
) -> Result<Option<T>> {
    match number {
        0 => Ok(None),
        number => from_wire(number)
            .map(Some)
            .ok_or(Problem::UnknownValue.of(field)),
    }
}

/// A media type without parameters (RFC 6838 §4.2).
pub(crate) fn media_type(field: &'static str, text: &str) -> Result<String> {
    let token = |part: &str| {
        part.starts_with(|c: char| c.is_ascii_alphanumeric())
            && part.len() <= 127
            && part
                .bytes()
                .all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b))
    };
    if text.is_empty() {
        return Err(Problem::Missing.of(field));
    }
    match text.split_once('/') {
        Some((kind, subtype)) if token(kind) && token(subtype) => Ok(text.to_owned()),
        _ => Err(Problem::NotWellFormed.of(field)),
    }
}

/// A code that an organisation chose.
pub(crate) fn code(field: &'static str, text: &str) -> Result<String> {
    if text.is_empty() {
        return Err(Problem::Missing.of(field));
    }
    let well_formed = text.len() <= 40
        && text.starts_with(|c: char| c.is_ascii_lowercase())
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_');
    if well_formed {
        Ok(text.to_owned())
    } else {
        Err(Problem::NotWellFormed.of(field))
    }
}

/// A name with a grammar, such as a domain.
pub(crate) fn name<T: std::str::FromStr>(field: &'static str, text: &str) -> Result<T> {
    if text.is_empty() {
        return Err(Problem::Missing.of(field));
    }
    text.parse().map_err(|_| Problem::NotWellFormed.of(field))
}

/// A name with a grammar that may be absent.
pub(crate) fn optional_name<T: std::str::FromStr>(
    field: &'static str,
    text: &str,
) -> Result<Option<T>> {
    (!text.is_empty()).then(|| name(field, text)).transpose()
}

/// A person's qualified name from its two parts.
pub(crate) fn practitioner(
    id_field: &'static str,
    id_bytes: &[u8],
    domain_field: &'static str,
    domain: &str,
) -> Result<PractitionerName> {
    Ok(PractitionerName {
        practitioner: id(id_field, id_bytes)?,
        organisation: name::<OrgDomain>(domain_field, domain)?,
    })
}

/// A BCP 47 tag or nothing (RFC 5646 §2.1: letters, digits and hyphens).
pub(crate) fn language(field: &'static str, tag: &str) -> Result<String> {
    let well_formed = tag.len() <= 35
        && tag.split('-').all(|part| {
            (1..=8).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphanumeric())
        });
    if tag.is_empty() || well_formed {
        Ok(tag.to_owned())
    } else {
        Err(Problem::NotWellFormed.of(field))
    }
}

/// An ISO 8601 calendar date (`YYYY-MM-DD`) that must be there.
pub(crate) fn required_date(field: &'static str, text: &str) -> Result<String> {
    required(field, date(field, text)?)
}

/// An ISO 8601 calendar date (`YYYY-MM-DD`) or nothing.
pub(crate) fn date(field: &'static str, text: &str) -> Result<String> {
    let well_formed = text.len() == 10 && text.parse::<jiff::civil::Date>().is_ok();
    if text.is_empty() || well_formed {
        Ok(text.to_owned())
    } else {
        Err(Problem::NotWellFormed.of(field))
    }
}

fn required(field: &'static str, text: String) -> Result<String> {
    if text.trim().is_empty() {
        Err(Problem::Missing.of(field))
    } else {
        Ok(text)
    }
}

fn plain(
    field: &'static str,
    text: &str,
    max: usize,
    allowed: impl Fn(char) -> bool,
) -> Result<String> {
    if text.chars().count() > max {
        return Err(Problem::TooLong { max }.of(field));
    }
    if text.chars().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err(Problem::NotPlainText.of(field))
    }
}

/// Lines and tabs, and no other control character: an escape sequence must not reach a terminal.
fn is_prose(c: char) -> bool {
    c == '\n' || c == '\t' || !(c.is_control() || is_override(c))
}

/// Characters that change the direction of what follows (Unicode Bidirectional Algorithm,
/// UAX #9 §2) and can make one name look like another.
const fn is_bidi(c: char) -> bool {
    matches!(c, '\u{200e}' | '\u{200f}' | '\u{061c}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Those of them that force a direction against the letters' own.
const fn is_override(c: char) -> bool {
    matches!(c, '\u{202d}' | '\u{202e}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_cannot_be_disguised() {
        for bad in ["a\nb", "a\u{0}b", "ab\u{202e}cd", "a\u{1b}[31m"] {
            assert_eq!(
                line("title", bad),
                Err(Problem::NotPlainText.of("title")),
                "{bad:?}"
            );
        }
        assert_eq!(
            line("title", " \u{a0}"),
            Err(Problem::Missing.of("title")),
            "blank"
        );
        assert!(line("title", "Évaluation – Mme Côté").is_ok());
    }

    #[test]
    fn prose_keeps_lines_and_loses_escapes() {
        assert!(prose("text", "one\n\ttwo").is_ok());
        assert!(prose("text", "\u{1b}[2J").is_err());
        assert_eq!(salvage_prose("a\u{1b}[2Jb\nc"), "a[2Jb\nc");
        assert_eq!(
            prose("text", &"é".repeat(MAX_PROSE + 1)),
            Err(Problem::TooLong { max: MAX_PROSE }.of("text"))
        );
    }

    #[test]
    fn dates_and_languages() {
        assert!(date("birth_date", "1948-02-29").is_ok());
        assert!(date("birth_date", "1949-02-29").is_err());
        assert!(date("birth_date", "19490228").is_err());
        assert!(language("language", "fr-CA").is_ok());
        assert!(language("language", "fr_CA").is_err());
        assert!(language("language", "-").is_err());
    }
}
