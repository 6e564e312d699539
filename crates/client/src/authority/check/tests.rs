use relais_mls::SigningKey;
use relais_types::{DeviceId, PractitionerId};

use super::*;

const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);
const STRICT: Rules = Rules {
    ask: false,
    allow_enrolment: false,
    per_hour: 2,
};
/// Announced for somebody new.
const NEW: Option<Expected> = Some(Expected::NewPerson);
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
    expected: Option<Expected>,
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
        verdict(&request, &[], None, STRICT),
        Verdict::Refuse(_)
    ));
    assert_eq!(
        verdict(&request, &[], NEW, STRICT),
        Verdict::Sign("expected")
    );
    let signed = [line(&request, "expected", NOW)];
    // The other certificate of the same device, and a lost answer.
    for again in [transport(request.clone()), request] {
        assert_eq!(
            verdict(&again, &signed, NEW, STRICT),
            Verdict::Sign("again")
        );
    }
    // A server that uses the invitation for keys of its own.
    assert_eq!(
        verdict(&enrolment(2, 1), &signed, NEW, STRICT),
        Verdict::Refuse("the invitation was used for another device")
    );
    // Or gives an enrolled device another key.
    let mut taken = enrolment(2, 2);
    taken.device = device(1).to_string();
    assert_eq!(
        verdict(&taken, &signed, NEW, STRICT),
        Verdict::Refuse("this device was certified with another key")
    );
}

#[test]
fn one_invitation_makes_one_name_whatever_else_the_server_asks_for() {
    let honest = enrolment(1, 1);
    let signed = [line(&honest, "expected", NOW)];
    // The same proof again, for a further device of the same person, and of somebody else.
    for (practitioner, fresh) in [(1, 8), (9, 9)] {
        let mut ghost = device(practitioner);
        ghost.device = device(fresh).device;
        let ghost = pb::SigningRequest {
            device: ghost.to_string(),
            ..honest.clone()
        };
        for request in [ghost.clone(), transport(ghost)] {
            for expected in [NEW, None] {
                for rules in [STRICT, OPEN] {
                    let said = verdict(&request, &signed, expected, rules);
                    assert!(matches!(said, Verdict::Refuse(_)), "{said:?}");
                }
            }
        }
    }
    // Nor does a renewal give a key a second name: it is signed over the device alone.
    let known = [line(&transport(honest), "expected", NOW)];
    let mut renamed = renewal(1);
    let elsewhere = DeviceName {
        practitioner: PractitionerId::from_bytes([9; 16]),
        ..device(1)
    };
    renamed.device = elsewhere.to_string();
    for rules in [STRICT, OPEN] {
        assert_eq!(
            verdict(&renamed, &known, None, rules),
            Verdict::Refuse("this key was certified under another name")
        );
    }
}

#[test]
fn an_invitation_is_for_the_person_for_whom_it_was_announced() {
    let signed = [line(&enrolment(1, 1), "expected", NOW)];
    // A further device of the first person, with keys and an invitation of its own.
    let mut second = enrolment(2, 2);
    let name = DeviceName {
        device: device(2).device,
        ..device(1)
    };
    second.device = name.to_string();
    let of = |n| Some(Expected::DeviceOf(device(n).practitioner));
    assert_eq!(
        verdict(&second, &signed, of(1), STRICT),
        Verdict::Sign("expected")
    );
    for expected in [of(2), NEW] {
        let said = verdict(&second, &signed, expected, OPEN);
        assert!(matches!(said, Verdict::Refuse(_)), "{said:?}");
    }
    assert_eq!(known_as(&signed, &name).as_deref(), Some(""));
    assert_eq!(known_as(&signed, &device(3)), None);
}

#[test]
fn a_server_that_asks_for_ghosts_runs_into_a_limit() {
    let asked = Rules {
        ask: true,
        ..STRICT
    };
    assert_eq!(verdict(&enrolment(1, 1), &[], None, asked), Verdict::Ask);
    assert_eq!(
        verdict(&enrolment(1, 1), &[], None, OPEN),
        Verdict::Sign("allowed")
    );
    let lines = |at| [1, 2].map(|n| line(&enrolment(n, n), "allowed", at));
    assert!(matches!(
        verdict(&enrolment(3, 3), &lines(NOW), None, OPEN),
        Verdict::Refuse(_)
    ));
    let earlier = Timestamp::from_micros(NOW.as_micros() - 3_600_000_001);
    assert_eq!(
        verdict(&enrolment(3, 3), &lines(earlier), None, OPEN),
        Verdict::Sign("allowed")
    );
}

#[test]
fn a_device_that_was_certified_renews_with_the_same_key() {
    let known = [line(&transport(enrolment(1, 1)), "expected", NOW)];
    assert_eq!(
        verdict(&renewal(1), &known, None, STRICT),
        Verdict::Sign("renewal")
    );
    assert!(matches!(
        verdict(&renewal(1), &[], None, STRICT),
        Verdict::Refuse(_)
    ));
    assert_eq!(
        verdict(&renewal(1), &[], None, OPEN),
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
        verdict(&renewal(1), &often, None, STRICT),
        Verdict::Refuse(_)
    ));
}
