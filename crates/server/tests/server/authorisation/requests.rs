//! One good request for each RPC: whoever is refused is refused for who they are.

use bytes::Bytes;
use prost::Message as _;
use relais_proto::{
    audit::{
        GetOfficerKeyRequest, ListAuditEventsRequest, ListViewsRequest, OfficerKey,
        OfficerKeyStatement, PublishOfficerKeyRequest, RecordViewsRequest, VerifyAuditRequest,
        audit_service_client::AuditServiceClient,
    },
    delivery::{
        AckRequest, ClearTimerRequest, GetGroupInfoRequest, SubscribeRequest, SyncRequest,
        delivery_service_client::DeliveryServiceClient,
    },
    directory::{
        Adherence, AdherenceStatement, CreateOrganisationRequest, CreateServiceRequest,
        ListAdherenceRequest, ListMembersRequest, ListOrganisationsRequest,
        ListPartnershipsRequest, PartnershipStage, PartnershipTerms, PublishAdherenceRequest,
        SearchPractitionersRequest, SearchServicesRequest, Service, SignPartnershipRequest,
        SignedAdherence, SignedTerms, TermsSignature,
    },
    identity::{
        AccessRole, CreateChallengeRequest, CreateInvitationRequest, CreateScimTokenRequest,
        EnrolWithIdentityProviderRequest, GetIdentityProviderRequest, IdentityProvider,
        RenewCredentialRequest, RenewTransportCertificateRequest, RevokeDeviceRequest,
        RevokePractitionerRequest, SetIdentityProviderRequest,
        identity_service_client::IdentityServiceClient,
    },
    keypackage::{
        ClaimKeyPackagesRequest, CountKeyPackagesRequest,
        key_package_service_client::KeyPackageServiceClient,
    },
    to_proto_time,
    transparency::{
        AddCosignatureRequest, GetCheckpointRequest, GetConsistencyProofRequest, GetEntriesRequest,
        GetInclusionProofsRequest, GetTileRequest,
    },
};
use relais_types::{Clock as _, DeviceId, Entropy as _, OsEntropy, SystemClock};
use tonic::Status;

use super::{OTHER, Role, World};
use crate::{
    device::{Device, ORGANISATION, challenge, enrolment, invite},
    node::{authorised, request_id},
};

/// Calls `path` as `role`; `None` if there is no request for it.
pub(super) async fn call(world: &mut World, path: &str, role: Role) -> Option<Result<(), Status>> {
    let (package, method) = path.trim_start_matches("/relais.").split_once(".v1.")?;
    let (service, method) = method.split_once('/')?;
    match package {
        "identity" if service == "SigningService" => {
            super::signing::call(world, path, method, role).await
        }
        "audit" => audit(world, path, method, role).await,
        "delivery" => delivery(world, path, method, role).await,
        "directory" => directory(world, path, method, role).await,
        "identity" => identity(world, path, method, role).await,
        "keypackage" => key_packages(world, path, method, role).await,
        "transparency" => transparency(world, path, method, role).await,
        _ => None,
    }
}

async fn audit(
    world: &mut World,
    path: &str,
    method: &str,
    role: Role,
) -> Option<Result<(), Status>> {
    Some(match method {
        "VerifyAudit" => world.call(path, role, VerifyAuditRequest {}).await,
        "ListAuditEvents" => {
            let message = ListAuditEventsRequest {
                organisation: ORGANISATION.to_owned(),
                ..ListAuditEventsRequest::default()
            };
            world.call(path, role, message).await
        }
        "PublishOfficerKey" => {
            let message = officer_key(world.device(role));
            world.call(path, role, message).await
        }
        "GetOfficerKey" => {
            let message = GetOfficerKeyRequest {
                organisation: ORGANISATION.to_owned(),
            };
            world.call(path, role, message).await
        }
        "RecordViews" => {
            // Somebody must be there who can open them.
            let key = officer_key(&world.administrator);
            let request = world.authorised(Role::SteppedUp, key);
            AuditServiceClient::new(world.channel(Role::SteppedUp))
                .publish_officer_key(request)
                .await
                .unwrap();
            let message = RecordViewsRequest {
                request_id: request_id(),
                organisation: ORGANISATION.to_owned(),
                sealed_views: vec![Bytes::from_static(b"sealed")],
            };
            world.call(path, role, message).await
        }
        "ListViews" => {
            let message = ListViewsRequest {
                organisation: ORGANISATION.to_owned(),
                ..ListViewsRequest::default()
            };
            world.call(path, role, message).await
        }
        _ => return None,
    })
}

