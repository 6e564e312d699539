//! Entries on their way in: deduplicate, decrypt, verify, store, reduce, acknowledge.

use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use prost::Message as _;
use relais_care::Logged;
use relais_mls::{Chain, ContentKind, Identity, Joined, Member, Processed};
use relais_proto::{care, delivery, from_proto_time};
use relais_types::{CaseId, DeviceName, EntryId, Result, Timestamp};

use crate::{
    account::{Account, Conversation},
    event::{Alarm, Effect, Update},
    history::is_history,
    record::{
        self, CASE, CHAIN, CaseRecord, ChainRecord, LOG, LogRecord, POSITION, PositionRecord,
    },
    signed,
    trust::{Authored, Doubt},
};

/// Cursors that one Ack takes.
pub(crate) const MAX_ACK: usize = 1_000;

type Opened = (Bytes, Identity, Chain);

/// A verified entry, to be written.
pub(crate) struct Stored<'a> {
    pub(crate) seq: u64,
    pub(crate) accepted_at: Timestamp,
    /// The serialized `SignedEntry` without its chain.
    pub(crate) signed_entry: Bytes,
    pub(crate) author: &'a DeviceName,
    pub(crate) chain: &'a Chain,
    /// Who shared it, if its author did not send it.
    pub(crate) shared_by: Option<&'a DeviceName>,
}

/// What a batch changed.
#[derive(Default)]
struct Touched {
    changed: BTreeSet<CaseId>,
    rebuild: BTreeSet<CaseId>,
    /// What this device said something about that may have settled it.
    settled: BTreeMap<CaseId, Vec<EntryId>>,
    /// Entries that let somebody in at once.
    admitted: Vec<(CaseId, EntryId)>,
}

/// Why a group was not joined.
pub(crate) enum NotJoined {
    /// The invitation is no good; says why.
    Refused(String),
    /// It may be good, but comes from somebody whom this device does not know from the case.
    Stranger(DeviceName),
}

impl Account {
    pub(crate) fn receive(&mut self, deliveries: Vec<delivery::Delivery>) -> Result<()> {
        let mut touched = Touched::default();
        let mut cursors = Vec::new();
        for item in deliveries {
            let processed = match item.item {
                Some(delivery::delivery::Item::Entry(entry)) => {
                    self.receive_entry(&entry, &item.cursor, &mut touched)?
                }
                Some(delivery::delivery::Item::Welcome(welcome)) => {
                    self.receive_welcome(&welcome)?;
                    true
                }
                Some(delivery::delivery::Item::KeyPackagesLow(_)) => {
                    self.publish_key_packages(false)?;
                    true
                }
                Some(delivery::delivery::Item::NewDevice(notice)) => {
                    self.receive_new_device(&notice);
                    true
                }
                Some(delivery::delivery::Item::WakeUp(wake_up)) => {
                    self.receive_wake_up(&wake_up)?;
                    true
                }
                // A newer server's item; it cannot concern this version.
                None => true,
            };
            if processed {
                cursors.push(item.cursor);
            }
        }
        for case in touched.rebuild {
            let conversation = self.conversation_mut(case)?;
            conversation.reduce(case);
            self.look_again(case)?;
        }
        for (case, entries) in touched.settled {
            self.clear_timers_of(case, &entries)?;
        }
        for case in touched.changed {
            self.relay_to_parent(case)?;
            self.schedule_receipt(case)?;
            self.schedule_emergencies(case)?;
            self.give_the_rest(case)?;
            self.update(Update::Changed(case));
        }
        for (case, entry) in touched.admitted {
            self.somebody_was_let_in(case, entry)?;
        }
        for cursors in cursors.chunks(MAX_ACK) {
            self.effect(Effect::Acknowledge(cursors.to_vec()));
        }
        Ok(())
    }

    /// Joins a case, or tells why not; a bad invitation does not get better by coming again.
    fn receive_welcome(&mut self, welcome: &delivery::Welcome) -> Result<()> {
        let Ok(case) = CaseId::try_from(welcome.group_id.as_ref()) else {
            return Ok(());
        };
        if self.is_behind(case, welcome) {
            return Ok(());
        }
        match self.join(case, welcome, false) {
            Ok(joined) => self.joined(case, welcome, &joined),
            Err(NotJoined::Stranger(by)) => self.doubt_invitation(case, welcome, by),
            Err(NotJoined::Refused(why)) => {
                self.update(Update::Alarm(Alarm::JoinRefused { case, why }));
                Ok(())
            }
        }
    }

