//! The closed sets of words of the domain: one code for programs, and a label for people in
//! each language, `Set-code` in `texts/*/words.ftl`.

mod access;
mod asked;
mod seats;
mod sharing;

/// Declares a closed set: `Variant = "code";`.
///
/// With `wire Name:` before it, the set also maps to the protobuf enum of that name, whose
/// variants must be called the same; the compiler refuses a variant that is not there.
macro_rules! vocabulary {
    ($(#[$doc:meta])* wire $wire:ident: $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $code:literal;)+
    }) => {
        $crate::vocabulary::vocabulary! {
            $(#[$doc])* $name { $($(#[$variant_doc])* $variant = $code;)+ }
        }

        impl $name {
            /// The word with this number on the wire; none for 0 and for numbers not known yet.
            pub fn from_wire(number: i32) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.to_wire() == number)
            }

            /// Its number on the wire.
            pub const fn to_wire(self) -> i32 {
                match self { $(Self::$variant => ::relais_proto::care::$wire::$variant as i32,)+ }
            }
        }
    };
    ($(#[$doc:meta])* $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $code:literal;)+
    }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum $name {
            $($(#[$variant_doc])* $variant,)+
        }

        impl $name {
            /// Every word of the set.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The code for programs, in snake case.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code,)+ }
            }

            /// The label for people.
            pub fn label(self, language: $crate::Language) -> &'static str {
                let id = match self {
                    $(Self::$variant => concat!(stringify!($name), "-", $code),)+
                };
                $crate::texts::TEXTS.text(language, id)
            }

            /// The word with this code; hyphens count as underscores.
            pub fn from_code(code: &str) -> Option<Self> {
                let code = code.replace('-', "_");
                Self::ALL.iter().copied().find(|word| word.code() == code)
            }
        }

        impl ::std::fmt::Display for $name {
            fn fmt(&self, f: &mut ::std::fmt::Formatter<'_>) -> ::std::fmt::Result {
                f.pad(self.code())
            }
        }

        impl ::serde::Serialize for $name {
            fn serialize<S: ::serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.serialize_str(self.code())
            }
        }
    };
}
pub(crate) use vocabulary;

pub use access::{BreakGlassReason, HistoryScope};
pub use asked::{
    ConsultClass, DeclineReason, FieldKind, HandoverScope, LoopKind, LoopState, Party, Requirement,
    ResultFlag, SignOff,
};
pub use seats::{
    Availability, CoverageRung, DutyClass, FollowLevel, SeatRole, Significance, Stance,
};
pub use sharing::{AccessEndedCause, ConsentGiven, InformationClass, Withheld};

vocabulary! {
    /// How soon an entry matters.
    wire Priority: Priority {
        /// Acknowledge within 5 business days.
        Routine = "routine";
        /// Acknowledge within 1 business day.
        Urgent = "urgent";
        /// Acknowledge within 1 hour.
        Asap = "asap";
        /// Acknowledge within 15 minutes; also phone.
        Stat = "stat";
    }
}

vocabulary! {
    /// Who outside the team may ever see an entry.
    wire Sensitivity: Sensitivity {
        /// May be shared as consent allows.
        Normal = "normal";
        /// Never offered for sharing.
        Restricted = "restricted";
    }
}

vocabulary! {
    /// A team's own case, what it shares with a partner or the patient, what it asks a service, or
    /// a group without a patient.
    wire ConversationKind: ConversationKind {
        /// The care team's case.
        Team = "team";
        /// A conversation with a partner organisation about part of a case.
        Partner = "partner";
        /// An enquiry with a service; it holds nothing about a patient.
        Enquiry = "enquiry";
        /// A conversation with the patient and their caregivers.
        Patient = "patient";
        /// A group without a patient: neither one nor anything that is asked for one is possible.
        Community = "community";
    }
}

vocabulary! {
    /// What a check for identifiers of a patient takes a mark for.
    wire IdentifierKind: IdentifierKind {
        /// The name of a patient of one's own cases, or a part of it.
        PatientName = "patient_name";
        /// A date of birth of theirs, or any exact date.
        BirthDate = "birth_date";
        /// Digits as on a health card.
        HealthCard = "health_card";
        /// A telephone number.
        Telephone = "telephone";
        /// An e-mail address.
        Email = "email";
        /// A postal code.
        PostalCode = "postal_code";
    }
}

vocabulary! {
    /// What of a loop is late.
    OverdueKind {
        /// Nobody of the owner seat has acknowledged it or acted on it.
        Acknowledgement = "acknowledgement";
        /// A task is not done by its due time.
        Due = "due";
    }
}

#[cfg(test)]
mod tests {
    use relais_proto::care as pb;

    use super::*;
    use crate::Language;

    #[test]
    fn every_word_on_the_wire_has_ours() {
        /// 0 is "unspecified"; our sets hold everything else, without a gap.
        macro_rules! complete {
            ($($name:ident),+) => {$(
                let published = (0..200)
                    .take_while(|&number| pb::$name::try_from(number).is_ok())
                    .count();
                assert_eq!(published - 1, $name::ALL.len(), stringify!($name));
            )+};
        }
        complete!(
            BreakGlassReason,
            AccessEndedCause,
            ConsentGiven,
            ConsultClass,
            ConversationKind,
            CoverageRung,
            DeclineReason,
            DutyClass,
            FieldKind,
            FollowLevel,
            HandoverScope,
            HistoryScope,
            IdentifierKind,
            InformationClass,
            LoopKind,
            LoopState,
            Priority,
            ResultFlag,
            SeatRole,
            Sensitivity,
            SignOff,
            Stance
        );
    }

    #[test]
    fn codes_and_numbers_read_back() {
        for &state in LoopState::ALL {
            assert_eq!(LoopState::from_wire(state.to_wire()), Some(state));
            assert_eq!(LoopState::from_code(state.code()), Some(state));
        }
        assert_eq!(LoopState::from_wire(0), None);
        assert_eq!(LoopState::from_wire(99), None);
        assert_eq!(
            SeatRole::from_code("social-worker"),
            Some(SeatRole::SocialWorker)
        );
        assert_eq!(
            SeatRole::PrimaryCarePhysician.label(Language::French),
            "Médecin de famille"
        );
    }
}
