//! Texts of the directory: what is accepted, and how it is searched.

use relais_types::{Error, Result};
use unicode_normalization::{UnicodeNormalization as _, char::is_combining_mark};

/// Most words of one search.
const MAX_WORDS: usize = 10;
/// Longest search in characters.
const MAX_QUERY: usize = 200;

/// A text of one line that must be there.
///
/// # Errors
/// `MALFORMED_FIELD` if it is empty, longer than `max` characters, or holds characters
/// that do not show or that change how their neighbours show.
pub(crate) fn required(field: &str, text: &str, max: usize) -> Result<String> {
    let text = line(field, text, max)?;
    if text.is_empty() {
        return Err(Error::malformed(field, "must not be empty"));
    }
    Ok(text)
}

/// A text of one line that may be empty.
///
/// # Errors
/// As [`required`], but for being empty.
pub(crate) fn line(field: &str, text: &str, max: usize) -> Result<String> {
    if text.contains('\n') {
        return Err(Error::malformed(field, "must be one line"));
    }
    paragraphs(field, text, max)
}

/// A text of any number of lines that may be empty.
///
/// # Errors
/// As [`line()`], but for having lines.
pub(crate) fn paragraphs(field: &str, text: &str, max: usize) -> Result<String> {
    let text = text.trim();
    if text.chars().count() > max {
        return Err(Error::malformed(
            field,
            format!("must be at most {max} characters"),
        ));
    }
    let deceptive = |c: char| (c.is_control() && c != '\n') || is_direction_or_invisible(c);
    if text.chars().any(deceptive) {
        return Err(Error::malformed(
            field,
            "must not hold control, invisible or text-direction characters",
        ));
    }
    Ok(text.to_owned())
}

/// Characters that make a name look like another one (Unicode TR 36 §3).
fn is_direction_or_invisible(c: char) -> bool {
    matches!(c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// A text as searches see it: without case, accents and compatibility forms, so that
/// `helene` finds `Hélène`. Byte order is then good enough to sort by.
pub(crate) fn fold(text: &str) -> String {
    text.nfkd()
        .filter(|c| !is_combining_mark(*c))
        .flat_map(char::to_lowercase)
        .collect()
}

/// The folded words of a search.
///
/// # Errors
/// `MALFORMED_FIELD` if it is too long or has too many words.
pub(crate) fn words(field: &str, query: &str) -> Result<Vec<String>> {
    if query.chars().count() > MAX_QUERY {
        return Err(Error::malformed(
            field,
            format!("must be at most {MAX_QUERY} characters"),
        ));
    }
    let words: Vec<_> = fold(query).split_whitespace().map(str::to_owned).collect();
    if words.len() > MAX_WORDS {
        return Err(Error::malformed(
            field,
            format!("must be at most {MAX_WORDS} words"),
        ));
    }
    Ok(words)
}

/// A language tag (BCP 47), checked for its form only.
///
/// # Errors
/// `MALFORMED_FIELD` if it is no tag.
pub(crate) fn language(field: &str, tag: &str) -> Result<String> {
    let subtag = |part: &str| {
        (1..=8).contains(&part.len()) && part.bytes().all(|byte| byte.is_ascii_alphanumeric())
    };
    let primary = tag.split('-').next().unwrap_or_default();
    let well_formed = tag.len() <= 35
        && (2..=8).contains(&primary.len())
        && primary.bytes().all(|byte| byte.is_ascii_alphabetic())
        && tag.split('-').all(subtag);
    if !well_formed {
        return Err(Error::malformed(
            field,
            "must be a BCP 47 language tag, such as fr or en-CA",
        ));
    }
    Ok(tag.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding_forgets_case_and_accents() {
        assert_eq!(fold("Hélène LÉVESQUE"), "helene levesque");
        assert_eq!(fold("He\u{301}le\u{300}ne"), "helene");
        assert_eq!(fold("ﬁn"), "fin");
    }

    #[test]
    fn deceptive_texts_are_refused() {
        for bad in ["", "  ", "a\0b", "a\u{202e}b", "a\nb", "\u{200b}", "xxxxx"] {
            assert!(required("name", bad, 4).is_err(), "{bad:?}");
        }
        assert_eq!(required("name", " É’x ", 4).as_deref(), Ok("É’x"));
        assert!(paragraphs("text", "a\nb", 4).is_ok());
    }

    #[test]
    fn language_tags_have_a_form() {
        for good in ["fr", "en-CA", "zh-Hant-TW", "moh"] {
            assert!(language("language", good).is_ok(), "{good}");
        }
        for bad in ["", "f", "fr-", "fr_CA", "1a", "français", "a' OR 1=1"] {
            assert!(language("language", bad).is_err(), "{bad}");
        }
    }
}
