//! Getting back into step with a case that can no longer be followed.
//!
//! A commit that only members can find bad, or a store that is older than what the device has
//! done, leaves a device behind. It climbs a ladder:
//!
//! 1. The entry is asked for once more: it may have come wrong.
//! 2. It follows the log as the server does, without the group's secrets, and replaces its own
//!    leaf by an external commit (RFC 9420 §12.4.3.2) in the group that this has led to. The
//!    exact bytes are stored before they are sent, an ambiguous answer sends them again, and
//!    the log says where they stand. Refusals are paused with full jitter.
//! 3. After [`MOST_ATTEMPTS`] a person is asked to have the device removed and added again.
//!
//! Nothing is encrypted in between, and nothing that was posted is lost: the outbox waits. The
//! entries that the device could not read are *missing*: it tells the others in the commit
//! which range it is about, and they share what they hold of it, in turns by their leaf, so
//! that one share of each entry is usually enough.

use std::time::Duration;

use bytes::Bytes;
use prost::Message as _;
use relais_care::Granted;
use relais_mls::{ContentKind, Processed};
use relais_proto::delivery;
use relais_types::{CaseId, DeviceName, Error, Reason, Result, Timestamp};

use crate::{
    account::Account,
    event::{Alarm, Call, Update},
    notice::Notice,
    purpose::Purpose,
    receive::{MAX_ACK, accepted_at},
    record::{self, CASE, CaseRecord, RecoveryRecord, StagedCommit},
    signed,
    trust::UnprovedEntry,
};

/// Refusals after which a person is asked.
const MOST_ATTEMPTS: u32 = 5;
/// How long a device that has given up rests before it tries again by itself.
const REST: Duration = Duration::from_hours(24);
/// Members that cannot follow the same commit begin somewhere within this time.
const SPREAD: Duration = Duration::from_secs(2);

/// How this device stands in a case.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Standing {
    /// True while the case cannot be followed; the device is getting back into step.
    pub out_of_step: bool,
    /// True if it has given up: a member has to remove this device and add it again.
    pub needs_readding: bool,
    /// Numbers of the entries that this device could not read, and that nobody has shared with
    /// it yet.
    pub missing: Vec<u64>,
    /// Who wants to add this device again and was not in the case when it last was; a person has
    /// to decide.
    pub doubted: Option<DeviceName>,
    /// How many earlier entries were not shared with this device.
    pub withheld: usize,
    /// What this person is given of the time before they joined, and who decided it; empty if
    /// everything.
    pub granted: Vec<Granted>,
    /// Entries whose authors are not proved to be in the transparency log; they are shown all
    /// the same.
    pub unproved: Vec<UnprovedEntry>,
}

impl Account {
    /// How this device stands in the case.
    ///
    /// # Errors
    /// `NOT_FOUND` if there is no such case.
    pub fn standing(&self, case: CaseId) -> Result<Standing> {
        let record = &self.conversation(case)?.record;
        Ok(Standing {
            out_of_step: record.stuck || record.rolled_back,
            needs_readding: record.has_given_up(),
            doubted: match &record.doubt {
                Some(doubt) => Some(doubt.by.parse()?),
                None => None,
            },
            missing: record
                .missing
                .iter()
                .copied()
                .filter(|seq| !record.explained.contains(seq))
                .collect(),
            withheld: self.view(case)?.withheld.len(),
            granted: self
                .view(case)?
                .access
                .get(&self.me.practitioner())
                .map(|access| access.granted.clone())
                .unwrap_or_default(),
            unproved: self.unproved_entries(case)?,
        })
    }

    /// Where each case's log is to be read from: what this store holds, which may be less than
    /// what the device has acknowledged if it was restored from a copy.
    pub fn cursors(&self) -> Vec<Bytes> {
        let open = self.cases.values().filter(|case| !case.record.removed);
        open.map(|case| case.position.cursor.clone())
            .filter(|cursor| !cursor.is_empty())
            .take(MAX_ACK)
            .collect()
    }

