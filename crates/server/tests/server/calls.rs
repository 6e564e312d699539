//! What a call is refused for before it reaches a use case.

use bytes::Bytes;
use relais_proto::{
    delivery::{
        CommitRequest, GetGroupInfoRequest, SendRequest, SyncRequest,
        delivery_service_client::DeliveryServiceClient,
    },
    directory::{
        CreateOrganisationRequest, CreateOrganisationResponse, CreateServiceRequest,
        ListOrganisationsRequest, Service, directory_service_client::DirectoryServiceClient,
    },
    identity::{
        CreateChallengeRequest, CreateChallengeResponse, CreateInvitationRequest, EnrolRequest,
        EnrolResponse, identity_service_client::IdentityServiceClient,
    },
    keypackage::{
        ClaimKeyPackagesRequest, CountKeyPackagesRequest, CountKeyPackagesResponse,
        key_package_service_client::KeyPackageServiceClient,
    },
};
use relais_types::Reason;
use tonic::{Code, Request, Response, Status};

use crate::{
    device::{ORGANISATION, enrol, organisation},
    node::{Node, authorised, failure, request_id},
    raw,
};

#[tokio::test]
async fn a_credential_is_needed_and_must_be_good() {
    let node = Node::start().await;
    let mut directory = DirectoryServiceClient::new(node.channel().await);
    let operator = node.operator_token();
    for (credential, reason) in [
        (None, Reason::CredentialMissing),
        (Some(String::new()), Reason::CredentialMissing),
        (Some("Bearer".to_owned()), Reason::CredentialMissing),
        (Some("Bearer garbage".to_owned()), Reason::CredentialMissing),
        (Some(format!("Basic {operator}")), Reason::CredentialMissing),
        (
            Some(format!("Bearer {operator}0")),
            Reason::CredentialMissing,
        ),
    ] {
        let mut request = Request::new(ListOrganisationsRequest::default());
        if let Some(credential) = &credential {
            let value = credential.parse().unwrap();
            request.metadata_mut().insert("authorization", value);
        }
        let (code, error) = failure(directory.list_organisations(request).await);
        assert_eq!(code, Code::Unauthenticated, "{credential:?}");
        assert_eq!(error.reason, reason, "{credential:?}");
    }
    let request = authorised(&operator, ListOrganisationsRequest::default());
    directory.list_organisations(request).await.unwrap();
}

#[tokio::test]
async fn a_token_expires() {
    let node = Node::start_with(|config| config.service.token_ttl_secs = 0).await;
    organisation(&node.site()).await;
    let device = enrol(&node.site(), "Maya Singh").await;
    let request = authorised(&device.token, SyncRequest::default());
    let (code, error) = failure(device.delivery().sync(request).await);
    assert_eq!(code, Code::Unauthenticated);
    assert_eq!(error.reason, Reason::TokenExpired);
}

#[tokio::test]
async fn a_large_message_is_refused_by_its_announced_length() {
    let node = Node::start().await;
    let message = SendRequest {
        request_id: request_id(),
        group_id: vec![1; 16].into(),
        epoch: 1,
        ciphertext: vec![0; 128 * 1024].into(),
        timers: Vec::new(),
    };
    let mut delivery = DeliveryServiceClient::new(node.channel().await);
    let request = authorised(&node.operator_token(), message);
    let (code, error) = failure(delivery.send(request).await);
    assert_eq!(code, Code::InvalidArgument);
    assert_eq!(error.reason, Reason::PayloadTooLarge);
}

#[tokio::test]
async fn unknown_methods_do_not_exist() {
    let node = Node::start().await;
    for path in [
        "/relais.delivery.v1.DeliveryService/ReadEverything",
        "/relais.nothing.v1.Nothing/Nothing",
        // Reflection is for development.
        "/grpc.reflection.v1.ServerReflection/ServerReflectionInfo",
    ] {
        let request = Request::new(CountKeyPackagesRequest {});
        let outcome =
            raw::call::<_, CountKeyPackagesResponse>(node.channel().await, path, request).await;
        assert_eq!(outcome.unwrap_err().code(), Code::Unimplemented, "{path}");
    }
}

#[tokio::test]
async fn a_message_that_is_none_is_malformed() {
    let node = Node::start().await;
    // A number where the method has bytes.
    let request = Request::new(CountKeyPackagesResponse {
        available: 7,
        low_water: 7,
    });
    let path = "/relais.identity.v1.IdentityService/CreateChallenge";
    let outcome =
        raw::call::<_, CreateChallengeResponse>(node.channel().await, path, request).await;
    let (code, error) = failure(outcome);
    assert_eq!(code, Code::InvalidArgument);
    assert_eq!(error.reason, Reason::MalformedField);
}

