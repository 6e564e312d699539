//! What nobody has acknowledged in time: kept from the server's wake-up, or from the time that
//! the entry itself names, until somebody of the owner seat acknowledges.

use std::collections::BTreeSet;

use relais_care::{CaseView, OverdueKind, Priority};
use relais_proto::delivery;
use relais_types::{CaseId, EntryId, Result, SeatId, Timestamp};

use crate::{
    account::{Account, Conversation},
    event::Update,
    receive::time_of,
    record::{self, LOG, LogRecord, WAKE, WakeRecord},
    timers,
};

/// Most wake-ups of one case that are kept; a server that sends more has made them up.
const MOST: usize = 1_000;

/// Something that nobody has acknowledged in time, or soon will not have.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Overdue {
    /// The case.
    pub case: CaseId,
    /// The entry that asks.
    pub entry: EntryId,
    /// What this person can do about it.
    pub turn: Turn,
    /// The seat that should acknowledge.
    pub owner: SeatId,
    /// By when, as the entry says.
    pub acknowledge_by: Timestamp,
    /// How soon it matters.
    pub priority: Priority,
}

/// As whom a person is asked about something overdue.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// They hold the owner seat: to acknowledge, or to say no.
    Owner,
    /// They are next, or asked themselves: to escalate, by reaching the owner in another way or
    /// by asking somebody else.
    Next,
}

/// Whether the owner seat still has to acknowledge this entry.
pub(crate) fn is_awaited(view: &CaseView, entry: EntryId) -> bool {
    let Some(item) = view.item(entry).filter(|item| item.rejected.is_none()) else {
        return false;
    };
    let (Some(owner), Some(_)) = (item.envelope.owner_seat, item.envelope.acknowledge_by) else {
        return false;
    };
    if let Some(asked) = view.find_loop(entry) {
        return asked.is_open() && asked.acknowledged.is_none();
    }
    let standing = item.receipts.of_seat(owner);
    standing.is_none_or(|standing| standing.acknowledged.is_none())
}

impl Account {
    /// What was not acknowledged in time and concerns this person: because the server has woken
    /// this device about it, or because they own it or asked for it and its time is over. The
    /// oldest first.
    ///
    /// # Errors
    /// `INTERNAL` if the store is damaged.
    pub fn overdue(&self) -> Result<Vec<Overdue>> {
        let mut found = Vec::new();
        let mut seen = BTreeSet::new();
        for (key, value) in self.state.scan(WAKE) {
            let row: WakeRecord = record::decode(value)?;
            let case = case_of(key)?;
            if let Some(overdue) = self.overdue_entry(case, &row)?
                && seen.insert((case, overdue.entry))
            {
                found.push(overdue);
            }
        }
        let (me, now) = (self.me.practitioner(), self.now());
        for (case, conversation) in self.cases.iter().filter(|(_, it)| it.is_open()) {
            let view = &conversation.view;
            for late in view.overdue(now) {
                let asked = late.asked;
                let concerns =
                    view.team.holds(&me, asked.owner) || view.team.holds(&me, asked.requester);
                if late.what == OverdueKind::Acknowledgement
                    && concerns
                    && seen.insert((*case, asked.id))
                {
                    found.extend(self.describe(*case, asked.id));
                }
            }
        }
        found.sort_by_key(|overdue| (overdue.acknowledge_by, overdue.entry));
        Ok(found)
    }

    /// Keeps a wake-up until it is known what it is about, and then until that is acknowledged.
    pub(crate) fn receive_wake_up(&mut self, wake_up: &delivery::WakeUp) -> Result<()> {
        let (Ok(case), 32) = (
            CaseId::try_from(wake_up.group_id.as_ref()),
            wake_up.token_hash.len(),
        ) else {
            return Ok(());
        };
        let prefix = record::key(WAKE, case);
        let known = self.cases.get(&case).is_some_and(Conversation::is_open);
        if !known || self.state.scan(&prefix).count() >= MOST {
            return Ok(());
        }
        let key = [prefix, wake_up.token_hash.to_vec()].concat();
        let mut row: WakeRecord = record::read(&self.state, &key)?.unwrap_or_default();
        let due_at = time_of(wake_up.due_time).as_micros();
        if due_at > row.due_at {
            // The next step of the escalation: the person is told again.
            row.due_at = due_at;
            row.told = false;
        }
        record::write(&mut self.state, key, &row);
        Ok(())
    }

