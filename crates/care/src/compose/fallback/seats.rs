//! How seats take part, as plain text.

use super::{append, labelled, utc};
use crate::{Coverage, Delegation, Language, LoopKind, Participation};

pub(super) fn participation(participation: &Participation, language: Language) -> String {
    let say = |english, french| language.pick(english, french);
    let stance = participation
        .stance
        .map_or("", |stance| stance.label(language));
    let follow = participation
        .follow
        .map_or("", |follow| follow.label(language));
    let mut text = labelled(
        say("How I take part", "Ma participation"),
        &[
            (say("Stance", "Position"), stance),
            (say("Follows", "Suit"), follow),
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
    let say = |english, french| language.pick(english, french);
    let head = if delegation.out_of_office {
        say("Out of office, with a delegate", "Absence, avec délégation")
    } else {
        say("Delegation", "Délégation")
    };
    let label = |kind: &LoopKind| kind.label(language);
    let kinds: Vec<&str> = delegation.kinds.iter().map(label).collect();
    labelled(
        head,
        &[
            (say("From", "Du"), &utc(delegation.start)),
            (say("Until", "Jusqu’au"), &utc(delegation.end)),
            (say("For", "Pour"), &kinds.join(", ")),
            (say("Why", "Motif"), &delegation.reason),
        ],
        language,
    )
}

pub(super) fn coverage(coverage: &Coverage, language: Language) -> String {
    let say = |english, french| language.pick(english, french);
    let supervised = if coverage.supervisor.is_some() {
        say("yes", "oui")
    } else {
        say("no", "non")
    };
    labelled(
        say("Who covers the seat", "Qui couvre le siège"),
        &[
            (
                say("Seats in the pool", "Sièges de relève"),
                &coverage.pool.len().to_string(),
            ),
            (say("Supervised", "Supervision"), supervised),
        ],
        language,
    )
}
