//! The words of what is asked.

use super::vocabulary;

vocabulary! {
    /// What is asked: each kind has its own state machine in the [catalogue](crate::catalogue).
    wire LoopKind: LoopKind {
        /// An opinion is asked.
        Consult = "consult", "Consult", "Demande d’avis";
        /// A service is asked to take the patient on.
        Referral = "referral", "Referral", "Référence";
        /// Something is to be done.
        Task = "task", "Task", "Tâche";
        /// An explicit "I have this" is asked.
        AcknowledgementRequest = "acknowledgement_request", "Acknowledgement request", "Demande de confirmation";
        /// Whether a service has room is asked.
        CapacityEnquiry = "capacity_enquiry", "Capacity enquiry", "Demande de disponibilité";
        /// A service is suggested.
        ResourceSuggestion = "resource_suggestion", "Resource suggestion", "Suggestion de ressource";
        /// The patient leaves the hospital and is to be followed up.
        DischargeNotice = "discharge_notice", "Discharge notice", "Avis de congé";
        /// A medication is changed, or is to be.
        MedicationChange = "medication_change", "Medication change", "Changement de médication";
        /// A test result is to be acted on.
        ResultFollowUp = "result_follow_up", "Result follow-up", "Suivi de résultat";
        /// A goal of the plan is proposed.
        PlanGoal = "plan_goal", "Plan goal", "Objectif du plan";
        /// An action of the plan is proposed.
        PlanAction = "plan_action", "Plan action", "Action du plan";
        /// A seat, or its obligations, are offered.
        Handover = "handover", "Handover", "Transfert de siège";
        /// Something late is raised.
        Escalation = "escalation", "Escalation", "Escalade";
        /// An agreement to share is recorded.
        Consent = "consent", "Consent", "Consentement";
        /// A time is proposed.
        Appointment = "appointment", "Appointment", "Rendez-vous";
        /// A section of the plan is proposed.
        PlanSection = "plan_section", "Plan section", "Section du plan";
        /// Something that an organisation has defined.
        Defined = "defined", "Request of its own kind", "Demande particulière";
        /// Somebody was let in at once; whether that was right is to be reviewed.
        BreakGlass = "break_glass", "Break-glass", "Bris de glace";
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
        /// The owner has it.
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
        /// Asked.
        Asked = "asked", "asked", "posée";
        /// There is room.
        Capacity = "capacity", "room available", "places disponibles";
        /// There is no room.
        None = "none", "no room", "aucune place";
        /// There is a waiting list.
        Waitlist = "waitlist", "waiting list", "liste d’attente";
        /// The service has to assess first.
        AssessFirst = "assess_first", "to be assessed first", "évaluation préalable";
        /// Suggested.
        Suggested = "suggested", "suggested", "suggérée";
        /// A referral was made; the requester has not closed it yet.
        Referred = "referred", "referred", "référence faite";
        /// Sent.
        Sent = "sent", "sent", "envoyée";
        /// The follow-up is booked; the requester has not closed it yet.
        FollowUpBooked = "follow_up_booked", "follow-up booked", "suivi fixé";
        /// Proposed.
        Proposed = "proposed", "proposed", "proposée";
        /// Made already, and told.
        Informed = "informed", "informed", "annoncée";
        /// In the owner's list; the requester has not closed it yet.
        Reconciled = "reconciled", "reconciled", "conciliée";
        /// The owner disagrees; the requester answers.
        Disputed = "disputed", "disputed", "contestée";
        /// Acted on; the requester has not closed it yet.
        Actioned = "actioned", "actioned", "suite donnée";
        /// Offered to another seat; the owner stays accountable until it accepts.
        ReassignmentOffered = "reassignment_offered", "offered to another seat", "offerte à un autre siège";
        /// Not agreed to.
        Rejected = "rejected", "rejected", "rejetée";
        /// Under way, or in force.
        Active = "active", "active", "active";
        /// Reached; the requester has not closed it yet.
        Achieved = "achieved", "achieved", "atteinte";
        /// Offered.
        Offered = "offered", "offered", "offerte";
        /// Raised.
        Raised = "raised", "raised", "signalée";
        /// Somebody sees to it.
        Taken = "taken", "taken", "prise en main";
        /// Seen to; the requester has not closed it yet.
        Resolved = "resolved", "resolved", "réglée";
        /// Agreed.
        Booked = "booked", "booked", "fixée";
        /// It took place.
        Fulfilled = "fulfilled", "took place", "honorée";
        /// The patient did not come.
        NoShow = "no_show", "no-show", "absence du patient";
        /// Under way, and the requester asks to stop it.
        AbortRequested = "abort_requested", "stop requested", "arrêt demandé";
        /// Reviewed: it was right.
        Justified = "justified", "reviewed: justified", "revue : justifiée";
        /// Reviewed: it was not right.
        Unjustified = "unjustified", "reviewed: not justified", "revue : non justifiée";
    }
}

vocabulary! {
    /// Which of the seats of a loop.
    wire LoopParty: Party {
        /// The seat that asked.
        Requester = "requester", "requester", "siège demandeur";
        /// The one seat that is accountable.
        Owner = "owner", "owner", "siège responsable";
        /// The seat that is offered it; the owner stays accountable until it accepts.
        Nominee = "nominee", "nominee", "siège pressenti";
        /// A seat that takes it out of the queue of the hub seat whose turn it is.
        Pool = "pool", "seat of the hub’s pool", "siège de l’équipe du guichet";
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
        /// Another seat that is offered it; a note may be added.
        Nominee = "nominee", "another seat", "un autre siège";
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
    /// How a test result stands to what is expected.
    wire ResultFlag: ResultFlag {
        /// Within the expected range.
        Normal = "normal", "normal", "normal";
        /// Outside of it.
        Abnormal = "abnormal", "abnormal", "anormal";
        /// Dangerous.
        Critical = "critical", "critical", "critique";
    }
}

vocabulary! {
    /// What a seat says of a part of the plan.
    wire SignOff: SignOff {
        /// It agrees.
        Agreed = "agreed", "agreed", "d’accord";
        /// It does not.
        Objected = "objected", "objected", "pas d’accord";
    }
}

vocabulary! {
    /// What is handed over.
    wire HandoverScope: HandoverScope {
        /// The seat: whoever accepts takes it, with everything that is bound to it.
        Seat = "seat", "the seat", "le siège";
        /// Everything open that the seat owns or has asked.
        Obligations = "obligations", "its open items", "ses demandes ouvertes";
    }
}

vocabulary! {
    /// What a field holds that an organisation has defined.
    wire FieldKind: FieldKind {
        /// A line of text.
        Line = "line", "a line", "une ligne";
        /// Text of any number of lines.
        Prose = "prose", "text", "un texte";
        /// A whole number.
        Number = "number", "a number", "un nombre";
        /// A day.
        Date = "date", "a date", "une date";
        /// Yes or no.
        YesNo = "yes_no", "yes or no", "oui ou non";
        /// One of the choices.
        Choice = "choice", "a choice", "un choix";
    }
}

impl LoopKind {
    /// Whether it is a part of the care plan.
    pub const fn is_plan(self) -> bool {
        matches!(self, Self::PlanSection | Self::PlanGoal | Self::PlanAction)
    }
}