/// The field that a refused call names.
fn malformed<T: std::fmt::Debug>(outcome: Result<Response<T>, Status>) -> String {
    let (code, error) = failure(outcome);
    assert_eq!(code, Code::InvalidArgument, "{error:?}");
    assert_eq!(error.reason, Reason::MalformedField, "{error:?}");
    error.field.unwrap()
}

#[tokio::test]
async fn malformed_identities_are_named() {
    let node = Node::start().await;
    let token = node.operator_token();
    let mut identity = IdentityServiceClient::new(node.channel().await);
    let short = Bytes::from_static(&[1, 2, 3]);

    let challenge = CreateChallengeRequest {
        device_id: short.clone(),
    };
    let outcome = identity.create_challenge(challenge).await;
    assert_eq!(malformed(outcome), "device_id");
    let enrolment = EnrolRequest {
        request_id: request_id(),
        signature_key: short,
        ..EnrolRequest::default()
    };
    assert_eq!(malformed(identity.enrol(enrolment).await), "signature_key");
    for (organisation, access_role, field) in [
        ("laurier.internal", 0, "organisation"),
        (ORGANISATION, 99, "access_role"),
    ] {
        let invitation = CreateInvitationRequest {
            request_id: request_id(),
            organisation: organisation.to_owned(),
            access_role,
            ..CreateInvitationRequest::default()
        };
        let request = authorised(&token, invitation);
        assert_eq!(malformed(identity.create_invitation(request).await), field);
    }
}

#[tokio::test]
async fn malformed_names_are_named() {
    let node = Node::start().await;
    let token = node.operator_token();
    let mut directory = DirectoryServiceClient::new(node.channel().await);

    let admission = CreateOrganisationRequest {
        request_id: request_id(),
        domain: "Laurier".to_owned(),
        display_name: "Laurier".to_owned(),
        own_authority: false,
    };
    let outcome = directory.create_organisation(authorised(&token, admission));
    assert_eq!(malformed(outcome.await), "domain");
    for (service, field) in [
        (None, "service"),
        (
            Some(Service {
                name: "organisations/a.internal".to_owned(),
                ..Service::default()
            }),
            "service.name",
        ),
        (
            Some(Service {
                practitioners: vec!["nobody".to_owned()],
                ..Service::default()
            }),
            "service.practitioners[0]",
        ),
    ] {
        let offer = CreateServiceRequest {
            request_id: request_id(),
            organisation: ORGANISATION.to_owned(),
            service,
        };
        let outcome = directory.create_service(authorised(&token, offer)).await;
        assert_eq!(malformed(outcome), field);
    }
}

#[tokio::test]
async fn malformed_ids_are_named() {
    let node = Node::start().await;
    organisation(&node.site()).await;
    let device = enrol(&node.site(), "Maya Singh").await;
    let token = device.token.clone();
    let mut delivery = device.delivery();
    let short = Bytes::from_static(&[1, 2, 3]);
    let group_id = Bytes::from_static(&[7; 16]);

    let commit = CommitRequest {
        request_id: request_id(),
        group_id: group_id.clone(),
        ..CommitRequest::default()
    };
    let outcome = delivery.commit(authorised(&token, commit)).await;
    assert_eq!(malformed(outcome), "commit");
    let send = SendRequest {
        request_id: short.clone(),
        group_id,
        ..SendRequest::default()
    };
    let outcome = delivery.send(authorised(&token, send)).await;
    assert_eq!(malformed(outcome), "request_id");
    let info = GetGroupInfoRequest { group_id: short };
    let outcome = delivery.get_group_info(authorised(&token, info)).await;
    assert_eq!(malformed(outcome), "group_id");
    let claim = ClaimKeyPackagesRequest {
        request_id: request_id(),
        practitioner: "nobody".to_owned(),
    };
    let outcome = KeyPackageServiceClient::new(device.channel.clone())
        .claim_key_packages(authorised(&token, claim))
        .await;
    assert_eq!(malformed(outcome), "practitioner");
}

