//! What somebody still owes: steps, receipts, and what is late.

use std::collections::BTreeSet;

use relais_types::{EntryId, PractitionerName, SeatId, Timestamp};
use serde::Serialize;

use crate::{CaseView, Loop, LoopKind, OverdueKind, Party, catalogue};

/// A loop in which one of a person's seats must act next.
#[derive(Clone, Debug, Serialize)]
pub struct OpenItem<'a> {
    /// The loop.
    #[serde(flatten)]
    pub asked: &'a Loop,
    /// The seat that must act.
    pub seat: SeatId,
    /// As what: the owner acts, the requester supplies or closes.
    pub party: Party,
}

/// Entries for which a person has said nothing yet, in the order of the log.
///
/// The lists have no limit, a receipt has: whoever composes receipts splits each list into
/// parts of at most [`MAX_RECEIPT_ENTRIES`](crate::MAX_RECEIPT_ENTRIES), as the engine does.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct PendingReceipts {
    /// To say "delivered" for, as soon as they are stored.
    pub delivered: Vec<EntryId>,
    /// To say "read" for, once they have been shown to the person.
    pub read: Vec<EntryId>,
    /// That ask the person's seat for an explicit "I have this".
    pub acknowledged: Vec<EntryId>,
}

/// How much of what is handed over somebody must still act on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Outstanding {
    /// Loops that are open.
    pub open: usize,
    /// Those of them that are late.
    pub overdue: usize,
}

/// A loop that is late.
#[derive(Clone, Debug, Serialize)]
pub struct Overdue<'a> {
    /// The loop.
    #[serde(flatten)]
    pub asked: &'a Loop,
    /// What is late.
    pub what: OverdueKind,
    /// Since when.
    pub since: Timestamp,
}

impl CaseView {
    /// The loops in which a seat that `me` holds must act next, in the order of asking.
    pub fn open_items<'a>(&'a self, me: &'a PractitionerName) -> Vec<OpenItem<'a>> {
        let mine = |asked: &'a Loop| {
            let party = asked.awaits?;
            let seat = asked.seat_of(party);
            self.team
                .holds(me, seat)
                .then_some(OpenItem { asked, seat, party })
        };
        self.loops.iter().filter_map(mine).collect()
    }

    /// What is open and bound to `seat`, as owner or as requester, in the order of asking: what
    /// whoever takes the seat over has to see to.
    pub fn obligations_of(&self, seat: SeatId) -> Vec<&Loop> {
        let bound = |asked: &&Loop| asked.owner == seat || asked.requester == seat;
        let open = |asked: &&Loop| asked.is_open() && asked.kind != LoopKind::Handover;
        self.loops.iter().filter(bound).filter(open).collect()
    }

    /// How many of these loops are still open at `now`, and how many of them late.
    pub fn outstanding(&self, items: &[EntryId], now: Timestamp) -> Outstanding {
        let late: BTreeSet<EntryId> = self.overdue(now).iter().map(|it| it.asked.id).collect();
        let open: BTreeSet<EntryId> = items
            .iter()
            .filter_map(|id| self.find_loop(*id))
            .filter(|asked| asked.is_open())
            .map(|asked| asked.id)
            .collect();
        Outstanding {
            open: open.len(),
            overdue: open.intersection(&late).count(),
        }
    }

    /// The steps that `me` may take in a loop now, each with the seat to take it from.
    pub fn possible_steps<'a>(
        &'a self,
        id: EntryId,
        me: &'a PractitionerName,
    ) -> Vec<(SeatId, &'static catalogue::Rule)> {
        let Some(asked) = self.find_loop(id) else {
            return Vec::new();
        };
        asked
            .next_steps()
            .filter_map(|rule| Some((self.team.taking_seat(asked, rule.who, me)?, rule)))
            .collect()
    }

    /// The receipts that `me` still owes.
    ///
    /// Owed for every entry that [deserves one](crate::Content::deserves_receipt), that is
    /// not their own and that is addressed to the whole team or to a seat of theirs.
    pub fn pending_receipts(&self, me: &PractitionerName) -> PendingReceipts {
        let mut pending = PendingReceipts::default();
        let seats: Vec<SeatId> = self.team.seats_of(me).map(|seat| seat.seat.id).collect();
        for item in &self.timeline {
            let addressed =
                item.envelope.audience.is_empty() || seats.iter().any(|&seat| item.addresses(seat));
            if !item.deserves_receipt() || item.author.name == *me || !addressed {
                continue;
            }
            let said = item.receipts.of(me);
            if said.is_none_or(|said| said.delivered.is_none()) {
                pending.delivered.push(item.id);
            }
            if said.is_none_or(|said| said.read.is_none()) {
                pending.read.push(item.id);
            }
            if self.awaits_acknowledgement(item.id, &seats) {
                pending.acknowledged.push(item.id);
            }
        }
        pending
    }

    /// What is late at `now`. The one question that needs a clock, and so no part of the
    /// view or of its digest.
    pub fn overdue(&self, now: Timestamp) -> Vec<Overdue<'_>> {
        let late = |asked, what, since: Option<Timestamp>| {
            since
                .filter(|&since| since < now)
                .map(|since| Overdue { asked, what, since })
        };
        self.loops
            .iter()
            // While it is offered to another seat, its owner is still accountable.
            .filter(|asked| matches!(asked.awaits, Some(Party::Owner | Party::Nominee)))
            .flat_map(|asked| {
                let unacknowledged = asked
                    .acknowledge_by
                    .filter(|_| asked.acknowledged.is_none());
                [
                    late(asked, OverdueKind::Acknowledgement, unacknowledged),
                    late(asked, OverdueKind::Due, asked.due),
                ]
            })
            .flatten()
            .collect()
    }

    /// Whether a seat among `seats` owns this entry, which asks for an acknowledgement that
    /// nobody of the seat has given.
    fn awaits_acknowledgement(&self, id: EntryId, seats: &[SeatId]) -> bool {
        let owner = self.accountable(id).filter(|seat| seats.contains(seat));
        let (Some(item), Some(owner)) = (self.item(id), owner) else {
            return false;
        };
        let asked = self.find_loop(id);
        let wanted = match asked {
            Some(asked) => asked.is_open() && asked.acknowledged.is_none(),
            None => item.envelope.acknowledge_by.is_some(),
        };
        let given = item
            .receipts
            .of_seat(owner)
            .is_some_and(|standing| standing.acknowledged.is_some());
        wanted && !given
    }
}
