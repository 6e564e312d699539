//! How the server stops.

use std::time::Duration;

use relais_proto::directory::{
    CreateOrganisationRequest, CreateOrganisationResponse, ListOrganisationsRequest,
    directory_service_client::DirectoryServiceClient,
};
use relais_types::Reason;
use tokio::net::TcpStream;
use tonic::{Code, Response, transport::Channel};
use tonic_health::pb::{
    HealthCheckRequest, health_check_response::ServingStatus, health_client::HealthClient,
};

use crate::{
    device::{enrol, organisation},
    node::{Node, authorised, config, failure, request_id},
    raw,
    streams::subscribe,
};

const PATIENCE: Duration = Duration::from_secs(30);

/// Returns when the server has what was sent on `channel` before: headers of one connection
/// arrive in order. The first call lets the tasks of this thread send theirs.
async fn received(channel: Channel, token: &str) {
    let mut directory = DirectoryServiceClient::new(channel);
    for _ in 0..2 {
        let request = authorised(token, ListOrganisationsRequest::default());
        directory.list_organisations(request).await.unwrap();
    }
}

#[tokio::test]
async fn streams_end_with_a_hint_and_a_write_in_progress_finishes() {
    let node = Node::start_with(|config| config.limits.calls = 8.try_into().unwrap()).await;
    organisation(&node.site()).await;
    let device = enrol(&node.site(), "Maya Singh").await;
    let mut stream = subscribe(&device).await;
    stream.message().await.unwrap();
    let mut watch = HealthClient::new(node.channel().await)
        .watch(HealthCheckRequest::default())
        .await
        .unwrap()
        .into_inner();
    let status = watch.message().await.unwrap().unwrap().status();
    assert_eq!(status, ServingStatus::Serving);

    let token = node.operator_token();
    let channel = node.channel().await;
    let (message, write) = raw::held::<CreateOrganisationRequest, CreateOrganisationResponse>(
        channel.clone(),
        "/relais.directory.v1.DirectoryService/CreateOrganisation",
        &[("authorization", &format!("Bearer {token}"))],
    );
    let write = tokio::spawn(write);
    received(channel, &token).await;

    let address = node.running.address();
    let dir = node.dir;
    let stopping = tokio::spawn(node.running.shutdown());

    let (code, error) = failure(stream.message().await.map(Response::new));
    assert_eq!(
        (code, error.reason),
        (Code::Unavailable, Reason::ShuttingDown)
    );
    assert_eq!(error.retry_after, Some(Duration::from_secs(1)));
    // A watcher of the health is told, or at least sent away with the same hint.
    let ended = loop {
        match watch.message().await {
            Ok(Some(update)) => assert_eq!(update.status(), ServingStatus::NotServing),
            outcome => break failure(outcome.map(Response::new)),
        }
    };
    assert_eq!(ended.1.reason, Reason::ShuttingDown);

    let admission = CreateOrganisationRequest {
        request_id: request_id(),
        domain: "parc.internal".to_owned(),
        display_name: "Clinique du Parc".to_owned(),
        own_authority: false,
    };
    message.send(admission).unwrap();
    let written = write.await.unwrap().unwrap().into_inner();
    assert_eq!(
        written.organisation.unwrap().name,
        "organisations/parc.internal"
    );

    drop(device);
    tokio::time::timeout(PATIENCE, stopping)
        .await
        .unwrap()
        .unwrap()
        .unwrap();
    assert!(TcpStream::connect(address).await.is_err());
    assert!(!dir.path().join("address").exists());

    // What was written is there for the next server in the same directory.
    let running = relais_server::serve(config(dir.path())).await.unwrap();
    let node = Node { running, dir };
    let request = authorised(&node.operator_token(), ListOrganisationsRequest::default());
    let found = DirectoryServiceClient::new(node.channel().await)
        .list_organisations(request)
        .await
        .unwrap();
    assert_eq!(found.into_inner().organisations.len(), 2);
}

#[tokio::test]
async fn a_call_that_does_not_end_is_cut_after_the_grace() {
    let node = Node::start_with(|config| config.shutdown.grace_secs = 0).await;
    let token = node.operator_token();
    let channel = node.channel().await;
    let (_never, call) = raw::held::<CreateOrganisationRequest, CreateOrganisationResponse>(
        channel.clone(),
        "/relais.directory.v1.DirectoryService/CreateOrganisation",
        &[("authorization", &format!("Bearer {token}"))],
    );
    let call = tokio::spawn(call);
    received(channel, &token).await;
    let stopped = tokio::time::timeout(PATIENCE, node.running.shutdown()).await;
    stopped.unwrap().unwrap();
    assert!(call.await.unwrap().is_err());
}
