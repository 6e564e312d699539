//! Inviting a person, or a further device of a person.

use std::fmt;

use relais_store::{AccessRole, AuditEvent, Invitation};
use relais_types::{Error, OrgDomain, PractitionerName, RequestId, Result, Timestamp};
use serde::{Deserialize, Serialize};

use super::{MAX_LABEL, MAX_NAME};
use crate::{
    Caller, Service,
    replay::{Fingerprint, Replay},
    secret::code_digest,
    text,
};

/// Who is invited.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CreateInvitationParams {
    /// The idempotency key.
    pub request_id: RequestId,
    /// The organisation that invites.
    pub organisation: OrgDomain,
    /// A person who adds a device; the name, profession and role below are then ignored.
    pub practitioner: Option<PractitionerName>,
    /// A new person's name, at most 120 characters.
    pub display_name: String,
    /// A new person's profession code, at most 60 characters.
    pub profession: String,
    /// What a new person may do to the organisation.
    pub access_role: AccessRole,
}

/// The only copy of a code.
#[derive(Clone, PartialEq, Eq)]
pub struct CreateInvitationOutcome {
    /// The single-use code.
    pub code: String,
    /// When it stops working.
    pub expires_at: Timestamp,
}

impl fmt::Debug for CreateInvitationOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CreateInvitationOutcome")
            .field("expires_at", &self.expires_at)
            .finish_non_exhaustive()
    }
}

/// What is kept for replays: not the code, which is computed again.
#[derive(Serialize, Deserialize)]
struct Kept {
    expires_at: Timestamp,
}

/// Invites a person, or a further device of a person. Stores the digest of the code alone.
///
/// # Errors
/// `NOT_ALLOWED` unless the caller is the operator or the organisation's administrator;
/// `NOT_FOUND` for the organisation or the practitioner; `MALFORMED_FIELD`,
/// `REQUEST_ID_REUSED`.
pub async fn create_invitation(
    service: &Service,
    caller: &Caller,
    params: CreateInvitationParams,
) -> Result<CreateInvitationOutcome> {
    caller.administers(&params.organisation)?;
    let replay = Replay::new(
        caller,
        params.request_id,
        "create_invitation",
        fingerprint(&params),
    );
    let now = service.now();
    let code = service
        .key()
        .invitation_code(&caller.replay_name(), params.request_id);
    let invitation = invitation(service, &params, &code, now)?;
    let actor = caller.actor();
    let kept = service
        .store()
        .run_tx("create_invitation", async move |tx| {
            if let Some(first) = replay.first::<Kept>(tx).await? {
                return Ok(first);
            }
            if tx.organisation(&params.organisation).await?.is_none() {
                return Err(Error::not_found("the organisation"));
            }
            let mut subject = params.organisation.resource_name();
            if let Some(name) = &params.practitioner {
                let known = name.organisation == params.organisation
                    && tx.practitioner(name).await?.is_some();
                if !known {
                    return Err(Error::not_found("the practitioner"));
                }
                subject = name.to_string();
            }
            tx.insert_invitation(&invitation).await?;
            tx.audit(&AuditEvent {
                at: now,
                actor: actor.clone(),
                action: "invitation.create",
                subject,
            })
            .await?;
            let kept = Kept {
                expires_at: invitation.expires_at,
            };
            replay.keep(tx, &kept, now).await?;
            Ok(kept)
        })
        .await?;
    Ok(CreateInvitationOutcome {
        code,
        expires_at: kept.expires_at,
    })
}

fn invitation(
    service: &Service,
    params: &CreateInvitationParams,
    code: &str,
    now: Timestamp,
) -> Result<Invitation> {
    let (display_name, profession) = if params.practitioner.is_some() {
        (String::new(), String::new())
    } else {
        (
            text::required("display_name", &params.display_name, MAX_NAME)?,
            text::required("profession", &params.profession, MAX_LABEL)?,
        )
    };
    Ok(Invitation {
        digest: code_digest(code)
            .ok_or_else(|| Error::internal("an invitation code could not be read back"))?,
        organisation: params.organisation.clone(),
        practitioner: params.practitioner.as_ref().map(|name| name.practitioner),
        display_name,
        profession,
        access_role: params.access_role,
        created_at: now,
        expires_at: now.plus(service.limits().invitation_ttl()),
        used_by: None,
    })
}

