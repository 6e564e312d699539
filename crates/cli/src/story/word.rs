//! Words of the catalogue in story files, refused where they stand.

use std::{fmt, marker::PhantomData};

use relais_care::{
    BreakGlassReason, CommitmentKind, ConsentGiven, ConsultClass, DeclineReason, DutyClass,
    FieldKind, FollowLevel, IdentifierKind, InformationClass, LoopKind, LoopState,
    PartnershipStage, Party, Priority, ResultFlag, SeatRole, SignOff, Stance,
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

/// Reads a list of words.
pub(crate) fn words<'de, D: Deserializer<'de>, W: Word>(
    deserializer: D,
) -> Result<Vec<W>, D::Error> {
    let given: Vec<Given<W>> = Vec::deserialize(deserializer)?;
    Ok(given.into_iter().map(|given| given.0).collect())
}

/// A word where a type is wanted.
struct Given<W>(W);

impl<'de, W: Word> Deserialize<'de> for Given<W> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        word(deserializer).map(Given)
    }
}

macro_rules! closed_sets {
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

closed_sets! {
    BreakGlassReason: "a reason to let somebody in",
    SeatRole: "a seat's role",
    LoopState: "a state",
    ConsultClass: "a class of consult",
    ConsentGiven: "a way to give consent",
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
    SignOff: "what is said of a part of the plan",
    PartnershipStage: "a stage",
    CommitmentKind: "a kind of commitment",
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
    Given::deserialize(deserializer).map(|given| Some(given.0))
}
