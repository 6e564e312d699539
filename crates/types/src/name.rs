//! Resource names (AIP-122), qualified by the organisation's domain.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{DeviceId, Error, PractitionerId, Result, ServiceId};

/// The DNS domain that names an organisation, such as `laurier.internal`.
///
/// It is also the name constraint of the organisation's certificate authority, so it must
/// be a lower-case DNS name of at least two labels that ends in `.internal`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct OrgDomain(String);

/// Longest domain for which a device's full DNS name still fits into 253 characters.
const MAX_DOMAIN: usize = 180;

impl OrgDomain {
    /// The domain as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The organisation's resource name, `organisations/{domain}`.
    pub fn resource_name(&self) -> String {
        format!("organisations/{}", self.0)
    }

    /// Reads `organisations/{domain}`.
    ///
    /// # Errors
    /// [`Reason::MalformedField`](crate::Reason::MalformedField) for any other text.
    pub fn from_resource_name(name: &str) -> Result<Self> {
        name.strip_prefix("organisations/")
            .ok_or_else(|| {
                Error::malformed("organisation", "must look like organisations/{domain}")
            })?
            .parse()
    }
}

impl FromStr for OrgDomain {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let label_ok = |label: &str| {
            (1..=63).contains(&label.len())
                && !label.starts_with('-')
                && !label.ends_with('-')
                && label
                    .bytes()
                    .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        };
        let well_formed = text.len() <= MAX_DOMAIN
            && text.ends_with(".internal")
            && text.split('.').count() >= 2
            && text.split('.').all(label_ok);
        if !well_formed {
            return Err(Error::malformed(
                "organisation",
                "must be a lower-case DNS domain that ends in .internal, such as laurier.internal",
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl TryFrom<String> for OrgDomain {
    type Error = Error;

    fn try_from(text: String) -> Result<Self> {
        text.parse()
    }
}

impl From<OrgDomain> for String {
    fn from(domain: OrgDomain) -> Self {
        domain.0
    }
}

impl fmt::Display for OrgDomain {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

macro_rules! names {
    ($($(#[$doc:meta])* $name:ident { $($field:ident: $id:ty = $collection:literal),+ } $what:literal, $form:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name {
            /// The organisation.
            pub organisation: OrgDomain,
            $(
                #[doc = concat!("The id below `", $collection, "`.")]
                pub $field: $id,
            )+
        }

        impl FromStr for $name {
            type Err = Error;

            fn from_str(text: &str) -> Result<Self> {
                let malformed = || Error::malformed($what, concat!("must look like ", $form));
                let mut parts = text.split('/');
                if parts.next() != Some("organisations") {
                    return Err(malformed());
                }
                let organisation = parts.next().ok_or_else(malformed)?.parse().map_err(|_| malformed())?;
                $(
                    if parts.next() != Some($collection) {
                        return Err(malformed());
                    }
                    let $field = parts.next().ok_or_else(malformed)?.parse().map_err(|_| malformed())?;
                )+
                if parts.next().is_some() {
                    return Err(malformed());
                }
                Ok(Self { organisation, $($field),+ })
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, "organisations/{}", self.organisation)?;
                $( write!(f, concat!("/", $collection, "/{}"), self.$field)?; )+
                Ok(())
            }
        }

        impl TryFrom<String> for $name {
            type Error = Error;

            fn try_from(text: String) -> Result<Self> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> Self {
                name.to_string()
            }
        }
    )*};
}

names! {
    /// `organisations/{domain}/practitioners/{uuid}`
    PractitionerName { practitioner: PractitionerId = "practitioners" }
        "practitioner", "organisations/{domain}/practitioners/{uuid}";
    /// `organisations/{domain}/practitioners/{uuid}/devices/{uuid}`
    DeviceName { practitioner: PractitionerId = "practitioners", device: DeviceId = "devices" }
        "device", "organisations/{domain}/practitioners/{uuid}/devices/{uuid}";
    /// `organisations/{domain}/services/{uuid}`
    ServiceName { service: ServiceId = "services" }
        "service", "organisations/{domain}/services/{uuid}";
}

impl DeviceName {
    /// The person whose device this is.
    pub fn practitioner_name(&self) -> PractitionerName {
        PractitionerName {
            organisation: self.organisation.clone(),
            practitioner: self.practitioner,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_read_back() {
        let text = "organisations/laurier.internal/practitioners/00000000-0000-0000-0000-000000000001/devices/00000000-0000-0000-0000-000000000002";
        assert_eq!(
            text.parse::<DeviceName>()
                .map(|n| n.to_string())
                .ok()
                .as_deref(),
            Some(text)
        );
        for bad in [
            "",
            "organisations/laurier.internal",
            &text[1..],
            &format!("{text}/x"),
            &text.replace("laurier", "Lau rier"),
        ] {
            assert!(bad.parse::<DeviceName>().is_err(), "{bad}");
        }
    }

    #[test]
    fn domains_are_strict() {
        assert!("clinique-du-parc.internal".parse::<OrgDomain>().is_ok());
        for bad in [
            "internal",
            ".internal",
            "a..internal",
            "-a.internal",
            "A.internal",
            "a.example",
            "é.internal",
            "a.internal.",
        ] {
            assert!(bad.parse::<OrgDomain>().is_err(), "{bad}");
        }
    }
}
