use std::time::Duration;

use bytes::Bytes;
use relais_mls::{
    SigningKey,
    authority::{OrganisationCa, OrganisationKey, Root},
};
use relais_store::AccessRole;
use relais_types::{Error, OrgDomain, Reason, Result};

use super::*;
use crate::{
    Caller, Limits,
    directory::{
        CertifyOrganisationParams, CreateOrganisationParams, certify_organisation,
        create_organisation,
    },
    fixture::{Backbone, TestDevice},
    identity::{RenewParams, renew_transport_certificate},
};

mod meanwhile;

const DOMAIN: &str = "laurier.internal";

fn domain() -> OrgDomain {
    DOMAIN.parse().unwrap()
}

/// A backbone whose callers do not wait for an agent to come.
async fn backbone() -> Backbone {
    Backbone::with_limits(Limits {
        authority_grace_secs: 0,
        ..Limits::default()
    })
    .await
}

async fn certify(backbone: &Backbone, key: &OrganisationKey, domain: &OrgDomain) -> Result<Bytes> {
    let params = CertifyOrganisationParams {
        request_id: backbone.request_id(),
        organisation: domain.clone(),
        certificate_request: key.certificate_request(domain).unwrap().into(),
    };
    certify_organisation(&backbone.service, &Caller::Operator, params)
        .await
        .map(|outcome| outcome.certificate)
}

/// An organisation whose key is only here.
async fn own_authority(backbone: &Backbone) -> (OrganisationKey, OrganisationCa) {
    backbone.organisation(DOMAIN).await;
    let key = OrganisationKey::generate().unwrap();
    let certificate = certify(backbone, &key, &domain()).await.unwrap();
    let again = OrganisationKey::from_pkcs8(&key.to_pkcs8()).unwrap();
    (key, again.into_authority(&certificate).unwrap())
}

async fn challenge(backbone: &Backbone, organisation: OrgDomain) -> Bytes {
    let params = CreateSigningChallengeParams { organisation };
    let answer = create_signing_challenge(&backbone.service, &Caller::Anonymous, params).await;
    answer.unwrap().challenge
}

fn signed(key: &OrganisationKey, challenge: &Bytes) -> SubscribeParams {
    let message = [DOMAIN.as_bytes(), &[0], challenge].concat();
    SubscribeParams {
        organisation: domain(),
        challenge: challenge.clone(),
        signature: key.sign("relais/authority/v1", &message).unwrap(),
    }
}

async fn connect(backbone: &Backbone, params: SubscribeParams) -> Result<SigningStream> {
    subscribe(&backbone.service, &Caller::Anonymous, params).await
}

async fn agent(backbone: &Backbone, key: &OrganisationKey) -> SigningStream {
    let challenge = challenge(backbone, domain()).await;
    connect(backbone, signed(key, &challenge)).await.unwrap()
}

async fn answer(backbone: &Backbone, id: SigningId, chain: Chain) -> Result<()> {
    let params = CompleteParams { id, chain };
    complete(&backbone.service, &Caller::Anonymous, params).await
}

/// Certifies what the next request asks for.
async fn serve(backbone: &Backbone, requests: &mut SigningStream, authority: &OrganisationCa) {
    let request = requests.next().await.unwrap();
    let (device, key) = (&request.order.device, &request.order.public_key);
    let now = backbone.service.now();
    let chain = match request.order.kind {
        CertificateKind::Credential => authority.issue(device, key, now),
        CertificateKind::Transport => authority.issue_transport(device, key, now),
    };
    answer(backbone, request.id, chain.unwrap()).await.unwrap();
}

fn reason<T: std::fmt::Debug>(outcome: Result<T, Error>) -> Reason {
    outcome.unwrap_err().reason
}

async fn enrol_with(
    backbone: &Backbone,
    code: &str,
    work: impl Future<Output = ()>,
) -> Result<TestDevice> {
    let (enrolled, ()) = tokio::join!(backbone.try_enrol(code, AccessRole::Member), work);
    enrolled
}

