//! The care team: seats, and who holds them.

use std::fmt;

use relais_types::{PractitionerName, SeatId, Timestamp};
use serde::Serialize;

use crate::{
    BreakGlass, Coverage, Delegation, Duty, FollowLevel, Mark, Occupancy, Participation, Rejection,
    Seat, SeatRole, Stance,
};

/// Somebody who holds or held a seat.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Person {
    /// Qualified name.
    pub name: PractitionerName,
    /// The person's name as colleagues know it.
    pub display_name: String,
}

impl fmt::Debug for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Person({})", self.name)
    }
}

/// A seat and its holders. A seat outlives people: it is never removed, only left vacant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TeamSeat {
    /// The seat.
    #[serde(flatten)]
    pub seat: Seat,
    /// Who holds it; nobody if it is vacant.
    pub occupant: Option<Person>,
    /// Who held it before, oldest first.
    pub former: Vec<Person>,
    /// Since when it is held by its occupant, or vacant.
    pub since: Timestamp,
    /// How a primary care physician takes part; none if not said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stance: Option<Stance>,
    /// What it wants to be told of besides what it is asked; everything if not said.
    pub follow: FollowLevel,
    /// Its role charter.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub charter: Vec<Duty>,
    /// When a holder last wrote from it, was shown something or said that they looked.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reviewed: Option<Mark>,
    /// Who may act for it and when, one for each delegate, in the order in which they were
    /// first named.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub delegations: Vec<Delegation>,
    /// Seats that share its work.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pool: Vec<SeatId>,
    /// The seat that answers for it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub supervisor: Option<SeatId>,
    /// Until when an emergency seat is held; none for every other seat.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

impl TeamSeat {
    fn new(seat: Seat, at: Timestamp) -> Self {
        Self {
            seat,
            occupant: None,
            former: Vec::new(),
            since: at,
            stance: None,
            follow: FollowLevel::All,
            charter: Vec::new(),
            reviewed: None,
            delegations: Vec::new(),
            pool: Vec::new(),
            supervisor: None,
            until: None,
        }
    }

    /// Whether nobody holds it.
    pub const fn is_vacant(&self) -> bool {
        self.occupant.is_none()
    }

    /// Since when nobody holds it.
    pub fn vacant_since(&self) -> Option<Timestamp> {
        self.is_vacant().then_some(self.since)
    }

    /// Whether `person` holds this seat now.
    pub fn is_held_by(&self, person: &PractitionerName) -> bool {
        self.occupant
            .as_ref()
            .is_some_and(|occupant| occupant.name == *person)
    }
}

/// The seats of a case, in the order in which they were added.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Team {
    seats: Vec<TeamSeat>,
}

impl Team {
    /// All seats.
    pub fn seats(&self) -> &[TeamSeat] {
        &self.seats
    }

    /// The seat with this id.
    pub fn seat(&self, id: SeatId) -> Option<&TeamSeat> {
        self.seats.iter().find(|seat| seat.seat.id == id)
    }

