//! `relais.identity.v1.IdentityService`.

use relais_proto::{
    identity::{self as pb, identity_service_server::IdentityService},
    to_proto_time,
};
use relais_service::{
    AccessRole, IdentityProvider, Service,
    identity::{
        CreateChallengeParams, CreateInvitationParams, CreateTokenParams, EnrolOutcome,
        EnrolParams, EnrolWithIdentityProviderParams, GetIdentityProviderParams, RenewParams,
        RevokeDeviceParams, RevokePractitionerParams, SetIdentityProviderParams, StepUpParams,
        create_challenge, create_invitation, create_token, enrol, enrol_with_identity_provider,
        get_identity_provider, renew_credential, renew_transport_certificate, revoke_device,
        revoke_practitioner, set_identity_provider, step_up,
    },
    provisioning::{CreateScimTokenParams, create_scim_token},
};
use relais_types::{Error, Result};
use tonic::Request;

use super::{Answer, answer, open, parse, refuse};

/// The adapter.
#[derive(Clone, Debug)]
pub(crate) struct Identity {
    pub(crate) service: Service,
}

#[tonic::async_trait]
impl IdentityService for Identity {
    async fn create_invitation(
        &self,
        request: Request<pb::CreateInvitationRequest>,
    ) -> Answer<pb::CreateInvitationResponse> {
        let (caller, message) = open(request);
        let params = invitation_params(message).map_err(refuse)?;
        let outcome = create_invitation(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::CreateInvitationResponse {
            code: outcome.code,
            expire_time: Some(to_proto_time(outcome.expires_at)),
        })
    }