#[tokio::test]
async fn a_device_is_certified_by_the_organisation_alone() {
    let backbone = backbone().await;
    let earlier = backbone.device(DOMAIN, "Ana").await;
    let (key, authority) = own_authority(&backbone).await;
    let issuer = backbone.service.issuer();
    let device = earlier.name.clone();
    let now = backbone.service.now();
    assert_eq!(
        reason(issuer.issue(&device, &[1; 32], now).await),
        Reason::NotFound,
        "the server's own is gone"
    );

    let code = backbone.invite(DOMAIN, "Bo", AccessRole::Member).await;
    let nobody = backbone.try_enrol(&code, AccessRole::Member).await;
    assert_eq!(
        nobody.map(|_| ()).unwrap_err().reason,
        Reason::AuthorityUnavailable
    );

    let mut requests = agent(&backbone, &key).await;
    let work = async {
        let request = requests.next().await.unwrap();
        let order = &request.order;
        let SigningProof::Enrolment(proof) = &order.proof else {
            panic!("it is an enrolment");
        };
        assert_eq!(proof.display_name, "Bo");
        let message = [proof.code_digest, proof.signature_key, proof.device_key].concat();
        for (key, signature) in [
            (&proof.signature_key, &proof.signature_key_proof),
            (&proof.device_key, &proof.device_key_proof),
        ] {
            relais_mls::verify(key, "relais/enrol/v1", &message, signature).unwrap();
        }
        let chain = authority.issue(&order.device, &order.public_key, now);
        answer(&backbone, request.id, chain.unwrap()).await.unwrap();
        serve(&backbone, &mut requests, &authority).await;
    };
    // The invitation was not used up by the refusal.
    let bo = enrol_with(&backbone, &code, work).await.unwrap();
    assert_eq!(bo.name.organisation, domain());
    let audited = backbone.audited().await;
    assert!(audited.contains(&("operator".into(), "organisation.certify".into())));
    // What was certified before goes on being valid.
    backbone.token(&earlier).await;
}

#[tokio::test]
async fn an_answer_that_is_not_what_was_asked_for_is_refused() {
    let backbone = backbone().await;
    let (key, authority) = own_authority(&backbone).await;
    let code = backbone.invite(DOMAIN, "Bo", AccessRole::Member).await;
    let mut requests = agent(&backbone, &key).await;
    let now = backbone.service.now();
    let work = async {
        let request = requests.next().await.unwrap();
        let (device, asked) = (&request.order.device, &request.order.public_key);
        let stranger = SigningKey::from_seed(&[9; 32]).public();
        let mut other = device.clone();
        other.device = relais_types::DeviceId::from_bytes([7; 16]);
        let forger = Root::generate()
            .unwrap()
            .organisation(&domain(), now)
            .unwrap();
        for chain in [
            authority.issue(device, &stranger, now),
            authority.issue(&other, asked, now),
            authority.issue_transport(device, asked, now),
            forger.issue(device, asked, now),
        ] {
            let refused = answer(&backbone, request.id, chain.unwrap()).await;
            assert_eq!(reason(refused), Reason::CredentialInvalid);
        }
        let chain = authority.issue(device, asked, now).unwrap();
        let nobody = answer(&backbone, SigningId::from_bytes([1; 16]), chain.clone()).await;
        assert_eq!(reason(nobody), Reason::NotFound);
        answer(&backbone, request.id, chain.clone()).await.unwrap();
        let again = answer(&backbone, request.id, chain).await;
        assert_eq!(reason(again), Reason::NotFound);
        serve(&backbone, &mut requests, &authority).await;
    };
    enrol_with(&backbone, &code, work).await.unwrap();
}

#[tokio::test]
async fn a_refusal_is_told_and_the_first_answer_of_several_agents_counts() {
    let backbone = backbone().await;
    let (key, authority) = own_authority(&backbone).await;
    let code = backbone.invite(DOMAIN, "Bo", AccessRole::Member).await;
    let mut first = agent(&backbone, &key).await;
    let mut second = agent(&backbone, &key).await;
    let work = async {
        let (one, other) = (first.next().await.unwrap(), second.next().await.unwrap());
        assert_eq!(one, other);
        let refusal = |explanation: &str| RefuseParams {
            id: one.id,
            explanation: explanation.into(),
        };
        let refuse = async |params| refuse(&backbone.service, &Caller::Anonymous, params).await;
        assert_eq!(reason(refuse(refusal("")).await), Reason::MalformedField);
        refuse(refusal("nobody expects Bo")).await.unwrap();
        assert_eq!(reason(refuse(refusal("late")).await), Reason::NotFound);
    };
    let refused = enrol_with(&backbone, &code, work).await.map(|_| ());
    let refused = refused.unwrap_err();
    assert_eq!(refused.reason, Reason::AuthorityRefused);
    assert!(refused.message.contains("nobody expects Bo"), "{refused}");

    drop(second);
    let work = async {
        serve(&backbone, &mut first, &authority).await;
        serve(&backbone, &mut first, &authority).await;
    };
    enrol_with(&backbone, &code, work).await.unwrap();
}

