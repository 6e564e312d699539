//! What can be asked besides the four first kinds.

use std::fmt;

use relais_types::{EntryId, OrgDomain, ServiceName, Timestamp};
use serde::Serialize;

use super::redacted;
use crate::{ConsentGiven, CoverageRung, HandoverScope, InformationClass, Person, ResultFlag};

/// Asks the owner seat whether a service has room. It says nothing about a patient.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct CapacityEnquiry {
    /// The service in the directory, if it is listed.
    pub service: Option<ServiceName>,
    /// Its name as people know it.
    pub service_display_name: String,
    /// Area to be served.
    pub area: String,
}

/// Suggests a service to the owner seat.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct ResourceSuggestion {
    /// The service in the directory.
    pub service: ServiceName,
    /// Its name as people know it.
    pub service_display_name: String,
    /// Whom it takes.
    pub eligibility: String,
    /// Languages that it speaks, BCP 47; at least one.
    pub languages: Vec<String>,
    /// Why it could help; may be empty.
    pub reason: String,
}

/// Tells the owner seat, which owns the follow-up, that the patient leaves the hospital.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct DischargeNotice {
    /// ISO 8601 date.
    pub admission_date: String,
    /// ISO 8601 date.
    pub discharge_date: String,
    /// At least one line.
    pub diagnoses: Vec<String>,
    /// As they stand at discharge.
    pub medications: Vec<String>,
    /// Results that are still to come.
    pub pending_tests: Vec<String>,
    /// What is to be followed up.
    pub follow_up: String,
}

/// Proposes a change of medication to the owner seat, or informs it of one.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct MedicationChange {
    /// The drug.
    pub drug: String,
    /// What was taken before; empty if it is begun.
    pub old_regimen: String,
    /// What is taken from now on; empty if it is stopped.
    pub new_regimen: String,
    /// Why.
    pub reason: String,
    /// Whether it is made already.
    pub informed: bool,
}

/// Asks the owner seat to act on a test result.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct ResultFollowUp {
    /// The test.
    pub test: String,
    /// How it stands.
    pub flag: ResultFlag,
    /// What is to be done.
    pub action: String,
    /// By when.
    pub due: Timestamp,
}

/// Offers the author's seat, or its obligations, to whoever holds the owner seat.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Handover {
    /// What is handed over.
    pub scope: HandoverScope,
    /// Where things stand.
    pub summary: String,
    /// What is open.
    pub open_items: Vec<EntryId>,
    /// What to do if things go wrong.
    pub contingency: String,
}

/// Asks the owner seat to see to something late.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Escalation {
    /// The loop that is late: the id of the entry that asked.
    pub target: EntryId,
    /// Where the owner seat stands in the chain of those who cover.
    pub rung: CoverageRung,
    /// Why.
    pub reason: String,
}

/// Records to whom what may be shared. The owner seat says whether it is given.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Consent {
    /// The organisations that may be told; with `people` at least one.
    pub actors: Vec<OrgDomain>,
    /// People who may be told, such as caregivers, whatever their organisation.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub people: Vec<Person>,
    /// What they may be told; at least one.
    pub classes: Vec<InformationClass>,
    /// What for.
    pub purpose: String,
    /// From when.
    pub start: Timestamp,
    /// Until when; none if until it is withdrawn.
    pub end: Option<Timestamp>,
    /// Who decides: the patient, or by name whoever decides for them.
    pub decision_maker: String,
    /// How it was given to whoever records it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub given: Option<ConsentGiven>,
}

/// Proposes a time to the owner seat.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Appointment {
    /// What for.
    pub what: String,
    /// When.
    pub start: Timestamp,
    /// Where; may be empty.
    pub place: String,
}

redacted!(
    CapacityEnquiry,
    ResourceSuggestion,
    DischargeNotice,
    MedicationChange,
    ResultFollowUp,
    Handover,
    Escalation,
    Consent,
    Appointment
);
