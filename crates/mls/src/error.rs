//! What can go wrong, and what to do about it.

use relais_types::{DeviceId, DeviceName};

/// Why an MLS operation was refused. The state it was given is as it was before.
///
/// Messages never hold content or keys, so they are safe to log.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    /// This device has no state of the group.
    #[error("this device is not in the group: wait for a Welcome")]
    UnknownGroup,
    /// The group exists already and this device is an active member of it.
    #[error("this device is in the group already: ignore the Welcome or forget the group first")]
    GroupExists,
    /// A commit removed this device: it can read what it has, but neither send nor process.
    #[error("this device was removed from the group: it can rejoin only through a new Welcome")]
    Removed,
    /// The message belongs to another epoch than the group is in.
    #[error("the message is of epoch {message} and the group at {group}: {}", if message > group { "process what lies between first" } else { "it was processed or lost to another commit, skip it" })]
    WrongEpoch {
        /// The group's current epoch.
        group: u64,
        /// The message's epoch.
        message: u64,
    },
    /// The message claims to be of this very device, which cannot decrypt what it sent itself.
    ///
    /// For a commit: compare its bytes with the staged commit, then merge or discard that.
    #[error("the message is this device's own: take it from the outbox or merge the staged commit")]
    OwnMessage,
    /// The key is gone: the message was decrypted before, or lies beyond the kept epochs and
    /// generations (RFC 9420 §9.2).
    #[error("the key of this message is gone, it was processed before or is too old: skip it")]
    SecretGone,
    /// The server has proposed removals, and nothing can be encrypted before a commit has made
    /// them.
    #[error("a revoked device must be removed first: commit, then send again")]
    CommitRequired,
    /// A member states, under their signature, another authenticator for this very epoch: the
    /// group was forked.
    #[error("{0} is in another version of this epoch: somebody keeps two versions of the group")]
    Forked(Box<DeviceName>),
    /// A commit is staged already.
    #[error("a commit is staged: merge or discard it first")]
    CommitStaged,
    /// There is no staged commit.
    #[error("no commit is staged: stage one first")]
    NothingStaged,
    /// The Welcome is for no key package that this device holds.
    #[error("the Welcome is for no key package of this device, or for a used one: skip it")]
    UnknownKeyPackage,
    /// The device to remove is not in the group.
    #[error("device {0} is not in the group: plan the change again from the current members")]
    UnknownMember(DeviceId),
    /// The device to add is in the group and is not removed by the same commit.
    #[error("device {0} would be in the group twice: remove its old leaf in the same commit")]
    DuplicateMember(DeviceId),
    /// A certificate chain does not verify, or names somebody else.
    #[error("credential refused: {0}")]
    Credential(#[from] CredentialError),
    /// A signature over a labelled message does not verify.
    #[error("the signature does not verify: refuse what was signed")]
    BadSignature,
    /// The change breaks the group's policy.
    #[error("refused by the group's policy: {0}")]
    Policy(String),
    /// The bytes are not what they claim to be, or break a rule of MLS or of Relais.
    #[error("refused: {0}")]
    Invalid(String),
    /// The stored state cannot be read or written; a defect or another version's data.
    #[error("the stored group state is unreadable ({0}): restore it or rejoin the group")]
    State(String),
}

/// Why a certificate chain was refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CredentialError {
    /// Not a chain of one device certificate and one organisation certificate of our profile.
    #[error("malformed certificate chain: {0}")]
    Malformed(&'static str),
    /// No configured trust anchor issued the chain.
    #[error("the chain does not end at a trusted federation root")]
    UnknownIssuer,
    /// A signature within the chain does not verify.
    #[error("a certificate's signature does not verify")]
    BadSignature,
    /// The device's name lies outside what its organisation may certify (RFC 5280 §4.2.1.10).
    #[error("the organisation certified a name outside its own domain")]
    NameConstraint,
    /// A certificate has expired: renew it.
    #[error("a certificate has expired: it must be renewed")]
    Expired,
    /// A certificate is not valid yet: check the clock.
    #[error("a certificate is not valid yet: check the clock")]
    NotYetValid,
    /// The certificate does not certify the key that it came with.
    #[error("the certificate certifies another key")]
    KeyMismatch,
    /// The certificate names another device than the one it stands for.
    #[error("the certificate names another device")]
    IdentityMismatch,
    /// Any other fault that path validation found (RFC 5280 §6).
    #[error("certificate path validation failed: {0}")]
    Path(String),
}

/// The result of everything in this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
