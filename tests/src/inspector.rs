//! A network that ends TLS on the way, as some hospitals' do.

use std::{net::SocketAddr, sync::Arc};

use bytes::Bytes;
use rustls::{ClientConfig, RootCertStore, ServerConfig, crypto::aws_lc_rs, version::TLS13};
use rustls_pki_types::{CertificateDer, PrivatePkcs8KeyDer, ServerName, pem::PemObject as _};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinHandle,
};
use tokio_rustls::{TlsAcceptor, TlsConnector};

/// A running middlebox with an authority of its own; it ends when it is dropped.
///
/// It shows the server no certificate, whatever the client has shown to it.
#[derive(Debug)]
pub struct Inspector {
    address: SocketAddr,
    ca_pem: Bytes,
    accepting: JoinHandle<()>,
}

impl Inspector {
    /// Passes a free loopback port on to the server at `target`, which `server_ca` vouches for.
    pub async fn start(target: SocketAddr, server_ca: &[u8]) -> Self {
        let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]);
        let made = made.expect("a certificate");
        let key = PrivatePkcs8KeyDer::from(made.signing_key.serialize_der());
        let provider = Arc::new(aws_lc_rs::default_provider());
        let mut inside = ServerConfig::builder_with_provider(Arc::clone(&provider))
            .with_protocol_versions(&[&TLS13])
            .expect("TLS 1.3")
            .with_no_client_auth()
            .with_single_cert(vec![made.cert.der().clone()], key.into())
            .expect("a pair");
        inside.alpn_protocols = vec![b"h2".to_vec()];
        let mut roots = RootCertStore::empty();
        let ca = CertificateDer::from_pem_slice(server_ca).expect("PEM");
        roots.add(ca).expect("a certificate");
        let mut outside = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&[&TLS13])
            .expect("TLS 1.3")
            .with_root_certificates(roots)
            .with_no_client_auth();
        outside.alpn_protocols = vec![b"h2".to_vec()];
        let (acceptor, connector) = (
            TlsAcceptor::from(Arc::new(inside)),
            TlsConnector::from(Arc::new(outside)),
        );
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("bound");
        let accepting = tokio::spawn(async move {
            while let Ok((client, _)) = listener.accept().await {
                let (acceptor, connector) = (acceptor.clone(), connector.clone());
                tokio::spawn(pass(client, target, acceptor, connector));
            }
        });
        Self {
            address,
            ca_pem: made.cert.pem().into(),
            accepting,
        }
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// What its clients trust, as PEM.
    pub fn ca_pem(&self) -> Bytes {
        self.ca_pem.clone()
    }
}

/// Passes one connection on until either side ends it.
async fn pass(
    client: TcpStream,
    target: SocketAddr,
    acceptor: TlsAcceptor,
    connector: TlsConnector,
) {
    let Ok(mut client) = acceptor.accept(client).await else {
        return;
    };
    let Ok(server) = TcpStream::connect(target).await else {
        return;
    };
    let name = ServerName::from(target.ip());
    if let Ok(mut server) = connector.connect(name, server).await {
        // Either side may end it at any time.
        let _ = copy_bidirectional(&mut client, &mut server).await;
    }
}

impl Drop for Inspector {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}