    /// A handshake cannot be followed: it is asked for once more, and then the device begins
    /// to get back into step.
    pub(crate) fn lose_step(
        &mut self,
        case: CaseId,
        entry: &delivery::LogEntry,
        error: &relais_mls::Error,
    ) -> Result<()> {
        let conversation = self.conversation_mut(case)?;
        if conversation.asked_again.replace(entry.seq) != Some(entry.seq) {
            return self.ask_again(case, entry.seq);
        }
        if *error == relais_mls::Error::OwnMessage {
            self.find_rollback(case, None)?;
        } else {
            let by = self.mls.signer_of(&self.state, case, &entry.payload);
            let notice = Notice::Broken { by: by.clone() };
            self.note(case, entry.seq, accepted_at(entry), &notice);
            self.update(Update::Alarm(Alarm::OutOfStep {
                case,
                seq: entry.seq,
                by,
                why: error.to_string(),
            }));
        }
        self.begin_recovery(case)
    }

    /// The log holds something of this device that its store does not know: an own message, if
    /// `seq` is given, or a commit.
    pub(crate) fn find_rollback(&mut self, case: CaseId, seq: Option<u64>) -> Result<()> {
        let mut first = false;
        self.change_record(case, |record| {
            first = !std::mem::replace(&mut record.rolled_back, true);
            record.missing.extend(seq);
        })?;
        if first {
            self.update(Update::Alarm(Alarm::RolledBack { case }));
            // Keys of packages that were published since the copy are gone.
            self.publish_key_packages(true)?;
        }
        Ok(())
    }

    fn begin_recovery(&mut self, case: CaseId) -> Result<()> {
        match self.mls.begin_following(&mut self.state, case) {
            Ok(()) => {}
            // It was removed: there is nothing to come back to.
            Err(relais_mls::Error::Removed | relais_mls::Error::UnknownGroup) => {
                return if self.conversation(case)?.record.removed {
                    Ok(())
                } else {
                    self.left(case)
                };
            }
            Err(error) => return Err(signed::mls(error)),
        }
        self.change_record(case, |record| {
            record.stuck = true;
            record.recovery = Some(RecoveryRecord::default());
        })?;
        self.pause_until_turn(case, Duration::ZERO, SPREAD);
        Ok(())
    }

    /// An entry that comes while the device is out of step; false if it must come again.
    pub(crate) fn follow(
        &mut self,
        case: CaseId,
        entry: &delivery::LogEntry,
        cursor: &Bytes,
    ) -> Result<bool> {
        if self.is_own_resync(case, &entry.payload)? {
            self.back_in_step(case, entry)?;
        } else {
            match relais_mls::content_kind(&entry.payload) {
                Ok(ContentKind::Application) => self.change_record(case, |record| {
                    record.missing.push(entry.seq);
                })?,
                Ok(ContentKind::Commit | ContentKind::Proposal) => {
                    if !self.follow_handshake(case, entry)? {
                        return Ok(false);
                    }
                }
                // Nobody can read it.
                Err(_) => {}
            }
        }
        self.advance(case, entry, cursor)?;
        Ok(true)
    }

    /// Follows a handshake in public; false if the server should have refused it.
    fn follow_handshake(&mut self, case: CaseId, entry: &delivery::LogEntry) -> Result<bool> {
        if self.conversation(case)?.record.has_given_up() {
            return Ok(false);
        }
        let at = accepted_at(entry);
        let followed = self.mls.follow(&mut self.state, case, &entry.payload, at);
        // Whatever is staged was made for the state before.
        self.mls.discard_resync(&mut self.state, case);
        self.change_recovery(case, |recovery| recovery.staged = None)?;
        match followed {
            Ok(Processed::Commit(change)) => {
                if change.own_removed {
                    self.left(case)?;
                } else {
                    if change.by != self.me.device {
                        self.owe_history(case, entry.seq, &change)?;
                    }
                    self.inherit_history(case, &change)?;
                    self.welcome_back(case, entry, &change)?;
                    self.policy_changed(case, entry, &change);
                }
                Ok(true)
            }
            Ok(Processed::RemovalProposed(device)) => {
                if device == self.me.device {
                    self.left(case)?;
                }
                Ok(true)
            }
            Ok(Processed::Application { .. }) => Ok(true),
            Err(error) => {
                self.attempt_failed(case, &error.to_string(), Some(REST))?;
                Ok(false)
            }
        }
    }

