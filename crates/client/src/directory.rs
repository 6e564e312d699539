//! The directory, and what the operator and administrators do in it.

use relais_proto::{directory as pb, identity};
use relais_types::{
    Clock as _, DeviceName, OrgDomain, OsEntropy, PractitionerName, RequestId, SystemClock,
};

use crate::{Audit, Endpoint, Error, transport::Transport};

mod identity_provider;

/// Items asked for at a time.
const PAGE: i32 = 100;

/// Who and what can be reached. All pages are fetched.
#[derive(Clone, Debug)]
pub struct Directory {
    transport: Transport,
}

impl Directory {
    pub(crate) fn new(transport: Transport) -> Self {
        Self { transport }
    }

    /// A directory as the operator sees it, for administration.
    ///
    /// # Errors
    /// `MALFORMED_FIELD` if the token cannot be one, [`Error::Unreachable`] if the endpoint
    /// is not a URL.
    pub fn as_operator(endpoint: &Endpoint, token: &str) -> Result<Self, Error> {
        Ok(Self::new(Transport::operator(endpoint, token)?))
    }

    /// The audit trail, with the same rights.
    pub fn audit(&self) -> Audit {
        Audit::new(self.transport.clone())
    }

    /// Every organisation.
    ///
    /// # Errors
    /// [`Error::Unreachable`], or the server's reason.
    pub async fn organisations(&self) -> Result<Vec<pb::Organisation>, Error> {
        all_pages(async |page_token| {
            let request = pb::ListOrganisationsRequest {
                page_size: PAGE,
                page_token,
            };
            let request = self.transport.unary(request).await?;
            let response = self.transport.directory().list_organisations(request).await;
            let page = response
                .map_err(|status| self.transport.refused(&status))?
                .into_inner();
            Ok((page.organisations, page.next_page_token))
        })
        .await
    }

    /// People whose name or profession contains `query`, of `organisation` if it is given.
    ///
    /// # Errors
    /// [`Error::Unreachable`], or the server's reason.
    pub async fn practitioners(
        &self,
        query: &str,
        organisation: Option<&OrgDomain>,
    ) -> Result<Vec<pb::Practitioner>, Error> {
        all_pages(async |page_token| {
            let request = pb::SearchPractitionersRequest {
                query: query.to_owned(),
                organisation: organisation
                    .map(OrgDomain::resource_name)
                    .unwrap_or_default(),
                page_size: PAGE,
                page_token,
            };
            let request = self.transport.unary(request).await?;
            let response = self
                .transport
                .directory()
                .search_practitioners(request)
                .await;
            let page = response
                .map_err(|status| self.transport.refused(&status))?
                .into_inner();
            Ok((page.practitioners, page.next_page_token))
        })
        .await
    }

    /// Services that match; empty filters match everything.
    ///
    /// # Errors
    /// [`Error::Unreachable`], or the server's reason.
    pub async fn services(
        &self,
        query: &str,
        language: &str,
        area: &str,
    ) -> Result<Vec<pb::Service>, Error> {
        self.find_services(pb::SearchServicesRequest {
            query: query.to_owned(),
            language: language.to_owned(),
            area: area.to_owned(),
            ..pb::SearchServicesRequest::default()
        })
        .await
    }

    /// Services that match everything that is said; pages are seen to.
    ///
    /// # Errors
    /// `MALFORMED_FIELD`, [`Error::Unreachable`].
    pub async fn find_services(
        &self,
        wanted: pb::SearchServicesRequest,
    ) -> Result<Vec<pb::Service>, Error> {
        all_pages(async |page_token| {
            let request = pb::SearchServicesRequest {
                page_size: PAGE,
                page_token,
                ..wanted.clone()
            };
            let request = self.transport.unary(request).await?;
            let response = self.transport.directory().search_services(request).await;
            let page = response
                .map_err(|status| self.transport.refused(&status))?
                .into_inner();
            Ok((page.services, page.next_page_token))
        })
        .await
    }

    /// An organisation's people with their devices; for its administrators and the operator.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `NOT_FOUND`, [`Error::Unreachable`].
    pub async fn members(&self, organisation: &OrgDomain) -> Result<Vec<pb::Member>, Error> {
        all_pages(async |page_token| {
            let request = pb::ListMembersRequest {
                organisation: organisation.resource_name(),
                page_size: PAGE,
                page_token,
            };
            let request = self.transport.unary(request).await?;
            let response = self.transport.directory().list_members(request).await;
            let page = response
                .map_err(|status| self.transport.refused(&status))?
                .into_inner();
            Ok((page.members, page.next_page_token))
        })
        .await
    }

    /// Admits an organisation; for the operator.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `ALREADY_EXISTS`, [`Error::Unreachable`].
    pub async fn create_organisation(
        &self,
        domain: &OrgDomain,
        name: &str,
    ) -> Result<pb::Organisation, Error> {
        self.admit(domain, name, false).await
    }

    /// Admits an organisation that brings its own authority; for the operator. Nobody of it can
    /// enrol before [`Directory::certify_organisation`].
    ///
    /// # Errors
    /// As [`Directory::create_organisation`].
    pub async fn create_own_authority_organisation(
        &self,
        domain: &OrgDomain,
        name: &str,
    ) -> Result<pb::Organisation, Error> {
        self.admit(domain, name, true).await
    }

