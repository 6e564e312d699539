## PartnershipStage

PartnershipStage-listed = listed
PartnershipStage-referral = referral
PartnershipStage-case = shared cases

## CommitmentKind

CommitmentKind-answer_referral = answers a referral
CommitmentKind-answer_enquiry = answers an enquiry
CommitmentKind-answer_consult = answers a consult
CommitmentKind-renew_capacity = renews what it says of its capacity
CommitmentKind-coverage_hours = is there

## Likeness

Likeness-service = the same service
Likeness-kind = a service of the same kind
Likeness-need = the same need

## Rejection

Rejection-only_in_a_team_case = Only in a team’s case can somebody be let in at once.
Rejection-malformed = A field is missing or malformed.
Rejection-wrong_case = It was written for another case.
Rejection-author_mismatch = The author it names did not sign it.
Rejection-not_opened = The case has not been opened.
Rejection-already_opened = Only the first entry can open a case.
Rejection-seat_missing = The author must act from a seat.
Rejection-seat_not_held = The author does not hold that seat.
Rejection-unknown_seat = It names a seat that is not on the case.
Rejection-seat_exists = The case has that seat already.
Rejection-wrong_organisation = The person does not belong to the seat’s organisation.
Rejection-nobody_left = It would leave every seat vacant.
Rejection-unknown_target = It refers to something that is not in the case.
Rejection-not_in_catalogue = This step is not possible from the current state.
Rejection-wrong_party = This step belongs to another seat.
Rejection-note_required = This step requires a note.
Rejection-decline_reason_required = A decline requires a coded reason.
Rejection-role_not_allowed = A seat of this role cannot say this.
Rejection-nominee_required = This step requires another seat that is offered it.
Rejection-alternative_required = Say where the patient was referred.
Rejection-same_seat = It takes another seat.
Rejection-seat_changed = Somebody else holds that seat by now.
Rejection-does_not_fit = What is filled in does not fit its definition.
Rejection-already_on_team = That person is on the team already.
Rejection-time_not_allowed = Emergency access ends within 72 hours from now.
Rejection-not_the_author = Only its author may correct or replace an entry.
Rejection-not_correctable = An entry of this kind cannot be corrected.
Rejection-must_be_taken_back = It has taken effect: take it back by a further step instead.
Rejection-not_a_team_case = Only a team case can hold linked conversations.
Rejection-not_a_partner_conversation = Only conversations with a partner can be linked.
Rejection-relayed_by_another = Another person relays that conversation.
Rejection-about_a_patient = An enquiry with a service holds nothing about a patient.
Rejection-not_a_linked_conversation = This can only be said in a conversation with a partner or the patient.
Rejection-conversation_ended = The conversation has ended: nothing more can be asked or shared in it.
Rejection-no_patient_here = This group has no patient: ask for one in a case of theirs.
Rejection-reminded_already = A reminder was sent less than a day ago.
Rejection-nothing_to_remind = No other seat has to act on it now.
Rejection-too_large = It is too large to be shared with newcomers.

## Priority

Priority-routine = routine
Priority-urgent = urgent
Priority-asap = as soon as possible
Priority-stat = immediately (also phone)

## Sensitivity

Sensitivity-normal = normal
Sensitivity-restricted = restricted

## ConversationKind

ConversationKind-team = Team case
ConversationKind-partner = Partner conversation
ConversationKind-enquiry = Enquiry with a service
ConversationKind-patient = Conversation with the patient
ConversationKind-community = Group without a patient

## IdentifierKind

IdentifierKind-patient_name = name of a patient of yours
IdentifierKind-birth_date = exact date
IdentifierKind-health_card = health card number
IdentifierKind-telephone = telephone number
IdentifierKind-email = e-mail address
IdentifierKind-postal_code = postal code

## OverdueKind

OverdueKind-acknowledgement = not acknowledged in time
OverdueKind-due = not done in time

## SeatRole

SeatRole-specialist = Specialist
SeatRole-primary_care_physician = Primary care physician
SeatRole-nurse_case_manager = Nurse case manager
SeatRole-navigator = Navigator
SeatRole-pharmacist = Pharmacist
SeatRole-social_worker = Social worker
SeatRole-community_worker = Community worker
SeatRole-clerk = Clerk
SeatRole-laboratory = Laboratory
SeatRole-patient = Patient
SeatRole-caregiver = Caregiver
SeatRole-emergency = Emergency access
SeatRole-hub = Hub
SeatRole-mentor = Mentor
SeatRole-manager = Manager

## Stance

Stance-monitor = monitors
Stance-co_manage = co-manages
Stance-hand_over = has handed over

## FollowLevel

FollowLevel-all = everything
FollowLevel-milestones = milestones
FollowLevel-exceptions = exceptions

## Significance

Significance-detail = detail
Significance-milestone = milestone
Significance-exception = exception

## DutyClass

DutyClass-administrative = administrative
DutyClass-clinical = clinical
DutyClass-coordination = coordination

## CoverageRung

CoverageRung-seat = the seat itself
CoverageRung-delegate = delegate
CoverageRung-pool = pool
CoverageRung-supervisor = supervisor

## Availability

