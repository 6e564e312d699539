//! Draws the model.

use ratatui::{
    Frame,
    layout::{Constraint, Layout, Rect},
    style::{Color, Modifier, Style},
    text::{Line, Span},
    widgets::{Paragraph, Wrap},
};

use super::model::{Known, Model, Screen};
use crate::render::{self, Reader};

/// Columns that a case is printed in where the terminal is wider.
pub const WIDTH: usize = 100;
/// Lines of the note at the bottom, at most.
const NOTE: u16 = 4;

/// Draws what is on the screen, and remembers how far down it goes.
pub fn draw(model: &mut Model, frame: &mut Frame<'_>) {
    let note = note(model);
    let height = u16::try_from(note.len().div_ceil(usize::from(frame.area().width.max(1))))
        .unwrap_or(NOTE)
        .clamp(1, NOTE);
    let [head, body, foot] = Layout::vertical([
        Constraint::Length(1),
        Constraint::Min(1),
        Constraint::Length(height),
    ])
    .areas(frame.area());
    frame.render_widget(Paragraph::new(tabs(model)), head);
    match model.screen {
        Screen::Inbox => list(frame, body, &inbox(model, body.width), model.selected),
        Screen::Huddle => list(frame, body, &huddle(model, body.width), model.selected),
        Screen::Case(id) => {
            let lines = model.find(id).map_or_else(Vec::new, |known| {
                case(
                    known,
                    Reader {
                        me: Some(model.me()),
                        now: model.now,
                    },
                    model.style(columns(body.width)),
                )
            });
            let most = lines.len().saturating_sub(usize::from(body.height));
            model.scroll = model.scroll.min(most);
            model.reached_end |= model.scroll == most;
            let shown: Vec<Line<'_>> = lines
                .iter()
                .skip(model.scroll)
                .take(usize::from(body.height))
                .map(|line| coloured(line))
                .collect();
            frame.render_widget(Paragraph::new(shown), body);
        }
    }
    let style = match (&model.input, &model.told) {
        (None, Some(_)) => Style::new().fg(Color::Yellow),
        (None, None) => Style::new().add_modifier(Modifier::DIM),
        (Some(_), _) => Style::new(),
    };
    let foot_text = Paragraph::new(note).style(style).wrap(Wrap { trim: true });
    frame.render_widget(foot_text, foot);
}

fn columns(width: u16) -> usize {
    usize::from(width).min(WIDTH)
}

fn tabs(model: &Model) -> Line<'static> {
    let style = model.style(0);
    let tab = |label: &str, is_on: bool| {
        let style = if is_on {
            Style::new().add_modifier(Modifier::REVERSED)
        } else {
            Style::new()
        };
        Span::styled(format!(" {label} "), style)
    };
    let in_case = match model.screen {
        Screen::Case(id) => model.find(id).map(|known| known.view.title.clone()),
        Screen::Inbox | Screen::Huddle => None,
    };
    let mut spans = vec![
        Span::styled(" Relais ", Style::new().add_modifier(Modifier::BOLD)),
        tab(
            style.text("tui-screen-inbox"),
            model.screen == Screen::Inbox,
        ),
        tab(
            style.text("tui-screen-huddle"),
            model.screen == Screen::Huddle,
        ),
    ];
    if let Some(title) = in_case {
        spans.push(tab(&title, true));
    }
    spans.push(Span::raw(format!("  {}", model.title)));
    Line::from(spans)
}

fn note(model: &Model) -> String {
    let style = model.style(0);
    if let Some(text) = &model.input {
        return format!(
            "{}{} {text}▏",
            style.text("tui-screen-say-enter-sends-esc-drops"),
            style.colon()
        );
    }
    if let Some(told) = &model.told {
        return told.clone();
    }
    match model.screen {
        Screen::Case(_) => style.text("tui-screen-pgup-pgdn-end-scroll-s"),
        Screen::Inbox | Screen::Huddle => style.text("tui-screen-select-enter-open-tab-inbox"),
    }
    .to_owned()
}

