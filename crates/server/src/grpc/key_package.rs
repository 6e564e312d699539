//! `relais.keypackage.v1.KeyPackageService`.

use relais_proto::keypackage::{self as pb, key_package_service_server::KeyPackageService};
use relais_service::{
    Service,
    key_package::{ClaimParams, ClaimedKeyPackage, PublishParams, claim, count, publish},
};
use relais_types::Result;
use tonic::Request;

use super::{Answer, answer, open, parse, refuse};
use crate::rate::Rates;

/// The adapter.
#[derive(Clone, Debug)]
pub(crate) struct KeyPackages {
    pub(crate) service: Service,
    pub(crate) rates: Rates,
}

#[tonic::async_trait]
impl KeyPackageService for KeyPackages {
    async fn publish_key_packages(
        &self,
        request: Request<pb::PublishKeyPackagesRequest>,
    ) -> Answer<pb::PublishKeyPackagesResponse> {
        let (caller, message) = open(request);
        let params = publish_params(message).map_err(refuse)?;
        let outcome = publish(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::PublishKeyPackagesResponse {
            available: outcome.available,
        })
    }

    async fn claim_key_packages(
        &self,
        request: Request<pb::ClaimKeyPackagesRequest>,
    ) -> Answer<pb::ClaimKeyPackagesResponse> {
        let (caller, message) = open(request);
        let params = claim_params(message).map_err(refuse)?;
        self.rates
            .claim(&caller, &params.practitioner)
            .map_err(refuse)?;
        let outcome = claim(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::ClaimKeyPackagesResponse {
            key_packages: outcome.key_packages.into_iter().map(claimed).collect(),
        })
    }

    async fn count_key_packages(
        &self,
        request: Request<pb::CountKeyPackagesRequest>,
    ) -> Answer<pb::CountKeyPackagesResponse> {
        let (caller, pb::CountKeyPackagesRequest {}) = open(request);
        let outcome = count(&self.service, &caller).await.map_err(refuse)?;
        answer(pb::CountKeyPackagesResponse {
            available: outcome.available,
            low_water: outcome.low_water,
        })
    }
}

pub(super) fn publish_params(message: pb::PublishKeyPackagesRequest) -> Result<PublishParams> {
    Ok(PublishParams {
        request_id: parse::request_id(&message.request_id)?,
        key_packages: message.key_packages,
        last_resort: parse::optional(message.last_resort),
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of all of these")]
pub(super) fn claim_params(message: pb::ClaimKeyPackagesRequest) -> Result<ClaimParams> {
    Ok(ClaimParams {
        request_id: parse::request_id(&message.request_id)?,
        practitioner: parse::name("practitioner", &message.practitioner)?,
    })
}

fn claimed(claimed: ClaimedKeyPackage) -> pb::ClaimedKeyPackage {
    pb::ClaimedKeyPackage {
        device_id: claimed.device.into(),
        key_package: claimed.key_package,
    }
}
