//! The device's two certificates, and renewing them.
//!
//! The one for TLS lives for a week; the device asks for the next one when a third of that is
//! left. How much is left is counted from when it came, so that a device whose clock is days
//! off renews in time all the same. The one for messaging lives for a year and is renewed in its
//! last two months, because it costs a commit in each group: the renewed certificate enters
//! the device's leaf, and new key packages replace the old ones.
//!
//! A device whose messaging certificate has expired can read what it has; it sends nothing before
//! it has a new one, since nobody could tell later whether it was still allowed to.

use std::{fmt, time::Duration};

use bytes::Bytes;
use relais_mls::{Chain, Mls, SigningKey, State, TrustAnchors};
use relais_proto::identity;
use relais_types::{CaseId, Error, Reason, Result, Timestamp};
use zeroize::Zeroizing;

use crate::{
    account::{Account, is_transient},
    event::{Call, Effect},
    purpose::Purpose,
    record::{self, ACCOUNT, AccountRecord, PLAN, PlanRecord, RenewalRecord, TransportRecord},
    signed,
};

/// Row of the [`TransportRecord`].
const TRANSPORT: &[u8] = b"transport";
/// Row of the [`RenewalRecord`] of the certificate for TLS.
const RENEW_TRANSPORT: &[u8] = b"renewal/transport";
/// Row of the [`RenewalRecord`] of the certificate for messaging.
const RENEW_CREDENTIAL: &[u8] = b"renewal/credential";
const TRANSPORT_PROOF: &str = "relais/renew-transport/v1";
const CREDENTIAL_PROOF: &str = "relais/renew-credential/v1";
/// How long before its end the messaging certificate is renewed.
const EARLY: Duration = Duration::from_hours(60 * 24);
/// Pause after a renewal that may be tried again.
const PAUSE: Duration = Duration::from_secs(30);
/// Pause after a renewal that was refused for what it is.
const LONG_PAUSE: Duration = Duration::from_hours(12);

/// What a device shows to the server's TLS: its certificate, and the key of it.
#[derive(Clone, PartialEq, Eq)]
pub struct TransportCertificate {
    /// The chain as PEM, the device's certificate first.
    pub certificate_pem: String,
    /// The secret key as PEM (PKCS #8).
    pub key_pem: Zeroizing<String>,
    /// How long it can still be used.
    pub left: Duration,
}

impl fmt::Debug for TransportCertificate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportCertificate")
            .field("left", &self.left)
            .finish_non_exhaustive()
    }
}

/// How the renewals stand.
#[derive(Debug, Default)]
pub(crate) struct Renewals {
    transport_again: Option<Timestamp>,
    credential_again: Option<Timestamp>,
    /// True once the server has said that the messaging certificate is far from its end, so
    /// that this device's clock must be wrong.
    too_early: bool,
}

impl Account {
    /// What to connect with, if there is a certificate that holds.
    ///
    /// # Errors
    /// `INTERNAL` if the store is damaged.
    pub fn transport_certificate(&self) -> Result<Option<TransportCertificate>> {
        let Some((received, chain, lifetime)) = self.held()? else {
            return Ok(None);
        };
        let left = lifetime.saturating_sub(self.now().since(received));
        Ok((!left.is_zero()).then(|| TransportCertificate {
            certificate_pem: chain.to_pem(),
            key_pem: self.prover.key().to_pkcs8_pem(),
            left,
        }))
    }

    /// True if nothing may be sent before the messaging certificate is renewed.
    pub(crate) fn is_expired(&self) -> bool {
        self.mls.identity().not_after <= self.now() && !self.renewals.too_early
    }

    /// When a renewal is due, as far as that is known.
    pub(crate) fn next_renewal(&self) -> Option<Timestamp> {
        let transport = self.transport_due().ok()?;
        [transport, self.credential_due()]
            .into_iter()
            .flatten()
            .min()
    }

    /// Asks for the certificates that are due.
    pub(crate) fn renew_certificates(&mut self) -> Result<()> {
        if !self.is_connected() || self.is_revoked {
            return Ok(());
        }
        let now = self.now();
        if self.transport_due()?.is_some_and(|due| due <= now) {
            self.renew_transport()?;
        }
        if self.credential_due().is_some_and(|due| due <= now) {
            self.renew_credential()?;
        }
        self.plan_renewals()
    }

    fn renew_transport(&mut self) -> Result<()> {
        if self.is_calling(|purpose| matches!(purpose, Purpose::RenewTransport)) {
            return Ok(());
        }
        let request_id = self.renewal_id(RENEW_TRANSPORT)?;
        let proof = self.renewal_proof(self.prover.key(), TRANSPORT_PROOF, &request_id);
        let request = identity::RenewTransportCertificateRequest {
            request_id,
            device_key_proof: proof,
        };
        let call = Call::RenewTransportCertificate(request);
        self.call(Purpose::RenewTransport, call);
        Ok(())
    }

