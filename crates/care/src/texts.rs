//! What Relais says itself, in the languages that it speaks.
//!
//! The sentences stand in [Fluent](https://projectfluent.org) files, one folder per language,
//! so that a translator needs no Rust. Each crate that speaks has its own [`Texts`].

use std::{borrow::Cow, sync::LazyLock};

use fluent_bundle::{FluentArgs, FluentError, FluentResource, concurrent::FluentBundle};

use crate::Language;

pub use fluent_bundle::FluentValue as Value;

/// First strong isolate: what follows has a direction of its own (Unicode UAX #9 §2.4).
const ISOLATE: char = '\u{2068}';
/// Ends it.
const POP: char = '\u{2069}';

/// What this crate says: the labels of the domain's words, the plain-text fallback around the
/// author's words, and the services plan.
pub(crate) static TEXTS: LazyLock<Texts> = LazyLock::new(|| {
    Texts::new(
        &[
            include_str!("../texts/en/words.ftl"),
            include_str!("../texts/en/fallback.ftl"),
        ],
        &[
            include_str!("../texts/fr/words.ftl"),
            include_str!("../texts/fr/fallback.ftl"),
        ],
    )
});

type Bundle = FluentBundle<FluentResource>;

/// The sentences of one crate, in every language.
pub struct Texts {
    english: Bundle,
    french: Bundle,
    faults: Vec<String>,
}

impl Texts {
    /// From the contents of Fluent files in English and in French.
    ///
    /// What does not parse is left out and told by [`Texts::faults`]; whoever has texts has a
    /// test that there are none.
    pub fn new(english: &[&str], french: &[&str]) -> Self {
        let mut faults = Vec::new();
        let english = bundle(Language::English, english, &mut faults);
        let french = bundle(Language::French, french, &mut faults);
        Self {
            english,
            french,
            faults,
        }
    }

    /// What is wrong with the files, each fault in words for whoever wrote them.
    pub fn faults(&self) -> &[String] {
        &self.faults
    }

    /// Whether there is a sentence with this id in this language.
    pub fn has(&self, language: Language, id: &str) -> bool {
        self.bundle(language).has_message(id)
    }

    /// A sentence that takes no values.
    ///
    /// One that is missing in a language is said in English, and one that is missing there by
    /// its id: a screen with an odd word is worth more than none.
    pub fn text<'a>(&'a self, language: Language, id: &'a str) -> &'a str {
        let said = |language| {
            let bundle = self.bundle(language);
            let pattern = bundle.get_message(id)?.value()?;
            match bundle.format_pattern(pattern, None, &mut Vec::new()) {
                Cow::Borrowed(text) => Some(text),
                // It takes values, which `fill` gives it.
                Cow::Owned(_) => None,
            }
        };
        said(language)
            .or_else(|| said(Language::English))
            .unwrap_or(id)
    }

