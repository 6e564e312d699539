//! A device is revoked in the middle of its work.

use std::time::Duration;

use relais_mls::Processed;
use relais_proto::{
    delivery::{EntryKind, SendRequest, delivery::Item},
    identity::{RevokeDeviceRequest, identity_service_client::IdentityServiceClient},
};
use relais_types::{Clock as _, Reason, SystemClock};
use tonic::Code;

use crate::{
    device::{enrol, organisation},
    node::{Node, authorised, failure, request_id},
    streams::{group_of, publish, subscribe},
};

/// What is promised for calls and streams of a revoked device.
const CUT: Duration = Duration::from_secs(5);

#[tokio::test]
async fn calls_and_streams_end_and_the_group_waits_for_a_commit() {
    let node = Node::start().await;
    organisation(&node.site()).await;
    let mut maya = enrol(&node.site(), "Maya Singh").await;
    let mut jean = enrol(&node.site(), "Jean Roy").await;
    publish(&mut jean).await;
    let group = group_of(&mut maya, &jean).await;
    let mut jeans = subscribe(&jean).await;
    let mut mayas = subscribe(&maya).await;
    while !jeans.message().await.unwrap().unwrap().caught_up {}
    while !mayas.message().await.unwrap().unwrap().caught_up {}

    let revoked = tokio::time::Instant::now();
    let message = RevokeDeviceRequest {
        request_id: request_id(),
        device: jean.name.to_string(),
    };
    let mut identity = IdentityServiceClient::new(node.channel().await);
    let request = authorised(&node.operator_token(), message);
    let answer = identity.revoke_device(request).await.unwrap().into_inner();
    assert_eq!(answer.pending_removals, 1);

    let ended = tokio::time::timeout(CUT, async {
        loop {
            if let Err(status) = jeans.message().await {
                return status;
            }
        }
    });
    let status = ended.await.expect("the stream is closed within 5 s");
    assert!(revoked.elapsed() < CUT);
    let (code, error) = failure::<()>(Err(status));
    assert_eq!(
        (code, error.reason),
        (Code::PermissionDenied, Reason::DeviceRevoked)
    );
    let late = SendRequest {
        request_id: request_id(),
        group_id: group.into(),
        epoch: 1,
        ciphertext: vec![1].into(),
        timers: Vec::new(),
    };
    let (_, error) = failure(jean.delivery().send(authorised(&jean.token, late)).await);
    assert_eq!(error.reason, Reason::DeviceRevoked);

    let early = maya
        .mls
        .encrypt(&mut maya.state, group, b"too soon")
        .unwrap();
    let early = SendRequest {
        request_id: request_id(),
        group_id: group.into(),
        epoch: early.epoch,
        ciphertext: early.ciphertext,
        timers: Vec::new(),
    };
    let (code, error) = failure(maya.delivery().send(authorised(&maya.token, early)).await);
    assert_eq!(
        (code, error.reason),
        (Code::Aborted, Reason::CommitRequired)
    );
    let proposal = loop {
        let batch = mayas.message().await.unwrap().unwrap();
        let found = batch.deliveries.into_iter().find_map(|it| match it.item {
            Some(Item::Entry(entry)) if entry.kind() == EntryKind::Proposal => Some(entry),
            _ => None,
        });
        if let Some(entry) = found {
            break entry;
        }
    };
    assert!(proposal.sender_device_id.is_empty());
    let seen = maya
        .mls
        .process(&mut maya.state, group, &proposal.payload, SystemClock.now())
        .unwrap();
    assert_eq!(seen, Processed::RemovalProposed(jean.name));
}
