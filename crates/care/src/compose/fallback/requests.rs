//! What can be asked besides the four first kinds, as plain text.

use relais_types::OrgDomain;

use super::{colon, labelled, utc};
use crate::{
    Consent, Content, DischargeNotice, InformationClass, Language, LoopKind, MedicationChange,
    ResourceSuggestion,
};

/// Nothing for what asks for nothing.
pub(super) fn plain_text(content: &Content, language: Language) -> String {
    let say = |english, french| language.pick(english, french);
    let head =
        |kind: LoopKind, title: &str| format!("{}{}{title}", kind.label(language), colon(language));
    match content {
        Content::CapacityEnquiry(enquiry) => labelled(
            &head(LoopKind::CapacityEnquiry, &enquiry.service_display_name),
            &[(say("Area", "Territoire"), &enquiry.area)],
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
                (say("To do", "À faire"), &result.action),
                (say("Due", "Échéance"), &utc(result.due)),
            ],
            language,
        ),
        Content::Handover(handover) => labelled(
            &head(LoopKind::Handover, handover.scope.label(language)),
            &[
                (say("Where things stand", "Situation"), &handover.summary),
                (
                    say("Open items", "Demandes ouvertes"),
                    &handover.open_items.len().to_string(),
                ),
                (
                    say("If things go wrong", "En cas de problème"),
                    &handover.contingency,
                ),
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
                (say("When", "Quand"), &utc(appointment.start)),
                (say("Where", "Où"), &appointment.place),
            ],
            language,
        ),
        _ => String::new(),
    }
}

fn resource_suggestion(suggestion: &ResourceSuggestion, language: Language) -> String {
    let say = |english, french| language.pick(english, french);
    labelled(
        &format!(
            "{}{}{}",
            LoopKind::ResourceSuggestion.label(language),
            colon(language),
            suggestion.service_display_name
        ),
        &[
            (say("Whom it takes", "Clientèle"), &suggestion.eligibility),
            (
                say("Languages", "Langues"),
                &suggestion.languages.join(", "),
            ),
            (say("Why", "Motif"), &suggestion.reason),
        ],
        language,
    )
}

fn discharge_notice(notice: &DischargeNotice, language: Language) -> String {
    let say = |english, french| language.pick(english, french);
    labelled(
        &format!(
            "{}{}{} – {}",
            LoopKind::DischargeNotice.label(language),
            colon(language),
            notice.admission_date,
            notice.discharge_date
        ),
        &[
            (
                say("Diagnoses", "Diagnostics"),
                &notice.diagnoses.join("; "),
            ),
            (
                say("Medications", "Médicaments"),
                &notice.medications.join("; "),
            ),
            (
                say("Pending tests", "Examens en attente"),
                &notice.pending_tests.join("; "),
            ),
            (say("Follow-up", "Suivi"), &notice.follow_up),
        ],
        language,
    )
}

fn medication_change(change: &MedicationChange, language: Language) -> String {
    let say = |english, french| language.pick(english, french);
    let state = if change.informed {
        say("made already", "déjà fait")
    } else {
        say("proposed", "proposé")
    };
    labelled(
        &format!(
            "{} ({state}){}{}",
            LoopKind::MedicationChange.label(language),
            colon(language),
            change.drug
        ),
        &[
            (say("Before", "Avant"), &change.old_regimen),
            (say("From now on", "Désormais"), &change.new_regimen),
            (say("Why", "Motif"), &change.reason),
        ],
        language,
    )
}

fn consent_text(consent: &Consent, language: Language) -> String {
    let say = |english, french| language.pick(english, french);
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
            (say("With", "Avec"), &actors.join(", ")),
            (say("What", "Quoi"), &classes.join(", ")),
            (say("From", "Du"), &utc(consent.start)),
            (
                say("Until", "Jusqu’au"),
                &consent.end.map(utc).unwrap_or_default(),
            ),
            (say("Decided by", "Décision de"), &consent.decision_maker),
            (
                say("Given", "Donné"),
                consent.given.map_or("", |given| given.label(language)),
            ),
        ],
        language,
    )
}
