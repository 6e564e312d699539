//! What a story file holds. Unknown keys are refused.

use relais_care::{Language, SeatRole};
use serde::Deserialize;

use super::{Ordered, Step, word::word};

/// A story.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Story {
    /// What it is called.
    pub title: String,
    /// What it shows, in a sentence or two.
    #[serde(default)]
    pub about: String,
    /// Organisations by a short name of their own.
    pub organisations: Ordered<Organisation>,
    /// People by a short name of their own.
    pub people: Ordered<Person>,
    /// Community services by a short name of their own.
    #[serde(default)]
    pub services: Ordered<Service>,
    /// What happens, in order. Each step waits until whoever acts has what came before.
    #[serde(with = "serde_norway::with::singleton_map_recursive")]
    pub steps: Vec<Step>,
    /// Which members' views are printed at the end; the first member of each organisation
    /// in each case if none is named.
    #[serde(default)]
    pub shows: Vec<Show>,
}

/// A hospital, a clinic or a community organisation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Organisation {
    /// DNS domain that ends in `.internal`.
    pub domain: String,
    /// Its name as people know it; public in the directory.
    pub name: String,
}

/// Somebody with one or more devices.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Person {
    /// Their name; public in the directory.
    pub name: String,
    /// Their organisation's short name.
    pub organisation: String,
    /// Their profession's code, such as `navigator`.
    pub profession: String,
    /// The language they write in, BCP 47.
    pub language: String,
    /// True if they administer their organisation.
    #[serde(default)]
    pub administrator: bool,
    /// True if they are not there from the beginning: an `invite` step brings them.
    #[serde(default)]
    pub later: bool,
    /// What they call their devices.
    #[serde(default = "one_device")]
    pub devices: Vec<String>,
}

/// Something that a community organisation offers; public in the directory.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Service {
    /// Its name as people know it.
    pub name: String,
    /// Short name of the organisation that offers it.
    pub organisation: String,
    /// Short names of the people who answer for it.
    pub people: Vec<String>,
    /// What it offers.
    #[serde(default)]
    pub description: String,
    /// Languages it is given in, BCP 47.
    #[serde(default)]
    pub languages: Vec<String>,
    /// Areas served.
    #[serde(default)]
    pub areas: Vec<String>,
    /// Who is eligible and how one gets in.
    #[serde(default)]
    pub access: String,
}

/// A seat and who takes it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SeatSpec {
    /// The seat's short name within the case.
    pub seat: String,
    /// What it stands for.
    #[serde(deserialize_with = "word")]
    pub role: SeatRole,
    /// Short name of the person who takes it; their organisation is the seat's.
    #[serde(default)]
    pub person: Option<String>,
    /// Short name of the organisation of a seat that nobody takes, such as a hub's.
    #[serde(default)]
    pub organisation: Option<String>,
}

/// Whom a case is about.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CasePatient {
    /// Name, or initials towards a partner.
    pub name: String,
    /// ISO 8601 date.
    #[serde(default)]
    pub birth_date: String,
    /// Preferred language, BCP 47.
    #[serde(default)]
    pub language: String,
}

/// One member's view to print.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Show {
    /// Short name of the person, or `person/device`.
    pub person: String,
    /// Short name of the case.
    pub case: String,
    /// Language of the labels; the person's own if it is left out.
    #[serde(default)]
    pub language: Option<Language>,
    /// How much of it.
    #[serde(default)]
    pub part: Part,
}

/// How much of a view is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Team, open items and the whole timeline.
    #[default]
    Everything,
    /// Team and what was asked, without the timeline.
    Summary,
}

fn one_device() -> Vec<String> {
    vec!["desk".to_owned()]
}