/// Rows with the selected one in view.
fn list(frame: &mut Frame<'_>, area: Rect, rows: &[Vec<String>], selected: usize) {
    let mut lines = Vec::new();
    let mut bottom = 0;
    for (number, row) in rows.iter().enumerate() {
        for text in row {
            let line = coloured(text);
            lines.push(if number == selected {
                line.patch_style(Style::new().add_modifier(Modifier::REVERSED))
            } else {
                line
            });
        }
        if number == selected {
            bottom = lines.len();
        }
    }
    let hidden = bottom.saturating_sub(usize::from(area.height));
    let shown: Vec<Line<'_>> = lines.into_iter().skip(hidden).collect();
    frame.render_widget(Paragraph::new(shown), area);
}

fn inbox(model: &Model, width: u16) -> Vec<Vec<String>> {
    let style = model.style(columns(width));
    let rows: Vec<Vec<String>> = model
        .inbox()
        .into_iter()
        .map(|known| inbox_row(known, model, style))
        .collect();
    if rows.is_empty() {
        let nothing = style.text("tui-screen-you-no-case");
        return vec![vec![nothing.to_owned()]];
    }
    rows
}

fn inbox_row(known: &Known, model: &Model, style: render::Style) -> Vec<String> {
    let view = &known.view;
    let mine = view.open_items(model.me());
    let owed = view.pending_receipts(model.me());
    let late = view.overdue(model.now);
    let mut facts = Vec::new();
    let mut count = |number: usize, label: &str| {
        if number > 0 {
            facts.push(format!("{number} {label}"));
        }
    };
    count(
        mine.iter()
            .filter(|item| late.iter().any(|late| late.asked.id == item.asked.id))
            .count(),
        style.text("tui-screen-late"),
    );
    count(mine.len(), style.text("tui-screen-do"));
    count(
        owed.acknowledged.len(),
        style.text("tui-screen-acknowledge"),
    );
    count(owed.read.len(), style.text("tui-screen-unread"));
    count(known.pending, style.text("tui-screen-not-sent-yet"));
    if known.stopped.is_some() {
        facts.push(style.text("tui-screen-sending-has-stopped").to_owned());
    }
    let patient = view.patient.as_ref().map_or_else(String::new, |patient| {
        format!(" · {}", patient.display_name)
    });
    let title = format!("{}{patient}", view.title);
    let facts = if facts.is_empty() {
        style.text("tui-screen-nothing-waits").to_owned()
    } else {
        facts.join(" · ")
    };
    vec![
        render::fit(&title, style.width),
        render::fit(&format!("    {facts}"), style.width),
    ]
}

fn huddle(model: &Model, width: u16) -> Vec<Vec<String>> {
    let style = model.style(columns(width));
    let rows: Vec<Vec<String>> = model
        .huddle()
        .iter()
        .map(|item| crate::huddle::row(item, style).to_vec())
        .collect();
    if rows.is_empty() {
        let nothing = style.text("tui-screen-nothing-open-any-case");
        return vec![vec![nothing.to_owned()]];
    }
    rows
}

fn case(known: &Known, reader: Reader<'_>, style: render::Style) -> Vec<String> {
    let mut lines = Vec::new();
    if let Some(stopped) = &known.stopped {
        lines.push(style.text("tui-screen-sending-has-stopped-2").to_owned());
        lines.extend(render::wrap(stopped, style.width));
        lines.push(String::new());
    }
    if let Some(standing) = &known.standing {
        lines.extend(render::wrap(standing, style.width));
        lines.push(String::new());
    }
    let text = render::case_with(&known.view, &known.notices, &known.shared, reader, style);
    lines.extend(text.lines().map(str::to_owned));
    if known.pending > 0 {
        lines.push(format!(
            "{} {}",
            known.pending,
            style.text("tui-screen-not-sent-yet-sent-when")
        ));
    }
    lines
}

/// Headings stand out, and what is late or stopped is red.
fn coloured(line: &str) -> Line<'static> {
    let text = line.trim_start();
    let style = if text.starts_with("── ") {
        Style::new().add_modifier(Modifier::BOLD)
    } else if text.starts_with("!!") || line.contains("LATE") || line.contains("EN RETARD") {
        Style::new().fg(Color::Red)
    } else {
        Style::new()
    };
    Line::styled(line.to_owned(), style)
}
