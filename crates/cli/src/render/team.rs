//! Who sits on the care team.

use relais_care::Team;

use super::{Style, Tags, access, pad, text};

/// One line per seat: tag, role, holder, organisation, and who held it before.
pub(super) fn lines(team: &Team, style: Style) -> Vec<String> {
    let tags = Tags::of(team, style);
    let widest = |of: &dyn Fn(&relais_care::TeamSeat) -> String| {
        team.seats()
            .iter()
            .map(|seat| unicode_width::UnicodeWidthStr::width(of(seat).as_str()))
            .max()
            .unwrap_or(0)
    };
    let role = |seat: &relais_care::TeamSeat| seat.seat.role.label(style.language).to_owned();
    let holder = |seat: &relais_care::TeamSeat| {
        let sharing = team.queue_pool(seat.seat.id).len();
        match (&seat.occupant, sharing) {
            (Some(person), _) => person.display_name.clone(),
            (None, 0) => style.text("render-team-vacant").to_owned(),
            (None, _) => style.fill("render-team-queue", &[("count", sharing.into())]),
        }
    };
    let (role_width, holder_width) = (widest(&role), widest(&holder));
    team.seats()
        .iter()
        .map(|seat| {
            let mut line = format!(
                "{}  {}  {}  {}",
                pad(tags.get(seat.seat.id), tags.width()),
                pad(&role(seat), role_width),
                pad(&holder(seat), holder_width),
                seat.seat.organisation_display_name,
            );
            if let Some(until) = access::until(seat, style) {
                line = format!("{line}  ({until})");
            }
            if let Some(former) = seat.former.last() {
                line = format!(
                    "{line}  ({} {})",
                    style.text("render-team-after"),
                    former.display_name
                );
            }
            text::fit(&line, style.width.saturating_sub(2))
        })
        .collect()
}
