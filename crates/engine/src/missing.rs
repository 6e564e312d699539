//! What a device could not read while it was out of step, and how the others share it.
//!
//! The device tells in its external commit which entries it is about. Whoever holds some of them
//! shares them as History, in turns by their leaf: who is late finds nothing left to share.

use std::{collections::BTreeSet, time::Duration};

use prost::Message;
use relais_care::Language;
use relais_mls::EpochChange;
use relais_proto::{care, delivery};
use relais_types::{CaseId, DeviceName, PractitionerName, Result};

use crate::{
    account::Account,
    event::{Alarm, Update},
    history::{is_history, is_lacking},
    notice::Notice,
    receive::accepted_at,
    record::{self, POSITION, ShareRecord},
    signed,
    withheld::after_all,
};

/// How much longer each next member waits before it shares what somebody missed.
const TURN: Duration = Duration::from_secs(2);
/// Longest wait, whatever the size of the team.
const LAST_TURN: u32 = 15;
/// Ranges that one note names; more are told as one.
const MOST_RANGES: usize = 32;

/// What a device that comes back tells the others, in the open: the server knows as much from
/// what the device has acknowledged.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct Note {
    #[prost(message, repeated, tag = "1")]
    missed: Vec<Range>,
}

/// Entries of the log, both ends included.
#[derive(Clone, Copy, PartialEq, Eq, Message)]
struct Range {
    #[prost(uint64, tag = "1")]
    from: u64,
    #[prost(uint64, tag = "2")]
    to: u64,
}

impl Account {
    /// Another member is back in step: what it could not read is shared with it, by whoever
    /// holds it and has the first turn.
    pub(crate) fn welcome_back(
        &mut self,
        case: CaseId,
        entry: &delivery::LogEntry,
        change: &EpochChange,
    ) -> Result<()> {
        let Some(note) = &change.resynced else {
            return Ok(());
        };
        let device = change.by.clone();
        let notice = Notice::BackInStep {
            device: device.clone(),
        };
        self.note(case, entry.seq, accepted_at(entry), &notice);
        self.update(Update::BackInStep {
            case,
            device: device.clone(),
        });
        let missed = Note::decode(note.as_ref()).unwrap_or_default().missed;
        let mut seqs = Vec::new();
        for (seq, _) in self.log_rows(case)? {
            let inside = missed
                .iter()
                .any(|range| (range.from..=range.to).contains(&seq));
            if inside && seq < entry.seq {
                seqs.push(seq);
            }
        }
        // Whoever rejoins says itself what it missed: it is given no more than when it joined.
        let person = device.practitioner_name();
        let withheld = self.portion(case, self.view(case)?, &person)?.withheld;
        seqs.retain(|seq| !withheld.contains(seq));
        if seqs.is_empty() {
            return Ok(());
        }
        let share = ShareRecord {
            device: device.to_string(),
            seqs,
        };
        self.change_record(case, |record| record.shares.push(share))?;
        self.schedule_share(case, Some(&device))
    }

    /// Sets when this device's turn to share has come.
    pub(crate) fn schedule_share(&mut self, case: CaseId, back: Option<&DeviceName>) -> Result<()> {
        if self.conversation(case)?.record.shares.is_empty() {
            return Ok(());
        }
        let before = self
            .members(case)?
            .into_iter()
            .filter(|device| Some(device) != back)
            .take_while(|device| *device != self.me.device)
            .count();
        let turn = u32::try_from(before).unwrap_or(u32::MAX).min(LAST_TURN);
        let due = self.now().plus(TURN * turn);
        self.conversation_mut(case)?.share_due = Some(due);
        self.share_missed()
    }

    /// Shares what is due.
    pub(crate) fn share_missed(&mut self) -> Result<()> {
        let now = self.now();
        let due: Vec<CaseId> = self
            .cases
            .iter()
            .filter(|(_, case)| case.is_open() && !case.record.stuck)
            .filter(|(_, case)| case.share_due.is_some_and(|due| due <= now))
            .map(|(id, _)| *id)
            .collect();
        for case in due {
            self.conversation_mut(case)?.share_due = None;
            let mut shares = Vec::new();
            self.change_record(case, |record| shares = std::mem::take(&mut record.shares))?;
            let to = recipients(&shares);
            let seqs: BTreeSet<u64> = shares.into_iter().flat_map(|share| share.seqs).collect();
            let last = self.outbox(case)?.last().map_or(0, |(order, _)| *order);
            let after = after_all(last);
            let packets = self.packets(case, &seqs)?;
            let count = packets.len();
            for (index, entries) in packets.into_iter().enumerate() {
                // Never the last one of a newcomer's history, whoever waits for that.
                let remaining = u32::try_from(count - index).unwrap_or(u32::MAX);
                let seat = self.first_seat(case);
                let entry = self.compose(case, seat, Language::English, |draft| {
                    draft.history_for(&to, entries, Vec::new(), remaining)
                })?;
                self.enqueue_at(case, after + index as u64, &entry);
            }
        }
        Ok(())
    }

