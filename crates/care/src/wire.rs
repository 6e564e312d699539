//! The published messages as domain types, and back.
//!
//! Reading is the only validation there is: what [`compose`](crate::compose) makes is read
//! back before it is handed out, so writer and reader cannot disagree.

mod access;
mod definition;
mod plan;
mod records;
mod requests;
mod seats;
mod sharing;

use bytes::Bytes;
use relais_proto::{
    care::{self as pb, entry::Body},
    to_proto_time,
};

use crate::{
    AcknowledgementRequest, Attachment, Cancellation, CaseOpened, Consult, ConsultClass, Content,
    ConversationKind, Correction, DeclineReason, FieldError, Link, LoopState, Occupancy, Patient,
    Person, Problem, Receipt, Referral, Relayed, Retraction, Review, Seat, SeatRole, Task,
    TeamChanged, Text, Transition,
    field::{self, MAX_LIST},
};

type Result<T> = std::result::Result<T, FieldError>;

/// The version of every type of the catalogue so far.
pub(crate) const TYPE_VERSION: u32 = 1;

/// The published name of a body's type.
pub(crate) const fn type_name(body: &Body) -> &'static str {
    match body {
        Body::CaseOpened(_) => "relais.care.v1.CaseOpened",
        Body::TeamChanged(_) => "relais.care.v1.TeamChanged",
        Body::Text(_) => "relais.care.v1.Text",
        Body::Consult(_) => "relais.care.v1.Consult",
        Body::Referral(_) => "relais.care.v1.Referral",
        Body::Task(_) => "relais.care.v1.Task",
        Body::AcknowledgementRequest(_) => "relais.care.v1.AcknowledgementRequest",
        Body::Transition(_) => "relais.care.v1.Transition",
        Body::Receipt(_) => "relais.care.v1.Receipt",
        Body::Correction(_) => "relais.care.v1.Correction",
        Body::History(_) => "relais.care.v1.History",
        Body::Relayed(_) => "relais.care.v1.Relayed",
        Body::CapacityEnquiry(_) => "relais.care.v1.CapacityEnquiry",
        Body::ResourceSuggestion(_) => "relais.care.v1.ResourceSuggestion",
        Body::DischargeNotice(_) => "relais.care.v1.DischargeNotice",
        Body::MedicationChange(_) => "relais.care.v1.MedicationChange",
        Body::ResultFollowUp(_) => "relais.care.v1.ResultFollowUp",
        Body::PlanSection(_) => "relais.care.v1.PlanSection",
        Body::PlanGoal(_) => "relais.care.v1.PlanGoal",
        Body::PlanAction(_) => "relais.care.v1.PlanAction",
        Body::PlanSignOff(_) => "relais.care.v1.PlanSignOff",
        Body::Handover(_) => "relais.care.v1.Handover",
        Body::Escalation(_) => "relais.care.v1.Escalation",
        Body::Consent(_) => "relais.care.v1.Consent",
        Body::Appointment(_) => "relais.care.v1.Appointment",
        Body::Attachment(_) => "relais.care.v1.Attachment",
        Body::Cancellation(_) => "relais.care.v1.Cancellation",
        Body::Retraction(_) => "relais.care.v1.Retraction",
        Body::Participation(_) => "relais.care.v1.Participation",
        Body::Delegation(_) => "relais.care.v1.Delegation",
        Body::Coverage(_) => "relais.care.v1.Coverage",
        Body::Review(_) => "relais.care.v1.Review",
        Body::TypeDefinition(_) => "relais.care.v1.TypeDefinition",
        Body::DefinedRequest(_) => "relais.care.v1.DefinedRequest",
        Body::DefinedStep(_) => "relais.care.v1.DefinedStep",
        Body::BreakGlass(_) => "relais.care.v1.BreakGlass",
        Body::HistoryShared(_) => "relais.care.v1.HistoryShared",
        Body::Excerpt(_) => "relais.care.v1.Excerpt",
        Body::AccessEnded(_) => "relais.care.v1.AccessEnded",
        Body::Decision(_) => "relais.care.v1.Decision",
        Body::Nudge(_) => "relais.care.v1.Nudge",
        Body::MetricsReport(_) => "relais.care.v1.MetricsReport",
    }
}

