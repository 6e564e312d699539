//! Words of the catalogue in story files, refused where they stand.

use std::{fmt, marker::PhantomData};

use relais_care::{
    ConsultClass, DeclineReason, DutyClass, FieldKind, FollowLevel, IdentifierKind,
    InformationClass, LoopKind, LoopState, Party, Priority, ResultFlag, SeatRole, Stance,
};
use serde::{
    Deserialize, Deserializer,
    de::{self, Visitor},
};

/// A closed set of words with codes.
pub(crate) trait Word: Copy + 'static {
    /// What it is, for people.
    const WHAT: &'static str;

    /// Every code.
    fn codes() -> Vec<&'static str>;

    /// The word with this code.
    fn of_code(code: &str) -> Option<Self>;
}

macro_rules! words {
    ($($name:ident: $what:literal),+ $(,)?) => {$(
        impl Word for $name {
            const WHAT: &'static str = $what;

            fn codes() -> Vec<&'static str> {
                Self::ALL.iter().map(|word| word.code()).collect()
            }

            fn of_code(code: &str) -> Option<Self> {
                Self::from_code(code)
            }
        }
    )+};
}

words! {
    SeatRole: "a seat's role",
    LoopState: "a state",
    ConsultClass: "a class of consult",
    Priority: "a priority",
    DeclineReason: "a reason to decline",
    DutyClass: "a class of duty",
    FieldKind: "a kind of field",
    FollowLevel: "a level to follow",
    IdentifierKind: "a kind of identifier",
    InformationClass: "a class of information",
    LoopKind: "a kind of request",
    ResultFlag: "a flag of a result",
    Party: "a party",
    Stance: "a stance",
}

/// Reads a word; for `#[serde(deserialize_with = …)]`.
pub(crate) fn word<'de, D: Deserializer<'de>, W: Word>(deserializer: D) -> Result<W, D::Error> {
    struct Code<W>(PhantomData<W>);

    impl<W: Word> Visitor<'_> for Code<W> {
        type Value = W;

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            write!(f, "{} ({})", W::WHAT, W::codes().join(", "))
        }

        fn visit_str<E: de::Error>(self, code: &str) -> Result<W, E> {
            W::of_code(code).ok_or_else(|| {
                E::custom(format_args!(
                    "`{code}` is not {}; it is one of {}",
                    W::WHAT,
                    W::codes().join(", ")
                ))
            })
        }
    }

    deserializer.deserialize_str(Code(PhantomData))
}

/// Reads a word that may be left out, together with `#[serde(default)]`.
pub(crate) fn optional_word<'de, D: Deserializer<'de>, W: Word>(
    deserializer: D,
) -> Result<Option<W>, D::Error> {
    struct Given<W>(W);

    impl<'de, W: Word> Deserialize<'de> for Given<W> {
        fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
            word(deserializer).map(Given)
        }
    }

    Given::deserialize(deserializer).map(|given| Some(given.0))
}