    /// The log of the case has got entries before those that it had.
    pub(crate) fn look_again(&mut self, case: CaseId) -> Result<()> {
        for (key, mut row) in self.wake_ups(&record::key(WAKE, case))? {
            row.searched = 0;
            record::write(&mut self.state, key, &row);
        }
        Ok(())
    }

    /// Tells of what is overdue, once everything is read that may have settled it meanwhile.
    pub(crate) fn tell_overdue(&mut self) -> Result<()> {
        for (key, mut row) in self.wake_ups(WAKE)? {
            let case = case_of(&key)?;
            let before = row.clone();
            if row.entry.is_none() {
                let hash = key.get(WAKE.len() + 16..).unwrap_or_default();
                self.find_woken(case, hash, &mut row)?;
            }
            let conversation = self.cases.get(&case);
            let gone = conversation.is_none_or(|it| !it.is_open());
            if gone || (row.entry.is_some() && self.overdue_entry(case, &row)?.is_none()) {
                self.state.delete(&key);
                continue;
            }
            if !row.told
                && let Some(overdue) = self.overdue_entry(case, &row)?
            {
                row.told = true;
                self.update(Update::Overdue(overdue));
            }
            if row != before {
                record::write(&mut self.state, key, &row);
            }
        }
        Ok(())
    }

    fn wake_ups(&self, prefix: &[u8]) -> Result<Vec<(Vec<u8>, WakeRecord)>> {
        self.state
            .scan(prefix)
            .map(|(key, value)| Ok((key.to_vec(), record::decode(value)?)))
            .collect()
    }

    /// Looks for the entry whose timers have this hash, among those not looked at before.
    fn find_woken(&self, case: CaseId, hash: &[u8], row: &mut WakeRecord) -> Result<()> {
        let Some(conversation) = self.cases.get(&case) else {
            return Ok(());
        };
        let new = conversation.view.timeline.iter();
        for item in new.filter(|item| item.seq > row.searched) {
            let key = record::numbered(LOG, case, item.seq);
            let Some(log) = record::read::<LogRecord>(&self.state, &key)? else {
                continue;
            };
            if timers::hash(&timers::token(&log.signed_entry)?) == hash {
                row.entry = Some(item.id.as_bytes().to_vec());
                break;
            }
        }
        row.searched = conversation.position.seq;
        Ok(())
    }

    /// What a wake-up is about, while it is not acknowledged.
    fn overdue_entry(&self, case: CaseId, row: &WakeRecord) -> Result<Option<Overdue>> {
        match &row.entry {
            Some(entry) => Ok(self.describe(case, EntryId::try_from(entry.as_slice())?)),
            None => Ok(None),
        }
    }

    fn describe(&self, case: CaseId, entry: EntryId) -> Option<Overdue> {
        let conversation = self.cases.get(&case).filter(|it| it.is_open())?;
        let view = &conversation.view;
        let item = view.item(entry).filter(|_| is_awaited(view, entry))?;
        let owner = item.envelope.owner_seat?;
        let turn = if view.team.holds(&self.me.practitioner(), owner) {
            Turn::Owner
        } else {
            Turn::Next
        };
        Some(Overdue {
            case,
            entry,
            turn,
            owner,
            acknowledge_by: item.envelope.acknowledge_by?,
            priority: item.envelope.priority,
        })
    }
}

fn case_of(key: &[u8]) -> Result<CaseId> {
    CaseId::try_from(key.get(WAKE.len()..WAKE.len() + 16).unwrap_or_default())
}
