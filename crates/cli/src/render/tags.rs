//! Short names of seats within one case, for places where there is little room.

use relais_care::{SeatRole, Team, TeamSeat};
use relais_types::SeatId;

use super::Style;

/// A tag for each seat: the role's abbreviation, numbered where a role comes twice.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Tags(Vec<(SeatId, String)>);

impl Tags {
    /// The tags of a team.
    pub fn of(team: &Team, style: Style) -> Self {
        let seats = team.seats();
        let number = |seat: &TeamSeat| {
            let alike: Vec<_> = seats
                .iter()
                .filter(|other| other.seat.role == seat.seat.role)
                .collect();
            let place = alike
                .iter()
                .position(|other| other.seat.id == seat.seat.id)?;
            (alike.len() > 1).then_some(place + 1)
        };
        let tag = |seat: &TeamSeat| {
            let base = abbreviation(seat.seat.role, style);
            number(seat).map_or_else(|| base.to_owned(), |number| format!("{base}{number}"))
        };
        Self(seats.iter().map(|seat| (seat.seat.id, tag(seat))).collect())
    }

    /// The tag of a seat; a question mark for one that the case does not have.
    pub fn get(&self, seat: SeatId) -> &str {
        self.0
            .iter()
            .find(|(id, _)| *id == seat)
            .map_or("?", |(_, tag)| tag)
    }

    /// The seat with this tag, whatever the case of its letters.
    pub fn find(&self, tag: &str) -> Option<SeatId> {
        self.0
            .iter()
            .find(|(_, known)| known.eq_ignore_ascii_case(tag))
            .map(|(id, _)| *id)
    }

    /// The longest tag, in columns.
    pub fn width(&self) -> usize {
        self.0
            .iter()
            .map(|(_, tag)| tag.chars().count())
            .max()
            .unwrap_or(0)
    }
}

fn abbreviation(role: SeatRole, style: Style) -> &'static str {
    match role {
        SeatRole::Specialist => style.text("render-tags-spec"),
        SeatRole::PrimaryCarePhysician => style.text("render-tags-pcp"),
        SeatRole::NurseCaseManager => style.text("render-tags-nurse"),
        SeatRole::Navigator => style.text("render-tags-nav"),
        SeatRole::Pharmacist => style.text("render-tags-pharm"),
        SeatRole::SocialWorker => style.text("render-tags-social"),
        SeatRole::CommunityWorker => style.text("render-tags-comm"),
        SeatRole::Clerk => style.text("render-tags-clerk"),
        SeatRole::Laboratory => style.text("render-tags-lab"),
        SeatRole::Patient => style.text("render-tags-patient"),
        SeatRole::Caregiver => style.text("render-tags-carer"),
        SeatRole::Emergency => style.text("render-tags-emerg"),
        SeatRole::Hub => style.text("render-tags-hub"),
        SeatRole::Mentor => style.text("render-tags-mentor"),
        SeatRole::Manager => style.text("render-tags-mgr"),
    }
}