#[tokio::test]
async fn an_agent_that_does_not_answer_costs_time_and_no_invitation() {
    let backbone = Backbone::with_limits(Limits {
        authority_grace_secs: 0,
        authority_timeout_secs: 1,
        ..Limits::default()
    })
    .await;
    let (key, authority) = own_authority(&backbone).await;
    let code = backbone.invite(DOMAIN, "Bo", AccessRole::Member).await;
    let mut silent = agent(&backbone, &key).await;
    let refused = backbone.try_enrol(&code, AccessRole::Member).await;
    assert_eq!(
        refused.map(|_| ()).unwrap_err().reason,
        Reason::AuthorityUnavailable
    );
    // Too late: its caller has gone.
    let request = silent.next().await.unwrap();
    let now = backbone.service.now();
    let chain = authority.issue(&request.order.device, &request.order.public_key, now);
    let late = answer(&backbone, request.id, chain.unwrap()).await;
    assert_eq!(reason(late), Reason::NotFound);
}

#[tokio::test]
async fn an_agent_that_connects_late_is_told_what_waits() {
    let backbone = Backbone::new().await;
    let (key, authority) = own_authority(&backbone).await;
    let code = backbone.invite(DOMAIN, "Bo", AccessRole::Member).await;
    let work = async {
        // The enrolment may be asked for before or after: it is answered in both cases.
        let mut requests = agent(&backbone, &key).await;
        serve(&backbone, &mut requests, &authority).await;
        serve(&backbone, &mut requests, &authority).await;
    };
    enrol_with(&backbone, &code, work).await.unwrap();
}

#[tokio::test]
async fn only_the_certified_key_opens_a_stream_and_once_a_challenge() {
    let backbone = backbone().await;
    let (key, _) = own_authority(&backbone).await;
    backbone.organisation("parc.internal").await;
    let asked = challenge(&backbone, domain()).await;
    let stranger = OrganisationKey::generate().unwrap();
    let refused = connect(&backbone, signed(&stranger, &asked)).await;
    assert_eq!(
        refused.map(|_| ()).unwrap_err().reason,
        Reason::ProofInvalid
    );
    let _stream = connect(&backbone, signed(&key, &asked)).await.unwrap();
    let again = connect(&backbone, signed(&key, &asked)).await;
    assert_eq!(
        again.map(|_| ()).unwrap_err().reason,
        Reason::ChallengeExpired
    );
    // Of one whose authority the server holds, and of one that does not exist.
    for other in ["parc.internal", "nowhere.internal"] {
        let other: OrgDomain = other.parse().unwrap();
        let params = SubscribeParams {
            challenge: challenge(&backbone, other.clone()).await,
            organisation: other,
            signature: [1; 64],
        };
        let refused = connect(&backbone, params).await.map(|_| ()).unwrap_err();
        assert_eq!(refused.reason, Reason::ProofInvalid);
    }
    let foreign = SubscribeParams {
        organisation: "parc.internal".parse().unwrap(),
        ..signed(&key, &challenge(&backbone, domain()).await)
    };
    let refused = connect(&backbone, foreign).await.map(|_| ()).unwrap_err();
    assert_eq!(refused.reason, Reason::ChallengeExpired, "made for another");
    let old = challenge(&backbone, domain()).await;
    backbone.clock.advance(Duration::from_mins(3));
    let refused = connect(&backbone, signed(&key, &old))
        .await
        .map(|_| ())
        .unwrap_err();
    assert_eq!(refused.reason, Reason::ChallengeExpired);
}

