//! `relais.directory.v1.DirectoryService`.

use relais_proto::{
    directory::{self as pb, directory_service_server::DirectoryService},
    identity::AccessRole as PbAccessRole,
    to_proto_time,
};
use relais_service::{
    AccessRole, Service,
    directory::{
        CertifyOrganisationParams, CommunityService, CreateOrganisationParams, CreateServiceParams,
        ListMembersParams, ListOrganisationsParams, Member, MemberDevice, OpeningHours,
        Organisation, Practitioner, SearchPractitionersParams, SearchServicesParams,
        ServiceDetails, certify_organisation, create_organisation, create_service, list_adherence,
        list_members, list_organisations, list_partnerships, publish_adherence,
        search_practitioners, search_services, sign_partnership,
    },
};
use relais_types::{Error, OrgDomain, Result};
use tonic::Request;

use super::{Answer, answer, open, parse, partnership, refuse};

/// What is wrong with a minute.
const NO_MINUTE: &str = "must be a minute of a day";

/// The adapter.
#[derive(Clone, Debug)]
pub(crate) struct Directory {
    pub(crate) service: Service,
}

#[tonic::async_trait]
impl DirectoryService for Directory {
    async fn create_organisation(
        &self,
        request: Request<pb::CreateOrganisationRequest>,
    ) -> Answer<pb::CreateOrganisationResponse> {
        let (caller, message) = open(request);
        let params = organisation_params(message).map_err(refuse)?;
        let outcome = create_organisation(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::CreateOrganisationResponse {
            organisation: Some(organisation(outcome)),
        })
    }

    async fn certify_organisation(
        &self,
        request: Request<pb::CertifyOrganisationRequest>,
    ) -> Answer<pb::CertifyOrganisationResponse> {
        let (caller, message) = open(request);
        let params = certify_params(message).map_err(refuse)?;
        let outcome = certify_organisation(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::CertifyOrganisationResponse {
            certificate: outcome.certificate,
            trust_anchors: outcome.trust_anchors,
        })
    }

    async fn list_organisations(
        &self,
        request: Request<pb::ListOrganisationsRequest>,
    ) -> Answer<pb::ListOrganisationsResponse> {
        let (caller, message) = open(request);
        let params = organisations_params(message);
        let page = list_organisations(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::ListOrganisationsResponse {
            organisations: page.items.into_iter().map(organisation).collect(),
            next_page_token: page.next_page_token,
        })
    }

    async fn search_practitioners(
        &self,
        request: Request<pb::SearchPractitionersRequest>,
    ) -> Answer<pb::SearchPractitionersResponse> {
        let (caller, message) = open(request);
        let params = practitioners_params(message).map_err(refuse)?;
        let page = search_practitioners(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::SearchPractitionersResponse {
            practitioners: page.items.into_iter().map(practitioner).collect(),
            next_page_token: page.next_page_token,
        })
    }

    async fn list_members(
        &self,
        request: Request<pb::ListMembersRequest>,
    ) -> Answer<pb::ListMembersResponse> {
        let (caller, message) = open(request);
        let params = members_params(message).map_err(refuse)?;
        let page = list_members(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::ListMembersResponse {
            members: page.items.into_iter().map(member).collect(),
            next_page_token: page.next_page_token,
        })
    }

    async fn create_service(
        &self,
        request: Request<pb::CreateServiceRequest>,
    ) -> Answer<pb::CreateServiceResponse> {
        let (caller, message) = open(request);
        let params = service_params(message).map_err(refuse)?;
        let outcome = create_service(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::CreateServiceResponse {
            service: Some(service(outcome)),
        })
    }

    async fn search_services(
        &self,
        request: Request<pb::SearchServicesRequest>,
    ) -> Answer<pb::SearchServicesResponse> {
        let (caller, message) = open(request);
        let params = services_params(message).map_err(refuse)?;
        let page = search_services(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::SearchServicesResponse {
            services: page.items.into_iter().map(service).collect(),
            next_page_token: page.next_page_token,
        })
    }

