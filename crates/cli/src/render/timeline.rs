//! The timeline: every entry with person, seat and organisation.

use std::collections::BTreeMap;

use relais_care::{CaseView, Content, Seat, TimelineItem};

use super::{
    Style, Tags, day, fit, pad, seat_marks, sharing, time,
    words::{body, headline},
    wrap,
};

/// Columns before an entry's words.
const MARGIN: usize = 14;

/// All entries, with a line for each new day and for each notice.
///
/// What came as history is set apart by a line that says who shared it, wherever that changes.
pub(super) fn lines(
    view: &CaseView,
    notices: &[(u64, String)],
    shared: &BTreeMap<u64, String>,
    style: Style,
) -> Vec<String> {
    let mut lines = Vec::new();
    let mut source: Option<&String> = None;
    let shares = view.shares();
    let mut today = String::new();
    let mut notices = notices.iter().peekable();
    let noted = |text: &str| {
        let margin = " ".repeat(MARGIN);
        let words = style.width.saturating_sub(MARGIN + 2);
        let mut noted = wrap(&format!("· {text}"), words);
        for line in &mut noted {
            line.insert_str(0, &margin);
        }
        noted
    };
    let told = |seq: u64, text: &str| noted(&format!("{text} (#{seq})"));
    for item in &view.timeline {
        while let Some((seq, text)) = notices.next_if(|(seq, _)| *seq < item.seq) {
            lines.extend(told(*seq, text));
        }
        let on = day(item.accepted_at, style);
        if on != today {
            lines.push(format!("── {on} ──"));
            today = on;
        }
        let from = shared.get(&item.seq);
        if from != source {
            lines.push(match from {
                Some(by) => format!("↺ {} {by}", style.text("render-timeline-history-shared")),
                None => format!("↺ {}", style.text("render-timeline-from-here-on-you-were")),
            });
            source = from;
        }
        lines.extend(entry(view, item, style));
        for shared in shares.iter().filter(|shared| shared.original == item.id) {
            lines.extend(noted(&sharing::shared(view, shared, style)));
        }
    }
    for (seq, text) in notices {
        lines.extend(told(*seq, text));
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
    let mut lines = vec![fit(&head, style.width.saturating_sub(2))];
    let mut say = |text: &str| {
        lines.extend(
            wrap(text, words)
                .into_iter()
                .map(|line| format!("{margin}{line}")),
        );
    };
    say(&headline(view, item, style));
    say(&body(item, style));
    for (linked, shared) in relayed(view, item) {
        let what = headline(linked, shared, style);
        let told = format!(
            "{}{} {what}\n{}",
            shared.author.display_name,
            style.colon(),
            body(shared, style)
        );
        let quoted: Vec<String> = wrap(&told, words.saturating_sub(2))
            .into_iter()
            .map(|line| format!("│ {line}"))
            .collect();
        say(&quoted.join("\n"));
    }
    if !item.envelope.kept.is_empty() {
        let kinds = item
            .envelope
            .kept
            .iter()
            .map(|kind| kind.label(style.language));
        let kinds = kinds.collect::<Vec<_>>().join(", ");
        say(&style.fill("render-timeline-kept", &[("kinds", kinds.into())]));
    }
    if let Some(rejected) = item.rejected {
        say(&format!(
            "⚠ {}{} {}",
            style.text("render-timeline-no-effect"),
            style.colon(),
            rejected.text(style.language)
        ));
    }
    if let Some(amendment) = &item.amendment {
        let label = if item.is_withdrawn() {
            style.text("render-timeline-withdrawn-its-author")
        } else {
            style.text("render-timeline-corrected-its-author")
        };
        say(&format!(
            "✎ {label} (#{}){} {}",
            amendment.seq,
            style.colon(),
            amendment.reason
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
    let from = match (author.role, own_seat(item)) {
        (Some(role), _) => format!(
            "{} · {}",
            role.label(style.language),
            author.organisation_display_name
        ),
        (None, Some(seat)) => format!(
            "{} · {}",
            seat.role.label(style.language),
            seat.organisation_display_name
        ),
        (None, None) => style.text("render-timeline-no-seat").to_owned(),
    };
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
            style.text("render-timeline-only"),
            audience.join(", ")
        )
    }
}

/// The seat that whoever opens a case takes by opening it.
pub(crate) fn own_seat(item: &TimelineItem) -> Option<&Seat> {
    let Content::CaseOpened(opened) = &item.content else {
        return None;
    };
    let own = opened.occupancies.iter().find(|occupancy| {
        occupancy
            .person
            .as_ref()
            .is_some_and(|person| person.name == item.author.name)
    })?;
    opened.seats.iter().find(|seat| seat.id == own.seat)
}

/// What an entry shared from a partner conversation, with that conversation's view.
///
/// Entries are shared in the order of their log, so the counts tell which is which; if they
/// do not add up, nothing is said rather than something wrong.
fn relayed<'a>(view: &'a CaseView, item: &TimelineItem) -> Vec<(&'a CaseView, &'a TimelineItem)> {
    let Content::Relayed(this) = &item.content else {
        return Vec::new();
    };
    let Some(linked) = view.linked.get(&this.conversation) else {
        return Vec::new();
    };
    let of_conversation = |item: &TimelineItem| match &item.content {
        Content::Relayed(relayed)
            if relayed.conversation == this.conversation && item.rejected.is_none() =>
        {
            relayed.entries
        }
        _ => 0,
    };
    let total: usize = view.timeline.iter().map(of_conversation).sum();
    if total != linked.timeline.len() || item.rejected.is_some() {
        return Vec::new();
    }
    let before: usize = view
        .timeline
        .iter()
        .take_while(|other| other.id != item.id)
        .map(of_conversation)
        .sum();
    linked
        .timeline
        .iter()
        .skip(before)
        .take(this.entries)
        .map(|shared| (linked, shared))
        .collect()
}
