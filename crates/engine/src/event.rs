//! What goes into the engine and what comes out.

use std::time::Duration;

use bytes::Bytes;
use relais_proto::{audit, delivery, identity, keypackage, transparency};
use relais_types::{CaseId, DeviceName, EntryId, Error, OrgDomain, PractitionerName, Timestamp};

use crate::{certificates::TransportCertificate, overdue::Overdue, trust::Breach};

/// Names one call until its reply comes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub(crate) u64);

/// Something that happened outside.
#[derive(Debug)]
pub enum Event {
    /// Calls can be made.
    Connected,
    /// Calls will fail; the driver is reconnecting.
    Disconnected,
    /// The server has refused this device for good.
    Revoked,
    /// The server does not take the transport certificate: another one is needed.
    CertificateRefused,
    /// Items from Sync or Subscribe, in the order in which they came.
    Delivered {
        /// The items.
        deliveries: Vec<delivery::Delivery>,
        /// True if nothing more was waiting on the server.
        caught_up: bool,
    },
    /// The outcome of a call. Every [`Effect::Call`] gets exactly one.
    Replied(CallId, Result<Reply, Error>),
    /// Time has passed; see [`Account::next_wake_up`](crate::Account::next_wake_up).
    Tick,
}

/// Something to do outside, in order, once the step's writes are durable.
#[derive(Clone, Debug)]
pub enum Effect {
    /// Make this call and report its outcome.
    Call(CallId, Call),
    /// Tell the server how far this device has processed; losing it costs nothing but a resend.
    Acknowledge(Vec<Bytes>),
    /// Begin the subscription anew, at these cursors where they are given, and from what was
    /// acknowledged everywhere else.
    Resubscribe(Vec<Bytes>),
    /// Connect with this certificate from now on. What was opened with the one before may go
    /// on until that ends.
    Certified(TransportCertificate),
    /// Tell the application.
    Update(Update),
}

/// A call to the server.
#[derive(Clone, Debug)]
pub enum Call {
    /// `KeyPackageService.PublishKeyPackages`
    PublishKeyPackages(keypackage::PublishKeyPackagesRequest),
    /// `KeyPackageService.ClaimKeyPackages`
    ClaimKeyPackages(keypackage::ClaimKeyPackagesRequest),
    /// `DeliveryService.CreateGroup`
    CreateGroup(delivery::CreateGroupRequest),
    /// `DeliveryService.Commit`
    Commit(delivery::CommitRequest),
    /// `DeliveryService.Send`
    Send(delivery::SendRequest),
    /// `DeliveryService.ClearTimer`
    ClearTimer(delivery::ClearTimerRequest),
    /// `DeliveryService.Sync`, to find out whether the server knows where this device is; what it
    /// brings is not looked at.
    Sync(delivery::SyncRequest),
    /// `TransparencyService.GetInclusionProofs`
    GetInclusionProofs(transparency::GetInclusionProofsRequest),
    /// `TransparencyService.GetConsistencyProof`
    GetConsistencyProof(transparency::GetConsistencyProofRequest),
    /// `TransparencyService.GetEntries`
    GetEntries(transparency::GetEntriesRequest),
    /// `AuditService.GetOfficerKey`
    GetOfficerKey(audit::GetOfficerKeyRequest),
    /// `AuditService.RecordViews`
    RecordViews(audit::RecordViewsRequest),
    /// `DeliveryService.GetGroupInfo`
    GetGroupInfo(delivery::GetGroupInfoRequest),
    /// `IdentityService.RenewTransportCertificate`
    RenewTransportCertificate(identity::RenewTransportCertificateRequest),
    /// `IdentityService.RenewCredential`
    RenewCredential(identity::RenewCredentialRequest),
}

