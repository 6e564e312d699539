//! A template from a case: its shape, and no word of it.

use std::{collections::BTreeSet, fmt::Write as _};

use relais_care::{CaseView, Loop, LoopKind, SeatRole};
use relais_types::Timestamp;

/// What stands for words that nobody has written yet.
const TO_WRITE: [&str; 2] = ["To be written", "À rédiger"];

/// The YAML of a template with the roles, the kinds of request, their times and the plan's shape
/// of a case. None of its words goes in: titles, tasks and goals may name the patient.
pub(crate) fn from_case(view: &CaseView, name: &str) -> String {
    let mut yaml = String::new();
    let wording = |indent: &str, what: [&str; 2]| {
        format!("\n{indent}en: \"{}\"\n{indent}fr: \"{}\"", what[0], what[1])
    };
    let mut line = |text: &str| {
        // Writing to a string cannot fail.
        let _infallible = writeln!(yaml, "{text}");
    };
    line(&format!("name: {name}"));
    line(&format!("about:{}", wording("  ", TO_WRITE)));
    line(&format!(
        "title:{}",
        wording("  ", ["{patient}", "{patient}"])
    ));
    line(&format!("purpose:{}", wording("  ", TO_WRITE)));
    line("set:\n  - name: patient");
    line(&format!(
        "    about:{}",
        wording("      ", ["whom it is about", "de qui il s’agit"])
    ));
    line("seats:");
    for role in roles(view) {
        line(&format!("  - role: {role}"));
    }
    let asked = |kinds: &'static [LoopKind]| {
        view.loops
            .iter()
            .filter(move |asked| kinds.contains(&asked.kind))
    };
    let mut asks = asked(&[LoopKind::Task, LoopKind::AcknowledgementRequest]).peekable();
    if asks.peek().is_some() {
        line("ask:");
    }
    for ask in asks {
        let Some(role) = role_of(view, ask) else {
            continue;
        };
        let what = if ask.kind == LoopKind::Task {
            "task"
        } else {
            "acknowledge"
        };
        line(&format!("  - {what}:{}", wording("      ", TO_WRITE)));
        line(&format!("    to: {role}\n    priority: {}", ask.priority));
        if let Some(due) = ask.due.filter(|_| ask.kind == LoopKind::Task) {
            line(&format!("    due: {}", span(ask.asked_at, due)));
        }
    }
    let mut goals = asked(&[LoopKind::PlanGoal]).peekable();
    if goals.peek().is_some() {
        line("goals:");
    }
    for goal in goals {
        let Some(role) = role_of(view, goal) else {
            continue;
        };
        let by = goal
            .due
            .map_or_else(|| "4w".to_owned(), |due| span(goal.asked_at, due));
        line(&format!("  - text:{}", wording("      ", TO_WRITE)));
        line(&format!("    to: {role}\n    by: {by}"));
        let serves = |action: &&Loop| {
            let content = view.item(action.id).map(|item| &item.content);
            matches!(content, Some(relais_care::Content::PlanAction(it)) if it.goal == Some(goal.id))
        };
        let mut actions = asked(&[LoopKind::PlanAction]).filter(serves).peekable();
        if actions.peek().is_some() {
            line("    actions:");
        }
        for action in actions {
            let Some(role) = role_of(view, action) else {
                continue;
            };
            let by = action
                .due
                .map_or_else(|| "4w".to_owned(), |due| span(action.asked_at, due));
            line(&format!("      - text:{}", wording("          ", TO_WRITE)));
            line(&format!("        to: {role}\n        by: {by}"));
        }
    }
    yaml
}

/// Each role once, in the order of the seats.
fn roles(view: &CaseView) -> Vec<SeatRole> {
    let mut seen = BTreeSet::new();
    let roles = view.team.seats().iter().map(|seat| seat.seat.role);
    roles.filter(|role| seen.insert(*role)).collect()
}

fn role_of(view: &CaseView, asked: &Loop) -> Option<SeatRole> {
    view.team.seat(asked.owner).map(|seat| seat.seat.role)
}

/// The whole hours, days or weeks between two times, at least one hour.
fn span(from: Timestamp, until: Timestamp) -> String {
    let hours = until
        .since(from)
        .as_secs()
        .div_ceil(3_600)
        .clamp(1, 999 * 24 * 7);
    match hours {
        _ if hours.is_multiple_of(24 * 7) => format!("{}w", hours / (24 * 7)),
        0..=48 => format!("{hours}h"),
        _ => format!("{}d", hours.div_ceil(24).min(999)),
    }
}
