//! The care team: seats, and who holds them.

use std::fmt;

use relais_types::{PractitionerName, SeatId};
use serde::Serialize;

use crate::{Occupancy, Rejection, Seat};

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
}

impl TeamSeat {
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

    /// Seats that nobody holds.
    pub fn vacant(&self) -> impl Iterator<Item = &TeamSeat> {
        self.seats.iter().filter(|seat| seat.occupant.is_none())
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
    ) -> Result<Self, Rejection> {
        let mut team = self.clone();
        for seat in seats {
            team.add(seat)?;
        }
        for occupancy in occupancies {
            team.occupy(occupancy)?;
        }
        if team.seats.iter().all(|seat| seat.occupant.is_none()) {
            return Err(Rejection::NobodyLeft);
        }
        Ok(team)
    }

    fn add(&mut self, seat: &Seat) -> Result<(), Rejection> {
        if self.seat(seat.id).is_some() {
            return Err(Rejection::SeatExists);
        }
        self.seats.push(TeamSeat {
            seat: seat.clone(),
            occupant: None,
            former: Vec::new(),
        });
        Ok(())
    }

    fn occupy(&mut self, occupancy: &Occupancy) -> Result<(), Rejection> {
        let seat = self
            .seats
            .iter_mut()
            .find(|seat| seat.seat.id == occupancy.seat)
            .ok_or(Rejection::UnknownSeat)?;
        if let Some(person) = &occupancy.person
            && person.name.organisation != seat.seat.organisation
        {
            return Err(Rejection::WrongOrganisation);
        }
        let previous = std::mem::replace(&mut seat.occupant, occupancy.person.clone());
        if let Some(previous) = previous
            && seat.occupant.as_ref().map(|person| &person.name) != Some(&previous.name)
        {
            seat.former.push(previous);
        }
        Ok(())
    }
}
