//! What was asked: what is open first, with who must act next.

use relais_care::{CaseView, Loop, LoopState, Party};

use super::{Style, Tags, day, fit, pad, time, wrap};

/// The open loops, each with who must act next.
pub(super) fn open(view: &CaseView, style: Style) -> Vec<String> {
    let tags = Tags::of(&view.team, style);
    let open = view.loops.iter().filter(|asked| asked.is_open());
    open.flat_map(|asked| {
        let mut facts = vec![next_step(view, asked, style)];
        let label = style.say("asked by", "demandé par");
        facts.push(format!("{label} {}", tags.get(asked.requester)));
        if let Some(by) = asked
            .acknowledge_by
            .filter(|_| asked.acknowledged.is_none())
        {
            let label = style.say("acknowledge by", "à confirmer avant le");
            facts.push(together(&format!(
                "{label} {} {}",
                day(by, style),
                time(by)
            )));
        }
        if let Some(due) = asked.due {
            let label = style.say("due", "échéance");
            facts.push(together(&format!("{label} {}", day(due, style))));
        }
        let facts = wrap(&facts.join(" · "), style.width.saturating_sub(10));
        let indented = facts.into_iter().map(|line| format!("       {line}"));
        [title_line(asked, style)]
            .into_iter()
            .chain(indented)
            .collect::<Vec<_>>()
    })
    .collect()
}

/// The loops in which nobody has to act any more, in a line each.
pub(super) fn finished(view: &CaseView, style: Style) -> Vec<String> {
    view.loops
        .iter()
        .filter(|asked| !asked.is_open())
        .map(|asked| title_line(asked, style))
        .collect()
}

/// Who must act next and what for, such as `to close: PCP Dr Raman`.
pub fn next_step(view: &CaseView, asked: &Loop, style: Style) -> String {
    let tags = Tags::of(&view.team, style);
    let (Some(seat), Some(party)) = (asked.awaited_seat(), asked.awaits) else {
        return style
            .say("nobody has to act", "plus rien à faire")
            .to_owned();
    };
    let holder = view.team.seat(seat).and_then(|seat| seat.occupant.as_ref());
    let nobody = if view.team.queue_pool(seat).is_empty() {
        style.say("(vacant seat)", "(siège vacant)")
    } else {
        style.say("(in the queue)", "(en file d’attente)")
    };
    let who = holder.map_or(nobody, |person| person.display_name.as_str());
    let does = match (party, asked.state) {
        (Party::Owner, _) => style.say("to act:", "doit agir\u{a0}:"),
        (Party::Nominee | Party::Pool, _) => style.say("to accept:", "doit accepter\u{a0}:"),
        (Party::Requester, LoopState::InfoRequested) => {
            style.say("to supply information:", "doit préciser\u{a0}:")
        }
        (Party::Requester, _) => style.say("to close:", "doit fermer\u{a0}:"),
    };
    format!("{does} {} {who}", tags.get(seat))
}

/// A fact that is not to be broken between lines.
fn together(fact: &str) -> String {
    fact.replace(' ', "\u{a0}")
}

/// Number, kind, title and state.
fn title_line(asked: &Loop, style: Style) -> String {
    let mark = match asked.state {
        _ if asked.is_open() => '○',
        LoopState::Declined
        | LoopState::Refused
        | LoopState::Cancelled
        | LoopState::Withdrawn
        | LoopState::Rejected
        | LoopState::NoShow
        | LoopState::Expired => '×',
        _ => '●',
    };
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
