//! What the engine keeps in its state, row by row.
//!
//! Rows are protobuf so that a newer version can add fields to an older account. Keys sort
//! by case and then by number, so that a prefix scan reads a case in order.

mod device;

use std::fmt;

use bytes::Bytes;
use prost::Message;
use relais_mls::State;
use relais_proto::delivery;
use relais_types::{CaseId, Error, Result};

pub(crate) use self::device::{
    EnrolmentRecord, NewDeviceRecord, PublishRecord, RenewalRecord, StockRecord, TransportRecord,
};

/// Key of the [`AccountRecord`].
pub(crate) const ACCOUNT: &[u8] = b"account";
/// Key of the [`EnrolmentRecord`].
pub(crate) const ENROLMENT: &[u8] = b"enrolment";
/// Prefix of [`CaseRecord`]s, by case.
pub(crate) const CASE: &[u8] = b"case/";
/// Prefix of [`LogRecord`]s, by case and seq.
pub(crate) const LOG: &[u8] = b"log/";
/// Prefix of [`WithheldRecord`]s, by case and seq.
pub(crate) const WITHHELD: &[u8] = b"held/";
/// Prefix of [`OutboxRecord`]s, by case and order.
pub(crate) const OUTBOX: &[u8] = b"out/";
/// Prefix of [`PlanRecord`]s, by case and order.
pub(crate) const PLAN: &[u8] = b"plan/";
/// Prefix of [`NoticeRecord`]s, by case and seq.
pub(crate) const NOTICE: &[u8] = b"note/";
/// Prefix of [`PositionRecord`]s, by case.
pub(crate) const POSITION: &[u8] = b"pos/";
/// Prefix of [`MarksRecord`]s, by case.
pub(crate) const MARKS: &[u8] = b"marks/";
/// Prefix of [`ChainRecord`]s, by the SHA-256 of the device certificate.
pub(crate) const CHAIN: &[u8] = b"chain/";
/// Prefix of [`ViewsRecord`]s, by case.
pub(crate) const VIEWS: &[u8] = b"views/";
/// Key of the [`ViewsStagedRecord`] that the server has not confirmed.
pub(crate) const VIEWS_STAGED: &[u8] = b"views-staged";
/// Key of the [`OfficerRecord`].
pub(crate) const OFFICER: &[u8] = b"officer";
/// Prefix of [`NewDeviceRecord`]s that the person has not seen, by device id.
pub(crate) const NEW_DEVICE: &[u8] = b"newdev/";
/// Prefix of the empty rows of devices in this person's name that they were told of, by device id.
pub(crate) const TOLD_DEVICE: &[u8] = b"tolddev/";
/// Prefix of [`ClearRecord`]s that the server has not confirmed, by case and hash of the token.
pub(crate) const CLEAR: &[u8] = b"clear/";
/// Prefix of [`WakeRecord`]s, by case and hash of the token.
pub(crate) const WAKE: &[u8] = b"wake/";
/// Key of the [`QuietRecord`].
pub(crate) const QUIET: &[u8] = b"quiet";
/// Prefix of [`SnoozeRecord`]s, by case and entry.
pub(crate) const SNOOZE: &[u8] = b"snooze/";
/// Key of a [`PublishRecord`] that the server has not confirmed.
pub(crate) const PUBLISH: &[u8] = b"publish";

/// Who this account is, and its keys.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub(crate) struct AccountRecord {
    /// Resource name of the device.
    #[prost(string, tag = "1")]
    pub(crate) device: String,
    #[prost(string, tag = "2")]
    pub(crate) display_name: String,
    #[prost(string, tag = "3")]
    pub(crate) organisation_display_name: String,
    #[prost(string, tag = "4")]
    pub(crate) profession: String,
    /// Seed of the Ed25519 key that signs in groups and on entries.
    #[prost(bytes = "vec", tag = "5")]
    pub(crate) signature_seed: Vec<u8>,
    /// Seed of the Ed25519 key that proves the device to the server.
    #[prost(bytes = "vec", tag = "6")]
    pub(crate) device_seed: Vec<u8>,
    #[prost(bytes = "bytes", repeated, tag = "7")]
    pub(crate) certificate_chain: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "8")]
    pub(crate) trust_anchors: Vec<Bytes>,
    /// Ed25519 key with which the service proposes removals.
    #[prost(bytes = "vec", tag = "9")]
    pub(crate) removal_key: Vec<u8>,
}

