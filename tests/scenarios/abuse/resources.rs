//! Floods: the one who floods is told to wait, everybody else is served.

use futures_util::future::join_all;
use relais_proto::{
    delivery::{SubscribeRequest, SyncRequest},
    identity::{CreateChallengeRequest, identity_service_client::IdentityServiceClient},
};
use relais_tests::PATIENCE;
use tokio::{net::TcpStream, time::timeout};

use super::{Site, told};

const LIMITED: &str = "ResourceExhausted RATE_LIMITED + RetryInfo";

#[tokio::test]
async fn calls() {
    let variables = [
        ("RELAISD_RATE__DEVICE", "100, then 1 per min"),
        ("RELAISD_RATE__SEND", "10, then 1 per min"),
        ("RELAISD_RATE__SIGN_IN", "40, then 1 per min"),
    ];
    let mut site = Site::with("floods of calls", &variables).await;
    let mut last = String::new();
    let own = site.cy.create_group().await;
    for n in 0..12_u8 {
        let message = site.cy.message(own, &[n]);
        last = told(site.cy.delivery().send(site.cy.authorised(message)).await);
    }
    site.case("the 12th message where 10 may come at once", LIMITED, last)
        .await;
    let flood = join_all((0..200).map(|_| async {
        let request = site.cy.authorised(SyncRequest::default());
        told(site.cy.delivery().sync(request).await)
    }));
    let answers = flood.await;
    let limited = answers.iter().filter(|answer| *answer == LIMITED).count();
    let served = answers.iter().filter(|answer| *answer == "OK").count();
    let got = if limited > 0 && limited + served == answers.len() {
        LIMITED.to_owned()
    } else {
        format!("{served} served, {limited} limited of {}", answers.len())
    };
    site.case("200 calls of a device at once", LIMITED, got)
        .await;
    site.say(b"others are served").await;
    site.case("others meanwhile", "OK", "OK".to_owned()).await;

    let mut identity = IdentityServiceClient::new(site.cy.channel.clone());
    let device_id: bytes::Bytes = site.cy.name.device.into();
    let mut last = String::new();
    for _ in 0..60 {
        let device_id = device_id.clone();
        last = told(
            identity
                .create_challenge(CreateChallengeRequest { device_id })
                .await,
        );
    }
    site.case("challenges without end from one address", LIMITED, last)
        .await;
    site.say(b"who has a token is served").await;
    site.finish().await;
}

#[tokio::test]
async fn streams() {
    let mut site = Site::new("floods of streams").await;
    let mut streams = Vec::new();
    for _ in 0..10 {
        let request = site.cy.authorised(SubscribeRequest::default());
        let mut stream = site
            .cy
            .delivery()
            .subscribe(request)
            .await
            .unwrap()
            .into_inner();
        stream.message().await.unwrap();
        streams.push(stream);
    }
    let mut first = streams.remove(0);
    let ended = timeout(PATIENCE, first.message()).await.unwrap();
    let got = super::refusal(&ended.unwrap_err());
    let overloaded = "ResourceExhausted OVERLOADED + RetryInfo";
    site.case("the first of ten streams of a device", overloaded, got)
        .await;
    site.say(b"others are served").await;

    // Opened and reset as fast as the client can.
    let channel = site.node.channel().await;
    for _ in 0..2_000 {
        let request = site.cy.authorised(SyncRequest::default());
        let mut delivery =
            relais_proto::delivery::delivery_service_client::DeliveryServiceClient::new(
                channel.clone(),
            );
        let call = tokio::spawn(async move { delivery.sync(request).await.map(drop) });
        tokio::task::yield_now().await;
        call.abort();
    }
    site.say(b"served after the resets").await;
    site.case(
        "2,000 calls opened and reset",
        "served",
        "served".to_owned(),
    )
    .await;
    site.finish().await;
}

#[tokio::test]
async fn connections() {
    let variables = [
        ("RELAISD_LIMITS__CONNECTIONS", "12"),
        ("RELAISD_TLS__HANDSHAKE_TIMEOUT_SECS", "1"),
    ];
    let mut site = Site::with("floods of connections", &variables).await;
    let mut idle = Vec::new();
    for _ in 0..64 {
        idle.push(TcpStream::connect(site.node.address()).await.unwrap());
    }
    site.say(b"open connections are served").await;
    site.case(
        "64 silent connections where 12 fit",
        "served",
        "served".to_owned(),
    )
    .await;
    // The silent ones are cut one after another, until there is room for somebody who talks.
    let fresh = timeout(PATIENCE, site.node.channel()).await;
    let got = if fresh.is_ok() { "let in" } else { "kept out" };
    site.case("a new client behind them", "let in", got.to_owned())
        .await;
    drop(idle);
    site.finish().await;
}

/// Without file descriptors the server cannot accept; with some again it does.
#[cfg(target_os = "linux")]
#[tokio::test]
async fn file_descriptors() {
    let mut site = Site::new("no file descriptors").await;
    let process = site.node.process().to_string();
    let limit = async |number: &str| {
        let set = tokio::process::Command::new("prlimit")
            .args(["--pid", &process, &format!("--nofile={number}:")])
            .status()
            .await;
        set.is_ok_and(|status| status.success())
    };
    let open = std::fs::read_dir(format!("/proc/{process}/fd"))
        .unwrap()
        .count();
    if !limit(&(open + 2).to_string()).await {
        println!("abuse: no prlimit on this machine, left out");
        return;
    }
    let mut idle = Vec::new();
    for _ in 0..16 {
        idle.push(TcpStream::connect(site.node.address()).await.unwrap());
    }
    site.say(b"open connections are served").await;
    site.case(
        "16 connections where 2 descriptors are left",
        "served",
        "served".to_owned(),
    )
    .await;
    drop(idle);
    assert!(limit("1024").await);
    let fresh = timeout(PATIENCE, site.node.channel()).await;
    let got = if fresh.is_ok() { "let in" } else { "kept out" };
    site.case(
        "a new client when there are some again",
        "let in",
        got.to_owned(),
    )
    .await;
    site.finish().await;
}