    async fn enrol(&self, request: Request<pb::EnrolRequest>) -> Answer<pb::EnrolResponse> {
        let (caller, message) = open(request);
        let params = enrol_params(message).map_err(refuse)?;
        let outcome = enrol(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(enrolled(outcome))
    }

    async fn enrol_with_identity_provider(
        &self,
        request: Request<pb::EnrolWithIdentityProviderRequest>,
    ) -> Answer<pb::EnrolWithIdentityProviderResponse> {
        let (caller, message) = open(request);
        let params = identified_params(message).map_err(refuse)?;
        let outcome = enrol_with_identity_provider(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::EnrolWithIdentityProviderResponse {
            enrolment: Some(enrolled(outcome)),
        })
    }

    async fn set_identity_provider(
        &self,
        request: Request<pb::SetIdentityProviderRequest>,
    ) -> Answer<pb::SetIdentityProviderResponse> {
        let (caller, message) = open(request);
        let params = provider_params(message).map_err(refuse)?;
        set_identity_provider(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::SetIdentityProviderResponse {})
    }

    async fn get_identity_provider(
        &self,
        request: Request<pb::GetIdentityProviderRequest>,
    ) -> Answer<pb::GetIdentityProviderResponse> {
        let (caller, message) = open(request);
        let params = whose_provider(&message).map_err(refuse)?;
        let outcome = get_identity_provider(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::GetIdentityProviderResponse {
            issuer: outcome.issuer,
            client_id: outcome.client_id,
            scopes: outcome.scopes,
        })
    }

    async fn create_scim_token(
        &self,
        request: Request<pb::CreateScimTokenRequest>,
    ) -> Answer<pb::CreateScimTokenResponse> {
        let (caller, message) = open(request);
        let params = scim_token_params(&message).map_err(refuse)?;
        let outcome = create_scim_token(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::CreateScimTokenResponse {
            token: outcome.token,
        })
    }

    async fn create_challenge(
        &self,
        request: Request<pb::CreateChallengeRequest>,
    ) -> Answer<pb::CreateChallengeResponse> {
        let (caller, message) = open(request);
        let params = challenge_params(message).map_err(refuse)?;
        let outcome = create_challenge(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::CreateChallengeResponse {
            challenge: outcome.challenge,
            expire_time: Some(to_proto_time(outcome.expires_at)),
        })
    }

    async fn create_token(
        &self,
        request: Request<pb::CreateTokenRequest>,
    ) -> Answer<pb::CreateTokenResponse> {
        let (caller, message) = open(request);
        let params = token_params(message).map_err(refuse)?;
        let outcome = create_token(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::CreateTokenResponse {
            token: outcome.token,
            expire_time: Some(to_proto_time(outcome.expires_at)),
            server_time: Some(to_proto_time(outcome.server_time)),
        })
    }

    async fn renew_transport_certificate(
        &self,
        request: Request<pb::RenewTransportCertificateRequest>,
    ) -> Answer<pb::RenewTransportCertificateResponse> {
        let (caller, message) = open(request);
        let params = renew_transport_params(message).map_err(refuse)?;
        let chain = renew_transport_certificate(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::RenewTransportCertificateResponse {
            transport_certificate_chain: chain.certificates().to_vec(),
        })
    }

    async fn renew_credential(
        &self,
        request: Request<pb::RenewCredentialRequest>,
    ) -> Answer<pb::RenewCredentialResponse> {
        let (caller, message) = open(request);
        let params = renew_credential_params(message).map_err(refuse)?;
        let chain = renew_credential(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::RenewCredentialResponse {
            certificate_chain: chain.certificates().to_vec(),
        })
    }

    async fn step_up(&self, request: Request<pb::StepUpRequest>) -> Answer<pb::StepUpResponse> {
        let (caller, message) = open(request);
        let params = step_up_params(message).map_err(refuse)?;
        let outcome = step_up(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::StepUpResponse {
            step_up: outcome.step_up,
            expire_time: Some(to_proto_time(outcome.expires_at)),
            server_time: Some(to_proto_time(outcome.server_time)),
        })
    }

    async fn revoke_device(
        &self,
        request: Request<pb::RevokeDeviceRequest>,
    ) -> Answer<pb::RevokeDeviceResponse> {
        let (caller, message) = open(request);
        let params = revoke_device_params(message).map_err(refuse)?;
        let outcome = revoke_device(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::RevokeDeviceResponse {
            pending_removals: outcome.pending_removals,
        })
    }

    async fn revoke_practitioner(
        &self,
        request: Request<pb::RevokePractitionerRequest>,
    ) -> Answer<pb::RevokePractitionerResponse> {
        let (caller, message) = open(request);
        let params = revoke_practitioner_params(message).map_err(refuse)?;
        let outcome = revoke_practitioner(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::RevokePractitionerResponse {
            devices: outcome.devices,
            pending_removals: outcome.pending_removals,
        })
    }
}

pub(super) fn invitation_params(
    message: pb::CreateInvitationRequest,
) -> Result<CreateInvitationParams> {
    let access_role = match message.access_role() {
        pb::AccessRole::Administrator => AccessRole::Administrator,
        pb::AccessRole::Member => AccessRole::Member,
        pb::AccessRole::Unspecified if message.access_role == 0 => AccessRole::Member,
        // A role of a later version must not be granted as a lesser one in silence.
        pb::AccessRole::Unspecified => {
            return Err(Error::malformed(
                "access_role",
                "is not a role of this version",
            ));
        }
    };
    let practitioner = match message.practitioner.as_str() {
        "" => None,
        text => Some(parse::name("practitioner", text)?),
    };
    Ok(CreateInvitationParams {
        request_id: parse::request_id(&message.request_id)?,
        organisation: parse::organisation(&message.organisation)?,
        practitioner,
        display_name: message.display_name,
        profession: message.profession,
        access_role,
    })
}

pub(super) fn enrol_params(message: pb::EnrolRequest) -> Result<EnrolParams> {
    Ok(EnrolParams {
        request_id: parse::request_id(&message.request_id)?,
        signature_key: parse::array("signature_key", &message.signature_key)?,
        device_key: parse::array("device_key", &message.device_key)?,
        signature_key_proof: parse::array("signature_key_proof", &message.signature_key_proof)?,
        device_key_proof: parse::array("device_key_proof", &message.device_key_proof)?,
        code: message.code,
        device_label: message.device_label,
    })
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape of all readers of requests"
)]
pub(super) fn renew_transport_params(
    message: pb::RenewTransportCertificateRequest,
) -> Result<RenewParams> {
    Ok(RenewParams {
        request_id: parse::request_id(&message.request_id)?,
        proof: parse::array("device_key_proof", &message.device_key_proof)?,
    })
}

