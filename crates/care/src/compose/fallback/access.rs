//! Who is let in and what they are given, as plain text.

use super::{labelled, utc};
use crate::{BreakGlass, HistoryPolicy, HistoryShared, Language, LoopKind};

pub(super) fn break_glass(admitted: &BreakGlass, language: Language) -> String {
    let say = |english, french| language.pick(english, french);
    labelled(
        &format!(
            "{} ({})",
            LoopKind::BreakGlass.label(language),
            admitted.reason.label(language)
        ),
        &[
            (
                say("Let in", "Accès donné à"),
                &admitted.person.display_name,
            ),
            (say("Until", "Jusqu’au"), &utc(admitted.until)),
            (say("Why", "Motif"), &admitted.explanation),
            (
                say("Earlier entries", "Entrées antérieures"),
                &history(&admitted.history, language),
            ),
        ],
        language,
    )
}

pub(super) fn history_shared(shared: &HistoryShared, language: Language) -> String {
    let say = |english, french| language.pick(english, french);
    labelled(
        say(
            "Shared more of the earlier entries",
            "A transmis d’autres entrées antérieures",
        ),
        &[
            (say("With", "À"), &shared.person.display_name),
            (say("What", "Quoi"), &history(&shared.history, language)),
            (say("Why", "Motif"), &shared.reason),
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
            format!("{} {day}", language.pick("since", "depuis le"))
        }
        HistoryPolicy::Kinds { kinds } => {
            let labels: Vec<&str> = kinds.iter().map(|kind| kind.label(language)).collect();
            labels.join(", ")
        }
        other => other.scope().label(language).to_owned(),
    }
}
