//! Who and what can be reached. No patient data.

mod adherence;
mod certify_organisation;
mod create_organisation;
mod create_service;
mod list_members;
mod list_organisations;
mod partnership;
mod search_practitioners;
mod search_services;

use relais_types::{OrgDomain, PractitionerName, ServiceName};
use serde::{Deserialize, Serialize};

pub use adherence::{
    ListAdherenceParams, PublishAdherenceParams, list_adherence, publish_adherence,
};
pub use certify_organisation::{
    CertifyOrganisationOutcome, CertifyOrganisationParams, certify_organisation,
};
pub use create_organisation::{CreateOrganisationParams, create_organisation};
pub use create_service::{CreateServiceParams, create_service};
pub use list_members::{ListMembersParams, Member, MemberDevice, list_members};
pub use list_organisations::{ListOrganisationsParams, list_organisations};
pub use partnership::{
    ListPartnershipsParams, SignPartnershipParams, list_partnerships, sign_partnership,
};
pub use relais_store::{AdherenceRow, Pair, Partnership, SignedTerms, TermsSignature};
pub use search_practitioners::{SearchPractitionersParams, search_practitioners};
pub use search_services::{SearchServicesParams, search_services};

/// A hospital, a clinic or a community partner.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Organisation {
    /// The domain that names it.
    pub domain: OrgDomain,
    /// Its name as people know it.
    pub display_name: String,
}

/// A person of an organisation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Practitioner {
    /// The resource name.
    pub name: PractitionerName,
    /// The person's name.
    pub display_name: String,
    /// The profession code.
    pub profession: String,
    /// The organisation's name as people know it.
    pub organisation_display_name: String,
}

/// What a community service says of itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceDetails {
    /// Its name as people know it, at most 120 characters.
    pub display_name: String,
    /// What it offers, at most 1,000 characters.
    pub description: String,
    /// Languages it is given in, BCP 47.
    pub languages: Vec<String>,
    /// Area served, as free words or postal prefixes; none means everywhere.
    pub areas: Vec<String>,
    /// Who is eligible and how one gets in, at most 1,000 characters.
    pub access_criteria: String,
    /// Who answers for it: people of the organisation.
    pub practitioners: Vec<PractitionerName>,
    /// What sort of service it is: a code, at most 40 characters; may be empty.
    #[serde(default)]
    pub kind: String,
    /// Whether it takes no referrals at the moment.
    #[serde(default)]
    pub referrals_closed: bool,
    /// When somebody is there.
    #[serde(default)]
    pub hours: Vec<OpeningHours>,
}

/// A part of one day of every week, in the service's own time zone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OpeningHours {
    /// 1 for Monday to 7 for Sunday.
    pub weekday: u8,
    /// Minute of the day at which it begins.
    pub from: u16,
    /// Minute of the day at which it ends.
    pub until: u16,
}

/// Something a community organisation offers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CommunityService {
    /// The resource name.
    pub name: ServiceName,
    /// What it says of itself.
    pub details: ServiceDetails,
}
