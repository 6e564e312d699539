//! Taking somebody in who may enrol.

use relais_store::{Account, AuditEvent};
use relais_types::{Error, PractitionerId, Result};

use super::{Provisioner, User, display_name, external_id, profession, take_user_name};
use crate::Service;

/// Somebody new.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewUser {
    /// The directory's name for them, at most 256 characters; unique in the organisation
    /// without regard to case.
    pub user_name: String,
    /// The directory's own id for them, at most 256 characters.
    pub external_id: Option<String>,
    /// Their name, at most 120 characters; may be empty.
    pub display_name: String,
    /// Their profession code, at most 60 characters; may be empty.
    pub profession: String,
    /// False if they may not enrol yet.
    pub active: bool,
}

/// Takes somebody in: they become a practitioner when they enrol through the identity
/// provider, and are not in the directory of the federation before.
///
/// # Errors
/// `ALREADY_EXISTS` if the user name is taken, `MALFORMED_FIELD`.
pub async fn create_user(
    service: &Service,
    provisioner: &Provisioner,
    new: NewUser,
) -> Result<User> {
    let id = service.random(PractitionerId::random);
    let (name, actor) = (provisioner.person(id), provisioner.actor());
    let (display_name, profession) = (
        display_name(&new.display_name)?,
        profession(&new.profession)?,
    );
    let external_id = external_id(new.external_id.as_deref())?;
    let now = service.now();
    service
        .store()
        .run_tx("create_user", async move |tx| {
            let (user_name, key) =
                take_user_name(tx, &name.organisation, id, &new.user_name).await?;
            let account = Account {
                name: name.clone(),
                user_name: Some(user_name),
                user_name_key: Some(key),
                external_id: external_id.clone(),
                display_name: display_name.clone(),
                profession: profession.clone(),
                active: new.active,
                deleted: false,
                created_at: now,
                changed_at: now,
            };
            tx.put_account(&account).await?;
            tx.audit(&AuditEvent {
                at: now,
                actor: actor.clone(),
                action: "user.create",
                subject: name.to_string(),
            })
            .await?;
            Ok::<_, Error>(User::from(account))
        })
        .await
}
