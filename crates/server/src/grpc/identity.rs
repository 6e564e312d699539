//! `relais.identity.v1.IdentityService`.

use relais_proto::{
    identity::{self as pb, identity_service_server::IdentityService},
    to_proto_time,
};
use relais_service::{
    AccessRole, IdentityProvider, Service,
    identity::{
        CreateChallengeParams, CreateInvitationParams, CreateTokenParams, EnrolOutcome,
        EnrolParams, EnrolWithIdentityProviderParams, GetIdentityProviderParams,
        RevokeDeviceParams, RevokePractitionerParams, SetIdentityProviderParams, create_challenge,
        create_invitation, create_token, enrol, enrol_with_identity_provider,
        get_identity_provider, revoke_device, revoke_practitioner, set_identity_provider,
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
        let params = SetIdentityProviderParams {
            request_id: parse::request_id(&message.request_id).map_err(refuse)?,
            organisation: parse::organisation(&message.organisation).map_err(refuse)?,
            provider: message.provider.map(provider),
        };
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
        let params = GetIdentityProviderParams {
            organisation: parse::organisation(&message.organisation).map_err(refuse)?,
        };
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
        let params = CreateScimTokenParams {
            request_id: parse::request_id(&message.request_id).map_err(refuse)?,
            organisation: parse::organisation(&message.organisation).map_err(refuse)?,
        };
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
        let device = parse::device_id(&message.device_id).map_err(refuse)?;
        let outcome = create_challenge(&self.service, &caller, CreateChallengeParams { device })
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
        })
    }

    async fn revoke_device(
        &self,
        request: Request<pb::RevokeDeviceRequest>,
    ) -> Answer<pb::RevokeDeviceResponse> {
        let (caller, message) = open(request);
        let params = RevokeDeviceParams {
            request_id: parse::request_id(&message.request_id).map_err(refuse)?,
            device: parse::name("device", &message.device).map_err(refuse)?,
        };
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
        let params = RevokePractitionerParams {
            request_id: parse::request_id(&message.request_id).map_err(refuse)?,
            practitioner: parse::name("practitioner", &message.practitioner).map_err(refuse)?,
        };
        let outcome = revoke_practitioner(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::RevokePractitionerResponse {
            devices: outcome.devices,
            pending_removals: outcome.pending_removals,
        })
    }
}

fn invitation_params(message: pb::CreateInvitationRequest) -> Result<CreateInvitationParams> {
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

fn enrol_params(message: pb::EnrolRequest) -> Result<EnrolParams> {
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

fn identified_params(
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
        trust_anchors: outcome.trust_anchors,
        removal_key: outcome.removal_key.to_vec().into(),
        display_name: outcome.display_name,
        organisation_display_name: outcome.organisation_display_name,
        profession: outcome.profession,
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

fn token_params(message: pb::CreateTokenRequest) -> Result<CreateTokenParams> {
    Ok(CreateTokenParams {
        device: parse::device_id(&message.device_id)?,
        signature: parse::array("signature", &message.signature)?,
        challenge: parse::required("challenge", message.challenge)?,
    })
}