async fn transparency(
    world: &mut World,
    path: &str,
    method: &str,
    role: Role,
) -> Option<Result<(), Status>> {
    Some(match method {
        "GetCheckpoint" => {
            let message = GetCheckpointRequest { from_size: 1 };
            world.call(path, role, message).await
        }
        "GetInclusionProofs" => {
            let message = GetInclusionProofsRequest {
                certificates_sha256: vec![Bytes::from_static(&[7; 32])],
                from_size: 1,
            };
            world.call(path, role, message).await
        }
        "GetConsistencyProof" => {
            let message = GetConsistencyProofRequest {
                from_size: 1,
                to_size: 2,
            };
            world.call(path, role, message).await
        }
        "GetTile" => {
            let path_of_tile = "tile/0/000.p/2".to_owned();
            let message = GetTileRequest { path: path_of_tile };
            world.call(path, role, message).await
        }
        "GetEntries" => {
            let message = GetEntriesRequest::default();
            world.call(path, role, message).await
        }
        // No witness is configured, so that nobody's cosignature is taken.
        "AddCosignature" => {
            let message = AddCosignatureRequest {
                size: 1,
                cosignature: "\u{2014} witness AAAAAAAAAAAA".to_owned(),
            };
            world.call(path, role, message).await
        }
        _ => return None,
    })
}

/// Terms that `device` proposes to another organisation.
fn partnership(device: &Device) -> SignPartnershipRequest {
    let terms = PartnershipTerms {
        organisations: vec![ORGANISATION.to_owned(), OTHER.to_owned()],
        revision: 1,
        stage: PartnershipStage::Referral.into(),
        commitments: Vec::new(),
    };
    let terms = Bytes::from(terms.encode_to_vec());
    let now = SystemClock.now();
    let message = [&now.as_micros().to_be_bytes()[..], &terms].concat();
    let signature = device.mls.key().sign("relais/partnership/v1", &message);
    SignPartnershipRequest {
        request_id: request_id(),
        signed: Some(SignedTerms {
            signatures: vec![TermsSignature {
                sign_time: Some(to_proto_time(now)),
                signature: Bytes::copy_from_slice(&signature),
                certificate_chain: device.mls.chain().certificates().to_vec(),
            }],
            terms,
        }),
    }
}

/// What `device` has counted.
fn adherence(device: &Device) -> PublishAdherenceRequest {
    let statement = AdherenceStatement {
        organisations: vec![ORGANISATION.to_owned(), OTHER.to_owned()],
        adherences: vec![Adherence {
            organisation: OTHER.to_owned(),
            due: 5,
            ..Adherence::default()
        }],
        ..AdherenceStatement::default()
    };
    let statement = Bytes::from(statement.encode_to_vec());
    let signature = device.mls.key().sign("relais/adherence/v1", &statement);
    PublishAdherenceRequest {
        request_id: request_id(),
        signed: Some(SignedAdherence {
            signature: Bytes::copy_from_slice(&signature),
            certificate_chain: device.mls.chain().certificates().to_vec(),
            statement,
        }),
    }
}

/// A key that `device` says is the officer's.
fn officer_key(device: &Device) -> PublishOfficerKeyRequest {
    let statement = OfficerKeyStatement {
        organisation: ORGANISATION.to_owned(),
        public_key: vec![9; 32].into(),
        create_time: None,
    };
    let statement = Bytes::from(statement.encode_to_vec());
    let signature = device.mls.key().sign("relais/officer-key/v1", &statement);
    PublishOfficerKeyRequest {
        request_id: request_id(),
        officer_key: Some(OfficerKey {
            signature: Bytes::copy_from_slice(&signature),
            certificate_chain: device.mls.chain().certificates().to_vec(),
            statement,
        }),
    }
}

