//! Who is woken about what nobody acknowledges, and when.

use relais_types::{PractitionerName, SeatId, Timestamp};

use crate::{Availability, Priority, Team, TeamSeat, compose::escalate_at};

/// Steps of an escalation, at most: as many as a server takes with one message.
const MOST_RUNGS: usize = 8;

/// One step of an escalation: exactly one seat, so that it is clear whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    /// The seat whose holder is woken.
    pub seat: SeatId,
    /// When, unless the owner seat has acknowledged before.
    pub at: Timestamp,
}

/// Who is woken about what `asker` asked of `owner`, in turn: whoever holds the owner seat while
/// there is time, then its [coverage](Team::coverage), and at last whoever asked. Where nobody has
/// said who covers the seat, the next one of its organisation does. Seats where nobody is there
/// are passed over, and nobody is woken twice.
pub fn ladder(
    team: &Team,
    owner: SeatId,
    asker: SeatId,
    priority: Priority,
    asked_at: Timestamp,
    by: Timestamp,
) -> Vec<Rung> {
    let there = |seat: &TeamSeat| seat.availability(asked_at) == Availability::Held;
    let covers = team.coverage(owner, None, asked_at).into_iter();
    let covers = covers.filter(|cover| cover.seat != owner && cover.seat != asker);
    let mut seats: Vec<SeatId> = covers.map(|cover| cover.seat).collect();
    if seats.is_empty() {
        let organisation = team.seat(owner).map(|seat| &seat.seat.organisation);
        let colleague = team.seats().iter().find(|seat| {
            let id = seat.seat.id;
            let differs = id != owner && id != asker && holder(team, id) != holder(team, owner);
            differs
                && Some(&seat.seat.organisation) == organisation
                && holder(team, id).is_some_and(|person| !team.holds(person, asker))
        });
        seats.extend(colleague.map(|seat| seat.seat.id));
    }
    seats.truncate(MOST_RUNGS - 2);
    let first = escalate_at(priority, asked_at, by);
    let step = by.since(first);
    let mut woken: Vec<&PractitionerName> = Vec::new();
    let mut rungs = Vec::new();
    let mut at = first;
    for seat in [vec![owner], seats, vec![asker]].concat() {
        let is_there = team.seat(seat).is_some_and(there);
        let person = holder(team, seat).filter(|person| is_there && !woken.contains(person));
        let Some(person) = person else {
            continue;
        };
        woken.push(person);
        rungs.push(Rung { seat, at });
        at = at.plus(step);
    }
    rungs
}

fn holder(team: &Team, seat: SeatId) -> Option<&PractitionerName> {
    let person = team.seat(seat)?.occupant.as_ref()?;
    Some(&person.name)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use proptest::prelude::*;

    use super::*;
    use crate::{Occupancy, Person, Seat, SeatRole, compose::acknowledge_by};

    /// The instant of an RFC 3339 time.
    fn at(text: &str) -> Timestamp {
        let instant: jiff::Timestamp = text.parse().unwrap_or_default();
        Timestamp::from_micros(instant.as_microsecond())
    }

    proptest! {
        #[test]
        fn it_is_never_before_the_question_nor_after_the_time_is_over(
            asked in 0_i64..4_000_000_000_000_000,
            whole in proptest::option::of(0_u64..10_000_000),
            priority in proptest::sample::select(Priority::ALL.to_vec()),
        ) {
            let asked = Timestamp::from_micros(asked);
            let by = match whole {
                Some(seconds) => asked.plus(Duration::from_secs(seconds)),
                None => acknowledge_by(priority, asked),
            };
            let first = escalate_at(priority, asked, by);
            prop_assert!(asked <= first && first <= by);
        }
    }

    #[test]
    fn one_seat_after_the_other_and_nobody_twice() {
        let seat = |n: u8, organisation: &str| Seat {
            id: SeatId::from_bytes([n; 16]),
            role: SeatRole::Navigator,
            organisation: format!("{organisation}.internal").parse().unwrap(),
            organisation_display_name: organisation.to_owned(),
        };
        let held = |n: u8, organisation: &str, person: u8| Occupancy {
            seat: SeatId::from_bytes([n; 16]),
            person: (person > 0).then(|| Person {
                name: PractitionerName {
                    organisation: format!("{organisation}.internal").parse().unwrap(),
                    practitioner: relais_types::PractitionerId::from_bytes([person; 16]),
                },
                display_name: "P".to_owned(),
            }),
        };
        let asked = at("2026-03-02T10:00:00Z");
        let by = acknowledge_by(Priority::Stat, asked);
        let rungs = |holders: [u8; 4]| {
            let seats = [
                seat(1, "clinic"),
                seat(2, "lab"),
                seat(3, "clinic"),
                seat(4, "clinic"),
            ];
            let names = ["clinic", "lab", "clinic", "clinic"];
            let occupancies: Vec<Occupancy> = (1..=4_u8)
                .zip(names.iter().zip(holders))
                .map(|(n, (name, person))| held(n, name, person))
                .collect();
            let team = Team::default()
                .changed(&seats, &occupancies, Timestamp::default())
                .unwrap();
            let (owner, asker) = (SeatId::from_bytes([1; 16]), SeatId::from_bytes([2; 16]));
            let rungs = ladder(&team, owner, asker, Priority::Stat, asked, by);
            let minutes = |rung: &Rung| rung.at.since(asked).as_secs() / 60;
            rungs
                .iter()
                .map(|rung| (rung.seat.as_bytes()[0], minutes(rung)))
                .collect::<Vec<_>>()
        };
        assert_eq!(rungs([1, 2, 3, 4]), [(1, 5), (3, 15), (2, 25)]);
        assert_eq!(
            rungs([1, 2, 1, 4]),
            [(1, 5), (4, 15), (2, 25)],
            "the same person"
        );
        assert_eq!(rungs([1, 2, 0, 0]), [(1, 5), (2, 15)]);
        assert_eq!(rungs([0, 2, 0, 4]), [(4, 5), (2, 15)], "nobody to wait for");
        assert_eq!(rungs([1, 0, 0, 0]), [(1, 5)]);
    }
}
