//! What happens while an organisation's authority is asked.

use relais_store::IdentityProvider;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::*;
use crate::{
    fixture::id_token,
    identity::{
        EnrolWithIdentityProviderParams, RevokePractitionerParams, SetIdentityProviderParams,
        enrol, enrol_with_identity_provider, revoke_practitioner, set_identity_provider,
    },
    provisioning::{
        CreateScimTokenParams, NewUser, UserChange, authenticate, change_user, create_scim_token,
        create_user,
    },
};

/// What an enrolment waits for: two certificates, and something that happens between them.
async fn serve_around(
    backbone: &Backbone,
    requests: &mut SigningStream,
    authority: &OrganisationCa,
    meanwhile: impl Future<Output = ()>,
) {
    serve(backbone, requests, authority).await;
    // Later, so that what ends now is over by the clock of whoever looks again.
    backbone.clock.advance(Duration::from_secs(5));
    meanwhile.await;
    backbone.clock.advance(Duration::from_secs(5));
    serve(backbone, requests, authority).await;
}

#[tokio::test]
async fn whoever_is_revoked_while_the_authority_is_asked_does_not_come_back() {
    let backbone = backbone().await;
    let ana = backbone.device(DOMAIN, "Ana").await;
    let person = ana.name.practitioner_name();
    let (key, authority) = own_authority(&backbone).await;
    let mut requests = agent(&backbone, &key).await;
    let code = backbone.invite_device(&person).await;
    let revoke = async {
        let params = RevokePractitionerParams {
            request_id: backbone.request_id(),
            practitioner: person.clone(),
        };
        let revoked = revoke_practitioner(&backbone.service, &Caller::Operator, params).await;
        revoked.unwrap();
    };
    let work = serve_around(&backbone, &mut requests, &authority, revoke);
    let late = Box::pin(enrol_with(&backbone, &code, work))
        .await
        .map(|_| ());
    assert_eq!(reason(late), Reason::InvitationExpired);
    let (devices, account) = backbone
        .service
        .store()
        .read("person", async move |view| {
            let devices = view.devices_of(person.practitioner).await?;
            Ok::<_, Error>((devices, view.account(&person).await?))
        })
        .await
        .unwrap();
    assert!(devices.iter().all(|device| device.revoked_at.is_some()));
    assert!(!account.unwrap().active);
}

#[tokio::test]
async fn an_invitation_that_ends_while_the_authority_is_asked_is_not_used() {
    let backbone = backbone().await;
    let (key, authority) = own_authority(&backbone).await;
    let mut requests = agent(&backbone, &key).await;
    let code = backbone.invite(DOMAIN, "Bo", AccessRole::Member).await;
    // Ten seconds pass while the authority is asked.
    let life = backbone.service.limits().invitation_ttl();
    backbone
        .clock
        .advance(life.saturating_sub(Duration::from_secs(8)));
    let work = serve_around(&backbone, &mut requests, &authority, async {});
    let late = Box::pin(enrol_with(&backbone, &code, work))
        .await
        .map(|_| ());
    assert_eq!(reason(late), Reason::InvitationExpired);
}

#[tokio::test]
async fn an_enrolment_that_is_tried_again_asks_for_the_same_name() {
    let backbone = backbone().await;
    let (key, authority) = own_authority(&backbone).await;
    let mut requests = agent(&backbone, &key).await;
    let code = backbone.invite(DOMAIN, "Bo", AccessRole::Member).await;
    let params = backbone.enrolment(&(backbone.key(), backbone.key()), &code);
    let refuse_it = async |requests: &mut SigningStream| {
        let request = requests.next().await.unwrap();
        let params = RefuseParams {
            id: request.id,
            explanation: "not now".into(),
        };
        let refused = refuse(&backbone.service, &Caller::Anonymous, params).await;
        refused.unwrap();
        request.order.device
    };
    let enrolling = enrol(&backbone.service, &Caller::Anonymous, params.clone());
    let (refused, first) = tokio::join!(enrolling, refuse_it(&mut requests));
    assert_eq!(reason(refused), Reason::AuthorityRefused);
    let work = async {
        serve(&backbone, &mut requests, &authority).await;
        serve(&backbone, &mut requests, &authority).await;
    };
    let enrolling = enrol(&backbone.service, &Caller::Anonymous, params);
    let (enrolled, ()) = tokio::join!(enrolling, work);
    assert_eq!(enrolled.unwrap().device, first);
}

#[tokio::test]
async fn whom_the_directory_deactivates_meanwhile_does_not_come_in_by_the_provider() {
    let left = UserChange {
        active: Some(false),
        ..UserChange::default()
    };
    // Directories rename whom they deactivate, to free the name.
    let renamed = UserChange {
        user_name: Some("left-ana@clinic.example".into()),
        ..left.clone()
    };
    for change in [left, renamed] {
        let backbone = backbone().await;
        let (key, authority) = own_authority(&backbone).await;
        let mut requests = agent(&backbone, &key).await;
        let provider = SetIdentityProviderParams {
            request_id: backbone.request_id(),
            organisation: domain(),
            provider: Some(IdentityProvider {
                issuer: "https://login.example".into(),
                client_id: "relais".into(),
                account_claim: "upn".into(),
                default_profession: "nurse".into(),
                ..IdentityProvider::default()
            }),
        };
        let set = set_identity_provider(&backbone.service, &Caller::Operator, provider).await;
        set.unwrap();
        let token = CreateScimTokenParams {
            request_id: backbone.request_id(),
            organisation: domain(),
        };
        let token = create_scim_token(&backbone.service, &Caller::Operator, token).await;
        let directory = authenticate(&backbone.service, &token.unwrap().token).await;
        let directory = directory.unwrap();
        let ana = NewUser {
            user_name: "ana@clinic.example".into(),
            external_id: None,
            display_name: "Ana".into(),
            profession: "nurse".into(),
            active: true,
        };
        let ana = create_user(&backbone.service, &directory, ana)
            .await
            .unwrap();

        let keys = (backbone.key(), backbone.key());
        let nonce = Sha256::new()
            .chain_update("relais/oidc-nonce/v1")
            .chain_update(keys.0.public())
            .chain_update(keys.1.public());
        let id_token = id_token(
            "https://login.example",
            "42",
            &hex::encode(nonce.finalize()),
            backbone.service.now().plus(Duration::from_mins(5)),
            &json!({"upn": "ana@clinic.example"}),
        );
        let params = EnrolWithIdentityProviderParams {
            organisation: domain(),
            enrolment: backbone.enrolment(&keys, &id_token),
        };
        let leave = async {
            let changed = change_user(&backbone.service, &directory, ana.id, change).await;
            changed.unwrap();
        };
        let enrolling = enrol_with_identity_provider(&backbone.service, &Caller::Anonymous, params);
        let work = serve_around(&backbone, &mut requests, &authority, leave);
        let (refused, ()) = tokio::join!(enrolling, work);
        assert_eq!(reason(refused), Reason::NotAllowed);
    }
}
