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
        (style.text("refer-preview-who-will-see"), plan.door.who()),
        (style.text("refer-preview-title"), plan.title.clone()),
        (style.text("refer-preview-patient"), patient.to_owned()),
    ];
    let rows = rows.into_iter().chain(asked(plan, style));
    let mut lines = vec![style.text("refer-preview-exactly-shared").to_owned()];
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
            format!("{} {id}.", style.text("refer-preview-conversation-exists"))
        }
        None => style.text("refer-preview-new-conversation").to_owned(),
    };
    lines.push(format!(
        "{last} {}",
        style.text("refer-preview-neither-case-nor-its-team")
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
                style.text("refer-preview-service"),
                referral.service_display_name.clone(),
            ),
            (style.text("refer-preview-reason"), referral.reason.clone()),
            (style.text("refer-preview-needs"), referral.needs.join("; ")),
            (
                style.text("refer-preview-consent"),
                consent(&referral.consent),
            ),
            (
                style.text("refer-preview-outcome-wanted"),
                referral.outcome_wanted.clone(),
            ),
        ],
        Asked::Consult(consult) => vec![
            (
                style.text("refer-preview-specialty"),
                consult.specialty.clone(),
            ),
            (
                style.text("refer-preview-question"),
                consult.question.clone(),
            ),
            (style.text("refer-preview-consent"), consent("")),
        ],
    }
}
