//! A case at a glance: what it is, who is there, what is open, what was said.

use relais_care::CaseView;

use super::{Style, decisions, fit, legend, loops, team, timeline, wrap};

/// Everything that its members see.
pub fn case(view: &CaseView, style: Style) -> String {
    case_with(view, &[], style)
}

/// The same, with what happened to the group in the place of the entry it is about.
pub fn case_with(view: &CaseView, notices: &[(u64, String)], style: Style) -> String {
    let mut lines = overview(view, style);
    section(
        &mut lines,
        style.say("TIMELINE", "FIL DES ÉCHANGES"),
        timeline::lines(view, notices, style),
        style,
    );
    lines.push(String::new());
    lines.extend(wrap(legend(style), style.width));
    finish(&lines)
}

/// Everything but the timeline.
pub fn summary(view: &CaseView, style: Style) -> String {
    finish(&overview(view, style))
}

fn overview(view: &CaseView, style: Style) -> Vec<String> {
    let mut lines = header(view, style);
    section(
        &mut lines,
        style.say("TEAM", "ÉQUIPE"),
        team::lines(&view.team, style),
        style,
    );
    let open = loops::open(view, style);
    let open = if open.is_empty() {
        vec![
            style
                .say("Nothing is open.", "Rien n’est en suspens.")
                .to_owned(),
        ]
    } else {
        open
    };
    section(&mut lines, style.say("OPEN", "EN COURS"), open, style);
    section(
        &mut lines,
        style.say("FINISHED", "TERMINÉ"),
        loops::finished(view, style),
        style,
    );
    section(
        &mut lines,
        style.say("DECISIONS", "DÉCISIONS"),
        decisions::lines(view, style),
        style,
    );
    // In the order in which they began, not of their random ids.
    let mut linked: Vec<&CaseView> = view.linked.values().collect();
    linked.sort_by_key(|linked| linked.timeline.first().map(|item| item.accepted_at));
    for linked in linked {
        let head = format!(
            "{}{} {}",
            style.say("WITH A PARTNER", "AVEC UN PARTENAIRE"),
            style.colon(),
            linked.title
        );
        let mut body = team::lines(&linked.team, style);
        body.extend(loops::open(linked, style));
        body.extend(loops::finished(linked, style));
        section(&mut lines, &head, body, style);
    }
    lines
}

fn header(view: &CaseView, style: Style) -> Vec<String> {
    let kind = view.conversation.map_or(
        style.say("waiting for the history", "en attente de l’historique"),
        |kind| kind.label(style.language),
    );
    let id: String = view.case.to_string().chars().take(8).collect();
    let mut lines = vec![fit(&view.title, style.width), format!("{kind} · {id}")];
    if let Some(patient) = &view.patient {
        let mut facts = vec![patient.display_name.clone()];
        if !patient.birth_date.is_empty() {
            facts.push(format!(
                "{} {}",
                style.say("born", "naissance\u{a0}:"),
                patient.birth_date
            ));
        }
        if !patient.language.is_empty() {
            facts.push(format!(
                "{} {}",
                style.say("language", "langue"),
                patient.language
            ));
        }
        let told = format!("Patient{} {}", style.colon(), facts.join(" · "));
        lines.extend(wrap(&told, style.width));
    }
    lines.extend(wrap(&view.purpose, style.width));
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
