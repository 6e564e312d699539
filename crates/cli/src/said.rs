//! What is said to the person who asked, in the language that they asked for.

use std::fmt;

use relais_care::Language;

use crate::texts::TEXTS;

/// A sentence of the Fluent files with what goes into it, or words that came from elsewhere and
/// are shown as they are.
///
/// As text for programs it is English.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said(Words);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Words {
    Sentence {
        id: &'static str,
        values: Vec<(&'static str, String)>,
    },
    Made(String),
}

impl Said {
    /// The sentence with this id.
    pub(crate) const fn of(id: &'static str) -> Self {
        Self(Words::Sentence {
            id,
            values: Vec::new(),
        })
    }

    /// With this value.
    pub(crate) fn with<T: ToString + ?Sized>(mut self, name: &'static str, value: &T) -> Self {
        if let Words::Sentence { values, .. } = &mut self.0 {
            values.push((name, value.to_string()));
        }
        self
    }

    /// In this language.
    pub fn text(&self, language: Language) -> String {
        match &self.0 {
            Words::Sentence { id, values } => {
                let values: Vec<_> = values
                    .iter()
                    .map(|(name, value)| (*name, value.as_str().into()))
                    .collect();
                TEXTS.fill(language, id, &values)
            }
            Words::Made(text) => text.clone(),
        }
    }
}

impl fmt::Display for Said {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(Language::English))
    }
}

impl From<String> for Said {
    fn from(text: String) -> Self {
        Self(Words::Made(text))
    }
}

impl From<&str> for Said {
    fn from(text: &str) -> Self {
        text.to_owned().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_is_said_in_the_language_and_made_words_as_they_are() {
        let said = Said::of("failure-say-it-with").with("flag", "--need");
        assert_eq!(said.to_string(), "say it with --need");
        assert_eq!(said.text(Language::French), "dites-le avec --need");
        let made = Said::from("as it came");
        assert_eq!(made.text(Language::French), "as it came");
    }
}
