//! What can be asked besides the four first kinds, on the wire.

use relais_proto::{care as pb, to_proto_time};

use super::{Result, all};
use crate::{
    Appointment, CapacityEnquiry, Consent, ConsentGiven, CoverageRung, DischargeNotice, Escalation,
    Handover, HandoverScope, InformationClass, MedicationChange, Problem, ResourceSuggestion,
    ResultFlag, ResultFollowUp,
    field::{self, MAX_LIST},
};

pub(super) fn capacity_enquiry(body: &pb::CapacityEnquiry) -> Result<CapacityEnquiry> {
    Ok(CapacityEnquiry {
        service: field::optional_name("capacity_enquiry.service", &body.service)?,
        service_display_name: field::line(
            "capacity_enquiry.service_display_name",
            &body.service_display_name,
        )?,
        area: field::line("capacity_enquiry.area", &body.area)?,
    })
}

pub(super) fn resource_suggestion(body: &pb::ResourceSuggestion) -> Result<ResourceSuggestion> {
    if body.languages.is_empty() {
        return Err(Problem::Missing.of("resource_suggestion.languages"));
    }
    Ok(ResourceSuggestion {
        service: field::name("resource_suggestion.service", &body.service)?,
        service_display_name: field::line(
            "resource_suggestion.service_display_name",
            &body.service_display_name,
        )?,
        eligibility: field::prose("resource_suggestion.eligibility", &body.eligibility)?,
        languages: field::list(
            "resource_suggestion.languages",
            &body.languages,
            MAX_LIST,
            |tag| match field::language("resource_suggestion.languages", tag) {
                Ok(tag) if tag.is_empty() => {
                    Err(Problem::Missing.of("resource_suggestion.languages"))
                }
                read => read,
            },
        )?,
        reason: field::optional_prose("resource_suggestion.reason", &body.reason)?,
    })
}

pub(super) fn discharge_notice(body: &pb::DischargeNotice) -> Result<DischargeNotice> {
    if body.diagnoses.is_empty() {
        return Err(Problem::Missing.of("discharge_notice.diagnoses"));
    }
    let admission_date =
        field::required_date("discharge_notice.admission_date", &body.admission_date)?;
    let discharge_date =
        field::required_date("discharge_notice.discharge_date", &body.discharge_date)?;
    // Both are ISO 8601, which sorts as the days do.
    if discharge_date < admission_date {
        return Err(Problem::Reversed.of("discharge_notice.discharge_date"));
    }
    Ok(DischargeNotice {
        admission_date,
        discharge_date,
        diagnoses: lines("discharge_notice.diagnoses", &body.diagnoses)?,
        medications: lines("discharge_notice.medications", &body.medications)?,
        pending_tests: lines("discharge_notice.pending_tests", &body.pending_tests)?,
        follow_up: field::prose("discharge_notice.follow_up", &body.follow_up)?,
    })
}

pub(super) fn medication_change(body: &pb::MedicationChange) -> Result<MedicationChange> {
    let old_regimen = field::optional_line("medication_change.old_regimen", &body.old_regimen)?;
    let new_regimen = field::optional_line("medication_change.new_regimen", &body.new_regimen)?;
    if old_regimen.trim().is_empty() && new_regimen.trim().is_empty() {
        return Err(Problem::Missing.of("medication_change.new_regimen"));
    }
    Ok(MedicationChange {
        drug: field::line("medication_change.drug", &body.drug)?,
        old_regimen,
        new_regimen,
        reason: field::prose("medication_change.reason", &body.reason)?,
        informed: body.informed,
    })
}

pub(super) fn result_follow_up(body: &pb::ResultFollowUp) -> Result<ResultFollowUp> {
    Ok(ResultFollowUp {
        test: field::line("result_follow_up.test", &body.test)?,
        flag: field::word("result_follow_up.flag", body.flag, ResultFlag::from_wire)?,
        action: field::prose("result_follow_up.action", &body.action)?,
        due: field::time("result_follow_up.due", body.due.as_ref())?,
    })
}

pub(super) fn handover(body: &pb::Handover) -> Result<Handover> {
    Ok(Handover {
        scope: field::word("handover.scope", body.scope, HandoverScope::from_wire)?,
        summary: field::prose("handover.summary", &body.summary)?,
        open_items: field::list("handover.open_items", &body.open_items, 200, |id| {
            field::id("handover.open_items", id)
        })?,
        contingency: field::prose("handover.contingency", &body.contingency)?,
    })
}

pub(super) fn escalation(body: &pb::Escalation) -> Result<Escalation> {
    Ok(Escalation {
        target: field::id("escalation.target", &body.target)?,
        rung: field::word("escalation.rung", body.rung, CoverageRung::from_wire)?,
        reason: field::prose("escalation.reason", &body.reason)?,
    })
}

