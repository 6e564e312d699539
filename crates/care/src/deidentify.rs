//! Looks for what could tell who a patient is in words for a group that has none.
//!
//! It knows the patients of the reader's own cases, and what identifiers look like: exact dates,
//! health card and telephone numbers, e-mail addresses, postal codes. It finds more than there
//! is, and less: a person who knows the patient still has to read what they send.

use std::{collections::BTreeSet, ops::Range};

use serde::Serialize;

use crate::{IdentifierKind, Patient};

/// Words within names that tell nobody.
const PARTICLES: [&str; 14] = [
    "van", "von", "der", "den", "del", "della", "las", "los", "les", "des", "saint", "sainte",
    "the", "and",
];

/// Months in English and French, without accents.
const MONTHS: [&str; 24] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "janvier",
    "fevrier",
    "mars",
    "avril",
    "mai",
    "juin",
    "juillet",
    "aout",
    "septembre",
    "octobre",
    "novembre",
    "decembre",
];

/// What can tell who the patients of one's own cases are.
#[derive(Clone, Debug, Default)]
pub struct Identifiers {
    /// Parts of names, folded.
    names: BTreeSet<String>,
}

/// A part of a text that can tell who a patient is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Marked {
    /// Where it stands, in bytes.
    pub range: Range<usize>,
    /// What it looks like.
    pub kind: IdentifierKind,
}

/// A word, a number or a sign, and where it stands.
struct Token<'a> {
    text: &'a str,
    range: Range<usize>,
}

impl Identifiers {
    /// Those of these patients. Their dates of birth need no list: every exact date is marked.
    pub fn of<'a>(patients: impl IntoIterator<Item = &'a Patient>) -> Self {
        let parts = |patient: &'a Patient| words(&patient.display_name).map(|word| fold(word.text));
        let names = patients.into_iter().flat_map(parts);
        let tells = |part: &String| part.chars().count() > 2 && !PARTICLES.contains(&&**part);
        Self {
            names: names.filter(tells).collect(),
        }
    }

    /// What in `text` can tell who a patient is, in its order.
    pub fn find(&self, text: &str) -> Vec<Marked> {
        let mut marks: Vec<Marked> = Vec::new();
        let names = words(text).filter(|word| self.names.contains(&fold(word.text)));
        marks.extend(names.map(|word| Marked {
            range: word.range,
            kind: IdentifierKind::PatientName,
        }));
        marks.extend(emails(text));
        marks.extend(written_dates(text));
        marks.extend(postal_codes(text));
        marks.extend(numbers(text));
        marks.sort_by_key(|mark| (mark.range.start, mark.range.end));
        // What is part of an address, a number or a date already is not told twice.
        let mut kept: Vec<Marked> = Vec::new();
        for mark in marks {
            match kept.last_mut() {
                Some(last) if mark.range.start < last.range.end => {
                    if mark.range.end > last.range.end {
                        last.range.end = mark.range.end;
                    }
                }
                _ => kept.push(mark),
            }
        }
        kept
    }
}

/// Words of letters.
fn words(text: &str) -> impl Iterator<Item = Token<'_>> {
    tokens(text).filter(|token| token.text.chars().all(char::is_alphabetic))
}

/// Runs of letters and runs of digits.
fn tokens(text: &str) -> impl Iterator<Item = Token<'_>> {
    let sort = |c: char| (c.is_alphabetic(), c.is_ascii_digit());
    let mut at = 0;
    std::iter::from_fn(move || {
        let rest = &text[at..];
        let skipped = rest.find(|c: char| sort(c) != (false, false))?;
        let start = at + skipped;
        let first = text[start..].chars().next()?;
        let length = text[start..]
            .find(|c: char| sort(c) != sort(first))
            .unwrap_or(text.len() - start);
        at = start + length;
        Some(Token {
            text: &text[start..at],
            range: start..at,
        })
    })
}

/// Lower-case, and without the accents of French and its neighbours.
fn fold(word: &str) -> String {
    let plain = |c: char| match c {
        'à' | 'á' | 'â' | 'ä' | 'ã' | 'å' => 'a',
        'ç' => 'c',
        'è' | 'é' | 'ê' | 'ë' => 'e',
        'ì' | 'í' | 'î' | 'ï' => 'i',
        'ñ' => 'n',
        'ò' | 'ó' | 'ô' | 'ö' | 'õ' => 'o',
        'ù' | 'ú' | 'û' | 'ü' => 'u',
        'ÿ' | 'ý' => 'y',
        other => other,
    };
    word.chars()
        .flat_map(char::to_lowercase)
        .map(plain)
        .collect()
}

/// `name@place.tld`.
fn emails(text: &str) -> impl Iterator<Item = Marked> {
    let part = |c: char| c.is_alphanumeric() || matches!(c, '.' | '_' | '%' | '+' | '-');
    text.match_indices('@').filter_map(move |(at, _)| {
        let before = text[..at].chars().rev().take_while(|&c| part(c));
        let start = at - before.map(char::len_utf8).sum::<usize>();
        let after = text[at + 1..].chars().take_while(|&c| part(c));
        let end = at + 1 + after.map(char::len_utf8).sum::<usize>();
        let domain = text[at + 1..end].trim_end_matches('.');
        (start < at && domain.contains('.')).then_some(Marked {
            range: start..at + 1 + domain.len(),
            kind: IdentifierKind::Email,
        })
    })
}

