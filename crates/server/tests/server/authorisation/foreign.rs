//! What belongs to others answers like what does not exist: same code, reason and message,
//! so that nobody can find out by asking. Which RPCs take an id is read from the API itself.

use std::fmt::Write as _;

use bytes::Bytes;
use relais_mls::authority::OrganisationKey;
use relais_proto::{
    audit::{GetOfficerKeyRequest, ListAuditEventsRequest, ListViewsRequest, RecordViewsRequest},
    delivery::{AckRequest, ClearTimerRequest, GetGroupInfoRequest, SubscribeRequest, SyncRequest},
    directory::{
        CertifyOrganisationRequest, CreateServiceRequest, ListMembersRequest,
        ListPartnershipsRequest, SearchPractitionersRequest, Service,
    },
    identity::{
        CreateChallengeRequest, CreateInvitationRequest, CreateScimTokenRequest,
        CreateSigningChallengeRequest, EnrolWithIdentityProviderRequest,
        GetIdentityProviderRequest, RevokeDeviceRequest, RevokePractitionerRequest,
        SetIdentityProviderRequest, SubscribeSigningRequest,
        identity_service_client::IdentityServiceClient,
        signing_service_client::SigningServiceClient,
    },
    keypackage::ClaimKeyPackagesRequest,
    status::from_status,
};
use relais_types::{Cursor, DeviceId, DeviceName, GroupId, PractitionerId, PractitionerName};
use tonic::Status;

use super::{OTHER, Role, World, published, requests::foreign_group};
use crate::{
    device::{ORGANISATION, challenge, enrolment},
    node::request_id,
};

/// Fields that name something which may be somebody else's.
const NAMING: [&str; 8] = [
    "cursors",
    "device",
    "device_id",
    "group_id",
    "organisation",
    "practitioner",
    "resource",
    "service",
];

/// What tells the two apart, and why that gives nothing away.
const TELLING: [(&str, &str); 2] = [
    // The directory is the federation's: every device may look everybody up.
    ("ClaimKeyPackages", "practitioner"),
    // An id is 16 random bytes: to ask about one is to know it already.
    ("CreateGroup", "group_id"),
];

/// What an id may stand for.
#[derive(Clone, Debug)]
struct Ids {
    missing: bool,
    organisation: String,
    practitioner: PractitionerName,
    device: DeviceId,
    group: Bytes,
}

/// Ids that exist and are not the caller's, and ids that do not exist.
async fn pair(world: &mut World) -> [Ids; 2] {
    let foreign = Ids {
        missing: false,
        organisation: OTHER.to_owned(),
        practitioner: world.stranger.name.practitioner_name(),
        device: world.stranger.name.device,
        group: foreign_group(world).await,
    };
    let missing = Ids {
        missing: true,
        organisation: "organisations/nowhere.internal".to_owned(),
        practitioner: PractitionerName {
            organisation: "parc.internal".parse().unwrap(),
            practitioner: PractitionerId::from_bytes([9; 16]),
        },
        device: DeviceId::from_bytes([9; 16]),
        group: GroupId::from_bytes([9; 16]).into(),
    };
    [foreign, missing]
}