    /// True if a Welcome begins in a part of the log that this device has read: whoever is added
    /// again is so by a later entry.
    pub(crate) fn is_behind(&self, case: CaseId, welcome: &delivery::Welcome) -> bool {
        let known = self.cases.get(&case);
        known.is_some_and(|known| known.position.seq >= welcome.seq)
    }

    /// Begins to read the group that was joined.
    pub(crate) fn joined(
        &mut self,
        case: CaseId,
        welcome: &delivery::Welcome,
        joined: &Joined,
    ) -> Result<()> {
        let known = self.cases.remove(&case);
        let row = CaseRecord {
            joined_seq: welcome.seq,
            parent: known.as_ref().and_then(|known| known.record.parent.clone()),
            history_from: Some(joined.added_by.device.to_string()),
            ..CaseRecord::default()
        };
        let position = PositionRecord {
            seq: welcome.seq,
            relayed: known.as_ref().map_or(0, |known| known.position.relayed),
            cursor: Bytes::new(),
        };
        record::write(&mut self.state, record::key(CASE, case), &row);
        record::write(&mut self.state, record::key(POSITION, case), &position);
        let mut conversation = Conversation::new(case, row, position);
        if let Some(known) = known {
            conversation.log = known.log;
            conversation.withheld = known.withheld;
            conversation.doubts = known.doubts;
            conversation.view = known.view;
        }
        self.cases.insert(case, conversation);
        self.mls.discard_resync(&mut self.state, case);
        self.unstage(case)?;
        self.update(Update::Joined(case));
        self.update(Update::Members(case));
        Ok(())
    }

    /// Joins the group of a Welcome. A group that this device is in, or was in, is left only
    /// for a later epoch of the same group: the server's word alone must not exchange it for
    /// an older one or for another with the same id. So whoever sends it has to be one of those
    /// whom this device last saw in it, unless a person has `accepted` them.
    pub(crate) fn join(
        &mut self,
        case: CaseId,
        welcome: &delivery::Welcome,
        accepted: bool,
    ) -> Result<Joined, NotJoined> {
        let at = time_of(welcome.accept_time);
        let known = self.cases.get(&case);
        let must_know = known.is_some() && !accepted;
        let held_epoch = self.mls.epoch(&self.state, case).ok();
        let roster = self.mls.members(&self.state, case).unwrap_or_default();
        let mls = &self.mls;
        self.state.atomically(|state| {
            mls.forget_group(state, case);
            let joined = mls
                .join(state, &welcome.welcome, &welcome.ratchet_tree, at)
                .map_err(|error| NotJoined::Refused(error.to_string()))?;
            let refused = |why: &str| Err(NotJoined::Refused(why.to_owned()));
            if joined.group != case {
                return refused("it is for another group");
            }
            if held_epoch.is_some_and(|held| joined.epoch <= held) {
                return refused("it leads back to an epoch that is over");
            }
            // A device's key never changes: another one under its name is somebody else.
            let by = &joined.added_by;
            let knows = |member: &Member| {
                let known = &member.identity;
                known.device == by.device && known.public_key == by.public_key
            };
            if must_know && !roster.iter().any(knows) {
                return Err(NotJoined::Stranger(joined.added_by.device));
            }
            Ok(joined)
        })
    }

