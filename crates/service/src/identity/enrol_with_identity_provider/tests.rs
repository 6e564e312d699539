use std::time::Duration;

use relais_mls::SigningKey;
use relais_store::IdentityProvider;
use relais_types::{PractitionerName, Reason};
use serde_json::{Value, json};

use super::*;
use crate::{
    delivery::Item,
    fixture::{Backbone, id_token},
    identity::{
        RevokePractitionerParams, SetIdentityProviderParams, revoke_practitioner,
        set_identity_provider,
    },
    provisioning::{
        CreateScimTokenParams, NewUser, Provisioner, UserChange, authenticate, change_user,
        create_scim_token, create_user, delete_user,
    },
};

const ISSUER: &str = "https://login.example";
const PROOF: &str = "relais/enrol/v1";

fn organisation() -> OrgDomain {
    "laurier.internal".parse().unwrap()
}

fn provider() -> IdentityProvider {
    IdentityProvider {
        issuer: ISSUER.into(),
        client_id: "relais".into(),
        default_profession: "nurse".into(),
        ..IdentityProvider::default()
    }
}

async fn with_provider(provider: IdentityProvider) -> Backbone {
    let backbone = Backbone::new().await;
    backbone.organisation("laurier.internal").await;
    let params = SetIdentityProviderParams {
        request_id: backbone.request_id(),
        organisation: organisation(),
        provider: Some(provider),
    };
    set_identity_provider(&backbone.service, &Caller::Operator, params)
        .await
        .unwrap();
    backbone
}

struct Keys(SigningKey, SigningKey);

impl Keys {
    fn new(backbone: &Backbone) -> Self {
        Self(backbone.key(), backbone.key())
    }

    fn nonce(&self) -> String {
        let keys = [self.0.public(), self.1.public()].concat();
        hex::encode(
            Sha256::new()
                .chain_update(NONCE)
                .chain_update(keys)
                .finalize(),
        )
    }

    fn params(&self, backbone: &Backbone, token: &str) -> EnrolWithIdentityProviderParams {
        let (signature_key, device_key) = (self.0.public(), self.1.public());
        let message = [
            Sha256::digest(token).as_slice(),
            &signature_key,
            &device_key,
        ]
        .concat();
        EnrolWithIdentityProviderParams {
            organisation: organisation(),
            enrolment: EnrolParams {
                request_id: backbone.request_id(),
                code: token.to_owned(),
                device_label: "Ward laptop".into(),
                signature_key,
                device_key,
                signature_key_proof: self.0.sign(PROOF, &message),
                device_key_proof: self.1.sign(PROOF, &message),
            },
        }
    }
}

fn token(backbone: &Backbone, keys: &Keys, subject: &str, claims: &Value) -> String {
    let expires_at = backbone.service.clock().now().plus(Duration::from_mins(5));
    id_token(ISSUER, subject, &keys.nonce(), expires_at, claims)
}

/// A new device of whoever the provider calls `subject`.
async fn enrol(backbone: &Backbone, subject: &str, claims: Value) -> Result<EnrolOutcome> {
    let keys = Keys::new(backbone);
    let token = token(backbone, &keys, subject, &claims);
    let params = keys.params(backbone, &token);
    enrol_with_identity_provider(&backbone.service, &Caller::Anonymous, params).await
}

async fn reason(backbone: &Backbone, subject: &str, claims: Value) -> Option<Reason> {
    let outcome = enrol(backbone, subject, claims).await;
    outcome.err().map(|error| error.reason)
}

async fn directory(backbone: &Backbone) -> Provisioner {
    let params = CreateScimTokenParams {
        request_id: backbone.request_id(),
        organisation: organisation(),
    };
    let made = create_scim_token(&backbone.service, &Caller::Operator, params).await;
    authenticate(&backbone.service, &made.unwrap().token)
        .await
        .unwrap()
}

fn user(user_name: &str) -> NewUser {
    NewUser {
        user_name: user_name.into(),
        external_id: None,
        display_name: "Chloé Côté".into(),
        profession: "pharmacist".into(),
        active: true,
    }
}

#[tokio::test]
async fn the_first_device_makes_the_person_and_the_next_one_joins_them() {
    let backbone = with_provider(provider()).await;
    let first = enrol(&backbone, "42", json!({"name": "Chloé Côté"}))
        .await
        .unwrap();
    assert_eq!(
        (first.display_name.as_str(), first.profession.as_str()),
        ("Chloé Côté", "nurse")
    );
    let second = enrol(&backbone, "42", json!({"name": "Somebody Else"}))
        .await
        .unwrap();
    assert_eq!(
        second.display_name, "Chloé Côté",
        "a name does not change by enrolling"
    );
    assert_eq!(first.device.practitioner, second.device.practitioner);
    let other = enrol(&backbone, "43", json!({"name": "Chloé Côté"}))
        .await
        .unwrap();
    assert_ne!(first.device.practitioner, other.device.practitioner);
}