impl fmt::Debug for AccountRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AccountRecord")
            .field("device", &self.device)
            .finish_non_exhaustive()
    }
}

/// What does not change while a case is worked.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct CaseRecord {
    /// The log begins for this device after this entry.
    #[prost(uint64, tag = "1")]
    pub(crate) joined_seq: u64,
    /// True once the device was removed; nothing can be sent any more.
    #[prost(bool, tag = "2")]
    pub(crate) removed: bool,
    /// The team's case that this partner conversation belongs to, known to the bridge alone.
    #[prost(bytes = "vec", optional, tag = "3")]
    pub(crate) parent: Option<Vec<u8>>,
    /// Set until the server has confirmed the new group.
    #[prost(message, optional, tag = "4")]
    pub(crate) genesis: Option<GenesisRecord>,
    /// Set while a commit could not be followed; later entries cannot be read.
    #[prost(bool, tag = "5")]
    pub(crate) stuck: bool,
    /// Resource name of the device that added this one, until it has shared the history.
    #[prost(string, optional, tag = "6")]
    pub(crate) history_from: Option<String>,
    /// Histories that other members owe to newcomers.
    #[prost(message, repeated, tag = "7")]
    pub(crate) owed: Vec<OwedHistory>,
    /// While `stuck`: how the device gets back into step.
    #[prost(message, optional, tag = "20")]
    pub(crate) recovery: Option<RecoveryRecord>,
    /// Entries that could not be read while the device was out of step.
    #[prost(uint64, repeated, tag = "21")]
    pub(crate) missing: Vec<u64>,
    /// What this device will share with members that are back in step.
    #[prost(message, repeated, tag = "23")]
    pub(crate) shares: Vec<ShareRecord>,
    /// True if the log shows that this store is older than what the device has done.
    #[prost(bool, tag = "24")]
    pub(crate) rolled_back: bool,
    /// Those of `missing` of which a member has said that there is nothing to show.
    #[prost(uint64, repeated, tag = "25")]
    pub(crate) explained: Vec<u64>,
    /// The entry with which an invitation that was declined would have begun; 0 if none was.
    #[prost(uint64, tag = "27")]
    pub(crate) declined: u64,
    /// An invitation that a person has to decide about.
    #[prost(message, optional, tag = "28")]
    pub(crate) doubt: Option<DoubtRecord>,
    /// Newcomers to whom this device gave only what always comes, since nobody who seats them has
    /// said more yet.
    #[prost(message, repeated, tag = "30")]
    pub(crate) undecided: Vec<OwedHistory>,
    /// Those of `missing` that newcomers wait for, too, since their history came from here.
    #[prost(uint64, repeated, tag = "26")]
    pub(crate) promised: Vec<u64>,
}

/// An invitation by somebody whom this device does not know from the case.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct DoubtRecord {
    /// The `Welcome` as the server delivered it.
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) welcome: Vec<u8>,
    /// Resource name of the device that it comes from.
    #[prost(string, tag = "2")]
    pub(crate) by: String,
    /// The entry with which this device would join.
    #[prost(uint64, tag = "3")]
    pub(crate) seq: u64,
}

/// A device on its way back into step.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct RecoveryRecord {
    /// Attempts that were refused for good.
    #[prost(uint32, tag = "1")]
    pub(crate) attempts: u32,
    /// The exact bytes of the external commit on its way.
    #[prost(message, optional, tag = "2")]
    pub(crate) staged: Option<StagedCommit>,
    /// Set once it has given up: when it will try again, microseconds since the Unix epoch.
    #[prost(int64, optional, tag = "3")]
    pub(crate) rests_until: Option<i64>,
}

