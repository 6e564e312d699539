//! Secrets that the server makes, and how it recognises them without keeping them.
//!
//! Tokens, challenges and invitation codes are computed under the server's key, so that
//! the database holds digests of codes and nothing of the others. Everything presented is
//! compared in constant time.

use std::fmt;

use hmac::{Hmac, KeyInit as _, Mac as _};
use relais_mls::SigningKey;
use relais_types::{DeviceId, OrgDomain, PractitionerId, RequestId, Timestamp};
use sha2::{Digest as _, Sha256};
use subtle::ConstantTimeEq as _;
use zeroize::Zeroizing;

/// Length of a MAC and of a digest.
const MAC: usize = 32;
/// What a token begins with, so that a leaked one is recognised by scanners.
const TOKEN_PREFIX: &str = "relais_";
/// The same for the token of an organisation's directory.
const SCIM_TOKEN_PREFIX: &str = "relais_scim_";
/// What a step-up begins with.
const STEP_UP_PREFIX: &str = "relais_stepup_";
/// Crockford's alphabet: no I, L, O or U.
const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Characters of an invitation code: 28 × 5 = 140 bits.
const CODE_LENGTH: usize = 28;
/// Characters between two hyphens.
const CODE_GROUP: usize = 4;

/// The server's key, from which tokens, challenges, invitation codes and the key that proposes
/// removals are made.
///
/// Whoever has it can make tokens for every device: the server keeps it outside the
/// database, readable by itself alone. A new key ends all tokens and open invitations'
/// replays, while the invitations themselves keep working; but it cannot propose removals in
/// the groups that exist, so it is not to be lost.
#[derive(Clone)]
pub struct ServerKey(Zeroizing<[u8; 32]>);

impl ServerKey {
    /// The key with these bytes, which must be random.
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// HMAC-SHA256 over unambiguously joined parts.
    #[expect(clippy::expect_used, reason = "HMAC takes keys of any length")]
    fn mac(&self, label: &str, parts: &[&[u8]]) -> Hmac<Sha256> {
        let mut mac = Hmac::new_from_slice(self.0.as_slice()).expect("any length is a key");
        for part in [label.as_bytes()].iter().chain(parts) {
            mac.update(&(part.len() as u64).to_be_bytes());
            mac.update(part);
        }
        mac
    }

    /// A bearer token for `device` until `expires_at`.
    pub fn token(&self, device: DeviceId, expires_at: Timestamp) -> String {
        let expiry = expires_at.as_micros().to_be_bytes();
        let mac = self.mac("token", &[device.as_bytes(), &expiry]);
        let bytes = [
            device.as_bytes().as_slice(),
            &expiry,
            &mac.finalize().into_bytes(),
        ]
        .concat();
        format!("{TOKEN_PREFIX}{}", hex::encode(bytes))
    }

    /// Whose token this is and until when, if this key made it.
    pub fn open_token(&self, token: &str) -> Option<(DeviceId, Timestamp)> {
        let mut bytes = [0; 16 + 8 + MAC];
        hex::decode_to_slice(token.strip_prefix(TOKEN_PREFIX)?, &mut bytes).ok()?;
        let (device, rest) = bytes.split_first_chunk::<16>()?;
        let (expiry, presented) = rest.split_first_chunk::<8>()?;
        self.mac("token", &[device, expiry])
            .verify_slice(presented)
            .ok()?;
        Some((
            DeviceId::from_bytes(*device),
            Timestamp::from_micros(i64::from_be_bytes(*expiry)),
        ))
    }

    /// Shows that the person was at `device` at `made_at`.
    pub fn step_up(&self, device: DeviceId, made_at: Timestamp) -> String {
        let time = made_at.as_micros().to_be_bytes();
        let mac = self.mac("step-up", &[device.as_bytes(), &time]);
        let bytes = [time.as_slice(), &mac.finalize().into_bytes()].concat();
        format!("{STEP_UP_PREFIX}{}", hex::encode(bytes))
    }

    /// When the person was at `device`, if this key said so.
    pub fn open_step_up(&self, device: DeviceId, step_up: &str) -> Option<Timestamp> {
        let mut bytes = [0; 8 + MAC];
        hex::decode_to_slice(step_up.strip_prefix(STEP_UP_PREFIX)?, &mut bytes).ok()?;
        let (time, presented) = bytes.split_first_chunk::<8>()?;
        self.mac("step-up", &[device.as_bytes(), time])
            .verify_slice(presented)
            .ok()?;
        Some(Timestamp::from_micros(i64::from_be_bytes(*time)))
    }

    /// A challenge for `device` until `expires_at`, told apart from others by `nonce`.
    pub fn challenge(&self, device: DeviceId, nonce: &[u8; 16], expires_at: Timestamp) -> Vec<u8> {
        let expiry = expires_at.as_micros().to_be_bytes();
        let mac = self.mac("challenge", &[device.as_bytes(), nonce, &expiry]);
        [nonce.as_slice(), &expiry, &mac.finalize().into_bytes()].concat()
    }

