//! Requests of every published method, as the server's adapters read them.

use std::sync::LazyLock;

use bytes::Bytes;
use prost::Message;
use prost_types::{Duration, FileDescriptorSet, Timestamp};
use relais_proto::{
    audit, delivery, directory, identity, keypackage,
    status::{from_status, to_status},
    transparency,
};
use relais_server::check_request;
use relais_types::{Cursor, GroupId, Reason};

use super::Seed;
use crate::edits::Input;

/// Every method's path, from the published descriptors.
static METHODS: LazyLock<Vec<String>> = LazyLock::new(|| {
    let set = FileDescriptorSet::decode(relais_proto::DESCRIPTORS).expect("descriptors");
    let mut methods = Vec::new();
    for file in &set.file {
        for service in &file.service {
            for method in &service.method {
                methods.push(format!(
                    "/{}.{}/{}",
                    file.package(),
                    service.name(),
                    method.name()
                ));
            }
        }
    }
    methods.sort();
    methods
});

/// A request is read alike each time; one that is refused is refused for its shape, with the
/// field and a sentence that does not carry the request back.
pub fn run(input: &[u8]) {
    let mut input = Input(input);
    let path = input.one_of(&METHODS);
    let read = check_request(path, input.0);
    assert_eq!(read, check_request(path, input.0));
    let Err(error) = read else { return };
    let shape = [
        Reason::MalformedField,
        Reason::CursorInvalid,
        Reason::PayloadTooLarge,
    ];
    assert!(shape.contains(&error.reason), "{path}: {error:?}");
    assert!(error.field.is_some(), "{path}: {error:?}");
    assert!(error.message.len() < 300, "{path}: {error:?}");
    assert_eq!(from_status(&to_status(&error)), error, "{path}");
}

/// A good request of every method.
pub fn seeds() -> Vec<Seed> {
    METHODS
        .iter()
        .enumerate()
        .map(|(index, path)| {
            let method = path.rsplit('/').next().unwrap_or_default();
            let index = u8::try_from(index).unwrap_or(0);
            let message = good(path);
            let name = format!("{}-{method}", path.split('.').nth(1).unwrap_or_default());
            (name, [&[index], &message[..]].concat())
        })
        .collect()
}

/// A request that is well formed; an empty one for the methods that ask for nothing.
fn good(path: &str) -> Vec<u8> {
    match path.split('.').nth(1).unwrap_or_default() {
        "audit" => of_audit(path),
        "transparency" => of_transparency(path),
        "identity" if path.contains("SigningService") => of_signing(path),
        _ => of_people(path),
    }
}

const ORGANISATION: &str = "organisations/laurier.internal";
const TIME: Timestamp = Timestamp {
    seconds: 1_700_000_000,
    nanos: 0,
};

fn id() -> Bytes {
    Bytes::from(vec![7; 16])
}

fn key() -> Bytes {
    Bytes::from(vec![5; 32])
}

fn signature() -> Bytes {
    Bytes::from(vec![6; 64])
}

fn of_audit(path: &str) -> Vec<u8> {
    let organisation = || ORGANISATION.to_owned();
    match path.rsplit('/').next().unwrap_or_default() {
        "ListAuditEvents" => audit::ListAuditEventsRequest {
            organisation: organisation(),
            since: Some(TIME),
            page_size: 5,
            ..Default::default()
        }
        .encode_to_vec(),
        "GetOfficerKey" => audit::GetOfficerKeyRequest {
            organisation: organisation(),
        }
        .encode_to_vec(),
        "PublishOfficerKey" => audit::PublishOfficerKeyRequest {
            request_id: id(),
            officer_key: Some(audit::OfficerKey {
                statement: key(),
                signature: signature(),
                certificate_chain: vec![key(), key()],
            }),
        }
        .encode_to_vec(),
        "RecordViews" => audit::RecordViewsRequest {
            request_id: id(),
            organisation: organisation(),
            sealed_views: vec![key()],
        }
        .encode_to_vec(),
        "ListViews" => audit::ListViewsRequest {
            organisation: organisation(),
            since: Some(TIME),
            page_size: 5,
            page_token: "00".to_owned(),
        }
        .encode_to_vec(),
        "VerifyAudit" => Vec::new(),
        other => panic!("{other} needs a good request here"),
    }
}

fn of_transparency(path: &str) -> Vec<u8> {
    match path.rsplit('/').next().unwrap_or_default() {
        "GetCheckpoint" => transparency::GetCheckpointRequest { from_size: 3 }.encode_to_vec(),
        "GetInclusionProofs" => transparency::GetInclusionProofsRequest {
            certificates_sha256: vec![key()],
            from_size: 3,
        }
        .encode_to_vec(),
        "GetConsistencyProof" => transparency::GetConsistencyProofRequest {
            from_size: 3,
            to_size: 5,
        }
        .encode_to_vec(),
        "GetTile" => transparency::GetTileRequest {
            path: "tile/0/x001/067.p/8".to_owned(),
        }
        .encode_to_vec(),
        "GetEntries" => transparency::GetEntriesRequest {
            start: 3,
            page_size: 5,
        }
        .encode_to_vec(),
        "AddCosignature" => transparency::AddCosignatureRequest {
            size: 3,
            cosignature: "\u{2014} clinic.internal/witness-00 AAAA\n".to_owned(),
        }
        .encode_to_vec(),
        other => panic!("{other} needs a good request here"),
    }
}

