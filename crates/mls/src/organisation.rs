//! An organisation that holds its own key, as the federation sees it: a request, and then a
//! certificate.

use relais_types::OrgDomain;
use rustls_pki_types::{CertificateSigningRequestDer, pem::PemObject as _};
use x509_parser::{
    certification_request::X509CertificationRequest, oid_registry::OID_SIG_ED25519,
    prelude::FromDer as _,
};

use crate::{
    CredentialError,
    credential::{ed25519_key, parse, permitted_domain},
    key::verify_raw,
};

/// Longest certificate request in bytes: one of an Ed25519 key has about 200.
const MAX_REQUEST: usize = 2048;

/// A certificate request whose signature has been checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertificateRequest {
    /// The domain that it asks for.
    pub domain: OrgDomain,
    /// The Ed25519 key, of which it proves possession.
    pub public_key: [u8; 32],
}

impl CertificateRequest {
    /// Reads a request, as PEM or as DER, and checks its signature. Whatever else it asks for is
    /// not looked at: what a certificate says is the federation's decision.
    ///
    /// # Errors
    /// If it is malformed, of another algorithm or signed by another key.
    pub fn read(request: &[u8]) -> Result<Self, CredentialError> {
        let der = CertificateSigningRequestDer::from_pem_slice(request);
        let der = der.as_deref().unwrap_or(request);
        let malformed = CredentialError::Malformed("not a certificate request (PKCS #10)");
        if der.len() > MAX_REQUEST {
            return Err(malformed);
        }
        let Ok(([], request)) = X509CertificationRequest::from_der(der) else {
            return Err(malformed);
        };
        let info = &request.certification_request_info;
        let is_ed25519 = info.subject_pki.algorithm.algorithm == OID_SIG_ED25519
            && request.signature_algorithm.algorithm == OID_SIG_ED25519;
        if !is_ed25519 {
            return Err(CredentialError::Malformed("the key must be Ed25519"));
        }
        let public_key: [u8; 32] = info
            .subject_pki
            .subject_public_key
            .data
            .as_ref()
            .try_into()
            .map_err(|_| CredentialError::Malformed("the key must have 32 bytes"))?;
        verify_raw(&public_key, info.raw, &request.signature_value.data)
            .ok_or(CredentialError::BadSignature)?;
        let mut names = info.subject.iter_common_name();
        let domain = match (names.next(), names.next()) {
            (Some(name), None) => name.as_str().ok().and_then(|name| name.parse().ok()),
            _ => None,
        };
        let domain = domain.ok_or(CredentialError::Malformed(
            "the subject's common name must be the organisation's domain",
        ))?;
        Ok(Self { domain, public_key })
    }
}

/// Whose authority a certificate is, and its key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CertifiedAuthority {
    /// The one domain that it may certify.
    pub domain: OrgDomain,
    /// Its Ed25519 key.
    pub public_key: [u8; 32],
}

impl CertifiedAuthority {
    /// Reads an organisation's certificate (DER). It looks at neither signature nor dates.
    ///
    /// # Errors
    /// If it is malformed or not constrained to one domain.
    pub fn read(certificate: &[u8]) -> Result<Self, CredentialError> {
        let parsed = parse(certificate)?;
        Ok(Self {
            domain: permitted_domain(&parsed)?,
            public_key: ed25519_key(&parsed)?,
        })
    }
}
