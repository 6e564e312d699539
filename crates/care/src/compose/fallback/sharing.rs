//! What is copied into another conversation, and how that ends, as plain text.

use super::{append, colon, labelled, utc};
use crate::{AccessEnded, Excerpt, InformationClass, Language};

/// What a conversation with the patient says of the care team's own.
pub const fn disclosure(language: Language) -> &'static str {
    language.pick(
        "The care team also has a conversation of its own about this care. It is not shown here; what is shared from it is.",
        "L’équipe de soins a aussi sa propre conversation au sujet de ces soins. Elle n’est pas montrée ici; ce qui en est partagé l’est.",
    )
}

pub(super) fn excerpt(excerpt: &Excerpt, language: Language) -> String {
    let say = |english, french| language.pick(english, french);
    let classes: Vec<&str> = excerpt
        .classes
        .iter()
        .map(|class: &InformationClass| class.label(language))
        .collect();
    let mut text = format!(
        "{}{}{}, {}",
        say("Shared from the care team", "Partagé par l’équipe de soins"),
        colon(language),
        excerpt.author_display_name,
        excerpt.organisation_display_name,
    );
    append(&mut text, &excerpt.text);
    labelled(
        &text,
        &[
            (say("Said on", "Dit le"), &utc(excerpt.said_at)),
            (say("What", "Quoi"), &classes.join(", ")),
            (
                say("To be used for", "Utilisation prévue"),
                &excerpt.purpose,
            ),
        ],
        language,
    )
}

pub(super) fn access_ended(ended: &AccessEnded, language: Language) -> String {
    let say = |english, french| language.pick(english, french);
    let cause = ended.cause.label(language);
    let head = if ended.conversation_ends {
        format!(
            "{} ({cause})",
            say(
                "This conversation has ended",
                "Cette conversation est terminée"
            )
        )
    } else {
        format!(
            "{} ({cause})",
            say("Access has ended", "Un accès a pris fin")
        )
    };
    let mut text = head;
    append(
        &mut text,
        say(
            "What was read stays read; nothing more is shared.",
            "Ce qui a été lu reste lu; plus rien n’est partagé.",
        ),
    );
    text
}