#[tokio::test]
async fn a_token_works_once_for_its_keys_and_its_replay_gets_the_first_result() {
    let backbone = with_provider(provider()).await;
    let (keys, others) = (Keys::new(&backbone), Keys::new(&backbone));
    let token = token(&backbone, &keys, "42", &json!({"name": "Ana"}));
    let enrol = async |params| {
        enrol_with_identity_provider(&backbone.service, &Caller::Anonymous, params).await
    };
    let stolen = enrol(others.params(&backbone, &token)).await.unwrap_err();
    assert_eq!(stolen.reason, Reason::IdTokenInvalid);

    let params = keys.params(&backbone, &token);
    let mut unproved = params.clone();
    unproved.enrolment.device_key_proof[0] ^= 1;
    assert_eq!(
        enrol(unproved).await.unwrap_err().reason,
        Reason::ProofInvalid
    );
    let first = enrol(params.clone()).await.unwrap();
    assert_eq!(enrol(params.clone()).await, Ok(first));
    let again = enrol(keys.params(&backbone, &token)).await.unwrap_err();
    assert_eq!(
        again.reason,
        Reason::MalformedField,
        "keys are enrolled once"
    );
    let mut elsewhere = params;
    elsewhere.organisation = "parc.internal".parse().unwrap();
    elsewhere.enrolment.request_id = backbone.request_id();
    assert_eq!(enrol(elsewhere).await.unwrap_err().reason, Reason::NotFound);
}

#[tokio::test]
async fn the_organisations_rules_are_kept() {
    let backbone = with_provider(IdentityProvider {
        email_domain: "Clinic.example".into(),
        group_claim: "groups".into(),
        required_group: "relais".into(),
        fhir_user_claim: "fhirUser".into(),
        profession_claim: "title".into(),
        default_profession: String::new(),
        ..provider()
    })
    .await;
    let good = json!({
        "name": "Ana", "title": "physician", "email": "ana@clinic.example", "email_verified": true,
        "groups": ["staff", "relais"], "fhirUser": "https://ehr.example/fhir/Practitioner/7",
    });
    let with = |claim: &str, value: Value| {
        let mut claims = good.clone();
        claims[claim] = value;
        claims
    };
    for bad in [
        with("email", json!("ana@clinic.example.evil.example")),
        with("email", json!("ana@evil.example")),
        with("email_verified", json!(false)),
        with("email_verified", json!("true")),
        with("groups", json!(["staff"])),
        with("groups", json!({"relais": true})),
        with("fhirUser", json!("https://ehr.example/fhir/Patient/7")),
        with("fhirUser", Value::Null),
    ] {
        let refused = reason(&backbone, "42", bad.clone()).await;
        assert_eq!(refused, Some(Reason::NotAllowed), "{bad}");
    }
    for unusable in [
        with("name", Value::Null),
        with("title", json!(" ")),
        with("name", json!("A\u{202e}")),
    ] {
        let refused = reason(&backbone, "42", unusable.clone()).await;
        assert_eq!(refused, Some(Reason::MalformedField), "{unusable}");
    }
    let enrolled = enrol(&backbone, "42", good).await.unwrap();
    assert_eq!(enrolled.profession, "physician");
}

#[tokio::test]
async fn who_was_deprovisioned_is_kept_out_until_reactivated_or_invited() {
    let backbone = with_provider(provider()).await;
    let provisioner = directory(&backbone).await;
    let first = enrol(&backbone, "42", json!({"name": "Ana"}))
        .await
        .unwrap();
    let id = first.device.practitioner;
    let say = async |active| {
        let change = UserChange {
            active: Some(active),
            ..UserChange::default()
        };
        change_user(&backbone.service, &provisioner, id, change)
            .await
            .unwrap()
    };
    assert!(!say(false).await.active);
    assert_eq!(
        reason(&backbone, "42", json!({})).await,
        Some(Reason::NotAllowed)
    );
    assert!(say(true).await.active);
    let back = enrol(&backbone, "42", json!({})).await.unwrap();
    assert_eq!(back.device.practitioner, id);

    let person = first.device.practitioner_name();
    revoke(&backbone, &person).await;
    assert_eq!(
        reason(&backbone, "42", json!({})).await,
        Some(Reason::NotAllowed)
    );
    let code = backbone.invite_device(&person).await;
    backbone
        .try_enrol(&code, crate::AccessRole::Member)
        .await
        .unwrap();
    assert_eq!(
        reason(&backbone, "42", json!({})).await,
        None,
        "the invitation let them back"
    );
}

async fn revoke(backbone: &Backbone, person: &PractitionerName) {
    let params = RevokePractitionerParams {
        request_id: backbone.request_id(),
        practitioner: person.clone(),
    };
    revoke_practitioner(&backbone.service, &Caller::Operator, params)
        .await
        .unwrap();
}

