//! Certificates that are no good, and good ones in the wrong place.

use std::time::{Duration, Instant};

use rcgen::{
    CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, Issuer, KeyPair,
    KeyUsagePurpose, SanType, date_time_ymd,
};
use relais_mls::{Chain, SigningKey, authority::OrganisationCa};
use relais_proto::delivery::{
    SubscribeRequest, SubscribeResponse, SyncRequest,
    delivery_service_client::DeliveryServiceClient,
};
use relais_tests::{Device, Node, authorised};
use relais_types::{Clock as _, DeviceName, OsEntropy, SystemClock, Timestamp};
use tempfile::TempDir;
use tokio::time::timeout;
use tonic::{Request, Streaming};

use super::{Site, refusal, told};

const HANDSHAKE: &str = "refused in the handshake";
const INVALID: &str = "Unauthenticated CERTIFICATE_INVALID";
const MISMATCH: &str = "Unauthenticated CREDENTIAL_MISMATCH";
/// What is promised for the calls and streams of a revoked device.
const CUT: Duration = Duration::from_secs(5);

/// What a call gets on a connection that shows this certificate and nothing else.
async fn shown(node: &Node, certificate: &str, key: &str) -> String {
    let Ok(channel) = node.channel_as(certificate, key).await else {
        return HANDSHAKE.to_owned();
    };
    let mut delivery = DeliveryServiceClient::new(channel);
    match delivery.sync(Request::new(SyncRequest::default())).await {
        Ok(_) => "OK".to_owned(),
        // The transport's own word: there was no server to answer.
        Err(status) if status.details().is_empty() => HANDSHAKE.to_owned(),
        Err(status) => refusal(&status),
    }
}

fn authority(node: &Node, domain: &str) -> OrganisationCa {
    let [certificate, key] = authority_pem(node, domain);
    OrganisationCa::from_pem(&certificate, &key).unwrap()
}

fn authority_pem(node: &Node, domain: &str) -> [String; 2] {
    let file = |ending| node.data_dir().join(format!("ca/{domain}.{ending}"));
    ["pem", "key"].map(|ending| std::fs::read_to_string(file(ending)).unwrap())
}

/// What the authority of `domain` makes for `name` if nobody keeps it from it.
fn forged(node: &Node, domain: &str, name: &str) -> (String, String) {
    let [certificate, key] = authority_pem(node, domain);
    let mut authority = CertificateParams::default();
    authority.distinguished_name = DistinguishedName::new();
    authority
        .distinguished_name
        .push(DnType::CommonName, domain);
    let issuer = Issuer::new(authority, KeyPair::from_pem(&key).unwrap());
    let own = KeyPair::generate_for(&rcgen::PKCS_ED25519).unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.subject_alt_names = vec![SanType::DnsName(name.try_into().unwrap())];
    params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
    params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
    params.not_after = date_time_ymd(2050, 1, 1);
    let made = params.signed_by(&own, &issuer).unwrap();
    (made.pem() + &certificate, own.serialize_pem())
}

