//! Issuing: the federation root and the organisations' authorities below it.
//!
//! Behind the feature `authority`, because rcgen's cryptography does not compile for the
//! browser. An organisation that holds its own key needs nothing of this: whatever issues
//! certificates of the same profile will do.

use std::{fmt, time::Duration};

use bytes::Bytes;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose,
    GeneralSubtree, IsCa, Issuer, KeyPair, KeyUsagePurpose, NameConstraints, PKCS_ED25519,
    PublicKeyData, SanType, SerialNumber, SignatureAlgorithm, date_time_ymd,
};
use relais_types::{DeviceName, OrgDomain, Timestamp};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::{
    Chain, CredentialError,
    credential::{dns_name, parse, permitted_domain},
};

mod organisation_key;

pub use organisation_key::{OrganisationKey, certificate_der, certificate_pem};

/// How long a device's messaging certificate lives: long, because renewing it costs a commit
/// in every group of the device.
pub const DEVICE_LIFETIME: Duration = Duration::from_hours(365 * 24);

/// How long a device's transport certificate lives: short, because the device renews it by
/// itself and nobody else keeps it.
pub const TRANSPORT_LIFETIME: Duration = Duration::from_hours(7 * 24);

/// How long an organisation's certificate lives.
pub const ORGANISATION_LIFETIME: Duration = Duration::from_hours(10 * 365 * 24);

/// Certificates begin this much before they are issued, for clocks that run late.
const BACKDATED: Duration = Duration::from_hours(1);

/// The federation's root: everybody's trust anchor. Its key belongs offline.
pub struct Root {
    der: Bytes,
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl Root {
    /// A new root.
    ///
    /// # Errors
    /// If the cryptographic library fails.
    pub fn generate() -> Result<Self, IssueError> {
        let key = KeyPair::generate_for(&PKCS_ED25519)?;
        let certificate = root_params().self_signed(&key)?;
        Ok(Self {
            der: Bytes::copy_from_slice(certificate.der()),
            pem: certificate.pem(),
            issuer: Issuer::new(root_params(), key),
        })
    }

    /// The root that [`Root::to_pem`] wrote.
    ///
    /// # Errors
    /// If either is malformed, or the key is not the certificate's.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, IssueError> {
        let (der, key) = read_pem(certificate, key)?;
        Ok(Self {
            der,
            pem: certificate.to_owned(),
            issuer: Issuer::new(root_params(), key),
        })
    }

    /// The certificate and the secret key (PKCS #8), as PEM.
    pub fn to_pem(&self) -> (String, Zeroizing<String>) {
        (self.pem.clone(), self.issuer.key().serialize_pem().into())
    }

    /// The certificate, for [`TrustAnchors::from_der`](crate::TrustAnchors::from_der).
    pub fn certificate_der(&self) -> Bytes {
        self.der.clone()
    }

    /// A new authority for an organisation, which can certify only names below `domain`.
    ///
    /// # Errors
    /// If the cryptographic library fails.
    pub fn organisation(
        &self,
        domain: &OrgDomain,
        now: Timestamp,
    ) -> Result<OrganisationCa, IssueError> {
        self.certify(domain, KeyPair::generate_for(&PKCS_ED25519)?, now)
    }

    /// The same authority with the same key under a certificate of today's profile. What it has
    /// certified stays valid.
    ///
    /// # Errors
    /// If the cryptographic library fails.
    pub fn recertify(
        &self,
        authority: &OrganisationCa,
        now: Timestamp,
    ) -> Result<OrganisationCa, IssueError> {
        let key = KeyPair::from_pem(&authority.to_pem().1)?;
        self.certify(&authority.domain, key, now)
    }