/// Reads what an entry says. A body that is unset or of a later version is unknown, and so is
/// one that uses a word that a later version has added.
pub(crate) fn read_content(entry: &pb::Entry) -> Result<Content> {
    let Some(body) = &entry.body else {
        return Ok(Content::Unknown);
    };
    if entry.type_version > TYPE_VERSION {
        return Ok(Content::Unknown);
    }
    if entry.type_version == 0 {
        return Err(Problem::Missing.of("type_version"));
    }
    if entry.r#type != type_name(body) {
        return Err(Problem::NotWellFormed.of("type"));
    }
    match read_body(body) {
        Err(FieldError {
            problem: Problem::UnknownValue,
            ..
        }) => Ok(Content::Unknown),
        read => read,
    }
}

fn read_body(body: &Body) -> Result<Content> {
    Ok(match body {
        Body::CaseOpened(body) => Content::CaseOpened(case_opened(body)?),
        Body::TeamChanged(body) => Content::TeamChanged(team_changed(body)?),
        Body::Text(body) => Content::Text(Text {
            text: field::prose("text.text", &body.text)?,
        }),
        Body::Consult(body) => Content::Consult(consult(body)?),
        Body::Referral(body) => Content::Referral(referral(body)?),
        Body::Task(body) => Content::Task(Task {
            what: field::prose("task.what", &body.what)?,
            due: field::optional_time("task.due", body.due.as_ref())?,
        }),
        Body::AcknowledgementRequest(body) => {
            Content::AcknowledgementRequest(AcknowledgementRequest {
                what: field::prose("acknowledgement_request.what", &body.what)?,
            })
        }
        Body::Transition(body) => Content::Transition(transition(body)?),
        Body::Receipt(body) => Content::Receipt(receipt(body)?),
        Body::Correction(body) => Content::Correction(Correction {
            target: field::id("correction.target", &body.target)?,
            reason: field::prose("correction.reason", &body.reason)?,
            replacement: field::optional_prose("correction.replacement", &body.replacement)?,
        }),
        Body::History(_) => Content::History,
        Body::Relayed(body) => Content::Relayed(Relayed {
            conversation: field::id("relayed.conversation_id", &body.conversation_id)?,
            entries: body.entries.len(),
        }),
        Body::CapacityEnquiry(body) => Content::CapacityEnquiry(requests::capacity_enquiry(body)?),
        Body::ResourceSuggestion(body) => {
            Content::ResourceSuggestion(requests::resource_suggestion(body)?)
        }
        Body::DischargeNotice(body) => Content::DischargeNotice(requests::discharge_notice(body)?),
        Body::MedicationChange(body) => {
            Content::MedicationChange(requests::medication_change(body)?)
        }
        Body::ResultFollowUp(body) => Content::ResultFollowUp(requests::result_follow_up(body)?),
        Body::PlanSection(body) => Content::PlanSection(plan::plan_section(body)?),
        Body::PlanGoal(body) => Content::PlanGoal(plan::plan_goal(body)?),
        Body::PlanAction(body) => Content::PlanAction(plan::plan_action(body)?),
        Body::PlanSignOff(body) => Content::PlanSignOff(plan::plan_sign_off(body)?),
        Body::Handover(body) => Content::Handover(requests::handover(body)?),
        Body::Escalation(body) => Content::Escalation(requests::escalation(body)?),
        Body::Consent(body) => Content::Consent(requests::consent(body)?),
        Body::Appointment(body) => Content::Appointment(requests::appointment(body)?),
        Body::Attachment(body) => Content::Attachment(attachment(body)?),
        Body::Cancellation(body) => Content::Cancellation(Cancellation {
            target: field::id("cancellation.target", &body.target)?,
            reason: field::prose("cancellation.reason", &body.reason)?,
        }),
        Body::Retraction(body) => Content::Retraction(Retraction {
            target: field::id("retraction.target", &body.target)?,
            reason: field::prose("retraction.reason", &body.reason)?,
        }),
        Body::Participation(body) => Content::Participation(seats::participation(body)?),
        Body::Delegation(body) => Content::Delegation(seats::delegation(body)?),
        Body::Coverage(body) => Content::Coverage(seats::coverage(body)?),
        Body::TypeDefinition(body) => Content::TypeDefinition(definition::type_definition(body)?),
        Body::DefinedRequest(body) => Content::DefinedRequest(definition::defined_request(body)?),
        Body::DefinedStep(body) => Content::DefinedStep(definition::defined_step(body)?),
        Body::BreakGlass(body) => Content::BreakGlass(access::break_glass(body)?),
        Body::HistoryShared(body) => Content::HistoryShared(access::history_shared(body)?),
        Body::Excerpt(body) => Content::Excerpt(sharing::excerpt(body)?),
        Body::AccessEnded(body) => Content::AccessEnded(sharing::access_ended(body)?),
        Body::Decision(body) => Content::Decision(records::decision(body)?),
        Body::Nudge(body) => Content::Nudge(records::nudge(body)?),
        Body::MetricsReport(body) => Content::MetricsReport(records::metrics_report(body)?),
        Body::Review(body) => Content::Review(Review {
            note: field::optional_prose("review.note", &body.note)?,
        }),
    })
}