    async fn sign_partnership(
        &self,
        request: Request<pb::SignPartnershipRequest>,
    ) -> Answer<pb::SignPartnershipResponse> {
        let (caller, message) = open(request);
        let params = partnership::sign_params(message).map_err(refuse)?;
        let outcome = sign_partnership(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::SignPartnershipResponse {
            partnership: Some(partnership::partnership(outcome)),
        })
    }

    async fn list_partnerships(
        &self,
        request: Request<pb::ListPartnershipsRequest>,
    ) -> Answer<pb::ListPartnershipsResponse> {
        let (caller, message) = open(request);
        let params = partnership::partnerships_params(message).map_err(refuse)?;
        let page = list_partnerships(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        let partnerships = page.items.into_iter();
        answer(pb::ListPartnershipsResponse {
            partnerships: partnerships
                .map(|(_, found)| partnership::partnership(found))
                .collect(),
            next_page_token: page.next_page_token,
        })
    }

    async fn publish_adherence(
        &self,
        request: Request<pb::PublishAdherenceRequest>,
    ) -> Answer<pb::PublishAdherenceResponse> {
        let (caller, message) = open(request);
        let params = partnership::adherence_params(message).map_err(refuse)?;
        publish_adherence(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::PublishAdherenceResponse {})
    }

    async fn list_adherence(
        &self,
        request: Request<pb::ListAdherenceRequest>,
    ) -> Answer<pb::ListAdherenceResponse> {
        let (caller, message) = open(request);
        let params = partnership::told_params(message).map_err(refuse)?;
        let page = list_adherence(&self.service, &caller, params)
            .await
            .map_err(refuse)?;
        answer(pb::ListAdherenceResponse {
            statements: page.items.into_iter().map(partnership::told).collect(),
            next_page_token: page.next_page_token,
        })
    }
}

pub(super) fn organisation_params(
    message: pb::CreateOrganisationRequest,
) -> Result<CreateOrganisationParams> {
    Ok(CreateOrganisationParams {
        request_id: parse::request_id(&message.request_id)?,
        domain: parse::name::<OrgDomain>("domain", &message.domain)?,
        display_name: message.display_name,
        own_authority: message.own_authority,
    })
}

pub(super) fn certify_params(
    message: pb::CertifyOrganisationRequest,
) -> Result<CertifyOrganisationParams> {
    Ok(CertifyOrganisationParams {
        request_id: parse::request_id(&message.request_id)?,
        organisation: parse::organisation(&message.organisation)?,
        certificate_request: parse::required("certificate_request", message.certificate_request)?,
    })
}

pub(super) fn practitioners_params(
    message: pb::SearchPractitionersRequest,
) -> Result<SearchPractitionersParams> {
    let organisation = match message.organisation.as_str() {
        "" => None,
        name => Some(parse::organisation(name)?),
    };
    Ok(SearchPractitionersParams {
        query: message.query,
        organisation,
        page_size: message.page_size,
        page_token: message.page_token,
    })
}

pub(super) fn service_params(message: pb::CreateServiceRequest) -> Result<CreateServiceParams> {
    let request_id = parse::request_id(&message.request_id)?;
    let organisation = parse::organisation(&message.organisation)?;
    let details = message
        .service
        .ok_or_else(|| Error::malformed("service", "is missing"))?;
    if !details.name.is_empty() {
        return Err(Error::malformed(
            "service.name",
            "must be empty: the server assigns it",
        ));
    }
    let practitioners = details
        .practitioners
        .iter()
        .enumerate()
        .map(|(index, name)| parse::name(&format!("service.practitioners[{index}]"), name))
        .collect::<Result<_>>()?;
    Ok(CreateServiceParams {
        request_id,
        organisation,
        service: ServiceDetails {
            display_name: details.display_name,
            description: details.description,
            languages: details.languages,
            areas: details.areas,
            access_criteria: details.access_criteria,
            practitioners,
            kind: details.kind,
            referrals_closed: details.referrals_closed,
            hours: opening_hours(&details.hours)?,
        },
    })
}

/// What does not fit into a week is left to the use case, as nonsense that does not either.
fn opening_hours(hours: &[pb::OpeningHours]) -> Result<Vec<OpeningHours>> {
    let read = |(index, hours): (usize, &pb::OpeningHours)| {
        let minute = |name: &str, minute: u32| {
            u16::try_from(minute)
                .map_err(|_| Error::malformed(format!("service.hours[{index}].{name}"), NO_MINUTE))
        };
        Ok(OpeningHours {
            weekday: u8::try_from(hours.weekday).unwrap_or(u8::MAX),
            from: minute("from_minute", hours.from_minute)?,
            until: minute("until_minute", hours.until_minute)?,
        })
    };
    hours.iter().enumerate().map(read).collect()
}

pub(super) fn organisations_params(
    message: pb::ListOrganisationsRequest,
) -> ListOrganisationsParams {
    ListOrganisationsParams {
        page_size: message.page_size,
        page_token: message.page_token,
    }
}

pub(super) fn members_params(message: pb::ListMembersRequest) -> Result<ListMembersParams> {
    Ok(ListMembersParams {
        organisation: parse::organisation(&message.organisation)?,
        page_size: message.page_size,
        page_token: message.page_token,
    })
}

pub(super) fn services_params(message: pb::SearchServicesRequest) -> Result<SearchServicesParams> {
    let open_at = message.open_at.map(|at| {
        let weekday = u8::try_from(at.weekday)
            .ok()
            .filter(|day| (1..=7).contains(day));
        let minute = u16::try_from(at.minute)
            .ok()
            .filter(|minute| *minute < 24 * 60);
        let weekday =
            weekday.ok_or_else(|| Error::malformed("open_at.weekday", "must be 1 to 7"))?;
        let minute = minute.ok_or_else(|| Error::malformed("open_at.minute", NO_MINUTE))?;
        Ok::<_, Error>((weekday, minute))
    });
    Ok(SearchServicesParams {
        query: message.query,
        language: message.language,
        area: message.area,
        kind: message.kind,
        eligibility: message.eligibility,
        accepts_referrals: message.accepts_referrals,
        open_at: open_at.transpose()?,
        page_size: message.page_size,
        page_token: message.page_token,
    })
}

fn organisation(organisation: Organisation) -> pb::Organisation {
    pb::Organisation {
        name: organisation.domain.resource_name(),
        display_name: organisation.display_name,
    }
}

fn practitioner(practitioner: Practitioner) -> pb::Practitioner {
    pb::Practitioner {
        name: practitioner.name.to_string(),
        display_name: practitioner.display_name,
        profession: practitioner.profession,
        organisation_display_name: practitioner.organisation_display_name,
    }
}

fn member(member: Member) -> pb::Member {
    let access_role = match member.access_role {
        AccessRole::Member => PbAccessRole::Member,
        AccessRole::Administrator => PbAccessRole::Administrator,
    };
    pb::Member {
        practitioner: Some(practitioner(member.practitioner)),
        access_role: access_role.into(),
        devices: member.devices.into_iter().map(device).collect(),
    }
}

fn device(device: MemberDevice) -> pb::Device {
    pb::Device {
        name: device.name.to_string(),
        label: device.label,
        create_time: Some(to_proto_time(device.created_at)),
        key_packages: device.key_packages,
        revoke_time: device.revoked_at.map(to_proto_time),
        pending_removals: device.pending_removals,
        rekey_time: device.rekeyed_at.map(to_proto_time),
    }
}

fn service(service: CommunityService) -> pb::Service {
    let details = service.details;
    pb::Service {
        name: service.name.to_string(),
        display_name: details.display_name,
        description: details.description,
        languages: details.languages,
        areas: details.areas,
        access_criteria: details.access_criteria,
        practitioners: details
            .practitioners
            .iter()
            .map(ToString::to_string)
            .collect(),
        kind: details.kind,
        referrals_closed: details.referrals_closed,
        hours: details
            .hours
            .into_iter()
            .map(|hours| pb::OpeningHours {
                weekday: hours.weekday.into(),
                from_minute: hours.from.into(),
                until_minute: hours.until.into(),
            })
            .collect(),
    }
}
