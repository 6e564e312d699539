//! What an organisation's identity provider reports of its people: who works there, and who
//! has left (SCIM 2.0, RFC 7643 and 7644).
//!
//! A *user* is a practitioner, enrolled or not yet: the two have one id. The organisation's
//! directory proves itself with a token of its own and reaches its own people alone. What it
//! says decides who may enrol through the identity provider; when it says that somebody has
//! left, their devices end as if an administrator had revoked them.

mod authenticate;
mod change_user;
mod create_token;
mod create_user;
mod find_users;

use relais_store::{Account, Transaction};
use relais_types::{Error, OrgDomain, PractitionerId, PractitionerName, Reason, Result, Timestamp};

pub use authenticate::{Provisioner, authenticate};
pub use change_user::{UserChange, change_user, delete_user};
pub use create_token::{CreateScimTokenOutcome, CreateScimTokenParams, create_scim_token};
pub use create_user::{NewUser, create_user};
pub use find_users::{FoundUsers, UserFilter, find_users, get_user};

use crate::{identity::MAX_NAME, text};

/// Longest user name or external id in characters.
const MAX_USER_NAME: usize = 256;

/// A person as their organisation's directory knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    /// The practitioner that they are, or will be once they enrol.
    pub id: PractitionerId,
    /// The directory's name for them; the id as text while it has said none.
    pub user_name: String,
    /// The directory's own id for them.
    pub external_id: Option<String>,
    /// Their name; may be empty before they enrol.
    pub display_name: String,
    /// Their profession code; may be empty before they enrol.
    pub profession: String,
    /// False once they have left.
    pub active: bool,
    /// When they were first known.
    pub created_at: Timestamp,
    /// When something of this was last changed.
    pub changed_at: Timestamp,
}

impl From<Account> for User {
    fn from(account: Account) -> Self {
        let id = account.name.practitioner;
        Self {
            id,
            user_name: account.user_name.unwrap_or_else(|| id.to_string()),
            external_id: account.external_id,
            display_name: account.display_name,
            profession: account.profession,
            active: account.active,
            created_at: account.created_at,
            changed_at: account.changed_at,
        }
    }
}

/// Says of a person that they have left, or are back; nothing if it is so already.
pub(crate) async fn set_active(
    tx: &mut Transaction,
    name: &PractitionerName,
    active: bool,
    now: Timestamp,
) -> Result<()> {
    let account = tx.account(name).await?;
    let Some(account) = account.filter(|account| account.active != active) else {
        return Ok(());
    };
    let account = Account {
        active,
        deleted: account.deleted && !active,
        changed_at: now,
        ..account
    };
    Ok(tx.put_account(&account).await?)
}

/// The user name and its folded form, if nobody else in the organisation has it. Whom the
/// directory has forgotten loses it to whoever it is given to now.
async fn take_user_name(
    tx: &mut Transaction,
    organisation: &OrgDomain,
    whose: PractitionerId,
    user_name: &str,
) -> Result<(String, String)> {
    let user_name = text::required("userName", user_name, MAX_USER_NAME)?;
    let key = text::fold(&user_name);
    let holder = tx.account_by_user_name(organisation, &key).await?;
    match holder.filter(|holder| holder.name.practitioner != whose) {
        None => {}
        Some(holder) if holder.deleted => {
            let freed = Account {
                user_name: None,
                user_name_key: None,
                ..holder
            };
            tx.put_account(&freed).await?;
        }
        Some(_) => {
            return Err(Error::new(
                Reason::AlreadyExists,
                "another user of the organisation has this userName",
            ));
        }
    }
    Ok((user_name, key))
}

fn display_name(given: &str) -> Result<String> {
    text::line("displayName", given, MAX_NAME)
}

fn profession(given: &str) -> Result<String> {
    text::line("title", given, crate::identity::MAX_LABEL)
}

/// An id that is empty is none.
fn external_id(given: Option<&str>) -> Result<Option<String>> {
    let given = text::line("externalId", given.unwrap_or_default(), MAX_USER_NAME)?;
    Ok(Some(given).filter(|id| !id.is_empty()))
}

fn no_user() -> Error {
    Error::not_found("the user")
}

#[cfg(test)]
mod tests;
