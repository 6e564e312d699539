//! What was decided, and when to look at it again.

use relais_care::{CaseView, Decision, Language, TimelineItem};

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
    let (number, by) = (item.seq, by.join(", "));
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
    let (reason, review) = (&decision.reason, &decision.review_date);
    let line = match (style.language, review.is_empty()) {
        (Language::English, true) => format!("#{number} {what}{about} — {by}: {reason}"),
        (Language::English, false) => {
            format!("#{number} {what}{about} — {by}: {reason} · review on {review}")
        }
        (Language::French, true) => format!("#{number} {what}{about} — {by} : {reason}"),
        (Language::French, false) => {
            format!("#{number} {what}{about} — {by} : {reason} · à revoir le {review}")
        }
    };
    fit(&line.replace('\n', " "), style.width.saturating_sub(2))
}
