//! What was shared with whom, and that it has ended.

use relais_care::{Actor, CaseView, ConversationKind, Language, Shared, compose::disclosure};
use relais_types::Timestamp;

use super::{Style, day};

/// With whom an entry was shared, by which consent and when.
pub(super) fn shared(view: &CaseView, shared: &Shared<'_>, style: Style) -> String {
    let consents = shared.consents.iter().filter_map(|id| view.item(*id));
    let consents: Vec<String> = consents.map(|item| format!("#{}", item.seq)).collect();
    let with = readers(view, shared.conversation).join(", ");
    let on = day(shared.copy.accepted_at, style);
    let by = &shared.copy.author.display_name;
    let told = match (style.language, consents.join(", ")) {
        (Language::English, by_none) if by_none.is_empty() => {
            format!("shared with {with} on {on} by {by}")
        }
        (Language::English, consents) => {
            format!("shared with {with} under consent {consents} on {on} by {by}")
        }
        (Language::French, by_none) if by_none.is_empty() => {
            format!("partagée avec {with} le {on} par {by}")
        }
        (Language::French, consents) => {
            format!("partagée avec {with} selon le consentement {consents} le {on} par {by}")
        }
    };
    let hint = if shared.copy.is_withdrawn() {
        style.text("render-sharing-copy-was-taken-back-since")
    } else if !shared.is_faithful {
        style.text("render-sharing-copy-says-something-else-ask")
    } else if !shared.is_current {
        style.text("render-sharing-original-was-corrected-since-take")
    } else {
        return told;
    };
    format!("{told} ⚠ {hint}")
}

/// In which conversations somebody's access is about to end.
pub fn access_due(view: &CaseView, at: Timestamp, style: Style) -> Vec<String> {
    let due = view.access_due(at).into_iter();
    due.map(|(linked, actor)| {
        let title = &linked.title;
        let who = match &actor {
            Actor::Organisation(domain) => domain.as_str(),
            Actor::Person(name) => linked.display_name(name).unwrap_or_default(),
        };
        match style.language {
            Language::English => format!(
                "⚠ No consent to share with {who} is in force any more. Nothing more goes into « {title} », and their devices leave it as soon as a device of somebody who is in both conversations is online."
            ),
            Language::French => format!(
                "⚠ Aucun consentement au partage avec {who} n’est plus en vigueur. Plus rien ne part vers « {title} », et ses appareils en sortent dès qu’un appareil d’une personne présente dans les deux conversations est en ligne."
            ),
        }
    })
    .collect()
}

/// With whom an entry was shared: people in a conversation with the patient, else organisations.
pub(crate) fn readers(view: &CaseView, conversation: &CaseView) -> Vec<String> {
    let kind = conversation.conversation;
    let kind = kind.unwrap_or(ConversationKind::Partner);
    let seats = conversation.team.seats().iter();
    let names = seats.filter_map(|seat| {
        let holder = seat.occupant.as_ref().or(seat.former.last())?;
        // Of the team itself nobody is named.
        view.actor(ConversationKind::Partner, &holder.name, &[])?;
        Some(match kind {
            ConversationKind::Patient => holder.display_name.clone(),
            _ => seat.seat.organisation_display_name.clone(),
        })
    });
    let mut names: Vec<String> = names.collect();
    names.dedup();
    names
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
            Language::English => format!(
                "⚠ ENDED on {on} (#{seq}): {cause}. What was read stays read; nothing more is shared. What is still open was interrupted by this. With a new consent a new conversation begins."
            ),
            Language::French => format!(
                "⚠ TERMINÉE le {on} (#{seq}) : {cause}. Ce qui a été lu reste lu; plus rien n’est partagé. Ce qui est encore en cours a ainsi été interrompu. Avec un nouveau consentement, une nouvelle conversation commence."
            ),
        });
    }
    lines
}