fn of_signing(path: &str) -> Vec<u8> {
    let organisation = || ORGANISATION.to_owned();
    match path.rsplit('/').next().unwrap_or_default() {
        "CreateSigningChallenge" => identity::CreateSigningChallengeRequest {
            organisation: organisation(),
        }
        .encode_to_vec(),
        "SubscribeSigning" => identity::SubscribeSigningRequest {
            organisation: organisation(),
            challenge: key(),
            signature: signature(),
        }
        .encode_to_vec(),
        "CompleteSigning" => identity::CompleteSigningRequest {
            signing_id: id(),
            certificate_chain: vec![key(), key()],
        }
        .encode_to_vec(),
        "RefuseSigning" => identity::RefuseSigningRequest {
            signing_id: id(),
            explanation: "nobody expects them".to_owned(),
        }
        .encode_to_vec(),
        other => panic!("{other} needs a good request here"),
    }
}

fn of_people(path: &str) -> Vec<u8> {
    let organisation = || ORGANISATION.to_owned();
    let uuid = "00000000-0000-0000-0000-000000000001";
    let person = || format!("{ORGANISATION}/practitioners/{uuid}");
    let cursors = || {
        let group = Cursor::Group {
            group: GroupId::from_bytes([7; 16]),
            seq: 3,
        };
        vec![
            group.encode().into(),
            Cursor::Inbox { position: 1 }.encode().into(),
        ]
    };
    let bytes = || Bytes::from_static(b"mls");
    match path.rsplit('/').next().unwrap_or_default() {
        "Ack" => delivery::AckRequest { cursors: cursors() }.encode_to_vec(),
        "Sync" => delivery::SyncRequest {
            cursors: cursors(),
            page_size: 5,
        }
        .encode_to_vec(),
        "Subscribe" => delivery::SubscribeRequest { cursors: cursors() }.encode_to_vec(),
        "Commit" => delivery::CommitRequest {
            request_id: id(),
            group_id: id(),
            epoch: 3,
            commit: bytes(),
            welcome: bytes(),
            group_info: bytes(),
        }
        .encode_to_vec(),
        "Send" => delivery::SendRequest {
            request_id: id(),
            group_id: id(),
            epoch: 3,
            ciphertext: bytes(),
            timers: vec![delivery::Timer {
                token_hash: key(),
                delay: Some(Duration {
                    seconds: 300,
                    nanos: 0,
                }),
                class: delivery::TimerClass::Stat.into(),
                device_ids: vec![id()],
            }],
        }
        .encode_to_vec(),
        "ClearTimer" => delivery::ClearTimerRequest {
            group_id: id(),
            token: key(),
        }
        .encode_to_vec(),
        "CreateGroup" => delivery::CreateGroupRequest {
            request_id: id(),
            group_id: id(),
            group_info: bytes(),
            ratchet_tree: bytes(),
        }
        .encode_to_vec(),
        "GetGroupInfo" => delivery::GetGroupInfoRequest { group_id: id() }.encode_to_vec(),
        "CreateOrganisation" => directory::CreateOrganisationRequest {
            own_authority: false,
            request_id: id(),
            domain: "laurier.internal".to_owned(),
            display_name: "Laurier".to_owned(),
        }
        .encode_to_vec(),
        "CertifyOrganisation" => directory::CertifyOrganisationRequest {
            request_id: id(),
            organisation: organisation(),
            certificate_request: bytes(),
        }
        .encode_to_vec(),
        "ListOrganisations" => directory::ListOrganisationsRequest {
            page_size: 5,
            ..Default::default()
        }
        .encode_to_vec(),
        "SearchServices" => directory::SearchServicesRequest {
            query: "meals".to_owned(),
            language: "fr-CA".to_owned(),
            area: "Laurier".to_owned(),
            ..Default::default()
        }
        .encode_to_vec(),
        "CreateService" => directory::CreateServiceRequest {
            request_id: id(),
            organisation: organisation(),
            service: Some(directory::Service {
                display_name: "Meals".to_owned(),
                practitioners: vec![person()],
                ..Default::default()
            }),
        }
        .encode_to_vec(),
        "SignPartnership" => directory::SignPartnershipRequest {
            request_id: id(),
            signed: Some(directory::SignedTerms {
                terms: directory::PartnershipTerms {
                    organisations: vec![organisation(), "organisations/zz.internal".to_owned()],
                    revision: 1,
                    stage: 2,
                    commitments: vec![directory::Commitment::default()],
                }
                .encode_to_vec()
                .into(),
                signatures: vec![directory::TermsSignature {
                    sign_time: Some(TIME),
                    signature: signature(),
                    certificate_chain: vec![key(), key()],
                }],
            }),
        }
        .encode_to_vec(),
        "ListPartnerships" => directory::ListPartnershipsRequest {
            organisation: organisation(),
            ..Default::default()
        }
        .encode_to_vec(),
        "PublishAdherence" => directory::PublishAdherenceRequest {
            request_id: id(),
            signed: Some(directory::SignedAdherence {
                statement: directory::AdherenceStatement {
                    organisations: vec![organisation(), "organisations/zz.internal".to_owned()],
                    adherences: vec![directory::Adherence::default()],
                    ..Default::default()
                }
                .encode_to_vec()
                .into(),
                signature: signature(),
                certificate_chain: vec![key(), key()],
            }),
        }
        .encode_to_vec(),
        "ListAdherence" => directory::ListAdherenceRequest {
            partner: organisation(),
            ..Default::default()
        }
        .encode_to_vec(),
        "ListMembers" => directory::ListMembersRequest {
            organisation: organisation(),
            ..Default::default()
        }
        .encode_to_vec(),
        "SearchPractitioners" => directory::SearchPractitionersRequest {
            query: "nurse".to_owned(),
            organisation: organisation(),
            ..Default::default()
        }
        .encode_to_vec(),
        "CreateInvitation" => identity::CreateInvitationRequest {
            request_id: id(),
            organisation: organisation(),
            display_name: "Ana".to_owned(),
            profession: "nurse".to_owned(),
            access_role: 1,
            ..Default::default()
        }
        .encode_to_vec(),
        "Enrol" => identity::EnrolRequest {
            request_id: id(),
            code: "0123".to_owned(),
            device_label: "desk".to_owned(),
            signature_key: key(),
            device_key: key(),
            signature_key_proof: signature(),
            device_key_proof: signature(),
            ..Default::default()
        }
        .encode_to_vec(),
        "EnrolWithIdentityProvider" => identity::EnrolWithIdentityProviderRequest {
            organisation: organisation(),
            enrolment: Some(identity::EnrolRequest {
                request_id: id(),
                code: "e30.e30.e30".to_owned(),
                device_label: "desk".to_owned(),
                signature_key: key(),
                device_key: key(),
                signature_key_proof: signature(),
                device_key_proof: signature(),
            }),
        }
        .encode_to_vec(),
        "SetIdentityProvider" => identity::SetIdentityProviderRequest {
            request_id: id(),
            organisation: organisation(),
            provider: Some(identity::IdentityProvider {
                issuer: "https://login.example".to_owned(),
                client_id: "relais".to_owned(),
                scopes: vec!["profile".to_owned()],
                default_profession: "nurse".to_owned(),
                ..Default::default()
            }),
        }
        .encode_to_vec(),
        "GetIdentityProvider" => identity::GetIdentityProviderRequest {
            organisation: organisation(),
        }
        .encode_to_vec(),
        "CreateScimToken" => identity::CreateScimTokenRequest {
            request_id: id(),
            organisation: organisation(),
        }
        .encode_to_vec(),
        "CreateChallenge" => identity::CreateChallengeRequest { device_id: id() }.encode_to_vec(),
        "CreateToken" => identity::CreateTokenRequest {
            device_id: id(),
            challenge: bytes(),
            signature: signature(),
            ..Default::default()
        }
        .encode_to_vec(),
        "RenewCredential" => identity::RenewCredentialRequest {
            request_id: id(),
            signature_key_proof: signature(),
        }
        .encode_to_vec(),
        "RenewTransportCertificate" => identity::RenewTransportCertificateRequest {
            request_id: id(),
            device_key_proof: signature(),
        }
        .encode_to_vec(),
        "StepUp" => identity::StepUpRequest {
            challenge: bytes(),
            signature: signature(),
        }
        .encode_to_vec(),
        "RevokeDevice" => identity::RevokeDeviceRequest {
            request_id: id(),
            device: format!("{}/devices/{uuid}", person()),
        }
        .encode_to_vec(),
        "RevokePractitioner" => identity::RevokePractitionerRequest {
            request_id: id(),
            practitioner: person(),
        }
        .encode_to_vec(),
        "PublishKeyPackages" => keypackage::PublishKeyPackagesRequest {
            request_id: id(),
            key_packages: vec![bytes()],
            last_resort: bytes(),
        }
        .encode_to_vec(),
        "ClaimKeyPackages" => keypackage::ClaimKeyPackagesRequest {
            request_id: id(),
            practitioner: person(),
        }
        .encode_to_vec(),
        "CountKeyPackages" => Vec::new(),
        other => panic!("{other} needs a good request here"),
    }
}
