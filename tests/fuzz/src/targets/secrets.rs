//! Tokens, challenges and invitation codes, as somebody presents them to the server.

use std::sync::LazyLock;

use relais_service::{ServerKey, code_digest};
use relais_types::{DeviceId, Timestamp};

use super::{Seed, edits_of};
use crate::edits::Input;

const DEVICE: DeviceId = DeviceId::from_bytes([7; 16]);
const UNTIL: Timestamp = Timestamp::from_micros(1_795_300_000_000_000);

static KEY: LazyLock<ServerKey> = LazyLock::new(|| ServerKey::from_bytes([3; 32]));

/// Nothing opens but what was made, and that says what it said.
pub fn run(input: &[u8]) {
    let mut input = Input(input);
    match input.byte() % 3 {
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
    edits_of(3)
}
