//! How seats take part, as plain text.

use super::{append, labelled, utc};
use crate::{Coverage, Delegation, Language, LoopKind, Participation, texts::TEXTS};

pub(super) fn participation(participation: &Participation, language: Language) -> String {
    let say = |id| TEXTS.text(language, id);
    let stance = participation
        .stance
        .map_or("", |stance| stance.label(language));
    let follow = participation
        .follow
        .map_or("", |follow| follow.label(language));
    let mut text = labelled(
        say("seats-how-i-take-part"),
        &[
            (say("seats-stance"), stance),
            (say("seats-follows"), follow),
        ],
        language,
    );
    for duty in &participation.charter {
        append(
            &mut text,
            &format!("– {} ({})", duty.what, duty.class.label(language)),
        );
    }
    text
}

pub(super) fn delegation(delegation: &Delegation, language: Language) -> String {
    let say = |id| TEXTS.text(language, id);
    let head = if delegation.out_of_office {
        say("seats-out-office-with-delegate")
    } else {
        say("seats-delegation")
    };
    let label = |kind: &LoopKind| kind.label(language);
    let kinds: Vec<&str> = delegation.kinds.iter().map(label).collect();
    labelled(
        head,
        &[
            (say("seats-from"), &utc(delegation.start)),
            (say("seats-until"), &utc(delegation.end)),
            (say("seats-for"), &kinds.join(", ")),
            (say("seats-why"), &delegation.reason),
        ],
        language,
    )
}

pub(super) fn coverage(coverage: &Coverage, language: Language) -> String {
    let say = |id| TEXTS.text(language, id);
    let supervised = if coverage.supervisor.is_some() {
        say("seats-yes")
    } else {
        say("seats-no")
    };
    labelled(
        say("seats-who-covers-seat"),
        &[
            (say("seats-seats-pool"), &coverage.pool.len().to_string()),
            (say("seats-supervised"), supervised),
        ],
        language,
    )
}
