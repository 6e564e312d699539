//! The words of what is asked.

use super::vocabulary;

vocabulary! {
    /// What is asked: each kind has its own state machine in the [catalogue](crate::catalogue).
    wire LoopKind: LoopKind {
        /// An opinion is asked.
        Consult = "consult";
        /// A service is asked to take the patient on.
        Referral = "referral";
        /// Something is to be done.
        Task = "task";
        /// An explicit "I have this" is asked.
        AcknowledgementRequest = "acknowledgement_request";
        /// Whether a service has room is asked.
        CapacityEnquiry = "capacity_enquiry";
        /// A service is suggested.
        ResourceSuggestion = "resource_suggestion";
        /// The patient leaves the hospital and is to be followed up.
        DischargeNotice = "discharge_notice";
        /// A medication is changed, or is to be.
        MedicationChange = "medication_change";
        /// A test result is to be acted on.
        ResultFollowUp = "result_follow_up";
        /// A goal of the plan is proposed.
        PlanGoal = "plan_goal";
        /// An action of the plan is proposed.
        PlanAction = "plan_action";
        /// A seat, or its obligations, are offered.
        Handover = "handover";
        /// Something late is raised.
        Escalation = "escalation";
        /// An agreement to share is recorded.
        Consent = "consent";
        /// A time is proposed.
        Appointment = "appointment";
        /// A section of the plan is proposed.
        PlanSection = "plan_section";
        /// Something that an organisation has defined.
        Defined = "defined";
        /// Somebody was let in at once; whether that was right is to be reviewed.
        BreakGlass = "break_glass";
    }
}

vocabulary! {
    /// A state of something asked.
    wire LoopState: LoopState {
        /// Asked.
        Open = "open";
        /// The owner needs to know more.
        InfoRequested = "info_requested";
        /// The requester supplied it.
        Supplied = "supplied";
        /// Answered; the requester has not closed it yet.
        Answered = "answered";
        /// The requester acknowledged the outcome.
        Closed = "closed";
        /// Taken back by the requester.
        Withdrawn = "withdrawn";
        /// Asked.
        Requested = "requested";
        /// The owner has it.
        Received = "received";
        /// Taken on.
        Accepted = "accepted";
        /// Not taken on.
        Declined = "declined";
        /// Under way.
        InProgress = "in_progress";
        /// Paused.
        OnHold = "on_hold";
        /// Done; the requester has not closed it yet.
        Completed = "completed";
        /// Could not be done; the requester has not closed it yet.
        Failed = "failed";
        /// Asked.
        Pending = "pending";
        /// The owner has it.
        Acknowledged = "acknowledged";
        /// The owner says no.
        Refused = "refused";
        /// Done; the requester has not closed it yet.
        Done = "done";
        /// Taken back by the requester.
        Cancelled = "cancelled";
        /// The time passed and the requester gave up waiting.
        Expired = "expired";
        /// Asked.
        Asked = "asked";
        /// There is room.
        Capacity = "capacity";
        /// There is no room.
        None = "none";
        /// There is a waiting list.
        Waitlist = "waitlist";
        /// The service has to assess first.
        AssessFirst = "assess_first";
        /// Suggested.
        Suggested = "suggested";
        /// A referral was made; the requester has not closed it yet.
        Referred = "referred";
        /// Sent.
        Sent = "sent";
        /// The follow-up is booked; the requester has not closed it yet.
        FollowUpBooked = "follow_up_booked";
        /// Proposed.
        Proposed = "proposed";
        /// Made already, and told.
        Informed = "informed";
        /// In the owner's list; the requester has not closed it yet.
        Reconciled = "reconciled";
        /// The owner disagrees; the requester answers.
        Disputed = "disputed";
        /// Acted on; the requester has not closed it yet.
        Actioned = "actioned";
        /// Offered to another seat; the owner stays accountable until it accepts.
        ReassignmentOffered = "reassignment_offered";
        /// Not agreed to.
        Rejected = "rejected";
        /// Under way, or in force.
        Active = "active";
        /// Reached; the requester has not closed it yet.
        Achieved = "achieved";
        /// Offered.
        Offered = "offered";
        /// Raised.
        Raised = "raised";
        /// Somebody sees to it.
        Taken = "taken";
        /// Seen to; the requester has not closed it yet.
        Resolved = "resolved";
        /// Agreed.
        Booked = "booked";
        /// It took place.
        Fulfilled = "fulfilled";
        /// The patient did not come.
        NoShow = "no_show";
        /// Under way, and the requester asks to stop it.
        AbortRequested = "abort_requested";
        /// Reviewed: it was right.
        Justified = "justified";
        /// Reviewed: it was not right.
        Unjustified = "unjustified";
    }
}

