//! The timeline: every entry with person, seat and organisation.

use relais_care::{CaseView, Content, Occupancy, TeamChanged, TimelineItem, Transition};

use super::{Style, Tags, day, pad, seat_marks, time, wrap};

/// Columns before an entry's words.
const MARGIN: usize = 14;

/// All entries, with a line for each new day.
pub(super) fn lines(view: &CaseView, style: Style) -> Vec<String> {
    let mut lines = Vec::new();
    let mut today = String::new();
    for item in &view.timeline {
        let on = day(item.accepted_at, style);
        if on != today {
            lines.push(format!("── {on} ──"));
            today = on;
        }
        lines.extend(entry(view, item, style));
    }
    lines
}

/// One entry: who said it, what, and who has it.
pub fn entry(view: &CaseView, item: &TimelineItem, style: Style) -> Vec<String> {
    let margin = " ".repeat(MARGIN);
    let words = style.width.saturating_sub(MARGIN + 2);
    let head = format!(
        "{} {}  {}",
        pad(&format!("#{}", item.seq), 5),
        pad(&time(item.accepted_at), 5),
        speaker(view, item, style)
    );
    let mut lines = vec![head];
    let mut say = |text: &str| {
        lines.extend(
            wrap(text, words)
                .into_iter()
                .map(|line| format!("{margin}{line}")),
        )
    };
    say(&headline(view, item, style));
    say(&body(item, style));
    if let Some(rejected) = item.rejected {
        say(&format!(
            "⚠ {}: {}",
            style.say("No effect", "Sans effet"),
            rejected.text(style.language)
        ));
    }
    if let Some(amendment) = &item.amendment {
        let label = if item.is_withdrawn() {
            style.say("Withdrawn by its author", "Retiré par son auteur")
        } else {
            style.say("Corrected by its author", "Corrigé par son auteur")
        };
        say(&format!(
            "✎ {label} (#{}): {}",
            amendment.seq, amendment.reason
        ));
    }
    say(&seat_marks(view, item, style));
    lines
}

/// Person, seat and organisation.
fn speaker(view: &CaseView, item: &TimelineItem, style: Style) -> String {
    let author = &item.author;
    let name = if author.display_name.is_empty() {
        author.name.to_string()
    } else {
        author.display_name.clone()
    };
    let tags = Tags::of(&view.team, style);
    let from = author.role.map_or_else(
        || style.say("no seat", "sans siège").to_owned(),
        |role| {
            format!(
                "{} · {}",
                role.label(style.language),
                author.organisation_display_name
            )
        },
    );
    let audience: Vec<&str> = item
        .envelope
        .audience
        .iter()
        .map(|seat| tags.get(*seat))
        .collect();
    if audience.is_empty() {
        format!("{name} · {from}")
    } else {
        format!(
            "{name} · {from} · {} {}",
            style.say("only to", "seulement à"),
            audience.join(", ")
        )
    }
}

/// What kind of entry it is, in a line; nothing for plain conversation.
pub fn headline(view: &CaseView, item: &TimelineItem, style: Style) -> String {
    let tags = Tags::of(&view.team, style);
    let owner = item
        .envelope
        .owner_seat
        .map(|seat| format!(" → {}", tags.get(seat)))
        .unwrap_or_default();
    let urgency = match item.envelope.priority {
        relais_care::Priority::Routine => String::new(),
        priority => format!(" · {}", priority.label(style.language)),
    };
    let asks = |kind: relais_care::LoopKind, what: &str| {
        let of = if what.is_empty() {
            String::new()
        } else {
            format!(": {what}")
        };
        format!("{}{owner}{of}{urgency}", kind.label(style.language))
    };
    match &item.content {
        Content::CaseOpened(opened) => {
            format!(
                "{}: {}",
                style.say("Opened the case", "A ouvert le dossier"),
                opened.title
            )
        }
        Content::TeamChanged(changed) => team_change(view, changed, style),
        Content::Consult(consult) => asks(
            relais_care::LoopKind::Consult,
            &format!(
                "{} ({})",
                consult.specialty,
                consult.class.label(style.language)
            ),
        ),
        Content::Referral(referral) => asks(
            relais_care::LoopKind::Referral,
            &referral.service_display_name,
        ),
        Content::Task(_) => asks(relais_care::LoopKind::Task, ""),
        Content::AcknowledgementRequest(_) => {
            asks(relais_care::LoopKind::AcknowledgementRequest, "")
        }
        Content::Transition(transition) => step(view, transition, style),
        Content::Correction(correction) => {
            let target = view
                .item(correction.target)
                .map_or_else(String::new, |item| format!(" #{}", item.seq));
            let verb = if correction.replacement.is_empty() {
                style.say("Withdrew", "A retiré")
            } else {
                style.say("Corrected", "A corrigé")
            };
            format!("{verb}{target}: {}", correction.reason)
        }
        Content::Relayed(relayed) => {
            let linked = view.linked.get(&relayed.conversation);
            let title = linked
                .map(|linked| linked.title.as_str())
                .unwrap_or_default();
            format!(
                "{} « {title} » ({})",
                style.say(
                    "Shared from the partner conversation",
                    "Partagé de la conversation avec le partenaire"
                ),
                relayed.entries
            )
        }
        Content::Text(_) | Content::Unknown | Content::Receipt(_) | Content::History => {
            String::new()
        }
        Content::Malformed => style.say("Could not be read", "Illisible").to_owned(),
    }
}

