//! The words of who may see what.

use super::vocabulary;

vocabulary! {
    /// What a newcomer is given of what was said before they joined.
    wire HistoryScope: HistoryScope {
        /// Everything.
        All = "all";
        /// What was said, or went on, since a time.
        Since = "since";
        /// What belongs to something asked of some kinds.
        Kinds = "kinds";
        /// Nothing but what always comes: what holds the case together, and what is open.
        Open = "open";
    }
}

vocabulary! {
    /// Why somebody is let in at once.
    wire BreakGlassReason: BreakGlassReason {
        /// The patient is treated in an emergency.
        EmergencyTreatment = "emergency_treatment";
        /// Somebody is in danger, the patient or another person.
        RiskOfHarm = "risk_of_harm";
        /// Nobody of the team can be reached and care cannot wait.
        TeamUnreachable = "team_unreachable";
        /// The law requires it, as for a duty to report.
        LegalDuty = "legal_duty";
        /// Another reason, told in words.
        Other = "other";
    }
}
