//! Streams at the level of HTTP/2: opened without end, reset at once, never read.

use std::sync::Arc;

use bytes::Bytes;
use futures_util::{StreamExt as _, future::join_all, stream::FuturesUnordered};
use h2::{Reason, client::SendRequest};
use relais_proto::delivery::{SubscribeRequest, SyncRequest, delivery::Item};
use relais_tests::PATIENCE;
use relais_types::{Clock as _, SystemClock};
use rustls::{ClientConfig, RootCertStore, crypto::aws_lc_rs, version::TLS13};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, ServerName, pem::PemObject as _};
use tokio::{net::TcpStream, task::JoinHandle, time::timeout};
use tokio_rustls::TlsConnector;

use super::{Node, Site};

/// What a server may allow on one connection, as far as this client is concerned.
const MANY: usize = 100_000;

/// A connection of HTTP/2 with Ana's certificate that keeps to no limit before it is told one.
async fn connect(site: &Site) -> (SendRequest<Bytes>, JoinHandle<Result<(), h2::Error>>) {
    let (node, ana) = (&site.node, &site.ana);
    let mut roots = RootCertStore::empty();
    let ca = node.endpoint(node.address()).ca_pem;
    roots
        .add(CertificateDer::from_pem_slice(&ca).unwrap())
        .unwrap();
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_protocol_versions(&[&TLS13])
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(
            ana.transport
                .certificates()
                .iter()
                .map(|der| CertificateDer::from(der.to_vec()))
                .collect(),
            PrivateKeyDer::from_pem_slice(ana.prover.to_pkcs8_pem().as_bytes()).unwrap(),
        )
        .unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    let stream = TcpStream::connect(node.address()).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let connector = TlsConnector::from(Arc::new(config));
    let stream = connector.connect(name, stream).await.unwrap();
    let (send, connection) = h2::client::Builder::new()
        .initial_max_send_streams(MANY)
        .max_concurrent_reset_streams(MANY)
        .handshake(stream)
        .await
        .unwrap();
    (send, tokio::spawn(connection))
}

/// The head of a call whose message is yet to come.
fn head(site: &Site) -> http::Request<()> {
    const SYNC: &str = "/relais.delivery.v1.DeliveryService/Sync";
    let proof = site.ana.proof(
        SYNC,
        &SyncRequest::default(),
        &site.ana.token,
        SystemClock.now(),
    );
    http::Request::post(format!("https://localhost{SYNC}"))
        .header("relais-proof", proof)
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("authorization", format!("Bearer {}", site.ana.token))
        .body(())
        .unwrap()
}

#[tokio::test]
async fn reset_at_once() {
    let mut site = Site::new("streams reset at once").await;
    let (mut send, connection) = connect(&site).await;
    let attack = async {
        loop {
            let Ok((_answer, mut stream)) = send.send_request(head(&site), false) else {
                break;
            };
            stream.send_reset(Reason::CANCEL);
            tokio::task::yield_now().await;
        }
    };
    let ended = timeout(PATIENCE, attack).await.is_ok();
    let outcome = timeout(PATIENCE, connection).await.map(Result::unwrap);
    let got = match outcome {
        Ok(Err(_)) if ended => "cut off",
        _ => "put up with",
    };
    site.case(
        "streams opened and reset without end",
        "cut off",
        got.to_owned(),
    )
    .await;
    site.say(b"others are served").await;
    site.finish().await;
}

#[tokio::test]
async fn opened_without_end() {
    const OPENED: usize = 1_000;
    const ALLOWED: usize = 64;
    let mut site = Site::new("streams opened without end").await;
    let (mut send, _connection) = connect(&site).await;
    let (mut answers, mut open) = (FuturesUnordered::new(), Vec::new());
    for _ in 0..OPENED {
        let (answer, stream) = send.send_request(head(&site), false).unwrap();
        answers.push(answer);
        open.push(stream);
    }
    let refusals = async {
        let mut refused = 0;
        while refused < OPENED - ALLOWED {
            match answers.next().await.unwrap() {
                Err(error) if error.reason() == Some(Reason::REFUSED_STREAM) => refused += 1,
                other => return format!("{refused} refused, then {other:?}"),
            }
        }
        format!("{refused} refused")
    };
    let got = timeout(PATIENCE, refusals).await.unwrap();
    site.case("1,000 streams where 64 may be open", "936 refused", got)
        .await;
    site.say(b"others are served").await;
    site.finish().await;
}

/// Memory of the server in KiB.
#[cfg(target_os = "linux")]
fn memory(node: &Node) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", node.process())).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next());
    number.unwrap().parse().unwrap()
}

/// Streams that nobody reads hold no more than a page each, and have everything when somebody
/// does.
#[cfg(target_os = "linux")]
#[tokio::test(flavor = "multi_thread")]
async fn never_read() {
    const READERS: usize = 16;
    const MESSAGES: usize = 200;
    /// If each kept all of it, that were 190 MiB.
    const MOST: u64 = 96 * 1024;
    let variables = [
        ("RELAISD_LIMITS__STREAMS_PER_DEVICE", "32"),
        ("RELAISD_RATE__SEND", "1000, then 100 per s"),
        ("RELAISD_RATE__DEVICE", "1000, then 100 per s"),
    ];
    let mut site = Site::with("streams that nobody reads", &variables).await;
    let mut streams = Vec::new();
    for _ in 0..READERS {
        let channel = site.node.channel().await;
        let mut delivery =
            relais_proto::delivery::delivery_service_client::DeliveryServiceClient::new(channel);
        let path = "/relais.delivery.v1.DeliveryService/Subscribe";
        let request = site.bo.proved(path, SubscribeRequest::default());
        let mut stream = delivery.subscribe(request).await.unwrap().into_inner();
        stream.message().await.unwrap();
        streams.push(stream);
    }
    let before = memory(&site.node);
    let text = vec![7; 58_000];
    for _ in 0..MESSAGES {
        site.say(&text).await;
    }
    let grown = memory(&site.node).saturating_sub(before);
    let got = if grown < MOST {
        "bounded".to_owned()
    } else {
        format!("{grown} KiB more")
    };
    site.case("16 streams of 11 MiB each, not read", "bounded", got)
        .await;

    let wanted = &site.accepted[site.accepted.len() - MESSAGES..];
    let all = streams.iter_mut().map(async |stream| {
        let mut seen: Vec<Bytes> = Vec::new();
        while seen.len() < MESSAGES {
            let page = stream.message().await.unwrap().unwrap();
            seen.extend(page.deliveries.into_iter().filter_map(|it| match it.item {
                Some(Item::Entry(entry)) => Some(entry.payload),
                _ => None,
            }));
        }
        seen == wanted
    });
    let read = timeout(PATIENCE, join_all(all)).await.unwrap();
    let whole = read.into_iter().filter(|whole| *whole).count();
    let got = format!("{whole} have everything, in order");
    site.case(
        "the same streams when they are read again",
        "16 have everything, in order",
        got,
    )
    .await;
    site.finish().await;
}
