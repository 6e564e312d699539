use relais_types::RequestId;

use super::*;
use crate::{
    Caller,
    delivery::SyncParams,
    fixture::{Backbone, TestDevice},
};

async fn token(backbone: &Backbone, domain: &str, request_id: RequestId) -> String {
    let params = CreateScimTokenParams {
        request_id,
        organisation: domain.parse().unwrap(),
    };
    create_scim_token(&backbone.service, &Caller::Operator, params)
        .await
        .unwrap()
        .token
}

async fn directory(backbone: &Backbone, domain: &str) -> Provisioner {
    backbone.organisation(domain).await;
    let token = token(backbone, domain, backbone.request_id()).await;
    authenticate(&backbone.service, &token).await.unwrap()
}

fn ana() -> NewUser {
    NewUser {
        user_name: "Ana@clinic.example".into(),
        external_id: Some("7f".into()),
        display_name: "Ana".into(),
        profession: String::new(),
        active: true,
    }
}

fn active(active: bool) -> UserChange {
    UserChange {
        active: Some(active),
        ..UserChange::default()
    }
}

async fn is_cut(backbone: &Backbone, device: &TestDevice) -> bool {
    let synced = crate::delivery::sync(&backbone.service, &device.caller, SyncParams::default());
    synced
        .await
        .is_err_and(|error| error.reason == Reason::DeviceRevoked)
}

#[tokio::test]
async fn a_token_is_one_organisations_and_ends_the_one_before() {
    let backbone = Backbone::new().await;
    for domain in ["laurier.internal", "parc.internal"] {
        backbone.organisation(domain).await;
    }
    let whose = async |token: &str| {
        let found = authenticate(&backbone.service, token).await;
        found.ok().map(|found| found.organisation().to_string())
    };
    let id = backbone.request_id();
    let first = token(&backbone, "laurier.internal", id).await;
    assert_eq!(
        token(&backbone, "laurier.internal", id).await,
        first,
        "a replay"
    );
    let parcs = token(&backbone, "parc.internal", backbone.request_id()).await;
    assert_eq!(whose(&first).await.as_deref(), Some("laurier.internal"));
    assert_eq!(whose(&parcs).await.as_deref(), Some("parc.internal"));
    let second = token(&backbone, "laurier.internal", backbone.request_id()).await;
    assert_eq!(whose(&first).await, None, "it has ended");
    assert!(whose(&second).await.is_some());
    for other in ["", "relais_scim_00", crate::fixture::OPERATOR_TOKEN] {
        assert_eq!(whose(other).await, None, "{other}");
    }
    let member = backbone.device("laurier.internal", "Ana").await;
    let params = CreateScimTokenParams {
        request_id: backbone.request_id(),
        organisation: "laurier.internal".parse().unwrap(),
    };
    let refused = create_scim_token(&backbone.service, &member.caller, params).await;
    assert_eq!(refused.unwrap_err().reason, Reason::NotAllowed);
}

#[tokio::test]
async fn users_are_made_once_and_found_by_either_name() {
    let backbone = Backbone::new().await;
    let own = directory(&backbone, "laurier.internal").await;
    let other = directory(&backbone, "parc.internal").await;
    let service = &backbone.service;
    let made = create_user(service, &own, ana()).await.unwrap();
    let again = NewUser {
        user_name: "ANA@clinic.example".into(),
        ..ana()
    };
    let taken = create_user(service, &own, again.clone()).await.unwrap_err();
    assert_eq!(taken.reason, Reason::AlreadyExists);
    create_user(service, &other, again).await.unwrap();
    let invited = backbone
        .device("laurier.internal", "Bo")
        .await
        .name
        .practitioner;

    let find = async |filter, skip, count| {
        let found = find_users(service, &own, filter, skip, count)
            .await
            .unwrap();
        let ids: Vec<_> = found.users.iter().map(|user| user.id).collect();
        (ids, found.total)
    };
    let by_name = UserFilter::UserName("ANA@CLINIC.example".into());
    assert_eq!(find(by_name, 0, 10).await, (vec![made.id], 1));
    let by_id = UserFilter::ExternalId("7f".into());
    assert_eq!(find(by_id, 0, 10).await, (vec![made.id], 1));
    let unnamed = UserFilter::UserName(invited.to_string());
    assert_eq!(find(unnamed, 0, 10).await, (vec![invited], 1));
    let nobody = UserFilter::UserName("x' OR 1=1 --".into());
    assert_eq!(find(nobody, 0, 10).await, (vec![], 0));
    let (all, total) = find(UserFilter::All, 0, 10).await;
    assert_eq!(
        (all.len(), total),
        (2, 2),
        "and nobody of the other organisation"
    );
    assert_eq!(find(UserFilter::All, 1, 1).await.0.len(), 1);
    assert_eq!(find(UserFilter::All, 5, 1).await, (vec![], 2));
}

