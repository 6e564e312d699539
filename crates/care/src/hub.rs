//! The one door of a programme: what is asked of a hub seat waits in a queue that everybody of
//! its pool sees, until one of them takes it.
//!
//! Whoever takes something becomes accountable, and whoever is second is told that this step is
//! not possible any more: the log decides. From there it is offered to the seat that it is for,
//! by the same steps as everything that can be reassigned.

use std::cmp::Reverse;

use relais_types::{PractitionerName, SeatId, Timestamp};
use serde::Serialize;

use crate::{CaseView, Loop, Party, Priority, SeatRole, Team};

/// Something that waits in the queue of a hub.
#[derive(Clone, Debug, Serialize)]
pub struct Queued<'a> {
    /// The loop.
    #[serde(flatten)]
    pub asked: &'a Loop,
    /// The hub seat.
    pub hub: SeatId,
    /// The seats that may take it.
    pub pool: Vec<SeatId>,
}

impl Team {
    /// The seats that share the queue of a hub seat: its pool, or where nobody has said who that
    /// is, the other seats of its organisation. None for a seat that is no hub.
    pub fn queue_pool(&self, hub: SeatId) -> Vec<SeatId> {
        let Some(door) = self
            .seat(hub)
            .filter(|seat| seat.seat.role == SeatRole::Hub)
        else {
            return Vec::new();
        };
        if !door.pool.is_empty() {
            return door.pool.clone();
        }
        self.seats()
            .iter()
            .filter(|other| {
                // Whoever is there for a few hours takes nothing that would be left behind.
                other.seat.organisation == door.seat.organisation
                    && !matches!(other.seat.role, SeatRole::Hub | SeatRole::Emergency)
            })
            .map(|other| other.seat.id)
            .collect()
    }

    /// Whether `seat` may take a step that is `who`'s in this loop.
    pub(crate) fn may_take(&self, asked: &Loop, who: Party, seat: SeatId) -> bool {
        let party = asked.seat_of(who);
        if who == Party::Pool {
            self.queue_pool(party).contains(&seat)
        } else {
            party == seat
        }
    }

    /// The first of the seats of `person` that may take a step that is `who`'s in this loop.
    pub(crate) fn taking_seat(
        &self,
        asked: &Loop,
        who: Party,
        person: &PractitionerName,
    ) -> Option<SeatId> {
        self.seats_of(person)
            .map(|seat| seat.seat.id)
            .find(|&seat| self.may_take(asked, who, seat))
    }
}

impl CaseView {
    /// What waits in the queues of this conversation's hubs: the pressing first, then what is due
    /// soonest, then what was asked first.
    pub fn queue(&self) -> Vec<Queued<'_>> {
        let mut queue: Vec<Queued<'_>> = self
            .loops
            .iter()
            .filter(|asked| asked.next_steps().any(|rule| rule.who == Party::Pool))
            .filter_map(|asked| {
                let hub = asked.seat_of(Party::Pool);
                let pool = self.team.queue_pool(hub);
                let is_hub = self.team.seat(hub)?.seat.role == SeatRole::Hub;
                is_hub.then_some(Queued { asked, hub, pool })
            })
            .collect();
        queue.sort_by_key(|queued| urgency(queued.asked));
        queue
    }
}

/// Where something asked stands among others: the pressing first, then by when it is due, then by
/// age.
pub fn urgency(asked: &Loop) -> (Reverse<Priority>, bool, Option<Timestamp>, Timestamp) {
    let due = asked.due.or(asked.acknowledge_by);
    (Reverse(asked.priority), due.is_none(), due, asked.asked_at)
}
