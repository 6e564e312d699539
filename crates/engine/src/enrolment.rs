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
        code: &str,
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
        let begun = record::read::<EnrolmentRecord>(state, ENROLMENT)?;
        let record = begun
            .filter(|begun| begun.code == code)
            .unwrap_or_else(|| EnrolmentRecord {
                request_id: RequestId::at(now, entropy).into(),
                code: code.to_owned(),
                device_label: device_label.to_owned(),
                signature_seed: SigningKey::generate(entropy).seed().to_vec(),
                device_seed: SigningKey::generate(entropy).seed().to_vec(),
            });
        record::write(state, ENROLMENT.to_vec(), &record);
        Ok(Self { record })
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
