//! When no consent lets somebody be told any more, their devices leave the linked conversation.
//!
//! What is due follows from the views alone: who reads along, and what the patient has said of it
//! by now. So it survives restarts, and is found whenever a device is back, however long after the
//! withdrawal. First the conversation is told why, so that those who leave can read it; then one
//! commit removes them. Whoever is in both the team and the conversation may do it; they take
//! turns, and whose commit the log takes first decides, as always.

use std::{collections::BTreeSet, time::Duration};

use relais_care::{
    AccessEnded, AccessEndedCause, Content, ConversationKind, Language, Loop, Statement,
};
use relais_types::{CaseId, PractitionerName, Result, Timestamp};

use crate::{
    account::{Account, Conversation},
    record::{self, OUTBOX, PLAN},
    signed,
};

/// How much longer each next device waits before it acts.
const TURN: Duration = Duration::from_secs(2);
/// Longest wait, however many they are.
const LAST_TURN: u32 = 15;

impl Account {
    /// Ends the access of those whom no consent covers any more, in every linked conversation.
    pub(crate) fn end_access(&mut self) -> Result<()> {
        for (case, team) in self.linked_conversations()? {
            let (uncovered, stays) = self.uncovered(case, team)?;
            self.drop_superfluous(case)?;
            if uncovered.is_empty() {
                continue;
            }
            self.drop_additions(case, &uncovered)?;
            if !self.announce_end(case, team, &uncovered, stays)? {
                self.plan_leave(case, team, &uncovered)?;
            }
        }
        Ok(())
    }

    /// When the period of a consent ends next on which a linked conversation may stand.
    pub(crate) fn next_consent_end(&self) -> Option<Timestamp> {
        let now = self.now();
        let teams = self
            .cases
            .values()
            .filter(|it| it.is_open() && it.view.conversation == Some(ConversationKind::Team));
        teams.filter_map(|it| it.view.next_consent_end(now)).min()
    }

    /// The conversations that this device answers for, with their teams' cases.
    fn linked_conversations(&self) -> Result<Vec<(CaseId, CaseId)>> {
        let mut found = Vec::new();
        for (case, conversation) in &self.cases {
            let linked = conversation.view.conversation != Some(ConversationKind::Team);
            if !conversation.is_open() || conversation.record.stuck || !linked {
                continue;
            }
            let Some(team) = self.parent_of(*case)? else {
                continue;
            };
            let known = self.cases.get(&team).is_some_and(Conversation::is_open);
            if known && self.is_of_team(team, &self.me.device) {
                found.push((*case, team));
            }
        }
        Ok(found)
    }

    /// Who may be told nothing any more, and why; and whether somebody else outside the team stays.
    fn uncovered(
        &self,
        case: CaseId,
        team: CaseId,
    ) -> Result<(Vec<(PractitionerName, AccessEndedCause)>, bool)> {
        let now = self.now();
        let view = self.view(team)?;
        let settled = |id| view.find_loop(id).is_some_and(Loop::is_settled);
        if !view
            .consents()
            .any(|(id, _, it)| settled(id) || !it.lasts(now))
        {
            return Ok((Vec::new(), true));
        }
        let mut uncovered = Vec::new();
        let mut stays = self.view(case)?.conversation == Some(ConversationKind::Patient);
        for (person, actor) in self.told(case, team)? {
            match view.consent_ended(&actor, now) {
                Some(cause) => uncovered.push((person, cause)),
                None => stays = true,
            }
        }
        Ok((uncovered, stays))
    }

    /// Says whose access ends, before anything else that waits; false if that was said, or cannot
    /// be.
    fn announce_end(
        &mut self,
        case: CaseId,
        team: CaseId,
        uncovered: &[(PractitionerName, AccessEndedCause)],
        stays: bool,
    ) -> Result<bool> {
        let seats = self.view(case)?.team.seats().iter();
        let of = |name: &PractitionerName| uncovered.iter().find(|(person, _)| person == name);
        let ending = seats.filter_map(|seat| {
            let (_, cause) = of(&seat.occupant.as_ref()?.name)?;
            Some((seat.seat.id, *cause))
        });
        let ending: Vec<_> = ending.collect();
        let Some((_, cause)) = ending.first().copied() else {
            return Ok(false);
        };
        let Some(own_seat) = self.first_seat(case) else {
            return Ok(false);
        };
        match self.announcement(case)? {
            Some((_, refused)) => return Ok(!refused),
            None => self.wait_turn(case, team)?,
        }
        let ended = AccessEnded {
            seats: ending.into_iter().map(|(seat, _)| seat).collect(),
            cause,
            conversation_ends: !stays,
        };
        let entry = self.compose(case, Some(own_seat), Language::English, |draft| {
            draft.access_ended(ended)
        })?;
        match self.outbox(case)?.first() {
            Some((first, _)) => self.enqueue_at(case, first - 1, &entry),
            None => self.enqueue(case, &entry).map(drop)?,
        }
        Ok(true)
    }