    /// Processes one entry of a log; false if it must come again.
    fn receive_entry(
        &mut self,
        entry: &delivery::LogEntry,
        cursor: &Bytes,
        touched: &mut Touched,
    ) -> Result<bool> {
        let Ok(case) = CaseId::try_from(entry.group_id.as_ref()) else {
            return Ok(true);
        };
        // An invitation into this case was refused: its log is not ours to read.
        let Some(conversation) = self.cases.get(&case) else {
            return Ok(true);
        };
        let expected = conversation.position.seq + 1;
        let declined = conversation.record.declined;
        if entry.seq > declined && expected <= declined && !conversation.record.removed {
            // The log goes on for this device only where it would have joined again: it is not in
            // the group that it knew any more.
            self.leave(case)?;
            self.update(Update::Left(case));
            return Ok(true);
        }
        let is_next = entry.seq <= expected && !conversation.record.removed;
        if !is_next && (conversation.record.removed || conversation.record.doubt.is_some()) {
            // Of the time in between nothing is ours to read; what comes after an invitation is
            // read once a person has decided.
            return Ok(true);
        }
        let conversation = self.conversation_mut(case)?;
        if entry.seq < expected {
            self.came_again(case, entry)?;
            return Ok(true);
        }
        if entry.seq > expected {
            if conversation.gap.replace(expected) != Some(expected) {
                // Begins at the last entry that was processed, whatever was acknowledged.
                self.update(Update::Alarm(Alarm::Gap {
                    case,
                    expected,
                    got: entry.seq,
                }));
                self.resubscribe();
            }
            return Ok(false);
        }
        conversation.gap = None;
        if conversation.record.stuck {
            return self.follow(case, entry, cursor);
        }
        // What the bytes are decides, not what the server calls them.
        let read = match relais_mls::content_kind(&entry.payload) {
            Ok(ContentKind::Application) => self.receive_message(case, entry, touched)?,
            Ok(ContentKind::Commit) => {
                self.receive_commit(case, entry)?;
                Ok(())
            }
            Ok(ContentKind::Proposal) => {
                if let Err(error) = self.receive_proposal(case, entry)? {
                    self.lose_step(case, entry, &error)?;
                }
                Ok(())
            }
            Err(error) => Err(error.to_string()),
        };
        let seq = entry.seq;
        if let Err(why) = read
            && !self.conversation(case)?.record.missing.contains(&seq)
        {
            self.update(Update::Alarm(Alarm::Unreadable { case, seq, why }));
        }
        let conversation = self.conversation(case)?;
        if conversation.gap.is_some() {
            return Ok(false);
        }
        if conversation.record.stuck {
            return self.follow(case, entry, cursor);
        }
        self.advance(case, entry, cursor)?;
        Ok(true)
    }

    /// The entry was processed.
    pub(crate) fn advance(
        &mut self,
        case: CaseId,
        entry: &delivery::LogEntry,
        cursor: &Bytes,
    ) -> Result<()> {
        let conversation = self.conversation_mut(case)?;
        conversation.asked_again = None;
        conversation.position.seq = entry.seq;
        conversation.position.cursor = cursor.clone();
        let position = conversation.position.clone();
        record::write(&mut self.state, record::key(POSITION, case), &position);
        self.remember(case, entry);
        Ok(())
    }

    /// Asks once more for an entry that could not be followed.
    pub(crate) fn ask_again(&mut self, case: CaseId, seq: u64) -> Result<()> {
        self.conversation_mut(case)?.gap = Some(seq);
        self.resubscribe();
        Ok(())
    }

    /// Asks for the entries after the last one that was processed, in every case with a gap.
    fn resubscribe(&mut self) {
        let gaps = self.cases.values().filter(|case| case.gap.is_some());
        let cursors = gaps
            .map(|case| case.position.cursor.clone())
            .filter(|cursor| !cursor.is_empty());
        let cursors = cursors.take(MAX_ACK).collect();
        self.effect(Effect::Resubscribe(cursors));
    }

    fn receive_commit(&mut self, case: CaseId, entry: &delivery::LogEntry) -> Result<()> {
        let own = self.is_own_commit(case, &entry.payload)?;
        let outcome = if own {
            self.mls.merge_staged(&mut self.state, case)
        } else {
            self.commit_lost(case)?;
            // Judged at the time it was accepted, whatever this device's clock says and
            // whatever has expired since.
            let at = accepted_at(entry);
            match self.mls.process(&mut self.state, case, &entry.payload, at) {
                Ok(Processed::Commit(change)) => Ok(change),
                Ok(_) => Err(relais_mls::Error::Invalid("it is not a commit".into())),
                Err(error) => Err(error),
            }
        };
        let change = match outcome {
            Ok(change) => change,
            Err(error) => {
                return self.lose_step(case, entry, &error);
            }
        };
        if own {
            self.commit_won(case, entry.seq, &change)?;
        } else {
            self.forget_removals(case);
            self.owe_history(case, entry.seq, &change)?;
        }
        self.resolve_suspicions(case, &change);
        self.inherit_history(case, &change)?;
        self.welcome_back(case, entry, &change)?;
        self.policy_changed(case, entry, &change);
        if change.own_removed && !self.conversation(case)?.record.removed {
            self.leave(case)?;
            self.update(Update::Left(case));
        }
        self.update(Update::Members(case));
        Ok(())
    }

