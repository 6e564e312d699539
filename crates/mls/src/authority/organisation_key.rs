//! An organisation that holds its own key: the key, the request to certify it, and what the
//! federation makes of the request.

use std::fmt;

use bytes::Bytes;
use rcgen::{CertificateParams, DistinguishedName, DnType, Issuer, KeyPair, PKCS_ED25519};
use relais_types::{OrgDomain, Timestamp};
use rustls_pki_types::{CertificateDer, pem::PemObject};
use zeroize::Zeroizing;

use super::{
    Ed25519Key, IssueError, ORGANISATION_LIFETIME, OrganisationCa, Root, organisation_params,
    serial, validity,
};
use crate::{CertifiedAuthority, CredentialError};

/// The secret key of an organisation's authority, held by the organisation alone.
pub struct OrganisationKey(KeyPair);

impl OrganisationKey {
    /// A new Ed25519 key.
    ///
    /// # Errors
    /// If the cryptographic library fails.
    pub fn generate() -> Result<Self, IssueError> {
        Ok(Self(KeyPair::generate_for(&PKCS_ED25519)?))
    }

    /// The key that [`OrganisationKey::to_pkcs8`] wrote.
    ///
    /// # Errors
    /// If it is no Ed25519 key.
    pub fn from_pkcs8(der: &[u8]) -> Result<Self, IssueError> {
        let key = KeyPair::try_from(der)?;
        if !key.is_compatible(&PKCS_ED25519) {
            return Err(CredentialError::Malformed("the key must be Ed25519").into());
        }
        Ok(Self(key))
    }

    /// The secret key as PKCS #8 (RFC 5958).
    pub fn to_pkcs8(&self) -> Zeroizing<Vec<u8>> {
        self.0.serialize_der().into()
    }

    /// The public half.
    pub fn public(&self) -> [u8; 32] {
        let mut public = [0; 32];
        // An Ed25519 key has 32 bytes (RFC 8032 §5.1.5); both constructors make sure it is one.
        public.copy_from_slice(self.0.public_key_raw());
        public
    }

    /// Signs `label || message`, to be checked with [`verify`](crate::verify).
    ///
    /// The key also signs certificates and one certificate request. Those are DER sequences,
    /// which begin with the byte `0x30`; a label begins with a letter, so no signature of one
    /// kind passes for one of the other.
    ///
    /// # Errors
    /// If the cryptographic library fails.
    pub fn sign(&self, label: &str, message: &[u8]) -> Result<[u8; 64], IssueError> {
        let signed = rcgen::SigningKey::sign(&self.0, &[label.as_bytes(), message].concat())?;
        signed
            .try_into()
            .map_err(|_| CredentialError::BadSignature.into())
    }

    /// The request to certify this key for `domain`, as PEM (PKCS #10, RFC 2986). Its signature
    /// proves possession.
    ///
    /// # Errors
    /// If the cryptographic library fails.
    pub fn certificate_request(&self, domain: &OrgDomain) -> Result<String, IssueError> {
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        params
            .distinguished_name
            .push(DnType::CommonName, domain.as_str());
        Ok(params.serialize_request(&self.0)?.pem()?)
    }

    /// The authority of this key under the certificate (DER) that the federation has signed.
    ///
    /// # Errors
    /// [`IssueError::KeyMismatch`] if the certificate is for another key.
    pub fn into_authority(self, certificate: &[u8]) -> Result<OrganisationCa, IssueError> {
        let named = CertifiedAuthority::read(certificate)?;
        if named.public_key != self.public() {
            return Err(IssueError::KeyMismatch);
        }
        Ok(OrganisationCa {
            issuer: Issuer::new(organisation_params(&named.domain), self.0),
            domain: named.domain,
            der: Bytes::copy_from_slice(certificate),
            pem: certificate_pem(certificate),
        })
    }
}

impl fmt::Debug for OrganisationKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OrganisationKey(…)")
    }
}

/// A certificate (DER) as PEM.
pub fn certificate_pem(der: &[u8]) -> String {
    crate::pem::pem("CERTIFICATE", der)
}

/// The first certificate of a PEM file, as DER.
///
/// # Errors
/// [`IssueError::Pem`].
pub fn certificate_der(text: &str) -> Result<Bytes, IssueError> {
    let der = CertificateDer::from_pem_slice(text.as_bytes()).map_err(|_| IssueError::Pem)?;
    Ok(Bytes::copy_from_slice(&der))
}