/// `3 February 1951`, `February 3rd, 1951`, `1er mars 1951`.
fn written_dates(text: &str) -> Vec<Marked> {
    let tokens: Vec<Token<'_>> = tokens(text)
        .filter(|token| {
            !matches!(
                fold(token.text).as_str(),
                "er" | "st" | "nd" | "rd" | "th" | "of" | "de" // typos:ignore-line
            )
        })
        .collect();
    let month = |token: &Token<'_>| MONTHS.contains(&fold(token.text).as_str());
    let day = |token: &Token<'_>| {
        token
            .text
            .parse::<u8>()
            .is_ok_and(|day| (1..=31).contains(&day))
    };
    let date = |three: &&[Token<'_>]| {
        let [first, second, third] = three else {
            return false;
        };
        is_year(third.text) && ((day(first) && month(second)) || (month(first) && day(second)))
    };
    tokens
        .windows(3)
        .filter(date)
        .filter_map(|three| {
            Some(Marked {
                range: three.first()?.range.start..three.last()?.range.end,
                kind: IdentifierKind::BirthDate,
            })
        })
        .collect()
}

fn is_year(digits: &str) -> bool {
    digits.len() == 4 && matches!(digits.get(..2), Some("18" | "19" | "20"))
}

/// `H2J 3K4`.
fn postal_codes(text: &str) -> Vec<Marked> {
    let letters: Vec<(usize, char)> = text.char_indices().collect();
    let mut marks = Vec::new();
    for from in 0..letters.len() {
        let gap = usize::from(matches!(letters.get(from + 3), Some((_, ' ' | '-'))));
        let code = [0, 1, 2, 3 + gap, 4 + gap, 5 + gap].map(|n| letters.get(from + n));
        let fits = code.iter().enumerate().all(|(n, letter)| {
            letter.is_some_and(|(_, c)| {
                if n % 2 == 0 {
                    c.is_ascii_alphabetic()
                } else {
                    c.is_ascii_digit()
                }
            })
        });
        let alone = |at: Option<usize>| {
            let next = at.and_then(|at| letters.get(at));
            next.is_none_or(|(_, c)| !c.is_alphanumeric())
        };
        if fits && alone(from.checked_sub(1)) && alone(Some(from + 6 + gap)) {
            let start = letters[from].0;
            marks.push(Marked {
                range: start..start + 6 + gap,
                kind: IdentifierKind::PostalCode,
            });
        }
    }
    marks
}

/// Numbers of groups of digits with signs between them.
fn numbers(text: &str) -> Vec<Marked> {
    let digits: Vec<Token<'_>> = tokens(text)
        .filter(|token| token.text.starts_with(|c: char| c.is_ascii_digit()))
        .collect();
    let joins = |a: &Token<'_>, b: &Token<'_>| {
        let between = &text[a.range.end..b.range.start];
        let sign = |c: char| matches!(c, ' ' | '\u{a0}' | '-' | '.' | '/' | '(' | ')');
        between.chars().count() <= 2 && between.chars().all(sign)
    };
    digits
        .chunk_by(joins)
        .flat_map(|groups| number(text, groups))
        .collect()
}

