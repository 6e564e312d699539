//! What was asked: what is open first, with who must act next.

use relais_care::{CaseView, Loop, LoopState, Outstanding, Party};
use relais_types::{EntryId, Timestamp};

use super::{Reader, Style, Tags, day, fit, pad, seat_marks, time, wrap};
use crate::huddle;

/// The open loops: late ones first, then what the reader must do, each with who must act next
/// and who has what was asked.
pub(super) fn open(view: &CaseView, reader: Reader<'_>, style: Style) -> Vec<String> {
    let items = huddle::items([view], reader.me, reader.now);
    let lines = items.iter().flat_map(|item| {
        let mut lines = vec![title_line(item.asked, mark(item), style)];
        let facts = facts(item.case, item, style);
        let wrapped = wrap(&facts.join(" · "), style.width.saturating_sub(10));
        lines.extend(wrapped.into_iter().map(|line| format!("       {line}")));
        let marks = item.case.item(item.asked.id);
        let marks = marks.map_or_else(String::new, |asked| seat_marks(item.case, asked, style));
        if !marks.is_empty() {
            let wrapped = wrap(&marks, style.width.saturating_sub(10));
            lines.extend(wrapped.into_iter().map(|line| format!("       {line}")));
        }
        lines
    });
    lines.collect()
}

/// What stands before an open loop: late, mine, or neither.
const fn mark(item: &huddle::Item<'_>) -> char {
    match (item.late, item.mine) {
        (true, _) => '!',
        (false, true) => '→',
        (false, false) => '○',
    }
}

/// What is late about it, who must act, who asked, until when, and what the last step promises.
fn facts(view: &CaseView, item: &huddle::Item<'_>, style: Style) -> Vec<String> {
    let asked = item.asked;
    let tags = Tags::of(&view.team, style);
    let mut facts = Vec::new();
    if item.late {
        facts.push(style.text("render-loops-late").to_owned());
    }
    facts.push(next_step(view, asked, style));
    let label = style.text("render-loops-asked");
    facts.push(format!("{label} {}", tags.get(asked.requester)));
    if let Some(by) = asked
        .acknowledge_by
        .filter(|_| asked.acknowledged.is_none())
    {
        let label = style.text("render-loops-acknowledge");
        facts.push(together(&format!(
            "{label} {} {}",
            day(by, style),
            time(by)
        )));
    }
    if let Some(due) = asked.due {
        let label = style.text("render-loops-due");
        facts.push(together(&format!("{label} {}", day(due, style))));
    }
    facts.extend(prospects(asked, style));
    facts
}

/// How much of what is handed over is open and late, such as `Handed over: 3 open, 1 overdue.`
pub fn outstanding(view: &CaseView, items: &[EntryId], now: Timestamp, style: Style) -> String {
    let Outstanding { open, overdue } = view.outstanding(items, now);
    let values = [("open", open.into()), ("overdue", overdue.into())];
    style.fill("render-loops-outstanding", &values)
}

/// The loops in which nobody has to act any more, each with what could help instead.
pub(super) fn finished(view: &CaseView, style: Style) -> Vec<String> {
    let finished = view.loops.iter().filter(|asked| !asked.is_open());
    finished
        .flat_map(|asked| {
            let alternative = prospects(asked, style).join(" · ");
            let lines = wrap(&alternative, style.width.saturating_sub(10)).into_iter();
            let indented = lines.filter(|line| !line.is_empty());
            [title_line(asked, outcome(asked), style)]
                .into_iter()
                .chain(indented.map(|line| format!("       {line}")))
                .collect::<Vec<_>>()
        })
        .collect()
}

/// What the last step promises: whom the service takes, what helps meanwhile, when there is room,
/// and what could help instead.
fn prospects(asked: &Loop, style: Style) -> Vec<String> {
    let Some(last) = asked.history.last() else {
        return Vec::new();
    };
    let service = last.alternative_service.as_ref().map(ToString::to_string);
    let alternative = match &service {
        Some(name) if last.alternative.is_empty() => name,
        _ => &last.alternative,
    };
    let labelled = [
        (style.text("render-loops-for"), &last.eligibility),
        (style.text("render-loops-meanwhile"), &last.interim_plan),
        (style.text("render-loops-expected"), &last.expected_date),
        (style.text("render-loops-instead"), alternative),
    ];
    let said = labelled.into_iter().filter(|(_, words)| !words.is_empty());
    said.map(|(label, words)| format!("{label}{} {words}", style.colon()))
        .collect()
}

/// Who must act next and what for, such as `to close: PCP Dr Raman`.
pub fn next_step(view: &CaseView, asked: &Loop, style: Style) -> String {
    let tags = Tags::of(&view.team, style);
    let (Some(seat), Some(party)) = (asked.awaited_seat(), asked.awaits) else {
        return style.text("render-loops-nobody-has-act").to_owned();
    };
    let holder = view.team.seat(seat).and_then(|seat| seat.occupant.as_ref());
    let nobody = if view.team.queue_pool(seat).is_empty() {
        style.text("render-loops-vacant-seat")
    } else {
        style.text("render-loops-queue")
    };
    let who = holder.map_or(nobody, |person| person.display_name.as_str());
    let does = match (party, asked.state) {
        (Party::Owner, _) => style.text("render-loops-act"),
        (Party::Nominee | Party::Pool, _) => style.text("render-loops-accept"),
        (Party::Requester, LoopState::InfoRequested) => {
            style.text("render-loops-supply-information")
        }
        (Party::Requester, _) => style.text("render-loops-close"),
    };
    format!("{does} {} {who}", tags.get(seat))
}

/// A fact that is not to be broken between lines.
fn together(fact: &str) -> String {
    fact.replace(' ', "\u{a0}")
}

/// How something that is over ended.
const fn outcome(asked: &Loop) -> char {
    match asked.state {
        LoopState::Declined
        | LoopState::Refused
        | LoopState::Cancelled
        | LoopState::Withdrawn
        | LoopState::Rejected
        | LoopState::NoShow
        | LoopState::Expired => '×',
        _ => '●',
    }
}

/// Number, kind, title and state.
fn title_line(asked: &Loop, mark: char, style: Style) -> String {
    let number = format!("#{}", asked.asked_seq);
    let defined = asked.defined.as_ref();
    let mut state = defined
        .map_or(asked.state.label(style.language), |standing| {
            relais_care::label(&standing.labels, style.language)
        })
        .to_owned();
    if let Some(reason) = asked.history.last().and_then(|step| step.decline_reason) {
        state = format!("{state} ({})", reason.label(style.language));
    }
    let head = format!(
        "{mark} {} {}{} ",
        pad(&number, 4),
        asked.kind.label(style.language),
        style.colon(),
    );
    let used = unicode_width::UnicodeWidthStr::width(head.as_str())
        + unicode_width::UnicodeWidthStr::width(state.as_str());
    let title = fit(&asked.title, style.width.saturating_sub(used + 5).max(12));
    fit(
        &format!("{head}{title} — {state}"),
        style.width.saturating_sub(2),
    )
}
