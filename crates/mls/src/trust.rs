//! Verification of certificate chains against the federation's roots.

use std::{fmt, time::Duration};

use openmls::prelude::{Credential, SignaturePublicKey};
use relais_types::Timestamp;
use rustls_pki_types::{
    AlgorithmIdentifier, CertificateDer, InvalidSignature, SignatureVerificationAlgorithm,
    TrustAnchor, UnixTime, alg_id,
};
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use crate::{
    Chain, CredentialError, Identity,
    credential::{parse, permitted_domain},
    key::verify_raw,
};

/// `id-kp-imUri` (RFC 9734 §3), the extended key usage for messaging credentials:
/// 1.3.6.1.5.5.7.3.40. With it no TLS server takes a messaging certificate for a client's.
const MESSAGING: &[u8] = &[43, 6, 1, 5, 5, 7, 3, 40];

/// `id-kp-clientAuth` (RFC 5280 §4.2.1.12), the one of transport certificates:
/// 1.3.6.1.5.5.7.3.2. With it nobody takes a transport certificate for a messaging credential.
const CLIENT_AUTH: &[u8] = &[43, 6, 1, 5, 5, 7, 3, 2];

/// The federation roots that this device or server trusts.
#[derive(Clone)]
pub struct TrustAnchors(Vec<TrustAnchor<'static>>);

impl TrustAnchors {
    /// Trusts `roots`, each a DER certificate.
    ///
    /// # Errors
    /// [`CredentialError::Malformed`] if one is not a certificate, or there is none.
    pub fn from_der(roots: &[impl AsRef<[u8]>]) -> Result<Self, CredentialError> {
        if roots.is_empty() {
            return Err(CredentialError::Malformed("there is no trust anchor"));
        }
        roots
            .iter()
            .map(|root| {
                anchor_from_trusted_cert(&CertificateDer::from(root.as_ref()))
                    .map(|anchor| anchor.to_owned())
                    .map_err(|_| CredentialError::Malformed("a trust anchor is no certificate"))
            })
            .collect::<Result<_, _>>()
            .map(Self)
    }

    /// Whom `chain` names, after all checks: path validation (RFC 5280 §6) at the time `at`
    /// with Ed25519 alone, the messaging key usage, the organisation's name constraint, and
    /// that the organisation is the very one of the device's name, not a domain above it.
    ///
    /// # Errors
    /// Which check failed.
    pub fn verify(&self, chain: &Chain, at: Timestamp) -> Result<Identity, CredentialError> {
        self.verify_for(chain, MESSAGING, at)
    }

    /// As [`TrustAnchors::verify`], for a transport certificate: one that shows a device to
    /// TLS servers. A messaging credential is none, and the other way round.
    ///
    /// # Errors
    /// Which check failed.
    pub fn verify_transport(
        &self,
        chain: &Chain,
        at: Timestamp,
    ) -> Result<Identity, CredentialError> {
        self.verify_for(chain, CLIENT_AUTH, at)
    }

    fn verify_for(
        &self,
        chain: &Chain,
        usage: &'static [u8],
        at: Timestamp,
    ) -> Result<Identity, CredentialError> {
        let device = CertificateDer::from(chain.device_der());
        let organisation = [CertificateDer::from(chain.organisation_der())];
        let at = UnixTime::since_unix_epoch(Duration::from_secs(
            u64::try_from(at.as_secs()).unwrap_or(0),
        ));
        EndEntityCert::try_from(&device)
            .and_then(|device| {
                device
                    .verify_for_usage(
                        &[&Ed25519],
                        &self.0,
                        &organisation,
                        at,
                        KeyUsage::required(usage),
                        None,
                        None,
                    )
                    .map(|path| path.intermediate_certificates().count())
            })
            .map_err(|error| CredentialError::from(&error))
            .and_then(|length| match length {
                1 => Ok(()),
                _ => Err(CredentialError::Malformed(
                    "the organisation must have issued the device's certificate",
                )),
            })?;
        let identity = chain.named()?;
        let permitted = permitted_domain(&parse(chain.organisation_der())?)?;
        if permitted != identity.device.organisation {
            return Err(CredentialError::NameConstraint);
        }
        Ok(identity)
    }

    /// As [`Self::verify_member`] at `at`, but a certificate that has expired by then may pass
    /// if all the rest held until the moment it did.
    pub(crate) fn verify_standing_member(
        &self,
        credential: &Credential,
        key: &[u8],
        at: Timestamp,
    ) -> Result<Identity, CredentialError> {
        match self.verify_member(credential, key, at) {
            Err(CredentialError::Expired) => {
                let until = Chain::from_credential(credential)?.valid_until()?;
                self.verify_member(credential, key, until.min(at))
            }
            verdict => verdict,
        }
    }

    /// Verifies the credential of a leaf or key package, and that it certifies the leaf's key.
    pub(crate) fn verify_leaf(
        &self,
        credential: &Credential,
        key: &SignaturePublicKey,
        at: Timestamp,
    ) -> Result<Identity, CredentialError> {
        self.verify_member(credential, key.as_slice(), at)
    }

    pub(crate) fn verify_member(
        &self,
        credential: &Credential,
        key: &[u8],
        at: Timestamp,
    ) -> Result<Identity, CredentialError> {
        let identity = self.verify(&Chain::from_credential(credential)?, at)?;
        if identity.public_key != key {
            return Err(CredentialError::KeyMismatch);
        }
        Ok(identity)
    }
}

impl fmt::Debug for TrustAnchors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "TrustAnchors({})", self.0.len())
    }
}

