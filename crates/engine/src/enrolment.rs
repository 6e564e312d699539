//! From an invitation to an account.

use relais_mls::{Chain, Mls, SigningKey, State, TrustAnchors};
use relais_proto::identity;
use relais_types::{DeviceName, Entropy, Error, RequestId, Result, Timestamp};
use sha2::{Digest as _, Sha256};

use crate::{
    certificates,
    record::{self, ACCOUNT, AccountRecord, ENROLMENT, EnrolmentRecord},
    signed,
};

const PROOF_LABEL: &str = "relais/enrol/v1";
const NONCE_LABEL: &str = "relais/oidc-nonce/v1";

/// An invitation code as it was meant, however it was typed: in capitals, in groups of four, and
/// without the letters that Crockford's alphabet takes for digits. What both proofs of an
/// enrolment are made over, so that an organisation that has noted the code knows it again.
pub fn canonical_code(typed: &str) -> String {
    let meant = typed
        .chars()
        .filter(|c| !c.is_whitespace() && *c != '-')
        .map(|c| match c.to_ascii_uppercase() {
            'O' => '0',
            'I' | 'L' => '1',
            other => other,
        });
    let mut code = String::new();
    for (at, c) in meant.enumerate() {
        if at > 0 && at % 4 == 0 {
            code.push('-');
        }
        code.push(c);
    }
    code
}

/// An enrolment on its way. Its keys are in the state before the request is sent, so that
/// a lost answer is asked for again instead of wasting the invitation.
#[derive(Debug)]
pub struct Enrolment {
    record: EnrolmentRecord,
}

impl Enrolment {
    /// Begins the enrolment with `code`, or takes up the one that was begun with it.
    ///
    /// # Errors
    /// `ALREADY_EXISTS` if the state holds an account.
    pub fn begin(
        state: &mut State,
        typed: &str,
        device_label: &str,
        now: Timestamp,
        entropy: &mut impl Entropy,
    ) -> Result<Self> {
        if state.get(ACCOUNT).is_some() {
            return Err(Error::new(
                relais_types::Reason::AlreadyExists,
                "this store holds an account already: choose another file to enrol a second device",
            ));
        }
        let code = canonical_code(typed);
        let begun = record::read::<EnrolmentRecord>(state, ENROLMENT)?;
        let record = begun
            .filter(|begun| begun.code == code)
            .unwrap_or_else(|| EnrolmentRecord {
                request_id: RequestId::at(now, entropy).into(),
                code,
                device_label: device_label.to_owned(),
                signature_seed: SigningKey::generate(entropy).seed().to_vec(),
                device_seed: SigningKey::generate(entropy).seed().to_vec(),
            });
        record::write(state, ENROLMENT.to_vec(), &record);
        Ok(Self { record })
    }

    /// Begins an enrolment for which an ID token takes the place of the code, or takes up the
    /// one that was begun so and has no token yet. [`Enrolment::set_id_token`] comes next.
    ///
    /// # Errors
    /// `ALREADY_EXISTS` if the state holds an account.
    pub fn begin_sign_in(
        state: &mut State,
        device_label: &str,
        now: Timestamp,
        entropy: &mut impl Entropy,
    ) -> Result<Self> {
        Self::begin(state, "", device_label, now, entropy)
    }

    /// The enrolment that was begun with an ID token of which no answer was stored: it may have
    /// reached the server.
    ///
    /// # Errors
    /// `INTERNAL` if the store is damaged.
    pub fn unanswered_sign_in(state: &State) -> Result<Option<Self>> {
        let begun = record::read::<EnrolmentRecord>(state, ENROLMENT)?;
        // Invitation codes have no full stops, ID tokens have two.
        let record = begun.filter(|begun| begun.code.contains('.'));
        Ok(record.map(|record| Self { record }))
    }

    /// What the identity provider must put into the ID token, so that it enrols these keys
    /// alone (OpenID Connect Core 1.0 §3.1.2.1, `nonce`).
    ///
    /// # Errors
    /// `INTERNAL` if the stored keys are damaged.
    pub fn nonce(&self) -> Result<String> {
        let (signature_key, device_key) = self.keys()?;
        let digest = Sha256::new()
            .chain_update(NONCE_LABEL)
            .chain_update(signature_key.public())
            .chain_update(device_key.public())
            .finalize();
        Ok(hex::encode(digest))
    }

    /// Puts the ID token in the place of the code, and into the state.
    pub fn set_id_token(&mut self, state: &mut State, id_token: &str) {
        id_token.clone_into(&mut self.record.code);
        record::write(state, ENROLMENT.to_vec(), &self.record);
    }

