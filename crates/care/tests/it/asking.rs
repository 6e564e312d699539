//! One of each kind that can be asked.

use std::time::Duration;

use relais_care::{
    AcknowledgementRequest, Appointment, BreakGlass, BreakGlassReason, CapacityEnquiry, Consent,
    ConsentGiven, Consult, ConsultClass, CoverageRung, DischargeNotice, Escalation, FieldError,
    Handover, HandoverScope, HistoryPolicy, InformationClass, LoopKind, LoopState,
    MedicationChange, PlanAction, PlanGoal, PlanSection, Referral, ResourceSuggestion, ResultFlag,
    ResultFollowUp, Seat, SeatRole, Task, compose::Draft,
};
use relais_proto::care as pb;
use relais_types::{EntryId, SeatId};

use crate::world::{Log, START, person, seat_id};

/// Asks for something that begins where its kind usually does.
pub(crate) fn ask(log: &mut Log, by: usize, seat: usize, kind: LoopKind, owner: usize) -> EntryId {
    ask_at(log, by, seat, kind, owner, LoopState::Proposed)
}

/// Asks for something that begins in this state, if its kind leaves a choice.
pub(crate) fn ask_at(
    log: &mut Log,
    by: usize,
    seat: usize,
    kind: LoopKind,
    owner: usize,
    begin: LoopState,
) -> EntryId {
    // What an escalation is about: the first loop, or else a task that nobody has done.
    let about = log.view().loops.first().map(|asked| asked.id);
    let about = match (kind, about) {
        (LoopKind::Escalation, None) => {
            let entry = log.draft(by, seat).task(seat_id(owner), task());
            log.push(by, entry.unwrap())
        }
        (_, about) => about.unwrap_or(EntryId::from_bytes([0; 16])),
    };
    let about = if kind == LoopKind::Defined {
        crate::defined::define(log, by, seat)
    } else {
        about
    };
    let entry = compose(log.draft(by, seat), kind, seat_id(owner), about, begin);
    log.push(by, entry.unwrap())
}

fn task() -> Task {
    Task {
        what: "Appeler".to_owned(),
        due: None,
    }
}

pub(crate) fn compose(
    draft: Draft,
    kind: LoopKind,
    owner: SeatId,
    about: EntryId,
    begin: LoopState,
) -> Result<pb::Entry, FieldError> {
    let text = str::to_owned;
    match kind {
        LoopKind::Consult => draft.consult(
            owner,
            Consult {
                specialty: text("Néphrologie"),
                question: text("Quelle dose ?"),
                class: ConsultClass::CoManage,
            },
        ),
        LoopKind::Referral => draft.referral(owner, referral()),
        LoopKind::Task => draft.task(owner, task()),
        LoopKind::AcknowledgementRequest => draft.acknowledgement_request(
            owner,
            AcknowledgementRequest {
                what: text("Allergie"),
            },
        ),
        LoopKind::CapacityEnquiry => draft.capacity_enquiry(
            owner,
            CapacityEnquiry {
                service: None,
                service_display_name: text("Popote roulante"),
                area: text("H2J"),
            },
        ),
        LoopKind::ResourceSuggestion => draft.resource_suggestion(
            owner,
            ResourceSuggestion {
                service:
                    "organisations/popote.internal/services/00000000-0000-0000-0000-000000000001"
                        .parse()
                        .unwrap(),
                service_display_name: text("Popote roulante"),
                eligibility: text("65 ans et plus"),
                languages: vec![text("fr"), text("ar")],
                reason: text("Vit seul"),
            },
        ),
        LoopKind::DischargeNotice | LoopKind::MedicationChange | LoopKind::ResultFollowUp => {
            clinical(draft, kind, owner, begin)
        }
        LoopKind::PlanSection => draft.plan_section(
            owner,
            PlanSection {
                title: text("Mobilité"),
                content: text("Veut retourner au marché"),
            },
        ),
        LoopKind::PlanGoal => draft.plan_goal(
            owner,
            PlanGoal {
                text: text("Marcher 500 m"),
                target_date: text("2026-06-01"),
                section: None,
            },
        ),
        LoopKind::PlanAction => draft.plan_action(
            owner,
            PlanAction {
                text: text("Physiothérapie"),
                target_date: text("2026-04-01"),
                goal: None,
            },
        ),
        LoopKind::Handover => draft.handover(owner, handover(HandoverScope::Obligations)),
        LoopKind::Escalation => draft.escalation(
            owner,
            Escalation {
                target: about,
                rung: CoverageRung::Delegate,
                reason: text("Sans réponse"),
            },
        ),
        LoopKind::Consent => draft.consent(owner, consent()),
        LoopKind::BreakGlass => draft.break_glass(owner, break_glass()),
        LoopKind::Defined => draft.defined_request(owner, crate::defined::request(about)),
        LoopKind::Appointment => draft.appointment(
            owner,
            Appointment {
                what: text("Visite à domicile"),
                start: START,
                place: text("Domicile"),
            },
        ),
    }
}

