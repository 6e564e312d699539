use std::time::Duration;

use relais_mls::SigningKey;
use relais_store::AccessRole;

use super::*;
use crate::fixture::Backbone;

fn params(backbone: &Backbone, code: &str) -> (EnrolParams, SigningKey) {
    let (signature, device) = (backbone.key(), backbone.key());
    let (signature_key, device_key) = (signature.public(), device.public());
    let message = [Sha256::digest(code).as_slice(), &signature_key, &device_key].concat();
    let params = EnrolParams {
        request_id: backbone.request_id(),
        code: code.into(),
        device_label: "Clinic desktop".into(),
        signature_key,
        device_key,
        signature_key_proof: signature.sign(PROOF, &message),
        device_key_proof: device.sign(PROOF, &message),
    };
    (params, signature)
}

async fn try_enrol(backbone: &Backbone, params: EnrolParams) -> Result<EnrolOutcome> {
    enrol(&backbone.service, &Caller::Anonymous, params).await
}

#[tokio::test]
async fn a_code_works_once_and_its_replay_gets_the_first_result() {
    let backbone = Backbone::new().await;
    let code = backbone
        .invite("laurier.internal", "Hélène Roy", AccessRole::Member)
        .await;
    let (first, _) = params(&backbone, &code);
    let enrolled = try_enrol(&backbone, first.clone()).await.unwrap();
    assert_eq!(enrolled.display_name, "Hélène Roy");
    assert_eq!(enrolled.device.organisation.as_str(), "laurier.internal");
    let identity = backbone
        .service
        .anchors()
        .verify(&enrolled.certificate_chain, backbone.service.now())
        .unwrap();
    assert_eq!(identity.device, enrolled.device);
    assert_eq!(identity.public_key, first.signature_key);
    let transport = backbone
        .service
        .anchors()
        .verify_transport(&enrolled.transport_chain, backbone.service.now())
        .unwrap();
    assert_eq!(transport.device, enrolled.device);
    assert_eq!(transport.public_key, first.device_key);

    let replayed = try_enrol(&backbone, first.clone()).await.unwrap();
    assert_eq!(replayed, enrolled);

    let (second, _) = params(&backbone, &code);
    let refused = try_enrol(&backbone, second.clone()).await.unwrap_err();
    assert_eq!(refused.reason, Reason::InvitationUsed);
    let same_id = EnrolParams {
        request_id: first.request_id,
        ..second
    };
    let refused = try_enrol(&backbone, same_id).await.unwrap_err();
    assert_eq!(refused.reason, Reason::RequestIdReused);
}

#[tokio::test]
async fn of_many_who_hold_one_code_one_enrols() {
    let backbone = Backbone::new().await;
    let code = backbone
        .invite("laurier.internal", "Ana", AccessRole::Member)
        .await;
    let racers: Vec<_> = (0..16)
        .map(|_| {
            let service = backbone.service.clone();
            let (params, _) = params(&backbone, &code);
            tokio::spawn(async move { enrol(&service, &Caller::Anonymous, params).await })
        })
        .collect();
    let mut winners = 0;
    for racer in racers {
        match racer.await.unwrap() {
            Ok(_) => winners += 1,
            Err(error) => assert_eq!(error.reason, Reason::InvitationUsed),
        }
    }
    assert_eq!(winners, 1);
}

#[tokio::test]
async fn expired_unknown_and_unproved_are_told_apart() {
    let backbone = Backbone::new().await;
    let code = backbone
        .invite("laurier.internal", "Ana", AccessRole::Member)
        .await;
    let reason = async |params| try_enrol(&backbone, params).await.unwrap_err().reason;

    let (mut unproved, _) = params(&backbone, &code);
    unproved.device_key_proof[0] ^= 1;
    assert_eq!(reason(unproved).await, Reason::ProofInvalid);

    let (mut one_key, _) = params(&backbone, &code);
    one_key.device_key = one_key.signature_key;
    assert_eq!(reason(one_key).await, Reason::MalformedField);

    let unknown = "0000-0000-0000-0000-0000-0000-0000";
    assert_eq!(reason(params(&backbone, unknown).0).await, Reason::NotFound);
    assert_eq!(reason(params(&backbone, "hello").0).await, Reason::NotFound);

    backbone.clock.advance(Duration::from_hours(8 * 24));
    let (late, _) = params(&backbone, &code);
    assert_eq!(reason(late).await, Reason::InvitationExpired);
}

#[tokio::test]
async fn a_person_adds_a_device_and_keeps_name_and_role() {
    let backbone = Backbone::new().await;
    let first = backbone
        .device_with_role("laurier.internal", "Ana", AccessRole::Administrator)
        .await;
    let code = backbone
        .invite_device(&first.name.practitioner_name())
        .await;
    let (params, _) = params(&backbone, &code);
    let second = try_enrol(&backbone, params).await.unwrap();
    assert_eq!(second.display_name, "Ana");
    assert_eq!(
        second.device.practitioner_name(),
        first.name.practitioner_name()
    );
    assert_ne!(second.device, first.name);
    let devices = backbone
        .service
        .store()
        .read("devices", async move |view| {
            view.devices_of(second.device.practitioner).await
        })
        .await
        .unwrap();
    let roles: Vec<_> = devices.iter().map(|device| device.access_role).collect();
    assert_eq!(roles, [AccessRole::Administrator; 2]);
}

#[tokio::test]
async fn keys_are_enrolled_once() {
    let backbone = Backbone::new().await;
    let (one, two) = (
        backbone
            .invite("laurier.internal", "Ana", AccessRole::Member)
            .await,
        backbone
            .invite("laurier.internal", "Bo", AccessRole::Member)
            .await,
    );
    let (first, signature) = params(&backbone, &one);
    try_enrol(&backbone, first.clone()).await.unwrap();
    let device = backbone.key();
    let message = [
        Sha256::digest(&two).as_slice(),
        &first.signature_key,
        &device.public(),
    ]
    .concat();
    let again = EnrolParams {
        request_id: backbone.request_id(),
        code: two,
        device_key: device.public(),
        signature_key_proof: signature.sign(PROOF, &message),
        device_key_proof: device.sign(PROOF, &message),
        ..first
    };
    let refused = try_enrol(&backbone, again).await.unwrap_err();
    assert_eq!(refused.reason, Reason::MalformedField);
}
