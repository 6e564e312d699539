//! Certificates of organisations that hold their own authority.
//!
//! Whoever needs a certificate calls `Service::certify`. If the server holds the authority,
//! it is issued at once. Otherwise the [`SigningRequest`] goes to the streams of the
//! organisation's agents ([`subscribe`](fn@subscribe)), and the call waits: an agent that does not answer, or
//! is not there, costs the caller `AUTHORITY_UNAVAILABLE` and nothing else. What comes back
//! ([`complete`]) is believed only after it verifies as exactly what was asked for.

mod answer;
mod create_challenge;
mod desk;
mod subscribe;

#[cfg(test)]
mod tests;

pub use answer::{CompleteParams, RefuseParams, complete, refuse};
pub use create_challenge::{
    CreateSigningChallengeOutcome, CreateSigningChallengeParams, create_signing_challenge,
};
pub(crate) use desk::Desk;
pub use subscribe::{SigningStream, SubscribeParams, subscribe};

use bytes::Bytes;
use relais_mls::Chain;
use relais_types::{DeviceName, Error, Reason, Result, SigningId, Timestamp};

use crate::Service;

/// A request to certify a key, as an agent sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SigningRequest {
    /// Names the request in the answer; unguessable.
    pub id: SigningId,
    /// What is asked for.
    pub order: CertificateOrder,
}

/// Which certificate is asked for, and why it should be given.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateOrder {
    /// What it is for.
    pub kind: CertificateKind,
    /// Whom it names.
    pub device: DeviceName,
    /// The Ed25519 key.
    pub public_key: [u8; 32],
    /// What the device has signed.
    pub proof: SigningProof,
}

/// What a certificate is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CertificateKind {
    /// The MLS credential, over the signature key.
    Credential,
    /// What the device shows in TLS, over the device key.
    Transport,
}

/// What the device has signed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SigningProof {
    /// A new device: both keys over the invitation's digest.
    Enrolment(EnrolmentProof),
    /// A device that is enrolled: the key to certify over its own request.
    Renewal(RenewalProof),
}

/// What a new device has signed, and who the invitation says that it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EnrolmentProof {
    /// SHA-256 of the invitation code as it was sent.
    pub code_digest: [u8; 32],
    /// The key that signs in groups and on entries.
    pub signature_key: [u8; 32],
    /// The key that proves the device to the server.
    pub device_key: [u8; 32],
    /// By the signature key.
    pub signature_key_proof: [u8; 64],
    /// By the device key.
    pub device_key_proof: [u8; 64],
    /// The person's name.
    pub display_name: String,
    /// The person's profession code.
    pub profession: String,
    /// What the owner calls the device.
    pub device_label: String,
}

/// What an enrolled device has signed to get its next certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RenewalProof {
    /// Label of the signature.
    pub label: String,
    /// What was signed after the label; it begins with the device's id.
    pub message: Bytes,
    /// By the key to certify.
    pub signature: [u8; 64],
}

impl Service {
    /// Has the order's certificate signed by whoever holds the organisation's authority.
    ///
    /// # Errors
    /// `AUTHORITY_UNAVAILABLE` if the organisation holds it and does not answer in time,
    /// `AUTHORITY_REFUSED` if it says no; `INTERNAL` if the server's own cannot be used.
    pub(crate) async fn certify(&self, order: CertificateOrder, now: Timestamp) -> Result<Chain> {
        let organisation = order.device.organisation.clone();
        let own = self
            .store()
            .read("find_authority", async move |view| {
                view.organisation_authority(&organisation).await
            })
            .await?;
        let Some(own) = own else {
            return self.embedded(&order, now).await;
        };
        let certified = own.certified.ok_or_else(|| {
            unavailable(
                "the organisation brings its own authority, which the operator has not certified \
                 yet: ask the operator, then try again with the same invitation",
            )
        })?;
        let id = self.random(SigningId::random);
        let limits = self.limits();
        self.desk()
            .ask(
                SigningRequest { id, order },
                certified.certificate,
                limits.authority_grace(),
                limits.authority_timeout(),
            )
            .await
    }

    /// Deletes authorities of organisations that hold their own, in case the server was stopped
    /// between their certification and the deletion.
    ///
    /// # Errors
    /// `STORAGE_UNAVAILABLE`, `INTERNAL`.
    pub async fn forget_authorities(&self) -> Result<()> {
        let own = self
            .store()
            .read("own_authorities", async |view| view.own_authorities().await)
            .await?;
        for organisation in own {
            self.issuer().forget_organisation(&organisation).await?;
        }
        Ok(())
    }

    async fn embedded(&self, order: &CertificateOrder, now: Timestamp) -> Result<Chain> {
        let (issuer, device, key) = (self.issuer(), &order.device, &order.public_key);
        match order.kind {
            CertificateKind::Credential => issuer.issue(device, key, now).await,
            CertificateKind::Transport => issuer.transport(device, key, now).await,
        }
    }

    /// Whether `chain` is what `order` asks for, under the organisation's `authority` (DER).
    pub(crate) fn fulfils(
        &self,
        order: &CertificateOrder,
        authority: &Bytes,
        chain: &Chain,
    ) -> Result<()> {
        let invalid = |problem: String| {
            let mut error = Error::new(
                Reason::CredentialInvalid,
                format!("the certificate is not what was asked for: {problem}"),
            );
            error.field = Some("certificate_chain".to_owned());
            error
        };
        let named = match order.kind {
            CertificateKind::Credential => self.anchors().verify(chain, self.now()),
            CertificateKind::Transport => self.anchors().verify_transport(chain, self.now()),
        };
        let named = named.map_err(|error| invalid(error.to_string()))?;
        if chain.certificates().last() != Some(authority) {
            return Err(invalid("it is not below the certified authority".into()));
        }
        if named.device != order.device || named.public_key != order.public_key {
            return Err(invalid("it names another device or key".into()));
        }
        Ok(())
    }
}

fn unavailable(message: &'static str) -> Error {
    Error::new(Reason::AuthorityUnavailable, message)
}