fn clinical(
    draft: Draft,
    kind: LoopKind,
    owner: SeatId,
    begin: LoopState,
) -> Result<pb::Entry, FieldError> {
    let text = str::to_owned;
    match kind {
        LoopKind::DischargeNotice => draft.discharge_notice(
            owner,
            DischargeNotice {
                admission_date: text("2026-02-20"),
                discharge_date: text("2026-03-02"),
                diagnoses: vec![text("Insuffisance cardiaque")],
                medications: vec![text("Furosémide 40 mg")],
                pending_tests: vec![text("BNP")],
                follow_up: text("Peser chaque jour"),
            },
        ),
        LoopKind::MedicationChange => draft.medication_change(
            owner,
            MedicationChange {
                drug: text("Furosémide"),
                old_regimen: text("40 mg die"),
                new_regimen: text("80 mg die"),
                reason: text("Œdème"),
                informed: begin == LoopState::Informed,
            },
        ),
        _ => draft.result_follow_up(
            owner,
            ResultFollowUp {
                test: text("Kaliémie"),
                flag: ResultFlag::Critical,
                action: text("Répéter"),
                due: START,
            },
        ),
    }
}

pub(crate) fn referral() -> Referral {
    Referral {
        service: None,
        service_display_name: "Popote roulante".to_owned(),
        reason: "Vit seul".to_owned(),
        needs: vec!["Repas".to_owned()],
        consent: "Nom et adresse".to_owned(),
        outcome_wanted: "Trois repas par semaine".to_owned(),
    }
}

pub(crate) fn handover(scope: HandoverScope) -> Handover {
    Handover {
        scope,
        summary: "Stable".to_owned(),
        open_items: Vec::new(),
        contingency: "Appeler le 811".to_owned(),
    }
}

/// Jo Lavoie of the hospital is let in for four hours.
pub(crate) fn break_glass() -> BreakGlass {
    BreakGlass {
        seat: Seat {
            id: seat_id(9),
            role: SeatRole::Emergency,
            organisation: "hopital.internal".parse().unwrap(),
            organisation_display_name: "hopital.internal".to_owned(),
        },
        person: person(6),
        reason: BreakGlassReason::EmergencyTreatment,
        explanation: "Inconscient à l’urgence".to_owned(),
        until: START.plus(Duration::from_hours(4)),
        history: HistoryPolicy::Open,
    }
}

pub(crate) fn consent() -> Consent {
    Consent {
        actors: vec!["popote.internal".parse().unwrap()],
        classes: vec![InformationClass::Contact, InformationClass::Social],
        purpose: "Repas à domicile".to_owned(),
        start: START,
        end: None,
        decision_maker: "M. T.".to_owned(),
        people: vec![person(5)],
        given: Some(ConsentGiven::Verbal),
    }
}