    fn certify(
        &self,
        domain: &OrgDomain,
        key: KeyPair,
        now: Timestamp,
    ) -> Result<OrganisationCa, IssueError> {
        let mut params = organisation_params(domain);
        validity(&mut params, now, ORGANISATION_LIFETIME);
        params.serial_number = Some(serial(&[domain.as_str().as_bytes(), key.der_bytes()], now));
        let certificate = params.signed_by(&key, &self.issuer)?;
        Ok(OrganisationCa {
            domain: domain.clone(),
            der: Bytes::copy_from_slice(certificate.der()),
            pem: certificate.pem(),
            issuer: Issuer::new(params, key),
        })
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Root(…)")
    }
}

/// An organisation's authority: it certifies the devices of its own people.
pub struct OrganisationCa {
    domain: OrgDomain,
    der: Bytes,
    pem: String,
    issuer: Issuer<'static, KeyPair>,
}

impl OrganisationCa {
    /// The authority that [`OrganisationCa::to_pem`] wrote.
    ///
    /// # Errors
    /// If either is malformed, or the key is not the certificate's.
    pub fn from_pem(certificate: &str, key: &str) -> Result<Self, IssueError> {
        let (der, key) = read_pem(certificate, key)?;
        let domain = permitted_domain(&parse(&der)?)?;
        Ok(Self {
            issuer: Issuer::new(organisation_params(&domain), key),
            domain,
            der,
            pem: certificate.to_owned(),
        })
    }

    /// The certificate and the secret key (PKCS #8), as PEM.
    pub fn to_pem(&self) -> (String, Zeroizing<String>) {
        (self.pem.clone(), self.issuer.key().serialize_pem().into())
    }

    /// Whether it may certify for TLS, which the first version's authorities may not:
    /// [`Root::recertify`] them.
    pub fn certifies_transport(&self) -> bool {
        parse(&self.der)
            .ok()
            .and_then(|certificate| {
                let usage = certificate.extended_key_usage().ok().flatten()?;
                Some(usage.value.client_auth)
            })
            .unwrap_or_default()
    }

    /// The organisation.
    pub fn domain(&self) -> &OrgDomain {
        &self.domain
    }

    /// The certificate as DER.
    pub fn certificate_der(&self) -> Bytes {
        self.der.clone()
    }

    /// Certifies that `device` holds `signature_key`, for [`DEVICE_LIFETIME`]. The caller has
    /// checked the proof of possession.
    ///
    /// # Errors
    /// [`IssueError::ForeignDevice`] if the device is another organisation's.
    pub fn issue(
        &self,
        device: &DeviceName,
        signature_key: &[u8; 32],
        now: Timestamp,
    ) -> Result<Chain, IssueError> {
        if device.organisation != self.domain {
            return Err(IssueError::ForeignDevice);
        }
        self.issue_unchecked(device, signature_key, now)
    }

    /// Certifies that `device` holds `device_key` and may show itself with it to TLS servers,
    /// for [`TRANSPORT_LIFETIME`]. The caller has checked the proof of possession.
    ///
    /// # Errors
    /// [`IssueError::ForeignDevice`] if the device is another organisation's.
    pub fn issue_transport(
        &self,
        device: &DeviceName,
        device_key: &[u8; 32],
        now: Timestamp,
    ) -> Result<Chain, IssueError> {
        if device.organisation != self.domain {
            return Err(IssueError::ForeignDevice);
        }
        self.issue_transport_unchecked(device, device_key, now)
    }

    pub(crate) fn issue_unchecked(
        &self,
        device: &DeviceName,
        signature_key: &[u8; 32],
        now: Timestamp,
    ) -> Result<Chain, IssueError> {
        self.certify(device, signature_key, messaging(), now, DEVICE_LIFETIME)
    }

    pub(crate) fn issue_transport_unchecked(
        &self,
        device: &DeviceName,
        device_key: &[u8; 32],
        now: Timestamp,
    ) -> Result<Chain, IssueError> {
        let purpose = ExtendedKeyUsagePurpose::ClientAuth;
        self.certify(device, device_key, purpose, now, TRANSPORT_LIFETIME)
    }

