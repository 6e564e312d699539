//! Certificate chains as MLS credentials, and whom they name.

use std::fmt::{self, Write as _};

use bytes::Bytes;
use openmls::prelude::{Credential, CredentialType, CredentialWithKey};
use relais_types::{DeviceId, DeviceName, OrgDomain, PractitionerId, Timestamp};
use sha2::{Digest, Sha256};
use tls_codec::{Deserialize as _, Serialize as _, VLBytes};
use x509_parser::{
    certificate::X509Certificate, extensions::GeneralName, oid_registry::OID_SIG_ED25519,
    prelude::FromDer,
};

use crate::{CredentialError, pem::pem};

/// Longest certificate in bytes: a chain sits in every ratchet tree.
const MAX_CERTIFICATE: usize = 2048;

/// A device certificate and the organisation certificate that issued it, as DER (RFC 5280).
///
/// It says nothing until [`TrustAnchors::verify`](crate::TrustAnchors::verify) has checked it.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Chain(Vec<Bytes>);

impl Chain {
    /// The chain of `certificates`, the device's first, then its organisation's.
    ///
    /// # Errors
    /// [`CredentialError::Malformed`] unless there are exactly two, each of at most 2 KiB.
    pub fn new(certificates: Vec<Bytes>) -> Result<Self, CredentialError> {
        if certificates.len() != 2 {
            return Err(CredentialError::Malformed("there must be two certificates"));
        }
        if certificates
            .iter()
            .any(|der| der.is_empty() || der.len() > MAX_CERTIFICATE)
        {
            return Err(CredentialError::Malformed(
                "each certificate must have 1 to 2,048 bytes",
            ));
        }
        Ok(Self(certificates))
    }

    /// The certificates as DER, the device's first.
    pub fn certificates(&self) -> &[Bytes] {
        &self.0
    }

    /// SHA-256 of the device certificate.
    pub fn fingerprint(&self) -> [u8; 32] {
        Sha256::digest(&self.0[0]).into()
    }

    pub(crate) fn device_der(&self) -> &[u8] {
        &self.0[0]
    }

    pub(crate) fn organisation_der(&self) -> &[u8] {
        &self.0[1]
    }

    /// The MLS credential (RFC 9420 §5.3): `Certificate certificates<V>`, of which OpenMLS
    /// writes the outer length.
    pub(crate) fn to_credential(&self) -> Credential {
        let mut content = Vec::new();
        for der in &self.0 {
            #[expect(
                clippy::expect_used,
                reason = "a string of at most 2 KiB always encodes"
            )]
            VLBytes::new(der.to_vec())
                .tls_serialize(&mut content)
                .expect("a certificate encodes");
        }
        Credential::new(CredentialType::X509, content)
    }

    pub(crate) fn with_key(&self, public_key: &[u8; 32]) -> CredentialWithKey {
        CredentialWithKey {
            credential: self.to_credential(),
            signature_key: public_key.as_slice().into(),
        }
    }

    pub(crate) fn from_credential(credential: &Credential) -> Result<Self, CredentialError> {
        if credential.credential_type() != CredentialType::X509 {
            return Err(CredentialError::Malformed("the credential is not X.509"));
        }
        let mut rest = credential.serialized_content();
        let mut certificates = Vec::new();
        while !rest.is_empty() && certificates.len() < 3 {
            let der = VLBytes::tls_deserialize(&mut rest)
                .map_err(|_| CredentialError::Malformed("the chain is truncated"))?;
            certificates.push(Bytes::from(Vec::from(der)));
        }
        Self::new(certificates)
    }

    /// Whom the device certificate names. Only for chains that were verified when they
    /// entered: it looks at neither signatures nor dates.
    pub(crate) fn named(&self) -> Result<Identity, CredentialError> {
        let certificate = parse(self.device_der())?;
        Ok(Identity {
            device: device_name(&certificate)?,
            public_key: ed25519_key(&certificate)?,
            not_after: not_after(&certificate),
        })
    }

    /// Serial number of the device certificate (RFC 5280 §4.1.2.2), in hexadecimal.
    ///
    /// # Errors
    /// [`CredentialError::Malformed`].
    pub fn serial(&self) -> Result<String, CredentialError> {
        let certificate = parse(self.device_der())?;
        Ok(certificate
            .raw_serial()
            .iter()
            .fold(String::new(), |mut hex, byte| {
                // Writing to a string cannot fail.
                let _ = write!(hex, "{byte:02x}");
                hex
            }))
    }

    /// From when to when the device certificate is valid.
    ///
    /// # Errors
    /// [`CredentialError::Malformed`].
    pub fn validity(&self) -> Result<(Timestamp, Timestamp), CredentialError> {
        let certificate = parse(self.device_der())?;
        let begins = certificate.validity().not_before.timestamp();
        let begins = Timestamp::from_micros(begins.saturating_mul(1_000_000));
        Ok((begins, not_after(&certificate)))
    }

    /// The certificates as PEM (RFC 7468 §5), the device's first.
    pub fn to_pem(&self) -> String {
        self.0.iter().map(|der| pem("CERTIFICATE", der)).collect()
    }

    /// The last moment at which no certificate of the chain has expired.
    ///
    /// # Errors
    /// [`CredentialError::Malformed`].
    pub fn valid_until(&self) -> Result<Timestamp, CredentialError> {
        let device = not_after(&parse(self.device_der())?);
        Ok(device.min(not_after(&parse(self.organisation_der())?)))
    }
}

