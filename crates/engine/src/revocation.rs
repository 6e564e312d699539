//! Revoked devices: the service proposes their removal, a member's commit makes it.
//!
//! While a removal is proposed the server takes nothing else, so every member wants to commit,
//! and one is enough. The one with the lowest leaf begins at once, the others wait a little
//! longer each; whose commit the log takes first decides, as always. Entries wait in the outbox
//! and go on in the new epoch.

use std::{collections::BTreeSet, time::Duration};

use relais_care::{HistoryPolicy, Language, Occupancy, TeamChanged};
use relais_mls::{EpochChange, Processed};
use relais_proto::delivery;
use relais_types::{CaseId, DeviceName, PractitionerName, Result};

use crate::{
    account::Account,
    event::{Alarm, Update},
    receive::accepted_at,
    record::{self, PLAN, PlanRecord},
};

/// How much longer each next member waits before it commits.
const TURN: Duration = Duration::from_secs(2);
/// Longest wait, whatever the size of the team.
const LAST_TURN: u32 = 15;
/// The place of the plan that removes revoked devices: before all others.
const FIRST: u64 = 0;

impl Account {
    /// Takes in a proposal of the service; false if it cannot be followed.
    pub(crate) fn receive_proposal(
        &mut self,
        case: CaseId,
        entry: &delivery::LogEntry,
    ) -> Result<Result<(), relais_mls::Error>> {
        let at = accepted_at(entry);
        // Whatever is staged lacks this removal.
        self.commit_lost(case)?;
        let device = match self.mls.process(&mut self.state, case, &entry.payload, at) {
            Ok(Processed::RemovalProposed(device)) => device,
            Ok(_) => {
                return Ok(Err(relais_mls::Error::Invalid(
                    "it proposes nothing".into(),
                )));
            }
            Err(error) => return Ok(Err(error)),
        };
        if device == self.me.device {
            self.forget_removals(case);
            if !self.conversation(case)?.record.removed {
                self.leave(case)?;
                self.update(Update::Left(case));
            }
            return Ok(Ok(()));
        }
        if !self.conversation(case)?.record.removed {
            let plan = PlanRecord {
                removes_revoked: true,
                ..PlanRecord::default()
            };
            record::write(&mut self.state, record::numbered(PLAN, case, FIRST), &plan);
            self.wait_for_turn(case)?;
        }
        self.update(Update::RemovalProposed { case, device });
        Ok(Ok(()))
    }

    /// After a commit: no removal is proposed in the new epoch.
    pub(crate) fn forget_removals(&mut self, case: CaseId) {
        self.state.delete(&record::numbered(PLAN, case, FIRST));
    }

    /// The device was told that it is revoked: it stops calling, and says so once.
    pub(crate) fn revoked(&mut self) {
        if !std::mem::replace(&mut self.is_revoked, true) {
            self.update(Update::Alarm(Alarm::Revoked));
        }
    }

    /// Announces the seats of people whose last device our commit has removed, before anything
    /// else that waits to be sent.
    ///
    /// Nobody is asked to confirm: nothing is taken from them that they could still use.
    pub(crate) fn vacate_seats(&mut self, case: CaseId, change: &EpochChange) -> Result<()> {
        let Some(own_seat) = self.first_seat(case) else {
            return Ok(());
        };
        let present: BTreeSet<PractitionerName> = self
            .members(case)?
            .iter()
            .map(DeviceName::practitioner_name)
            .collect();
        let gone = change.revoked.iter().map(DeviceName::practitioner_name);
        let gone: BTreeSet<_> = gone.filter(|person| !present.contains(person)).collect();
        let seats = self.view(case)?.team.seats();
        let vacant = seats
            .iter()
            .filter(|seat| gone.iter().any(|person| seat.is_held_by(person)))
            .map(|seat| Occupancy {
                seat: seat.seat.id,
                person: None,
            });
        let changed = TeamChanged {
            seats_added: Vec::new(),
            occupancies: vacant.collect(),
            reason: "Access was revoked / Accès révoqué".to_owned(),
            history: HistoryPolicy::All,
        };
        if changed.occupancies.is_empty() {
            return Ok(());
        }
        let entry = self.compose(case, Some(own_seat), Language::English, |draft| {
            draft.team_changed(changed)
        })?;
        match self.outbox(case)?.first() {
            Some((first, _)) => self.enqueue_at(case, first - 1, &entry),
            None => self.enqueue(case, &entry).map(drop)?,
        }
        Ok(())
    }

    fn wait_for_turn(&mut self, case: CaseId) -> Result<()> {
        // Members that are to be removed take no turn.
        let skipped = self.mls.proposed_removals(&self.state, case);
        let skipped = skipped.unwrap_or_default();
        let before = self
            .members(case)?
            .into_iter()
            .filter(|device| !skipped.contains(device))
            .take_while(|device| *device != self.me.device)
            .count();
        if before > 0 {
            let turn = u32::try_from(before).unwrap_or(u32::MAX).min(LAST_TURN);
            self.pause_until_turn(case, TURN * turn, TURN);
        }
        Ok(())
    }
}
