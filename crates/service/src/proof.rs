//! The proof that comes with every call that carries a token.
//!
//! A token alone could be stolen from a log, a proxy or a browser's memory and used by
//! anybody, and whoever reads a connection on its way could change what a call asks for. So each
//! call also carries a signature of the device key over the token, the method, the message, the
//! time by the server's clock and a nonce. It holds for a minute, and once: what was taken is
//! remembered for as long as it could be taken again, and what was made before this process
//! began to remember is refused.

use std::{
    collections::{HashMap, HashSet},
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use relais_types::{DeviceId, Error, Reason, Result, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::Limits;

/// Label of the proof.
const LABEL: &str = "relais/proof/v2";
/// How far the time of a proof may be from the server's, either way.
const WINDOW: Duration = Duration::from_mins(1);
/// How long a proof can be taken: from a window before its time to a window after it.
const LIFE: Duration = Duration::from_mins(2);

/// A proof as it came: time (microseconds, 8 bytes), nonce (16), signature (64), in hexadecimal.
pub struct Proof {
    at: Timestamp,
    nonce: [u8; 16],
    signature: [u8; 64],
}

impl Proof {
    /// Reads what a call carries.
    ///
    /// # Errors
    /// `PROOF_INVALID` if it cannot be a proof.
    pub fn read(text: &str) -> Result<Self> {
        let mut bytes = [0; 8 + 16 + 64];
        hex::decode_to_slice(text, &mut bytes).map_err(|_| invalid())?;
        let (at, rest) = bytes.split_first_chunk::<8>().ok_or_else(invalid)?;
        let (nonce, signature) = rest.split_first_chunk::<16>().ok_or_else(invalid)?;
        Ok(Self {
            at: Timestamp::from_micros(i64::from_be_bytes(*at)),
            nonce: *nonce,
            signature: signature.try_into().map_err(|_| invalid())?,
        })
    }

    /// Passes if the holder of `device_key` made it for a call of `method` with `token` and a
    /// message with the SHA-256 `message`.
    ///
    /// # Errors
    /// `PROOF_INVALID`.
    pub fn verify(
        &self,
        device_key: &[u8; 32],
        token: &str,
        method: &str,
        message: &[u8; 32],
    ) -> Result<()> {
        let proven = [
            Sha256::digest(token).as_slice(),
            &self.at.as_micros().to_be_bytes(),
            &self.nonce,
            message,
            method.as_bytes(),
        ]
        .concat();
        relais_mls::verify(device_key, LABEL, &proven, &self.signature).map_err(|_| invalid())
    }
}

/// The proofs that were taken, as far back as they could be taken again.
pub(crate) struct Proofs {
    /// Nothing is known of what was taken before.
    since: Timestamp,
    in_all: usize,
    per_device: usize,
    seen: Mutex<Seen>,
}

/// Two generations: the older is dropped when the younger has lived as long as a proof.
#[derive(Default)]
struct Seen {
    turned_at: Timestamp,
    young: Generation,
    old: Generation,
}

#[derive(Default)]
struct Generation {
    count: usize,
    nonces: HashMap<DeviceId, HashSet<[u8; 16]>>,
}

impl Proofs {
    /// Remembers from `now` on.
    pub(crate) fn new(now: Timestamp, limits: &Limits) -> Self {
        Self {
            since: now,
            in_all: limits.proofs_remembered,
            per_device: limits.proofs_per_device,
            seen: Mutex::new(Seen {
                turned_at: now,
                ..Seen::default()
            }),
        }
    }

    /// Takes a proof of `device`, which was verified, once and while it holds.
    ///
    /// # Errors
    /// `PROOF_STALE`, `PROOF_REPLAYED`; `OVERLOADED` if it could not be remembered.
    pub(crate) fn take(&self, device: DeviceId, proof: &Proof, now: Timestamp) -> Result<()> {
        let apart = now.since(proof.at).max(proof.at.since(now));
        if apart > WINDOW || proof.at < self.since {
            return Err(Error::new(
                Reason::ProofStale,
                "the proof is not of this minute by the server's clock: call CreateToken again \
                 and count from its server_time",
            ));
        }
        // A poisoned memory is still a memory of what was taken.
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.turn(now);
        let known = |generation: &Generation| {
            let nonces = generation.nonces.get(&device);
            nonces.is_some_and(|nonces| nonces.contains(&proof.nonce))
        };
        if known(&seen.young) || known(&seen.old) {
            return Err(Error::new(
                Reason::ProofReplayed,
                "the proof was used before: make a new one for every call",
            ));
        }
        let of_device = seen.young.nonces.get(&device).map_or(0, HashSet::len);
        if seen.young.count >= self.in_all || of_device >= self.per_device {
            return Err(Error::new(
                Reason::Overloaded,
                "too many calls with a token in the last minutes: wait, or connect with the \
                 device's certificate",
            )
            .retry_after(LIFE.saturating_sub(now.since(seen.turned_at))));
        }
        seen.young.count += 1;
        seen.young
            .nonces
            .entry(device)
            .or_default()
            .insert(proof.nonce);
        Ok(())
    }
}

impl Seen {
    fn turn(&mut self, now: Timestamp) {
        let age = now.since(self.turned_at);
        if age < LIFE {
            return;
        }
        let young = std::mem::take(&mut self.young);
        // After two lives nothing of either could be taken again.
        self.old = if age < LIFE * 2 {
            young
        } else {
            Generation::default()
        };
        self.turned_at = now;
    }
}

impl fmt::Debug for Proofs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Proofs").finish_non_exhaustive()
    }
}

/// The refusal of a call with a token and no proof.
pub(crate) fn missing() -> Error {
    Error::new(
        Reason::ProofMissing,
        "a token alone is not enough: send a proof of the device key as `relais-proof` with \
         every call, or connect with the device's certificate",
    )
}

