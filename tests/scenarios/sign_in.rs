//! Enrolling through a real OpenID provider, as a person does it with a browser. What a thief or
//! a liar could try with its tokens is in `abuse/id_tokens.rs`.

use relais_client::{Beginning, Client, Redirect, SignIn, SignInOptions, Update};
use relais_proto::identity::IdentityProvider as Provider;
use relais_tests::{Browser, CLIENT_ID, IdentityProvider, PATIENCE, Town};
use relais_types::{OrgDomain, Reason};
use serde_json::{Value, json};

pub(crate) const HOSPITAL: &str = "hospital.internal";

fn hospital() -> OrgDomain {
    HOSPITAL.parse().unwrap()
}

fn accounts() -> Value {
    json!({
        "chloe": {"name": "Chloé Côté", "title": "pharmacist", "groups": ["relais"]},
        "luc": {"name": "Luc Roy", "title": "nurse", "groups": []},
    })
}

/// A town whose hospital signs in at a provider; `None` where there is no Node.
pub(crate) async fn town() -> Option<(Town, IdentityProvider)> {
    let provider = IdentityProvider::start(&accounts()).await?;
    let town = Town::found().await;
    set(&town, &provider, CLIENT_ID).await;
    Some((town, provider))
}

/// Has the hospital sign in at `provider` as this client of it.
pub(crate) async fn set(town: &Town, provider: &IdentityProvider, client_id: &str) {
    let provider = Provider {
        issuer: provider.issuer().to_owned(),
        client_id: client_id.to_owned(),
        scopes: vec!["profile".to_owned()],
        profession_claim: "title".to_owned(),
        group_claim: "groups".to_owned(),
        required_group: "relais".to_owned(),
        ..Provider::default()
    };
    let operator = town.node.operator();
    operator
        .set_identity_provider(&hospital(), Some(provider))
        .await
        .unwrap();
}

fn options(town: &Town, store: &str, redirect: &Redirect) -> SignInOptions {
    SignInOptions {
        store: town.store(store),
        passphrase: Town::passphrase(),
        endpoint: town.node.endpoint(town.node.address()),
        organisation: hospital(),
        device_label: format!("{store}'s laptop"),
        redirect_uri: redirect.uri(),
    }
}

/// Enrols with the SDK; the browser signs in as `login`.
async fn sign_in(town: &Town, store: &str, login: &str) -> Result<Client, relais_client::Error> {
    let redirect = Redirect::listen().await?;
    let Beginning::SignIn(sign_in) = SignIn::begin(options(town, store, &redirect)).await? else {
        panic!("nothing was left of an earlier sign-in");
    };
    let mut browser = Browser::default();
    let back = browser.sign_in(sign_in.authorization_url(), login).await;
    let waiting = tokio::spawn(redirect.wait());
    assert!(browser.visit(&back).await.contains("close this page"));
    sign_in.finish(&waiting.await.unwrap()?).await
}

#[tokio::test]
async fn somebody_enrols_with_a_browser_and_their_next_device_is_told_to_the_first() {
    let Some((town, _provider)) = town().await else {
        return;
    };
    let first = sign_in(&town, "chloe", "chloe").await.unwrap();
    let me = first.me().clone();
    assert_eq!(
        (me.display_name.as_str(), me.profession.as_str()),
        ("Chloé Côté", "pharmacist")
    );
    first.settle(PATIENCE).await.unwrap();
    let mut updates = first.updates();
    let second = sign_in(&town, "phone", "chloe").await.unwrap();
    assert_eq!(second.me().practitioner(), me.practitioner());
    let told = tokio::time::timeout(PATIENCE, async {
        loop {
            if let Update::NewDevice(new) = updates.recv().await.unwrap() {
                return new;
            }
        }
    });
    let told = told.await.expect("the first device is told");
    assert_eq!(told.device, second.me().device);
    assert_eq!(told.label, "phone's laptop");
    assert_eq!(
        first.new_devices().await.unwrap(),
        std::slice::from_ref(&told)
    );
    // The second finds the first in the transparency log.
    second.settle(PATIENCE).await.unwrap();
    let others = second.new_devices().await.unwrap();
    let others: Vec<_> = others.iter().map(|new| &new.device).collect();
    assert_eq!(others, [&me.device]);
    // It stays until it was seen, also if the account is closed in between.
    first.close().await.unwrap();
    let first = Client::open(town.store("chloe"), &Town::passphrase())
        .await
        .unwrap();
    assert_eq!(
        first.new_devices().await.unwrap(),
        std::slice::from_ref(&told)
    );
    first.saw_new_device(told.device.device).await.unwrap();
    assert_eq!(first.new_devices().await.unwrap(), []);
}

#[tokio::test]
async fn who_is_not_admitted_enrols_nothing_and_leaves_no_store() {
    let Some((town, mut provider)) = town().await else {
        return;
    };
    let refused = sign_in(&town, "luc", "luc").await.unwrap_err();
    assert_eq!(refused.reason(), Some(Reason::NotAllowed), "{refused}");
    assert!(!town.store("luc").exists());

    let redirect = Redirect::listen().await.unwrap();
    let begun = SignIn::begin(options(&town, "chloe", &redirect))
        .await
        .unwrap();
    let Beginning::SignIn(begun) = begun else {
        panic!("it is new")
    };
    let mut browser = Browser::default();
    let back = browser.sign_in(begun.authorization_url(), "chloe").await;
    let forged = back.replace("state=", "state=x");
    let foreign = begun.finish(&forged).await.unwrap_err();
    assert!(foreign.to_string().contains("another sign-in"), "{foreign}");

    let elsewhere = SignInOptions {
        organisation: "clinic.internal".parse().unwrap(),
        ..options(&town, "chloe", &redirect)
    };
    let none = SignIn::begin(elsewhere).await.unwrap_err();
    assert_eq!(none.reason(), Some(Reason::NotFound), "{none}");
    provider.stop().await;
    let down = SignIn::begin(options(&town, "chloe", &redirect))
        .await
        .unwrap_err();
    assert!(down.to_string().contains("identity provider"), "{down}");
    assert!(!town.store("chloe").exists());
}

#[tokio::test]
async fn a_sign_in_whose_answer_was_lost_is_completed_without_signing_in_again() {
    let Some((mut town, _provider)) = town().await else {
        return;
    };
    let redirect = Redirect::listen().await.unwrap();
    let options = options(&town, "chloe", &redirect);
    let begun = SignIn::begin(options.clone()).await.unwrap();
    let Beginning::SignIn(begun) = begun else {
        panic!("it is new")
    };
    let mut browser = Browser::default();
    let back = browser.sign_in(begun.authorization_url(), "chloe").await;
    town.node.kill().await;
    let lost = begun.finish(&back).await.unwrap_err();
    let is_lost = matches!(lost, relais_client::Error::Unreachable { .. });
    assert!(is_lost, "{lost}");
    town.node.restart().await;
    let again = SignIn::begin(options).await.unwrap();
    let Beginning::Enrolled(client) = again else {
        panic!("nobody has to sign in again")
    };
    assert_eq!(client.me().display_name, "Chloé Côté");
}
