//! TLS and what comes before the first call.

use std::{sync::Arc, time::Duration};

use futures_util::FutureExt as _;
use relais_proto::{
    delivery::SyncRequest,
    directory::{ListOrganisationsRequest, directory_service_client::DirectoryServiceClient},
};
use relais_server::config::Limits;
use rustls::{
    ClientConfig, HandshakeKind, ProtocolVersion, RootCertStore, SupportedProtocolVersion,
    crypto::aws_lc_rs,
    version::{TLS12, TLS13},
};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::{TlsConnector, client::TlsStream};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::{
    device::{enrol, organisation},
    node::{Node, authorised},
    streams::subscribe,
};

/// Longer than any server limit of these tests: reached only if the server does not act.
const PATIENCE: Duration = Duration::from_secs(30);

fn client(node: &Node, version: &'static SupportedProtocolVersion) -> Arc<ClientConfig> {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_file(node.running.ca_certificate().unwrap()).unwrap();
    roots.add(ca).unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    Arc::new(config)
}

async fn connect(node: &Node, config: &Arc<ClientConfig>) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(node.running.address()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::clone(config))
        .connect(name, stream)
        .await
}

async fn serving(node: &Node) -> bool {
    let request = HealthCheckRequest {
        service: "relais.delivery.v1.DeliveryService".to_owned(),
    };
    let answer = HealthClient::new(node.channel().await).check(request).await;
    answer.unwrap().into_inner().status() == ServingStatus::Serving
}

#[tokio::test]
async fn health_answers_over_tls_1_3() {
    let node = Node::start().await;
    let connection = connect(&node, &client(&node, &TLS13)).await.unwrap();
    let (_, session) = connection.get_ref();
    assert_eq!(session.protocol_version(), Some(ProtocolVersion::TLSv1_3));
    assert_eq!(session.alpn_protocol(), Some(&b"h2"[..]));
    assert!(serving(&node).await);
}

#[tokio::test]
async fn tls_1_2_is_refused() {
    let node = Node::start().await;
    let error = connect(&node, &client(&node, &TLS12)).await.unwrap_err();
    assert!(error.to_string().contains("ProtocolVersion"), "{error}");
    assert!(serving(&node).await);
}

#[tokio::test]
async fn nothing_is_resumed() {
    let node = Node::start().await;
    let config = client(&node, &TLS13);
    for _ in 0..2 {
        let mut connection = connect(&node, &config).await.unwrap();
        // Tickets would come before the answer to the preface.
        let preface = [
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".as_slice(),
            &[0, 0, 0, 4, 0, 0, 0, 0, 0],
        ];
        connection.write_all(&preface.concat()).await.unwrap();
        connection.read_u8().await.unwrap();
        let (_, session) = connection.get_ref();
        assert_eq!(session.handshake_kind(), Some(HandshakeKind::Full));
        assert_eq!(session.tls13_tickets_received(), 0);
    }
}

#[tokio::test]
async fn stalled_clients_are_cut_and_hold_up_nobody() {
    let node = Node::start_with(|config| {
        config.tls.handshake_timeout_secs = 1.try_into().unwrap();
    })
    .await;
    let mut silent = TcpStream::connect(node.running.address()).await.unwrap();
    let mut half = TcpStream::connect(node.running.address()).await.unwrap();
    // The beginning of a ClientHello that never goes on.
    half.write_all(&[0x16, 3, 1, 1, 0]).await.unwrap();
    let mut mute = connect(&node, &client(&node, &TLS13)).await.unwrap();

    assert!(serving(&node).await);

    for stalled in [&mut silent, &mut half] {
        let mut rest = Vec::new();
        // Closed either way: orderly, or by a reset because of what was never read.
        drop(
            timeout(PATIENCE, stalled.read_to_end(&mut rest))
                .await
                .unwrap(),
        );
    }
    let mut rest = Vec::new();
    drop(
        timeout(PATIENCE, mute.read_to_end(&mut rest))
            .await
            .unwrap(),
    );
    assert!(serving(&node).await);
}

