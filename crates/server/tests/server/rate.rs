//! Rate limits on real sockets; how the buckets fill is tested in `src/rate.rs`.

use std::time::Duration;

use relais_proto::{
    delivery::SyncRequest,
    directory::{ListOrganisationsRequest, directory_service_client::DirectoryServiceClient},
    identity::{CreateChallengeRequest, identity_service_client::IdentityServiceClient},
    keypackage::{ClaimKeyPackagesRequest, key_package_service_client::KeyPackageServiceClient},
};
use relais_types::{DeviceId, GroupId, Reason};
use tonic::{Code, Response, Status};

use crate::{
    device::{Device, enrol, organisation},
    node::{Node, authorised, failure, request_id},
};

/// Checks that a call was over the limit `name`, and by how much.
fn limited<T: std::fmt::Debug>(outcome: Result<Response<T>, Status>, name: &str) -> Duration {
    let (code, error) = failure(outcome);
    assert_eq!(
        (code, error.reason),
        (Code::ResourceExhausted, Reason::RateLimited)
    );
    assert_eq!(error.metadata["limit"], name);
    error.retry_after.unwrap()
}

async fn registered(device: &mut Device) -> GroupId {
    let genesis = device.genesis();
    let group = GroupId::try_from(genesis.group_id.as_ref()).unwrap();
    let request = authorised(&device.token, genesis);
    device.delivery().create_group(request).await.unwrap();
    group
}

#[tokio::test]
async fn a_call_too_many_is_told_when_to_come_back_and_changes_nothing() {
    let node = Node::start_with(|config| {
        config.rate.send = "2, then 1 per h".parse().unwrap();
        config.rate.commit = "1, then 1 per h".parse().unwrap();
        config.rate.claim = "1, then 1 per h".parse().unwrap();
    })
    .await;
    organisation(&node.site()).await;
    let mut maya = enrol(&node.site(), "Maya Singh").await;
    let mut omar = enrol(&node.site(), "Omar Haddad").await;
    let group = registered(&mut maya).await;
    let send = async |device: &mut Device, group| {
        let message = device.message(group);
        let request = authorised(&device.token, message);
        device.delivery().send(request).await
    };
    for _ in 0..2 {
        send(&mut maya, group).await.unwrap();
    }
    let wait = limited(send(&mut maya, group).await, "send");
    assert!(wait > Duration::from_mins(55), "{wait:?}");
    // The log goes on where it was, and others are not affected.
    let page = maya
        .delivery()
        .sync(authorised(&maya.token, SyncRequest::default()))
        .await
        .unwrap()
        .into_inner();
    assert_eq!(page.deliveries.len(), 2);
    let theirs = registered(&mut omar).await;
    send(&mut omar, theirs).await.unwrap();

    for (epoch, passes) in [(0, true), (1, false)] {
        let message = maya.renewal(group, epoch);
        let request = authorised(&maya.token, message);
        let outcome = maya.delivery().commit(request).await;
        if passes {
            outcome.unwrap();
            maya.mls.merge_staged(&mut maya.state, group).unwrap();
        } else {
            limited(outcome, "commit");
        }
    }

    let claim = async || {
        let message = ClaimKeyPackagesRequest {
            request_id: request_id(),
            practitioner: omar.name.practitioner_name().to_string(),
        };
        KeyPackageServiceClient::new(maya.channel.clone())
            .claim_key_packages(authorised(&maya.token, message))
            .await
    };
    let (_, error) = failure(claim().await);
    assert_eq!(error.reason, Reason::KeyPackagesExhausted);
    limited(claim().await, "claim");
}

#[tokio::test]
async fn an_address_and_the_operator_have_buckets_too() {
    let node = Node::start_with(|config| {
        config.rate.sign_in = "3, then 1 per h".parse().unwrap();
        config.rate.directory = "1, then 1 per h".parse().unwrap();
    })
    .await;
    let mut identity = IdentityServiceClient::new(node.channel().await);
    let mut challenge = async || {
        let device_id = DeviceId::from_bytes([1; 16]).into();
        identity
            .create_challenge(CreateChallengeRequest { device_id })
            .await
    };
    for _ in 0..3 {
        challenge().await.unwrap();
    }
    limited(challenge().await, "sign_in");
    // Another connection from the same address is the same address.
    let mut again = IdentityServiceClient::new(node.channel().await);
    let device_id = DeviceId::from_bytes([2; 16]).into();
    let request = CreateChallengeRequest { device_id };
    limited(again.create_challenge(request).await, "sign_in");

    let mut directory = DirectoryServiceClient::new(node.channel().await);
    let mut list = async || {
        let request = authorised(&node.operator_token(), ListOrganisationsRequest::default());
        directory.list_organisations(request).await
    };
    list().await.unwrap();
    limited(list().await, "directory");
}