async fn identity(
    world: &mut World,
    path: &str,
    method: &str,
    role: Role,
) -> Option<Result<(), Status>> {
    Some(match method {
        "CreateInvitation" => {
            let message = CreateInvitationRequest {
                request_id: request_id(),
                organisation: ORGANISATION.to_owned(),
                display_name: "Ana".to_owned(),
                profession: "navigator".to_owned(),
                ..CreateInvitationRequest::default()
            };
            world.call(path, role, message).await
        }
        "RenewTransportCertificate" => {
            let device = world.device(role);
            let label = "relais/renew-transport/v1";
            let (request_id, device_key_proof) = device.renewal_proof(&device.prover, label);
            let message = RenewTransportCertificateRequest {
                request_id,
                device_key_proof,
            };
            world.call(path, role, message).await
        }
        // A new device's certificate is not due.
        "RenewCredential" => {
            let device = world.device(role);
            let label = "relais/renew-credential/v1";
            let (request_id, proof) = device.renewal_proof(device.mls.key(), label);
            let message = RenewCredentialRequest {
                request_id,
                signature_key_proof: proof,
            };
            world.call(path, role, message).await
        }
        "StepUp" => {
            let mut identity = IdentityServiceClient::new(world.channel.clone());
            let device = world.device(role);
            let challenge = challenge(&mut identity, device.name.device).await;
            let message = device.step_up_request(challenge);
            world.call(path, role, message).await
        }
        // Somebody revoked before, so that everybody else can go on.
        "RevokeDevice" => {
            let message = RevokeDeviceRequest {
                request_id: request_id(),
                device: world.revoked.name.to_string(),
            };
            world.call(path, role, message).await
        }
        "RevokePractitioner" => {
            let message = RevokePractitionerRequest {
                request_id: request_id(),
                practitioner: world.revoked.name.practitioner_name().to_string(),
            };
            world.call(path, role, message).await
        }
        "Enrol" => {
            let site = world.node.site();
            let code = invite(&site, ORGANISATION, "Ana", AccessRole::Member).await;
            let (message, ..) = enrolment(&code);
            world.call(path, role, message).await
        }
        "CreateChallenge" => {
            let device_id = world.device(role).name.device.into();
            let message = CreateChallengeRequest { device_id };
            world.call(path, role, message).await
        }
        "CreateToken" => {
            let mut identity = IdentityServiceClient::new(world.channel.clone());
            let device = world.device(role);
            // Who has no device cannot sign for one.
            let id = match role {
                Role::Nobody | Role::Operator => DeviceId::from_bytes(OsEntropy.bytes()),
                _ => device.name.device,
            };
            let message = device.answer(id, challenge(&mut identity, id).await);
            world.call(path, role, message).await
        }
        _ => return identity_provider(world, path, method, role).await,
    })
}

/// Of the same service: where people sign in, and what their directory reports with.
async fn identity_provider(
    world: &mut World,
    path: &str,
    method: &str,
    role: Role,
) -> Option<Result<(), Status>> {
    Some(match method {
        "SetIdentityProvider" => {
            let message = provider();
            world.call(path, role, message).await
        }
        "GetIdentityProvider" => {
            set_provider(world).await;
            let message = GetIdentityProviderRequest {
                organisation: ORGANISATION.to_owned(),
            };
            world.call(path, role, message).await
        }
        // A good token takes a provider, as in tests/scenarios: here it is the token that everybody
        // is refused for.
        "EnrolWithIdentityProvider" => {
            set_provider(world).await;
            let (enrolment, ..) = enrolment("no ID token");
            let message = EnrolWithIdentityProviderRequest {
                organisation: ORGANISATION.to_owned(),
                enrolment: Some(enrolment),
            };
            world.call(path, role, message).await
        }
        "CreateScimToken" => {
            let message = CreateScimTokenRequest {
                request_id: request_id(),
                organisation: ORGANISATION.to_owned(),
            };
            world.call(path, role, message).await
        }
        _ => return None,
    })
}

/// Where the callers' organisation signs in.
fn provider() -> SetIdentityProviderRequest {
    SetIdentityProviderRequest {
        request_id: request_id(),
        organisation: ORGANISATION.to_owned(),
        provider: Some(IdentityProvider {
            issuer: "https://login.example".to_owned(),
            client_id: "relais".to_owned(),
            default_profession: "nurse".to_owned(),
            ..IdentityProvider::default()
        }),
    }
}

async fn set_provider(world: &World) {
    IdentityServiceClient::new(world.channel.clone())
        .set_identity_provider(authorised(&world.operator, provider()))
        .await
        .unwrap();
}