fn not_after(certificate: &X509Certificate<'_>) -> Timestamp {
    let seconds = certificate.validity().not_after.timestamp();
    Timestamp::from_micros(seconds.saturating_mul(1_000_000))
}

impl fmt::Debug for Chain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.fingerprint();
        let start = u32::from_be_bytes([start[0], start[1], start[2], start[3]]);
        write!(f, "Chain({start:08x}…)")
    }
}

/// Whom a verified chain names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Identity {
    /// The device, with its person and organisation.
    pub device: DeviceName,
    /// The certified Ed25519 key.
    pub public_key: [u8; 32],
    /// When the device certificate expires.
    pub not_after: Timestamp,
}

/// The DNS name that a device certificate carries: `d-{device}.p-{practitioner}.{domain}`,
/// ids as 32 hexadecimal digits.
pub(crate) fn dns_name(device: &DeviceName) -> String {
    format!(
        "d-{}.p-{}.{}",
        device.device.to_string().replace('-', ""),
        device.practitioner.to_string().replace('-', ""),
        device.organisation
    )
}

pub(crate) fn parse(der: &[u8]) -> Result<X509Certificate<'_>, CredentialError> {
    match X509Certificate::from_der(der) {
        Ok(([], certificate)) => Ok(certificate),
        _ => Err(CredentialError::Malformed("not a DER certificate")),
    }
}

/// The one domain that an organisation's certificate permits it to certify.
pub(crate) fn permitted_domain(
    certificate: &X509Certificate<'_>,
) -> Result<OrgDomain, CredentialError> {
    let problem =
        CredentialError::Malformed("the organisation must be constrained to its own domain");
    let constraints = certificate
        .name_constraints()
        .ok()
        .flatten()
        .filter(|extension| extension.critical)
        .ok_or(problem.clone())?;
    match constraints.value.permitted_subtrees.as_deref() {
        Some([subtree]) => match subtree.base {
            GeneralName::DNSName(domain) => domain.parse().map_err(|_| problem),
            _ => Err(problem),
        },
        _ => Err(problem),
    }
}

fn device_name(certificate: &X509Certificate<'_>) -> Result<DeviceName, CredentialError> {
    let problem = CredentialError::Malformed("the subject must be one device's DNS name");
    let names = certificate
        .subject_alternative_name()
        .ok()
        .flatten()
        .ok_or(problem.clone())?;
    let [GeneralName::DNSName(name)] = names.value.general_names.as_slice() else {
        return Err(problem);
    };
    let parse = || {
        let (device, rest) = name.split_once('.')?;
        let (practitioner, organisation) = rest.split_once('.')?;
        let device = DeviceName {
            organisation: organisation.parse().ok()?,
            practitioner: practitioner
                .strip_prefix("p-")?
                .parse::<PractitionerId>()
                .ok()?,
            device: device.strip_prefix("d-")?.parse::<DeviceId>().ok()?,
        };
        // Other spellings of the same ids must not be other names.
        (dns_name(&device) == *name).then_some(device)
    };
    parse().ok_or(problem)
}

pub(crate) fn ed25519_key(certificate: &X509Certificate<'_>) -> Result<[u8; 32], CredentialError> {
    let spki = certificate.public_key();
    if spki.algorithm.algorithm != OID_SIG_ED25519 {
        return Err(CredentialError::Malformed("the key must be Ed25519"));
    }
    spki.subject_public_key
        .data
        .as_ref()
        .try_into()
        .map_err(|_| CredentialError::Malformed("the key must have 32 bytes"))
}