#[tokio::test]
async fn a_full_house_lets_the_next_in_when_one_leaves() {
    let node = Node::start_with(|config| config.limits.connections = 1.try_into().unwrap()).await;
    let config = client(&node, &TLS13);
    let first = connect(&node, &config).await.unwrap();
    let mut second = std::pin::pin!(connect(&node, &config));
    tokio::select! {
        biased;
        _ = &mut second => panic!("there was no room"),
        () = tokio::task::yield_now() => {}
    }
    drop(first);
    timeout(PATIENCE, second).await.unwrap().unwrap();
}

#[tokio::test]
async fn one_address_has_its_share() {
    let node = Node::start_with(|config| {
        config.limits.connections_per_address = 2.try_into().unwrap();
    })
    .await;
    let config = client(&node, &TLS13);
    let first = connect(&node, &config).await.unwrap();
    let second = connect(&node, &config).await.unwrap();
    connect(&node, &config).await.unwrap_err();
    drop(first);
    // The server notices in its own time.
    while connect(&node, &config).await.is_err() {}
    drop(second);
}

/// Starts a node for one connection at a time, uses it, and waits until the next may come.
async fn makes_room(authenticate: bool, change: impl FnOnce(&mut Limits)) {
    let node = Node::start_with(|config| {
        config.limits.connections = 1.try_into().unwrap();
        change(&mut config.limits);
    })
    .await;
    let first = node.channel().await;
    if authenticate {
        let request = authorised(&node.operator_token(), ListOrganisationsRequest::default());
        let mut directory = DirectoryServiceClient::new(first.clone());
        directory.list_organisations(request).await.unwrap();
    } else {
        let mut health = HealthClient::new(first.clone());
        health.check(HealthCheckRequest::default()).await.unwrap();
    }
    let second = timeout(PATIENCE, node.channel()).await.unwrap();
    drop(first);
    let mut health = HealthClient::new(second);
    health.check(HealthCheckRequest::default()).await.unwrap();
}

#[tokio::test]
async fn a_connection_without_anybody_known_ends() {
    makes_room(false, |limits| {
        limits.unauthenticated_secs = 1.try_into().unwrap();
    })
    .await;
}

#[tokio::test]
async fn an_idle_connection_ends() {
    makes_room(true, |limits| limits.idle_secs = 1.try_into().unwrap()).await;
}

#[tokio::test]
async fn an_old_connection_ends() {
    makes_room(true, |limits| {
        limits.connection_age_secs = 1.try_into().unwrap();
    })
    .await;
}

#[tokio::test]
async fn a_known_connection_with_a_stream_stays() {
    let node = Node::start_with(|config| {
        config.limits.unauthenticated_secs = 1.try_into().unwrap();
        config.limits.idle_secs = 1.try_into().unwrap();
        config.limits.connections = 2.try_into().unwrap();
    })
    .await;
    organisation(&node.site()).await;
    let device = enrol(&node.site(), "Maya Singh").await;
    let mut stream = subscribe(&device).await;
    stream.message().await.unwrap();
    // Another one, younger than the stream's, has to make room for a third.
    let other = node.channel().await;
    let third = timeout(PATIENCE, node.channel()).await.unwrap();
    assert!(stream.message().now_or_never().is_none());
    // On the same connection: it was not asked to end either.
    let request = authorised(&device.token, SyncRequest::default());
    device.delivery().sync(request).await.unwrap();
    drop((other, third));
}

#[tokio::test]
async fn headers_are_bounded() {
    let node = Node::start().await;
    let mut request = tonic::Request::new(HealthCheckRequest::default());
    let long = "x".repeat(9 * 1024).parse().unwrap();
    request.metadata_mut().insert("x-long", long);
    let refused = HealthClient::new(node.channel().await).check(request).await;
    assert!(refused.is_err());
    assert!(serving(&node).await);
}