    /// Moves the device on towards being in step; false if it is.
    pub(crate) fn recover(&mut self, case: CaseId) -> Result<bool> {
        let conversation = self.conversation(case)?;
        let record = &conversation.record;
        if !record.stuck {
            // An older store reads on as far as it can, and sends nothing meanwhile.
            let read_all = self.caught_up && conversation.gap.is_none();
            let rolled_back = record.rolled_back;
            if rolled_back && read_all {
                self.begin_recovery(case)?;
            }
            return Ok(rolled_back);
        }
        let recovery = record.recovery.clone().unwrap_or_default();
        if let Some(until) = recovery.rests_until.map(Timestamp::from_micros) {
            if until > self.now() {
                self.conversation_mut(case)?.rests_until(until);
                return Ok(true);
            }
            self.change_recovery(case, |recovery| *recovery = RecoveryRecord::default())?;
        }
        match recovery.staged {
            // The log will bring it.
            Some(staged) if staged.accepted => {}
            Some(staged) => {
                let request = delivery::CommitRequest {
                    request_id: staged.request_id,
                    group_id: case.into(),
                    epoch: staged.epoch,
                    commit: staged.commit,
                    welcome: Bytes::new(),
                    group_info: staged.group_info,
                };
                self.call(Purpose::Resync { case }, Call::Commit(request));
            }
            None => {
                let request = delivery::GetGroupInfoRequest {
                    group_id: case.into(),
                };
                self.call(Purpose::GroupInfo { case }, Call::GetGroupInfo(request));
            }
        }
        Ok(true)
    }

    /// What the server holds of the group has come: the external commit is made and stored.
    pub(crate) fn group_info_came(
        &mut self,
        case: CaseId,
        info: &delivery::GetGroupInfoResponse,
    ) -> Result<()> {
        if !self.conversation(case)?.record.stuck {
            return Ok(());
        }
        let note = self.missed(case)?.encode_to_vec();
        let made = self.mls.stage_resync(
            &mut self.state,
            case,
            &info.group_info,
            &info.ratchet_tree,
            &note,
        );
        match made {
            Ok(staged) => {
                let staged = StagedCommit {
                    request_id: self.request_id(),
                    epoch: staged.epoch,
                    commit: staged.commit,
                    group_info: staged.group_info,
                    ..StagedCommit::default()
                };
                self.change_recovery(case, |recovery| recovery.staged = Some(staged))
            }
            Err(relais_mls::Error::Removed) => self.left(case),
            // The group has moved on: the log is on its way.
            Err(relais_mls::Error::WrongEpoch { .. }) => {
                self.wait_for_log(case);
                Ok(())
            }
            Err(error) => self.attempt_failed(case, &error.to_string(), None),
        }
    }

    /// The server has taken the commit; the log will bring it.
    pub(crate) fn resync_accepted(&mut self, case: CaseId) -> Result<()> {
        if !self.conversation(case)?.record.stuck {
            return Ok(());
        }
        self.change_recovery(case, |recovery| {
            if let Some(staged) = &mut recovery.staged {
                staged.accepted = true;
            }
        })
    }

