//! The published messages as domain types, and back.
//!
//! Reading is the only validation there is: what [`compose`](crate::compose) makes is read
//! back before it is handed out, so writer and reader cannot disagree.

use bytes::Bytes;
use relais_proto::{
    care::{self as pb, entry::Body},
    to_proto_time,
};

use crate::{
    AcknowledgementRequest, CaseOpened, Consult, ConsultClass, Content, ConversationKind,
    Correction, DeclineReason, FieldError, LoopState, Occupancy, Patient, Person, Problem, Receipt,
    Referral, Relayed, Seat, SeatRole, Task, TeamChanged, Text, Transition,
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
    }
}

/// Reads what an entry says. A body that is unset, or of a later version, is unknown.
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
    })
}

fn case_opened(body: &pb::CaseOpened) -> Result<CaseOpened> {
    if body.seats.is_empty() {
        return Err(Problem::Missing.of("case_opened.seats"));
    }
    Ok(CaseOpened {
        title: field::line("case_opened.title", &body.title)?,
        purpose: field::optional_prose("case_opened.purpose", &body.purpose)?,
        patient: body.patient.as_ref().map(patient).transpose()?,
        conversation: ConversationKind::from_wire(body.kind).unwrap_or(ConversationKind::Team),
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
        role: SeatRole::from_wire(seat.role).ok_or(Problem::UnknownValue.of("seat.role"))?,
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
        to: LoopState::from_wire(body.to).ok_or(Problem::UnknownValue.of("transition.to"))?,
        note: field::optional_prose("transition.note", &body.note)?,
        decline_reason: DeclineReason::from_wire(body.decline_reason),
        alternative: field::optional_prose("transition.alternative", &body.alternative)?,
        alternative_service: field::optional_name(
            "transition.alternative_service",
            &body.alternative_service,
        )?,
    })
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
            person: occupancy.person.map(|person| pb::Person {
                practitioner_id: person.name.practitioner.into(),
                organisation: person.name.organisation.into(),
                display_name: person.display_name,
            }),
        }
    }
}

impl From<TeamChanged> for pb::TeamChanged {
    fn from(changed: TeamChanged) -> Self {
        Self {
            seats_added: all(changed.seats_added),
            occupancies: all(changed.occupancies),
            reason: changed.reason,
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

fn all<T, U: From<T>>(items: Vec<T>) -> Vec<U> {
    items.into_iter().map(U::from).collect()
}
