//! A certificate authority of the server's own, for development and for the demo.
//!
//! The CA stays in the data directory, so that what clients trust survives restarts. The
//! server's certificate is made anew at each start, for the names of that start, and its
//! key never leaves memory.

use std::{net::IpAddr, path::Path, time::Duration};

use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa,
    Issuer, KeyPair, KeyUsagePurpose, SanType,
};
use relais_types::Timestamp;
use rustls_pki_types::{
    CertificateDer, DnsName, PrivateKeyDer, PrivatePkcs8KeyDer, pem::PemObject as _,
};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;

use super::DevelopmentCa;
use crate::{
    config,
    data_dir::{read_if_present, write_whole},
    error::{Error, Result},
};

const CA_NAME: &str = "Relais development CA";
const DAY: Duration = Duration::from_hours(24);
/// How long the CA is valid.
const CA_LIFETIME: Duration = Duration::from_hours(24 * 3650);
/// How long a server may run without a restart.
const SERVER_LIFETIME: Duration = Duration::from_hours(24 * 825);

/// A certificate for the server, made now.
pub(super) struct Issued {
    pub(super) chain: Vec<CertificateDer<'static>>,
    pub(super) key: PrivateKeyDer<'static>,
    pub(super) ca: DevelopmentCa,
}

/// Issues a certificate for this machine and `names` under the CA in `folder`, which is
/// made if it is missing.
pub(super) fn issue(folder: &Path, names: &[String], now: Timestamp) -> Result<Issued> {
    let defect = |error: rcgen::Error| Error::internal("development certificate", &error);
    let (certificate_path, key_path) = (folder.join("ca.pem"), folder.join("ca.key"));
    let params = ca_params(now)?;
    let kept = read_if_present(&certificate_path)?.zip(read_if_present(&key_path)?);
    let (certificate, key) = if let Some((certificate, key)) = kept {
        (
            CertificateDer::from_pem_slice(certificate.as_bytes())
                .map_err(|error| Error::key(&certificate_path, damaged(&error.to_string())))?,
            KeyPair::from_pem(&key)
                .map_err(|error| Error::key(&key_path, damaged(&error.to_string())))?,
        )
    } else {
        let key = KeyPair::generate().map_err(defect)?;
        let certificate = params.self_signed(&key).map_err(defect)?;
        // The key first: a certificate without its key would be trusted for nothing.
        write_whole(&key_path, key.serialize_pem().as_bytes())?;
        write_whole(&certificate_path, certificate.pem().as_bytes())?;
        (certificate.der().clone(), key)
    };
    let ca = DevelopmentCa {
        path: certificate_path,
        fingerprint: fingerprint(&certificate),
    };
    let server_key = KeyPair::generate().map_err(defect)?;
    let server = server_params(names, now)?
        .signed_by(&server_key, &Issuer::new(params, key))
        .map_err(defect)?;
    Ok(Issued {
        chain: vec![server.der().clone(), certificate],
        key: PrivatePkcs8KeyDer::from(server_key.serialize_der()).into(),
        ca,
    })
}

/// The name and the rights of the CA, the same at each start: certificates are issued from
/// them and the key alone.
fn ca_params(now: Timestamp) -> Result<CertificateParams> {
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name(CA_NAME);
    params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
    (params.not_before, params.not_after) = validity(now, CA_LIFETIME)?;
    Ok(params)
}

fn server_params(names: &[String], now: Timestamp) -> Result<CertificateParams> {
    let mut all: Vec<String> = ["localhost", "127.0.0.1", "::1"].map(str::to_owned).into();
    all.extend(
        names
            .iter()
            .filter(|name| !all.contains(name))
            .cloned()
            .collect::<Vec<_>>(),
    );
    let mut params = CertificateParams::default();
    params.distinguished_name = common_name("relaisd");
    params.subject_alt_names = all
        .iter()
        .map(|name| subject_name(name))
        .collect::<Result<_>>()?;
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
    params.use_authority_key_identifier_extension = true;
    (params.not_before, params.not_after) = validity(now, SERVER_LIFETIME)?;
    Ok(params)
}

/// A DNS name or an address of `tls.names`.
fn subject_name(name: &str) -> Result<SanType> {
    if let Ok(address) = name.parse::<IpAddr>() {
        return Ok(SanType::IpAddress(address));
    }
    let wrong = || config::Error {
        origin: "configuration".to_owned(),
        key: Some("tls.names".to_owned()),
        problem: format!("holds {name:?}, which is neither a DNS name nor an address"),
    };
    DnsName::try_from(name).map_err(|_| wrong())?;
    let name = name.try_into().map_err(|_| wrong())?;
    Ok(SanType::DnsName(name))
}

fn common_name(name: &str) -> DistinguishedName {
    let mut distinguished = DistinguishedName::new();
    distinguished.push(DnType::CommonName, name);
    distinguished
}

/// From a day ago, for clients whose clocks are late, to `lifetime` from now.
fn validity(now: Timestamp, lifetime: Duration) -> Result<(OffsetDateTime, OffsetDateTime)> {
    let now = OffsetDateTime::from_unix_timestamp(now.as_secs())
        .map_err(|error| Error::internal("the machine's clock", &error))?;
    Ok((now - DAY, now + lifetime))
}

fn damaged(error: &str) -> String {
    format!(
        "is damaged: {error}; restore it from a backup, or delete the folder tls to make a new CA that clients must be given again"
    )
}

fn fingerprint(certificate: &CertificateDer<'_>) -> String {
    let digest = Sha256::digest(certificate);
    digest
        .iter()
        .map(|byte| format!("{byte:02X}"))
        .collect::<Vec<_>>()
        .join(":")
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    #[test]
    fn the_ca_survives_and_the_server_key_does_not() {
        let folder = tempfile::tempdir().unwrap();
        let first = issue(folder.path(), &[], NOW).unwrap();
        let second = issue(folder.path(), &["relais.internal".to_owned()], NOW).unwrap();
        assert_eq!(first.ca, second.ca);
        assert_eq!(first.chain[1], second.chain[1]);
        assert_ne!(first.key.secret_der(), second.key.secret_der());
        assert_eq!(first.ca.fingerprint.len(), 32 * 3 - 1);
        let names: Vec<_> = std::fs::read_dir(folder.path())
            .unwrap()
            .map(|file| file.unwrap().file_name())
            .collect();
        assert_eq!(names.len(), 2, "{names:?}");
    }

    #[test]
    fn damage_and_wrong_names_are_told() {
        let folder = tempfile::tempdir().unwrap();
        let error = issue(folder.path(), &["two words".to_owned()], NOW)
            .err()
            .unwrap();
        assert_eq!(error.exit_code(), 2, "{error}");
        std::fs::write(folder.path().join("ca.key"), "x").unwrap();
        let error = issue(folder.path(), &[], NOW).err().unwrap();
        assert!(error.to_string().contains("ca.key is damaged"), "{error}");
    }
}