#[tokio::test]
async fn another_key_ends_the_streams_of_the_first() {
    let backbone = backbone().await;
    let (key, _) = own_authority(&backbone).await;
    let mut requests = agent(&backbone, &key).await;
    let first = certify(&backbone, &key, &domain()).await.unwrap();
    let again = certify(&backbone, &key, &domain()).await.unwrap();
    assert_eq!(first, again, "the same key keeps its certificate");
    let next = OrganisationKey::generate().unwrap();
    let second = certify(&backbone, &next, &domain()).await.unwrap();
    assert_ne!(first, second);
    let ended = requests.next().await.unwrap_err();
    assert_eq!(ended.reason, Reason::ProofInvalid);
    agent(&backbone, &next).await;
}

#[tokio::test]
async fn a_certificate_is_for_the_operator_and_the_named_organisation() {
    let backbone = backbone().await;
    backbone.organisation(DOMAIN).await;
    let key = OrganisationKey::generate().unwrap();
    let other: OrgDomain = "parc.internal".parse().unwrap();
    let unknown = certify(&backbone, &key, &other).await;
    assert_eq!(reason(unknown), Reason::NotFound);
    let params = |organisation: &OrgDomain, request: Bytes| CertifyOrganisationParams {
        request_id: backbone.request_id(),
        organisation: organisation.clone(),
        certificate_request: request,
    };
    let request: Bytes = key.certificate_request(&other).unwrap().into();
    let certify = async |caller: &Caller, params| {
        certify_organisation(&backbone.service, caller, params).await
    };
    let foreign = certify(&Caller::Operator, params(&domain(), request.clone())).await;
    assert_eq!(reason(foreign), Reason::MalformedField);
    let own: Bytes = key.certificate_request(&domain()).unwrap().into();
    let ana = backbone
        .device_with_role(DOMAIN, "Ana", AccessRole::Administrator)
        .await;
    let refused = certify(&ana.caller, params(&domain(), own)).await;
    assert_eq!(reason(refused), Reason::NotAllowed);
    let broken = certify(&Caller::Operator, params(&domain(), "no request".into())).await;
    assert_eq!(reason(broken), Reason::MalformedField);
}

#[tokio::test]
async fn an_organisation_can_begin_with_its_own_authority() {
    let backbone = backbone().await;
    let params = CreateOrganisationParams {
        request_id: backbone.request_id(),
        domain: domain(),
        display_name: "Laurier".into(),
        own_authority: true,
    };
    create_organisation(&backbone.service, &Caller::Operator, params)
        .await
        .unwrap();
    let code = backbone.invite(DOMAIN, "Ana", AccessRole::Member).await;
    let refused = backbone.try_enrol(&code, AccessRole::Member).await;
    let refused = refused.map(|_| ()).unwrap_err();
    assert_eq!(refused.reason, Reason::AuthorityUnavailable);
    assert!(refused.message.contains("operator"), "{refused}");
    backbone.service.forget_authorities().await.unwrap();
}

#[tokio::test]
async fn a_renewal_is_the_organisations_too_and_carries_the_devices_proof() {
    let backbone = backbone().await;
    let ana = backbone.device(DOMAIN, "Ana").await;
    let (key, authority) = own_authority(&backbone).await;
    let params = || {
        let request_id = backbone.request_id();
        let message = [ana.name.device.as_bytes().as_slice(), request_id.as_bytes()].concat();
        RenewParams {
            request_id,
            proof: ana.device_key.sign("relais/renew-transport/v1", &message),
        }
    };
    let renew =
        async |params| renew_transport_certificate(&backbone.service, &ana.caller, params).await;
    assert_eq!(reason(renew(params()).await), Reason::AuthorityUnavailable);
    let mut requests = agent(&backbone, &key).await;
    let work = async {
        let request = requests.next().await.unwrap();
        let order = request.order;
        assert_eq!(order.kind, CertificateKind::Transport);
        let SigningProof::Renewal(proof) = &order.proof else {
            panic!("it is a renewal");
        };
        assert!(proof.message.starts_with(ana.name.device.as_bytes()));
        relais_mls::verify(
            &order.public_key,
            &proof.label,
            &proof.message,
            &proof.signature,
        )
        .unwrap();
        let now = backbone.service.now();
        let chain = authority.issue_transport(&order.device, &order.public_key, now);
        answer(&backbone, request.id, chain.unwrap()).await.unwrap();
    };
    let (renewed, ()) = tokio::join!(renew(params()), work);
    assert_eq!(
        renewed.unwrap().certificates().last(),
        Some(&authority.certificate_der())
    );
}