vocabulary! {
    /// Which of the seats of a loop.
    wire LoopParty: Party {
        /// The seat that asked.
        Requester = "requester";
        /// The one seat that is accountable.
        Owner = "owner";
        /// The seat that is offered it; the owner stays accountable until it accepts.
        Nominee = "nominee";
        /// A seat that takes it out of the queue of the hub seat whose turn it is.
        Pool = "pool";
    }
}

vocabulary! {
    /// What a step must bring with it.
    Requirement {
        /// Nothing; a note may be added.
        Nothing = "nothing";
        /// A note: the answer, the question, the outcome, the reason.
        Note = "note";
        /// A coded reason; a note and an alternative may be added.
        DeclineReason = "decline_reason";
        /// Another seat that is offered it; a note may be added.
        Nominee = "nominee";
    }
}

vocabulary! {
    /// Why a referral is not taken on.
    wire DeclineReason: DeclineReason {
        /// No room now.
        NoCapacity = "no_capacity";
        /// Only the waiting list.
        Waitlist = "waitlist";
        /// Outside the criteria.
        NotEligible = "not_eligible";
        /// The patient could not be reached.
        CouldNotContact = "could_not_contact";
        /// The patient no longer wants it.
        NoLongerInterested = "no_longer_interested";
        /// Sent on to another service.
        ReferredElsewhere = "referred_elsewhere";
    }
}

vocabulary! {
    /// What kind of answer a consult seeks.
    wire ConsultClass: ConsultClass {
        /// An opinion; the asker keeps the care.
        Advice = "advice";
        /// Shared management.
        CoManage = "co_manage";
        /// The owner is asked to take over.
        TakeOver = "take_over";
    }
}

vocabulary! {
    /// How a test result stands to what is expected.
    wire ResultFlag: ResultFlag {
        /// Within the expected range.
        Normal = "normal";
        /// Outside of it.
        Abnormal = "abnormal";
        /// Dangerous.
        Critical = "critical";
    }
}

vocabulary! {
    /// What a seat says of a part of the plan.
    wire SignOff: SignOff {
        /// It agrees.
        Agreed = "agreed";
        /// It does not.
        Objected = "objected";
    }
}

vocabulary! {
    /// What is handed over.
    wire HandoverScope: HandoverScope {
        /// The seat: whoever accepts takes it, with everything that is bound to it.
        Seat = "seat";
        /// Everything open that the seat owns or has asked.
        Obligations = "obligations";
    }
}

vocabulary! {
    /// What a field holds that an organisation has defined.
    wire FieldKind: FieldKind {
        /// A line of text.
        Line = "line";
        /// Text of any number of lines.
        Prose = "prose";
        /// A whole number.
        Number = "number";
        /// A day.
        Date = "date";
        /// Yes or no.
        YesNo = "yes_no";
        /// One of the choices.
        Choice = "choice";
    }
}

impl LoopKind {
    /// Whether it is a part of the care plan.
    pub const fn is_plan(self) -> bool {
        matches!(self, Self::PlanSection | Self::PlanGoal | Self::PlanAction)
    }
}