    /// A sentence with values in it: `{$name}` stands where the value of `name` goes, numbers
    /// choose between singular and plural.
    ///
    /// Text that is written from right to left is isolated, so that it cannot turn around what
    /// stands beside it.
    pub fn fill(&self, language: Language, id: &str, values: &[(&str, Value<'_>)]) -> String {
        let mut arguments = FluentArgs::with_capacity(values.len());
        for (name, value) in values {
            let value = match value {
                Value::String(text) => Value::String(isolated(text)),
                other => other.clone(),
            };
            arguments.set(*name, value);
        }
        let said = |language| {
            let bundle = self.bundle(language);
            let pattern = bundle.get_message(id)?.value()?;
            let text = bundle.format_pattern(pattern, Some(&arguments), &mut Vec::new());
            Some(text.into_owned())
        };
        said(language)
            .or_else(|| said(Language::English))
            .unwrap_or_else(|| id.to_owned())
    }

    const fn bundle(&self, language: Language) -> &Bundle {
        language.pick(&self.english, &self.french)
    }
}

/// This text, with a direction of its own if any of it is written from right to left: it then
/// leaves the order of what stands before and after it alone.
pub fn isolated(text: &str) -> Cow<'_, str> {
    if text.chars().any(is_right_to_left) {
        Cow::Owned(format!("{ISOLATE}{text}{POP}"))
    } else {
        Cow::Borrowed(text)
    }
}

/// Hebrew, Arabic, Syriac, Thaana, N'Ko and their like: the blocks that Unicode sets aside for
/// scripts from right to left, without the marks that only steer direction.
const fn is_right_to_left(letter: char) -> bool {
    matches!(letter,
        '\u{590}'..='\u{8ff}' | '\u{fb1d}'..='\u{fdff}' | '\u{fe70}'..='\u{fefc}'
        | '\u{10800}'..='\u{10fff}' | '\u{1e800}'..='\u{1efff}')
}

fn bundle(language: Language, files: &[&str], faults: &mut Vec<String>) -> Bundle {
    let locale = language.tag().parse().unwrap_or_default();
    let mut bundle = FluentBundle::new_concurrent(vec![locale]);
    // Values are isolated one by one, where their letters ask for it.
    bundle.set_use_isolating(false);
    for file in files {
        let resource =
            FluentResource::try_new((*file).to_owned()).unwrap_or_else(|(rest, errors)| {
                let told = errors
                    .iter()
                    .map(|error| format!("{}: {error}", language.tag()));
                faults.extend(told);
                rest
            });
        if let Err(errors) = bundle.add_resource(resource) {
            let told = errors.iter().map(|error| match error {
                FluentError::Overriding { id, .. } => {
                    format!("{}: {id} stands twice", language.tag())
                }
                other => format!("{}: {other}", language.tag()),
            });
            faults.extend(told);
        }
    }
    bundle
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts() -> Texts {
        Texts::new(
            &[
                "told = { $who } sent { $count ->\n    [one] one entry\n   *[other] { $count } entries\n}.\nonly-english = Hello\nplain = Yes",
            ],
            &[
                "told = { $who } a envoyé { $count ->\n    [one] une entrée\n   *[other] { $count } entrées\n}.\nplain = Oui",
            ],
        )
    }

    fn told(language: Language, who: &str, count: usize) -> String {
        let values = [("who", who.into()), ("count", count.into())];
        texts().fill(language, "told", &values)
    }

    #[test]
    fn numbers_choose_the_form_that_the_language_has() {
        assert_eq!(told(Language::English, "Ana", 1), "Ana sent one entry.");
        assert_eq!(told(Language::English, "Ana", 0), "Ana sent 0 entries.");
        // In French, nothing is singular.
        assert_eq!(told(Language::French, "Ana", 0), "Ana a envoyé une entrée.");
        assert_eq!(told(Language::French, "Ana", 2), "Ana a envoyé 2 entrées.");
    }

    #[test]
    fn a_name_from_right_to_left_leaves_the_rest_in_order() {
        assert_eq!(
            told(Language::English, "ليلى", 2),
            "\u{2068}ليلى\u{2069} sent 2 entries."
        );
    }

    #[test]
    fn what_is_missing_is_said_in_english_or_by_its_id() {
        let texts = texts();
        assert_eq!(texts.text(Language::French, "plain"), "Oui");
        assert_eq!(texts.text(Language::French, "only-english"), "Hello");
        assert_eq!(texts.text(Language::French, "nothing"), "nothing");
    }

    #[test]
    fn what_does_not_parse_is_told() {
        let broken = Texts::new(&["good = Yes\n= no id\n"], &[]);
        assert_eq!(broken.faults().len(), 1, "{:?}", broken.faults());
        assert_eq!(broken.text(Language::English, "good"), "Yes");
    }

    #[test]
    fn this_crates_texts_are_sound_and_in_every_language() {
        assert_eq!(TEXTS.faults(), [] as [String; 0]);
    }
}
