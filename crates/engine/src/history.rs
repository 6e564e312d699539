//! What a newcomer is given: the signed entries of the log before they joined.

use std::collections::BTreeSet;

use prost::Message as _;
use relais_care::Language;
use relais_mls::EpochChange;
use relais_proto::{
    care::{self, entry::Body},
    to_proto_time,
};
use relais_types::{CaseId, DeviceName, Result, Timestamp};

use crate::{
    account::Account,
    event::{Alarm, Update},
    receive::Stored,
    record::{self, CASE, CHAIN, ChainRecord, LOG, LogRecord, OwedHistory},
    signed::{self, Verified},
    withheld::{Group, Packet, after_all},
};

/// Bytes of shared entries in one History; a single larger entry travels alone.
const PACKET: usize = 40 * 1024;

/// Those for whom a history is.
#[derive(Clone, Copy)]
pub(crate) struct Newcomers<'a> {
    pub(crate) devices: &'a [DeviceName],
    /// Orders of this device's entries, not in the log yet, that seat them.
    pub(crate) announced: &'a [u64],
    /// True if they may have taken an earlier one for the whole.
    pub(crate) again: bool,
}

/// In the place of the device that a newcomer awaits the history from: it was removed, and
/// one of the others gives it instead.
const ANYBODY: &str = "";

impl Account {
    /// Queues the log before `seq` for those who joined with that commit, right after the
    /// outbox row `after`.
    ///
    /// Each of them is given what was decided for them when they joined; the rest is named, so
    /// that it can be shared later and nobody can put anything else in its place.
    pub(crate) fn share_history(
        &mut self,
        case: CaseId,
        seq: u64,
        after: u64,
        newcomers: Newcomers<'_>,
    ) -> Result<()> {
        let lacking = self.promise_missing(case, seq)?;
        let people = newcomers.devices.iter().map(DeviceName::practitioner_name);
        let (groups, undecided) = self.groups(case, people, newcomers.announced)?;
        let undecided = newcomers
            .devices
            .iter()
            .filter(|device| undecided.contains(&device.practitioner_name()));
        let undecided = OwedHistory {
            seq,
            by: String::new(),
            newcomers: undecided.map(ToString::to_string).collect(),
        };
        if !undecided.newcomers.is_empty() {
            self.change_record(case, |record| record.undecided.push(undecided))?;
        }
        let together = groups.len() == 1;
        let mut order = after;
        for Group { people, share } in groups {
            let before = |number: &u64| *number < seq;
            let given = share.given.iter().copied().filter(before).collect();
            let mut packets = self.withheld_packets(case, seq, &share)?;
            if !lacking.is_empty() {
                packets.push(Packet {
                    entries: lacking.clone(),
                    ..Packet::default()
                });
            }
            let to = if together
                && !newcomers.again
                && packets.iter().all(|packet| packet.withheld.is_empty())
            {
                Vec::new()
            } else {
                people
            };
            let given = self.packets(case, &given)?.into_iter();
            packets.extend(given.map(|entries| Packet {
                entries,
                ..Packet::default()
            }));
            let count = packets.len();
            for (index, packet) in packets.into_iter().enumerate() {
                let remaining = u32::try_from(count - index - 1).unwrap_or(u32::MAX);
                let seat = self.first_seat(case);
                let entry = self.compose(case, seat, Language::English, |draft| {
                    draft.history_for(&to, packet.entries, packet.withheld, remaining)
                })?;
                order += 1;
                self.enqueue_at(case, order, &entry);
            }
        }
        Ok(())
    }

    /// The `wanted` entries of the log, as much as one History holds at a time. Of what is itself
    /// a History there is only the number: nothing of it is shown.
    pub(crate) fn packets(
        &self,
        case: CaseId,
        wanted: &BTreeSet<u64>,
    ) -> Result<Vec<Vec<care::RelayedEntry>>> {
        let mut packets: Vec<Vec<care::RelayedEntry>> = Vec::new();
        let mut room = 0;
        for (number, row) in self.log_rows(case)? {
            if row.kept || !wanted.contains(&number) {
                continue;
            }
            let relayed = if is_history(&signed::read(&row.signed_entry)?) {
                care::RelayedEntry {
                    seq: number,
                    ..care::RelayedEntry::default()
                }
            } else {
                self.relayed_entry(number, &row)?
            };
            let size = relayed.encoded_len();
            match packets.last_mut() {
                Some(packet) if size <= room => packet.push(relayed),
                _ => {
                    room = PACKET;
                    packets.push(vec![relayed]);
                }
            }
            room = room.saturating_sub(size);
        }
        Ok(packets)
    }