    /// Decrypts, verifies and stores a message; the inner error says why it cannot be read.
    fn receive_message(
        &mut self,
        case: CaseId,
        entry: &delivery::LogEntry,
        touched: &mut Touched,
    ) -> Result<Result<(), String>> {
        let accepted_at = accepted_at(entry);
        let (plaintext, author, chain) = match self.open_message(case, entry)? {
            Ok(opened) => opened,
            Err(why) => return Ok(Err(why)),
        };
        if author.not_after < accepted_at {
            // Nor could a newcomer verify it, when it is shared as history.
            return Ok(Err("its author's certificate had expired".to_owned()));
        }
        let Ok(mut signed) = care::SignedEntry::decode(plaintext) else {
            return Ok(Err("it is not a signed entry".to_owned()));
        };
        let attestation = signed.attestation.take();
        let content = match signed::verify(&signed, &author, case) {
            Ok(content) => content,
            Err(why) => return Ok(Err(why)),
        };
        if let Some(attestation) = attestation {
            self.hear(case, &author.device, &attestation)?;
        }
        if let Some(care::entry::Body::History(history)) = &content.body
            && self.receive_history(case, history, &author.device)?
        {
            touched.rebuild.insert(case);
        }
        if matches!(content.body, Some(care::entry::Body::CaseOpened(_))) {
            self.nothing_came_before(case, &author.device)?;
        }
        if author.device == self.me.device {
            let settled = touched.settled.entry(case).or_default();
            settled.extend(spoken_of(&content));
        }
        let stored = Stored {
            seq: entry.seq,
            accepted_at,
            signed_entry: signed_entry_without_chain(signed),
            author: &author.device,
            chain: &chain,
            shared_by: None,
        };
        self.store_entry(case, stored);
        let by = author.device.clone();
        self.doubt(case, Authored::new(&content.id, &chain, &by), None)?;
        let (logged, relayed) = self.logged(entry.seq, accepted_at, author.device, content);
        self.doubt(case, relayed, Some(&by))?;
        if matches!(logged.entry.body, Some(care::entry::Body::BreakGlass(_))) {
            touched.admitted.push((case, logged.id()));
        }
        let conversation = self.conversation_mut(case)?;
        if !is_history(&logged.entry) {
            if conversation.view.apply(&logged).is_err() {
                touched.rebuild.insert(case);
            }
            conversation.log.insert(entry.seq, logged);
        }
        touched.changed.insert(case);
        Ok(Ok(()))
    }

    /// The plaintext of a message, who wrote it, and their chain.
    fn open_message(
        &mut self,
        case: CaseId,
        entry: &delivery::LogEntry,
    ) -> Result<Result<Opened, String>> {
        if let Some(own) = self.take_sent(case, &entry.payload)? {
            return Ok(Ok((
                own,
                self.mls.identity().clone(),
                self.mls.chain().clone(),
            )));
        }
        let at = accepted_at(entry);
        Ok(
            match self.mls.process(&mut self.state, case, &entry.payload, at) {
                Ok(Processed::Application {
                    sender,
                    chain,
                    plaintext,
                }) => Ok((plaintext.into(), sender, chain)),
                Ok(_) => Err("it is not a message".to_owned()),
                Err(error) => {
                    match &error {
                        relais_mls::Error::Forked(by) => {
                            self.forked(case, DeviceName::clone(by), entry.epoch)?;
                        }
                        relais_mls::Error::OwnMessage => {
                            self.find_rollback(case, Some(entry.seq))?;
                        }
                        _ => {}
                    }
                    Err(error.to_string())
                }
            },
        )
    }