    fn certify(
        &self,
        device: &DeviceName,
        key: &[u8; 32],
        purpose: ExtendedKeyUsagePurpose,
        now: Timestamp,
        lifetime: Duration,
    ) -> Result<Chain, IssueError> {
        let name = dns_name(device);
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params.serial_number = Some(serial(&[name.as_bytes(), key], now));
        params.subject_alt_names = vec![SanType::DnsName(name.try_into()?)];
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![purpose];
        validity(&mut params, now, lifetime);
        let certificate = params.signed_by(&Ed25519Key(key), &self.issuer)?;
        Ok(Chain::new(vec![
            Bytes::copy_from_slice(certificate.der()),
            self.der.clone(),
        ])?)
    }
}

impl fmt::Debug for OrganisationCa {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "OrganisationCa({}, …)", self.domain)
    }
}

/// Why a certificate was not issued or an authority not read.
#[derive(Debug, thiserror::Error)]
pub enum IssueError {
    /// The device belongs to another organisation: ask that one.
    #[error("the device belongs to another organisation: ask its authority")]
    ForeignDevice,
    /// The key is not the certificate's.
    #[error(
        "the key does not belong to the certificate: check that both files are of one authority"
    )]
    KeyMismatch,
    /// The PEM cannot be read.
    #[error("the certificate is not PEM: check the file")]
    Pem,
    /// The certificate is not of our profile.
    #[error(transparent)]
    Credential(#[from] CredentialError),
    /// The cryptographic library failed, or the key cannot be read.
    #[error("issuing failed: {0}")]
    Library(#[from] rcgen::Error),
}

/// A device's public key, as rcgen wants to see it.
struct Ed25519Key<'a>(&'a [u8; 32]);

impl PublicKeyData for Ed25519Key<'_> {
    fn der_bytes(&self) -> &[u8] {
        self.0
    }

    fn algorithm(&self) -> &'static SignatureAlgorithm {
        &PKCS_ED25519
    }
}

fn root_params() -> CertificateParams {
    // The dates of a trust anchor are not checked (RFC 5280 §6.1.1): replacing it is an
    // operator's decision, so it keeps rcgen's, which never end.
    authority_params("Relais federation root", 1)
}

fn organisation_params(domain: &OrgDomain) -> CertificateParams {
    let mut params = authority_params(domain.as_str(), 0);
    // What the organisation may certify: both certificates of a device, and nothing else.
    params.extended_key_usages = vec![messaging(), ExtendedKeyUsagePurpose::ClientAuth];
    params.name_constraints = Some(NameConstraints {
        permitted_subtrees: vec![GeneralSubtree::DnsName(domain.as_str().to_owned())],
        excluded_subtrees: vec![],
    });
    params
}

fn authority_params(name: &str, below: u8) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(below));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    params
}

/// `id-kp-imUri` (RFC 9734 §3).
fn messaging() -> ExtendedKeyUsagePurpose {
    ExtendedKeyUsagePurpose::Other(vec![1, 3, 6, 1, 5, 5, 7, 3, 40])
}

fn validity(params: &mut CertificateParams, now: Timestamp, lifetime: Duration) {
    let epoch = date_time_ymd(1970, 1, 1);
    let now = now.since(Timestamp::default());
    params.not_before = epoch + now.saturating_sub(BACKDATED);
    params.not_after = epoch + now.saturating_add(lifetime);
}

/// Unique for an authority (RFC 5280 §4.1.2.2) without a counter to keep.
fn serial(parts: &[&[u8]], now: Timestamp) -> SerialNumber {
    let mut hash = Sha256::new();
    hash.update(now.as_micros().to_be_bytes());
    for part in parts {
        hash.update(part);
    }
    let mut serial = hash.finalize()[..16].to_vec();
    serial[0] = serial[0] & 0x3f | 0x40; // positive, and always 16 bytes
    SerialNumber::from(serial)
}

