//! Drafts of what can be asked besides the four first kinds, and of how seats take part.

use relais_proto::care::{self as pb, entry::Body};
use relais_types::SeatId;

use super::Draft;
use crate::{
    AccessEnded, Appointment, Attachment, BreakGlass, Cancellation, CapacityEnquiry, Consent,
    Coverage, DefinedRequest, DefinedStep, Delegation, DischargeNotice, Escalation, Excerpt,
    FieldError, Handover, HistoryShared, MedicationChange, Participation, PlanAction, PlanGoal,
    PlanSection, PlanSignOff, ResourceSuggestion, ResultFollowUp, Retraction, Review,
    TypeDefinition,
};

impl Draft {
    /// Asks `owner` whether a service has room; nothing in it is about a patient.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn capacity_enquiry(
        self,
        owner: SeatId,
        enquiry: CapacityEnquiry,
    ) -> Result<pb::Entry, FieldError> {
        self.ask(owner, Body::CapacityEnquiry(enquiry.into()))
    }

    /// Suggests a service to `owner`.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn resource_suggestion(
        self,
        owner: SeatId,
        suggestion: ResourceSuggestion,
    ) -> Result<pb::Entry, FieldError> {
        self.ask(owner, Body::ResourceSuggestion(suggestion.into()))
    }

    /// Tells `owner`, who owns the follow-up, that the patient leaves the hospital.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn discharge_notice(
        self,
        owner: SeatId,
        notice: DischargeNotice,
    ) -> Result<pb::Entry, FieldError> {
        self.ask(owner, Body::DischargeNotice(notice.into()))
    }

    /// Proposes a change of medication to `owner`, or informs it of one.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn medication_change(
        self,
        owner: SeatId,
        change: MedicationChange,
    ) -> Result<pb::Entry, FieldError> {
        self.ask(owner, Body::MedicationChange(change.into()))
    }

    /// Asks `owner` to act on a test result.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn result_follow_up(
        self,
        owner: SeatId,
        result: ResultFollowUp,
    ) -> Result<pb::Entry, FieldError> {
        self.ask(owner, Body::ResultFollowUp(result.into()))
    }

    /// Proposes a section of the plan to `owner`.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn plan_section(
        self,
        owner: SeatId,
        section: PlanSection,
    ) -> Result<pb::Entry, FieldError> {
        self.ask(owner, Body::PlanSection(section.into()))
    }

    /// Says whether the author's seat agrees with a part of the plan.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn plan_sign_off(self, sign_off: PlanSignOff) -> Result<pb::Entry, FieldError> {
        self.finish(Body::PlanSignOff(sign_off.into()))
    }

    /// Proposes a goal of the plan to `owner`.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn plan_goal(self, owner: SeatId, goal: PlanGoal) -> Result<pb::Entry, FieldError> {
        self.ask(owner, Body::PlanGoal(goal.into()))
    }

    /// Proposes an action of the plan to `owner`.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn plan_action(self, owner: SeatId, action: PlanAction) -> Result<pb::Entry, FieldError> {
        self.ask(owner, Body::PlanAction(action.into()))
    }

    /// Offers the author's seat, or its obligations, to whoever holds `owner`.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn handover(self, owner: SeatId, handover: Handover) -> Result<pb::Entry, FieldError> {
        self.ask(owner, Body::Handover(handover.into()))
    }

    /// Raises something late with `owner`.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn escalation(
        self,
        owner: SeatId,
        escalation: Escalation,
    ) -> Result<pb::Entry, FieldError> {
        self.ask(owner, Body::Escalation(escalation.into()))
    }

    /// Records an agreement to share; `owner` says whether it is given.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn consent(self, owner: SeatId, consent: Consent) -> Result<pb::Entry, FieldError> {
        self.ask(owner, Body::Consent(consent.into()))
    }

    /// Proposes a time to `owner`.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn appointment(
        self,
        owner: SeatId,
        appointment: Appointment,
    ) -> Result<pb::Entry, FieldError> {
        self.ask(owner, Body::Appointment(appointment.into()))
    }

    /// Describes a file.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn attachment(self, attachment: Attachment) -> Result<pb::Entry, FieldError> {
        self.finish(Body::Attachment(attachment.into()))
    }

    /// Takes back something that the author's seat asked, or asks to stop it.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn cancellation(self, cancellation: Cancellation) -> Result<pb::Entry, FieldError> {
        self.finish(Body::Cancellation(cancellation.into()))
    }

    /// Marks an earlier entry of the same person as entered in error.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn retraction(self, retraction: Retraction) -> Result<pb::Entry, FieldError> {
        self.finish(Body::Retraction(retraction.into()))
    }

    /// Says how the author's seat takes part.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn participation(self, participation: Participation) -> Result<pb::Entry, FieldError> {
        self.finish(Body::Participation(participation.into()))
    }

    /// Lets another seat act for a seat.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn delegation(self, delegation: Delegation) -> Result<pb::Entry, FieldError> {
        self.finish(Body::Delegation(delegation.into()))
    }

    /// Says who covers a seat.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn coverage(self, coverage: Coverage) -> Result<pb::Entry, FieldError> {
        self.finish(Body::Coverage(coverage.into()))
    }

    /// Says that the author has looked through the case.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn review(self, review: Review) -> Result<pb::Entry, FieldError> {
        self.finish(Body::Review(review.into()))
    }

    /// Lets somebody in at once, for `owner` to review.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn break_glass(self, owner: SeatId, admitted: BreakGlass) -> Result<pb::Entry, FieldError> {
        self.ask(owner, Body::BreakGlass(admitted.into()))
    }

    /// Shares more of what was said before somebody joined.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn history_shared(self, shared: HistoryShared) -> Result<pb::Entry, FieldError> {
        self.finish(Body::HistoryShared(shared.into()))
    }

    /// Defines something that an organisation asks for in its own words.
    ///
    /// # Errors
    /// The field that is missing, malformed or contradicts another.
    pub fn type_definition(self, definition: TypeDefinition) -> Result<pb::Entry, FieldError> {
        self.finish(Body::TypeDefinition(definition.into()))
    }

    /// Asks `owner` for something that an organisation has defined. Whether it fits its
    /// definition, only the view can tell.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn defined_request(
        self,
        owner: SeatId,
        request: DefinedRequest,
    ) -> Result<pb::Entry, FieldError> {
        self.ask(owner, Body::DefinedRequest(request.into()))
    }

    /// Moves what an organisation has defined.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn defined_step(self, step: DefinedStep) -> Result<pb::Entry, FieldError> {
        self.finish(Body::DefinedStep(step.into()))
    }

    /// Copies what somebody said elsewhere; [`CaseView::excerpt`](crate::CaseView::excerpt) makes
    /// it.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn excerpt(self, excerpt: Excerpt) -> Result<pb::Entry, FieldError> {
        self.finish(Body::Excerpt(excerpt.into()))
    }

    /// Says whose access ends.
    ///
    /// # Errors
    /// The field that is missing or malformed.
    pub fn access_ended(self, ended: AccessEnded) -> Result<pb::Entry, FieldError> {
        self.finish(Body::AccessEnded(ended.into()))
    }
}
