use relais_mls::SigningKey;
use relais_types::{DeviceId, PractitionerId};

use super::*;

const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
const STRICT: Rules = Rules {
    ask: false,
    allow_enrolment: false,
    per_hour: 2,
};
const OPEN: Rules = Rules {
    allow_enrolment: true,
    ..STRICT
};

fn key(n: u8) -> SigningKey {
    SigningKey::from_seed(&[n; 32])
}

fn device(n: u8) -> DeviceName {
    DeviceName {
        organisation: own(),
        practitioner: PractitionerId::from_bytes([n; 16]),
        device: DeviceId::from_bytes([n; 16]),
    }
}

fn own() -> OrgDomain {
    "laurier.internal".parse().unwrap()
}

fn enrolment(n: u8, invitation: u8) -> pb::SigningRequest {
    let (signature, device_key) = (key(n), key(n + 100));
    let digest = [invitation; 32];
    let message = [digest, signature.public(), device_key.public()].concat();
    let proof = pb::EnrolmentProof {
        code_digest: digest.to_vec().into(),
        signature_key: signature.public().to_vec().into(),
        device_key: device_key.public().to_vec().into(),
        signature_key_proof: signature.sign(ENROL, &message).to_vec().into(),
        device_key_proof: device_key.sign(ENROL, &message).to_vec().into(),
        display_name: "Ana".into(),
        ..pb::EnrolmentProof::default()
    };
    pb::SigningRequest {
        signing_id: vec![1; 16].into(),
        kind: CertificateKind::Credential.into(),
        device: device(n).to_string(),
        public_key: signature.public().to_vec().into(),
        proof: Some(Proof::Enrolment(proof)),
    }
}

fn transport(mut request: pb::SigningRequest) -> pb::SigningRequest {
    if let Some(Proof::Enrolment(proof)) = &request.proof {
        request.public_key = proof.device_key.clone();
    }
    request.kind = CertificateKind::Transport.into();
    request
}

fn renewal(n: u8) -> pb::SigningRequest {
    let device_key = key(n + 100);
    let message = [device(n).device.as_bytes().as_slice(), &[7; 16]].concat();
    pb::SigningRequest {
        public_key: device_key.public().to_vec().into(),
        kind: CertificateKind::Transport.into(),
        proof: Some(Proof::Renewal(pb::RenewalProof {
            label: RENEW_TRANSPORT.into(),
            signature: device_key.sign(RENEW_TRANSPORT, &message).to_vec().into(),
            message: message.into(),
        })),
        ..enrolment(n, 1)
    }
}

fn line(request: &pb::SigningRequest, because: &str, at: Timestamp) -> Signed {
    let checked = read(request, &own()).unwrap();
    let new = checked.enrolment.as_ref();
    Signed {
        number: 0,
        at_micros: at.as_micros(),
        kind: name(checked.kind).into(),
        device: checked.device.to_string(),
        public_key: hex::encode(checked.public_key),
        certificate: String::new(),
        because: because.into(),
        invitation: new
            .map(|new| hex::encode(new.invitation))
            .unwrap_or_default(),
        keys: new.map(|new| new.keys.clone()).unwrap_or_default(),
        display_name: String::new(),
        device_label: String::new(),
        previous: String::new(),
    }
}

fn verdict(
    request: &pb::SigningRequest,
    signed: &[Signed],
    expected: bool,
    rules: Rules,
) -> Verdict {
    judge(
        &read(request, &own()).unwrap(),
        signed,
        expected,
        rules,
        NOW,
    )
}

#[test]
fn a_name_outside_the_organisation_is_refused() {
    let mut request = enrolment(1, 1);
    request.device = request.device.replace("laurier", "parc");
    let why = read(&request, &own()).unwrap_err();
    assert!(why.contains("outside this organisation"), "{why}");
    let mut below = enrolment(1, 1);
    below.device = below.device.replace("laurier", "clinic.laurier");
    assert!(read(&below, &own()).is_err());
}