fn attachment(body: &pb::Attachment) -> Result<Attachment> {
    Ok(Attachment {
        media_type: field::media_type("attachment.media_type", &body.media_type)?,
        size: body.size,
        digest: sharing::digest("attachment.digest", &body.digest)?,
        file_name: field::optional_line("attachment.file_name", &body.file_name)?,
        caption: field::optional_prose("attachment.caption", &body.caption)?,
    })
}

fn case_opened(body: &pb::CaseOpened) -> Result<CaseOpened> {
    if body.seats.is_empty() {
        return Err(Problem::Missing.of("case_opened.seats"));
    }
    let conversation = ConversationKind::from_wire(body.kind).unwrap_or(ConversationKind::Team);
    let nobody = [ConversationKind::Enquiry, ConversationKind::Community];
    if nobody.contains(&conversation) && body.patient.is_some() {
        return Err(Problem::Inconsistent.of("case_opened.patient"));
    }
    Ok(CaseOpened {
        title: field::line("case_opened.title", &body.title)?,
        purpose: field::optional_prose("case_opened.purpose", &body.purpose)?,
        patient: body.patient.as_ref().map(patient).transpose()?,
        conversation,
        seats: field::list("case_opened.seats", &body.seats, MAX_LIST, seat)?,
        occupancies: field::list(
            "case_opened.occupancies",
            &body.occupancies,
            MAX_LIST,
            occupancy,
        )?,
    })
}

fn patient(patient: &pb::Patient) -> Result<Patient> {
    Ok(Patient {
        display_name: field::line("patient.display_name", &patient.display_name)?,
        birth_date: field::date("patient.birth_date", &patient.birth_date)?,
        language: field::language("patient.language", &patient.language)?,
    })
}

fn seat(seat: &pb::Seat) -> Result<Seat> {
    Ok(Seat {
        id: field::id("seat.id", &seat.id)?,
        role: field::word("seat.role", seat.role, SeatRole::from_wire)?,
        organisation: field::name("seat.organisation", &seat.organisation)?,
        organisation_display_name: field::line(
            "seat.organisation_display_name",
            &seat.organisation_display_name,
        )?,
    })
}

fn occupancy(occupancy: &pb::Occupancy) -> Result<Occupancy> {
    Ok(Occupancy {
        seat: field::id("occupancy.seat_id", &occupancy.seat_id)?,
        person: occupancy.person.as_ref().map(person).transpose()?,
    })
}

fn person(person: &pb::Person) -> Result<Person> {
    Ok(Person {
        name: field::practitioner(
            "person.practitioner_id",
            &person.practitioner_id,
            "person.organisation",
            &person.organisation,
        )?,
        display_name: field::line("person.display_name", &person.display_name)?,
    })
}

