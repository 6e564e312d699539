//! What the server in memory knows of a device's certificates.

use std::time::Duration;

use relais_engine::{Call, Reply};
use relais_mls::authority::OrganisationCa;
use relais_proto::identity;
use relais_types::{DeviceName, Error, Reason, Result, Timestamp};

/// How early a messaging certificate may be renewed.
const EARLY: Duration = Duration::from_hours(60 * 24);

pub(crate) struct Certified {
    pub(crate) authority: OrganisationCa,
    pub(crate) signature_key: [u8; 32],
    pub(crate) device_key: [u8; 32],
    pub(crate) credential_until: Timestamp,
}

impl Certified {
    pub(super) fn renew(
        &mut self,
        device: &DeviceName,
        call: &Call,
        now: Timestamp,
    ) -> Result<Reply> {
        let prove = |key: &[u8; 32], label, request_id: &[u8], proof: &[u8]| {
            let message = [device.device.as_bytes().as_slice(), request_id].concat();
            relais_mls::verify(key, label, &message, proof)
                .map_err(|_| Error::new(Reason::ProofInvalid, "not signed"))
        };
        match call {
            Call::RenewTransportCertificate(request) => {
                let (id, proof) = (&request.request_id, &request.device_key_proof);
                prove(&self.device_key, "relais/renew-transport/v1", id, proof)?;
                let issued = self
                    .authority
                    .issue_transport(device, &self.device_key, now);
                let chain = issued.unwrap().certificates().to_vec();
                let response = identity::RenewTransportCertificateResponse {
                    transport_certificate_chain: chain,
                };
                Ok(Reply::RenewTransportCertificate(response))
            }
            Call::RenewCredential(request) => {
                let (id, proof) = (&request.request_id, &request.signature_key_proof);
                prove(&self.signature_key, "relais/renew-credential/v1", id, proof)?;
                if self.credential_until.since(now) > EARLY {
                    return Err(Error::new(Reason::RenewalTooEarly, "not yet"));
                }
                let issued = self.authority.issue(device, &self.signature_key, now);
                let chain = issued.unwrap();
                self.credential_until = chain.valid_until().unwrap();
                let response = identity::RenewCredentialResponse {
                    certificate_chain: chain.certificates().to_vec(),
                };
                Ok(Reply::RenewCredential(response))
            }
            other => unreachable!("{other:?} renews nothing"),
        }
    }
}
