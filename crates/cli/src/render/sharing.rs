//! What was shared with whom, and that it has ended.

use relais_care::{Actor, CaseView, ConversationKind, Shared, compose::disclosure};
use relais_types::Timestamp;

use super::{Style, day};

/// With whom an entry was shared, by which consent and when.
pub(super) fn shared(view: &CaseView, shared: &Shared<'_>, style: Style) -> String {
    let consents = shared.consents.iter().filter_map(|id| view.item(*id));
    let consents: Vec<String> = consents.map(|item| format!("#{}", item.seq)).collect();
    let with = readers(view, shared.conversation).join(", ");
    let on = day(shared.copy.accepted_at, style);
    let by = &shared.copy.author.display_name;
    let values = [
        ("with", with.into()),
        ("on", on.into()),
        ("by", by.into()),
        ("consents", consents.join(", ").into()),
    ];
    let told = if consents.is_empty() {
        style.fill("render-sharing-shared", &values)
    } else {
        style.fill("render-sharing-shared-under-consent", &values)
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
        let values = [("who", who.into()), ("title", title.into())];
        style.fill("render-sharing-access-due", &values)
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
        let values = [
            ("on", day(ended.at, style).into()),
            ("number", ended.seq.into()),
            ("cause", cause.into()),
        ];
        lines.push(style.fill("render-sharing-ended", &values));
    }
    lines
}
