//! Changing what is known of somebody; above all, that they have left.

use relais_store::{Account, AuditEvent};
use relais_types::{Error, PractitionerId, Result};

use super::{Provisioner, User, display_name, external_id, no_user, profession, take_user_name};
use crate::{Service, identity};

/// What is to be changed; `None` leaves it as it is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UserChange {
    /// As [`NewUser::user_name`](super::NewUser::user_name).
    pub user_name: Option<String>,
    /// As [`NewUser::external_id`](super::NewUser::external_id); empty for none.
    pub external_id: Option<String>,
    /// As [`NewUser::display_name`](super::NewUser::display_name). A practitioner's name in the
    /// federation's directory stays as it is.
    pub display_name: Option<String>,
    /// As [`NewUser::profession`](super::NewUser::profession), with the same reservation.
    pub profession: Option<String>,
    /// False if they have left: all their devices end, and they cannot enrol others through the
    /// identity provider. True if they are back: they may enrol; what was ended stays so.
    pub active: Option<bool>,
}

/// What a change does, apart from the fields.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Change,
    Delete,
}

/// Changes what is known of one of the organisation's people. To say again that somebody has
/// left does again what is left to do.
///
/// # Errors
/// `NOT_FOUND` if it has no such person, `ALREADY_EXISTS` if the user name is taken,
/// `MALFORMED_FIELD`.
pub async fn change_user(
    service: &Service,
    provisioner: &Provisioner,
    id: PractitionerId,
    change: UserChange,
) -> Result<User> {
    carry_out(service, provisioner, id, change, Kind::Change).await
}

/// Forgets one of the organisation's people, who thereby have left.
///
/// # Errors
/// `NOT_FOUND` if it has no such person.
pub async fn delete_user(
    service: &Service,
    provisioner: &Provisioner,
    id: PractitionerId,
) -> Result<()> {
    let left = UserChange {
        active: Some(false),
        ..UserChange::default()
    };
    let deleted = carry_out(service, provisioner, id, left, Kind::Delete).await;
    deleted.map(drop)
}

async fn carry_out(
    service: &Service,
    provisioner: &Provisioner,
    id: PractitionerId,
    change: UserChange,
    kind: Kind,
) -> Result<User> {
    let (name, actor, now) = (provisioner.person(id), provisioner.actor(), service.now());
    let (person, by) = (name.clone(), actor.clone());
    let (account, is_enrolled) = service
        .store()
        .run_tx("change_user", async move |tx| {
            let known = tx.account(&name).await?;
            let known = known.filter(|known| !known.deleted).ok_or_else(no_user)?;
            let mut account = Account {
                changed_at: now,
                deleted: kind == Kind::Delete,
                active: change.active.unwrap_or(known.active),
                ..known.clone()
            };
            if let Some(given) = &change.user_name
                && *given != User::from(known.clone()).user_name
            {
                let (user_name, key) = take_user_name(tx, &name.organisation, id, given).await?;
                account.user_name = Some(user_name);
                account.user_name_key = Some(key);
            }
            if let Some(given) = &change.external_id {
                account.external_id = external_id(Some(given))?;
            }
            if let Some(given) = &change.display_name {
                account.display_name = display_name(given)?;
            }
            if let Some(given) = &change.profession {
                account.profession = profession(given)?;
            }
            let action = match (kind, known.active, account.active) {
                (Kind::Delete, ..) => "user.delete",
                (_, true, false) => "user.deactivate",
                (_, false, true) => "user.activate",
                _ => "user.change",
            };
            let unchanged = Account {
                changed_at: known.changed_at,
                ..account.clone()
            } == known;
            if unchanged {
                account = known;
            } else {
                tx.put_account(&account).await?;
                tx.audit(&AuditEvent {
                    at: now,
                    actor: actor.clone(),
                    action,
                    subject: name.to_string(),
                })
                .await?;
            }
            let is_enrolled = tx.practitioner(&name).await?.is_some();
            Ok::<_, Error>((account, is_enrolled))
        })
        .await?;
    // Nobody can enrol any more before the devices are ended; a crash in between is made good
    // when the directory, which has no answer yet, says it again.
    if !account.active && is_enrolled {
        identity::revoke_departed(service, by, person).await?;
    }
    Ok(account.into())
}