fn fingerprint(params: &CreateInvitationParams) -> Fingerprint {
    Fingerprint::default()
        .field(params.organisation.as_str())
        .optional(params.practitioner.as_ref().map(ToString::to_string))
        .field(&params.display_name)
        .field(&params.profession)
        .number(u64::from(params.access_role == AccessRole::Administrator))
}

#[cfg(test)]
mod tests {
    use relais_types::Reason;

    use super::*;
    use crate::fixture::Backbone;

    fn params(backbone: &Backbone) -> CreateInvitationParams {
        CreateInvitationParams {
            request_id: backbone.request_id(),
            organisation: "laurier.internal".parse().unwrap(),
            practitioner: None,
            display_name: "Hélène Roy".into(),
            profession: "navigator".into(),
            access_role: AccessRole::Member,
        }
    }

    #[tokio::test]
    async fn a_replay_gets_the_same_code_and_it_is_not_stored() {
        let backbone = Backbone::new().await;
        backbone.organisation("laurier.internal").await;
        let params = params(&backbone);
        let first = create_invitation(&backbone.service, &Caller::Operator, params.clone()).await;
        let again = create_invitation(&backbone.service, &Caller::Operator, params.clone()).await;
        assert_eq!(first, again);
        let code = first.unwrap().code;
        backbone.service.close().await;
        for file in std::fs::read_dir(backbone.directory()).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            for needle in [code.clone(), code.replace('-', "")] {
                let found = bytes.windows(needle.len()).any(|w| w == needle.as_bytes());
                assert!(!found, "a code is in the database");
            }
        }
    }

    #[tokio::test]
    async fn another_body_under_the_same_id_is_refused() {
        let backbone = Backbone::new().await;
        backbone.organisation("laurier.internal").await;
        let params = params(&backbone);
        create_invitation(&backbone.service, &Caller::Operator, params.clone())
            .await
            .unwrap();
        let other = CreateInvitationParams {
            profession: "physician".into(),
            ..params
        };
        let refused = create_invitation(&backbone.service, &Caller::Operator, other).await;
        assert_eq!(refused.unwrap_err().reason, Reason::RequestIdReused);
    }

    #[tokio::test]
    async fn only_the_own_administrator_invites() {
        let backbone = Backbone::new().await;
        let member = backbone.device("laurier.internal", "Ana").await;
        let admin = backbone
            .device_with_role("laurier.internal", "Bo", AccessRole::Administrator)
            .await;
        let foreign = backbone
            .device_with_role("parc.internal", "Cy", AccessRole::Administrator)
            .await;
        let invite = async |caller: &Caller| {
            create_invitation(&backbone.service, caller, params(&backbone))
                .await
                .map_err(|error| error.reason)
                .map(drop)
        };
        assert_eq!(invite(&admin.caller).await, Ok(()));
        assert_eq!(invite(&member.caller).await, Err(Reason::NotAllowed));
        assert_eq!(invite(&foreign.caller).await, Err(Reason::NotAllowed));
        let anonymous = invite(&Caller::Anonymous).await;
        assert_eq!(anonymous, Err(Reason::CredentialMissing));
    }

    #[tokio::test]
    async fn who_or_what_does_not_exist_is_not_found() {
        let backbone = Backbone::new().await;
        let elsewhere = backbone.device("parc.internal", "Ana").await;
        backbone.organisation("laurier.internal").await;
        let nowhere = CreateInvitationParams {
            organisation: "nowhere.internal".parse().unwrap(),
            ..params(&backbone)
        };
        let stranger = CreateInvitationParams {
            practitioner: Some(elsewhere.name.practitioner_name()),
            ..params(&backbone)
        };
        for params in [nowhere, stranger] {
            let refused = create_invitation(&backbone.service, &Caller::Operator, params).await;
            assert_eq!(refused.unwrap_err().reason, Reason::NotFound);
        }
        let nameless = CreateInvitationParams {
            display_name: "\u{202e}".into(),
            ..params(&backbone)
        };
        let refused = create_invitation(&backbone.service, &Caller::Operator, nameless).await;
        assert_eq!(refused.unwrap_err().field.as_deref(), Some("display_name"));
    }
}