fn team_changed(body: &pb::TeamChanged) -> Result<TeamChanged> {
    if body.seats_added.is_empty() && body.occupancies.is_empty() {
        return Err(Problem::Missing.of("team_changed.occupancies"));
    }
    Ok(TeamChanged {
        seats_added: field::list(
            "team_changed.seats_added",
            &body.seats_added,
            MAX_LIST,
            seat,
        )?,
        occupancies: field::list(
            "team_changed.occupancies",
            &body.occupancies,
            MAX_LIST,
            occupancy,
        )?,
        reason: field::optional_prose("team_changed.reason", &body.reason)?,
        history: access::history(body.history.as_ref())?,
    })
}

fn consult(body: &pb::Consult) -> Result<Consult> {
    Ok(Consult {
        specialty: field::line("consult.specialty", &body.specialty)?,
        question: field::prose("consult.question", &body.question)?,
        class: ConsultClass::from_wire(body.class).unwrap_or(ConsultClass::Advice),
    })
}

fn referral(body: &pb::Referral) -> Result<Referral> {
    if body.needs.is_empty() {
        return Err(Problem::Missing.of("referral.needs"));
    }
    Ok(Referral {
        service: field::optional_name("referral.service", &body.service)?,
        service_display_name: field::line(
            "referral.service_display_name",
            &body.service_display_name,
        )?,
        reason: field::prose("referral.reason", &body.reason)?,
        needs: field::list("referral.needs", &body.needs, MAX_LIST, |need| {
            field::line("referral.needs", need)
        })?,
        consent: field::prose("referral.consent", &body.consent)?,
        outcome_wanted: field::prose("referral.outcome_wanted", &body.outcome_wanted)?,
    })
}

fn transition(body: &pb::Transition) -> Result<Transition> {
    Ok(Transition {
        target: field::id("transition.target", &body.target)?,
        to: field::word("transition.to", body.to, LoopState::from_wire)?,
        note: field::optional_prose("transition.note", &body.note)?,
        decline_reason: field::optional_word(
            "transition.decline_reason",
            body.decline_reason,
            DeclineReason::from_wire,
        )?,
        alternative: field::optional_prose("transition.alternative", &body.alternative)?,
        alternative_service: field::optional_name(
            "transition.alternative_service",
            &body.alternative_service,
        )?,
        nominee: field::optional_id("transition.nominee_seat", &body.nominee_seat)?,
        eligibility: field::optional_prose("transition.eligibility", &body.eligibility)?,
        interim_plan: field::optional_prose("transition.interim_plan", &body.interim_plan)?,
        expected_date: field::date("transition.expected_date", &body.expected_date)?,
        link: link(body)?,
        usefulness: records::usefulness(body)?,
    })
}

/// Both halves of a link, or neither.
fn link(body: &pb::Transition) -> Result<Option<Link>> {
    let case = field::optional_id("transition.linked_case", &body.linked_case)?;
    let entry = field::optional_id("transition.linked_entry", &body.linked_entry)?;
    match (case, entry) {
        (Some(case), Some(entry)) => Ok(Some(Link { case, entry })),
        (None, None) => Ok(None),
        (Some(_), None) => Err(Problem::Missing.of("transition.linked_entry")),
        (None, Some(_)) => Err(Problem::Missing.of("transition.linked_case")),
    }
}

fn receipt(body: &pb::Receipt) -> Result<Receipt> {
    if body.delivered.is_empty() && body.read.is_empty() && body.acknowledged.is_empty() {
        return Err(Problem::Missing.of("receipt.delivered"));
    }
    Ok(Receipt {
        delivered: field::entries("receipt.delivered", &body.delivered)?,
        read: field::entries("receipt.read", &body.read)?,
        acknowledged: field::entries("receipt.acknowledged", &body.acknowledged)?,
    })
}

impl From<CaseOpened> for pb::CaseOpened {
    fn from(opened: CaseOpened) -> Self {
        Self {
            title: opened.title,
            purpose: opened.purpose,
            patient: opened.patient.map(|patient| pb::Patient {
                display_name: patient.display_name,
                birth_date: patient.birth_date,
                language: patient.language,
            }),
            kind: opened.conversation.to_wire(),
            seats: all(opened.seats),
            occupancies: all(opened.occupancies),
        }
    }
}

