//! Streams of deliveries, with real MLS on both ends.

use std::time::Duration;

use relais_mls::{Change, Processed};
use relais_proto::{
    delivery::{
        AckRequest, CommitRequest, CreateGroupRequest, Delivery, SendRequest, SubscribeRequest,
        SubscribeResponse, delivery::Item, delivery_service_client::DeliveryServiceClient,
    },
    from_proto_time,
    keypackage::{
        ClaimKeyPackagesRequest, PublishKeyPackagesRequest,
        key_package_service_client::KeyPackageServiceClient,
    },
};
use relais_store::{Options, Store};
use relais_types::{Clock as _, GroupId, OsEntropy, Reason, SystemClock};
use tonic::{Code, Streaming};

use crate::{
    device::{Device, enrol, organisation},
    node::{Node, authorised, failure, request_id},
};

pub(crate) async fn subscribe(device: &Device) -> Streaming<SubscribeResponse> {
    let request = authorised(&device.token, SubscribeRequest::default());
    device
        .delivery()
        .subscribe(request)
        .await
        .unwrap()
        .into_inner()
}

/// The next delivery; streams may say first that there is none.
pub(crate) async fn next(stream: &mut Streaming<SubscribeResponse>) -> Delivery {
    loop {
        let mut response = stream.message().await.unwrap().unwrap();
        if !response.deliveries.is_empty() {
            assert_eq!(response.deliveries.len(), 1);
            return response.deliveries.remove(0);
        }
        assert!(response.caught_up);
    }
}

pub(crate) async fn publish(device: &mut Device) {
    let now = SystemClock.now();
    let single = device
        .mls
        .key_package(&mut device.state, false, now)
        .unwrap();
    let last = device
        .mls
        .key_package(&mut device.state, true, now)
        .unwrap();
    let message = PublishKeyPackagesRequest {
        request_id: request_id(),
        key_packages: vec![single],
        last_resort: last,
    };
    let stock = KeyPackageServiceClient::new(device.channel.clone())
        .publish_key_packages(authorised(&device.token, message))
        .await
        .unwrap();
    assert_eq!(stock.into_inner().available, 1);
}

/// Creates a group of `first` and adds `second`.
pub(crate) async fn group_of(first: &mut Device, second: &Device) -> GroupId {
    let now = SystemClock.now();
    let group = GroupId::random(&mut OsEntropy);
    let genesis = first
        .mls
        .create_group(&mut first.state, group, &first.policy, now)
        .unwrap();
    let message = CreateGroupRequest {
        request_id: request_id(),
        group_id: group.into(),
        group_info: genesis.group_info,
        ratchet_tree: genesis.ratchet_tree,
    };
    let mut delivery = first.delivery();
    let request = authorised(&first.token, message);
    delivery.create_group(request).await.unwrap();
    let claim = ClaimKeyPackagesRequest {
        request_id: request_id(),
        practitioner: second.name.practitioner_name().to_string(),
    };
    let claimed = KeyPackageServiceClient::new(first.channel.clone())
        .claim_key_packages(authorised(&first.token, claim))
        .await
        .unwrap()
        .into_inner();
    let change = Change {
        add: claimed
            .key_packages
            .into_iter()
            .map(|c| c.key_package)
            .collect(),
        ..Change::default()
    };
    let staged = first
        .mls
        .stage_commit(&mut first.state, group, &change, now)
        .unwrap();
    let message = CommitRequest {
        request_id: request_id(),
        group_id: group.into(),
        epoch: 0,
        commit: staged.commit,
        welcome: staged.welcome.unwrap(),
        group_info: staged.group_info,
    };
    let request = authorised(&first.token, message);
    let accepted = delivery.commit(request).await.unwrap().into_inner();
    assert_eq!((accepted.seq, accepted.epoch), (1, 1));
    first.mls.merge_staged(&mut first.state, group).unwrap();
    group
}

