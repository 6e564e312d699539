//! Tokens without the proof that each call needs, and proofs that are no good.

use std::time::Duration;

use relais_proto::{
    delivery::{SyncRequest, delivery_service_client::DeliveryServiceClient},
    identity::{
        AccessRole, CreateInvitationRequest, RenewTransportCertificateRequest,
        identity_service_client::IdentityServiceClient,
    },
};
use relais_tests::{Device, request_id, with_header};
use relais_types::{Clock as _, SystemClock, Timestamp};

use super::{Site, told};

const SYNC: &str = "/relais.delivery.v1.DeliveryService/Sync";
const INVALID: &str = "Unauthenticated PROOF_INVALID";
const STALE: &str = "Unauthenticated PROOF_STALE";

fn earlier(now: Timestamp, seconds: i64) -> Timestamp {
    Timestamp::from_micros(now.as_micros() - seconds * 1_000_000)
}

#[tokio::test]
async fn proofs() {
    let mut site = Site::new("a token and its proof").await;
    let plain = DeliveryServiceClient::new(site.node.channel().await);
    let ana: &Device = &site.ana;
    let (now, token, sync) = (SystemClock.now(), ana.token.clone(), SyncRequest::default());
    let larger = SyncRequest {
        page_size: 7,
        ..sync.clone()
    };
    let good = ana.proof(SYNC, &sync, &token, now);
    let changed = |at: usize| {
        let mut changed = good.clone().into_bytes();
        changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
        String::from_utf8(changed).unwrap()
    };
    let other_token = {
        let request = ana.answer(ana.challenge().await);
        let created = ana.identity().create_token(request).await.unwrap();
        created.into_inner().token
    };
    let rows = [
        (
            "a token and nothing else",
            "Unauthenticated PROOF_MISSING",
            None,
        ),
        ("an empty proof", INVALID, Some(String::new())),
        ("a proof that is none", INVALID, Some("hello".to_owned())),
        (
            "a proof cut short",
            INVALID,
            Some(good[..good.len() - 2].to_owned()),
        ),
        ("its time changed", INVALID, Some(changed(15))),
        ("its nonce changed", INVALID, Some(changed(20))),
        ("its signature changed", INVALID, Some(changed(100))),
        (
            "a proof for another method",
            INVALID,
            Some(ana.proof(
                "/relais.delivery.v1.DeliveryService/Send",
                &sync,
                &token,
                now,
            )),
        ),
        (
            "a proof for another message",
            INVALID,
            Some(ana.proof(SYNC, &larger, &token, now)),
        ),
        (
            "a proof for another token of the device",
            INVALID,
            Some(ana.proof(SYNC, &sync, &other_token, now)),
        ),
        (
            "a proof by another device",
            INVALID,
            Some(site.bo.proof(SYNC, &sync, &token, now)),
        ),
        (
            "a proof of two minutes ago",
            STALE,
            Some(ana.proof(SYNC, &sync, &token, earlier(now, 120))),
        ),
        (
            "a proof of a clock two days behind",
            STALE,
            Some(ana.proof(SYNC, &sync, &token, earlier(now, 172_800))),
        ),
        (
            "a proof for two minutes from now",
            STALE,
            Some(ana.proof(SYNC, &sync, &token, now.plus(Duration::from_mins(2)))),
        ),
        ("a good one", "OK", Some(good.clone())),
        (
            "the same again",
            "Unauthenticated PROOF_REPLAYED",
            Some(good.clone()),
        ),
        (
            "another good one",
            "OK",
            Some(ana.proof(SYNC, &sync, &token, SystemClock.now())),
        ),
    ];
    for (name, expected, proof) in rows {
        let mut request = site.ana.authorised(SyncRequest::default());
        if let Some(proof) = proof {
            request = with_header(request, "relais-proof", &proof);
        }
        let got = told(plain.clone().sync(request).await);
        site.case(name, expected, got).await;
    }
    site.finish().await;
}

/// A network that ends TLS on its way takes the certificate off, and could change what an
/// administrator asks for: the proof is for the message that she signed.
#[tokio::test]
async fn swapped_messages() {
    const INVITE: &str = "/relais.identity.v1.IdentityService/CreateInvitation";
    let mut site = Site::new("messages that were changed on their way").await;
    let mut plain = IdentityServiceClient::new(site.node.channel().await);
    let zoe = &site.zoe;
    let step_up = zoe.step_up().await;
    let meant = CreateInvitationRequest {
        request_id: request_id(),
        organisation: "organisations/hospital.internal".to_owned(),
        display_name: "Yan".to_owned(),
        profession: "nurse".to_owned(),
        ..CreateInvitationRequest::default()
    };
    let swapped = CreateInvitationRequest {
        display_name: "Eve".to_owned(),
        access_role: AccessRole::Administrator.into(),
        ..meant.clone()
    };
    let proof = zoe.proof(INVITE, &meant, &zoe.token, SystemClock.now());
    let mut answers = Vec::new();
    for message in [swapped, meant] {
        let request = with_header(zoe.authorised(message), "relais-proof", &proof);
        let request = with_header(request, "relais-step-up", &step_up);
        answers.push(told(plain.create_invitation(request).await));
    }
    let rows = [
        ("an invitation for somebody else, as administrator", INVALID),
        ("the invitation that was meant", "OK"),
    ];
    for ((name, expected), got) in rows.into_iter().zip(answers) {
        site.case(name, expected, got).await;
    }
    site.finish().await;
}

#[tokio::test]
async fn renewals() {
    let mut site = Site::new("renewing a certificate").await;
    let label = "relais/renew-transport/v1";
    let asked = |signer: &Device, of: &Device, label| {
        let id = request_id();
        let proven = [of.name.device.as_bytes().as_slice(), &id].concat();
        RenewTransportCertificateRequest {
            request_id: id,
            device_key_proof: signer.prover.sign(label, &proven).to_vec().into(),
        }
    };
    let rows = [
        ("the device's own", "OK", asked(&site.ana, &site.ana, label)),
        (
            "signed by another device",
            INVALID,
            asked(&site.bo, &site.ana, label),
        ),
        (
            "signed for another device",
            INVALID,
            asked(&site.ana, &site.bo, label),
        ),
        (
            "a proof for something else",
            INVALID,
            asked(&site.ana, &site.ana, "relais/step-up/v1"),
        ),
    ];
    for (name, expected, message) in rows {
        let request = site.ana.authorised(message);
        let got = told(
            site.ana
                .identity()
                .renew_transport_certificate(request)
                .await,
        );
        site.case(name, expected, got).await;
    }
    let mut nobody = IdentityServiceClient::new(site.node.channel().await);
    let message = asked(&site.ana, &site.ana, label);
    let got = told(nobody.renew_transport_certificate(message).await);
    let missing = "Unauthenticated CREDENTIAL_MISSING";
    site.case("by nobody in particular", missing, got).await;
    site.finish().await;
}