    /// Forgets an enrolment that the server has refused for good, with its keys.
    pub fn abandon(self, state: &mut State) {
        state.delete(ENROLMENT);
    }

    /// The request to send; the same one each time.
    ///
    /// # Errors
    /// `INTERNAL` if the stored keys are damaged.
    pub fn request(&self) -> Result<identity::EnrolRequest> {
        let (signature_key, device_key) = self.keys()?;
        let proof = [
            Sha256::digest(self.record.code.as_bytes()).as_slice(),
            &signature_key.public(),
            &device_key.public(),
        ]
        .concat();
        Ok(identity::EnrolRequest {
            request_id: self.record.request_id.clone(),
            code: self.record.code.clone(),
            device_label: self.record.device_label.clone(),
            signature_key: signature_key.public().to_vec().into(),
            device_key: device_key.public().to_vec().into(),
            signature_key_proof: signature_key.sign(PROOF_LABEL, &proof).to_vec().into(),
            device_key_proof: device_key.sign(PROOF_LABEL, &proof).to_vec().into(),
        })
    }

    /// Verifies the answer and stores the account.
    ///
    /// # Errors
    /// `CREDENTIAL_INVALID` if the certificates do not verify or certify another key or device;
    /// `MALFORMED_FIELD` if the service names no key for removals.
    pub fn finish(
        self,
        state: &mut State,
        response: identity::EnrolResponse,
        now: Timestamp,
    ) -> Result<()> {
        let (signature_key, device_key) = self.keys()?;
        let named: DeviceName = response.device.parse()?;
        let anchors =
            TrustAnchors::from_der(&response.trust_anchors).map_err(signed::credential)?;
        let chain = Chain::new(response.certificate_chain.clone()).map_err(signed::credential)?;
        let mls = Mls::new(signature_key, chain, anchors, now).map_err(signed::mls)?;
        if mls.identity().device != named {
            return Err(Error::new(
                relais_types::Reason::CredentialInvalid,
                "the certificate names another device: ask the administrator for a new invitation",
            ));
        }
        certificates::store_first(
            state,
            &mls,
            &device_key,
            response.transport_certificate_chain,
            now,
        )?;
        let removal_key = signed::public_key(&response.removal_key)?;
        let account = AccountRecord {
            device: response.device,
            display_name: response.display_name,
            organisation_display_name: response.organisation_display_name,
            profession: response.profession,
            signature_seed: self.record.signature_seed,
            device_seed: self.record.device_seed,
            certificate_chain: response.certificate_chain,
            trust_anchors: response.trust_anchors,
            removal_key: removal_key.to_vec(),
        };
        record::write(state, ACCOUNT.to_vec(), &account);
        state.delete(ENROLMENT);
        Ok(())
    }

    fn keys(&self) -> Result<(SigningKey, SigningKey)> {
        Ok((
            signed::key(&self.record.signature_seed)?,
            signed::key(&self.record.device_seed)?,
        ))
    }
}

#[cfg(test)]
mod tests {
    use relais_types::SeededEntropy;

    use super::*;

    fn begin(state: &mut State, entropy: &mut SeededEntropy) -> Enrolment {
        Enrolment::begin_sign_in(state, "desk", Timestamp::from_micros(1), entropy).unwrap()
    }

    #[test]
    fn a_sign_in_keeps_its_keys_and_its_token_until_it_is_answered_or_abandoned() {
        let (mut state, mut entropy) = (State::default(), SeededEntropy::new(1));
        let begun = begin(&mut state, &mut entropy);
        let nonce = begun.nonce().unwrap();
        assert!(
            Enrolment::unanswered_sign_in(&state).unwrap().is_none(),
            "no token yet"
        );
        let mut again = begin(&mut state, &mut entropy);
        assert_eq!(again.nonce().unwrap(), nonce, "taken up with its keys");

        again.set_id_token(&mut state, "a.b.c");
        let sent = again.request().unwrap();
        let keys = [sent.signature_key.as_ref(), &sent.device_key].concat();
        let expected = Sha256::new()
            .chain_update("relais/oidc-nonce/v1")
            .chain_update(keys);
        assert_eq!(nonce, hex::encode(expected.finalize()));
        let unanswered = Enrolment::unanswered_sign_in(&state).unwrap().unwrap();
        assert_eq!(unanswered.request().unwrap(), sent, "the same bytes again");

        unanswered.abandon(&mut state);
        assert!(Enrolment::unanswered_sign_in(&state).unwrap().is_none());
        let anew = begin(&mut state, &mut entropy);
        assert_ne!(anew.nonce().unwrap(), nonce, "with other keys");
    }
}