    /// Writes an entry of a log, and its author's chain once.
    pub(crate) fn store_entry(&mut self, case: CaseId, entry: Stored<'_>) {
        let fingerprint = Bytes::copy_from_slice(&entry.chain.fingerprint());
        let chain_key = [CHAIN, fingerprint.as_ref()].concat();
        if self.state.get(&chain_key).is_none() {
            let row = ChainRecord {
                certificates: entry.chain.certificates().to_vec(),
            };
            record::write(&mut self.state, chain_key, &row);
        }
        let row = LogRecord {
            signed_entry: entry.signed_entry,
            author_chain: fingerprint,
            accepted_at: entry.accepted_at.as_micros(),
            author: entry.author.to_string(),
            shared_by: entry
                .shared_by
                .map_or_else(String::new, ToString::to_string),
            kept: false,
        };
        record::write(
            &mut self.state,
            record::numbered(LOG, case, entry.seq),
            &row,
        );
    }

    /// The stored log of a case, as the reducer takes it, and whose authors are not proved.
    pub(crate) fn load_log(
        &self,
        case: CaseId,
    ) -> Result<(BTreeMap<u64, Logged>, BTreeSet<Doubt>)> {
        let (mut log, mut doubts) = (BTreeMap::new(), BTreeSet::new());
        for (key, value) in self.state.scan(&record::key(LOG, case)) {
            let (seq, row) = (record::number(key)?, record::decode::<LogRecord>(value)?);
            let entry = signed::read(&row.signed_entry)?;
            if is_history(&entry) {
                continue;
            }
            let author: DeviceName = row.author.parse()?;
            let shared_by = match row.shared_by.as_str() {
                "" => None,
                by => Some(by.parse::<DeviceName>()?),
            };
            let own = Authored::stored(&entry.id, &row.author_chain, &author);
            let accepted_at = Timestamp::from_micros(row.accepted_at);
            let (logged, relayed) = self.logged(seq, accepted_at, author.clone(), entry);
            let relayed_by = Some(shared_by.clone().unwrap_or(author));
            let own = own.into_iter().map(|it| (it, shared_by.clone()));
            let relayed = relayed.into_iter().map(|it| (it, relayed_by.clone()));
            for (authored, shared_by) in own.chain(relayed) {
                if !self.is_proved(&authored.signer.fingerprint) {
                    doubts.insert(Doubt {
                        authored,
                        shared_by,
                    });
                }
            }
            log.insert(seq, logged);
        }
        Ok((log, doubts))
    }

    /// Marks the case as left; what was received stays readable.
    pub(crate) fn leave(&mut self, case: CaseId) -> Result<()> {
        let conversation = self.conversation_mut(case)?;
        conversation.record.removed = true;
        conversation.receipt_due = None;
        let row = conversation.record.clone();
        record::write(&mut self.state, record::key(CASE, case), &row);
        Ok(())
    }
}

/// When the server accepted an entry.
pub(crate) fn accepted_at(entry: &delivery::LogEntry) -> Timestamp {
    time_of(entry.accept_time)
}

/// When the server accepted something; a time that cannot be is the Unix epoch, at which no
/// certificate is valid.
pub(crate) fn time_of(time: Option<prost_types::Timestamp>) -> Timestamp {
    from_proto_time("accept_time", &time.unwrap_or_default()).unwrap_or_default()
}

/// The entries that an entry may have settled.
fn spoken_of(entry: &care::Entry) -> Vec<EntryId> {
    let ids = match &entry.body {
        Some(care::entry::Body::Receipt(receipt)) => receipt.acknowledged.as_slice(),
        Some(care::entry::Body::Transition(step)) => std::slice::from_ref(&step.target),
        Some(care::entry::Body::Correction(step)) => std::slice::from_ref(&step.target),
        _ => &[],
    };
    let known = ids.iter().map(|id| EntryId::try_from(id.as_ref()));
    known.filter_map(Result::ok).collect()
}

fn signed_entry_without_chain(signed: care::SignedEntry) -> Bytes {
    care::SignedEntry {
        certificate_chain: Vec::new(),
        ..signed
    }
    .encode_to_vec()
    .into()
}