#[tokio::test]
async fn a_foreign_cursor_is_refused() {
    let node = Node::start().await;
    organisation(&node.site()).await;
    let device = enrol(&node.site(), "Maya Singh").await;
    let request = SyncRequest {
        cursors: vec![Bytes::from_static(&[9; 9])],
        page_size: 0,
    };
    let outcome = device
        .delivery()
        .sync(authorised(&device.token, request))
        .await;
    let (code, error) = failure(outcome);
    assert_eq!(
        (code, error.reason),
        (Code::InvalidArgument, Reason::CursorInvalid)
    );
}

#[tokio::test]
async fn the_operator_has_no_deliveries() {
    let node = Node::start().await;
    let mut delivery = DeliveryServiceClient::new(node.channel().await);
    let request = authorised(&node.operator_token(), SyncRequest::default());
    let (code, error) = failure(delivery.sync(request).await);
    assert_eq!(
        (code, error.reason),
        (Code::PermissionDenied, Reason::NotAllowed)
    );
}

#[tokio::test]
async fn every_answer_carries_a_request_id() {
    let node = Node::start().await;
    let mut directory = DirectoryServiceClient::new(node.channel().await);
    let request = authorised(&node.operator_token(), ListOrganisationsRequest::default());
    let good = directory.list_organisations(request).await.unwrap();
    let bad = directory
        .list_organisations(ListOrganisationsRequest::default())
        .await
        .unwrap_err();
    let ids = [good.metadata(), bad.metadata()].map(|m| m.get("x-request-id").cloned());
    assert!(ids.iter().all(Option::is_some));
    assert_ne!(ids[0], ids[1]);
}

#[tokio::test]
async fn open_calls_without_a_message_take_nobodys_room() {
    let node = Node::start_with(|config| {
        config.limits.calls = 4.try_into().unwrap();
        config.limits.open_calls = 4.try_into().unwrap();
    })
    .await;
    let channel = node.channel().await;
    let (mut never, mut calls) = (Vec::new(), Vec::new());
    for path in [
        "/relais.identity.v1.IdentityService/Enrol",
        "/relais.identity.v1.IdentityService/CreateChallenge",
    ] {
        for _ in 0..30 {
            let (message, call) =
                raw::held::<EnrolRequest, EnrolResponse>(channel.clone(), path, &[]);
            never.push(message);
            calls.push(tokio::spawn(call));
        }
    }
    // On the same connection, whose headers arrive in order: all of them wait by now. The
    // first round lets the tasks of this thread send theirs.
    for _ in 0..2 {
        let request = authorised(&node.operator_token(), ListOrganisationsRequest::default());
        let mut directory = DirectoryServiceClient::new(channel.clone());
        directory.list_organisations(request).await.unwrap();
    }
    let asked = CreateChallengeRequest {
        device_id: Bytes::from_static(&[7; 16]),
    };
    let mut identity = IdentityServiceClient::new(channel);
    identity.create_challenge(asked).await.unwrap();
    assert!(calls.iter().all(|call| !call.is_finished()));
    for call in calls {
        let (code, error) = failure(call.await.unwrap());
        assert_eq!(
            (code, error.reason),
            (Code::DeadlineExceeded, Reason::DeadlineExceeded)
        );
    }
}

const CREATE_ORGANISATION: &str = "/relais.directory.v1.DirectoryService/CreateOrganisation";

#[tokio::test]
async fn a_call_beyond_the_limit_is_shed() {
    let node = Node::start_with(|config| config.limits.calls = 1.try_into().unwrap()).await;
    let token = node.operator_token();
    let mut directory = DirectoryServiceClient::new(node.channel().await);
    // Whichever comes first takes the only place; again until that is the slow call.
    let (message, slow, (code, error)) = 'taken: loop {
        let (message, slow) = raw::held::<CreateOrganisationRequest, CreateOrganisationResponse>(
            node.channel().await,
            CREATE_ORGANISATION,
            &[("authorization", &format!("Bearer {token}"))],
        );
        let slow = tokio::spawn(slow);
        while !slow.is_finished() {
            let request = authorised(&token, ListOrganisationsRequest::default());
            if let Err(status) = directory.list_organisations(request).await {
                break 'taken (message, slow, failure::<()>(Err(status)));
            }
        }
    };
    assert_eq!(
        (code, error.reason),
        (Code::ResourceExhausted, Reason::Overloaded)
    );
    assert!(error.retry_after.is_some());
    let admission = CreateOrganisationRequest {
        request_id: request_id(),
        domain: "laurier.internal".to_owned(),
        display_name: "Laurier".to_owned(),
        own_authority: false,
    };
    message.send(admission).unwrap();
    slow.await.unwrap().unwrap();
}