fn invalid() -> Error {
    Error::new(
        Reason::ProofInvalid,
        "the proof is not one of this device for this method, this token and this message: sign \
         each call anew",
    )
}

#[cfg(test)]
mod tests {
    use relais_mls::SigningKey;

    use super::*;

    const DEVICE: DeviceId = DeviceId::from_bytes([7; 16]);
    const NOW: Timestamp = Timestamp::from_micros(1_800_000_000_000_000);

    fn proof(at: Timestamp, nonce: u64) -> Proof {
        let mut bytes = [0; 16];
        bytes[..8].copy_from_slice(&nonce.to_be_bytes());
        Proof {
            at,
            nonce: bytes,
            signature: [0; 64],
        }
    }

    fn before(now: Timestamp, by: Duration) -> Timestamp {
        Timestamp::from_micros(now.as_micros() - i64::try_from(by.as_micros()).unwrap())
    }

    fn reason(outcome: Result<()>) -> Option<Reason> {
        outcome.err().map(|error| error.reason)
    }

    #[test]
    fn a_proof_holds_for_its_key_token_method_and_message() {
        let key = SigningKey::from_seed(&[3; 32]);
        let (nonce, method, message) = ([9; 16], "/relais.x.v1.X/Y", [5; 32]);
        let proven = [
            Sha256::digest("token").as_slice(),
            &NOW.as_micros().to_be_bytes(),
            &nonce,
            &message,
            method.as_bytes(),
        ]
        .concat();
        let signature = key.sign(LABEL, &proven);
        let text = hex::encode([&NOW.as_micros().to_be_bytes()[..], &nonce, &signature].concat());
        let proof = Proof::read(&text).unwrap();
        let verdict = |key: [u8; 32], token, method, message: [u8; 32]| {
            reason(proof.verify(&key, token, method, &message))
        };
        assert_eq!(verdict(key.public(), "token", method, message), None);
        let other = SigningKey::from_seed(&[4; 32]);
        for (key, token, method, message) in [
            (other.public(), "token", method, message),
            (key.public(), "tokem", method, message),
            (key.public(), "token", "/relais.x.v1.X/Z", message),
            (key.public(), "token", method, [6; 32]),
        ] {
            let verdict = verdict(key, token, method, message);
            assert_eq!(verdict, Some(Reason::ProofInvalid));
        }
        for malformed in [
            "",
            "00",
            &text[2..],
            &format!("{text}00"),
            &text.replace('0', "x"),
        ] {
            assert!(Proof::read(malformed).is_err(), "{malformed}");
        }
    }

    #[test]
    fn a_proof_is_taken_once_and_in_its_minute() {
        let proofs = Proofs::new(before(NOW, LIFE), &Limits::default());
        let take = |at, nonce, now| reason(proofs.take(DEVICE, &proof(at, nonce), now));
        assert_eq!(take(NOW, 1, NOW), None);
        assert_eq!(take(NOW, 1, NOW), Some(Reason::ProofReplayed));
        let other = DeviceId::from_bytes([8; 16]);
        assert!(proofs.take(other, &proof(NOW, 1), NOW).is_ok());
        let tick = Duration::from_micros(1);
        assert_eq!(take(before(NOW, WINDOW), 2, NOW), None);
        assert_eq!(take(NOW.plus(WINDOW), 3, NOW), None);
        let stale = Some(Reason::ProofStale);
        assert_eq!(take(before(NOW, WINDOW + tick), 4, NOW), stale);
        assert_eq!(take(NOW.plus(WINDOW + tick), 5, NOW), stale);
        // The one from the future is remembered for as long as it holds, over every turn.
        for later in (0..=LIFE.as_secs()).map(Duration::from_secs) {
            let again = take(NOW.plus(WINDOW), 3, NOW.plus(later));
            assert_eq!(again, Some(Reason::ProofReplayed), "{later:?}");
        }
        assert_eq!(take(NOW.plus(WINDOW), 3, NOW.plus(LIFE + tick)), stale);
    }

    #[test]
    fn what_came_before_the_memory_is_not_taken() {
        let proofs = Proofs::new(NOW, &Limits::default());
        let earlier = before(NOW, Duration::from_micros(1));
        let refused = proofs.take(DEVICE, &proof(earlier, 1), NOW);
        assert_eq!(reason(refused), Some(Reason::ProofStale));
        assert!(proofs.take(DEVICE, &proof(NOW, 1), NOW).is_ok());
    }

    #[test]
    fn the_memory_is_bounded_and_forgets() {
        let limits = Limits {
            proofs_remembered: 5,
            proofs_per_device: 3,
            ..Limits::default()
        };
        let proofs = Proofs::new(NOW, &limits);
        let take = |device: u8, nonce, now| {
            let device = DeviceId::from_bytes([device; 16]);
            reason(proofs.take(device, &proof(now, nonce), now))
        };
        let full = Some(Reason::Overloaded);
        // One device that floods is refused before it takes the others' room.
        assert_eq!(
            [1, 2, 3, 4].map(|n| take(1, n, NOW)),
            [None, None, None, full]
        );
        assert_eq!([1, 2, 3].map(|n| take(2, n, NOW)), [None, None, full]);
        let later = NOW.plus(LIFE);
        assert_eq!(take(1, 5, later), None);
        let much_later = later.plus(LIFE * 2);
        assert_eq!(
            take(1, 5, much_later),
            None,
            "a nonce of long ago is forgotten"
        );
        let seen = proofs.seen.lock().unwrap();
        assert_eq!((seen.young.count, seen.old.count), (1, 0));
    }
}
