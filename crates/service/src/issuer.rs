//! Who certifies devices.

use std::fmt;

use bytes::Bytes;
use relais_mls::{Chain, CredentialError, Identity, TrustAnchors};
use relais_types::{DeviceName, Error, OrgDomain, Result, Timestamp};

/// The federation root, and the certificate authorities of the organisations that do not hold
/// their own.
///
/// An organisation that does is asked through its signing agent ([`crate::signing`]); for it the
/// issuer signs the one certificate of its authority, and keeps no key.
#[async_trait::async_trait]
pub trait Issuer: Send + Sync + fmt::Debug {
    /// Makes the organisation's certificate authority, constrained to its domain. One that
    /// exists is kept: the call may be repeated.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE` if it could not be kept, `INTERNAL` if it could not be made.
    async fn create_organisation(&self, domain: &OrgDomain, now: Timestamp) -> Result<()>;

    /// Certifies the key of an organisation's own authority, constrained to its domain; the
    /// certificate in DER.
    ///
    /// # Errors
    /// `INTERNAL` if the root cannot be used.
    async fn certify_organisation(
        &self,
        domain: &OrgDomain,
        public_key: &[u8; 32],
        now: Timestamp,
    ) -> Result<Bytes>;

    /// Deletes the organisation's authority here, key first, if there is one. The call may be
    /// repeated.
    ///
    /// # Errors
    /// `INTERNAL` if it could not be deleted.
    async fn forget_organisation(&self, domain: &OrgDomain) -> Result<()>;

    /// Certifies a device's Ed25519 signature key for messaging, for a year; the chain begins
    /// with the device.
    ///
    /// # Errors
    /// `NOT_FOUND` if the organisation has no authority here.
    async fn issue(
        &self,
        device: &DeviceName,
        signature_key: &[u8; 32],
        now: Timestamp,
    ) -> Result<Chain>;

    /// Certifies a device's Ed25519 device key for TLS; the chain begins with the device. It
    /// lives for a week and is renewed by the device itself.
    ///
    /// # Errors
    /// `NOT_FOUND` if the organisation has no authority here.
    async fn transport(
        &self,
        device: &DeviceName,
        device_key: &[u8; 32],
        now: Timestamp,
    ) -> Result<Chain>;

    /// The federation roots in DER that every chain must end in.
    fn trust_anchors(&self) -> Vec<Bytes>;
}

/// Passes a chain that an issuer made, if it says what it was asked to say: whoever holds the
/// organisation's key is not believed blindly.
///
/// # Errors
/// `INTERNAL`.
pub(crate) fn check(
    verify: impl FnOnce(&TrustAnchors, &Chain, Timestamp) -> Result<Identity, CredentialError>,
    anchors: &TrustAnchors,
    chain: &Chain,
    (device, key): (&DeviceName, &[u8; 32]),
    now: Timestamp,
) -> Result<Identity> {
    verify(anchors, chain, now)
        .ok()
        .filter(|identity| identity.device == *device && identity.public_key == *key)
        .ok_or_else(|| {
            Error::internal("the organisation's authority made a certificate that does not verify")
        })
}