/// What was said, in the author's words.
fn body(item: &TimelineItem, style: Style) -> String {
    if item.amendment.is_some() {
        return item.text(style.language).into_owned();
    }
    match &item.content {
        Content::CaseOpened(opened) => opened.purpose.clone(),
        Content::TeamChanged(changed) => changed.reason.clone(),
        Content::Text(text) => text.text.clone(),
        Content::Consult(consult) => consult.question.clone(),
        Content::Referral(referral) => {
            let labelled = [
                (style.say("Needs", "Besoins"), referral.needs.join("; ")),
                (
                    style.say("Consent", "Consentement"),
                    referral.consent.clone(),
                ),
                (
                    style.say("Outcome wanted", "Résultat souhaité"),
                    referral.outcome_wanted.clone(),
                ),
            ];
            let lines = labelled
                .into_iter()
                .map(|(label, text)| format!("{label}: {text}"));
            std::iter::once(referral.reason.clone())
                .chain(lines)
                .collect::<Vec<_>>()
                .join("\n")
        }
        Content::Task(task) => task.what.clone(),
        Content::AcknowledgementRequest(request) => request.what.clone(),
        Content::Transition(transition) => {
            let mut text = transition.note.clone();
            if !transition.alternative.is_empty() {
                let label = style.say("Alternative", "Autre possibilité");
                text.push_str(&format!("\n{label}: {}", transition.alternative));
            }
            text
        }
        Content::Correction(correction) => correction.replacement.clone(),
        Content::Relayed(_) | Content::Receipt(_) | Content::History => String::new(),
        Content::Unknown | Content::Malformed => item.fallback.clone(),
    }
}

/// Which loop moved where.
fn step(view: &CaseView, transition: &Transition, style: Style) -> String {
    let mut text = view.find_loop(transition.target).map_or_else(
        || "?".to_owned(),
        |asked| {
            format!(
                "#{} {}: {}",
                asked.asked_seq,
                asked.kind.label(style.language),
                asked.title
            )
        },
    );
    text.push_str(&format!(" ⇒ {}", transition.to.label(style.language)));
    if let Some(reason) = transition.decline_reason {
        text.push_str(&format!(" ({})", reason.label(style.language)));
    }
    text
}

/// Who holds which seat from now on.
fn team_change(view: &CaseView, changed: &TeamChanged, style: Style) -> String {
    let change = |occupancy: &Occupancy| {
        let role = view
            .team
            .seat(occupancy.seat)
            .map_or("?", |seat| seat.seat.role.label(style.language));
        let who = occupancy
            .person
            .as_ref()
            .map_or(style.say("vacant", "vacant"), |person| {
                person.display_name.as_str()
            });
        format!("{role}: {who}")
    };
    let changes: Vec<String> = changed.occupancies.iter().map(change).collect();
    format!(
        "{} — {}",
        style.say("The care team has changed", "L’équipe de soins a changé"),
        changes.join("; ")
    )
}
