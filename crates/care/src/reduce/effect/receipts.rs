//! What readers say of an entry.

use relais_types::{EntryId, PractitionerName, SeatId};

use super::steps::taken;
use crate::{
    CaseView, Logged, LoopState, Mark, Party, Receipt, Requirement, catalogue, receipts::Seen,
};

impl CaseView {
    /// Marks what the receipt says. What it names but the case does not hold is passed over:
    /// a receipt cannot speak of entries still to come.
    pub(super) fn receive(&mut self, logged: &Logged, receipt: &Receipt) {
        let person = logged.author.practitioner_name();
        for (what, entries) in [
            (Seen::Delivered, &receipt.delivered),
            (Seen::Read, &receipt.read),
            (Seen::Acknowledged, &receipt.acknowledged),
        ] {
            for &entry in entries {
                self.mark(logged, &person, entry, what);
            }
        }
    }

    fn mark(&mut self, logged: &Logged, person: &PractitionerName, entry: EntryId, what: Seen) {
        let Some(at) = self.position(entry) else {
            return;
        };
        let item = &self.timeline[at];
        if !item.deserves_receipt() || item.author.name == *person {
            return;
        }
        let mark = Mark {
            by: person.clone(),
            seq: logged.seq,
            at: logged.accepted_at,
        };
        let seats: Vec<SeatId> = if what == Seen::Acknowledged {
            // Only the accountable seat's acknowledgement is an acknowledgement of a seat.
            self.acknowledging_seat(logged, person, entry)
                .into_iter()
                .collect()
        } else {
            self.team
                .seats_of(person)
                .map(|seat| seat.seat.id)
                .collect()
        };
        let item = &mut self.timeline[at];
        for &seat in &seats {
            item.receipts
                .seats
                .entry(seat)
                .or_default()
                .set(what, &mark);
        }
        let standing = item.receipts.persons.entry(person.clone()).or_default();
        standing.set(what, &mark);
        if what == Seen::Acknowledged && !seats.is_empty() {
            self.acknowledge(logged, entry, &mark);
        }
    }

    /// The owner seat, if `person` holds it or acts for it.
    fn acknowledging_seat(
        &self,
        logged: &Logged,
        person: &PractitionerName,
        entry: EntryId,
    ) -> Option<SeatId> {
        let asked = self.find_loop(entry);
        let owner = self.accountable(entry)?;
        let kind = asked.map(|asked| asked.kind);
        let acts = |seat: SeatId| self.team.acts_for(seat, owner, kind, logged.accepted_at);
        let answers = self
            .team
            .seats_of(person)
            .any(|seat| seat.seat.id == owner || acts(seat.seat.id));
        answers.then_some(owner)
    }

    /// The owner seat has it: where the catalogue has a step that says just that, it is taken.
    fn acknowledge(&mut self, logged: &Logged, entry: EntryId, mark: &Mark) {
        let Some(at) = self.progress.loop_at(entry) else {
            return;
        };
        let asked = &mut self.loops[at];
        let rule = catalogue::rule(
            asked.kind,
            asked.state,
            LoopState::Acknowledged,
            Party::Owner,
        );
        match rule.filter(|rule| rule.requires == Requirement::Nothing) {
            Some(&rule) => {
                let step = taken(logged, logged.id(), asked, rule, None);
                asked.take(step);
            }
            None => {
                asked.acknowledged.get_or_insert_with(|| mark.clone());
            }
        }
    }
}
