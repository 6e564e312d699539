//! What a server answers to an enrolment: certificates, roots and names.

use std::sync::{Arc, LazyLock};

use prost::Message as _;
use relais_engine::{Account, Enrolment};
use relais_mls::{State, authority::Root};
use relais_proto::identity::EnrolResponse;
use relais_types::{
    Clock as _, DeviceId, DeviceName, ManualClock, PractitionerId, SeededEntropy, SystemClock,
    Timestamp,
};

use super::{Seed, edits_of};
use crate::{
    edits::Input,
    parties::{Rows, rows},
};

struct Begun {
    now: Timestamp,
    rows: Rows,
    name: DeviceName,
    answer: Vec<u8>,
}

static BEGUN: LazyLock<Begun> = LazyLock::new(|| {
    let now = SystemClock.now();
    let root = Root::generate().expect("a root");
    let name = DeviceName {
        organisation: "hospital.internal".parse().expect("a domain"),
        practitioner: PractitionerId::from_bytes([1; 16]),
        device: DeviceId::from_bytes([2; 16]),
    };
    let mut state = State::default();
    let begun = Enrolment::begin(&mut state, "code", "desk", now, &mut SeededEntropy::new(1));
    let request = begun.and_then(|begun| begun.request()).expect("a request");
    let key = request.signature_key.as_ref().try_into().expect("32 bytes");
    let authority = root
        .organisation(&name.organisation, now)
        .expect("an authority");
    let chain = authority.issue(&name, &key, now).expect("a chain");
    let key = request.device_key.as_ref().try_into().expect("32 bytes");
    let transport = authority
        .issue_transport(&name, &key, now)
        .expect("a chain");
    let answer = EnrolResponse {
        transport_certificate_chain: transport.certificates().to_vec(),
        device: name.to_string(),
        certificate_chain: chain.certificates().to_vec(),
        trust_anchors: vec![root.certificate_der()],
        display_name: "Ana".to_owned(),
        organisation_display_name: "Hospital".to_owned(),
        profession: "physician".to_owned(),
        removal_key: vec![7; 32].into(),
    };
    Begun {
        now,
        rows: rows(&state),
        name,
        answer: answer.encode_to_vec(),
    }
});

/// Whatever is taken makes an account that opens, under the name that its certificate has.
pub fn run(input: &[u8]) {
    let all = &*BEGUN;
    let Ok(answer) = EnrolResponse::decode(&Input(input).message(&all.answer)[..]) else {
        return;
    };
    let named = answer.device.clone();
    let mut state = State::from_rows(all.rows.clone());
    let entropy = &mut SeededEntropy::new(2);
    let begun = Enrolment::begin(&mut state, "code", "desk", all.now, entropy).expect("begun");
    if begun.finish(&mut state, answer, all.now).is_err() {
        assert!(rows(&state) == all.rows, "a refusal left a trace");
        return;
    }
    let clock = Arc::new(ManualClock::at(all.now));
    let opened = Account::open(state, clock, Box::new(SeededEntropy::new(3)));
    let account = opened.expect("an account that was taken opens");
    assert_eq!(account.me().device, all.name);
    assert_eq!(named.parse(), Ok(all.name.clone()));
}

/// The answer, good and changed.
pub fn seeds() -> Vec<Seed> {
    let seeds = edits_of(1).into_iter();
    seeds
        .map(|(name, bytes)| (name, bytes[1..].to_vec()))
        .collect()
}
