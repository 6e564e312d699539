//! The words of what may be shared, and with whom.

use super::vocabulary;

vocabulary! {
    /// A sort of information that a patient can agree to share.
    wire InformationClass: InformationClass {
        /// Name, birth date, language.
        Identity = "identity";
        /// Address and telephone.
        Contact = "contact";
        /// Needs and living conditions.
        Social = "social";
        /// Diagnoses and summaries.
        Clinical = "clinical";
        /// Medications.
        Medication = "medication";
        /// Test results.
        Results = "results";
        /// Mental health and addiction.
        MentalHealth = "mental_health";
    }
}

vocabulary! {
    /// How an agreement to share was given to whoever records it.
    wire ConsentGiven: ConsentGiven {
        /// By word of mouth.
        Verbal = "verbal";
        /// In writing.
        Written = "written";
        /// By whoever decides for the patient.
        Substitute = "substitute";
    }
}

vocabulary! {
    /// Why somebody's access to a conversation ends.
    wire AccessEndedCause: AccessEndedCause {
        /// The consent that it stood on was withdrawn.
        ConsentWithdrawn = "consent_withdrawn";
        /// Its period has ended.
        ConsentExpired = "consent_expired";
    }
}

vocabulary! {
    /// Why something is not shared.
    Withheld {
        /// It has no effect.
        Rejected = "rejected";
        /// Its author has taken it back.
        TakenBack = "taken_back";
        /// A later entry replaces it.
        Replaced = "replaced";
        /// Its author has restricted it to the team.
        Restricted = "restricted";
        /// It says nothing of the patient that could be told elsewhere.
        NothingToShare = "nothing_to_share";
        /// Nobody has said what sort of information it is.
        NoClass = "no_class";
        /// Nobody has agreed to anything with them.
        NotRecorded = "not_recorded";
        /// What was agreed holds no more, or not yet.
        NotInForce = "not_in_force";
        /// The consent does not cover what it is.
        NotCovered = "not_covered";
        /// There is nobody in the conversation with whom it could be shared.
        NobodyThere = "nobody_there";
    }
}