pub(super) fn consent(body: &pb::Consent) -> Result<Consent> {
    if body.actors.is_empty() && body.people.is_empty() {
        return Err(Problem::Missing.of("consent.actors"));
    }
    if body.classes.is_empty() {
        return Err(Problem::Missing.of("consent.classes"));
    }
    let start = field::time("consent.start_time", body.start_time.as_ref())?;
    let end = field::optional_time("consent.end_time", body.end_time.as_ref())?;
    if end.is_some_and(|end| end <= start) {
        return Err(Problem::Reversed.of("consent.end_time"));
    }
    Ok(Consent {
        actors: field::list("consent.actors", &body.actors, MAX_LIST, |actor| {
            field::name("consent.actors", actor)
        })?,
        people: field::list("consent.people", &body.people, MAX_LIST, super::person)?,
        classes: super::sharing::classes("consent.classes", &body.classes)?,
        purpose: field::prose("consent.purpose", &body.purpose)?,
        start,
        end,
        decision_maker: field::line("consent.decision_maker", &body.decision_maker)?,
        given: field::optional_word("consent.given", body.given, ConsentGiven::from_wire)?,
    })
}

pub(super) fn appointment(body: &pb::Appointment) -> Result<Appointment> {
    Ok(Appointment {
        what: field::prose("appointment.what", &body.what)?,
        start: field::time("appointment.start_time", body.start_time.as_ref())?,
        place: field::optional_line("appointment.place", &body.place)?,
    })
}

fn lines(field: &'static str, items: &[String]) -> Result<Vec<String>> {
    field::list(field, items, MAX_LIST, |item| field::line(field, item))
}

impl From<CapacityEnquiry> for pb::CapacityEnquiry {
    fn from(enquiry: CapacityEnquiry) -> Self {
        Self {
            service: enquiry.service.map(String::from).unwrap_or_default(),
            service_display_name: enquiry.service_display_name,
            area: enquiry.area,
        }
    }
}

impl From<ResourceSuggestion> for pb::ResourceSuggestion {
    fn from(suggestion: ResourceSuggestion) -> Self {
        Self {
            service: suggestion.service.into(),
            service_display_name: suggestion.service_display_name,
            eligibility: suggestion.eligibility,
            languages: suggestion.languages,
            reason: suggestion.reason,
        }
    }
}

impl From<DischargeNotice> for pb::DischargeNotice {
    fn from(notice: DischargeNotice) -> Self {
        Self {
            admission_date: notice.admission_date,
            discharge_date: notice.discharge_date,
            diagnoses: notice.diagnoses,
            medications: notice.medications,
            pending_tests: notice.pending_tests,
            follow_up: notice.follow_up,
        }
    }
}

impl From<MedicationChange> for pb::MedicationChange {
    fn from(change: MedicationChange) -> Self {
        Self {
            drug: change.drug,
            old_regimen: change.old_regimen,
            new_regimen: change.new_regimen,
            reason: change.reason,
            informed: change.informed,
        }
    }
}

impl From<ResultFollowUp> for pb::ResultFollowUp {
    fn from(result: ResultFollowUp) -> Self {
        Self {
            test: result.test,
            flag: result.flag.to_wire(),
            action: result.action,
            due: Some(to_proto_time(result.due)),
        }
    }
}

impl From<Handover> for pb::Handover {
    fn from(handover: Handover) -> Self {
        Self {
            scope: handover.scope.to_wire(),
            summary: handover.summary,
            open_items: all(handover.open_items),
            contingency: handover.contingency,
        }
    }
}

impl From<Escalation> for pb::Escalation {
    fn from(escalation: Escalation) -> Self {
        Self {
            target: escalation.target.into(),
            rung: escalation.rung.to_wire(),
            reason: escalation.reason,
        }
    }
}

impl From<Consent> for pb::Consent {
    fn from(consent: Consent) -> Self {
        Self {
            actors: all(consent.actors),
            people: all(consent.people),
            given: consent.given.map_or(0, ConsentGiven::to_wire),
            classes: consent
                .classes
                .into_iter()
                .map(InformationClass::to_wire)
                .collect(),
            purpose: consent.purpose,
            start_time: Some(to_proto_time(consent.start)),
            end_time: consent.end.map(to_proto_time),
            decision_maker: consent.decision_maker,
        }
    }
}

impl From<Appointment> for pb::Appointment {
    fn from(appointment: Appointment) -> Self {
        Self {
            what: appointment.what,
            start_time: Some(to_proto_time(appointment.start)),
            place: appointment.place,
        }
    }
}