/// Entries for a member that could not read them.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ShareRecord {
    /// Resource name of its device.
    #[prost(string, tag = "1")]
    pub(crate) device: String,
    #[prost(uint64, repeated, tag = "2")]
    pub(crate) seqs: Vec<u64>,
}

/// Something that happened to the group, and is no entry of its log's content.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct NoticeRecord {
    /// When the server accepted it, microseconds since the Unix epoch.
    #[prost(int64, tag = "1")]
    pub(crate) accepted_at: i64,
    /// Resource name of the device that did it; empty if that cannot be told.
    #[prost(string, tag = "2")]
    pub(crate) by: String,
    /// 1: could not be followed; 2: back in step; 3: set the policy.
    #[prost(uint32, tag = "3")]
    pub(crate) kind: u32,
    #[prost(message, optional, tag = "4")]
    pub(crate) policy: Option<PolicyRecord>,
}

/// Who may join and who leads.
#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct PolicyRecord {
    #[prost(string, repeated, tag = "1")]
    pub(crate) organisations: Vec<String>,
    /// Resource names of the practitioners.
    #[prost(string, repeated, tag = "2")]
    pub(crate) leads: Vec<String>,
}

/// A history that a member owes to those whom their commit has added.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct OwedHistory {
    /// The commit; the history is the log before it.
    #[prost(uint64, tag = "1")]
    pub(crate) seq: u64,
    /// Resource name of the device that owes it.
    #[prost(string, tag = "2")]
    pub(crate) by: String,
    /// Resource names of the devices that were added.
    #[prost(string, repeated, tag = "3")]
    pub(crate) newcomers: Vec<String>,
}

/// A group that the server has not confirmed.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct GenesisRecord {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) request_id: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    pub(crate) group_info: Bytes,
    #[prost(bytes = "bytes", tag = "3")]
    pub(crate) ratchet_tree: Bytes,
}

/// How far a case's log has been processed, and relayed into the parent case.
#[derive(Clone, PartialEq, Eq, Message)]
pub(crate) struct PositionRecord {
    #[prost(uint64, tag = "1")]
    pub(crate) seq: u64,
    #[prost(uint64, tag = "2")]
    pub(crate) relayed: u64,
    /// The server's cursor of the last processed entry; empty before the first.
    #[prost(bytes = "bytes", tag = "3")]
    pub(crate) cursor: Bytes,
}

/// One entry of a case's log, verified.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct LogRecord {
    /// A serialized `SignedEntry` without its chain.
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) signed_entry: Bytes,
    /// SHA-256 of the author's device certificate.
    #[prost(bytes = "bytes", tag = "2")]
    pub(crate) author_chain: Bytes,
    /// When the server accepted it, microseconds since the Unix epoch.
    #[prost(int64, tag = "3")]
    pub(crate) accepted_at: i64,
    /// Resource name of the author's device.
    #[prost(string, tag = "4")]
    pub(crate) author: String,
    /// Resource name of the device that shared it; empty if it came from its author.
    #[prost(string, tag = "5")]
    pub(crate) shared_by: String,
    /// True if it is of an earlier time in the case, before this device was added again by
    /// somebody it did not know, and the group has not shown that it has it: it is not shared.
    #[prost(bool, tag = "6")]
    pub(crate) kept: bool,
}

/// An entry from before this device joined that was not shared with it.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct WithheldRecord {
    #[prost(bytes = "vec", tag = "1")]
    pub(crate) entry: Vec<u8>,
    /// What it must be if it is shared later.
    #[prost(bytes = "bytes", tag = "2")]
    pub(crate) digest: Bytes,
}

/// A certificate chain that log records refer to.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ChainRecord {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    pub(crate) certificates: Vec<Bytes>,
}