#[expect(
    clippy::needless_pass_by_value,
    reason = "the shape of all readers of requests"
)]
pub(super) fn renew_credential_params(message: pb::RenewCredentialRequest) -> Result<RenewParams> {
    Ok(RenewParams {
        request_id: parse::request_id(&message.request_id)?,
        proof: parse::array("signature_key_proof", &message.signature_key_proof)?,
    })
}

pub(super) fn step_up_params(message: pb::StepUpRequest) -> Result<StepUpParams> {
    Ok(StepUpParams {
        signature: parse::array("signature", &message.signature)?,
        challenge: parse::required("challenge", message.challenge)?,
    })
}

pub(super) fn provider_params(
    message: pb::SetIdentityProviderRequest,
) -> Result<SetIdentityProviderParams> {
    Ok(SetIdentityProviderParams {
        request_id: parse::request_id(&message.request_id)?,
        organisation: parse::organisation(&message.organisation)?,
        provider: message.provider.map(provider),
    })
}

pub(super) fn whose_provider(
    message: &pb::GetIdentityProviderRequest,
) -> Result<GetIdentityProviderParams> {
    Ok(GetIdentityProviderParams {
        organisation: parse::organisation(&message.organisation)?,
    })
}

pub(super) fn scim_token_params(
    message: &pb::CreateScimTokenRequest,
) -> Result<CreateScimTokenParams> {
    Ok(CreateScimTokenParams {
        request_id: parse::request_id(&message.request_id)?,
        organisation: parse::organisation(&message.organisation)?,
    })
}

pub(super) fn identified_params(
    message: pb::EnrolWithIdentityProviderRequest,
) -> Result<EnrolWithIdentityProviderParams> {
    let organisation = parse::organisation(&message.organisation)?;
    let enrolment = message
        .enrolment
        .ok_or_else(|| Error::malformed("enrolment", "is missing"))?;
    Ok(EnrolWithIdentityProviderParams {
        organisation,
        enrolment: enrol_params(enrolment).map_err(|error| error.within("enrolment"))?,
    })
}

fn enrolled(outcome: EnrolOutcome) -> pb::EnrolResponse {
    pb::EnrolResponse {
        device: outcome.device.to_string(),
        certificate_chain: outcome.certificate_chain.certificates().to_vec(),
        transport_certificate_chain: outcome.transport_chain.certificates().to_vec(),
        trust_anchors: outcome.trust_anchors,
        removal_key: outcome.removal_key.to_vec().into(),
        display_name: outcome.display_name,
        organisation_display_name: outcome.organisation_display_name,
        profession: outcome.profession,
        transparency_log: Some(super::transparency::log_trust(&outcome.transparency)),
    }
}

fn provider(message: pb::IdentityProvider) -> IdentityProvider {
    IdentityProvider {
        issuer: message.issuer,
        client_id: message.client_id,
        scopes: message.scopes.join(" "),
        account_claim: message.account_claim,
        name_claim: message.name_claim,
        profession_claim: message.profession_claim,
        default_profession: message.default_profession,
        fhir_user_claim: message.fhir_user_claim,
        email_domain: message.email_domain,
        group_claim: message.group_claim,
        required_group: message.required_group,
    }
}

pub(super) fn token_params(message: pb::CreateTokenRequest) -> Result<CreateTokenParams> {
    Ok(CreateTokenParams {
        device: parse::device_id(&message.device_id)?,
        signature: parse::array("signature", &message.signature)?,
        challenge: parse::required("challenge", message.challenge)?,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of all of these")]
pub(super) fn challenge_params(
    message: pb::CreateChallengeRequest,
) -> Result<CreateChallengeParams> {
    Ok(CreateChallengeParams {
        device: parse::device_id(&message.device_id)?,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of all of these")]
pub(super) fn revoke_device_params(message: pb::RevokeDeviceRequest) -> Result<RevokeDeviceParams> {
    Ok(RevokeDeviceParams {
        request_id: parse::request_id(&message.request_id)?,
        device: parse::name("device", &message.device)?,
    })
}

#[expect(clippy::needless_pass_by_value, reason = "the shape of all of these")]
pub(super) fn revoke_practitioner_params(
    message: pb::RevokePractitionerRequest,
) -> Result<RevokePractitionerParams> {
    Ok(RevokePractitionerParams {
        request_id: parse::request_id(&message.request_id)?,
        practitioner: parse::name("practitioner", &message.practitioner)?,
    })
}
