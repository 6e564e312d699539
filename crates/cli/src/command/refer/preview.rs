//! What a service is about to see, shown before it is shared.

use super::{Asked, Plan};
use crate::render::{Style, wrap};

/// Exactly what is shared, row by row.
pub(super) fn preview(plan: &Plan, style: Style) -> String {
    let patient = plan
        .patient
        .as_ref()
        .map_or("–", |patient| patient.display_name.as_str());
    let rows = [
        (
            style.say("Who will see it", "Qui le verra"),
            plan.door.who(),
        ),
        (style.say("Title", "Titre"), plan.title.clone()),
        (style.say("Patient", "Patient"), patient.to_owned()),
    ];
    let rows = rows.into_iter().chain(asked(plan, style));
    let mut lines = vec![
        style
            .say(
                "Exactly this is shared:",
                "Voici exactement ce qui est partagé :",
            )
            .to_owned(),
    ];
    for (label, text) in rows {
        let mut words = wrap(&text, style.width.saturating_sub(22)).into_iter();
        lines.push(format!(
            "  {} {}",
            crate::render::pad(label, 18),
            words.next().unwrap_or_default()
        ));
        lines.extend(words.map(|line| format!("  {} {line}", " ".repeat(18))));
    }
    let last = match &plan.reuse {
        Some((case, _)) => {
            let id: String = case.id().to_string().chars().take(8).collect();
            format!(
                "{} {id}.",
                style.say(
                    "In the conversation that exists:",
                    "Dans la conversation existante :"
                )
            )
        }
        None => style
            .say("In a new conversation.", "Dans une nouvelle conversation.")
            .to_owned(),
    };
    lines.push(format!(
        "{last} {}",
        style.say(
            "Neither the case nor its team is shown.",
            "Ni le dossier ni son équipe ne sont montrés."
        )
    ));
    lines.join("\n")
}

/// What is asked, row by row.
fn asked(plan: &Plan, style: Style) -> Vec<(&'static str, String)> {
    let consent = |words: &str| match plan.consent {
        Some(number) => format!("{words} (#{number})"),
        None => words.to_owned(),
    };
    match &plan.asked {
        Asked::Referral(referral) => vec![
            (
                style.say("Service", "Service"),
                referral.service_display_name.clone(),
            ),
            (style.say("Reason", "Motif"), referral.reason.clone()),
            (style.say("Needs", "Besoins"), referral.needs.join("; ")),
            (
                style.say("Consent", "Consentement"),
                consent(&referral.consent),
            ),
            (
                style.say("Outcome wanted", "Résultat souhaité"),
                referral.outcome_wanted.clone(),
            ),
        ],
        Asked::Consult(consult) => vec![
            (
                style.say("Specialty", "Spécialité"),
                consult.specialty.clone(),
            ),
            (style.say("Question", "Question"), consult.question.clone()),
            (style.say("Consent", "Consentement"), consent("")),
        ],
    }
}