    /// Remembers after another member's commit what they owe to those whom they added, so that
    /// somebody else can give it if they are removed first.
    pub(crate) fn owe_history(
        &mut self,
        case: CaseId,
        seq: u64,
        change: &EpochChange,
    ) -> Result<()> {
        if change.added.is_empty() {
            return Ok(());
        }
        let newcomers = change.added.iter().map(|added| added.device.to_string());
        let owed = OwedHistory {
            seq,
            by: change.by.to_string(),
            newcomers: newcomers.collect(),
        };
        self.change_owed(case, |all| all.push(owed))
    }

    /// After a commit: what those who were removed by it, or rejoined by it, still owed falls to whoever committed,
    /// or, if that is a newcomer, to the member with the lowest leaf who is none.
    pub(crate) fn inherit_history(&mut self, case: CaseId, change: &EpochChange) -> Result<()> {
        // Whoever rejoins may have lost what it owed, too.
        let back = change.resynced.as_ref().map(|_| change.by.to_string());
        let gone: Vec<_> = change
            .removed
            .iter()
            .map(ToString::to_string)
            .chain(back.clone())
            .collect();
        let awaited = self.conversation(case)?.record.history_from.as_ref();
        if awaited.is_some_and(|from| gone.contains(from)) {
            let conversation = self.conversation_mut(case)?;
            conversation.record.history_from = Some(ANYBODY.to_owned());
            let row = conversation.record.clone();
            record::write(&mut self.state, record::key(CASE, case), &row);
        }
        let owed = &self.conversation(case)?.record.owed;
        if change.own_removed || !owed.iter().any(|owed| gone.contains(&owed.by)) {
            return Ok(());
        }
        let members = self.members(case)?;
        let me = self.me.device.to_string();
        let mut mine = Vec::new();
        self.change_owed(case, |all| {
            for owed in all.iter_mut().filter(|owed| gone.contains(&owed.by)) {
                let heirs = std::iter::once(&change.by).chain(&members);
                let mut heirs = heirs.map(ToString::to_string);
                let heir = heirs
                    .find(|heir| !owed.newcomers.contains(heir) && Some(heir) != back.as_ref());
                if let Some(heir) = heir {
                    owed.by = heir;
                }
            }
            mine = all.extract_if(.., |owed| owed.by == me).collect();
        })?;
        // The log before the last of the commits is that before the others, too.
        if let Some(seq) = mine.iter().map(|owed| owed.seq).max() {
            let last = self.outbox(case)?.last().map_or(0, |(order, _)| *order);
            let devices = mine.iter().flat_map(|owed| &owed.newcomers);
            let devices: Vec<DeviceName> = devices
                .map(|device| device.parse())
                .collect::<Result<_>>()?;
            let newcomers = Newcomers {
                devices: &devices,
                announced: &[],
                again: false,
            };
            self.share_history(case, seq, after_all(last), newcomers)?;
        }
        Ok(())
    }

    /// Gives those the rest who were seated since this device gave them what always comes.
    pub(crate) fn give_the_rest(&mut self, case: CaseId) -> Result<()> {
        let conversation = self.conversation(case)?;
        let view = &conversation.view;
        let mut seated = Vec::new();
        for owed in &conversation.record.undecided {
            for device in &owed.newcomers {
                let device: DeviceName = device.parse()?;
                if view.is_decided_for(&device.practitioner_name()) {
                    seated.push((owed.seq, device));
                }
            }
        }
        for (seq, device) in seated {
            let name = device.to_string();
            self.change_record(case, |record| {
                for owed in &mut record.undecided {
                    owed.newcomers.retain(|newcomer| *newcomer != name);
                }
                record.undecided.retain(|owed| !owed.newcomers.is_empty());
            })?;
            let last = self.outbox(case)?.last().map_or(0, |(order, _)| *order);
            let newcomers = Newcomers {
                devices: std::slice::from_ref(&device),
                announced: &[],
                again: true,
            };
            self.share_history(case, seq, after_all(last), newcomers)?;
        }
        Ok(())
    }

