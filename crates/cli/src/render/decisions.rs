//! What was decided, and when to look at it again.

use relais_care::{CaseView, Decision, TimelineItem};

use super::{Style, Tags, fit};

/// The decisions that stand, in a line each.
pub(super) fn lines(view: &CaseView, style: Style) -> Vec<String> {
    view.decisions()
        .map(|(item, decision)| self::decision(view, item, decision, style))
        .collect()
}

/// A decision in a line: what, by whom, why, and when to look at it again.
pub fn decision(view: &CaseView, item: &TimelineItem, decision: &Decision, style: Style) -> String {
    let tags = Tags::of(&view.team, style);
    let seats: Vec<_> = if decision.decided_by.is_empty() {
        item.author.seat.into_iter().collect()
    } else {
        decision.decided_by.clone()
    };
    let by: Vec<&str> = seats.iter().map(|&seat| tags.get(seat)).collect();
    let what = item
        .amendment
        .as_ref()
        .map_or(&decision.what, |amended| &amended.replacement);
    let about: Vec<String> = decision
        .about
        .iter()
        .filter_map(|id| Some(format!("#{}", view.item(*id)?.seq)))
        .collect();
    let about = if about.is_empty() {
        String::new()
    } else {
        format!(" ({})", about.join(", "))
    };
    let values = [
        ("number", item.seq.into()),
        ("what", what.into()),
        ("about", about.into()),
        ("by", by.join(", ").into()),
        ("reason", (&decision.reason).into()),
        ("review", (&decision.review_date).into()),
    ];
    let line = if decision.review_date.is_empty() {
        style.fill("render-decisions-settled", &values)
    } else {
        style.fill("render-decisions-to-review", &values)
    };
    fit(&line.replace('\n', " "), style.width.saturating_sub(2))
}