    fn renew_credential(&mut self) -> Result<()> {
        if self.is_calling(|purpose| matches!(purpose, Purpose::RenewCredential)) {
            return Ok(());
        }
        let request_id = self.renewal_id(RENEW_CREDENTIAL)?;
        let proof = self.renewal_proof(self.mls.key(), CREDENTIAL_PROOF, &request_id);
        let request = identity::RenewCredentialRequest {
            request_id,
            signature_key_proof: proof,
        };
        self.call(Purpose::RenewCredential, Call::RenewCredential(request));
        Ok(())
    }

    /// The request id of a renewal, the same until it is answered.
    fn renewal_id(&mut self, row: &[u8]) -> Result<Bytes> {
        if let Some(begun) = record::read::<RenewalRecord>(&self.state, row)? {
            return Ok(begun.request_id);
        }
        let request_id = self.request_id();
        let begun = RenewalRecord {
            request_id: request_id.clone(),
        };
        record::write(&mut self.state, row.to_vec(), &begun);
        Ok(request_id)
    }

    fn renewal_proof(&self, key: &SigningKey, label: &str, request_id: &[u8]) -> Bytes {
        let device = self.me.device.device;
        let message = [device.as_bytes().as_slice(), request_id].concat();
        Bytes::copy_from_slice(&key.sign(label, &message))
    }

    /// A new certificate for TLS came: from now on the device connects with it.
    pub(crate) fn transport_renewed(&mut self, certificates: Vec<Bytes>) -> Result<()> {
        self.state.delete(RENEW_TRANSPORT);
        let now = self.now();
        let stored = store(
            &mut self.state,
            &self.mls,
            self.prover.key(),
            certificates,
            now,
        );
        if let Err(error) = stored {
            self.renewal_failed(&Purpose::RenewTransport, &error);
            return Ok(());
        }
        self.renewals.transport_again = None;
        if let Some(certificate) = self.transport_certificate()? {
            self.effect(Effect::Certified(certificate));
        }
        Ok(())
    }

    /// The certificate for TLS is of no use: another one is due at once.
    pub(crate) fn forget_transport(&mut self) {
        self.state.delete(TRANSPORT);
    }

    /// A new certificate for messaging came: each group is to see it, and so is whoever adds
    /// this device to another one.
    pub(crate) fn credential_renewed(&mut self, certificates: Vec<Bytes>) -> Result<()> {
        self.state.delete(RENEW_CREDENTIAL);
        let renewed = Chain::new(certificates.clone())
            .and_then(|chain| Ok((chain.validity()?.0, chain)))
            .map_err(signed::credential)
            .and_then(|(begin, chain)| {
                // A clock that is late must not refuse what begins now.
                let at = self.now().max(begin);
                self.mls.renew(chain, at).map_err(signed::mls)
            });
        if let Err(error) = renewed {
            self.renewal_failed(&Purpose::RenewCredential, &error);
            return Ok(());
        }
        self.renewals.credential_again = None;
        self.renewals.too_early = false;
        let account: Option<AccountRecord> = record::read(&self.state, ACCOUNT)?;
        let mut account = account.ok_or_else(|| record::damaged("the account is gone"))?;
        account.certificate_chain = certificates;
        record::write(&mut self.state, ACCOUNT.to_vec(), &account);
        self.restock_key_packages()?;
        self.plan_renewals()
    }

    pub(crate) fn renewal_failed(&mut self, purpose: &Purpose, error: &Error) {
        if error.reason == Reason::DeviceRevoked {
            return self.revoked();
        }
        let of_credential = matches!(purpose, Purpose::RenewCredential);
        let pause = if is_transient(error) {
            error.retry_after.unwrap_or_default() + PAUSE
        } else {
            tracing::warn!(
                reason = error.reason.as_str(),
                "a certificate was not renewed"
            );
            self.state.delete(if of_credential {
                RENEW_CREDENTIAL
            } else {
                RENEW_TRANSPORT
            });
            LONG_PAUSE
        };
        let again = Some(self.now().plus(pause));
        if of_credential {
            self.renewals.too_early = error.reason == Reason::RenewalTooEarly;
            self.renewals.credential_again = again;
        } else {
            self.renewals.transport_again = again;
        }
    }

