//! Looking people up.

use relais_store::AccountFilter;
use relais_types::{PractitionerId, Result};

use super::{Provisioner, User, no_user};
use crate::{Service, text};

/// Whom to find.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UserFilter {
    /// Everybody.
    All,
    /// Whose user name this is, without regard to case.
    UserName(String),
    /// Whose external id this is.
    ExternalId(String),
}

/// One page of users.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FoundUsers {
    /// The users of this page, oldest first.
    pub users: Vec<User>,
    /// How many match in all.
    pub total: u64,
}

/// The organisation's people who match: at most `count` after the first `skip`.
///
/// # Errors
/// `STORAGE_UNAVAILABLE`, `OVERLOADED`.
pub async fn find_users(
    service: &Service,
    provisioner: &Provisioner,
    filter: UserFilter,
    skip: u64,
    count: u32,
) -> Result<FoundUsers> {
    let organisation = provisioner.organisation().clone();
    // A practitioner whom the directory has not named yet goes by the id.
    let unnamed = match &filter {
        UserFilter::UserName(name) => name.parse::<PractitionerId>().ok(),
        _ => None,
    };
    let unnamed = unnamed.map(|id| provisioner.person(id));
    let filter = match filter {
        UserFilter::All => AccountFilter::All,
        UserFilter::UserName(name) => AccountFilter::UserName(text::fold(&name)),
        UserFilter::ExternalId(id) => AccountFilter::ExternalId(id),
    };
    service
        .store()
        .read("find_users", async move |view| {
            let (accounts, total) = view.accounts(&organisation, &filter, skip, count).await?;
            if let (0, Some(name)) = (total, &unnamed)
                && let Some(account) = view.account(name).await?
                && account.user_name.is_none()
                && !account.deleted
            {
                let users = [User::from(account)].into_iter();
                return Ok(FoundUsers {
                    users: users
                        .skip(usize::from(skip > 0))
                        .take(count as usize)
                        .collect(),
                    total: 1,
                });
            }
            Ok(FoundUsers {
                users: accounts.into_iter().map(User::from).collect(),
                total,
            })
        })
        .await
}

/// One of the organisation's people.
///
/// # Errors
/// `NOT_FOUND` if it has no such person, or has forgotten them.
pub async fn get_user(
    service: &Service,
    provisioner: &Provisioner,
    id: PractitionerId,
) -> Result<User> {
    let name = provisioner.person(id);
    let account = service
        .store()
        .read("get_user", async move |view| view.account(&name).await)
        .await?;
    account
        .filter(|account| !account.deleted)
        .map(User::from)
        .ok_or_else(no_user)
}