    /// Certifies an organisation's own authority; for the operator. `request` is PKCS #10, PEM or
    /// DER; the answer is the CA certificate as PEM.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `NOT_FOUND`, `PROOF_INVALID`, `MALFORMED_FIELD`, [`Error::Unreachable`].
    pub async fn certify_organisation(
        &self,
        domain: &OrgDomain,
        request: Vec<u8>,
    ) -> Result<String, Error> {
        let request = pb::CertifyOrganisationRequest {
            request_id: request_id(),
            organisation: domain.resource_name(),
            certificate_request: request.into(),
        };
        let response = self
            .transport
            .directory()
            .certify_organisation(self.transport.unary(request).await?)
            .await;
        let response = response
            .map_err(|status| self.transport.refused(&status))?
            .into_inner();
        Ok(relais_mls::authority::certificate_pem(
            &response.certificate,
        ))
    }

    async fn admit(
        &self,
        domain: &OrgDomain,
        name: &str,
        own_authority: bool,
    ) -> Result<pb::Organisation, Error> {
        let request = pb::CreateOrganisationRequest {
            request_id: request_id(),
            domain: domain.to_string(),
            display_name: name.to_owned(),
            own_authority,
        };
        let response = self
            .transport
            .directory()
            .create_organisation(self.transport.unary(request).await?)
            .await;
        let response = response
            .map_err(|status| self.transport.refused(&status))?
            .into_inner();
        Ok(response.organisation.unwrap_or_default())
    }

    /// Publishes a community service; for administrators and the operator.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `NOT_FOUND`, `MALFORMED_FIELD`, [`Error::Unreachable`].
    pub async fn create_service(
        &self,
        organisation: &OrgDomain,
        service: pb::Service,
    ) -> Result<pb::Service, Error> {
        let request = pb::CreateServiceRequest {
            request_id: request_id(),
            organisation: organisation.resource_name(),
            service: Some(service),
        };
        let response = self
            .transport
            .directory()
            .create_service(self.transport.unary(request).await?)
            .await;
        let response = response
            .map_err(|status| self.transport.refused(&status))?
            .into_inner();
        Ok(response.service.unwrap_or_default())
    }

    /// Invites a new person, or a further device of a person.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `NOT_FOUND`, `MALFORMED_FIELD`, [`Error::Unreachable`].
    pub async fn invite(
        &self,
        organisation: &OrgDomain,
        whom: Invitee,
    ) -> Result<identity::CreateInvitationResponse, Error> {
        let mut request = identity::CreateInvitationRequest {
            request_id: request_id(),
            organisation: organisation.resource_name(),
            ..Default::default()
        };
        match whom {
            Invitee::Person {
                display_name,
                profession,
                administrator,
            } => {
                request.display_name = display_name;
                request.profession = profession;
                request.set_access_role(if administrator {
                    identity::AccessRole::Administrator
                } else {
                    identity::AccessRole::Member
                });
            }
            Invitee::Device(practitioner) => request.practitioner = practitioner.to_string(),
        }
        let response = self
            .transport
            .identity()
            .create_invitation(self.transport.unary(request).await?)
            .await;
        Ok(response
            .map_err(|status| self.transport.refused(&status))?
            .into_inner())
    }
}

impl Directory {
    /// Ends a device for good; for administrators of its organisation and the operator.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `NOT_FOUND`, [`Error::Unreachable`].
    pub async fn revoke_device(
        &self,
        device: &DeviceName,
    ) -> Result<identity::RevokeDeviceResponse, Error> {
        let request = identity::RevokeDeviceRequest {
            request_id: request_id(),
            device: device.to_string(),
        };
        let request = self.transport.unary(request).await?;
        let response = self.transport.identity().revoke_device(request).await;
        Ok(response
            .map_err(|status| self.transport.refused(&status))?
            .into_inner())
    }

    /// Ends all devices of a person; for administrators of their organisation and the operator.
    ///
    /// # Errors
    /// `NOT_ALLOWED`, `NOT_FOUND`, [`Error::Unreachable`].
    pub async fn revoke_practitioner(
        &self,
        person: &PractitionerName,
    ) -> Result<identity::RevokePractitionerResponse, Error> {
        let request = identity::RevokePractitionerRequest {
            request_id: request_id(),
            practitioner: person.to_string(),
        };
        let request = self.transport.unary(request).await?;
        let response = self.transport.identity().revoke_practitioner(request).await;
        Ok(response
            .map_err(|status| self.transport.refused(&status))?
            .into_inner())
    }
}

/// Whom an invitation is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Invitee {
    /// Somebody new.
    Person {
        /// Their name as colleagues know it.
        display_name: String,
        /// Their profession, such as `navigator`.
        profession: String,
        /// True if they may invite others and maintain the directory.
        administrator: bool,
    },
    /// A further device of somebody enrolled.
    Device(PractitionerName),
}

/// Asks for page after page.
pub(crate) async fn all_pages<T, F>(mut fetch: F) -> Result<Vec<T>, Error>
where
    F: AsyncFnMut(String) -> Result<(Vec<T>, String), Error>,
{
    let (mut all, mut token) = fetch(String::new()).await?;
    while !token.is_empty() {
        let (page, next) = fetch(token).await?;
        all.extend(page);
        token = next;
    }
    Ok(all)
}

fn request_id() -> bytes::Bytes {
    RequestId::at(SystemClock.now(), &mut OsEntropy).into()
}
