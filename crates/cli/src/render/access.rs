//! Who was let in at once, and what was shared with whom of what was said before.

use std::collections::BTreeMap;

use relais_care::{CaseView, Content, SeatRole, TimelineItem, compose::history_text};
use relais_client::Standing;
use relais_types::{DeviceName, EntryId, PractitionerName};

use super::{Style, Tags, day, time};

/// Who shared each entry that came as history, by its number.
pub fn shared_by(view: &CaseView, shared: &BTreeMap<u64, DeviceName>) -> BTreeMap<u64, String> {
    let known = |device: &DeviceName| name(view, &device.practitioner_name());
    let named = shared.iter().map(|(seq, device)| (*seq, known(device)));
    named.collect()
}

/// How much was not shared with this person, and who decided that; nothing if nothing was held
/// back.
pub fn withheld(view: &CaseView, standing: &Standing, style: Style) -> Option<String> {
    let count = standing.withheld;
    if count == 0 {
        return None;
    }
    let decided: Vec<String> = standing
        .granted
        .iter()
        .map(|granted| {
            let what = history_text(&granted.policy, style.language);
            format!("{what} ({})", name(view, &granted.by))
        })
        .collect();
    let decided = decided.join("; ");
    let values = [("count", count.into()), ("given", decided.into())];
    Some(style.fill("render-access-withheld", &values))
}

/// One line for everybody who is there on an emergency seat.
pub(super) fn emergencies(view: &CaseView, style: Style) -> Vec<String> {
    view.emergencies()
        .map(|emergency| {
            let last = view.timeline.iter().rev().find(|item| {
                item.rejected.is_none()
                    && matches!(&item.content, Content::BreakGlass(it) if it.seat.id == emergency.seat)
            });
            last.and_then(|item| let_in(view, item.id, style))
                .unwrap_or_else(|| emergency.person.display_name.clone())
        })
        .map(|line| format!("⚠ {line}"))
        .collect()
}

/// Who was let in at once, by whom, why, until when, and who reviews it.
pub fn let_in(view: &CaseView, entry: EntryId, style: Style) -> Option<String> {
    let item: &TimelineItem = view.item(entry)?;
    let Content::BreakGlass(admitted) = &item.content else {
        return None;
    };
    let tags = Tags::of(&view.team, style);
    let who = &admitted.person.display_name;
    let reason = admitted.reason.label(style.language);
    let by = &item.author.display_name;
    let until = format!("{} {}", day(admitted.until, style), time(admitted.until));
    let reviewer = view.accountable(entry).map_or("?", |seat| tags.get(seat));
    let values = [
        ("who", who.into()),
        ("until", until.into()),
        ("reason", reason.into()),
        ("by", by.into()),
        ("why", (&admitted.explanation).into()),
        ("reviewer", reviewer.into()),
    ];
    Some(style.fill("render-access-let-in", &values))
}

/// Until when somebody holds a seat, if it is an emergency seat.
pub(super) fn until(seat: &relais_care::TeamSeat, style: Style) -> Option<String> {
    let until = seat
        .until
        .filter(|_| seat.seat.role == SeatRole::Emergency)?;
    let label = style.text("render-access-until");
    Some(format!("{label} {} {}", day(until, style), time(until)))
}

fn name(view: &CaseView, person: &PractitionerName) -> String {
    view.display_name(person)
        .map_or_else(|| person.to_string(), str::to_owned)
}