impl From<Seat> for pb::Seat {
    fn from(seat: Seat) -> Self {
        Self {
            id: seat.id.into(),
            role: seat.role.to_wire(),
            organisation: seat.organisation.into(),
            organisation_display_name: seat.organisation_display_name,
        }
    }
}

impl From<Occupancy> for pb::Occupancy {
    fn from(occupancy: Occupancy) -> Self {
        Self {
            seat_id: occupancy.seat.into(),
            person: occupancy.person.map(pb::Person::from),
        }
    }
}

impl From<Person> for pb::Person {
    fn from(person: Person) -> Self {
        Self {
            practitioner_id: person.name.practitioner.into(),
            organisation: person.name.organisation.into(),
            display_name: person.display_name,
        }
    }
}

impl From<TeamChanged> for pb::TeamChanged {
    fn from(changed: TeamChanged) -> Self {
        Self {
            seats_added: all(changed.seats_added),
            occupancies: all(changed.occupancies),
            reason: changed.reason,
            history: (!changed.history.is_all()).then(|| changed.history.into()),
        }
    }
}

impl From<Consult> for pb::Consult {
    fn from(consult: Consult) -> Self {
        Self {
            specialty: consult.specialty,
            question: consult.question,
            class: consult.class.to_wire(),
        }
    }
}

impl From<Referral> for pb::Referral {
    fn from(referral: Referral) -> Self {
        Self {
            service: referral.service.map(String::from).unwrap_or_default(),
            service_display_name: referral.service_display_name,
            reason: referral.reason,
            needs: referral.needs,
            consent: referral.consent,
            outcome_wanted: referral.outcome_wanted,
        }
    }
}

impl From<Task> for pb::Task {
    fn from(task: Task) -> Self {
        Self {
            what: task.what,
            due: task.due.map(to_proto_time),
        }
    }
}

impl From<Transition> for pb::Transition {
    fn from(transition: Transition) -> Self {
        Self {
            target: transition.target.into(),
            to: transition.to.to_wire(),
            note: transition.note,
            decline_reason: transition.decline_reason.map_or(0, DeclineReason::to_wire),
            alternative: transition.alternative,
            alternative_service: transition
                .alternative_service
                .map(String::from)
                .unwrap_or_default(),
            nominee_seat: transition.nominee.map(Bytes::from).unwrap_or_default(),
            eligibility: transition.eligibility,
            interim_plan: transition.interim_plan,
            expected_date: transition.expected_date,
            linked_case: transition
                .link
                .map(|link| Bytes::from(link.case))
                .unwrap_or_default(),
            linked_entry: transition
                .link
                .map(|link| Bytes::from(link.entry))
                .unwrap_or_default(),
            usefulness: transition.usefulness.map_or(0, u32::from),
        }
    }
}

impl From<Receipt> for pb::Receipt {
    fn from(receipt: Receipt) -> Self {
        Self {
            delivered: all::<_, Bytes>(receipt.delivered),
            read: all(receipt.read),
            acknowledged: all(receipt.acknowledged),
        }
    }
}

impl From<Correction> for pb::Correction {
    fn from(correction: Correction) -> Self {
        Self {
            target: correction.target.into(),
            reason: correction.reason,
            replacement: correction.replacement,
        }
    }
}

impl From<Cancellation> for pb::Cancellation {
    fn from(cancellation: Cancellation) -> Self {
        Self {
            target: cancellation.target.into(),
            reason: cancellation.reason,
        }
    }
}

impl From<Retraction> for pb::Retraction {
    fn from(retraction: Retraction) -> Self {
        Self {
            target: retraction.target.into(),
            reason: retraction.reason,
        }
    }
}

impl From<Attachment> for pb::Attachment {
    fn from(attachment: Attachment) -> Self {
        Self {
            media_type: attachment.media_type,
            size: attachment.size,
            digest: Bytes::copy_from_slice(attachment.digest.as_bytes()),
            file_name: attachment.file_name,
            caption: attachment.caption,
        }
    }
}

fn all<T, U: From<T>>(items: Vec<T>) -> Vec<U> {
    items.into_iter().map(U::from).collect()
}
