//! Whose directory calls.

use relais_types::{Error, OrgDomain, PractitionerId, PractitionerName, Reason, Result};
use subtle::ConstantTimeEq as _;

use crate::{Service, secret::digest};

/// The directory of one organisation, as its token has proved it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Provisioner {
    organisation: OrgDomain,
}

impl Provisioner {
    /// The organisation whose people it reports.
    pub fn organisation(&self) -> &OrgDomain {
        &self.organisation
    }

    /// How the audit trail names it.
    pub(super) fn actor(&self) -> String {
        format!("scim:{}", self.organisation)
    }

    /// One of its people; it can name no others.
    pub(super) fn person(&self, id: PractitionerId) -> PractitionerName {
        PractitionerName {
            organisation: self.organisation.clone(),
            practitioner: id,
        }
    }
}

/// Recognises an organisation's directory by its bearer token.
///
/// # Errors
/// `CREDENTIAL_MISSING` for anything else.
pub async fn authenticate(service: &Service, token: &str) -> Result<Provisioner> {
    let presented = digest("scim_token", token.as_bytes());
    // Found by the digest of a secret, whose parts tell nothing; and compared once more in
    // constant time, so that nothing rests on how the database compares.
    let found = service
        .store()
        .read("find_scim_token", async move |view| {
            view.scim_token(&presented).await
        })
        .await?;
    match found {
        Some((organisation, stored)) if bool::from(stored.ct_eq(&presented)) => {
            Ok(Provisioner { organisation })
        }
        _ => Err(Error::new(
            Reason::CredentialMissing,
            "the request carries no valid token: make one with `relais admin scim-token`",
        )),
    }
}
