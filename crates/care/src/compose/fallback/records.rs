//! What is recorded, as plain text.

use super::{append, labelled, utc};
use crate::{Decision, Language, MetricsReport, Share};

pub(super) fn decision(decision: &Decision, language: Language) -> String {
    let say = |english, french| language.pick(english, french);
    let head = format!("{}\n{}", say("Decision", "Décision"), decision.what);
    labelled(
        &head,
        &[
            (say("Reason", "Motif"), &decision.reason),
            (say("To be reviewed", "À revoir le"), &decision.review_date),
        ],
        language,
    )
}

pub(super) fn metrics_report(report: &MetricsReport, language: Language) -> String {
    let say = |english, french| language.pick(english, french);
    let of = |share: Option<Share>| {
        share.map_or_else(String::new, |share| {
            format!("{} / {}", share.part, share.whole)
        })
    };
    let answers: u64 = report.answer_times.iter().map(|bin| bin.count).sum();
    let answers = if answers > 0 {
        answers.to_string()
    } else {
        String::new()
    };
    let mut text = labelled(
        say("Numbers without content", "Chiffres sans contenu"),
        &[
            (say("From", "Du"), &utc(report.start)),
            (say("Until", "Jusqu’au"), &utc(report.end)),
            (say("Answers", "Réponses"), &answers),
            (
                say("Referrals closed", "Références fermées"),
                &of(report.referrals_closed),
            ),
            (
                say("Escalations taken", "Escalades prises en main"),
                &of(report.escalations_taken),
            ),
            (
                say("Vacant-seat hours", "Heures de siège vacant"),
                &report.vacant_seat_hours.to_string(),
            ),
        ],
        language,
    );
    for (role, share) in &report.acknowledged {
        let label = say("acknowledged in time", "confirmées à temps");
        let role = role.label(language);
        append(
            &mut text,
            &format!("{role}, {label} {} / {}", share.part, share.whole),
        );
    }
    text
}
