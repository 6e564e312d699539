//! Credentials that are none, and connections that are no good.

use std::{sync::Arc, time::Duration};

use relais_proto::{
    delivery::{SyncRequest, delivery_service_client::DeliveryServiceClient},
    directory::{ListOrganisationsRequest, directory_service_client::DirectoryServiceClient},
    identity::identity_service_client::IdentityServiceClient,
};
use relais_tests::{Device, Node, PATIENCE, authorised, enrolment};
use rustls::{
    ClientConfig, RootCertStore,
    crypto::aws_lc_rs,
    version::{TLS12, TLS13},
};
use rustls_pki_types::{CertificateDer, ServerName, pem::PemObject as _};
use tempfile::TempDir;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
    time::timeout,
};
use tokio_rustls::TlsConnector;
use tonic::Request;

use super::{Site, told};

const MISSING: &str = "Unauthenticated CREDENTIAL_MISSING";

/// A server of the same kind that has nothing to do with the first.
async fn another() -> (TempDir, Node) {
    let dir = TempDir::new().unwrap();
    let node = Node::start(dir.path()).await;
    let domain = "hospital.internal".parse().unwrap();
    let operator = node.operator();
    operator
        .create_organisation(&domain, "Other")
        .await
        .unwrap();
    (dir, node)
}

#[tokio::test]
async fn credentials() {
    let mut site = Site::new("credentials").await;
    let (_dir, other) = another().await;
    let stranger = Device::enrol(&other, "hospital.internal", "Eve", false).await;

    // A connection with a certificate would need none.
    let plain = site.node.channel().await;
    let sync = async |_: &Site, header: Option<String>| {
        let mut request = Request::new(SyncRequest::default());
        if let Some(header) = header {
            let value = header.parse().unwrap();
            request.metadata_mut().insert("authorization", value);
        }
        let mut delivery = DeliveryServiceClient::new(plain.clone());
        told(delivery.sync(request).await)
    };
    let good = site.ana.token.clone();
    let mut altered = good.clone().into_bytes();
    let middle = altered.len() / 2;
    altered[middle] = if altered[middle] == b'a' { b'b' } else { b'a' };
    let altered = String::from_utf8(altered).unwrap();
    for (name, header) in [
        ("no credential", None),
        ("an empty credential", Some(String::new())),
        ("a token as Basic", Some(format!("Basic {good}"))),
        (
            "a token without its end",
            Some(format!("Bearer {}", &good[..middle])),
        ),
        (
            "a token with one character changed",
            Some(format!("Bearer {altered}")),
        ),
        (
            "a JWT of `alg: none`",
            Some("Bearer eyJhbGciOiJub25lIn0.eyJzdWIiOiJvcGVyYXRvciJ9.".to_owned()),
        ),
        (
            "a token of another server",
            Some(format!("Bearer {}", stranger.token)),
        ),
        (
            "the operator token of another server",
            Some(format!("Bearer {}", other.operator_token())),
        ),
    ] {
        let got = sync(&site, header).await;
        site.case(name, MISSING, got).await;
    }
    let operator = site.node.operator_token();
    let got = sync(&site, Some(format!("Bearer {operator}"))).await;
    site.case(
        "the operator reads an inbox",
        "PermissionDenied NOT_ALLOWED",
        got,
    )
    .await;
    site.finish().await;
}

#[tokio::test]
async fn proofs() {
    let mut site = Site::new("enrolment and sign-in").await;
    let identity = || IdentityServiceClient::new(site.ana.channel.clone());
    let mut table = Vec::new();

    let (used, ..) = enrolment(&site.ana.code);
    let got = told(identity().enrol(used).await);
    table.push((
        "a used invitation code",
        "FailedPrecondition INVITATION_USED",
        got,
    ));
    let (unknown, ..) = enrolment("AAAA-BBBB-CCCC-DDDD");
    let got = told(identity().enrol(unknown).await);
    table.push(("an invented invitation code", "NotFound NOT_FOUND", got));
    let domain = "hospital.internal".parse().unwrap();
    let whom = relais_client::Invitee::Person {
        display_name: "New".to_owned(),
        profession: "physician".to_owned(),
        administrator: false,
    };
    let fresh = site
        .node
        .operator()
        .invite(&domain, whom)
        .await
        .unwrap()
        .code;
    let (mut unproved, ..) = enrolment(&fresh);
    unproved.device_key = enrolment(&fresh).0.device_key;
    let got = told(identity().enrol(unproved).await);
    table.push((
        "enrolment without a proof of the key",
        "Unauthenticated PROOF_INVALID",
        got,
    ));
    let got = told(identity().enrol(enrolment(&fresh).0).await);
    table.push(("the code still works after that", "OK", got));

    let challenge = site.ana.challenge().await;
    let answer = site.ana.answer(challenge);
    told(identity().create_token(answer.clone()).await);
    let got = told(identity().create_token(answer).await);
    table.push((
        "a challenge answered twice",
        "Unauthenticated CHALLENGE_EXPIRED",
        got,
    ));
    let challenge = site.bo.challenge().await;
    let stolen = site.ana.answer_as(site.bo.name.device, challenge);
    let got = told(identity().create_token(stolen).await);
    table.push((
        "a device signs for another",
        "Unauthenticated PROOF_INVALID",
        got,
    ));
    let challenge = site.ana.challenge().await;
    let moved = site.bo.answer(challenge);
    let got = told(identity().create_token(moved).await);
    table.push((
        "the challenge of another device",
        "Unauthenticated CHALLENGE_EXPIRED",
        got,
    ));
    let mut made_up = site.ana.challenge().await.to_vec();
    made_up.reverse();
    let got = told(
        identity()
            .create_token(site.ana.answer(made_up.into()))
            .await,
    );
    table.push((
        "an invented challenge",
        "Unauthenticated CHALLENGE_EXPIRED",
        got,
    ));

    for (name, expected, got) in table {
        site.case(name, expected, got).await;
    }
    site.finish().await;
}