/// How one field of an RPC answers to an id of others and to one that does not exist.
#[expect(clippy::too_many_lines, reason = "one arm for each field")]
async fn answer(
    world: &mut World,
    path: &str,
    field: &str,
    ids: &Ids,
    role: Role,
) -> Option<Result<(), Status>> {
    let (_, method) = path.rsplit_once('/')?;
    let organisation = ids.organisation.clone();
    let practitioner = ids.practitioner.to_string();
    Some(match (method, field) {
        ("CreateInvitation", "organisation") => {
            let message = CreateInvitationRequest {
                request_id: request_id(),
                organisation,
                display_name: "Ana".to_owned(),
                profession: "navigator".to_owned(),
                ..CreateInvitationRequest::default()
            };
            world.call(path, role, message).await
        }
        ("CreateInvitation", "practitioner") => {
            let message = CreateInvitationRequest {
                request_id: request_id(),
                organisation: ORGANISATION.to_owned(),
                practitioner,
                ..CreateInvitationRequest::default()
            };
            world.call(path, role, message).await
        }
        ("SetIdentityProvider", "organisation") => {
            let message = SetIdentityProviderRequest {
                request_id: request_id(),
                organisation,
                provider: None,
            };
            world.call(path, role, message).await
        }
        ("GetIdentityProvider", "organisation") => {
            let message = GetIdentityProviderRequest { organisation };
            world.call(path, role, message).await
        }
        ("EnrolWithIdentityProvider", "organisation") => {
            let (enrolment, ..) = enrolment("no ID token");
            let message = EnrolWithIdentityProviderRequest {
                organisation,
                enrolment: Some(enrolment),
            };
            world.call(path, role, message).await
        }
        ("CreateScimToken", "organisation") => {
            let message = CreateScimTokenRequest {
                request_id: request_id(),
                organisation,
            };
            world.call(path, role, message).await
        }
        ("CreateChallenge", "device_id") => {
            let device_id = ids.device.into();
            let message = CreateChallengeRequest { device_id };
            world.call(path, role, message).await
        }
        ("CreateToken", "device_id") => {
            let mut identity = IdentityServiceClient::new(world.channel.clone());
            let asked = challenge(&mut identity, ids.device).await;
            // Signed by a key that is not this device's.
            let message = world.member.answer(ids.device, asked);
            world.call(path, role, message).await
        }
        ("CreateService", "organisation") => {
            let message = CreateServiceRequest {
                request_id: request_id(),
                organisation,
                service: Some(Service {
                    display_name: "Meals".to_owned(),
                    ..Service::default()
                }),
            };
            world.call(path, role, message).await
        }
        ("CreateService", "service") => {
            let message = CreateServiceRequest {
                request_id: request_id(),
                organisation: ORGANISATION.to_owned(),
                service: Some(Service {
                    display_name: "Meals".to_owned(),
                    practitioners: vec![practitioner],
                    ..Service::default()
                }),
            };
            world.call(path, role, message).await
        }
        ("GetOfficerKey", "organisation") => {
            let message = GetOfficerKeyRequest { organisation };
            world.call(path, role, message).await
        }
        ("RecordViews", "organisation") => {
            let message = RecordViewsRequest {
                request_id: request_id(),
                organisation,
                sealed_views: vec![Bytes::from_static(b"sealed")],
            };
            world.call(path, role, message).await
        }
        ("ListViews", "organisation") => {
            let message = ListViewsRequest {
                organisation,
                ..ListViewsRequest::default()
            };
            world.call(path, role, message).await
        }
        ("CertifyOrganisation", "organisation") => {
            let domain = organisation.trim_start_matches("organisations/");
            let key = OrganisationKey::generate().unwrap();
            let request = key.certificate_request(&domain.parse().unwrap()).unwrap();
            let message = CertifyOrganisationRequest {
                request_id: request_id(),
                organisation,
                certificate_request: request.into(),
            };
            world.call(path, role, message).await
        }
        ("CreateSigningChallenge", "organisation") => {
            let message = CreateSigningChallengeRequest { organisation };
            world.call(path, role, message).await
        }
        ("SubscribeSigning", "organisation") => {
            let asked = CreateSigningChallengeRequest {
                organisation: organisation.clone(),
            };
            let answer = SigningServiceClient::new(world.channel.clone())
                .create_signing_challenge(asked)
                .await;
            // Signed by a key that is nobody's authority.
            let message = SubscribeSigningRequest {
                organisation,
                challenge: answer.unwrap().into_inner().challenge,
                signature: vec![1; 64].into(),
            };
            world.call(path, role, message).await
        }
        ("RevokeDevice", "device") => {
            let device = DeviceName {
                organisation: ids.practitioner.organisation.clone(),
                practitioner: ids.practitioner.practitioner,
                device: ids.device,
            };
            let message = RevokeDeviceRequest {
                request_id: request_id(),
                device: device.to_string(),
            };
            world.call(path, role, message).await
        }
        ("RevokePractitioner", "practitioner") => {
            let message = RevokePractitionerRequest {
                request_id: request_id(),
                practitioner,
            };
            world.call(path, role, message).await
        }
        ("ListPartnerships", "organisation") => {
            let message = ListPartnershipsRequest {
                organisation,
                ..ListPartnershipsRequest::default()
            };
            world.call(path, role, message).await
        }
        ("ListMembers", "organisation") => {
            let message = ListMembersRequest {
                organisation,
                ..ListMembersRequest::default()
            };
            world.call(path, role, message).await
        }
        ("ListAuditEvents", "organisation") => {
            let message = ListAuditEventsRequest {
                organisation,
                ..ListAuditEventsRequest::default()
            };
            world.call(path, role, message).await
        }
        ("ListAuditEvents", "resource") => {
            let message = ListAuditEventsRequest {
                organisation: ORGANISATION.to_owned(),
                resource: practitioner,
                ..ListAuditEventsRequest::default()
            };
            world.call(path, role, message).await
        }
        ("SearchPractitioners", "organisation") => {
            let message = SearchPractitionersRequest {
                organisation,
                ..SearchPractitionersRequest::default()
            };
            world.call(path, role, message).await
        }
        ("ClaimKeyPackages", "practitioner") => {
            let message = ClaimKeyPackagesRequest {
                request_id: request_id(),
                practitioner,
            };
            world.call(path, role, message).await
        }
        _ => return delivery(world, path, (method, field), ids, role).await,
    })
}

