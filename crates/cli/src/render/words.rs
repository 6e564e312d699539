//! What an entry says, in a line and in full.

use relais_care::{
    CaseView, Content, ConversationKind, Occupancy, TeamChanged, TimelineItem, Transition,
};

use super::{Style, Tags, fit};

/// Columns that a loop's title may take where it is only referred to.
const TITLE: usize = 56;

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
            format!("{} {what}", style.colon())
        };
        format!("{}{owner}{of}{urgency}", kind.label(style.language))
    };
    match &item.content {
        Content::CaseOpened(opened) => {
            format!(
                "{}{} {}",
                style.text("render-words-opened-case"),
                style.colon(),
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
                style.text("render-words-withdrew")
            } else {
                style.text("render-words-corrected")
            };
            format!("{verb}{target}{} {}", style.colon(), correction.reason)
        }
        Content::Relayed(relayed) => {
            let linked = view.linked.get(&relayed.conversation);
            let title = linked
                .map(|linked| linked.title.as_str())
                .unwrap_or_default();
            let kind = linked.and_then(|linked| linked.conversation);
            let from = if kind == Some(ConversationKind::Patient) {
                style.text("render-words-from-conversation-with-patient")
            } else {
                style.text("render-words-from-conversation-with-partner")
            };
            format!("{from} « {title} »")
        }
        Content::Text(_) | Content::Unknown | Content::Receipt(_) | Content::History => {
            String::new()
        }
        Content::Excerpt(excerpt) => format!(
            "{}{} {} · {}",
            style.text("render-words-shared-from-care-team"),
            style.colon(),
            excerpt.author_display_name,
            excerpt.organisation_display_name
        ),
        Content::Nudge(nudge) => {
            let asked = view.find_loop(nudge.target);
            let (number, title) = asked.map_or((0, ""), |asked| (asked.asked_seq, &asked.title));
            let values = [
                ("number", number.into()),
                ("title", fit(title, TITLE).into()),
            ];
            style.fill("render-words-reminder", &values)
        }
        Content::Malformed => style.text("render-words-could-not-be-read").to_owned(),
        content => match content.asks() {
            Some(kind) => asks(
                kind,
                view.find_loop(item.id)
                    .map_or("", |asked| asked.title.as_str()),
            ),
            None => first_and_rest(item, style).0,
        },
    }
}

/// The first line of what an entry says in plain text, and the other lines.
fn first_and_rest(item: &TimelineItem, style: Style) -> (String, String) {
    let text = item.text(style.language);
    let (first, rest) = text.split_once('\n').unwrap_or((&text, ""));
    (first.to_owned(), rest.to_owned())
}

/// What was said, in the author's words.
pub(super) fn body(item: &TimelineItem, style: Style) -> String {
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
                (style.text("render-words-needs"), referral.needs.join("; ")),
                (style.text("render-words-consent"), referral.consent.clone()),
                (
                    style.text("render-words-outcome-wanted"),
                    referral.outcome_wanted.clone(),
                ),
            ];
            let lines = labelled
                .into_iter()
                .map(|(label, text)| format!("{label}{} {text}", style.colon()));
            std::iter::once(referral.reason.clone())
                .chain(lines)
                .collect::<Vec<_>>()
                .join("\n")
        }
        Content::Task(task) => task.what.clone(),
        Content::AcknowledgementRequest(request) => request.what.clone(),
        Content::Transition(transition) => {
            let alternative = match &transition.alternative_service {
                Some(service) if transition.alternative.is_empty() => service.to_string(),
                _ => transition.alternative.clone(),
            };
            let labelled = [
                (
                    style.text("render-words-eligibility"),
                    &transition.eligibility,
                ),
                (
                    style.text("render-words-meanwhile"),
                    &transition.interim_plan,
                ),
                (
                    style.text("render-words-expected"),
                    &transition.expected_date,
                ),
                (style.text("render-words-alternative"), &alternative),
            ];
            let said = labelled.into_iter().filter(|(_, words)| !words.is_empty());
            let lines = said.map(|(label, words)| format!("\n{label}{} {words}", style.colon()));
            std::iter::once(transition.note.clone())
                .chain(lines)
                .collect()
        }
        Content::Correction(correction) => correction.replacement.clone(),
        Content::Nudge(nudge) => nudge.note.clone(),
        Content::Relayed(_) | Content::Receipt(_) | Content::History => String::new(),
        Content::Unknown | Content::Malformed => item.fallback.clone(),
        _ => first_and_rest(item, style).1,
    }
}

/// Which loop moved where.
fn step(view: &CaseView, transition: &Transition, style: Style) -> String {
    let mut text = view.find_loop(transition.target).map_or_else(
        || "?".to_owned(),
        |asked| {
            format!(
                "#{} {}{} {}",
                asked.asked_seq,
                asked.kind.label(style.language),
                style.colon(),
                fit(&asked.title, TITLE)
            )
        },
    );
    text = format!("{text} ⇒ {}", transition.to.label(style.language));
    if let Some(reason) = transition.decline_reason {
        text = format!("{text} ({})", reason.label(style.language));
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
            .map_or(style.text("render-words-vacant"), |person| {
                person.display_name.as_str()
            });
        format!("{role}{} {who}", style.colon())
    };
    let changes: Vec<String> = changed.occupancies.iter().map(change).collect();
    let text = format!(
        "{} — {}",
        style.text("render-words-care-team-has-changed"),
        changes.join("; ")
    );
    if changed.history.is_all() {
        return text;
    }
    let given = relais_care::compose::history_text(&changed.history, style.language);
    format!(
        "{text} · {}{} {given}",
        style.text("render-words-earlier-entries-given"),
        style.colon()
    )
}
