//! Emergency access: who was let in at once, until when, and who reviews it.

use std::time::Duration;

use relais_types::{SeatId, Timestamp};

use crate::{BreakGlass, CaseView, ConversationKind, Person, Rejection, SeatRole, Team, TeamSeat};

/// Longest time from when the server accepts a [`BreakGlass`] until it is over.
pub const MAX_BREAK_GLASS: Duration = Duration::from_hours(72);
/// How far the clock of whoever lets somebody in may be ahead of the server's.
const SKEW: Duration = Duration::from_mins(5);

/// Somebody who was let in at once.
#[derive(Clone, Copy, Debug)]
pub struct Emergency<'a> {
    /// Their seat.
    pub seat: SeatId,
    /// Who it is.
    pub person: &'a Person,
    /// Until when.
    pub until: Timestamp,
}

impl CaseView {
    /// Who is there on an emergency seat, whether or not their time is over.
    pub fn emergencies(&self) -> impl Iterator<Item = Emergency<'_>> {
        self.team.seats().iter().filter_map(|seat| {
            Some(Emergency {
                seat: seat.seat.id,
                person: seat.occupant.as_ref()?,
                until: seat.until?,
            })
        })
    }

    /// The seat that reviews an emergency access which `by` gives: the first lasting seat of the
    /// case that somebody else holds, in the order in which seats were added. That is the seat of
    /// whoever opened the case, who leads it, unless they let somebody in themselves. If nobody
    /// else is there, it is `by`.
    pub fn break_glass_reviewer(&self, by: SeatId) -> SeatId {
        self.reviewers(by).next().unwrap_or(by)
    }

    /// The lasting seats held by somebody else than the holder of `by`, in their order.
    fn reviewers(&self, by: SeatId) -> impl Iterator<Item = SeatId> {
        let holder = |seat: &TeamSeat| seat.occupant.as_ref().map(|person| person.name.clone());
        let own = self.team.seat(by).and_then(holder);
        self.team
            .seats()
            .iter()
            .filter(|seat| seat.seat.role != SeatRole::Emergency)
            .filter(move |seat| !seat.is_vacant() && holder(seat) != own)
            .map(|seat| seat.seat.id)
    }

    /// The team once somebody is let in, if that may be: for a time that is not over and not too
    /// long, and reviewed by somebody else if anybody else is there.
    pub(crate) fn let_in(
        &self,
        admitted: &BreakGlass,
        at: Timestamp,
        by: SeatId,
        owner: SeatId,
    ) -> Result<Team, Rejection> {
        if self.conversation != Some(ConversationKind::Team) {
            return Err(Rejection::OnlyInATeamCase);
        }
        if admitted.until <= at || admitted.until > at.plus(MAX_BREAK_GLASS + SKEW) {
            return Err(Rejection::TimeNotAllowed);
        }
        let reviewers: Vec<SeatId> = self.reviewers(by).collect();
        let role = self.team.seat(owner).map(|seat| seat.seat.role);
        if role == Some(SeatRole::Emergency) {
            return Err(Rejection::RoleNotAllowed);
        }
        // A seat that has fallen vacant meanwhile still answers for it: its coverage does.
        let holder = |seat| self.team.seat(seat)?.occupant.as_ref().map(|it| &it.name);
        if !reviewers.is_empty() && holder(owner).is_some() && holder(owner) == holder(by) {
            return Err(Rejection::SameSeat);
        }
        self.team.admitted(admitted, at)
    }
}