    fn change_owed(
        &mut self,
        case: CaseId,
        change: impl FnOnce(&mut Vec<OwedHistory>),
    ) -> Result<()> {
        let conversation = self.conversation_mut(case)?;
        change(&mut conversation.record.owed);
        let row = conversation.record.clone();
        record::write(&mut self.state, record::key(CASE, case), &row);
        Ok(())
    }

    /// Takes in a history; true if it filled a gap in this device's log.
    ///
    /// Only the device that added this one may fill the log before it joined, and only until
    /// it has said that this was all: nobody else, and nobody later, can rewrite the past. If
    /// it is removed before it has, one of the others gives the history in its place.
    /// Entries that this device holds are compared instead; whoever shares a history that
    /// differs is named.
    pub(crate) fn receive_history(
        &mut self,
        case: CaseId,
        history: &care::History,
        by: &DeviceName,
    ) -> Result<bool> {
        if history.remaining == 0 && !self.conversation(case)?.record.owed.is_empty() {
            self.was_given(case, &history.recipients, by)?;
        }
        self.was_shared(case, history)?;
        let me = self.me.practitioner().to_string();
        let for_me = history.recipients.contains(&me);
        let record = &self.conversation(case)?.record;
        let missing = record.missing.clone();
        let awaited = record
            .history_from
            .as_deref()
            .is_some_and(|from| from == ANYBODY || from == by.to_string());
        // What others are given may be more than what this device may have.
        let awaited = awaited && (for_me || history.recipients.is_empty());
        let before = record.joined_seq;
        let mut filled = self.receive_withheld(case, history, awaited, by)?;
        for relayed in &history.entries {
            if is_lacking(relayed) {
                if awaited && (1..before).contains(&relayed.seq) {
                    self.lacks(case, relayed.seq)?;
                }
            } else if relayed.entry.is_none() {
                self.was_explained(case, relayed.seq, by)?;
            } else if let Some(ours) = self.stored(case, relayed.seq)? {
                if is_the_same(&ours, relayed) {
                    self.is_shared_knowledge(case, relayed.seq, ours);
                } else {
                    let by = by.practitioner_name();
                    let seq = relayed.seq;
                    self.update(Update::Alarm(Alarm::HistoryDiffers { case, by, seq }));
                    break;
                }
            } else if !self.is_as_withheld(case, relayed)? {
                let by = by.practitioner_name();
                let seq = relayed.seq;
                self.update(Update::Alarm(Alarm::HistoryDiffers { case, by, seq }));
                break;
            } else if self.is_wanted(case, relayed.seq, for_me)?
                || missing.contains(&relayed.seq)
                || awaited && (1..before).contains(&relayed.seq)
            {
                match self.verify_relayed(relayed, case) {
                    Ok(verified) => {
                        self.fill(case, verified, by)?;
                        self.no_longer_withheld(case, relayed.seq)?;
                        self.was_found(case, relayed.seq)?;
                        filled = true;
                    }
                    Err(why) => {
                        let seq = relayed.seq;
                        self.update(Update::Alarm(Alarm::Unreadable { case, seq, why }));
                    }
                }
            }
        }
        if awaited && history.remaining == 0 {
            let conversation = self.conversation_mut(case)?;
            conversation.record.history_from = None;
            let row = conversation.record.clone();
            record::write(&mut self.state, record::key(CASE, case), &row);
        }
        Ok(filled)
    }

    /// True if an entry was withheld from this device and is shared with its person now.
    fn is_wanted(&self, case: CaseId, seq: u64, for_me: bool) -> Result<bool> {
        Ok(for_me && self.conversation(case)?.withheld.contains_key(&seq))
    }

    /// Somebody has given all that they owed to these people, or to all who joined. Histories are
    /// given in the order in which they came to be owed.
    fn was_given(&mut self, case: CaseId, people: &[String], by: &DeviceName) -> Result<()> {
        let by = by.to_string();
        let is_named = |device: &String| {
            let device = device.parse::<DeviceName>();
            device.is_ok_and(|it| people.contains(&it.practitioner_name().to_string()))
        };
        self.change_owed(case, |all| {
            let concerns = |owed: &OwedHistory| {
                owed.by == by && (people.is_empty() || owed.newcomers.iter().any(is_named))
            };
            let Some(first) = all.iter().position(concerns) else {
                return;
            };
            if let Some(owed) = all.get_mut(first) {
                owed.newcomers
                    .retain(|device| !people.is_empty() && !is_named(device));
            }
            all.retain(|owed| !owed.newcomers.is_empty());
        })
    }

