//! Enrolling through a real OpenID provider, as a person does it with a browser, and everything
//! that a thief or a liar could try with its tokens.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use relais_client::{Beginning, Client, Redirect, SignIn, SignInOptions, Update};
use relais_mls::SigningKey;
use relais_proto::{
    identity::{
        EnrolRequest, EnrolWithIdentityProviderRequest, IdentityProvider as Provider,
        identity_service_client::IdentityServiceClient,
    },
    status::from_status,
};
use relais_tests::{Browser, CLIENT_ID, IdentityProvider, PATIENCE, REDIRECT, Town, request_id};
use relais_types::{Clock as _, Error, OrgDomain, OsEntropy, Reason, SystemClock, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

const HOSPITAL: &str = "hospital.internal";

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
async fn town() -> Option<(Town, IdentityProvider)> {
    let provider = IdentityProvider::start(&accounts()).await?;
    let town = Town::found().await;
    set(&town, &provider, CLIENT_ID).await;
    Some((town, provider))
}

async fn set(town: &Town, provider: &IdentityProvider, client_id: &str) {
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

/// A new device by nothing but the published API.
struct Keys {
    signature: SigningKey,
    device: SigningKey,
}

impl Keys {
    fn new() -> Self {
        Self {
            signature: SigningKey::generate(&mut OsEntropy),
            device: SigningKey::generate(&mut OsEntropy),
        }
    }

    fn nonce(&self) -> String {
        let nonce = Sha256::new()
            .chain_update("relais/oidc-nonce/v1")
            .chain_update(self.signature.public())
            .chain_update(self.device.public())
            .finalize();
        hex::encode(nonce)
    }

    fn request(&self, organisation: &str, token: &str) -> EnrolWithIdentityProviderRequest {
        let (signature_key, device_key) = (self.signature.public(), self.device.public());
        let proven = [
            Sha256::digest(token).as_slice(),
            &signature_key,
            &device_key,
        ]
        .concat();
        let proof = |key: &SigningKey| key.sign("relais/enrol/v1", &proven).to_vec().into();
        EnrolWithIdentityProviderRequest {
            organisation: format!("organisations/{organisation}"),
            enrolment: Some(EnrolRequest {
                request_id: request_id(),
                code: token.to_owned(),
                device_label: "test".to_owned(),
                signature_key: signature_key.to_vec().into(),
                device_key: device_key.to_vec().into(),
                signature_key_proof: proof(&self.signature),
                device_key_proof: proof(&self.device),
            }),
        }
    }
}

async fn send(town: &Town, request: EnrolWithIdentityProviderRequest) -> Result<String, Error> {
    let mut identity = IdentityServiceClient::new(town.node.channel().await);
    match identity.enrol_with_identity_provider(request).await {
        Ok(enrolled) => Ok(enrolled.into_inner().enrolment.unwrap().device),
        Err(status) => Err(from_status(&status)),
    }
}

/// The authorization code flow by hand; the answer of the token endpoint.
async fn flow(provider: &IdentityProvider, client_id: &str, nonce: &str, verifier: &str) -> Value {
    let challenge = URL_SAFE_NO_PAD.encode(Sha256::digest(VERIFIER));
    let url = format!(
        "{}/auth?response_type=code&client_id={client_id}&redirect_uri={REDIRECT}&state=s\
         &scope=openid%20profile&nonce={nonce}&code_challenge={challenge}\
         &code_challenge_method=S256",
        provider.issuer()
    );
    let back = Browser::default().sign_in(&url, "chloe").await;
    let (_, code) = back.split_once("code=").expect("a code");
    let code = code.split('&').next().unwrap();
    provider.exchange(client_id, code, verifier).await
}

const VERIFIER: &str = "a-verifier-of-more-than-forty-three-characters-0123";

async fn id_token(provider: &IdentityProvider, client_id: &str, nonce: &str) -> String {
    let answer = flow(provider, client_id, nonce, VERIFIER).await;
    answer["id_token"]
        .as_str()
        .unwrap_or_else(|| panic!("{answer}"))
        .to_owned()
}

/// The token with another header, and signed by nobody.
fn unsigned(token: &str, header: &Value) -> String {
    let payload = token.split('.').nth(1).unwrap();
    format!("{}.{payload}.", URL_SAFE_NO_PAD.encode(header.to_string()))
}

/// The token with a MAC under what is public, in place of its signature.
fn symmetric(token: &str, header: &Value) -> String {
    let mut header = header.clone();
    header["alg"] = json!("HS256");
    let unsigned = unsigned(token, &header);
    let signed = unsigned.trim_end_matches('.');
    let mac = hmac_sha256(CLIENT_ID.as_bytes(), signed.as_bytes());
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(mac))
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

/// The token with another claim, under the signature that it had.
fn tampered(token: &str, claim: &str, value: Value) -> String {
    let parts: Vec<&str> = token.split('.').collect();
    let mut changed = claims(token);
    changed[claim] = value;
    let payload = URL_SAFE_NO_PAD.encode(changed.to_string());
    format!("{}.{payload}.{}", parts[0], parts[2])
}

#[tokio::test]
async fn a_token_opens_nothing_that_it_was_not_made_for() {
    let Some((town, provider)) = town().await else {
        return;
    };
    let (keys, others) = (Keys::new(), Keys::new());
    let good = id_token(&provider, CLIENT_ID, &keys.nonce()).await;
    let header: Value = serde_json::from_slice(
        &URL_SAFE_NO_PAD
            .decode(good.split('.').next().unwrap())
            .unwrap(),
    )
    .unwrap();
    assert_eq!(header["alg"], "RS256", "{header}");
    let hmac = symmetric(&good, &header);
    let (device, audience) = ("keys of another device", "another application");
    let (issuer, signature, none) = ("another identity provider", "signature", "not an ID token");
    let other_nonce = id_token(&provider, CLIENT_ID, "0123").await;
    let other_audience = id_token(&provider, "another", &keys.nonce()).await;
    let foreign = json!("https://login.example");
    let refused = [
        ("for other keys", &others, good.clone(), device),
        ("with another nonce", &keys, other_nonce, device),
        (
            "without a nonce",
            &keys,
            tampered(&good, "nonce", Value::Null),
            signature,
        ),
        ("for another audience", &keys, other_audience, audience),
        (
            "with another subject",
            &keys,
            tampered(&good, "sub", json!("luc")),
            signature,
        ),
        (
            "with a later end",
            &keys,
            tampered(&good, "exp", json!(9_999_999_999_u64)),
            signature,
        ),
        (
            "of another issuer",
            &keys,
            tampered(&good, "iss", foreign),
            issuer,
        ),
        ("with a broken signature", &keys, broken(&good), signature),
        (
            "without a signature",
            &keys,
            unsigned(&good, &header),
            signature,
        ),
        (
            "alg none",
            &keys,
            unsigned(&good, &json!({"alg": "none"})),
            signature,
        ),
        ("alg HS256", &keys, hmac, signature),
        ("no token", &keys, "x.y.z".to_owned(), none),
        ("empty", &keys, String::new(), none),
    ];
    for (what, keys, token, why) in refused {
        let error = send(&town, keys.request(HOSPITAL, &token))
            .await
            .unwrap_err();
        assert_eq!(error.reason, Reason::IdTokenInvalid, "{what}: {error}");
        assert!(error.to_string().contains(why), "{what}: {error}");
    }
    for organisation in ["nowhere.internal", "clinic.internal"] {
        let error = send(&town, keys.request(organisation, &good))
            .await
            .unwrap_err();
        assert_eq!(error.reason, Reason::NotFound, "{organisation}");
    }
    let mut unproved = keys.request(HOSPITAL, &good);
    unproved.enrolment.as_mut().unwrap().device_key_proof = vec![0; 64].into();
    let error = send(&town, unproved).await.unwrap_err();
    assert_eq!(
        error.reason,
        Reason::ProofInvalid,
        "a token alone is not enough"
    );
    // All of it did nothing to the token itself; but it works once.
    let request = keys.request(HOSPITAL, &good);
    let device = send(&town, request.clone()).await.unwrap();
    assert_eq!(
        send(&town, request).await.unwrap(),
        device,
        "a replay of the request"
    );
    let error = send(&town, keys.request(HOSPITAL, &good))
        .await
        .unwrap_err();
    assert_eq!(error.reason, Reason::MalformedField, "{error}");
    assert!(error.to_string().contains("enrolled before"), "{error}");
}

#[tokio::test]
async fn the_provider_keeps_codes_for_those_who_asked_for_them() {
    let Some((_, provider)) = town().await else {
        return;
    };
    let wrong = "another-verifier-of-more-than-forty-three-characters";
    let answer = flow(&provider, CLIENT_ID, "0123", wrong).await;
    assert_eq!(answer["error"], "invalid_grant", "{answer}");
    assert!(answer["id_token"].is_null());
}

#[tokio::test]
async fn an_expired_token_is_refused_and_so_is_one_whose_key_was_withdrawn() {
    let Some((town, mut provider)) = town().await else {
        return;
    };
    set(&town, &provider, "brief").await;
    let keys = Keys::new();
    let brief = id_token(&provider, "brief", &keys.nonce()).await;
    let expiry = claims(&brief)["exp"].as_i64().unwrap();
    // What is waited for is the time itself.
    let expiry = Timestamp::from_micros(expiry * 1_000_000);
    tokio::time::sleep(expiry.since(SystemClock.now())).await;
    let error = send(&town, keys.request(HOSPITAL, &brief))
        .await
        .unwrap_err();
    assert_eq!(error.reason, Reason::IdTokenInvalid);
    assert!(error.to_string().contains("expired"), "{error}");

    // New keys at the provider are found by the first token that names one.
    set(&town, &provider, CLIENT_ID).await;
    let old = id_token(&provider, CLIENT_ID, &keys.nonce()).await;
    provider.restart().await;
    let (rotated, elliptic) = (Keys::new(), Keys::new());
    let token = id_token(&provider, CLIENT_ID, &rotated.nonce()).await;
    send(&town, rotated.request(HOSPITAL, &token))
        .await
        .unwrap();
    let error = send(&town, keys.request(HOSPITAL, &old)).await.unwrap_err();
    assert_eq!(error.reason, Reason::IdTokenInvalid);
    assert!(error.to_string().contains("signature"), "{error}");

    set(&town, &provider, "elliptic").await;
    let token = id_token(&provider, "elliptic", &elliptic.nonce()).await;
    send(&town, elliptic.request(HOSPITAL, &token))
        .await
        .unwrap();
}

/// The token with one bit of its signature changed.
fn broken(token: &str) -> String {
    let (signed, signature) = token.rsplit_once('.').unwrap();
    let mut signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    signature[0] ^= 1;
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// RFC 2104, for a key shorter than a block.
fn hmac_sha256(key: &[u8], message: &[u8]) -> Vec<u8> {
    let pad = |byte: u8| {
        let mut block = [byte; 64];
        block.iter_mut().zip(key).for_each(|(b, k)| *b ^= k);
        block
    };
    let inner = Sha256::new()
        .chain_update(pad(0x36))
        .chain_update(message)
        .finalize();
    Sha256::new()
        .chain_update(pad(0x5c))
        .chain_update(inner)
        .finalize()
        .to_vec()
}
