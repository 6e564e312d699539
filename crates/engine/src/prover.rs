//! What a device proves to the server with its device key.

use std::sync::Arc;

use bytes::Bytes;
use relais_mls::SigningKey;
use relais_proto::identity;
use relais_types::{DeviceId, Timestamp};
use sha2::{Digest as _, Sha256};

const TOKEN_LABEL: &str = "relais/token/v1";
const STEP_UP_LABEL: &str = "relais/step-up/v1";
const PROOF_LABEL: &str = "relais/proof/v2";

/// Proves the device to the server, apart from the account.
#[derive(Clone, Debug)]
pub struct Prover {
    device: DeviceId,
    key: Arc<SigningKey>,
}

impl Prover {
    pub(crate) fn new(device: DeviceId, key: SigningKey) -> Self {
        Self {
            device,
            key: Arc::new(key),
        }
    }

    /// The device that it proves.
    pub fn device(&self) -> DeviceId {
        self.device
    }

    /// Answers a challenge.
    pub fn token_request(&self, challenge: Bytes) -> identity::CreateTokenRequest {
        let message = [self.device.as_bytes().as_slice(), &challenge].concat();
        identity::CreateTokenRequest {
            device_id: self.device.into(),
            signature: Bytes::copy_from_slice(&self.key.sign(TOKEN_LABEL, &message)),
            challenge,
        }
    }

    /// Answers a challenge after the person has shown to be at the device.
    pub fn step_up_request(&self, challenge: Bytes) -> identity::StepUpRequest {
        let message = [self.device.as_bytes().as_slice(), &challenge].concat();
        identity::StepUpRequest {
            signature: Bytes::copy_from_slice(&self.key.sign(STEP_UP_LABEL, &message)),
            challenge,
        }
    }

    /// What goes with one call of `method` (`/package.Service/Method`) that carries `token` and a
    /// message with the SHA-256 `message`, at the time `at` by the server's clock; `nonce` is
    /// random.
    pub fn proof(
        &self,
        token: &str,
        method: &str,
        message: &[u8; 32],
        at: Timestamp,
        nonce: [u8; 16],
    ) -> String {
        let at = at.as_micros().to_be_bytes();
        let token = Sha256::digest(token);
        let proven = [token.as_slice(), &at, &nonce, message, method.as_bytes()].concat();
        let signature = self.key.sign(PROOF_LABEL, &proven);
        hex::encode([at.as_slice(), &nonce, &signature].concat())
    }

    pub(crate) fn key(&self) -> &SigningKey {
        &self.key
    }
}