#[tokio::test]
async fn whom_the_directory_announced_is_recognised_by_the_account_claim() {
    let backbone = with_provider(IdentityProvider {
        account_claim: "upn".into(),
        ..provider()
    })
    .await;
    let provisioner = directory(&backbone).await;
    let announce = async |new| {
        create_user(&backbone.service, &provisioner, new)
            .await
            .unwrap()
    };
    let chloe = announce(user("Chloe@clinic.example")).await;
    let luc = announce(NewUser {
        active: false,
        ..user("luc@clinic.example")
    })
    .await;
    let enrolled = enrol(&backbone, "42", json!({"upn": "CHLOE@clinic.example"}))
        .await
        .unwrap();
    assert_eq!(enrolled.device.practitioner, chloe.id);
    assert_eq!(
        (enrolled.display_name.as_str(), enrolled.profession.as_str()),
        ("Chloé Côté", "pharmacist")
    );
    // The user name is somebody else's now; the subject is not.
    let taken = reason(
        &backbone,
        "99",
        json!({"upn": "chloe@clinic.example", "name": "X"}),
    )
    .await;
    assert_eq!(taken, Some(Reason::NotAllowed));
    let inactive = reason(&backbone, "43", json!({"upn": "luc@clinic.example"})).await;
    assert_eq!(inactive, Some(Reason::NotAllowed));
    let by_id = announce(NewUser {
        external_id: Some("7f".into()),
        ..user("zoe@clinic.example")
    })
    .await;
    let zoe = enrol(&backbone, "44", json!({"upn": "7f"})).await.unwrap();
    assert_eq!(zoe.device.practitioner, by_id.id);

    // Forgotten before the first enrolment: kept out, until announced again as somebody new.
    delete_user(&backbone.service, &provisioner, luc.id)
        .await
        .unwrap();
    let gone = reason(&backbone, "43", json!({"upn": "luc@clinic.example"})).await;
    assert_eq!(gone, Some(Reason::NotAllowed));
    let again = announce(user("luc@clinic.example")).await;
    let enrolled = enrol(&backbone, "43", json!({"upn": "luc@clinic.example"}))
        .await
        .unwrap();
    assert_eq!(enrolled.device.practitioner, again.id);
    assert_ne!(again.id, luc.id);
}

#[tokio::test]
async fn whom_the_directory_forgets_and_takes_in_again_is_somebody_new() {
    let backbone = with_provider(IdentityProvider {
        account_claim: "upn".into(),
        ..provider()
    })
    .await;
    let provisioner = directory(&backbone).await;
    let claims = json!({"upn": "ana", "name": "Ana"});
    let first = create_user(&backbone.service, &provisioner, user("ana"))
        .await
        .unwrap();
    enrol(&backbone, "42", claims.clone()).await.unwrap();
    delete_user(&backbone.service, &provisioner, first.id)
        .await
        .unwrap();
    assert_eq!(
        reason(&backbone, "42", claims.clone()).await,
        Some(Reason::NotAllowed)
    );
    let second = create_user(&backbone.service, &provisioner, user("ana"))
        .await
        .unwrap();
    for _ in 0..2 {
        let back = enrol(&backbone, "42", claims.clone()).await.unwrap();
        assert_eq!(back.device.practitioner, second.id);
    }
}

#[tokio::test]
async fn the_persons_other_devices_are_told_however_the_new_one_came() {
    let backbone = with_provider(provider()).await;
    let ana = backbone.device("laurier.internal", "Ana").await;
    let bo = backbone.device("laurier.internal", "Bo").await;
    let told = async |device| {
        let page = backbone.sync(device).await;
        let items = page
            .deliveries
            .into_iter()
            .filter_map(|delivery| match delivery.item {
                Item::NewDevice { device, label, .. } => Some((device, label)),
                _ => None,
            });
        items.collect::<Vec<_>>()
    };
    assert_eq!(told(&ana).await, []);
    let second = backbone.further_device(&ana).await;
    assert_eq!(
        told(&ana).await,
        [(second.name.clone(), "desktop".to_owned())]
    );
    assert_eq!(
        told(&second).await,
        [],
        "the new device is no news to itself"
    );
    assert_eq!(told(&bo).await, [], "nor to anybody else");

    // Known to the directory by the subject, so that it is one person.
    let provisioner = directory(&backbone).await;
    let known = UserChange {
        external_id: Some("42".into()),
        ..UserChange::default()
    };
    change_user(
        &backbone.service,
        &provisioner,
        ana.name.practitioner,
        known,
    )
    .await
    .unwrap();
    backbone.revoke(&second).await;
    let third = enrol(&backbone, "42", json!({})).await.unwrap();
    assert_eq!(third.device.practitioner, ana.name.practitioner);
    let news = told(&ana).await;
    assert_eq!(news.last(), Some(&(third.device, "Ward laptop".to_owned())));
    assert_eq!(news.len(), 2);
}