async fn directory(
    world: &mut World,
    path: &str,
    method: &str,
    role: Role,
) -> Option<Result<(), Status>> {
    Some(match method {
        "CreateOrganisation" => {
            let message = CreateOrganisationRequest {
                request_id: request_id(),
                domain: "neuve.internal".to_owned(),
                display_name: "Neuve".to_owned(),
                own_authority: false,
            };
            world.call(path, role, message).await
        }
        "CertifyOrganisation" => {
            let message = super::signing::certification(world).await;
            world.call(path, role, message).await
        }
        "CreateService" => {
            let message = CreateServiceRequest {
                request_id: request_id(),
                organisation: ORGANISATION.to_owned(),
                service: Some(Service {
                    display_name: "Meals".to_owned(),
                    ..Service::default()
                }),
            };
            world.call(path, role, message).await
        }
        "ListMembers" => {
            let message = ListMembersRequest {
                organisation: ORGANISATION.to_owned(),
                ..ListMembersRequest::default()
            };
            world.call(path, role, message).await
        }
        "SignPartnership" => {
            let message = partnership(world.device(role));
            world.call(path, role, message).await
        }
        "ListPartnerships" => {
            let message = ListPartnershipsRequest {
                organisation: ORGANISATION.to_owned(),
                ..ListPartnershipsRequest::default()
            };
            world.call(path, role, message).await
        }
        "PublishAdherence" => {
            let message = adherence(world.device(role));
            world.call(path, role, message).await
        }
        "ListAdherence" => {
            let message = ListAdherenceRequest {
                partner: OTHER.to_owned(),
                ..ListAdherenceRequest::default()
            };
            world.call(path, role, message).await
        }
        "ListOrganisations" => {
            let message = ListOrganisationsRequest::default();
            world.call(path, role, message).await
        }
        "SearchPractitioners" => {
            let message = SearchPractitionersRequest::default();
            world.call(path, role, message).await
        }
        "SearchServices" => {
            let message = SearchServicesRequest::default();
            world.call(path, role, message).await
        }
        _ => return None,
    })
}

async fn key_packages(
    world: &mut World,
    path: &str,
    method: &str,
    role: Role,
) -> Option<Result<(), Status>> {
    Some(match method {
        "PublishKeyPackages" => {
            let message = world.device(role).key_packages();
            world.call(path, role, message).await
        }
        "ClaimKeyPackages" => {
            let practitioner = world.stranger.name.practitioner_name().to_string();
            publish(world).await;
            let message = ClaimKeyPackagesRequest {
                request_id: request_id(),
                practitioner,
            };
            world.call(path, role, message).await
        }
        "CountKeyPackages" => world.call(path, role, CountKeyPackagesRequest {}).await,
        _ => return None,
    })
}

/// Gives the stranger something to claim.
pub(super) async fn publish(world: &mut World) {
    let stranger = &mut world.stranger;
    let message = stranger.key_packages();
    KeyPackageServiceClient::new(stranger.channel.clone())
        .publish_key_packages(authorised(&stranger.token, message))
        .await
        .unwrap();
}

async fn delivery(
    world: &mut World,
    path: &str,
    method: &str,
    role: Role,
) -> Option<Result<(), Status>> {
    Some(match method {
        "CreateGroup" => {
            let message = world.device(role).genesis();
            world.call(path, role, message).await
        }
        "Commit" => {
            let group = world.group(role).await;
            let device = match role {
                Role::Revoked => &mut world.member,
                _ => world.device(role),
            };
            let message = device.renewal(group, 0);
            world.call(path, role, message).await
        }
        "Send" => {
            let group = world.group(role).await;
            let device = match role {
                Role::Revoked => &mut world.member,
                _ => world.device(role),
            };
            let message = device.message(group);
            world.call(path, role, message).await
        }
        "GetGroupInfo" => {
            let group_id = world.group(role).await.into();
            world
                .call(path, role, GetGroupInfoRequest { group_id })
                .await
        }
        "ClearTimer" => {
            let group_id = world.group(role).await.into();
            let token = Bytes::from(vec![7; 32]);
            world
                .call(path, role, ClearTimerRequest { group_id, token })
                .await
        }
        "Sync" => world.call(path, role, SyncRequest::default()).await,
        "Subscribe" => world.call(path, role, SubscribeRequest::default()).await,
        "Ack" => world.call(path, role, AckRequest::default()).await,
        _ => return None,
    })
}

/// A group of the stranger, which the callers are not in.
pub(super) async fn foreign_group(world: &mut World) -> Bytes {
    let stranger = &mut world.stranger;
    let genesis = stranger.genesis();
    let group = genesis.group_id.clone();
    DeliveryServiceClient::new(stranger.channel.clone())
        .create_group(authorised(&stranger.token, genesis))
        .await
        .unwrap();
    group
}
