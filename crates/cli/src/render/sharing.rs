//! What was shared with whom, and that it has ended.

use relais_care::{CaseView, ConversationKind, Shared, compose::disclosure};

use super::{Style, day};

/// With whom an entry was shared, by which consent and when.
pub(super) fn shared(view: &CaseView, shared: &Shared<'_>, style: Style) -> String {
    let kind = shared.conversation.conversation;
    let kind = kind.unwrap_or(ConversationKind::Partner);
    let seats = shared.conversation.team.seats().iter();
    let readers = seats.filter_map(|seat| {
        let holder = seat.occupant.as_ref().or(seat.former.last())?;
        view.actor(kind, &holder.name, &[])?;
        Some(match kind {
            ConversationKind::Patient => holder.display_name.clone(),
            _ => seat.seat.organisation_display_name.clone(),
        })
    });
    let mut readers: Vec<String> = readers.collect();
    readers.dedup();
    let consents = shared.consents.iter().filter_map(|id| view.item(*id));
    let consents: Vec<String> = consents.map(|item| format!("#{}", item.seq)).collect();
    let with = readers.join(", ");
    let on = day(shared.copy.accepted_at, style);
    let by = &shared.copy.author.display_name;
    let told = match (style.language, consents.join(", ")) {
        (relais_care::Language::English, by_none) if by_none.is_empty() => {
            format!("shared with {with} on {on} by {by}")
        }
        (relais_care::Language::English, consents) => {
            format!("shared with {with} under consent {consents} on {on} by {by}")
        }
        (relais_care::Language::French, by_none) if by_none.is_empty() => {
            format!("partagée avec {with} le {on} par {by}")
        }
        (relais_care::Language::French, consents) => {
            format!("partagée avec {with} selon le consentement {consents} le {on} par {by}")
        }
    };
    if shared.is_faithful {
        return told;
    }
    format!(
        "{told} ⚠ {}",
        style.say(
            "the copy says something else: ask whoever shared it",
            "la copie dit autre chose : demandez à la personne qui l’a partagée"
        )
    )
}

/// What a conversation with a partner or the patient says of itself: that it has ended and why,
/// and that the team has one of its own.
pub(super) fn standing(view: &CaseView, style: Style) -> Vec<String> {
    let mut lines = Vec::new();
    if view.conversation == Some(ConversationKind::Patient) {
        lines.push(disclosure(style.language).to_owned());
    }
    if let Some(ended) = &view.ended {
        let cause = ended.cause.label(style.language);
        let (on, seq) = (day(ended.at, style), ended.seq);
        lines.push(match style.language {
            relais_care::Language::English => format!(
                "⚠ ENDED on {on} (#{seq}): {cause}. What was read stays read; nothing more is shared. What is still open was interrupted by this. With a new consent a new conversation begins."
            ),
            relais_care::Language::French => format!(
                "⚠ TERMINÉE le {on} (#{seq}) : {cause}. Ce qui a été lu reste lu; plus rien n’est partagé. Ce qui est encore en cours a ainsi été interrompu. Avec un nouveau consentement, une nouvelle conversation commence."
            ),
        });
    }
    lines
}
