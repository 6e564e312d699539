//! Who is woken about what nobody acknowledges, and when.

use std::time::Duration;

use relais_types::{PractitionerName, SeatId, Timestamp};

use crate::{Priority, Team, compose::acknowledge_by};

const DAY: Duration = Duration::from_hours(24);

/// One step of an escalation: exactly one seat, so that it is clear whose turn it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rung {
    /// The seat whose holder is woken.
    pub seat: SeatId,
    /// When, unless the owner seat has acknowledged before.
    pub at: Timestamp,
}

/// The time at which what was asked at `asked_at` begins to escalate: at 80 % of 5 business days
/// (routine), 50 % of 1 business day (urgent), after 30 minutes (as soon as possible) and 5
/// minutes (stat); at the same share of another `acknowledge_by`.
///
/// Of a business day all 24 hours count, of a weekend none, as for
/// [`acknowledge_by`].
pub fn escalate_at(priority: Priority, asked_at: Timestamp, by: Timestamp) -> Timestamp {
    if by != acknowledge_by(priority, asked_at) {
        let whole = by.since(asked_at);
        return asked_at.plus(match priority {
            Priority::Routine => whole * 4 / 5,
            Priority::Urgent | Priority::Asap => whole / 2,
            Priority::Stat => whole / 3,
        });
    }
    match priority {
        Priority::Routine => business_time_after(asked_at, 4 * DAY),
        Priority::Urgent => business_time_after(asked_at, DAY / 2),
        Priority::Asap => asked_at.plus(Duration::from_mins(30)),
        Priority::Stat => asked_at.plus(Duration::from_mins(5)),
    }
}

/// Who is woken about what `asker` asked of `owner`, in turn: whoever holds the owner seat while
/// there is time, whoever holds the next seat of the same organisation when the time is over, and
/// at last whoever asked. Vacant seats are passed over, and nobody is woken twice.
pub fn ladder(
    team: &Team,
    owner: SeatId,
    asker: SeatId,
    priority: Priority,
    asked_at: Timestamp,
    by: Timestamp,
) -> Vec<Rung> {
    let organisation = team.seat(owner).map(|seat| &seat.seat.organisation);
    let colleague = team.seats().iter().find(|seat| {
        let id = seat.seat.id;
        let differs = id != owner && id != asker && holder(team, id) != holder(team, owner);
        differs
            && Some(&seat.seat.organisation) == organisation
            && holder(team, id).is_some_and(|person| !team.holds(person, asker))
    });
    let first = escalate_at(priority, asked_at, by);
    let step = by.since(first);
    let mut woken: Vec<&PractitionerName> = Vec::new();
    let mut rungs = Vec::new();
    let mut at = first;
    for seat in [Some(owner), colleague.map(|seat| seat.seat.id), Some(asker)] {
        let Some(seat) = seat else { continue };
        let Some(person) = holder(team, seat).filter(|person| !woken.contains(person)) else {
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

/// `time` plus this much of Mondays to Fridays.
fn business_time_after(time: Timestamp, mut left: Duration) -> Timestamp {
    let mut time = time;
    loop {
        // The epoch was a Thursday.
        let day = time.as_secs().div_euclid(86_400);
        let midnight = Timestamp::from_micros((day + 1) * 86_400_000_000);
        let is_weekend = (day + 3).rem_euclid(7) >= 5;
        let today = midnight.since(time);
        if !is_weekend && left <= today {
            return time.plus(left);
        }
        if !is_weekend {
            left -= today;
        }
        time = midnight;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{Occupancy, Person, Seat, SeatRole};

    /// The instant of an RFC 3339 time.
    fn at(text: &str) -> Timestamp {
        let instant: jiff::Timestamp = text.parse().unwrap_or_default();
        Timestamp::from_micros(instant.as_microsecond())
    }

    #[test]
    fn it_escalates_while_there_is_time() {
        for (priority, asked, due) in [
            // 2026-03-02 is a Monday.
            (
                Priority::Routine,
                "2026-03-02T10:30:00Z",
                "2026-03-06T10:30:00Z",
            ),
            (
                Priority::Routine,
                "2026-03-05T10:30:00Z",
                "2026-03-11T10:30:00Z",
            ),
            (
                Priority::Urgent,
                "2026-03-02T10:30:00Z",
                "2026-03-02T22:30:00Z",
            ),
            (
                Priority::Urgent,
                "2026-03-06T16:00:00Z",
                "2026-03-09T04:00:00Z",
            ),
            (
                Priority::Urgent,
                "2026-03-07T09:00:00Z",
                "2026-03-09T12:00:00Z",
            ),
            (
                Priority::Asap,
                "2026-03-07T09:00:00Z",
                "2026-03-07T09:30:00Z",
            ),
            (
                Priority::Stat,
                "2026-03-07T23:58:00Z",
                "2026-03-08T00:03:00Z",
            ),
        ] {
            let asked = at(asked);
            let by = acknowledge_by(priority, asked);
            assert_eq!(escalate_at(priority, asked, by), at(due), "{priority:?}");
        }
        let asked = at("2026-03-02T10:00:00Z");
        let by = asked.plus(Duration::from_mins(1));
        let share = |priority| escalate_at(priority, asked, by).since(asked).as_secs();
        let shares: Vec<u64> = Priority::ALL.iter().copied().map(share).collect();
        assert_eq!(shares, [48, 30, 30, 20]);
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
