//! What is recorded, as plain text.

use super::{append, labelled, utc};
use crate::{Decision, Language, MetricsReport, Share, texts::TEXTS};

pub(super) fn decision(decision: &Decision, language: Language) -> String {
    let say = |id| TEXTS.text(language, id);
    let head = format!("{}\n{}", say("records-decision"), decision.what);
    labelled(
        &head,
        &[
            (say("records-reason"), &decision.reason),
            (say("records-be-reviewed"), &decision.review_date),
        ],
        language,
    )
}

pub(super) fn metrics_report(report: &MetricsReport, language: Language) -> String {
    let say = |id| TEXTS.text(language, id);
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
        say("records-numbers-without-content"),
        &[
            (say("records-from"), &utc(report.start)),
            (say("records-until"), &utc(report.end)),
            (say("records-answers"), &answers),
            (
                say("records-referrals-closed"),
                &of(report.referrals_closed),
            ),
            (
                say("records-escalations-taken"),
                &of(report.escalations_taken),
            ),
            (
                say("records-vacant-seat-hours"),
                &report.vacant_seat_hours.to_string(),
            ),
        ],
        language,
    );
    for (role, share) in &report.acknowledged {
        let label = say("records-acknowledged-time");
        let role = role.label(language);
        append(
            &mut text,
            &format!("{role}, {label} {} / {}", share.part, share.whole),
        );
    }
    text
}
