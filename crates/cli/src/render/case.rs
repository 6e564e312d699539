//! A case at a glance: what it is, who is there, what is open, what was said.

use std::collections::BTreeMap;

use relais_care::{CaseView, ConversationKind, SeatRole};

use super::{
    Reader, Style, Tags, access, day, decisions, fit, legend, loops, sharing, team, timeline, wrap,
};

/// Everything that its members see.
pub fn case(view: &CaseView, reader: Reader<'_>, style: Style) -> String {
    case_with(view, &[], &BTreeMap::new(), reader, style)
}

/// The same, with what happened to the group in the place of the entry it is about, and with who
/// shared what came as history.
pub fn case_with(
    view: &CaseView,
    notices: &[(u64, String)],
    shared: &BTreeMap<u64, String>,
    reader: Reader<'_>,
    style: Style,
) -> String {
    let mut lines = overview(view, reader, style);
    section(
        &mut lines,
        style.text("render-case-timeline"),
        timeline::lines(view, notices, shared, style),
        style,
    );
    lines.push(String::new());
    lines.extend(wrap(legend(style), style.width));
    finish(&lines)
}

/// Everything but the timeline.
pub fn summary(view: &CaseView, reader: Reader<'_>, style: Style) -> String {
    finish(&overview(view, reader, style))
}

/// What a clinician must know first: who it is about, what is open, late things in front, then
/// who is there and what is done.
fn overview(view: &CaseView, reader: Reader<'_>, style: Style) -> Vec<String> {
    let mut lines = header(view, style);
    for line in access::emergencies(view, style) {
        lines.extend(wrap(&line, style.width));
    }
    lines.extend(vacant(view, style));
    let open = loops::open(view, reader, style);
    let open = if open.is_empty() {
        vec![style.text("render-case-nothing-open").to_owned()]
    } else {
        open
    };
    section(&mut lines, style.text("render-case-open"), open, style);
    section(
        &mut lines,
        style.text("render-case-decisions"),
        decisions::lines(view, style),
        style,
    );
    // In the order in which they began, not of their random ids.
    let mut linked: Vec<&CaseView> = view.linked.values().collect();
    linked.sort_by_key(|linked| linked.timeline.first().map(|item| item.accepted_at));
    for linked in linked {
        let with = if linked.conversation == Some(ConversationKind::Patient) {
            style.text("render-case-with-patient")
        } else {
            style.text("render-case-with-partner")
        };
        let head = format!("{with}{} {}", style.colon(), linked.title);
        let mut body = Vec::new();
        if linked.ended.is_some() {
            let told = sharing::standing(linked, style);
            let words = style.width.saturating_sub(2);
            body.extend(told.iter().flat_map(|told| wrap(told, words)));
        }
        body.extend(loops::open(linked, reader, style));
        body.extend(loops::finished(linked, style));
        body.extend(team::lines(&linked.team, style));
        section(&mut lines, &head, body, style);
    }
    section(
        &mut lines,
        style.text("render-case-team"),
        team::lines(&view.team, style),
        style,
    );
    section(
        &mut lines,
        style.text("render-case-finished"),
        loops::finished(view, style),
        style,
    );
    lines
}

/// A line for each seat that nobody holds, and what waits there. A hub is held by nobody.
fn vacant(view: &CaseView, style: Style) -> Vec<String> {
    let tags = Tags::of(&view.team, style);
    let seats = view.team.vacant();
    let seats = seats.filter(|seat| seat.seat.role != SeatRole::Hub);
    seats
        .flat_map(|seat| {
            let waiting = view
                .loops
                .iter()
                .filter(|asked| asked.awaited_seat() == Some(seat.seat.id));
            let text = format!(
                "!! {} {} ({}) · {} {} · {} {}",
                style.text("render-case-vacant-seat"),
                tags.get(seat.seat.id),
                seat.seat.organisation_display_name,
                style.text("render-case-since"),
                day(seat.since, style),
                waiting.count(),
                style.text("render-case-waiting-for"),
            );
            wrap(&text, style.width)
        })
        .collect()
}

fn header(view: &CaseView, style: Style) -> Vec<String> {
    let kind = view
        .conversation
        .map_or(style.text("render-case-waiting-for-history"), |kind| {
            kind.label(style.language)
        });
    let id: String = view.case.to_string().chars().take(8).collect();
    let mut lines = vec![
        fit(&view.title, style.width),
        fit(&format!("{kind} · {id}"), style.width),
    ];
    if let Some(patient) = &view.patient {
        let mut facts = vec![patient.display_name.clone()];
        if !patient.birth_date.is_empty() {
            facts.push(format!(
                "{} {}",
                style.text("render-case-born"),
                patient.birth_date
            ));
        }
        if !patient.language.is_empty() {
            facts.push(format!(
                "{} {}",
                style.text("render-case-language"),
                patient.language
            ));
        }
        let told = format!("Patient{} {}", style.colon(), facts.join(" · "));
        lines.extend(wrap(&told, style.width));
    }
    lines.extend(wrap(&view.purpose, style.width));
    for told in sharing::standing(view, style) {
        lines.extend(wrap(&told, style.width));
    }
    lines
}

fn section(lines: &mut Vec<String>, title: &str, body: Vec<String>, style: Style) {
    if body.is_empty() {
        return;
    }
    lines.push(String::new());
    let head = format!("── {} ", fit(title, style.width.saturating_sub(8)));
    let rule = style
        .width
        .saturating_sub(unicode_width::UnicodeWidthStr::width(head.as_str()));
    lines.push(format!("{head}{}", "─".repeat(rule)));
    lines.extend(body.into_iter().map(|line| {
        if line.is_empty() {
            line
        } else {
            format!("  {line}")
        }
    }));
}

fn finish(lines: &[String]) -> String {
    let mut text: String = lines
        .iter()
        .map(|line| line.trim_end())
        .collect::<Vec<_>>()
        .join("\n");
    text.push('\n');
    text
}