    /// The order of the announcement that waits to be sent, and whether it was refused.
    fn announcement(&self, case: CaseId) -> Result<Option<(u64, bool)>> {
        for (order, row) in self.outbox(case)? {
            let content = Statement::parse(&signed::read(&row.signed_entry)?).map(|it| it.content);
            if let Ok(Content::AccessEnded(_)) = content {
                return Ok(Some((order, row.refused.is_some())));
            }
        }
        Ok(None)
    }

    /// Takes back an announcement that somebody else was faster with.
    fn drop_superfluous(&mut self, case: CaseId) -> Result<()> {
        let Some((order, _)) = self.announcement(case)? else {
            return Ok(());
        };
        let row = self.outbox(case)?.into_iter().find(|(at, _)| *at == order);
        let Some((_, row)) = row.filter(|(_, row)| row.staged.is_none()) else {
            return Ok(());
        };
        let entry = signed::read(&row.signed_entry)?;
        let Ok(Content::AccessEnded(ended)) = Statement::parse(&entry).map(|it| it.content) else {
            return Ok(());
        };
        let team = &self.view(case)?.team;
        let held = |seat: &relais_types::SeatId| team.seat(*seat).is_some_and(|it| !it.is_vacant());
        if !ended.seats.iter().any(held) {
            self.state.delete(&record::numbered(OUTBOX, case, order));
        }
        Ok(())
    }

    /// Gives up to add somebody whose access has ended meanwhile.
    fn drop_additions(
        &mut self,
        case: CaseId,
        uncovered: &[(PractitionerName, AccessEndedCause)],
    ) -> Result<()> {
        let names: BTreeSet<String> = uncovered.iter().map(|(it, _)| it.to_string()).collect();
        for (order, plan) in self.plans(case)? {
            let adds = plan.add.iter().any(|it| names.contains(&it.practitioner));
            if adds && plan.staged.is_none() {
                for entry in plan.then {
                    self.state.delete(&record::numbered(OUTBOX, case, entry));
                }
                self.state.delete(&record::numbered(PLAN, case, order));
            }
        }
        Ok(())
    }

    /// Plans the commit that removes them, unless it is planned.
    fn plan_leave(
        &mut self,
        case: CaseId,
        team: CaseId,
        uncovered: &[(PractitionerName, AccessEndedCause)],
    ) -> Result<()> {
        if self.check_lead(case).is_err() {
            // It falls to a lead.
            return Ok(());
        }
        let plans = self.plans(case)?;
        let planned = |name: &str| {
            plans
                .iter()
                .any(|(_, plan)| plan.remove.iter().any(|it| it == name))
        };
        let present: BTreeSet<PractitionerName> = self
            .members(case)?
            .iter()
            .map(relais_types::DeviceName::practitioner_name)
            .collect();
        let leaving: Vec<PractitionerName> = uncovered
            .iter()
            .map(|(person, _)| person.clone())
            .filter(|person| present.contains(person) && !planned(&person.to_string()))
            .collect();
        if leaving.is_empty() {
            return Ok(());
        }
        self.wait_turn(case, team)?;
        self.plan(case, &[], &leaving, Vec::new())
    }

    /// Lets those of the team who stand before this device in the group go first.
    fn wait_turn(&mut self, case: CaseId, team: CaseId) -> Result<()> {
        let members = self.members(case)?;
        let before = members
            .iter()
            .take_while(|device| **device != self.me.device)
            .filter(|device| self.is_of_team(team, device))
            .count();
        if before > 0 {
            let turn = u32::try_from(before).unwrap_or(u32::MAX).min(LAST_TURN);
            self.pause_until_turn(case, TURN * turn, TURN);
        }
        Ok(())
    }
}
