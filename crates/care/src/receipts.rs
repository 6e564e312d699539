//! Receipts of one entry: delivered, read and acknowledged, by person and by seat.

use std::collections::BTreeMap;

use relais_types::{PractitionerName, SeatId, Timestamp};
use serde::Serialize;

/// Who did something first, and when.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Mark {
    /// The person.
    pub by: PractitionerName,
    /// Number of the entry that says so.
    pub seq: u64,
    /// When the server accepted that entry.
    pub at: Timestamp,
}

/// Delivered, read and acknowledged: three different things, each said once and never unsaid.
///
/// None of them implies another.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Standing {
    /// A device decrypted and stored it.
    pub delivered: Option<Mark>,
    /// It was shown to a named human.
    pub read: Option<Mark>,
    /// Somebody said "I have this". Of a seat, only the owner seat's holder counts.
    pub acknowledged: Option<Mark>,
}

impl Standing {
    pub(crate) fn set(&mut self, what: Seen, mark: &Mark) {
        let slot = match what {
            Seen::Delivered => &mut self.delivered,
            Seen::Read => &mut self.read,
            Seen::Acknowledged => &mut self.acknowledged,
        };
        slot.get_or_insert_with(|| mark.clone());
    }
}

/// One of the three things that a receipt says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Seen {
    Delivered,
    Read,
    Acknowledged,
}

/// What is known of one entry's readers. The author is not among them: they have it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Receipts {
    /// By person, on whichever device.
    pub persons: BTreeMap<PractitionerName, Standing>,
    /// By seat: the first of its holders at that time.
    pub seats: BTreeMap<SeatId, Standing>,
}

impl Receipts {
    /// Whether nobody has said anything.
    pub fn is_empty(&self) -> bool {
        self.persons.is_empty()
    }

    /// What `person` has said.
    pub fn of(&self, person: &PractitionerName) -> Option<&Standing> {
        self.persons.get(person)
    }

    /// What the holders of `seat` have said.
    pub fn of_seat(&self, seat: SeatId) -> Option<&Standing> {
        self.seats.get(&seat)
    }

    /// How many persons have said delivered, read and acknowledged.
    pub fn counts(&self) -> [usize; 3] {
        let count = |said: fn(&Standing) -> bool| self.persons.values().filter(|s| said(s)).count();
        [
            count(|s| s.delivered.is_some()),
            count(|s| s.read.is_some()),
            count(|s| s.acknowledged.is_some()),
        ]
    }
}