/// An entry that is not in the log yet.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct OutboxRecord {
    /// A serialized `SignedEntry`.
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) signed_entry: Bytes,
    /// Set once it is encrypted; these exact bytes are resent until the server answers.
    #[prost(message, optional, tag = "2")]
    pub(crate) staged: Option<StagedMessage>,
    /// Set when the server refused it for good; says why.
    #[prost(string, optional, tag = "3")]
    pub(crate) refused: Option<String>,
}

/// The exact bytes of an application message on its way.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct StagedMessage {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) request_id: Bytes,
    #[prost(uint64, tag = "2")]
    pub(crate) epoch: u64,
    #[prost(bytes = "bytes", tag = "3")]
    pub(crate) ciphertext: Bytes,
    /// True once the server has answered; the log will confirm.
    #[prost(bool, tag = "4")]
    pub(crate) accepted: bool,
    /// What is to run from its acceptance on.
    #[prost(message, repeated, tag = "5")]
    pub(crate) timers: Vec<delivery::Timer>,
}

/// The token of timers that are to be cleared.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub(crate) struct ClearRecord {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) token: Bytes,
}

impl fmt::Debug for ClearRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClearRecord").finish_non_exhaustive()
    }
}

/// Timers with one token that were due, and named this device.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct WakeRecord {
    /// When the last of them was due, microseconds since the Unix epoch.
    #[prost(int64, tag = "1")]
    pub(crate) due_at: i64,
    /// The entry that they belong to, once it is here.
    #[prost(bytes = "vec", optional, tag = "2")]
    pub(crate) entry: Option<Vec<u8>>,
    /// It was looked for up to this entry of the log.
    #[prost(uint64, tag = "3")]
    pub(crate) searched: u64,
    /// True once the application was told.
    #[prost(bool, tag = "4")]
    pub(crate) told: bool,
}

/// When the person wants to be left in peace.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct QuietRecord {
    /// Minutes after midnight at which it begins.
    #[prost(uint32, tag = "1")]
    pub(crate) from: u32,
    /// Minutes after midnight at which it ends.
    #[prost(uint32, tag = "2")]
    pub(crate) until: u32,
}

/// Until when the person does not want to see an entry.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct SnoozeRecord {
    /// Microseconds since the Unix epoch.
    #[prost(int64, tag = "1")]
    pub(crate) until: i64,
}

/// A change of the group on its way: planned, then staged, then accepted, then merged.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct PlanRecord {
    /// People to add, with their claimed key packages.
    #[prost(message, repeated, tag = "1")]
    pub(crate) add: Vec<PlannedAdd>,
    /// Resource names of the people whose devices leave.
    #[prost(string, repeated, tag = "2")]
    pub(crate) remove: Vec<String>,
    /// Orders of the outbox rows that announce the change, first in the new epoch.
    #[prost(uint64, repeated, tag = "3")]
    pub(crate) then: Vec<u64>,
    /// Set once the commit exists; these exact bytes are resent until the log decides.
    #[prost(message, optional, tag = "4")]
    pub(crate) staged: Option<StagedCommit>,
    /// True for the plan to remove revoked devices, which the commit does by itself.
    #[prost(bool, tag = "5")]
    pub(crate) removes_revoked: bool,
    /// Resource names of single devices that leave.
    #[prost(string, repeated, tag = "12")]
    pub(crate) remove_devices: Vec<String>,
    /// For the plan to set the group's policy, which changes nobody's membership.
    #[prost(message, optional, tag = "20")]
    pub(crate) policy: Option<PolicyRecord>,
    /// True for the plan to bring this device's renewed certificate into the group, which any
    /// commit does by itself.
    #[prost(bool, tag = "6")]
    pub(crate) renews: bool,
    /// True for the plan to remove those whose emergency access is over: if another member was
    /// faster, what would announce it is not sent.
    #[prost(bool, tag = "30")]
    pub(crate) ends_emergency: bool,
}

/// One person to add.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct PlannedAdd {
    /// Resource name of the practitioner.
    #[prost(string, tag = "1")]
    pub(crate) practitioner: String,
    /// Idempotency key of the claim.
    #[prost(bytes = "bytes", tag = "2")]
    pub(crate) request_id: Bytes,
    /// Empty until the claim is answered.
    #[prost(message, repeated, tag = "3")]
    pub(crate) claimed: Vec<ClaimedKeyPackage>,
}