    /// The server refused what was to bring the device back.
    pub(crate) fn resync_refused(&mut self, case: CaseId, error: &Error) -> Result<()> {
        if !self.conversation(case)?.record.stuck {
            return Ok(());
        }
        self.mls.discard_resync(&mut self.state, case);
        self.change_recovery(case, |recovery| recovery.staged = None)?;
        match error.reason {
            // Somebody else's commit came first: begin again where it led.
            Reason::StaleEpoch => {
                self.wait_for_log(case);
                Ok(())
            }
            Reason::NotFound => self.left(case),
            Reason::RateLimited => {
                self.attempt_failed(case, &error.message, error.retry_after.or(Some(REST)))
            }
            _ => self.attempt_failed(case, &error.message, None),
        }
    }

    fn attempt_failed(&mut self, case: CaseId, why: &str, rest: Option<Duration>) -> Result<()> {
        let now = self.now();
        let mut gave_up = false;
        self.change_recovery(case, |recovery| {
            recovery.attempts += 1;
            let rest = rest.or((recovery.attempts >= MOST_ATTEMPTS).then_some(REST));
            recovery.rests_until = rest.map(|rest| now.plus(rest).as_micros());
            gave_up = rest.is_some();
        })?;
        if gave_up {
            let why = why.to_owned();
            self.update(Update::Alarm(Alarm::NeedsReadding { case, why }));
        } else {
            self.wait_for_log(case);
        }
        Ok(())
    }

    /// The device is no member any more; the commit that removed it cannot be read.
    fn left(&mut self, case: CaseId) -> Result<()> {
        self.mls.discard_resync(&mut self.state, case);
        self.leave(case)?;
        self.update(Update::Left(case));
        Ok(())
    }

    /// True if this is the commit that brings this device back.
    pub(crate) fn is_own_resync(&self, case: CaseId, payload: &[u8]) -> Result<bool> {
        let recovery = self.conversation(case)?.record.recovery.as_ref();
        let staged = recovery.and_then(|recovery| recovery.staged.as_ref());
        Ok(staged.is_some_and(|staged| staged.commit.as_ref() == payload))
    }

    /// The device's own external commit stands in the log: the case goes on from there.
    fn back_in_step(&mut self, case: CaseId, entry: &delivery::LogEntry) -> Result<()> {
        let change = self
            .mls
            .merge_resync(&mut self.state, case)
            .map_err(signed::mls)?;
        self.change_record(case, |record| {
            record.stuck = false;
            record.rolled_back = false;
            record.recovery = None;
        })?;
        let present = self.members(case)?;
        self.change_record(case, |record| {
            let awaited = record.history_from.as_deref().unwrap_or_default();
            let is_there = present.iter().any(|device| device.to_string() == awaited);
            if record.history_from.is_some() && !is_there {
                record.history_from = Some(String::new());
            }
        })?;
        self.unstage(case)?;
        self.forget_removals(case);
        self.change_record(case, |record| record.doubt = None)?;
        self.resume(case);
        let device = change.by;
        let notice = Notice::BackInStep {
            device: device.clone(),
        };
        self.note(case, entry.seq, accepted_at(entry), &notice);
        self.update(Update::BackInStep { case, device });
        self.update(Update::Members(case));
        self.update(Update::Changed(case));
        Ok(())
    }

    fn change_recovery(
        &mut self,
        case: CaseId,
        change: impl FnOnce(&mut RecoveryRecord),
    ) -> Result<()> {
        self.change_record(case, |record| {
            change(record.recovery.get_or_insert_default());
        })
    }

    pub(crate) fn change_record(
        &mut self,
        case: CaseId,
        change: impl FnOnce(&mut CaseRecord),
    ) -> Result<()> {
        let conversation = self.conversation_mut(case)?;
        change(&mut conversation.record);
        let row = conversation.record.clone();
        record::write(&mut self.state, record::key(CASE, case), &row);
        Ok(())
    }
}

impl CaseRecord {
    /// True once the device has given up getting back into step by itself, for now.
    pub(crate) fn has_given_up(&self) -> bool {
        let recovery = self.recovery.as_ref();
        self.stuck && recovery.is_some_and(|recovery| recovery.rests_until.is_some())
    }
}
