//! What is copied into another conversation, and how that ends, as plain text.

use super::{append, colon, labelled, utc};
use crate::{AccessEnded, Excerpt, InformationClass, Language, texts::TEXTS};

/// What a conversation with the patient says of the care team's own.
pub fn disclosure(language: Language) -> &'static str {
    crate::texts::TEXTS.text(language, "sharing-care-team-also-has-conversation")
}

pub(super) fn excerpt(excerpt: &Excerpt, language: Language) -> String {
    let say = |id| TEXTS.text(language, id);
    let classes: Vec<&str> = excerpt
        .classes
        .iter()
        .map(|class: &InformationClass| class.label(language))
        .collect();
    let mut text = format!(
        "{}{}{}, {}",
        say("sharing-shared-from-care-team"),
        colon(language),
        excerpt.author_display_name,
        excerpt.organisation_display_name,
    );
    append(&mut text, &excerpt.text);
    labelled(
        &text,
        &[
            (say("sharing-said-on"), &utc(excerpt.said_at)),
            (say("sharing-what"), &classes.join(", ")),
            (say("sharing-be-used-for"), &excerpt.purpose),
        ],
        language,
    )
}

pub(super) fn access_ended(ended: &AccessEnded, language: Language) -> String {
    let say = |id| TEXTS.text(language, id);
    let cause = ended.cause.label(language);
    let head = if ended.conversation_ends {
        format!("{} ({cause})", say("sharing-conversation-has-ended"))
    } else {
        format!("{} ({cause})", say("sharing-access-has-ended"))
    };
    let mut text = head;
    append(&mut text, say("sharing-what-was-read-stays-read"));
    text
}