/// One device's key package.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ClaimedKeyPackage {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) device_id: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    pub(crate) key_package: Bytes,
}

/// The exact bytes of a commit on its way.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct StagedCommit {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) request_id: Bytes,
    #[prost(uint64, tag = "2")]
    pub(crate) epoch: u64,
    #[prost(bytes = "bytes", tag = "3")]
    pub(crate) commit: Bytes,
    #[prost(bytes = "bytes", tag = "4")]
    pub(crate) welcome: Bytes,
    #[prost(bytes = "bytes", tag = "5")]
    pub(crate) group_info: Bytes,
    /// True once the server has answered; the log will confirm.
    #[prost(bool, tag = "6")]
    pub(crate) accepted: bool,
}

/// What the person did that the next receipt will tell.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct MarksRecord {
    /// Entries shown to the person.
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub(crate) read: Vec<Vec<u8>>,
    /// Entries of which the person said "I have this".
    #[prost(bytes = "vec", repeated, tag = "2")]
    pub(crate) acknowledged: Vec<Vec<u8>>,
}

/// What was shown of a case and is not sealed yet.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ViewsRecord {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub(crate) entries: Vec<Vec<u8>>,
    /// When the first of them was shown, microseconds since the Unix epoch.
    #[prost(int64, tag = "2")]
    pub(crate) first_at: i64,
}

/// Sealed views on their way to the server.
#[derive(Clone, PartialEq, Message)]
pub(crate) struct ViewsStagedRecord {
    #[prost(bytes = "bytes", tag = "1")]
    pub(crate) request_id: Bytes,
    /// Domain of the custodian.
    #[prost(string, tag = "2")]
    pub(crate) organisation: String,
    #[prost(bytes = "bytes", repeated, tag = "3")]
    pub(crate) sealed: Vec<Bytes>,
}

/// Secrets of the officer's keys that this account holds, oldest first.
#[derive(Clone, PartialEq, Message)]
#[prost(skip_debug)]
pub(crate) struct OfficerRecord {
    #[prost(bytes = "vec", repeated, tag = "1")]
    pub(crate) seeds: Vec<Vec<u8>>,
}

impl fmt::Debug for OfficerRecord {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OfficerRecord")
            .field("keys", &self.seeds.len())
            .finish_non_exhaustive()
    }
}

/// The key of a row about one case.
pub(crate) fn key(prefix: &[u8], case: CaseId) -> Vec<u8> {
    [prefix, case.as_bytes()].concat()
}

/// The key of a numbered row of one case.
pub(crate) fn numbered(prefix: &[u8], case: CaseId, number: u64) -> Vec<u8> {
    [prefix, case.as_bytes(), &number.to_be_bytes()].concat()
}

/// The number at the end of a numbered row's key.
pub(crate) fn number(key: &[u8]) -> Result<u64> {
    key.last_chunk()
        .map(|bytes| u64::from_be_bytes(*bytes))
        .ok_or_else(|| damaged("a row's key is too short"))
}

/// Reads a row, if it is there.
pub(crate) fn read<R: Message + Default>(state: &State, key: &[u8]) -> Result<Option<R>> {
    state.get(key).map(decode).transpose()
}

/// Reads a row's bytes.
pub(crate) fn decode<R: Message + Default>(bytes: &[u8]) -> Result<R> {
    R::decode(bytes).map_err(|_| damaged("a row does not decode"))
}

/// Writes a row.
pub(crate) fn write(state: &mut State, key: Vec<u8>, record: &impl Message) {
    state.put(key, record.encode_to_vec());
}

/// The account's store does not hold what this version wrote.
pub(crate) fn damaged(what: &'static str) -> Error {
    Error::internal(format!(
        "the account's store is damaged ({what}): restore it from a backup or enrol again"
    ))
}