#[test]
fn nothing_is_signed_that_the_device_has_not_signed() {
    let good = enrolment(1, 1);
    assert!(read(&good, &own()).is_ok());
    assert!(read(&transport(good.clone()), &own()).is_ok());
    let without = pb::SigningRequest {
        proof: None,
        ..good.clone()
    };
    assert!(read(&without, &own()).is_err());
    let with = |change: &dyn Fn(&mut pb::EnrolmentProof)| {
        let mut request = good.clone();
        if let Some(Proof::Enrolment(proof)) = &mut request.proof {
            change(proof);
        }
        read(&request, &own()).unwrap_err()
    };
    let other = enrolment(2, 1);
    let Some(Proof::Enrolment(other)) = other.proof else {
        panic!("it is an enrolment");
    };
    with(&|proof| proof.signature_key_proof = other.signature_key_proof.clone());
    with(&|proof| proof.device_key_proof = other.device_key_proof.clone());
    with(&|proof| proof.device_key_proof = bytes::Bytes::new());
    with(&|proof| proof.code_digest = vec![9; 32].into());
    with(&|proof| proof.device_key = other.device_key.clone());
    // A key that is not the one that has signed.
    for kind in [CertificateKind::Credential, CertificateKind::Transport] {
        let request = pb::SigningRequest {
            kind: kind.into(),
            public_key: key(50).public().to_vec().into(),
            ..good.clone()
        };
        assert!(read(&request, &own()).is_err());
    }
    let unknown = pb::SigningRequest { kind: 9, ..good };
    assert!(read(&unknown, &own()).is_err());
}

#[test]
fn only_announced_invitations_are_certified_and_each_for_one_device() {
    let request = enrolment(1, 1);
    assert!(matches!(
        verdict(&request, &[], false, STRICT),
        Verdict::Refuse(_)
    ));
    assert_eq!(
        verdict(&request, &[], true, STRICT),
        Verdict::Sign("expected")
    );
    let signed = [line(&request, "expected", NOW)];
    // The other certificate of the same device, and a lost answer.
    for again in [transport(request.clone()), request] {
        assert_eq!(
            verdict(&again, &signed, true, STRICT),
            Verdict::Sign("again")
        );
    }
    // A server that uses the invitation for keys of its own.
    assert_eq!(
        verdict(&enrolment(2, 1), &signed, true, STRICT),
        Verdict::Refuse("the invitation was used for another device")
    );
    // Or gives an enrolled device another key.
    let mut taken = enrolment(2, 2);
    taken.device = device(1).to_string();
    assert_eq!(
        verdict(&taken, &signed, true, STRICT),
        Verdict::Refuse("this device was certified with another key")
    );
}

#[test]
fn a_server_that_asks_for_ghosts_runs_into_a_limit() {
    let asked = Rules {
        ask: true,
        ..STRICT
    };
    assert_eq!(verdict(&enrolment(1, 1), &[], false, asked), Verdict::Ask);
    assert_eq!(
        verdict(&enrolment(1, 1), &[], false, OPEN),
        Verdict::Sign("allowed")
    );
    let lines = |at| [1, 2].map(|n| line(&enrolment(n, n), "allowed", at));
    assert!(matches!(
        verdict(&enrolment(3, 3), &lines(NOW), false, OPEN),
        Verdict::Refuse(_)
    ));
    let earlier = Timestamp::from_micros(NOW.as_micros() - 3_600_000_001);
    assert_eq!(
        verdict(&enrolment(3, 3), &lines(earlier), false, OPEN),
        Verdict::Sign("allowed")
    );
}

#[test]
fn a_device_that_was_certified_renews_with_the_same_key() {
    let known = [line(&transport(enrolment(1, 1)), "expected", NOW)];
    assert_eq!(
        verdict(&renewal(1), &known, false, STRICT),
        Verdict::Sign("renewal")
    );
    assert!(matches!(
        verdict(&renewal(1), &[], false, STRICT),
        Verdict::Refuse(_)
    ));
    assert_eq!(
        verdict(&renewal(1), &[], false, OPEN),
        Verdict::Sign("allowed")
    );
    let mut unsigned = renewal(1);
    if let Some(Proof::Renewal(proof)) = &mut unsigned.proof {
        proof.label = RENEW_CREDENTIAL.into();
    }
    assert!(read(&unsigned, &own()).is_err());
    let often: Vec<Signed> = std::iter::repeat_with(|| known[0].clone())
        .take(10)
        .collect();
    assert!(matches!(
        verdict(&renewal(1), &often, false, STRICT),
        Verdict::Refuse(_)
    ));
}
