//! What can be asked besides the four first kinds, as plain text.

use relais_types::OrgDomain;

use super::{colon, labelled, utc};
use crate::{
    Consent, Content, DischargeNotice, InformationClass, Language, LoopKind, MedicationChange,
    ResourceSuggestion, texts::TEXTS,
};

/// Nothing for what asks for nothing.
pub(super) fn plain_text(content: &Content, language: Language) -> String {
    let say = |id| TEXTS.text(language, id);
    let head =
        |kind: LoopKind, title: &str| format!("{}{}{title}", kind.label(language), colon(language));
    match content {
        Content::CapacityEnquiry(enquiry) => labelled(
            &head(LoopKind::CapacityEnquiry, &enquiry.service_display_name),
            &[(say("requests-area"), &enquiry.area)],
            language,
        ),
        Content::ResourceSuggestion(suggestion) => resource_suggestion(suggestion, language),
        Content::DischargeNotice(notice) => discharge_notice(notice, language),
        Content::MedicationChange(change) => medication_change(change, language),
        Content::ResultFollowUp(result) => labelled(
            &head(
                LoopKind::ResultFollowUp,
                &format!("{} ({})", result.test, result.flag.label(language)),
            ),
            &[
                (say("requests-do"), &result.action),
                (say("requests-due"), &utc(result.due)),
            ],
            language,
        ),
        Content::Handover(handover) => labelled(
            &head(LoopKind::Handover, handover.scope.label(language)),
            &[
                (say("requests-where-things-stand"), &handover.summary),
                (
                    say("requests-open-items"),
                    &handover.open_items.len().to_string(),
                ),
                (say("requests-if-things-go-wrong"), &handover.contingency),
            ],
            language,
        ),
        Content::Escalation(escalation) => head(
            LoopKind::Escalation,
            &format!(
                "{} ({})",
                escalation.reason,
                escalation.rung.label(language)
            ),
        ),
        Content::Consent(consent) => consent_text(consent, language),
        Content::Appointment(appointment) => labelled(
            &head(LoopKind::Appointment, &appointment.what),
            &[
                (say("requests-when"), &utc(appointment.start)),
                (say("requests-where"), &appointment.place),
            ],
            language,
        ),
        _ => String::new(),
    }
}

fn resource_suggestion(suggestion: &ResourceSuggestion, language: Language) -> String {
    let say = |id| TEXTS.text(language, id);
    labelled(
        &format!(
            "{}{}{}",
            LoopKind::ResourceSuggestion.label(language),
            colon(language),
            suggestion.service_display_name
        ),
        &[
            (say("requests-whom-takes"), &suggestion.eligibility),
            (say("requests-languages"), &suggestion.languages.join(", ")),
            (say("requests-why"), &suggestion.reason),
        ],
        language,
    )
}

fn discharge_notice(notice: &DischargeNotice, language: Language) -> String {
    let say = |id| TEXTS.text(language, id);
    labelled(
        &format!(
            "{}{}{} – {}",
            LoopKind::DischargeNotice.label(language),
            colon(language),
            notice.admission_date,
            notice.discharge_date
        ),
        &[
            (say("requests-diagnoses"), &notice.diagnoses.join("; ")),
            (say("requests-medications"), &notice.medications.join("; ")),
            (
                say("requests-pending-tests"),
                &notice.pending_tests.join("; "),
            ),
            (say("requests-follow-up"), &notice.follow_up),
        ],
        language,
    )
}

fn medication_change(change: &MedicationChange, language: Language) -> String {
    let say = |id| TEXTS.text(language, id);
    let state = if change.informed {
        say("requests-made-already")
    } else {
        say("requests-proposed")
    };
    labelled(
        &format!(
            "{} ({state}){}{}",
            LoopKind::MedicationChange.label(language),
            colon(language),
            change.drug
        ),
        &[
            (say("requests-before"), &change.old_regimen),
            (say("requests-from-now-on"), &change.new_regimen),
            (say("requests-why"), &change.reason),
        ],
        language,
    )
}

fn consent_text(consent: &Consent, language: Language) -> String {
    let say = |id| TEXTS.text(language, id);
    let organisations = consent.actors.iter().map(OrgDomain::as_str);
    let people = consent.people.iter().map(|person| &*person.display_name);
    let actors: Vec<&str> = organisations.chain(people).collect();
    let label = |class: &InformationClass| class.label(language);
    let classes: Vec<&str> = consent.classes.iter().map(label).collect();
    labelled(
        &format!(
            "{}{}{}",
            LoopKind::Consent.label(language),
            colon(language),
            consent.purpose
        ),
        &[
            (say("requests-with"), &actors.join(", ")),
            (say("requests-what"), &classes.join(", ")),
            (say("requests-from"), &utc(consent.start)),
            (
                say("requests-until"),
                &consent.end.map(utc).unwrap_or_default(),
            ),
            (say("requests-decided"), &consent.decision_maker),
            (
                say("requests-given"),
                consent.given.map_or("", |given| given.label(language)),
            ),
        ],
        language,
    )
}