/// The response to a [`Call`] of the same name.
#[derive(Clone, Debug)]
pub enum Reply {
    /// To `PublishKeyPackages`.
    PublishKeyPackages(keypackage::PublishKeyPackagesResponse),
    /// To `ClaimKeyPackages`.
    ClaimKeyPackages(keypackage::ClaimKeyPackagesResponse),
    /// To `CreateGroup`.
    CreateGroup(delivery::CreateGroupResponse),
    /// To `Commit`.
    Commit(delivery::CommitResponse),
    /// To `Send`.
    Send(delivery::SendResponse),
    /// To `ClearTimer`.
    ClearTimer(delivery::ClearTimerResponse),
    /// To `Sync`.
    Sync(delivery::SyncResponse),
    /// To `GetInclusionProofs`.
    GetInclusionProofs(transparency::GetInclusionProofsResponse),
    /// To `GetConsistencyProof`.
    GetConsistencyProof(transparency::GetConsistencyProofResponse),
    /// To `GetEntries`.
    GetEntries(transparency::GetEntriesResponse),
    /// To `GetOfficerKey`.
    GetOfficerKey(audit::GetOfficerKeyResponse),
    /// To `RecordViews`.
    RecordViews(audit::RecordViewsResponse),
    /// To `GetGroupInfo`.
    GetGroupInfo(delivery::GetGroupInfoResponse),
    /// To `RenewTransportCertificate`.
    RenewTransportCertificate(identity::RenewTransportCertificateResponse),
    /// To `RenewCredential`.
    RenewCredential(identity::RenewCredentialResponse),
}

/// Something that the application may want to show.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Update {
    /// The device was added to a case, or opened one.
    Joined(CaseId),
    /// The device was removed from a case; what it has stays readable.
    Left(CaseId),
    /// The case's view has changed.
    Changed(CaseId),
    /// The case's group has new members or lost some.
    Members(CaseId),
    /// A device in the case was revoked. Nothing is sent until a member has removed it, which
    /// happens by itself.
    RemovalProposed {
        /// The case.
        case: CaseId,
        /// The device.
        device: DeviceName,
    },
    /// A device that could not follow the case any more is back in step. Nobody has joined or
    /// left, and nobody's seat has changed.
    BackInStep {
        /// The case.
        case: CaseId,
        /// The device, which may be this one.
        device: DeviceName,
    },
    /// Who may join the case, or who leads it, was changed.
    PolicyChanged {
        /// The case.
        case: CaseId,
        /// The device that did it.
        by: DeviceName,
    },
    /// The server refused an entry for good.
    Refused {
        /// The case.
        case: CaseId,
        /// The entry, which stays in the outbox.
        entry: EntryId,
        /// Why.
        error: Error,
    },
    /// A change of the team could not be made.
    TeamChangeFailed {
        /// The case.
        case: CaseId,
        /// Why.
        error: Error,
    },
    /// Nobody has acknowledged something in time, and it is this person's turn; kept until
    /// somebody has ([`Account::overdue`](crate::Account::overdue)).
    Overdue(Overdue),
    /// Somebody was let into the case at once and for a limited time; everybody on the team is
    /// told, whatever the hour.
    BreakGlass {
        /// The case.
        case: CaseId,
        /// The entry that says who, why, until when, and who reviews it.
        entry: EntryId,
    },
    /// A further device was enrolled in this person's name; kept until they have seen it
    /// ([`Account::new_devices`](crate::Account::new_devices)).
    NewDevice(NewDevice),
    /// Something is wrong that a person should know.
    Alarm(Alarm),
}

/// A device that was enrolled in the name of this account's person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewDevice {
    /// The device.
    pub device: DeviceName,
    /// What it was called by whoever enrolled it; empty if only the transparency log or a case
    /// tells of it.
    pub label: String,
    /// When it was enrolled, by the server's clock.
    pub enrolled_at: Timestamp,
}