    /// True if the group's tree shows the certificate that this device has now, and if it is
    /// in no position to say.
    pub(crate) fn has_current_leaf(&self, case: CaseId) -> bool {
        let Ok(members) = self.mls.members(&self.state, case) else {
            return true;
        };
        let own = members
            .iter()
            .find(|member| member.identity.device == self.me.device);
        own.is_none_or(|own| own.chain == *self.mls.chain())
    }

    /// Plans a commit in each case whose group shows an earlier certificate of this device.
    fn plan_renewals(&mut self) -> Result<()> {
        let open = self.cases.iter().filter(|(_, case)| case.is_open());
        let open: Vec<CaseId> = open.map(|(id, _)| *id).collect();
        for case in open {
            if self.has_current_leaf(case) || self.plans_renewal(case)? {
                continue;
            }
            let plan = PlanRecord {
                renews: true,
                ..PlanRecord::default()
            };
            self.append_plan(case, &plan)?;
        }
        Ok(())
    }

    fn plans_renewal(&self, case: CaseId) -> Result<bool> {
        for (_, value) in self.state.scan(&record::key(PLAN, case)) {
            if record::decode::<PlanRecord>(value)?.renews {
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// The certificate could not be brought into a group. Any later commit of this device
    /// will, and it is planned again with the next connection.
    pub(crate) fn renewal_not_made(&mut self, case: CaseId, order: u64, error: &Error) {
        tracing::warn!(%case, %error, "the renewed certificate did not enter the group");
        self.state.delete(&record::numbered(PLAN, case, order));
    }

    /// When the certificate for TLS came, itself, and how long it lives.
    fn held(&self) -> Result<Option<(Timestamp, Chain, Duration)>> {
        let Some(row) = record::read::<TransportRecord>(&self.state, TRANSPORT)? else {
            return Ok(None);
        };
        let chain = Chain::new(row.certificate_chain).map_err(signed::credential)?;
        let (begin, end) = chain.validity().map_err(signed::credential)?;
        let received = Timestamp::from_micros(row.received_at);
        Ok(Some((received, chain, end.since(begin))))
    }

    /// When the certificate for TLS is to be renewed.
    fn transport_due(&self) -> Result<Option<Timestamp>> {
        if self.is_calling(|purpose| matches!(purpose, Purpose::RenewTransport)) {
            return Ok(None);
        }
        let now = self.now();
        let due = match self.held()? {
            // An account of an earlier version, or one whose last renewal made no sense.
            None => now,
            Some((received, _, lifetime)) => {
                // From a future that was none: nobody knows how old it is.
                if received > now {
                    now
                } else {
                    received.plus(lifetime * 2 / 3)
                }
            }
        };
        Ok(Some(
            self.renewals
                .transport_again
                .map_or(due, |again| again.max(due)),
        ))
    }

    /// When the certificate for messaging is to be renewed.
    fn credential_due(&self) -> Option<Timestamp> {
        if self.is_calling(|purpose| matches!(purpose, Purpose::RenewCredential)) {
            return None;
        }
        let end = self.mls.identity().not_after.as_micros();
        let early = i64::try_from(EARLY.as_micros()).unwrap_or(i64::MAX);
        let due = Timestamp::from_micros(end.saturating_sub(early));
        Some(
            self.renewals
                .credential_again
                .map_or(due, |again| again.max(due)),
        )
    }
}

/// Stores the certificate for TLS that came with the enrolment, if one did.
///
/// # Errors
/// `CREDENTIAL_INVALID` if it is not this device's.
pub(crate) fn store_first(
    state: &mut State,
    mls: &Mls,
    device_key: &SigningKey,
    certificates: Vec<Bytes>,
    now: Timestamp,
) -> Result<()> {
    if certificates.is_empty() {
        return Ok(());
    }
    store(state, mls, device_key, certificates, now)
}

/// Stores a certificate for TLS that came now, if it is for this device and its key.
fn store(
    state: &mut State,
    mls: &Mls,
    device_key: &SigningKey,
    certificates: Vec<Bytes>,
    now: Timestamp,
) -> Result<()> {
    let verified = |anchors: &TrustAnchors| {
        let chain = Chain::new(certificates.clone())?;
        // Its own time and not ours: the server judges by its clock.
        anchors.verify_transport(&chain, chain.validity()?.0)
    };
    let named = verified(mls.anchors()).map_err(signed::credential)?;
    if named.device != mls.identity().device || named.public_key != device_key.public() {
        return Err(Error::new(
            Reason::CredentialInvalid,
            "the transport certificate names another device or key: report it to your \
             administrator",
        ));
    }
    let row = TransportRecord {
        certificate_chain: certificates,
        received_at: now.as_micros(),
    };
    record::write(state, TRANSPORT.to_vec(), &row);
    Ok(())
}
