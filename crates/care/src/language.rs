//! The languages that Relais itself speaks.

use serde::{Deserialize, Serialize};

/// A language of the interface and of the texts that Relais writes.
///
/// What people write may be in any language; an entry carries its BCP 47 tag.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum Language {
    /// English.
    #[default]
    #[serde(rename = "en")]
    English,
    /// French.
    #[serde(rename = "fr")]
    French,
}

impl Language {
    /// The nearest language to a BCP 47 tag: French for `fr` and its regions, else English.
    pub fn of(tag: &str) -> Self {
        let primary = tag.split(['-', '_']).next().unwrap_or_default();
        if primary.eq_ignore_ascii_case("fr") {
            Self::French
        } else {
            Self::English
        }
    }

    /// The BCP 47 tag.
    pub const fn tag(self) -> &'static str {
        match self {
            Self::English => "en",
            Self::French => "fr",
        }
    }

    /// The one of two texts that is in this language.
    pub const fn pick<T: Copy>(self, english: T, french: T) -> T {
        match self {
            Self::English => english,
            Self::French => french,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn regions_and_case_do_not_matter() {
        for tag in ["fr", "fr-CA", "FR_ca"] {
            assert_eq!(Language::of(tag), Language::French);
        }
        for tag in ["", "en", "en-CA", "fro", "ar"] {
            assert_eq!(Language::of(tag), Language::English);
        }
    }
}