#[tokio::test]
async fn tokens_end() {
    let variables = [("RELAISD_SERVICE__TOKEN_TTL_SECS", "1")];
    let dir = TempDir::new().unwrap();
    let node = Node::start_with(dir.path(), &variables).await;
    let operator = node.operator();
    let domain = "hospital.internal".parse().unwrap();
    operator
        .create_organisation(&domain, "Hospital")
        .await
        .unwrap();
    let device = Device::enrol(&node, "hospital.internal", "Ana", false).await;
    let mut directory = DirectoryServiceClient::new(device.channel.clone());
    let mut ticks = tokio::time::interval(Duration::from_millis(100));
    let ended = async {
        loop {
            ticks.tick().await;
            let request = authorised(&device.token, ListOrganisationsRequest::default());
            let got = told(directory.list_organisations(request).await);
            if got != "OK" {
                return got;
            }
        }
    };
    let mut table = super::Table::new("tokens end");
    let got = timeout(PATIENCE, ended).await.unwrap();
    table.row("an expired token", "Unauthenticated TOKEN_EXPIRED", got);
    table.finish();
}

/// What a TLS client with this version and this authority gets.
async fn shake_hands(
    node: &Node,
    ca: &[u8],
    version: &'static rustls::SupportedProtocolVersion,
) -> &'static str {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from_pem_slice(ca).unwrap())
        .unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[version])
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = TcpStream::connect(node.address()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    match TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
    {
        Ok(_) => "connected",
        Err(error) if error.to_string().contains("ProtocolVersion") => "refused by the server",
        Err(error) if error.to_string().contains("invalid peer certificate") => {
            "refused by the client"
        }
        Err(error) => panic!("{error}"),
    }
}

#[tokio::test]
async fn connections() {
    let variables = [("RELAISD_TLS__HANDSHAKE_TIMEOUT_SECS", "1")];
    let mut site = Site::with("connections", &variables).await;
    let (_dir, other) = another().await;
    let ours = site.node.endpoint(site.node.address()).ca_pem;
    let theirs = other.endpoint(other.address()).ca_pem;

    let got = shake_hands(&site.node, &ours, &TLS13).await.to_owned();
    site.case("TLS 1.3 and the right authority", "connected", got)
        .await;
    let got = shake_hands(&site.node, &ours, &TLS12).await.to_owned();
    site.case("TLS 1.2", "refused by the server", got).await;
    let got = shake_hands(&site.node, &theirs, &TLS13).await.to_owned();
    site.case(
        "a server of an unknown authority",
        "refused by the client",
        got,
    )
    .await;

    // Each is open while others are served, and is closed by the server.
    for (name, bytes) in [
        ("a connection that says nothing", &[][..]),
        ("half a ClientHello", &[0x16, 3, 1, 1, 0][..]),
        (
            "HTTP/2 without TLS",
            b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0",
        ),
        (
            "HTTP/1.1 without TLS",
            b"GET / HTTP/1.1\r\nhost: localhost\r\n\r\n",
        ),
    ] {
        let mut stream = TcpStream::connect(site.node.address()).await.unwrap();
        stream.write_all(bytes).await.unwrap();
        site.say(b"meanwhile").await;
        let mut rest = Vec::new();
        // Orderly, or by a reset because of what was never read.
        let closed = timeout(PATIENCE, stream.read_to_end(&mut rest)).await;
        let got = match closed {
            Ok(_) if !rest.windows(4).any(|w| w == b"HTTP") => "closed",
            Ok(_) => "answered",
            Err(_) => "left open",
        };
        site.case(name, "closed", got.to_owned()).await;
    }
    site.finish().await;
}