impl From<&webpki::Error> for CredentialError {
    fn from(error: &webpki::Error) -> Self {
        use webpki::Error as E;
        match error {
            E::UnknownIssuer => Self::UnknownIssuer,
            E::CertExpired { .. } => Self::Expired,
            E::CertNotValidYet { .. } => Self::NotYetValid,
            E::NameConstraintViolation => Self::NameConstraint,
            E::InvalidSignatureForPublicKey => Self::BadSignature,
            E::BadDer | E::BadDerTime | E::TrailingData(_) => {
                Self::Malformed("not a DER certificate")
            }
            other => Self::Path(other.to_string()),
        }
    }
}

/// Ed25519 for webpki over the same pure-Rust implementation that MLS signs with, so that
/// verification compiles for the browser.
#[derive(Debug)]
struct Ed25519;

impl SignatureVerificationAlgorithm for Ed25519 {
    fn verify_signature(
        &self,
        public_key: &[u8],
        message: &[u8],
        signature: &[u8],
    ) -> Result<(), InvalidSignature> {
        verify_raw(public_key, message, signature).ok_or(InvalidSignature)
    }

    fn public_key_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ED25519
    }

    fn signature_alg_id(&self) -> AlgorithmIdentifier {
        alg_id::ED25519
    }
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;

    use super::*;
    use crate::{
        authority::{Root, TRANSPORT_LIFETIME},
        fixture::{NOW, YEAR, device_of, domain, key},
    };

    fn federation() -> (Root, TrustAnchors) {
        let root = Root::generate().unwrap();
        let anchors = TrustAnchors::from_der(&[root.certificate_der()]).unwrap();
        (root, anchors)
    }

    #[test]
    fn a_chain_names_its_device_and_key() {
        let (root, anchors) = federation();
        let device = device_of("laurier.internal", 1);
        let chain = root
            .organisation(&device.organisation, NOW)
            .unwrap()
            .issue(&device, &key(1).public(), NOW)
            .unwrap();
        let identity = anchors.verify(&chain, NOW).unwrap();
        assert_eq!(identity.device, device);
        assert_eq!(identity.public_key, key(1).public());
        assert_eq!(chain.named().unwrap(), identity);
        let credential = chain.to_credential();
        assert_eq!(Chain::from_credential(&credential).unwrap(), chain);
        let total: usize = chain.certificates().iter().map(Bytes::len).sum();
        assert!(total < 1024, "{total} bytes in every tree");
        assert_eq!(
            anchors.verify_member(&credential, &key(2).public(), NOW),
            Err(CredentialError::KeyMismatch)
        );
    }

    #[test]
    fn a_certificate_serves_its_own_purpose_alone() {
        let (root, anchors) = federation();
        let device = device_of("laurier.internal", 1);
        let ca = root.organisation(&device.organisation, NOW).unwrap();
        let messaging = ca.issue(&device, &key(1).public(), NOW).unwrap();
        let transport = ca.issue_transport(&device, &key(2).public(), NOW).unwrap();
        let identity = anchors.verify_transport(&transport, NOW).unwrap();
        assert_eq!(identity.device, device);
        assert_eq!(identity.public_key, key(2).public());
        assert_eq!(identity.not_after, NOW.plus(TRANSPORT_LIFETIME));
        let other_purpose = |refused: Result<Identity, CredentialError>| {
            assert!(
                matches!(refused, Err(CredentialError::Path(_))),
                "{refused:?}"
            );
        };
        other_purpose(anchors.verify(&transport, NOW));
        other_purpose(anchors.verify_transport(&messaging, NOW));
        let credential = transport.to_credential();
        other_purpose(anchors.verify_member(&credential, &key(2).public(), NOW));
        assert_eq!(
            anchors.verify_transport(&transport, NOW.plus(TRANSPORT_LIFETIME * 2)),
            Err(CredentialError::Expired)
        );
        // The constraint holds for both.
        let foreign = device_of("parc.internal", 1);
        let outside = ca.issue_transport_unchecked(&foreign, &key(2).public(), NOW);
        assert_eq!(
            anchors.verify_transport(&outside.unwrap(), NOW),
            Err(CredentialError::NameConstraint)
        );
        assert!(ca.issue_transport(&foreign, &key(2).public(), NOW).is_err());
    }

    #[test]
    fn dates_count() {
        let (root, anchors) = federation();
        let device = device_of("laurier.internal", 1);
        let ca = root.organisation(&device.organisation, NOW).unwrap();
        let chain = ca.issue(&device, &key(1).public(), NOW).unwrap();
        let early = Timestamp::from_micros(NOW.as_micros() - 7_200_000_000);
        assert_eq!(
            anchors.verify(&chain, early),
            Err(CredentialError::NotYetValid)
        );
        assert_eq!(
            anchors.verify(&chain, NOW.plus(YEAR * 2)),
            Err(CredentialError::Expired)
        );
        let identity = anchors.verify(&chain, NOW.plus(YEAR / 2)).unwrap();
        assert!(identity.not_after > NOW.plus(YEAR / 2) && identity.not_after <= NOW.plus(YEAR));
    }

    #[test]
    fn another_root_is_refused() {
        let (_, anchors) = federation();
        let (forger, _) = federation();
        let device = device_of("laurier.internal", 1);
        let chain = forger
            .organisation(&device.organisation, NOW)
            .unwrap()
            .issue(&device, &key(1).public(), NOW)
            .unwrap();
        // Both roots have the same name, so the signature is what fails.
        assert_eq!(
            anchors.verify(&chain, NOW),
            Err(CredentialError::BadSignature)
        );
    }

    #[test]
    fn an_organisation_cannot_name_people_of_another() {
        let (root, anchors) = federation();
        let parc = root.organisation(&domain("parc.internal"), NOW).unwrap();
        for foreign in ["laurier.internal", "notparc.internal"] {
            let chain = parc
                .issue_unchecked(&device_of(foreign, 1), &key(1).public(), NOW)
                .unwrap();
            assert_eq!(
                anchors.verify(&chain, NOW),
                Err(CredentialError::NameConstraint),
                "{foreign}"
            );
        }
        // A domain below passes path validation, and is another organisation all the same.
        let below = parc
            .issue_unchecked(&device_of("clinic.parc.internal", 1), &key(1).public(), NOW)
            .unwrap();
        assert_eq!(
            anchors.verify(&below, NOW),
            Err(CredentialError::NameConstraint)
        );
    }

    #[test]
    fn a_mixed_chain_is_refused() {
        let (root, anchors) = federation();
        let device = device_of("laurier.internal", 1);
        let laurier = root.organisation(&device.organisation, NOW).unwrap();
        let parc = root.organisation(&domain("parc.internal"), NOW).unwrap();
        let own = laurier.issue(&device, &key(1).public(), NOW).unwrap();
        let other = parc
            .issue(&device_of("parc.internal", 2), &key(2).public(), NOW)
            .unwrap();
        let mixed = Chain::new(vec![
            own.certificates()[0].clone(),
            other.certificates()[1].clone(),
        ])
        .unwrap();
        assert!(anchors.verify(&mixed, NOW).is_err());
        let twice = Chain::new(vec![own.certificates()[1].clone(); 2]).unwrap();
        assert!(anchors.verify(&twice, NOW).is_err());
        let swapped = Chain::new(own.certificates().iter().rev().cloned().collect()).unwrap();
        assert!(anchors.verify(&swapped, NOW).is_err());
    }

    #[test]
    fn any_changed_byte_is_refused() {
        let (root, anchors) = federation();
        let device = device_of("laurier.internal", 1);
        let chain = root
            .organisation(&device.organisation, NOW)
            .unwrap()
            .issue(&device, &key(1).public(), NOW)
            .unwrap();
        for which in 0..2 {
            let der = &chain.certificates()[which];
            for at in 0..der.len() {
                let mut certificates = chain.certificates().to_vec();
                let mut changed = der.to_vec();
                changed[at] ^= 1;
                certificates[which] = changed.into();
                let changed = Chain::new(certificates).unwrap();
                assert!(anchors.verify(&changed, NOW).is_err(), "{which} at {at}");
            }
        }
    }

    #[test]
    fn malformed_chains_are_refused() {
        let der = Bytes::from_static(b"x");
        assert!(Chain::new(vec![der.clone()]).is_err());
        assert!(Chain::new(vec![der.clone(); 3]).is_err());
        assert!(Chain::new(vec![der.clone(), Bytes::new()]).is_err());
        assert!(Chain::new(vec![der.clone(), vec![0; 5000].into()]).is_err());
        let (_, anchors) = federation();
        assert!(
            anchors
                .verify(&Chain::new(vec![der.clone(), der]).unwrap(), NOW)
                .is_err()
        );
        assert!(TrustAnchors::from_der(&[b"x"]).is_err());
        assert!(TrustAnchors::from_der(&[] as &[Bytes]).is_err());
    }
}