/// What a number of groups of digits is taken for. A date may stand within a longer one.
fn number(text: &str, groups: &[Token<'_>]) -> Vec<Marked> {
    let date = groups.windows(3).find(|three| is_date(text, three));
    if let Some(three) = date {
        return mark(three, 0, IdentifierKind::BirthDate)
            .into_iter()
            .collect();
    }
    let lengths: Vec<usize> = groups.iter().map(|group| group.text.len()).collect();
    let all: usize = lengths.iter().sum();
    let start = groups.first().map_or(0, |first| first.range.start);
    let abroad = text[..start].ends_with('+');
    let kind = match lengths[..] {
        [3, 4] | [3, 3, 4] | [1, 3, 3, 4] => Some((0, IdentifierKind::Telephone)),
        _ if abroad && all >= 8 => Some((0, IdentifierKind::Telephone)),
        // Four letters and eight digits, as in Quebec.
        [8] | [4, 4] => card_letters(&text[..start]).map(|own| (own, IdentifierKind::HealthCard)),
        _ if (9..=12).contains(&all) => Some((0, IdentifierKind::HealthCard)),
        _ => None,
    };
    kind.and_then(|(before, kind)| mark(groups, before, kind))
        .into_iter()
        .collect()
}

fn mark(groups: &[Token<'_>], before: usize, kind: IdentifierKind) -> Option<Marked> {
    let (first, last) = (groups.first()?, groups.last()?);
    Some(Marked {
        range: first.range.start - before..last.range.end,
        kind,
    })
}

/// How many bytes four capital letters and what stands after them take at the end of `text`.
fn card_letters(text: &str) -> Option<usize> {
    let word = text.trim_end_matches([' ', '-', '\u{a0}']);
    let letters = word.rsplit(|c: char| !c.is_alphanumeric()).next()?;
    let four = letters.len() == 4 && letters.bytes().all(|byte| byte.is_ascii_uppercase());
    four.then(|| text.len() - word.len() + 4)
}

/// A year, a month and a day with the same sign between them, in an order that people use.
fn is_date(text: &str, three: &[Token<'_>]) -> bool {
    let [first, second, third] = three else {
        return false;
    };
    let sign =
        |a: &Token<'_>, b: &Token<'_>| text.get(a.range.end..b.range.start).map(str::to_owned);
    let signs = (sign(first, second), sign(second, third));
    let signed = matches!(signs.0.as_deref(), Some("-" | "/" | ".")) && signs.0 == signs.1;
    let within = |token: &Token<'_>, most: u8| {
        token.text.len() <= 2
            && token
                .text
                .parse::<u8>()
                .is_ok_and(|n| (1..=most).contains(&n))
    };
    let day_and_month = |a, b| (within(a, 31) && within(b, 12)) || (within(a, 12) && within(b, 31));
    signed
        && ((is_year(first.text) && day_and_month(second, third))
            || (is_year(third.text) && day_and_month(first, second)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn identifiers() -> Identifiers {
        let patient = |display_name: &str| Patient {
            display_name: display_name.to_owned(),
            birth_date: "1951-02-03".to_owned(),
            language: String::new(),
        };
        Identifiers::of(&[
            patient("Marguerite Lavoie-Côté"),
            patient("M. L."),
            patient("Jo van der Roy"),
        ])
    }

    fn found(text: &str) -> Vec<(IdentifierKind, &str)> {
        let marks = identifiers().find(text);
        marks
            .into_iter()
            .map(|mark| (mark.kind, &text[mark.range]))
            .collect()
    }

    #[test]
    fn identifiers_are_found_where_they_stand() {
        use IdentifierKind::{BirthDate, Email, HealthCard, PatientName, PostalCode, Telephone};
        for (text, expected) in [
            ("Mme LAVOIE, 74 ans", vec![(PatientName, "LAVOIE")]),
            (
                "chez Cote-Lavoie",
                vec![(PatientName, "Cote"), (PatientName, "Lavoie")],
            ),
            ("née le 1951-02-03.", vec![(BirthDate, "1951-02-03")]),
            ("born 03/02/1951", vec![(BirthDate, "03/02/1951")]),
            ("née le 1er mars 1951", vec![(BirthDate, "1er mars 1951")]),
            (
                "on February 3rd, 1951 at home",
                vec![(BirthDate, "February 3rd, 1951")],
            ),
            ("carte LAVM 5102 0312", vec![(HealthCard, "LAVM 5102 0312")]),
            ("LAVM51020312", vec![(HealthCard, "LAVM51020312")]),
            ("OHIP 1234-567-890", vec![(HealthCard, "1234-567-890")]),
            ("1234567890", vec![(HealthCard, "1234567890")]),
            (
                "call (514) 555-0199 now",
                vec![(Telephone, "514) 555-0199")],
            ),
            ("555-0199", vec![(Telephone, "555-0199")]),
            ("+33 1 42 68 53 00", vec![(Telephone, "33 1 42 68 53 00")]),
            (
                "écrire à m.lavoie@poste.example.",
                vec![(Email, "m.lavoie@poste.example")],
            ),
            ("habite H2J 3K4", vec![(PostalCode, "H2J 3K4")]),
            ("h2j3k4,", vec![(PostalCode, "h2j3k4")]),
        ] {
            assert_eq!(found(text), expected, "{text}");
        }
    }

    #[test]
    fn clinical_words_are_left_alone() {
        for text in [
            "TA 120/80, pouls 72, poids 64.2 kg",
            "furosemide 40 mg twice a day, K 5.4, eGFR 28",
            "woman of 74 years, since 2019, in March",
            "HbA1c 7.2 % and B12 210",
            "score 3/5, 10 sessions of 45 minutes",
            "the van der Waals radius",
        ] {
            assert_eq!(found(text), [], "{text}");
        }
    }

    proptest! {
        /// Marks stand in order, on the borders of letters, whatever the text.
        #[test]
        fn marks_are_parts_of_the_text(text in "[a-zA-Z0-9 éÉ@./()+\\-\u{1f600}]{0,60}") {
            let mut end = 0;
            for mark in identifiers().find(&text) {
                prop_assert!(mark.range.start >= end && mark.range.start < mark.range.end);
                prop_assert!(text.get(mark.range.clone()).is_some());
                end = mark.range.end;
            }
        }

        /// A name is found in whatever letters and between whatever words.
        #[test]
        fn a_patients_name_does_not_slip_through(before in "[ ,.!0-9]{0,5}", upper in any::<bool>()) {
            let name = if upper { "MARGUERITE" } else { "Marguerite" };
            let text = format!("{before} {name}, hier");
            prop_assert!(found(&text).iter().any(|(_, it)| it.contains(name)));
        }
    }
}
