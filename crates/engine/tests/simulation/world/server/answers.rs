//! Answers that change no group.

use relais_engine::{Call, Reply};
use relais_proto::{audit, keypackage, to_proto_time};
use relais_types::{DeviceId, Error, Reason, Result, Timestamp};

use super::{Device, Server};

impl Server {
    pub(super) fn claim(
        &mut self,
        by: DeviceId,
        request: &keypackage::ClaimKeyPackagesRequest,
    ) -> Result<Reply> {
        let wanted = |device: &&mut Device| {
            device.name.practitioner_name().to_string() == request.practitioner
                && device.name.device != by
                && !device.revoked
        };
        let empty =
            |device: &Device| device.key_packages.is_empty() && device.last_resort.is_empty();
        if self
            .devices
            .values_mut()
            .filter(wanted)
            .any(|device| empty(device))
        {
            return Err(Error::new(Reason::KeyPackagesExhausted, "none left"));
        }
        let key_packages = self
            .devices
            .values_mut()
            .filter(wanted)
            .map(|device| keypackage::ClaimedKeyPackage {
                device_id: device.name.device.into(),
                key_package: device
                    .key_packages
                    .pop_front()
                    .unwrap_or(device.last_resort.clone()),
            })
            .collect();
        Ok(Reply::ClaimKeyPackages(
            keypackage::ClaimKeyPackagesResponse { key_packages },
        ))
    }

    pub(super) fn ask_log(&self, call: &Call) -> Result<Reply> {
        match call {
            Call::GetInclusionProofs(request) => {
                Ok(Reply::GetInclusionProofs(self.log.inclusion(request)))
            }
            Call::GetConsistencyProof(request) => self
                .log
                .consistency(request)
                .map(Reply::GetConsistencyProof),
            Call::GetEntries(request) => Ok(Reply::GetEntries(self.log.entries(request))),
            other => unreachable!("{other:?} is not about the log"),
        }
    }

    pub(super) fn record_views(
        &mut self,
        request: &audit::RecordViewsRequest,
        now: Timestamp,
    ) -> Reply {
        for sealed in &request.sealed_views {
            self.views.push(audit::SealedView {
                sealed: sealed.clone(),
                receive_time: Some(to_proto_time(now)),
            });
        }
        Reply::RecordViews(audit::RecordViewsResponse {})
    }
}
