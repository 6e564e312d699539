//! Relais's use of MLS (RFC 9420), and the only crate that sees OpenMLS.
//!
//! It answers four questions: who somebody is ([`Chain`], [`TrustAnchors`]), who is in a group
//! ([`Mls`]), what a message says ([`Mls::encrypt`], [`Mls::process`]), and, for a server
//! without secrets, what may enter a group's log ([`validate_commit`] and its neighbours).
//! There is no I/O, no clock and no storage here: the time is a parameter, and everything that
//! must be kept lives in a [`State`] whose changes the caller writes.
//!
//! # How a message passes through
//!
//! ```text
//!  sender                          server                          member
//!  ──────                          ──────                          ──────
//!  plaintext
//!    │ Mls::encrypt
//!    │  · frame: length, data, zeros up to the Padmé size
//!    │  · sign with the leaf's key, encrypt under the
//!    │    sender's next generation  (RFC 9420 §6.3)
//!    ▼
//!  PrivateMessage ───────────────► application_header
//!    and State::take_changes         · group and epoch, all it can see
//!    in one transaction              · appended to the log ──────► Mls::process
//!                                                                   · decrypt, verify, unframe
//!                                                                   ▼
//!                                                                  plaintext, sender's Identity
//!                                                                  and State::take_changes
//!                                                                  in one transaction
//! ```
//!
//! A commit goes the same way in the open. [`Mls::stage_commit`] makes a PublicMessage, the
//! GroupInfo of the epoch that it would begin, and a Welcome for those it adds; the group stays
//! where it is. The server runs [`validate_commit`] and lets one commit win each epoch. The
//! winner's device calls [`Mls::merge_staged`], the others [`Mls::process`], which drops a
//! staged commit of their own: they plan it again. The added devices call [`Mls::join`] with
//! the Welcome and the ratchet tree that the server kept for that epoch.
//!
//! # What holds
//!
//! - **A refusal leaves no trace.** Every operation runs inside [`State::atomically`]: if it
//!   fails, the state is as before, so the same bytes can be tried again.
//! - **No leaf enters unverified.** A founder's, an added, an updated and every leaf of a joined
//!   tree must have a certificate that verifies up to a trust anchor, certifies the leaf's key,
//!   and, when a leaf is renewed, names the same device. Nobody is in a group twice.
//! - **A group's policy holds.** It stands in the GroupContext from the first epoch, and only
//!   those whom it names as leads can change it: see [`GroupPolicy`].
//! - **A revoked device is removed before the next message.** The server proposes its removal
//!   ([`propose_removals`]); until a commit contains it, nothing is encrypted and no other
//!   commit is valid.
//! - **Only what is needed is allowed.** One cipher suite; commits by members with Add, Remove
//!   and a new policy by value and the server's removals by reference; external commits that
//!   replace a leaf of one's own ([`Mls::stage_resync`]); no other context extensions, no
//!   pre-shared keys.
//! - **Members and server apply the same rules**, from the same function.
//!
//! # From nothing to the first message
//!
//! ```
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # #[cfg(feature = "authority")] {
//! use relais_mls::{Change, GroupPolicy, Mls, Processed, SigningKey, State, TrustAnchors, authority::Root};
//! use relais_types::{
//!     Clock, DeviceId, DeviceName, GroupId, OsEntropy, PractitionerId, SystemClock,
//! };
//!
//! let (now, mut entropy) = (SystemClock.now(), OsEntropy);
//! let root = Root::generate()?;
//! let hospital = root.organisation(&"laurier.internal".parse()?, now)?;
//! let mut enrol = || -> Result<(Mls, State), Box<dyn std::error::Error>> {
//!     let device = DeviceName {
//!         organisation: hospital.domain().clone(),
//!         practitioner: PractitionerId::random(&mut entropy),
//!         device: DeviceId::random(&mut entropy),
//!     };
//!     let key = SigningKey::generate(&mut entropy);
//!     let chain = hospital.issue(&device, &key.public(), now)?;
//!     let anchors = TrustAnchors::from_der(&[root.certificate_der()])?;
//!     Ok((Mls::new(key, chain, anchors, now)?, State::default()))
//! };
//! let (amal, mut amals) = enrol()?;
//! let (luc, mut lucs) = enrol()?;
//!
//! let case = GroupId::random(&mut OsEntropy);
//! let server = SigningKey::generate(&mut OsEntropy).public();
//! let genesis = amal.create_group(&mut amals, case, &GroupPolicy::open(server), now)?;
//! let (anchors, tree) = (amal.anchors(), &genesis.ratchet_tree);
//! let opened = relais_mls::open_group(&genesis.group_info, tree, &server, anchors, now)?;
//!
//! let add = vec![luc.key_package(&mut lucs, false, now)?];
//! let staged = amal.stage_commit(&mut amals, case, &Change { add, remove: vec![] }, now)?;
//! let accepted = relais_mls::validate_commit(
//!     &opened.public_state,
//!     &staged.commit,
//!     staged.welcome.as_deref(),
//!     &staged.group_info,
//!     amal.identity().device.device,
//!     anchors,
//!     now,
//! )?;
//! amal.merge_staged(&mut amals, case)?;
//! let welcome = staged.welcome.ok_or("somebody was added")?;
//! luc.join(&mut lucs, &welcome, &accepted.ratchet_tree, now)?;
//!
//! let message = amal.encrypt(&mut amals, case, "Bonjour Luc".as_bytes())?;
//! match luc.process(&mut lucs, case, &message.ciphertext, now)? {
//!     Processed::Application { sender, plaintext, .. } => {
//!         assert_eq!(sender, *amal.identity());
//!         assert_eq!(plaintext, "Bonjour Luc".as_bytes());
//!     }
//!     _ => unreachable!("it is content"),
//! }
//! // Both now write `take_changes()` of their state, in the transaction that acknowledges.
//! # }
//! # Ok(())
//! # }
//! ```

mod claim;
mod commit;
mod credential;
mod device;
mod error;
mod follow;
mod framing;
mod group;
mod group_policy;
mod key;
mod message;
mod organisation;
mod pem;
mod policy;
mod removal;
mod resync;
mod seal;
mod state;
mod storage;
mod trust;
mod validator;
mod wire;

#[cfg(any(test, feature = "adversary"))]
pub mod adversary;
#[cfg(any(test, feature = "authority"))]
pub mod authority;
#[cfg(test)]
mod expiry;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod scenarios;
#[cfg(test)]
mod simulation;

pub use commit::{Change, EpochChange, StagedCommit};
pub use credential::{Chain, Identity};
pub use device::Mls;
pub use error::{CredentialError, Error, Result};
pub use group::{Genesis, Joined, Member};
pub use group_policy::GroupPolicy;
pub use key::{SigningKey, verify};
pub use message::{Encrypted, Processed};
pub use organisation::{CertificateRequest, CertifiedAuthority};
pub use policy::{
    KEY_PACKAGE_LIFETIME, MAX_PAST_EPOCHS, MAXIMUM_FORWARD_DISTANCE, OUT_OF_ORDER_TOLERANCE,
};
pub use resync::MAX_RESYNC_NOTE;
pub use seal::{OpeningKey, seal};
pub use state::State;
pub use trust::TrustAnchors;
pub use validator::{
    ApplicationHeader, KeyPackageInfo, OpenedGroup, ProposedRemovals, ValidatedCommit,
    application_header, open_group, propose_removals, validate_commit, validate_key_package,
};
pub use wire::{ContentKind, content_kind};