    /// Until when `device` may answer this challenge, if this key made it for that device.
    pub fn open_challenge(&self, device: DeviceId, challenge: &[u8]) -> Option<Timestamp> {
        let (nonce, rest) = challenge.split_first_chunk::<16>()?;
        let (expiry, presented) = rest.split_first_chunk::<8>()?;
        self.mac("challenge", &[device.as_bytes(), nonce, expiry])
            .verify_slice(presented)
            .ok()?;
        Some(Timestamp::from_micros(i64::from_be_bytes(*expiry)))
    }

    /// A challenge for the authority of `organisation` until `expires_at`, told apart from others
    /// by `nonce`.
    pub(crate) fn authority_challenge(
        &self,
        organisation: &OrgDomain,
        nonce: &[u8; 16],
        expires_at: Timestamp,
    ) -> Vec<u8> {
        let (expiry, domain) = (
            expires_at.as_micros().to_be_bytes(),
            organisation.as_str().as_bytes(),
        );
        let mac = self.mac("authority challenge", &[domain, nonce, &expiry]);
        [nonce.as_slice(), &expiry, &mac.finalize().into_bytes()].concat()
    }

    /// Until when the authority of `organisation` may answer this challenge, if this key made it
    /// for that organisation.
    pub(crate) fn open_authority_challenge(
        &self,
        organisation: &OrgDomain,
        challenge: &[u8],
    ) -> Option<Timestamp> {
        let (nonce, rest) = challenge.split_first_chunk::<16>()?;
        let (expiry, presented) = rest.split_first_chunk::<8>()?;
        let domain = organisation.as_str().as_bytes();
        self.mac("authority challenge", &[domain, nonce, expiry])
            .verify_slice(presented)
            .ok()?;
        Some(Timestamp::from_micros(i64::from_be_bytes(*expiry)))
    }

    /// The key that proposes to remove revoked devices, which stands in every group's context.
    pub(crate) fn removal_key(&self) -> SigningKey {
        let seed = Zeroizing::new(self.mac("removal", &[]).finalize().into_bytes().into());
        SigningKey::from_seed(&seed)
    }

    /// The id of the device with these keys. An enrolment that is tried again, because its
    /// organisation's authority had given one of two certificates, asks for the same name.
    pub(crate) fn device_id(&self, signature_key: &[u8; 32], device_key: &[u8; 32]) -> DeviceId {
        DeviceId::derived(self.id("device id", &[signature_key, device_key]))
    }

    /// The id of a person who enrols for the first time, by what only they have: an invitation,
    /// or a name at an identity provider.
    pub(crate) fn practitioner_id(&self, by: &[&[u8]]) -> PractitionerId {
        PractitionerId::derived(self.id("practitioner id", by))
    }

    fn id(&self, label: &str, parts: &[&[u8]]) -> [u8; 16] {
        let mac = self.mac(label, parts).finalize().into_bytes();
        let mut id = [0; 16];
        id.copy_from_slice(&mac[..16]);
        id
    }

    /// The token of an organisation's directory that belongs to a request; a replay computes it
    /// again.
    pub(crate) fn scim_token(&self, caller: &[u8], request: RequestId) -> String {
        let mac = self.mac("scim", &[caller, request.as_bytes()]);
        format!(
            "{SCIM_TOKEN_PREFIX}{}",
            hex::encode(mac.finalize().into_bytes())
        )
    }

    /// The invitation code that belongs to a request. A replay computes it again, so that
    /// no response with a code is ever stored.
    pub(crate) fn invitation_code(&self, caller: &[u8], request: RequestId) -> String {
        let mac = self.mac("invitation", &[caller, request.as_bytes()]);
        let bytes = mac.finalize().into_bytes();
        let mut code = String::with_capacity(CODE_LENGTH + CODE_LENGTH / CODE_GROUP);
        let (mut bits, mut held) = (0_u32, 0);
        let mut bytes = bytes.iter();
        for at in 0..CODE_LENGTH {
            if at > 0 && at % CODE_GROUP == 0 {
                code.push('-');
            }
            if held < 5 {
                bits = (bits << 8) | u32::from(bytes.next().copied().unwrap_or_default());
                held += 8;
            }
            held -= 5;
            code.push(char::from(ALPHABET[(bits >> held & 31) as usize]));
        }
        code
    }
}

impl fmt::Debug for ServerKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServerKey(…)")
    }
}

/// The operator's bearer token; only its digest is kept.
#[derive(Clone)]
pub struct OperatorToken([u8; MAC]);

