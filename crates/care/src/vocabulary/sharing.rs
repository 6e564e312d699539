//! The words of what may be shared, and with whom.

use super::vocabulary;

vocabulary! {
    /// A sort of information that a patient can agree to share.
    wire InformationClass: InformationClass {
        /// Name, birth date, language.
        Identity = "identity", "identity", "identité";
        /// Address and telephone.
        Contact = "contact", "contact details", "coordonnées";
        /// Needs and living conditions.
        Social = "social", "social situation", "situation sociale";
        /// Diagnoses and summaries.
        Clinical = "clinical", "clinical summary", "résumé clinique";
        /// Medications.
        Medication = "medication", "medication", "médication";
        /// Test results.
        Results = "results", "test results", "résultats d’examens";
        /// Mental health and addiction.
        MentalHealth = "mental_health", "mental health", "santé mentale";
    }
}

vocabulary! {
    /// How an agreement to share was given to whoever records it.
    wire ConsentGiven: ConsentGiven {
        /// By word of mouth.
        Verbal = "verbal", "by word of mouth", "verbalement";
        /// In writing.
        Written = "written", "in writing", "par écrit";
        /// By whoever decides for the patient.
        Substitute = "substitute", "by the substitute decision-maker", "par la personne qui décide pour elle";
    }
}

vocabulary! {
    /// Why somebody's access to a conversation ends.
    wire AccessEndedCause: AccessEndedCause {
        /// The consent that it stood on was withdrawn.
        ConsentWithdrawn = "consent_withdrawn", "the consent to share was withdrawn", "le consentement au partage a été retiré";
        /// Its period has ended.
        ConsentExpired = "consent_expired", "the period of the consent has ended", "la période du consentement est terminée";
    }
}

vocabulary! {
    /// Why something is not shared.
    Withheld {
        /// It has no effect.
        Rejected = "rejected", "it has no effect in the case", "sans effet dans le dossier";
        /// Its author has taken it back.
        TakenBack = "taken_back", "its author has taken it back", "retirée par la personne qui l’a écrite";
        /// A later entry replaces it.
        Replaced = "replaced", "a later entry replaces it", "remplacée par une entrée plus récente";
        /// Its author has restricted it to the team.
        Restricted = "restricted", "its author has restricted it to the team", "réservée à l’équipe par la personne qui l’a écrite";
        /// It says nothing of the patient that could be told elsewhere.
        NothingToShare = "nothing_to_share", "there is nothing in it to share", "elle ne contient rien à partager";
        /// Nobody has said what sort of information it is.
        NoClass = "no_class", "say what sort of information it is", "précisez de quel genre d’information il s’agit";
        /// Nobody has agreed to anything with them.
        NotRecorded = "not_recorded", "no consent to share with them is recorded", "aucun consentement à ce partage n’est consigné";
        /// What was agreed holds no more, or not yet.
        NotInForce = "not_in_force", "the consent to share with them is not in force", "le consentement à ce partage n’est pas en vigueur";
        /// The consent does not cover what it is.
        NotCovered = "not_covered", "the consent does not cover this sort of information", "le consentement ne couvre pas ce genre d’information";
        /// There is nobody in the conversation with whom it could be shared.
        NobodyThere = "nobody_there", "there is nobody there to share it with", "il n’y a personne avec qui la partager";
    }
}