Availability-held = held
Availability-away = out of office
Availability-vacant = vacant

## LoopKind

LoopKind-consult = Consult
LoopKind-referral = Referral
LoopKind-task = Task
LoopKind-acknowledgement_request = Acknowledgement request
LoopKind-capacity_enquiry = Capacity enquiry
LoopKind-resource_suggestion = Resource suggestion
LoopKind-discharge_notice = Discharge notice
LoopKind-medication_change = Medication change
LoopKind-result_follow_up = Result follow-up
LoopKind-plan_goal = Plan goal
LoopKind-plan_action = Plan action
LoopKind-handover = Handover
LoopKind-escalation = Escalation
LoopKind-consent = Consent
LoopKind-appointment = Appointment
LoopKind-plan_section = Plan section
LoopKind-defined = Request of its own kind
LoopKind-break_glass = Break-glass

## LoopState

LoopState-open = open
LoopState-info_requested = information requested
LoopState-supplied = information supplied
LoopState-answered = answered
LoopState-closed = closed
LoopState-withdrawn = withdrawn
LoopState-requested = requested
LoopState-received = received
LoopState-accepted = accepted
LoopState-declined = declined
LoopState-in_progress = in progress
LoopState-on_hold = on hold
LoopState-completed = completed
LoopState-failed = could not be completed
LoopState-pending = pending
LoopState-acknowledged = acknowledged
LoopState-refused = refused
LoopState-done = done
LoopState-cancelled = cancelled
LoopState-expired = expired
LoopState-asked = asked
LoopState-capacity = room available
LoopState-none = no room
LoopState-waitlist = waiting list
LoopState-assess_first = to be assessed first
LoopState-suggested = suggested
LoopState-referred = referred
LoopState-sent = sent
LoopState-follow_up_booked = follow-up booked
LoopState-proposed = proposed
LoopState-informed = informed
LoopState-reconciled = reconciled
LoopState-disputed = disputed
LoopState-actioned = actioned
LoopState-reassignment_offered = offered to another seat
LoopState-rejected = rejected
LoopState-active = active
LoopState-achieved = achieved
LoopState-offered = offered
LoopState-raised = raised
LoopState-taken = taken
LoopState-resolved = resolved
LoopState-booked = booked
LoopState-fulfilled = took place
LoopState-no_show = no-show
LoopState-abort_requested = stop requested
LoopState-justified = reviewed: justified
LoopState-unjustified = reviewed: not justified

## Party

Party-requester = requester
Party-owner = owner
Party-nominee = nominee
Party-pool = seat of the hub’s pool

## Requirement

Requirement-nothing = nothing
Requirement-note = a note
Requirement-decline_reason = a decline reason
Requirement-nominee = another seat

## DeclineReason

DeclineReason-no_capacity = no capacity
DeclineReason-waitlist = waiting list only
DeclineReason-not_eligible = not eligible
DeclineReason-could_not_contact = could not contact the patient
DeclineReason-no_longer_interested = patient no longer interested
DeclineReason-referred_elsewhere = referred elsewhere

## ConsultClass

ConsultClass-advice = advice
ConsultClass-co_manage = co-management
ConsultClass-take_over = take over

## ResultFlag

ResultFlag-normal = normal
ResultFlag-abnormal = abnormal
ResultFlag-critical = critical

## SignOff

SignOff-agreed = agreed
SignOff-objected = objected

## HandoverScope

HandoverScope-seat = the seat
HandoverScope-obligations = its open items

## FieldKind

FieldKind-line = a line
FieldKind-prose = text
FieldKind-number = a number
FieldKind-date = a date
FieldKind-yes_no = yes or no
FieldKind-choice = a choice

## HistoryScope

HistoryScope-all = everything
HistoryScope-since = since a date
HistoryScope-kinds = by kind
HistoryScope-open = only what is open

## BreakGlassReason

BreakGlassReason-emergency_treatment = emergency treatment
BreakGlassReason-risk_of_harm = risk of harm
BreakGlassReason-team_unreachable = team cannot be reached
BreakGlassReason-legal_duty = legal duty
BreakGlassReason-other = other reason

## InformationClass

InformationClass-identity = identity
InformationClass-contact = contact details
InformationClass-social = social situation
InformationClass-clinical = clinical summary
InformationClass-medication = medication
InformationClass-results = test results
InformationClass-mental_health = mental health

## ConsentGiven

ConsentGiven-verbal = by word of mouth
ConsentGiven-written = in writing
ConsentGiven-substitute = by the substitute decision-maker

## AccessEndedCause

AccessEndedCause-consent_withdrawn = the consent to share was withdrawn
AccessEndedCause-consent_expired = the period of the consent has ended

## Withheld

Withheld-rejected = it has no effect in the case
Withheld-taken_back = its author has taken it back
Withheld-replaced = a later entry replaces it
Withheld-restricted = its author has restricted it to the team
Withheld-nothing_to_share = there is nothing in it to share
Withheld-no_class = say what sort of information it is
Withheld-not_recorded = no consent to share with them is recorded
Withheld-not_in_force = the consent to share with them is not in force
Withheld-not_covered = the consent does not cover this sort of information
Withheld-nobody_there = there is nobody there to share it with
