//! Who is let in and what they are given, as plain text.

use super::{labelled, utc};
use crate::{BreakGlass, HistoryPolicy, HistoryShared, Language, LoopKind, texts::TEXTS};

pub(super) fn break_glass(admitted: &BreakGlass, language: Language) -> String {
    let say = |id| TEXTS.text(language, id);
    labelled(
        &format!(
            "{} ({})",
            LoopKind::BreakGlass.label(language),
            admitted.reason.label(language)
        ),
        &[
            (say("access-let"), &admitted.person.display_name),
            (say("access-until"), &utc(admitted.until)),
            (say("access-why"), &admitted.explanation),
            (
                say("access-earlier-entries"),
                &history(&admitted.history, language),
            ),
        ],
        language,
    )
}

pub(super) fn history_shared(shared: &HistoryShared, language: Language) -> String {
    let say = |id| TEXTS.text(language, id);
    labelled(
        say("access-shared-more-earlier-entries"),
        &[
            (say("access-with"), &shared.person.display_name),
            (say("access-what"), &history(&shared.history, language)),
            (say("access-why"), &shared.reason),
        ],
        language,
    )
}

/// What a newcomer is given, in words.
pub fn history(policy: &HistoryPolicy, language: Language) -> String {
    match policy {
        HistoryPolicy::Since { since } => {
            let day = utc(*since);
            let day = day.split('T').next().unwrap_or_default();
            format!(
                "{} {day}",
                crate::texts::TEXTS.text(language, "access-since")
            )
        }
        HistoryPolicy::Kinds { kinds } => {
            let labels: Vec<&str> = kinds.iter().map(|kind| kind.label(language)).collect();
            labels.join(", ")
        }
        other => other.scope().label(language).to_owned(),
    }
}
