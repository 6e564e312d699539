//! Tokens, the proof that comes with each call, step-ups, challenges and invitation codes, as
//! somebody presents them to the server.

use std::sync::LazyLock;

use relais_mls::SigningKey;
use relais_service::{Proof, ServerKey, code_digest};
use relais_types::{DeviceId, SeededEntropy, Timestamp};

use sha2::{Digest as _, Sha256};

use super::{Seed, edits_of};
use crate::edits::Input;

const DEVICE: DeviceId = DeviceId::from_bytes([7; 16]);
const UNTIL: Timestamp = Timestamp::from_micros(1_795_300_000_000_000);

const OTHER: DeviceId = DeviceId::from_bytes([8; 16]);
/// SHA-256 of the message that the proof is for.
const MESSAGE: [u8; 32] = [5; 32];

static DEVICE_KEY: LazyLock<SigningKey> =
    LazyLock::new(|| SigningKey::generate(&mut SeededEntropy::new(1)));

/// A device's proof for one call, as the protocol has it: time, nonce, signature.
static PROOF: LazyLock<String> = LazyLock::new(|| {
    let digest: [u8; 32] = Sha256::digest("token").into();
    let signed = [&UNTIL.as_micros().to_be_bytes()[..], &[9; 16]].concat();
    let method = b"/relais.delivery.v1.DeliveryService/Send";
    let proven = [&digest[..], &signed, &MESSAGE, method].concat();
    let signature = DEVICE_KEY.sign("relais/proof/v2", &proven);
    let bytes = [&signed[..], &signature].concat();
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
});

static KEY: LazyLock<ServerKey> = LazyLock::new(|| ServerKey::from_bytes([3; 32]));

/// Nothing opens but what was made, and that says what it said.
pub fn run(input: &[u8]) {
    let mut input = Input(input);
    match input.byte() % 5 {
        0 => {
            let token = input.message(KEY.token(DEVICE, UNTIL).as_bytes());
            let token = String::from_utf8_lossy(&token);
            if let Some(opened) = KEY.open_token(&token) {
                assert_eq!(opened, (DEVICE, UNTIL), "a forged token");
            }
        }
        1 => {
            let made = KEY.challenge(DEVICE, &[5; 16], UNTIL);
            let presented = input.message(&made);
            if let Some(until) = KEY.open_challenge(DEVICE, &presented) {
                assert_eq!((until, presented), (UNTIL, made), "a forged challenge");
            }
        }
        2 => {
            let made = KEY.step_up(DEVICE, UNTIL);
            let shown = String::from_utf8_lossy(&input.message(made.as_bytes())).into_owned();
            if let Some(at) = KEY.open_step_up(DEVICE, &shown) {
                assert_eq!(at, UNTIL, "a forged step-up");
                assert_eq!(KEY.open_step_up(OTHER, &shown), None, "another device's");
            }
        }
        3 => {
            let (method, key) = ("/relais.delivery.v1.DeliveryService/Send", &*DEVICE_KEY);
            let shown = input.message(PROOF.as_bytes());
            let shown = String::from_utf8_lossy(&shown);
            if let Ok(proof) = Proof::read(&shown)
                && proof
                    .verify(&key.public(), "token", method, &MESSAGE)
                    .is_ok()
            {
                assert_eq!(shown.to_lowercase(), *PROOF, "a forged proof");
                assert!(
                    proof
                        .verify(&key.public(), "token", "/other", &MESSAGE)
                        .is_err()
                );
                assert!(
                    proof
                        .verify(&key.public(), "other", method, &MESSAGE)
                        .is_err()
                );
                assert!(
                    proof
                        .verify(&key.public(), "token", method, &[6; 32])
                        .is_err()
                );
            }
        }
        _ => {
            let typed = input.message(b"0123-4567-89AB-CDEF-GHJK-MNPQ-RSTV");
            let typed = String::from_utf8_lossy(&typed);
            if let Some(digest) = code_digest(&typed) {
                let spoken = typed.to_lowercase().replace('-', " ");
                assert_eq!(code_digest(&spoken), Some(digest), "{typed:?}");
                assert!(code_digest(&format!("{typed}0")).is_none(), "{typed:?}");
            }
        }
    }
}

/// Each kind, good and changed.
pub fn seeds() -> Vec<Seed> {
    edits_of(5)
}