fn dns_name(device: &DeviceName, domain: &str) -> String {
    let plain = |id: String| id.replace('-', "");
    let device_id = plain(device.device.to_string());
    let practitioner = plain(device.practitioner.to_string());
    format!("d-{device_id}.p-{practitioner}.{domain}")
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "one table of cases")]
async fn certificates() {
    let mut site = Site::new("certificates").await;
    let (_dir, other) = elsewhere().await;
    let eve = Device::enrol(&other, "hospital.internal", "Eve", false).await;
    let ana = &site.ana;
    let (now, key) = (SystemClock.now(), ana.prover.to_pkcs8_pem());
    let hospital = authority(&site.node, "hospital.internal");
    let device_key = ana.prover.public();
    let issue = |key: &[u8; 32], at| hospital.issue_transport(&ana.name, key, at).unwrap();
    let weeks_ago = Timestamp::from_micros(now.as_micros() - 8 * 24 * 3_600_000_000);
    let stray = SigningKey::generate(&mut OsEntropy);
    let outside = forged(
        &site.node,
        "hospital.internal",
        &dns_name(&site.bo.name, "clinic.internal"),
    );
    let below = forged(
        &site.node,
        "hospital.internal",
        &dns_name(&ana.name, "ward.hospital.internal"),
    );
    // The forging is sound: the same for a name within the constraint gets further.
    let within = forged(
        &site.node,
        "hospital.internal",
        &dns_name(&ana.name, "hospital.internal"),
    );
    let pem = Chain::to_pem;
    let rows: Vec<(&str, &str, String, String)> = vec![
        (
            "the device's own certificate, no token",
            "OK",
            pem(&ana.transport),
            key.to_string(),
        ),
        (
            "the next one, before the first has ended",
            "OK",
            pem(&issue(&device_key, now)),
            key.to_string(),
        ),
        (
            "a certificate that has expired",
            HANDSHAKE,
            pem(&issue(&device_key, weeks_ago)),
            key.to_string(),
        ),
        (
            "a certificate of another federation",
            HANDSHAKE,
            pem(&eve.transport),
            eve.prover.to_pkcs8_pem().to_string(),
        ),
        (
            "the messaging certificate",
            HANDSHAKE,
            pem(ana.mls.chain()),
            ana.mls.key().to_pkcs8_pem().to_string(),
        ),
        (
            "a name of another organisation",
            HANDSHAKE,
            outside.0,
            outside.1,
        ),
        (
            "a name of a domain below its own",
            INVALID,
            below.0,
            below.1,
        ),
        (
            "an own device's name, a key of one's own",
            INVALID,
            within.0,
            within.1,
        ),
        (
            "a key that was never enrolled",
            INVALID,
            pem(&issue(&stray.public(), now)),
            stray.to_pkcs8_pem().to_string(),
        ),
    ];
    for (name, expected, certificate, key) in rows {
        let got = shown(&site.node, &certificate, &key).await;
        site.case(name, expected, got).await;
    }
    let (token, operator) = (site.bo.token.clone(), site.node.operator_token());
    for (name, expected, token) in [
        (
            "a certificate and a token of another device",
            MISMATCH,
            token,
        ),
        ("a certificate and the operator's token", MISMATCH, operator),
        (
            "a certificate and an invented token",
            "Unauthenticated CREDENTIAL_MISSING",
            "relais_00".to_owned(),
        ),
    ] {
        let request = authorised(&token, SyncRequest::default());
        let got = told(site.ana.delivery().sync(request).await);
        site.case(name, expected, got).await;
    }
    site.finish().await;
}

/// A server of the same kind that has nothing to do with the first.
async fn elsewhere() -> (TempDir, Node) {
    let dir = TempDir::new().unwrap();
    let node = Node::start(dir.path()).await;
    let domain = "hospital.internal".parse().unwrap();
    let created = node.operator().create_organisation(&domain, "Other").await;
    created.unwrap();
    (dir, node)
}

/// How a stream ends, if it does in time.
async fn end(mut stream: Streaming<SubscribeResponse>, since: Instant) -> String {
    let ended = timeout(CUT, async {
        loop {
            if let Err(status) = stream.message().await {
                return status;
            }
        }
    });
    match ended.await {
        Ok(status) if since.elapsed() < CUT => refusal(&status),
        _ => "left open".to_owned(),
    }
}

#[tokio::test]
async fn revoked() {
    const SUBSCRIBE: &str = "/relais.delivery.v1.DeliveryService/Subscribe";
    const SYNC: &str = "/relais.delivery.v1.DeliveryService/Sync";
    let mut site = Site::new("a revoked device").await;
    let dee = Device::enrol(&site.node, "clinic.internal", "Dee", false).await;
    let mut plain = DeliveryServiceClient::new(site.node.channel().await);

    let by_certificate = Request::new(SubscribeRequest::default());
    let mut first = dee
        .delivery()
        .subscribe(by_certificate)
        .await
        .unwrap()
        .into_inner();
    let by_token = dee.proved(SUBSCRIBE, SubscribeRequest::default());
    let mut second = plain.subscribe(by_token).await.unwrap().into_inner();
    for stream in [&mut first, &mut second] {
        assert!(stream.message().await.unwrap().unwrap().caught_up);
    }
    let revoked = Instant::now();
    site.node.operator().revoke_device(&dee.name).await.unwrap();
    let (first, second) = tokio::join!(end(first, revoked), end(second, revoked));

    let cut = "PermissionDenied DEVICE_REVOKED";
    site.case("its stream by certificate, within 5 s", cut, first)
        .await;
    site.case("its stream by token, within 5 s", cut, second)
        .await;
    let request = Request::new(SyncRequest::default());
    let got = told(dee.delivery().sync(request).await);
    site.case("a call on its connection", cut, got).await;
    let got = told(plain.sync(dee.proved(SYNC, SyncRequest::default())).await);
    site.case("a call with its token", cut, got).await;
    let got = shown(
        &site.node,
        &dee.transport.to_pem(),
        &dee.prover.to_pkcs8_pem(),
    )
    .await;
    site.case("a new connection with its certificate", cut, got)
        .await;
    let answer = dee.answer(dee.challenge().await);
    let got = told(dee.identity().create_token(answer).await);
    site.case("a new token", cut, got).await;
    site.finish().await;
}