    /// Somebody has shared these entries: nobody else needs to.
    pub(crate) fn was_shared(&mut self, case: CaseId, history: &care::History) -> Result<()> {
        if self.conversation(case)?.record.shares.is_empty() {
            return Ok(());
        }
        let mut shared = BTreeSet::new();
        for relayed in &history.entries {
            // Only what is there is shared; of what this device knows better, nothing was.
            let known = self.stored(case, relayed.seq)?;
            let is_content = match known {
                Some(row) => !is_history(&signed::read(&row.signed_entry)?),
                None => true,
            };
            if relayed.entry.is_some() == is_content && !is_lacking(relayed) {
                shared.insert(relayed.seq);
            }
        }
        self.change_record(case, |record| {
            for share in &mut record.shares {
                share.seqs.retain(|seq| !shared.contains(seq));
            }
            record.shares.retain(|share| !share.seqs.is_empty());
        })?;
        let conversation = self.conversation_mut(case)?;
        if conversation.record.shares.is_empty() {
            conversation.share_due = None;
        }
        Ok(())
    }

    /// An entry was shared with this device; if it was a missing one, it is that no more.
    pub(crate) fn was_found(&mut self, case: CaseId, seq: u64) -> Result<()> {
        let mut was_missing = false;
        let mut was_promised = false;
        self.change_record(case, |record| {
            let before = (record.missing.len(), record.promised.len());
            record.missing.retain(|missing| *missing != seq);
            record.promised.retain(|promised| *promised != seq);
            was_missing = record.missing.len() < before.0;
            was_promised = record.promised.len() < before.1;
        })?;
        if was_promised {
            let share = ShareRecord {
                device: String::new(),
                seqs: vec![seq],
            };
            self.change_record(case, |record| record.shares.push(share))?;
            let now = self.now();
            self.conversation_mut(case)?.share_due = Some(now);
        }
        // A bridge relays it, too, now that it can be read.
        let conversation = self.conversation_mut(case)?;
        if was_missing && conversation.position.relayed >= seq {
            conversation.position.relayed = seq - 1;
            let position = conversation.position.clone();
            record::write(&mut self.state, record::key(POSITION, case), &position);
        }
        Ok(())
    }

    /// What this device lacks itself of the log before `seq`, as a newcomer is told of it.
    pub(crate) fn promise_missing(
        &mut self,
        case: CaseId,
        seq: u64,
    ) -> Result<Vec<care::RelayedEntry>> {
        let mut lacking = Vec::new();
        self.change_record(case, |record| {
            let before = record
                .missing
                .iter()
                .copied()
                .filter(|missing| *missing < seq);
            for missing in before {
                if !record.promised.contains(&missing) {
                    record.promised.push(missing);
                }
                lacking.push(care::RelayedEntry {
                    seq: missing,
                    accept_time: Some(prost_types::Timestamp::default()),
                    entry: None,
                });
            }
        })?;
        Ok(lacking)
    }

    /// Whoever shares the history lacks this entry, too: anybody may share it later.
    pub(crate) fn lacks(&mut self, case: CaseId, seq: u64) -> Result<()> {
        if self.stored(case, seq)?.is_some() {
            return Ok(());
        }
        self.change_record(case, |record| {
            if !record.missing.contains(&seq) {
                record.missing.push(seq);
            }
        })
    }

    /// Somebody says that there is nothing to show of an entry, since it only carried history.
    /// Whoever knows better names them; the entry can be shared all the same.
    pub(crate) fn was_explained(&mut self, case: CaseId, seq: u64, by: &DeviceName) -> Result<()> {
        if let Some(ours) = self.stored(case, seq)? {
            if !is_history(&signed::read(&ours.signed_entry)?) {
                let by = by.practitioner_name();
                self.update(Update::Alarm(Alarm::HistoryDiffers { case, by, seq }));
            }
            return Ok(());
        }
        self.change_record(case, |record| {
            if record.missing.contains(&seq) && !record.explained.contains(&seq) {
                record.explained.push(seq);
            }
        })
    }

    /// What this device could not read, and what it will not be able to read before it is back.
    pub(crate) fn missed(&self, case: CaseId) -> Result<Note> {
        let conversation = self.conversation(case)?;
        let record = &conversation.record;
        let first = conversation.position.seq + 1;
        let missing: BTreeSet<u64> = record.missing.iter().copied().collect();
        let mut ranges: Vec<Range> = Vec::new();
        for seq in missing {
            match ranges.last_mut() {
                Some(range) if range.to + 1 == seq => range.to = seq,
                _ => ranges.push(Range { from: seq, to: seq }),
            }
        }
        ranges.push(Range {
            from: first,
            to: u64::MAX,
        });
        if ranges.len() > MOST_RANGES {
            let from = ranges.first().map_or(first, |range| range.from);
            ranges = vec![Range { from, to: u64::MAX }];
        }
        Ok(Note { missed: ranges })
    }
}

/// The people whose devices lack something, or nobody if anybody may wait for it: newcomers who
/// were given less shall not take it for theirs.
fn recipients(shares: &[ShareRecord]) -> Vec<PractitionerName> {
    let devices = shares
        .iter()
        .map(|share| share.device.parse::<DeviceName>());
    let people: Result<BTreeSet<_>> = devices
        .map(|device| Ok(device?.practitioner_name()))
        .collect();
    people.unwrap_or_default().into_iter().collect()
}