impl Root {
    /// Certifies an organisation's own key, constrained to its domain, for
    /// [`ORGANISATION_LIFETIME`]; the certificate as DER. The caller has checked the
    /// [`CertificateRequest`](crate::CertificateRequest).
    ///
    /// # Errors
    /// If the cryptographic library fails.
    pub fn certify_key(
        &self,
        domain: &OrgDomain,
        public_key: &[u8; 32],
        now: Timestamp,
    ) -> Result<Bytes, IssueError> {
        let mut params = organisation_params(domain);
        validity(&mut params, now, ORGANISATION_LIFETIME);
        params.serial_number = Some(serial(&[domain.as_str().as_bytes(), public_key], now));
        let certificate = params.signed_by(&Ed25519Key(public_key), &self.issuer)?;
        Ok(Bytes::copy_from_slice(certificate.der()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        CertificateRequest, TrustAnchors,
        fixture::{NOW, device_of, domain, key},
    };
    use rustls_pki_types::CertificateSigningRequestDer;

    fn request_of(key: &OrganisationKey) -> CertificateRequest {
        let pem = key
            .certificate_request(&domain("laurier.internal"))
            .unwrap();
        CertificateRequest::read(pem.as_bytes()).unwrap()
    }

    #[test]
    fn a_key_that_the_federation_never_held_certifies_devices() {
        let root = Root::generate().unwrap();
        let anchors = TrustAnchors::from_der(&[root.certificate_der()]).unwrap();
        let own = OrganisationKey::generate().unwrap();
        let request = request_of(&own);
        assert_eq!(request.domain, domain("laurier.internal"));
        assert_eq!(request.public_key, own.public());
        let certificate = root
            .certify_key(&request.domain, &request.public_key, NOW)
            .unwrap();
        let again = OrganisationKey::from_pkcs8(&own.to_pkcs8()).unwrap();
        let authority = again.into_authority(&certificate).unwrap();
        let device = device_of("laurier.internal", 1);
        let chain = authority.issue(&device, &key(1).public(), NOW).unwrap();
        assert_eq!(anchors.verify(&chain, NOW).unwrap().device, device);
        let pem = certificate_pem(&certificate);
        assert_eq!(certificate_der(&pem).unwrap(), certificate);
    }

    #[test]
    fn a_certificate_is_for_one_key() {
        let root = Root::generate().unwrap();
        let (one, other) = (
            OrganisationKey::generate().unwrap(),
            OrganisationKey::generate().unwrap(),
        );
        let certificate = root
            .certify_key(&domain("laurier.internal"), &one.public(), NOW)
            .unwrap();
        assert!(matches!(
            other.into_authority(&certificate),
            Err(IssueError::KeyMismatch)
        ));
    }

    #[test]
    fn a_request_that_was_changed_proves_nothing() {
        let own = OrganisationKey::generate().unwrap();
        let pem = own
            .certificate_request(&domain("laurier.internal"))
            .unwrap();
        let der = CertificateSigningRequestDer::from_pem_slice(pem.as_bytes()).unwrap();
        let meant = CertificateRequest::read(&der).expect("DER is read, too");
        for at in 0..der.len() {
            let mut changed = der.to_vec();
            changed[at] ^= 1;
            // What is not signed, such as the tag of the outer algorithm, changes nothing.
            let read = CertificateRequest::read(&changed);
            assert!(read.is_err() || read == Ok(meant.clone()), "at {at}");
        }
        assert!(CertificateRequest::read(&der[..der.len() - 1]).is_err());
        assert!(CertificateRequest::read(b"").is_err());
        assert!(CertificateRequest::read(&[0x30; 2049]).is_err());
    }

    #[test]
    fn a_labelled_signature_verifies_like_a_devices() {
        let own = OrganisationKey::generate().unwrap();
        let signature = own.sign("relais/authority/v1", b"challenge").unwrap();
        crate::verify(
            &own.public(),
            "relais/authority/v1",
            b"challenge",
            &signature,
        )
        .unwrap();
        assert!(crate::verify(&own.public(), "relais/authority/v1", b"other", &signature).is_err());
        assert_eq!(format!("{own:?}"), "OrganisationKey(…)");
    }
}
