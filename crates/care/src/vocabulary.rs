//! The closed sets of words of the domain: one code for programs, one label in English and
//! one in French for people.

use relais_proto::care as pb;

/// Declares a closed set: `Variant = "code", "English", "French";`.
///
/// With `wire Name:` before it, the set also maps to the protobuf enum of that name, whose
/// variants must be called the same; the compiler refuses a variant that is not there.
macro_rules! vocabulary {
    ($(#[$doc:meta])* wire $wire:ident: $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $code:literal, $english:literal, $french:literal;)+
    }) => {
        $crate::vocabulary::vocabulary! {
            $(#[$doc])* $name { $($(#[$variant_doc])* $variant = $code, $english, $french;)+ }
        }

        impl $name {
            /// The word with this number on the wire; none for 0 and for numbers not known yet.
            pub fn from_wire(number: i32) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.to_wire() == number)
            }

            /// Its number on the wire.
            pub const fn to_wire(self) -> i32 {
                match self { $(Self::$variant => pb::$wire::$variant as i32,)+ }
            }
        }
    };
    ($(#[$doc:meta])* $name:ident {
        $($(#[$variant_doc:meta])* $variant:ident = $code:literal, $english:literal, $french:literal;)+
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
            pub const fn label(self, language: $crate::Language) -> &'static str {
                match self { $(Self::$variant => language.pick($english, $french),)+ }
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

vocabulary! {
    /// What is asked: each kind has its own state machine in the [catalogue](crate::catalogue).
    LoopKind {
        /// An opinion is asked.
        Consult = "consult", "Consult", "Demande d’avis";
        /// A service is asked to take the patient on.
        Referral = "referral", "Referral", "Référence";
        /// Something is to be done.
        Task = "task", "Task", "Tâche";
        /// An explicit "I have this" is asked.
        AcknowledgementRequest = "acknowledgement_request", "Acknowledgement request", "Demande de confirmation";
    }
}

vocabulary! {
    /// A state of something asked.
    wire LoopState: LoopState {
        /// Asked.
        Open = "open", "open", "ouverte";
        /// The owner needs to know more.
        InfoRequested = "info_requested", "information requested", "précisions demandées";
        /// The requester supplied it.
        Supplied = "supplied", "information supplied", "précisions fournies";
        /// Answered; the requester has not closed it yet.
        Answered = "answered", "answered", "réponse donnée";
        /// The requester acknowledged the outcome.
        Closed = "closed", "closed", "fermée";
        /// Taken back by the requester.
        Withdrawn = "withdrawn", "withdrawn", "retirée";
        /// Asked.
        Requested = "requested", "requested", "demandée";
        /// The service has it.
        Received = "received", "received", "reçue";
        /// Taken on.
        Accepted = "accepted", "accepted", "acceptée";
        /// Not taken on.
        Declined = "declined", "declined", "déclinée";
        /// Under way.
        InProgress = "in_progress", "in progress", "en cours";
        /// Paused.
        OnHold = "on_hold", "on hold", "suspendue";
        /// Done; the requester has not closed it yet.
        Completed = "completed", "completed", "menée à terme";
        /// Could not be done; the requester has not closed it yet.
        Failed = "failed", "could not be completed", "non aboutie";
        /// Asked.
        Pending = "pending", "pending", "en attente de confirmation";
        /// The owner has it.
        Acknowledged = "acknowledged", "acknowledged", "confirmée";
        /// The owner says no.
        Refused = "refused", "refused", "refusée";
        /// Done; the requester has not closed it yet.
        Done = "done", "done", "faite";
        /// Taken back by the requester.
        Cancelled = "cancelled", "cancelled", "annulée";
        /// The time passed and the requester gave up waiting.
        Expired = "expired", "expired", "échue";
    }
}

vocabulary! {
    /// Which of the two seats of a loop.
    Party {
        /// The seat that asked.
        Requester = "requester", "requester", "siège demandeur";
        /// The one seat that is accountable.
        Owner = "owner", "owner", "siège responsable";
    }
}

vocabulary! {
    /// What a step must bring with it.
    Requirement {
        /// Nothing; a note may be added.
        Nothing = "nothing", "nothing", "rien";
        /// A note: the answer, the question, the outcome, the reason.
        Note = "note", "a note", "une note";
        /// A coded reason; a note and an alternative may be added.
        DeclineReason = "decline_reason", "a decline reason", "un motif de refus";
    }
}

vocabulary! {
    /// Why a referral is not taken on.
    wire DeclineReason: DeclineReason {
        /// No room now.
        NoCapacity = "no_capacity", "no capacity", "aucune place disponible";
        /// Only the waiting list.
        Waitlist = "waitlist", "waiting list only", "liste d’attente seulement";
        /// Outside the criteria.
        NotEligible = "not_eligible", "not eligible", "critères d’admission non remplis";
        /// The patient could not be reached.
        CouldNotContact = "could_not_contact", "could not contact the patient", "patient injoignable";
        /// The patient no longer wants it.
        NoLongerInterested = "no_longer_interested", "patient no longer interested", "patient plus intéressé";
        /// Sent on to another service.
        ReferredElsewhere = "referred_elsewhere", "referred elsewhere", "dirigé vers un autre service";
    }
}

vocabulary! {
    /// How soon an entry matters.
    wire Priority: Priority {
        /// Acknowledge within 5 business days.
        Routine = "routine", "routine", "courant";
        /// Acknowledge within 1 business day.
        Urgent = "urgent", "urgent", "urgent";
        /// Acknowledge within 1 hour.
        Asap = "asap", "as soon as possible", "dès que possible";
        /// Acknowledge within 15 minutes; also phone.
        Stat = "stat", "immediately (also phone)", "immédiat (téléphoner aussi)";
    }
}

vocabulary! {
    /// Who outside the team may ever see an entry.
    wire Sensitivity: Sensitivity {
        /// May be shared as consent allows.
        Normal = "normal", "normal", "normale";
        /// Never offered for sharing.
        Restricted = "restricted", "restricted", "restreinte";
    }
}

vocabulary! {
    /// What a seat stands for on a case.
    wire SeatRole: SeatRole {
        /// Hospital specialist.
        Specialist = "specialist", "Specialist", "Spécialiste";
        /// Primary care physician.
        PrimaryCarePhysician = "primary_care_physician", "Primary care physician", "Médecin de famille";
        /// Nurse case manager.
        NurseCaseManager = "nurse_case_manager", "Nurse case manager", "Gestion de cas infirmière";
        /// Navigator.
        Navigator = "navigator", "Navigator", "Intervention pivot";
        /// Pharmacist.
        Pharmacist = "pharmacist", "Pharmacist", "Pharmacie";
        /// Social worker.
        SocialWorker = "social_worker", "Social worker", "Travail social";
        /// Worker of a community organisation.
        CommunityWorker = "community_worker", "Community worker", "Intervention communautaire";
        /// Administrative delegate.
        Clerk = "clerk", "Clerk", "Secrétariat";
    }
}

vocabulary! {
    /// What kind of answer a consult seeks.
    wire ConsultClass: ConsultClass {
        /// An opinion; the asker keeps the care.
        Advice = "advice", "advice", "avis";
        /// Shared management.
        CoManage = "co_manage", "co-management", "suivi conjoint";
        /// The owner is asked to take over.
        TakeOver = "take_over", "take over", "prise en charge";
    }
}

vocabulary! {
    /// A team's own case, or what it shares with a partner.
    wire ConversationKind: ConversationKind {
        /// The care team's case.
        Team = "team", "Team case", "Dossier d’équipe";
        /// A conversation with a partner organisation about part of a case.
        Partner = "partner", "Partner conversation", "Conversation avec un partenaire";
    }
}

vocabulary! {
    /// What of a loop is late.
    OverdueKind {
        /// Nobody of the owner seat has acknowledged it or acted on it.
        Acknowledgement = "acknowledgement", "not acknowledged in time", "non confirmée à temps";
        /// A task is not done by its due time.
        Due = "due", "not done in time", "non faite à temps";
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Language;

    #[test]
    fn every_word_on_the_wire_has_ours() {
        // 0 is "unspecified"; our sets hold everything else, without a gap.
        let published = |known: fn(i32) -> bool| (0..100).take_while(|&n| known(n)).count() - 1;
        assert_eq!(
            published(|n| pb::LoopState::try_from(n).is_ok()),
            LoopState::ALL.len()
        );
        assert_eq!(
            published(|n| pb::DeclineReason::try_from(n).is_ok()),
            DeclineReason::ALL.len()
        );
        assert_eq!(
            published(|n| pb::Priority::try_from(n).is_ok()),
            Priority::ALL.len()
        );
        assert_eq!(
            published(|n| pb::SeatRole::try_from(n).is_ok()),
            SeatRole::ALL.len()
        );
        assert_eq!(
            published(|n| pb::ConsultClass::try_from(n).is_ok()),
            ConsultClass::ALL.len()
        );
        assert_eq!(
            published(|n| pb::ConversationKind::try_from(n).is_ok()),
            ConversationKind::ALL.len()
        );
        assert_eq!(
            published(|n| pb::Sensitivity::try_from(n).is_ok()),
            Sensitivity::ALL.len()
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
