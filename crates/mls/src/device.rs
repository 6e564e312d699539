//! One device's MLS client.

use std::fmt;

use bytes::Bytes;
use openmls::prelude::{
    CredentialWithKey, KeyPackage, KeyPackageIn, MlsMessageOut, ProtocolVersion,
};
use openmls_rust_crypto::RustCrypto;
use relais_types::Timestamp;

use crate::{
    Chain, CredentialError, Error, Identity, Result, SigningKey, State, TrustAnchors, group_policy,
    policy::{self, SUITE},
    storage::Provider,
    wire::{self, invalid},
};

/// One device's MLS client: its key, its certificate, and whom it trusts.
///
/// It holds no group: every operation takes the [`State`] that the groups live in, and leaves
/// it untouched when it fails. The time is a parameter; only the lifetime of a key package is,
/// inside OpenMLS, also checked against the machine's clock.
pub struct Mls {
    pub(crate) key: SigningKey,
    pub(crate) chain: Chain,
    pub(crate) anchors: TrustAnchors,
    pub(crate) identity: Identity,
    pub(crate) crypto: RustCrypto,
}

impl Mls {
    /// The client of the device that `chain` certifies.
    ///
    /// # Errors
    /// [`Error::Credential`] if the chain does not verify at `now`, or certifies another key.
    pub fn new(
        key: SigningKey,
        chain: Chain,
        anchors: TrustAnchors,
        now: Timestamp,
    ) -> Result<Self> {
        let identity = anchors.verify(&chain, now)?;
        if identity.public_key != key.public() {
            return Err(CredentialError::KeyMismatch.into());
        }
        Ok(Self {
            key,
            chain,
            anchors,
            identity,
            crypto: RustCrypto::default(),
        })
    }

    /// As [`Mls::new`], also if the certificate has expired: what the device has stays
    /// readable, and it can renew its certificate. Nobody lets it in anywhere until then.
    ///
    /// # Errors
    /// [`Error::Credential`] if the chain did not verify while it was valid, or certifies
    /// another key.
    pub fn open(
        key: SigningKey,
        chain: Chain,
        anchors: TrustAnchors,
        now: Timestamp,
    ) -> Result<Self> {
        let until = chain.valid_until()?;
        Self::new(key, chain, anchors, now.min(until))
    }

    /// The certificate is renewed: another chain for the same device and the same key. The
    /// next commit in each group brings it in.
    ///
    /// # Errors
    /// [`Error::Credential`] if the chain does not verify at `now` or names another device or
    /// key; the device then keeps the one it has.
    pub fn renew(&mut self, chain: Chain, now: Timestamp) -> Result<()> {
        let identity = self.anchors.verify(&chain, now)?;
        if identity.device != self.identity.device {
            return Err(CredentialError::IdentityMismatch.into());
        }
        if identity.public_key != self.identity.public_key {
            return Err(CredentialError::KeyMismatch.into());
        }
        self.identity = identity;
        self.chain = chain;
        Ok(())
    }

    /// Who this device is.
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Its certificate chain.
    pub fn chain(&self) -> &Chain {
        &self.chain
    }

    /// Its signature key.
    pub fn key(&self) -> &SigningKey {
        &self.key
    }

    /// Whom it trusts.
    pub fn anchors(&self) -> &TrustAnchors {
        &self.anchors
    }

    /// A new key package (RFC 9420 §10) as MLSMessage, good for
    /// [`KEY_PACKAGE_LIFETIME`](crate::KEY_PACKAGE_LIFETIME) or until the certificate expires. Its secrets stay in the state until a Welcome uses them;
    /// those of a last-resort one stay after that, too (RFC 9420 §16.8).
    ///
    /// # Errors
    /// [`Error::State`] if the state cannot be written.
    pub fn key_package(
        &self,
        state: &mut State,
        last_resort: bool,
        now: Timestamp,
    ) -> Result<Bytes> {
        state.atomically(|state| {
            let provider = Provider::writing(&self.crypto, state);
            let mut builder = KeyPackage::builder()
                .key_package_lifetime(policy::lifetime(now, self.identity.not_after))
                .leaf_node_capabilities(policy::capabilities());
            if last_resort {
                builder = builder.mark_as_last_resort();
            }
            let bundle = builder
                .build(SUITE, &provider, &self.key, self.credential())
                .map_err(invalid)?;
            to_bytes(&MlsMessageOut::from(bundle.into_key_package()))
        })
    }

    pub(crate) fn credential(&self) -> CredentialWithKey {
        self.chain.with_key(&self.identity.public_key)
    }

    /// Reads and fully verifies somebody's key package.
    pub(crate) fn check_key_package(
        &self,
        bytes: &[u8],
        now: Timestamp,
    ) -> Result<(KeyPackage, Identity)> {
        check_key_package(wire::key_package(bytes)?, &self.crypto, &self.anchors, now)
    }
}

impl fmt::Debug for Mls {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Mls")
            .field("device", &self.identity.device)
            .finish_non_exhaustive()
    }
}

/// Verifies a key package (RFC 9420 §10.1) and whom it belongs to.
pub(crate) fn check_key_package(
    key_package: KeyPackageIn,
    crypto: &RustCrypto,
    anchors: &TrustAnchors,
    now: Timestamp,
) -> Result<(KeyPackage, Identity)> {
    let key_package = key_package
        .validate(crypto, ProtocolVersion::Mls10)
        .map_err(invalid)?;
    if key_package.ciphersuite() != SUITE {
        return Err(Error::Invalid(
            "the key package is of another cipher suite".to_owned(),
        ));
    }
    policy::usable_until(&key_package, now)?;
    let leaf = key_package.leaf_node();
    policy::allow_leaf(leaf)?;
    group_policy::check_support(leaf)?;
    let identity = anchors.verify_leaf(leaf.credential(), leaf.signature_key(), now)?;
    Ok((key_package, identity))
}

pub(crate) fn to_bytes(message: &MlsMessageOut) -> Result<Bytes> {
    message.to_bytes().map(Bytes::from).map_err(invalid)
}