#[tokio::test]
async fn who_has_left_is_cut_and_the_audit_trail_says_on_whose_word() {
    let backbone = Backbone::new().await;
    let own = directory(&backbone, "laurier.internal").await;
    let ana = backbone.device("laurier.internal", "Ana").await;
    let second = backbone.further_device(&ana).await;
    let open = backbone.invite_device(&ana.name.practitioner_name()).await;
    let id = ana.name.practitioner;
    let left = change_user(&backbone.service, &own, id, active(false)).await;
    assert!(!left.unwrap().active);
    assert!(is_cut(&backbone, &ana).await && is_cut(&backbone, &second).await);
    let late = backbone.try_enrol(&open, crate::AccessRole::Member).await;
    assert_eq!(late.err().unwrap().reason, Reason::InvitationExpired);
    // Said again, and said to be back: nothing ended comes to life.
    for again in [false, true] {
        change_user(&backbone.service, &own, id, active(again))
            .await
            .unwrap();
    }
    assert!(is_cut(&backbone, &ana).await);
    let audited = backbone.audited().await;
    let by_directory = audited
        .iter()
        .filter(|row| row.0 == "scim:laurier.internal");
    let actions: Vec<_> = by_directory.map(|row| row.1.as_str()).collect();
    let expected = [
        "user.deactivate",
        "device.revoke",
        "device.revoke",
        "user.activate",
    ];
    assert_eq!(actions, expected);
}

#[tokio::test]
async fn others_people_do_not_exist() {
    let backbone = Backbone::new().await;
    let own = directory(&backbone, "laurier.internal").await;
    let ana = backbone.device("parc.internal", "Ana").await;
    let id = ana.name.practitioner;
    let service = &backbone.service;
    let reason = |outcome: Result<User>| outcome.unwrap_err();
    let strange = PractitionerId::from_bytes([9; 16]);
    for (foreign, missing) in [
        (
            reason(get_user(service, &own, id).await),
            reason(get_user(service, &own, strange).await),
        ),
        (
            reason(change_user(service, &own, id, active(false)).await),
            reason(change_user(service, &own, strange, active(false)).await),
        ),
        (
            delete_user(service, &own, id).await.unwrap_err(),
            delete_user(service, &own, strange).await.unwrap_err(),
        ),
    ] {
        assert_eq!(foreign.reason, Reason::NotFound);
        assert_eq!(foreign, missing);
    }
    assert!(!is_cut(&backbone, &ana).await);
}

#[tokio::test]
async fn a_deleted_user_is_gone_and_their_name_is_free() {
    let backbone = Backbone::new().await;
    let own = directory(&backbone, "laurier.internal").await;
    let service = &backbone.service;
    let first = create_user(service, &own, ana()).await.unwrap();
    let renamed = UserChange {
        user_name: Some("ana.roy@clinic.example".into()),
        external_id: Some(String::new()),
        ..UserChange::default()
    };
    let changed = change_user(service, &own, first.id, renamed).await.unwrap();
    assert_eq!(changed.user_name, "ana.roy@clinic.example");
    assert_eq!(changed.external_id, None);
    delete_user(service, &own, first.id).await.unwrap();
    for outcome in [
        get_user(service, &own, first.id).await,
        change_user(service, &own, first.id, active(true)).await,
    ] {
        assert_eq!(outcome.unwrap_err().reason, Reason::NotFound);
    }
    let found = find_users(service, &own, UserFilter::All, 0, 10)
        .await
        .unwrap();
    assert_eq!((found.users, found.total), (vec![], 0));
    let second = NewUser {
        user_name: "ana.roy@clinic.example".into(),
        ..ana()
    };
    let second = create_user(service, &own, second).await.unwrap();
    assert_ne!(second.id, first.id);
}

#[tokio::test]
async fn texts_that_deceive_or_are_too_long_are_refused() {
    let backbone = Backbone::new().await;
    let own = directory(&backbone, "laurier.internal").await;
    for (field, new) in [
        (
            "userName",
            NewUser {
                user_name: " ".into(),
                ..ana()
            },
        ),
        (
            "userName",
            NewUser {
                user_name: "x".repeat(257),
                ..ana()
            },
        ),
        (
            "displayName",
            NewUser {
                display_name: "A\u{202e}".into(),
                ..ana()
            },
        ),
        (
            "externalId",
            NewUser {
                external_id: Some("a\nb".into()),
                ..ana()
            },
        ),
        (
            "title",
            NewUser {
                profession: "x".repeat(61),
                ..ana()
            },
        ),
    ] {
        let refused = create_user(&backbone.service, &own, new).await.unwrap_err();
        assert_eq!(refused.field.as_deref(), Some(field));
    }
}