impl OperatorToken {
    /// Accepts `token` from now on; it must hold at least 128 bits of randomness.
    pub fn new(token: &str) -> Self {
        Self(Sha256::digest(token).into())
    }

    pub(crate) fn is(&self, presented: &str) -> bool {
        self.0.ct_eq(&Sha256::digest(presented)).into()
    }
}

impl fmt::Debug for OperatorToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("OperatorToken(…)")
    }
}

/// The digest that an invitation is found by: of the code as it was meant, however it was
/// typed. `None` if it cannot be a code.
pub fn code_digest(typed: &str) -> Option<[u8; 32]> {
    let mut code = String::with_capacity(CODE_LENGTH);
    for typed in typed.chars() {
        let meant = match typed.to_ascii_uppercase() {
            ' ' | '-' => continue,
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        };
        let known = u8::try_from(meant).is_ok_and(|byte| ALPHABET.contains(&byte));
        if !known || code.len() == CODE_LENGTH {
            return None;
        }
        code.push(meant);
    }
    (code.len() == CODE_LENGTH).then(|| digest("invitation", code.as_bytes()))
}

/// SHA-256 with the purpose in front.
pub(crate) fn digest(purpose: &str, bytes: &[u8]) -> [u8; 32] {
    Sha256::new()
        .chain_update(purpose)
        .chain_update([0])
        .chain_update(bytes)
        .finalize()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DEVICE: DeviceId = DeviceId::from_bytes([7; 16]);

    #[test]
    fn a_token_opens_only_under_its_key_and_unchanged() {
        let key = ServerKey::from_bytes([1; 32]);
        let until = Timestamp::from_micros(99);
        let token = key.token(DEVICE, until);
        assert_eq!(key.open_token(&token), Some((DEVICE, until)));
        assert_eq!(ServerKey::from_bytes([2; 32]).open_token(&token), None);
        for at in TOKEN_PREFIX.len()..token.len() {
            let mut changed = token.clone().into_bytes();
            changed[at] = if changed[at] == b'0' { b'1' } else { b'0' };
            let changed = String::from_utf8_lossy(&changed).into_owned();
            assert_eq!(key.open_token(&changed), None, "{at}");
        }
        assert_eq!(key.open_token(&token[..token.len() - 2]), None);
        assert_eq!(key.open_token(&format!("{token}00")), None);
    }

    #[test]
    fn a_challenge_is_for_one_device_and_no_token() {
        let key = ServerKey::from_bytes([1; 32]);
        let until = Timestamp::from_micros(99);
        let challenge = key.challenge(DEVICE, &[5; 16], until);
        assert_eq!(key.open_challenge(DEVICE, &challenge), Some(until));
        let other = DeviceId::from_bytes([8; 16]);
        assert_eq!(key.open_challenge(other, &challenge), None);
        let as_token = format!("{TOKEN_PREFIX}{}", hex::encode(&challenge));
        assert_eq!(key.open_token(&as_token), None);
    }

    #[test]
    fn a_step_up_is_for_one_device_and_no_token() {
        let key = ServerKey::from_bytes([1; 32]);
        let at = Timestamp::from_micros(99);
        let step_up = key.step_up(DEVICE, at);
        assert_eq!(key.open_step_up(DEVICE, &step_up), Some(at));
        let other = DeviceId::from_bytes([8; 16]);
        assert_eq!(key.open_step_up(other, &step_up), None);
        let foreign = ServerKey::from_bytes([2; 32]);
        assert_eq!(foreign.open_step_up(DEVICE, &step_up), None);
        assert_eq!(key.open_step_up(DEVICE, &key.token(DEVICE, at)), None);
        assert_eq!(key.open_token(&step_up), None);
    }

    #[test]
    fn a_code_is_found_however_it_was_typed() {
        let key = ServerKey::from_bytes([1; 32]);
        let code = key.invitation_code(b"caller", RequestId::from_bytes([3; 16]));
        assert_eq!(code.len(), 34);
        assert_eq!(code.matches('-').count(), 6);
        let digest = code_digest(&code);
        assert!(digest.is_some());
        let typed = code.to_lowercase().replace('-', " ");
        assert_eq!(code_digest(&typed), digest);
        assert_eq!(
            code_digest(&code.replace('0', "o").replace('1', "l")),
            digest
        );
        assert_eq!(code_digest(&code[1..]), None);
        assert_eq!(code_digest(&format!("{code}A")), None);
        assert_eq!(code_digest("é"), None);
        let another = key.invitation_code(b"caller", RequestId::from_bytes([4; 16]));
        assert_ne!(code, another);
    }

    #[test]
    fn secrets_do_not_show() {
        let shown = format!(
            "{:?} {:?}",
            ServerKey::from_bytes([7; 32]),
            OperatorToken::new("x")
        );
        assert_eq!(shown, "ServerKey(…) OperatorToken(…)");
    }
}