/// Something is wrong that a person should know.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Alarm {
    /// An entry of the log was withheld.
    #[error("case {case}: entry {expected} is missing, {got} came instead; asking again")]
    Gap {
        /// The case.
        case: CaseId,
        /// The entry that should have come.
        expected: u64,
        /// The entry that came.
        got: u64,
    },
    /// An entry could not be decrypted or verified, and is not shown.
    #[error("case {case}: entry {seq} could not be read ({why}); ask its author to send it again")]
    Unreadable {
        /// The case.
        case: CaseId,
        /// The entry.
        seq: u64,
        /// Why.
        why: String,
    },
    /// An invitation into a case was refused by this device.
    #[error(
        "an invitation into case {case} was refused ({why}); ask the sender to invite you again"
    )]
    JoinRefused {
        /// The case.
        case: CaseId,
        /// Why.
        why: String,
    },
    /// A change of the group cannot be followed. The device brings itself back into step, as
    /// soon as the server can be reached.
    #[error(
        "case {case}: change {seq} of the team's keys, {}, cannot be followed ({why}). This device brings itself back into step, and what you write is sent after that; nothing needs to be done. If it happens again, tell the person who runs that device, and your administrator", signed_by(by.as_ref())
    )]
    OutOfStep {
        /// The case.
        case: CaseId,
        /// The entry.
        seq: u64,
        /// Whose device has signed it; `None` if no member has.
        by: Option<DeviceName>,
        /// Why.
        why: String,
    },
    /// The server or a member deceives this device; sending has stopped.
    #[error("{0}")]
    Breach(Box<Breach>),
    /// A device that somebody wanted to add is not in the transparency log, and was not added.
    #[error(
        "case {case}: the device {device} was not added, because its certificate is not in the transparency log. Somebody may have made it to read along in secret; nothing was sent to it, and the case goes on. Ask the person it belongs to whether it is theirs, by telephone, and tell your privacy officer"
    )]
    GhostRefused {
        /// The case.
        case: CaseId,
        /// The device.
        device: DeviceName,
    },
    /// When somebody was to be added, the server gave a device of somebody else, which was not
    /// added.
    #[error(
        "case {case}: to add {person} the server gave the device {device}, which is not theirs. It was not added and nothing was sent to it. The server, or whoever has broken into it, may want to read along in secret: tell the operator of the server and your privacy officer"
    )]
    StrangerRefused {
        /// The case.
        case: CaseId,
        /// Who was to be added.
        person: PractitionerName,
        /// What the server gave.
        device: DeviceName,
    },
    /// A device in this person's own name is in a case, and nobody told this device of it.
    #[error(
        "case {case}: the device {device} is in this case in your own name, and this device was not told of it before. If it is yours, nothing needs to be done. If not, somebody reads along as you: remove it with `relais case expel`, and tell your administrator to revoke it (`relais admin revoke device {} {}`) and your privacy officer", device.organisation, device.device
    )]
    OwnDevice {
        /// The case.
        case: CaseId,
        /// The device.
        device: DeviceName,
    },
    /// The author of an entry is not in the transparency log.
    #[error(
        "case {case}: an entry in the name of the device {author} {} is signed with a certificate that is not in the transparency log. Somebody may have made it to put words into their mouth. It is shown as not proved, and the case goes on. Ask the person whether they wrote it, by telephone, before you rely on it, and tell your privacy officer", shared(shared_by.as_ref())
    )]
    AuthorUnlogged {
        /// The case.
        case: CaseId,
        /// The device that the signature names.
        author: DeviceName,
        /// Who shared the entry; `None` if that device sent it itself, and left.
        shared_by: Option<DeviceName>,
    },
    /// The transparency log's answer cannot be verified.
    #[error(
        "the transparency log cannot be verified ({why}); what needs it waits, and it is asked again. Reading goes on. If this stays so, tell the operator of the server"
    )]
    LogUnverifiable {
        /// Why.
        why: String,
    },
    /// The transparency log's answers do not come.
    #[error(
        "the server has not answered for a while how its transparency log continues, or how it fits together with what another member holds. Until it does nothing more is sent to any case; reading goes on, what you write waits, and the server is asked again. It may be a fault, or somebody hides who was given access: if this stays so, tell the operator of the server and your privacy officer"
    )]
    LogWithheld,
    /// No witness has looked at the log lately.
    #[error(
        "no witness has checked the server's transparency log lately ({}; it should every {} hours). Everything goes on, but a server that deceives you would be noticed later. Tell the operator of the server that the witness does not run",
        silence.map_or_else(|| "it never has".to_owned(), |it| format!("the last time was {} hours ago", it.as_secs() / 3600)),
        max_age.as_secs() / 3600,
    )]
    WitnessSilent {
        /// How long ago one last did; `None` if it never has.
        silence: Option<Duration>,
        /// How long ago that may be.
        max_age: Duration,
    },
    /// Somebody who was not in the case when this device last was wants to add it again.
    #[error(
        "case {case}: you were in this case before, and {by} wants to add you again, but was not in it when you last were. It may be a colleague who came later, or somebody who made another group under this name to get at what you have. Ask the team by telephone; if it is right, run `relais case rejoin`. Until then nothing of it is read or sent, and what you have stays readable"
    )]
    RejoinDoubted {
        /// The case.
        case: CaseId,
        /// Who wants to add this device.
        by: DeviceName,
    },
    /// The device could not get back into step by itself.
    #[error(
        "case {case}: this device cannot follow the case any more, and could not rejoin by itself ({why}). Ask a member of the team to remove you and add you again; what this device holds stays readable"
    )]
    NeedsReadding {
        /// The case.
        case: CaseId,
        /// Why.
        why: String,
    },
    /// The log shows things that this device did and does not know of.
    #[error(
        "case {case}: this device's data is older than what the device has done: it was restored from a copy, or a second copy of it is in use. It brings itself back into step, and the others share again what it lacks. Make sure that only one copy is used, and ask to be added again to cases that are missing"
    )]
    RolledBack {
        /// The case.
        case: CaseId,
    },
    /// The server took an entry, and not the timers that should have gone with it.
    #[error(
        "case {case}: the server wakes nobody if entry {entry} is not acknowledged ({why}): look yourself whether it is, or telephone"
    )]
    NobodyIsWoken {
        /// The case.
        case: CaseId,
        /// The entry.
        entry: EntryId,
        /// Why.
        why: String,
    },
    /// This device was revoked.
    #[error(
        "this device was revoked by your organisation: what it holds stays readable, but nothing new comes and nothing can be sent; ask your administrator for an invitation if you should have access"
    )]
    Revoked,
    /// The key that the server gave for an organisation's privacy officer is not the
    /// organisation's.
    #[error(
        "the officer's key that the server gave for {organisation} cannot be verified ({why}); who reads its cases is not recorded until it can: tell its privacy officer, by telephone"
    )]
    OfficerKey {
        /// The organisation.
        organisation: OrgDomain,
        /// Why.
        why: String,
    },
    /// History given to a newcomer is not what this device has.
    #[error(
        "case {case}: {by} shared a history that differs from yours at entry {seq}; compare with them"
    )]
    HistoryDiffers {
        /// The case.
        case: CaseId,
        /// Who shared it.
        by: PractitionerName,
        /// The first entry that differs.
        seq: u64,
    },
}

/// The outcome of feeding the engine: first make the writes durable, in one transaction,
/// then perform the effects in order.
///
/// If the writes fail, perform nothing and open the account again from its store.
#[derive(Debug, Default)]
#[must_use = "writes must be made durable and effects performed"]
pub struct Step {
    /// Rows to put (`Some`) or to delete (`None`).
    pub writes: Vec<(Vec<u8>, Option<Vec<u8>>)>,
    /// What to do afterwards.
    pub effects: Vec<Effect>,
}

fn shared(by: Option<&DeviceName>) -> String {
    by.map_or_else(
        || "that is in the case no more".to_owned(),
        |by| format!("which {by} has shared"),
    )
}

fn signed_by(device: Option<&DeviceName>) -> String {
    device.map_or_else(
        || "which no member has signed".to_owned(),
        |device| format!("made by {device}"),
    )
}
