//! The server's side of TLS: version 1.3 alone, HTTP/2 alone, nothing resumed.
//!
//! Resumption would let a client come back without the full handshake, and with early data
//! replay a request; both are off, so that every connection begins the same way.
//!
//! Clients are asked for a certificate and need not have one: a device shows its transport
//! certificate, which must end in the federation's root; browsers, the operator and whoever
//! enrols show none. A certificate that does not verify ends the handshake.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use bytes::Bytes;
use relais_types::Timestamp;
use rustls::{
    RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    server::{NoServerSessionStorage, WebPkiClientVerifier, danger::ClientCertVerifier},
    version::TLS13,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, pem, pem::PemObject as _};

use crate::{
    config::Tls,
    data_dir::DataDir,
    error::{Error, Result},
};

mod development;

/// How the server shows itself to clients.
#[derive(Debug)]
pub(crate) struct Identity {
    /// For the acceptor.
    pub(crate) config: Arc<ServerConfig>,
    /// For the acceptor of directories, who have tokens and no certificates, and may speak
    /// HTTP/1.1.
    pub(crate) directories: Arc<ServerConfig>,
    /// What is to be trusted by clients, if the server made it itself.
    pub(crate) development: Option<DevelopmentCa>,
}

/// The certificate authority that the server made for itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct DevelopmentCa {
    /// The PEM file for clients.
    pub(crate) path: PathBuf,
    /// SHA-256 of the certificate (DER), in hexadecimal with colons.
    pub(crate) fingerprint: String,
}

impl Identity {
    /// Loads the configured certificate, or makes one under the development CA.
    ///
    /// Devices show certificates that end in one of `roots`, each in DER.
    pub(crate) fn load(tls: &Tls, dir: &DataDir, roots: &[Bytes], now: Timestamp) -> Result<Self> {
        let own = tls.certificate.as_ref().zip(tls.private_key.as_ref());
        let (chain, key, development) = if let Some((certificate, key)) = own {
            (read_chain(certificate)?, read_key(key)?, None)
        } else {
            let issued = development::issue(&dir.tls()?, &tls.names, now)?;
            (issued.chain, issued.key, Some(issued.ca))
        };
        let with = |clients| {
            server_config(chain.clone(), key.clone_key(), clients).map_err(|error| {
                match &tls.certificate {
                    Some(path) => Error::key(
                        path,
                        format!(
                            "cannot be used with tls.private_key: {error}; check that the two belong together"
                        ),
                    ),
                    None => Error::internal("development certificate", &error),
                }
            })
        };
        let mut directories = with(WebPkiClientVerifier::no_client_auth())?;
        directories.alpn_protocols.push(b"http/1.1".to_vec());
        Ok(Self {
            config: Arc::new(with(device_verifier(roots)?)?),
            directories: Arc::new(directories),
            development,
        })
    }
}

/// Verifies the certificates of devices, of those that show one.
fn device_verifier(roots: &[Bytes]) -> Result<Arc<dyn ClientCertVerifier>> {
    let unusable = |error: &dyn std::error::Error| Error::internal("federation root", &error);
    let mut anchors = RootCertStore::empty();
    for root in roots {
        let root = CertificateDer::from(root.to_vec());
        anchors.add(root).map_err(|error| unusable(&error))?;
    }
    let provider = Arc::new(aws_lc_rs::default_provider());
    WebPkiClientVerifier::builder_with_provider(Arc::new(anchors), provider)
        .allow_unauthenticated()
        .build()
        .map_err(|error| unusable(&error))
}

fn server_config(
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    devices: Arc<dyn ClientCertVerifier>,
) -> Result<ServerConfig, rustls::Error> {
    // The provider is named, so that another one in the process cannot make this panic.
    let mut config = ServerConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13])?
        .with_client_cert_verifier(devices)
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(config)
}

fn read_chain(path: &Path) -> Result<Vec<CertificateDer<'static>>> {
    let chain = CertificateDer::pem_file_iter(path)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| unreadable(path, "PEM certificates", &error))?;
    if chain.is_empty() {
        return Err(Error::key(
            path,
            "holds no certificate: name a PEM file with the server's certificate first in tls.certificate",
        ));
    }
    Ok(chain)
}

fn read_key(path: &Path) -> Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_file(path).map_err(|error| match error {
        pem::Error::NoItemsFound => Error::key(
            path,
            "holds no private key: name a PEM file with an unencrypted key in tls.private_key",
        ),
        error => unreadable(path, "a PEM private key", &error),
    })
}

fn unreadable(path: &Path, what: &str, error: &pem::Error) -> Error {
    Error::key(
        path,
        format!(
            "cannot be read as {what}: {error}; check the file and that the user who runs relaisd may read it"
        ),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn roots() -> Vec<Bytes> {
        let root = relais_mls::authority::Root::generate().unwrap();
        vec![root.certificate_der()]
    }

    fn own(certificate: &Path, private_key: &Path) -> Tls {
        Tls {
            certificate: Some(certificate.to_owned()),
            private_key: Some(private_key.to_owned()),
            ..Tls::default()
        }
    }

    #[test]
    fn a_certificate_of_ones_own_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(&folder.path().join("data")).unwrap();
        let made = rcgen::generate_simple_self_signed(vec!["relais.example".to_owned()]).unwrap();
        let (cert, key) = (folder.path().join("c.pem"), folder.path().join("k.pem"));
        std::fs::write(&cert, made.cert.pem()).unwrap();
        std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
        let identity =
            Identity::load(&own(&cert, &key), &dir, &roots(), Timestamp::default()).unwrap();
        assert_eq!(identity.development, None);
        assert!(!folder.path().join("data/tls").exists());
    }

    #[test]
    fn unusable_files_are_named() {
        let folder = tempfile::tempdir().unwrap();
        let dir = DataDir::open(&folder.path().join("data")).unwrap();
        let one = rcgen::generate_simple_self_signed(vec!["a.example".to_owned()]).unwrap();
        let other = rcgen::generate_simple_self_signed(vec!["b.example".to_owned()]).unwrap();
        let path = |name: &str| folder.path().join(name);
        std::fs::write(path("c.pem"), one.cert.pem()).unwrap();
        std::fs::write(path("k.pem"), one.signing_key.serialize_pem()).unwrap();
        std::fs::write(path("other.pem"), other.signing_key.serialize_pem()).unwrap();
        std::fs::write(path("empty.pem"), "").unwrap();
        for (certificate, key, at_fault) in [
            ("missing.pem", "k.pem", "missing.pem"),
            ("c.pem", "missing.pem", "missing.pem"),
            ("empty.pem", "k.pem", "empty.pem"),
            ("c.pem", "empty.pem", "empty.pem"),
            ("c.pem", "c.pem", "c.pem"),
            ("c.pem", "other.pem", "c.pem"),
        ] {
            let tls = own(&path(certificate), &path(key));
            let error = Identity::load(&tls, &dir, &roots(), Timestamp::default()).unwrap_err();
            assert!(
                error
                    .to_string()
                    .starts_with(&path(at_fault).display().to_string()),
                "{error}"
            );
        }
    }
}
