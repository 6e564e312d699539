//! The use cases of the backbone, one file each.
//!
//! A use case takes the [`Service`], the [`Caller`] as the transport has proved it, and its
//! parameters; it authorises, validates, and then runs one named transaction. It knows
//! neither gRPC nor SQL.
//!
//! How a message passes through: [`delivery::send`] checks that the caller is a member and
//! that the epoch is recent, appends one row to the group's log, answers once the row is on
//! disk, and wakes the members' streams ([`WakeUps`]). A stream then reads
//! [`delivery::sync`], and its device confirms with [`delivery::ack`]. A commit
//! ([`delivery::commit`]) is validated against the group's public state first, and exactly
//! one wins each epoch; a Welcome leaves with the winner only.
//!
//! Everything that writes takes a request id and may be repeated: the first outcome is
//! kept in the same transaction as the write, and a replay gets it.

pub mod audit;
mod caller;
pub mod delivery;
pub mod directory;
mod handshake;
mod id_tokens;
pub mod identity;
pub mod inspect;
mod issuer;
pub mod key_package;
mod limits;
mod page;
mod proof;
pub mod provisioning;
mod purge;
mod replay;
mod secret;
pub mod signing;
mod text;
pub mod transparency;
mod wakeups;

#[cfg(test)]
mod fixture;

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use relais_mls::TrustAnchors;
use relais_types::{Clock, Entropy, Error, Result, Timestamp};
use tokio::sync::Notify;

use handshake::Validations;
use proof::Proofs;
use signing::Desk;
use transparency::Transparency;

pub use caller::{Assurance, Caller, Principal, ProvedBy};
pub use id_tokens::{Claims, Expected, IdTokens};
pub use issuer::Issuer;
pub use limits::Limits;
pub use page::{List, Page};
pub use proof::Proof;
pub use purge::Purged;
pub use relais_store::{AccessRole, IdentityProvider, OfficerKey, SealedView, Store};
pub use secret::{OperatorToken, ServerKey, code_digest};
pub use wakeups::{Listener, WakeUps};

/// Everything that a [`Service`] needs.
#[derive(Debug)]
pub struct Parts {
    /// The database.
    pub store: Store,
    /// Who certifies devices.
    pub issuer: Arc<dyn Issuer>,
    /// Who verifies what identity providers say.
    pub id_tokens: Arc<dyn IdTokens>,
    /// Where the time comes from.
    pub clock: Arc<dyn Clock>,
    /// Where randomness comes from.
    pub entropy: Box<dyn Entropy>,
    /// The key of tokens, challenges and invitation codes.
    pub key: ServerKey,
    /// The operator's bearer token, if there is an operator.
    pub operator_token: Option<OperatorToken>,
    /// The key of the transparency log, and its witnesses.
    pub transparency: Transparency,
    /// How much of everything.
    pub limits: Limits,
}

/// What the use cases work with; clones share it.
#[derive(Clone)]
pub struct Service(Arc<Context>);

struct Context {
    store: Store,
    issuer: Arc<dyn Issuer>,
    id_tokens: Arc<dyn IdTokens>,
    clock: Arc<dyn Clock>,
    entropy: Mutex<Box<dyn Entropy>>,
    key: ServerKey,
    operator_token: Option<OperatorToken>,
    transparency: Arc<Transparency>,
    limits: Limits,
    anchors: Arc<TrustAnchors>,
    wakeups: WakeUps,
    timers: Notify,
    validations: Validations,
    desk: Desk,
    proofs: Proofs,
}

impl Service {
    /// A service over these parts.
    ///
    /// # Errors
    /// `CREDENTIAL_INVALID` if the issuer's trust anchors are no certificates.
    pub fn new(parts: Parts) -> Result<Self> {
        let anchors = TrustAnchors::from_der(&parts.issuer.trust_anchors()).map_err(|error| {
            Error::new(
                relais_types::Reason::CredentialInvalid,
                format!("the federation roots cannot be used: {error}"),
            )
        })?;
        let proofs = Proofs::new(parts.clock.now(), &parts.limits);
        Ok(Self(Arc::new(Context {
            store: parts.store,
            issuer: parts.issuer,
            id_tokens: parts.id_tokens,
            clock: parts.clock,
            entropy: Mutex::new(parts.entropy),
            key: parts.key,
            operator_token: parts.operator_token,
            transparency: Arc::new(parts.transparency),
            limits: parts.limits,
            anchors: Arc::new(anchors),
            wakeups: WakeUps::default(),
            timers: Notify::new(),
            validations: Validations::default(),
            desk: Desk::default(),
            proofs,
        })))
    }

    /// The streams that wait for something new.
    pub fn wakeups(&self) -> &WakeUps {
        &self.0.wakeups
    }

    /// How much of everything.
    pub fn limits(&self) -> &Limits {
        &self.0.limits
    }

    /// The database.
    pub fn store(&self) -> &Store {
        &self.0.store
    }

    /// Where the time comes from.
    pub fn clock(&self) -> &dyn Clock {
        &*self.0.clock
    }

    /// Finishes what was accepted and closes the database. Later calls answer
    /// `STORAGE_UNAVAILABLE`.
    pub async fn close(&self) {
        self.0.store.close().await;
    }

    pub(crate) fn validations(&self) -> &Validations {
        &self.0.validations
    }

    /// Where requests wait for organisations that hold their own authority.
    pub(crate) fn desk(&self) -> &Desk {
        &self.0.desk
    }

    /// The proofs of calls that were taken.
    pub(crate) fn proofs(&self) -> &Proofs {
        &self.0.proofs
    }

    /// Notified when a timer is registered, which may be due before all others.
    pub(crate) fn timers(&self) -> &Notify {
        &self.0.timers
    }

    pub(crate) fn now(&self) -> Timestamp {
        self.0.clock.now()
    }

    pub(crate) fn issuer(&self) -> &dyn Issuer {
        &*self.0.issuer
    }

    pub(crate) fn id_tokens(&self) -> &dyn IdTokens {
        &*self.0.id_tokens
    }

    pub(crate) fn key(&self) -> &ServerKey {
        &self.0.key
    }

    pub(crate) fn operator_token(&self) -> Option<&OperatorToken> {
        self.0.operator_token.as_ref()
    }

    pub(crate) fn transparency(&self) -> Arc<Transparency> {
        Arc::clone(&self.0.transparency)
    }

    pub(crate) fn anchors(&self) -> Arc<TrustAnchors> {
        Arc::clone(&self.0.anchors)
    }

    /// Makes something random.
    pub(crate) fn random<T>(&self, make: impl FnOnce(&mut Box<dyn Entropy>) -> T) -> T {
        // A generator has no state that a panic could leave half-changed to any harm.
        make(
            &mut self
                .0
                .entropy
                .lock()
                .unwrap_or_else(PoisonError::into_inner),
        )
    }

    /// Runs `work` to its end even if the caller leaves, so that what follows a durable
    /// write, such as its wake-ups, is never left out.
    pub(crate) async fn detached<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        tokio::spawn(tracing::Instrument::in_current_span(work))
            .await
            .map_err(|_| Error::internal("the call did not end: report the request id"))?
    }
}

impl fmt::Debug for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service")
            .field("store", &self.0.store)
            .field("issuer", &self.0.issuer)
            .field("limits", &self.0.limits)
            .finish_non_exhaustive()
    }
}