/// The same for the message path.
async fn delivery(
    world: &mut World,
    path: &str,
    asked: (&str, &str),
    ids: &Ids,
    role: Role,
) -> Option<Result<(), Status>> {
    let group_id = ids.group.clone();
    let group = GroupId::try_from(group_id.as_ref()).unwrap();
    let cursor = Cursor::Group { group, seq: 0 }.encode();
    let cursors = vec![Bytes::from(cursor)];
    Some(match asked {
        ("CreateGroup", "group_id") => {
            // It must still be missing for those that come after.
            let message = if ids.missing {
                world.device(role).genesis()
            } else {
                world.device(role).genesis_of(group)
            };
            world.call(path, role, message).await
        }
        ("Commit", "group_id") => {
            let own = world.group(role).await;
            let mut message = world.device(role).renewal(own, 0);
            message.group_id = group_id;
            world.call(path, role, message).await
        }
        ("Send", "group_id") => {
            // What a former member, or a thief of a ciphertext, could send.
            let message = if ids.missing {
                let unregistered = world.device(role).genesis();
                let group = GroupId::try_from(unregistered.group_id.as_ref()).unwrap();
                world.device(role).message(group)
            } else {
                world.stranger.message(group)
            };
            world.call(path, role, message).await
        }
        ("ClearTimer", "group_id") => {
            let token = Bytes::from(vec![7; 32]);
            world
                .call(path, role, ClearTimerRequest { group_id, token })
                .await
        }
        ("GetGroupInfo", "group_id") => {
            world
                .call(path, role, GetGroupInfoRequest { group_id })
                .await
        }
        ("Sync", "cursors") => {
            let message = SyncRequest {
                cursors,
                page_size: 0,
            };
            world.call(path, role, message).await
        }
        ("Subscribe", "cursors") => world.call(path, role, SubscribeRequest { cursors }).await,
        ("Ack", "cursors") => world.call(path, role, AckRequest { cursors }).await,
        _ => return None,
    })
}

fn told(answer: &Result<(), Status>) -> String {
    match answer {
        Ok(()) => "OK".to_owned(),
        Err(status) => {
            let reason = from_status(status).reason;
            format!(
                "{:?} {}: {}",
                status.code(),
                reason.as_str(),
                status.message()
            )
        }
    }
}

#[tokio::test]
async fn ids_of_others_and_ids_of_nothing_answer_alike() {
    let mut world = Box::pin(World::new()).await;
    super::requests::publish(&mut world).await;
    let [foreign, missing] = pair(&mut world).await;
    let mut table = String::new();
    for rpc in published() {
        for field in rpc.fields.iter().filter(|f| NAMING.contains(&f.as_str())) {
            // With the most rights that a caller outside can have.
            let role = Role::SteppedUp;
            let mut of = async |ids| {
                let answer = answer(&mut world, &rpc.path, field, ids, role).await;
                told(&answer.unwrap_or_else(|| panic!("{} {field} is not covered", rpc.path)))
            };
            let (foreign, missing) = (of(&foreign).await, of(&missing).await);
            let path = rpc.path.trim_start_matches("/relais.");
            writeln!(table, "{path} {field}").unwrap();
            let (_, method) = path.rsplit_once('/').unwrap();
            let telling = TELLING.contains(&(method, field));
            assert_eq!(
                foreign != missing,
                telling,
                "{path} {field}: {foreign} / {missing}"
            );
            if foreign == missing {
                writeln!(table, "    {foreign}").unwrap();
            } else {
                writeln!(table, "    of others: {foreign}\n    missing:   {missing}").unwrap();
            }
        }
    }
    insta::assert_snapshot!(table);
}