    /// The seats that `person` holds now.
    pub fn seats_of<'a>(
        &'a self,
        person: &'a PractitionerName,
    ) -> impl Iterator<Item = &'a TeamSeat> {
        self.seats
            .iter()
            .filter(move |seat| seat.is_held_by(person))
    }

    /// Whether `person` holds `seat` now.
    pub fn holds(&self, person: &PractitionerName, seat: SeatId) -> bool {
        self.seat(seat).is_some_and(|seat| seat.is_held_by(person))
    }

    /// Seats that nobody holds and somebody should; an emergency seat is only held for a while.
    pub fn vacant(&self) -> impl Iterator<Item = &TeamSeat> {
        let lasting = |seat: &&TeamSeat| seat.seat.role != SeatRole::Emergency;
        self.seats
            .iter()
            .filter(|seat| seat.is_vacant())
            .filter(lasting)
    }

    /// The name under which the team knows `person`, who may have left.
    pub fn display_name(&self, person: &PractitionerName) -> Option<&str> {
        let current = self.seats.iter().filter_map(|seat| seat.occupant.as_ref());
        let former = self.seats.iter().flat_map(|seat| seat.former.iter().rev());
        current
            .chain(former)
            .find(|known| known.name == *person)
            .map(|known| known.display_name.as_str())
    }

    /// The team after new seats and then new holders, in the order given; all or nothing.
    pub(crate) fn changed(
        &self,
        seats: &[Seat],
        occupancies: &[Occupancy],
        at: Timestamp,
    ) -> Result<Self, Rejection> {
        let mut team = self.clone();
        for seat in seats {
            if seat.role == SeatRole::Emergency {
                return Err(Rejection::RoleNotAllowed);
            }
            team.add(seat, at)?;
        }
        for occupancy in occupancies {
            let seat = team.seat_mut(occupancy.seat)?;
            if seat.seat.role == SeatRole::Emergency {
                if occupancy.person.is_some() {
                    return Err(Rejection::RoleNotAllowed);
                }
                seat.until = None;
            }
            team.occupy(occupancy, at)?;
        }
        if team.seats.iter().all(TeamSeat::is_vacant) {
            return Err(Rejection::NobodyLeft);
        }
        Ok(team)
    }

    /// The team once somebody is let in at once, until a time, or given more time.
    pub(crate) fn admitted(&self, admitted: &BreakGlass, at: Timestamp) -> Result<Self, Rejection> {
        let mut team = self.clone();
        let person = &admitted.person;
        let held = team
            .seats_of(&person.name)
            .any(|held| held.seat.id != admitted.seat.id);
        if held {
            return Err(Rejection::AlreadyOnTeam);
        }
        match team.seat(admitted.seat.id) {
            None => team.add(&admitted.seat, at)?,
            Some(known) if known.seat != admitted.seat => return Err(Rejection::SeatExists),
            Some(known) => {
                let other = known.occupant.as_ref().or(known.former.last());
                if other.is_some_and(|other| other.name != person.name) {
                    return Err(Rejection::SeatChanged);
                }
            }
        }
        let occupancy = Occupancy {
            seat: admitted.seat.id,
            person: Some(person.clone()),
        };
        team.occupy(&occupancy, at)?;
        team.seat_mut(admitted.seat.id)?.until = Some(admitted.until);
        Ok(team)
    }

    fn add(&mut self, seat: &Seat, at: Timestamp) -> Result<(), Rejection> {
        if self.seat(seat.id).is_some() {
            return Err(Rejection::SeatExists);
        }
        self.seats.push(TeamSeat::new(seat.clone(), at));
        Ok(())
    }

    fn occupy(&mut self, occupancy: &Occupancy, at: Timestamp) -> Result<(), Rejection> {
        let seat = self.seat_mut(occupancy.seat)?;
        if let Some(person) = &occupancy.person
            && person.name.organisation != seat.seat.organisation
        {
            return Err(Rejection::WrongOrganisation);
        }
        let previous = std::mem::replace(&mut seat.occupant, occupancy.person.clone());
        let name = |person: &Option<Person>| person.as_ref().map(|person| person.name.clone());
        if name(&previous) != name(&seat.occupant) {
            seat.since = at;
            seat.former.extend(previous);
        }
        Ok(())
    }

    /// Says how a seat takes part.
    pub(crate) fn participate(
        &mut self,
        seat: SeatId,
        participation: &Participation,
    ) -> Result<(), Rejection> {
        let seat = self.seat_mut(seat)?;
        if participation.stance.is_some() && seat.seat.role != SeatRole::PrimaryCarePhysician {
            return Err(Rejection::RoleNotAllowed);
        }
        seat.stance = participation.stance.or(seat.stance);
        seat.follow = participation.follow.unwrap_or(seat.follow);
        if !participation.charter.is_empty() {
            seat.charter.clone_from(&participation.charter);
        }
        Ok(())
    }

    /// Lets one seat act for another; `by` is the seat that says so.
    pub(crate) fn delegate(
        &mut self,
        delegation: &Delegation,
        by: SeatId,
    ) -> Result<(), Rejection> {
        self.may_arrange(delegation.seat, by)?;
        if delegation.seat == delegation.delegate {
            return Err(Rejection::SameSeat);
        }
        self.seat(delegation.delegate)
            .ok_or(Rejection::UnknownSeat)?;
        let known = &mut self.seat_mut(delegation.seat)?.delegations;
        match known
            .iter_mut()
            .find(|known| known.delegate == delegation.delegate)
        {
            Some(known) => known.clone_from(delegation),
            None => known.push(delegation.clone()),
        }
        Ok(())
    }

    /// Says who covers a seat; `by` is the seat that says so.
    pub(crate) fn cover(&mut self, coverage: &Coverage, by: SeatId) -> Result<(), Rejection> {
        self.may_arrange(coverage.seat, by)?;
        for &seat in coverage.pool.iter().chain(&coverage.supervisor) {
            if seat == coverage.seat {
                return Err(Rejection::SameSeat);
            }
            self.seat(seat).ok_or(Rejection::UnknownSeat)?;
        }
        let seat = self.seat_mut(coverage.seat)?;
        seat.pool.clone_from(&coverage.pool);
        seat.supervisor = coverage.supervisor;
        Ok(())
    }

    /// Notes that somebody of a seat has looked.
    pub(crate) fn reviewed(&mut self, seat: SeatId, mark: Mark) {
        if let Ok(seat) = self.seat_mut(seat) {
            seat.reviewed = Some(mark);
        }
    }

    /// Who covers a seat is said by its holder, by its supervisor and, while nobody holds it,
    /// by any seat of its organisation.
    fn may_arrange(&self, seat: SeatId, by: SeatId) -> Result<(), Rejection> {
        let of = self.seat(seat).ok_or(Rejection::UnknownSeat)?;
        let colleague = || {
            self.seat(by)
                .is_some_and(|by| by.seat.organisation == of.seat.organisation)
        };
        if seat == by || of.supervisor == Some(by) || (of.is_vacant() && colleague()) {
            Ok(())
        } else {
            Err(Rejection::WrongParty)
        }
    }

    fn seat_mut(&mut self, id: SeatId) -> Result<&mut TeamSeat, Rejection> {
        self.seats
            .iter_mut()
            .find(|seat| seat.seat.id == id)
            .ok_or(Rejection::UnknownSeat)
    }
}
