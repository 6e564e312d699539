//! The words of who may see what.

use super::vocabulary;

vocabulary! {
    /// What a newcomer is given of what was said before they joined.
    wire HistoryScope: HistoryScope {
        /// Everything.
        All = "all", "everything", "tout";
        /// What was said, or went on, since a time.
        Since = "since", "since a date", "depuis une date";
        /// What belongs to something asked of some kinds.
        Kinds = "kinds", "by kind", "par genre";
        /// Nothing but what always comes: what holds the case together, and what is open.
        Open = "open", "only what is open", "seulement ce qui est en cours";
    }
}

vocabulary! {
    /// Why somebody is let in at once.
    wire BreakGlassReason: BreakGlassReason {
        /// The patient is treated in an emergency.
        EmergencyTreatment = "emergency_treatment", "emergency treatment", "traitement d’urgence";
        /// Somebody is in danger, the patient or another person.
        RiskOfHarm = "risk_of_harm", "risk of harm", "risque de préjudice";
        /// Nobody of the team can be reached and care cannot wait.
        TeamUnreachable = "team_unreachable", "team cannot be reached", "équipe injoignable";
        /// The law requires it, as for a duty to report.
        LegalDuty = "legal_duty", "legal duty", "obligation légale";
        /// Another reason, told in words.
        Other = "other", "other reason", "autre motif";
    }
}