fn read_pem(certificate: &str, key: &str) -> Result<(Bytes, KeyPair), IssueError> {
    let der =
        CertificateDer::from_pem_slice(certificate.as_bytes()).map_err(|_| IssueError::Pem)?;
    let key = KeyPair::from_pem(key)?;
    let parsed = parse(&der)?;
    if parsed.public_key().subject_public_key.data.as_ref() != key.public_key_raw() {
        return Err(IssueError::KeyMismatch);
    }
    Ok((Bytes::copy_from_slice(&der), key))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        TrustAnchors,
        fixture::{NOW, device_of, domain, key},
    };

    #[test]
    fn authorities_read_back_and_go_on_issuing() {
        let root = Root::generate().unwrap();
        let (certificate, secret) = root.to_pem();
        let root = Root::from_pem(&certificate, &secret).unwrap();
        let anchors = TrustAnchors::from_der(&[root.certificate_der()]).unwrap();
        let ca = root.organisation(&domain("laurier.internal"), NOW).unwrap();
        let (certificate, secret) = ca.to_pem();
        let ca = OrganisationCa::from_pem(&certificate, &secret).unwrap();
        assert_eq!(ca.domain(), &domain("laurier.internal"));
        let device = device_of("laurier.internal", 1);
        let chain = ca.issue(&device, &key(1).public(), NOW).unwrap();
        assert_eq!(anchors.verify(&chain, NOW).unwrap().device, device);
        let again = ca
            .issue(&device, &key(1).public(), NOW.plus(BACKDATED))
            .unwrap();
        assert_ne!(chain.fingerprint(), again.fingerprint());
    }

    #[test]
    fn an_authority_of_the_first_version_is_certified_anew_with_its_key() {
        let root = Root::generate().unwrap();
        let anchors = TrustAnchors::from_der(&[root.certificate_der()]).unwrap();
        let key = KeyPair::generate_for(&PKCS_ED25519).unwrap();
        let mut params = organisation_params(&domain("laurier.internal"));
        params.extended_key_usages = vec![messaging()];
        validity(&mut params, NOW, ORGANISATION_LIFETIME);
        let certificate = params.signed_by(&key, &root.issuer).unwrap();
        let old = OrganisationCa::from_pem(&certificate.pem(), &key.serialize_pem()).unwrap();
        let device = device_of("laurier.internal", 1);
        let before = old.issue(&device, &crate::fixture::key(1).public(), NOW);
        assert!(!old.certifies_transport());
        let unusable = old.issue_transport(&device, &crate::fixture::key(2).public(), NOW);
        assert!(anchors.verify_transport(&unusable.unwrap(), NOW).is_err());

        let new = root.recertify(&old, NOW).unwrap();
        assert!(new.certifies_transport());
        assert_eq!(new.domain(), old.domain());
        let transport = new.issue_transport(&device, &crate::fixture::key(2).public(), NOW);
        assert!(anchors.verify_transport(&transport.unwrap(), NOW).is_ok());
        assert!(anchors.verify(&before.unwrap(), NOW).is_ok());
    }

    #[test]
    fn a_foreign_device_or_key_is_refused() {
        let root = Root::generate().unwrap();
        let ca = root.organisation(&domain("laurier.internal"), NOW).unwrap();
        assert!(matches!(
            ca.issue(&device_of("parc.internal", 1), &key(1).public(), NOW),
            Err(IssueError::ForeignDevice)
        ));
        let other = root.organisation(&domain("laurier.internal"), NOW).unwrap();
        assert!(matches!(
            OrganisationCa::from_pem(&ca.to_pem().0, &other.to_pem().1),
            Err(IssueError::KeyMismatch)
        ));
        assert!(Root::from_pem("", &root.to_pem().1).is_err());
        assert!(Root::from_pem(&root.to_pem().0, "").is_err());
        assert_eq!(
            format!("{root:?} {ca:?}"),
            "Root(…) OrganisationCa(laurier.internal, …)"
        );
    }

    #[test]
    fn a_server_can_share_them_between_threads() {
        fn shared<T: Send + Sync>() {}
        shared::<Root>();
        shared::<OrganisationCa>();
        shared::<crate::Mls>();
        shared::<TrustAnchors>();
        shared::<crate::State>();
    }
}