#[tokio::test]
async fn a_stream_delivers_what_comes_and_resumes_after_an_acknowledgement() {
    let node = Node::start().await;
    organisation(&node.site()).await;
    let mut maya = enrol(&node.site(), "Maya Singh").await;
    let mut jean = enrol(&node.site(), "Jean Roy").await;
    publish(&mut jean).await;
    let mut stream = subscribe(&jean).await;
    let first = stream.message().await.unwrap().unwrap();
    assert!(first.caught_up && first.deliveries.is_empty());

    let group = group_of(&mut maya, &jean).await;
    let mut welcome = next(&mut stream).await;
    // Claiming his only key package also asks him for more.
    let mut low = matches!(welcome.item, Some(Item::KeyPackagesLow(_)));
    if low {
        welcome = next(&mut stream).await;
    }
    let Some(Item::Welcome(invitation)) = welcome.item else {
        panic!("expected a Welcome, got {:?}", welcome.item);
    };
    let accepted_at = from_proto_time("accept_time", &invitation.accept_time.unwrap()).unwrap();
    let age = SystemClock.now().since(accepted_at);
    assert!(age < Duration::from_mins(1), "accepted {age:?} ago");
    let joined = jean
        .mls
        .join(
            &mut jean.state,
            &invitation.welcome,
            &invitation.ratchet_tree,
            SystemClock.now(),
        )
        .unwrap();
    assert_eq!((joined.group, joined.epoch), (group, 1));

    let text = b"Bonjour Jean";
    let sealed = maya.mls.encrypt(&mut maya.state, group, text).unwrap();
    let message = SendRequest {
        request_id: request_id(),
        group_id: group.into(),
        epoch: sealed.epoch,
        ciphertext: sealed.ciphertext,
        timers: Vec::new(),
    };
    let request = authorised(&maya.token, message.clone());
    assert_eq!(
        maya.delivery()
            .send(request)
            .await
            .unwrap()
            .into_inner()
            .seq,
        2
    );
    // A replay is answered, and appends nothing.
    let request = authorised(&maya.token, message);
    assert_eq!(
        maya.delivery()
            .send(request)
            .await
            .unwrap()
            .into_inner()
            .seq,
        2
    );

    let mut cursors = vec![welcome.cursor];
    let entry = loop {
        let delivery = next(&mut stream).await;
        match delivery.item {
            Some(Item::Entry(entry)) => {
                cursors.push(delivery.cursor);
                break entry;
            }
            Some(Item::KeyPackagesLow(_)) if !low => low = true,
            other => panic!("expected an entry, got {other:?}"),
        }
    };
    assert_eq!((entry.seq, entry.epoch), (2, 1));
    let opened = jean
        .mls
        .process(&mut jean.state, group, &entry.payload, SystemClock.now())
        .unwrap();
    let Processed::Application {
        plaintext, sender, ..
    } = opened
    else {
        panic!("expected content");
    };
    assert_eq!(plaintext, text);
    assert_eq!(sender.device, maya.name);

    let request = authorised(&jean.token, AckRequest { cursors });
    jean.delivery().ack(request).await.unwrap();
    let again = subscribe(&jean).await.message().await.unwrap().unwrap();
    let entries = again
        .deliveries
        .iter()
        .filter(|d| matches!(d.item, Some(Item::Entry(_) | Item::Welcome(_))));
    assert_eq!(entries.count(), 0);
}

#[tokio::test]
async fn a_stream_ends_with_its_token() {
    let node = Node::start_with(|config| config.service.token_ttl_secs = 1).await;
    organisation(&node.site()).await;
    let device = enrol(&node.site(), "Maya Singh").await;
    let path = "/relais.delivery.v1.DeliveryService/Subscribe";
    let request = device.proved(path, SubscribeRequest::default());
    // Without a certificate, which would outlive the token.
    let mut delivery = DeliveryServiceClient::new(node.channel().await);
    let mut stream = delivery.subscribe(request).await.unwrap().into_inner();
    assert!(stream.message().await.unwrap().unwrap().caught_up);
    let (code, error) = failure(stream.message().await.map(tonic::Response::new));
    assert_eq!(
        (code, error.reason),
        (Code::Unauthenticated, Reason::TokenExpired)
    );
}

#[tokio::test]
async fn the_stream_of_a_revoked_device_ends_at_the_next_tick() {
    let node = Node::start_with(|config| {
        config.delivery.reconcile_secs = 1.try_into().unwrap();
    })
    .await;
    organisation(&node.site()).await;
    let device = enrol(&node.site(), "Maya Singh").await;
    let mut stream = subscribe(&device).await;
    assert!(stream.message().await.unwrap().unwrap().caught_up);
    let path = node.dir.path().join("relais.db");
    let store = Store::open(path, Options::default()).await.unwrap();
    let id = device.name.device;
    let known = store
        .run_tx("revoke", async move |tx| {
            tx.revoke_device(id, SystemClock.now()).await
        })
        .await;
    assert!(known.unwrap());
    store.close().await;
    let (code, error) = failure(stream.message().await.map(tonic::Response::new));
    assert_eq!(
        (code, error.reason),
        (Code::PermissionDenied, Reason::DeviceRevoked)
    );
}

#[tokio::test]
async fn a_third_stream_closes_the_oldest() {
    let node = Node::start().await;
    organisation(&node.site()).await;
    let device = enrol(&node.site(), "Maya Singh").await;
    let mut oldest = subscribe(&device).await;
    oldest.message().await.unwrap();
    let mut second = subscribe(&device).await;
    second.message().await.unwrap();
    let mut third = subscribe(&device).await;
    third.message().await.unwrap();
    let ended = oldest.message().await.map(tonic::Response::new);
    let (code, error) = failure(ended);
    assert_eq!(
        (code, error.reason),
        (Code::ResourceExhausted, Reason::Overloaded)
    );
    assert!(error.retry_after.is_some());
    drop(node);
}