    /// Expects no history any more once the device that added this one opens the case after
    /// it: then nothing was said before.
    pub(crate) fn nothing_came_before(&mut self, case: CaseId, by: &DeviceName) -> Result<()> {
        let conversation = self.conversation_mut(case)?;
        let from = conversation.record.history_from.as_deref();
        if from == Some(by.to_string().as_str()) {
            conversation.record.history_from = None;
            let row = conversation.record.clone();
            record::write(&mut self.state, record::key(CASE, case), &row);
        }
        Ok(())
    }

    /// Stores an entry of the time before this device joined.
    fn fill(&mut self, case: CaseId, verified: Verified, by: &DeviceName) -> Result<()> {
        self.doubt(case, verified.authored, Some(by))?;
        let logged = verified.logged;
        let stored = Stored {
            seq: logged.seq,
            accepted_at: logged.accepted_at,
            signed_entry: verified.signed_entry,
            author: &logged.author,
            chain: &verified.chain,
            shared_by: Some(by),
        };
        self.store_entry(case, stored);
        self.drop_sent(case, &logged.entry.id)?;
        self.conversation_mut(case)?.log.insert(logged.seq, logged);
        Ok(())
    }

    /// A stored entry with its place and its author's chain, to be shared again.
    pub(crate) fn relayed_entry(&self, seq: u64, row: &LogRecord) -> Result<care::RelayedEntry> {
        let chain: ChainRecord =
            record::read(&self.state, &[CHAIN, row.author_chain.as_ref()].concat())?
                .ok_or_else(|| record::damaged("a certificate chain is missing"))?;
        let signed = care::SignedEntry::decode(row.signed_entry.clone())
            .map_err(|_| record::damaged("an entry does not decode"))?;
        Ok(care::RelayedEntry {
            seq,
            accept_time: Some(to_proto_time(Timestamp::from_micros(row.accepted_at))),
            entry: Some(care::SignedEntry {
                certificate_chain: chain.certificates,
                ..signed
            }),
        })
    }

    /// The stored rows of a case's log, in order.
    pub(crate) fn log_rows(&self, case: CaseId) -> Result<Vec<(u64, LogRecord)>> {
        self.state
            .scan(&record::key(LOG, case))
            .map(|(key, value)| Ok((record::number(key)?, record::decode(value)?)))
            .collect()
    }

    /// The group has an entry that this device kept from before: it is no secret from it.
    fn is_shared_knowledge(&mut self, case: CaseId, seq: u64, ours: LogRecord) {
        if ours.kept {
            let row = LogRecord {
                kept: false,
                ..ours
            };
            record::write(&mut self.state, record::numbered(LOG, case, seq), &row);
        }
    }

    /// Keeps everything of the case to this device, until the group shows that it has it.
    pub(crate) fn keep_log(&mut self, case: CaseId) -> Result<()> {
        for (seq, row) in self.log_rows(case)? {
            let row = LogRecord { kept: true, ..row };
            record::write(&mut self.state, record::numbered(LOG, case, seq), &row);
        }
        Ok(())
    }

    pub(crate) fn stored(&self, case: CaseId, seq: u64) -> Result<Option<LogRecord>> {
        record::read(&self.state, &record::numbered(LOG, case, seq))
    }
}

/// Histories are transport; what they hold is shared entry by entry.
pub(crate) fn is_history(entry: &care::Entry) -> bool {
    matches!(entry.body, Some(Body::History(_)))
}

/// True if whoever shares a history says that they lack this entry themselves, and that it will
/// follow once they have it.
pub(crate) fn is_lacking(relayed: &care::RelayedEntry) -> bool {
    relayed.entry.is_none() && relayed.accept_time.is_some()
}

/// True if somebody shares an entry as this device has it: the same signed bytes, accepted
/// at the same time.
fn is_the_same(ours: &LogRecord, theirs: &care::RelayedEntry) -> bool {
    let entry = care::SignedEntry::decode(ours.signed_entry.clone()).map(|signed| signed.entry);
    let shared = theirs.entry.as_ref().map(|signed| &signed.entry);
    let at = to_proto_time(Timestamp::from_micros(ours.accepted_at));
    entry.ok().as_ref() == shared && theirs.accept_time == Some(at)
}
