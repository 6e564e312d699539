//! ID tokens in the wrong hands: a real OpenID provider, and what a thief or a liar could try with
//! what it signs.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use relais_mls::SigningKey;
use relais_proto::{
    identity::{
        EnrolRequest, EnrolWithIdentityProviderRequest, EnrolWithIdentityProviderResponse,
        identity_service_client::IdentityServiceClient,
    },
    status::from_status,
};
use relais_tests::{Browser, CLIENT_ID, IdentityProvider, REDIRECT, Town, request_id};
use relais_types::{Clock as _, OsEntropy, SystemClock, Timestamp};
use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};
use tonic::{Response, Status};

use super::{Table, told};
use crate::sign_in::{HOSPITAL, set, town};

/// What is said to a token that is not the device's; each row adds why.
const INVALID: &str = "Unauthenticated ID_TOKEN_INVALID";
const SIGNATURE: &str = "signature";

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

type Answer = Result<Response<EnrolWithIdentityProviderResponse>, Status>;

async fn send(town: &Town, request: EnrolWithIdentityProviderRequest) -> Answer {
    let mut identity = IdentityServiceClient::new(town.node.channel().await);
    identity.enrol_with_identity_provider(request).await
}

/// Code and reason, and whether the words say `why`.
fn because(answer: Answer, why: &str) -> String {
    let words = match &answer {
        Ok(_) => String::new(),
        Err(status) => from_status(status).to_string(),
    };
    let got = told(answer);
    if words.contains(why) {
        format!("{got}: {why}")
    } else {
        format!("{got}: {words}")
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
async fn stolen_and_forged() {
    let Some((town, provider)) = town().await else {
        return;
    };
    let mut table = Table::new("ID tokens that were not made for this");
    let (keys, others) = (Keys::new(), Keys::new());
    let good = id_token(&provider, CLIENT_ID, &keys.nonce()).await;
    let header: Value = serde_json::from_slice(
        &URL_SAFE_NO_PAD
            .decode(good.split('.').next().unwrap())
            .unwrap(),
    )
    .unwrap();
    assert_eq!(header["alg"], "RS256", "{header}");
    let (device, audience) = ("keys of another device", "another application");
    let (issuer, none) = ("another identity provider", "not an ID token");
    let other_nonce = id_token(&provider, CLIENT_ID, "0123").await;
    let other_audience = id_token(&provider, "another", &keys.nonce()).await;
    let with = |claim: &str, value| tampered(&good, claim, value);
    let later = json!(9_999_999_999_u64);
    let elsewhere = json!("https://login.example");
    let alg_none = unsigned(&good, &json!({"alg": "none"}));
    for (name, keys, token, why) in [
        ("a token for other keys", &others, good.clone(), device),
        ("another nonce", &keys, other_nonce, device),
        ("no nonce", &keys, with("nonce", Value::Null), SIGNATURE),
        ("another audience", &keys, other_audience, audience),
        (
            "another subject",
            &keys,
            with("sub", json!("luc")),
            SIGNATURE,
        ),
        ("a later end", &keys, with("exp", later), SIGNATURE),
        ("another issuer", &keys, with("iss", elsewhere), issuer),
        ("a broken signature", &keys, broken(&good), SIGNATURE),
        ("no signature", &keys, unsigned(&good, &header), SIGNATURE),
        ("alg:none", &keys, alg_none, SIGNATURE),
        (
            "alg:HS256 by what is public",
            &keys,
            symmetric(&good, &header),
            SIGNATURE,
        ),
        ("no token", &keys, "x.y.z".to_owned(), none),
        ("an empty token", &keys, String::new(), none),
    ] {
        let answer = send(&town, keys.request(HOSPITAL, &token)).await;
        table.row(name, &format!("{INVALID}: {why}"), because(answer, why));
    }
    for (name, organisation) in [
        ("an organisation that there is not", "nowhere.internal"),
        ("an organisation without a provider", "clinic.internal"),
    ] {
        let answer = send(&town, keys.request(organisation, &good)).await;
        table.row(name, "NotFound NOT_FOUND", told(answer));
    }
    let mut unproved = keys.request(HOSPITAL, &good);
    unproved.enrolment.as_mut().unwrap().device_key_proof = vec![0; 64].into();
    let answer = send(&town, unproved).await;
    let invalid = "Unauthenticated PROOF_INVALID";
    table.row("the token without the keys", invalid, told(answer));

    // All of it did nothing to the token itself; but it works once.
    let request = keys.request(HOSPITAL, &good);
    let first = send(&town, request.clone()).await;
    let device = first.as_ref().unwrap().get_ref().clone();
    table.row("the token as it was meant", "OK", told(first));
    let again = send(&town, request).await;
    assert_eq!(again.as_ref().unwrap().get_ref(), &device);
    table.row(
        "… the same request again, the same answer",
        "OK",
        told(again),
    );
    let answer = send(&town, keys.request(HOSPITAL, &good)).await;
    let why = "enrolled before";
    let used = format!("InvalidArgument MALFORMED_FIELD: {why}");
    table.row("… the same token again", &used, because(answer, why));
    table.finish();
}

#[tokio::test]
async fn codes() {
    let Some((_town, provider)) = town().await else {
        return;
    };
    let mut table = Table::new("authorization codes at the provider");
    let wrong = "another-verifier-of-more-than-forty-three-characters";
    let answer = flow(&provider, CLIENT_ID, "0123", wrong).await;
    assert!(answer["id_token"].is_null(), "{answer}");
    let got = answer["error"].as_str().unwrap_or("a token").to_owned();
    table.row("a stolen code without its verifier", "invalid_grant", got);
    table.finish();
}

#[tokio::test]
async fn past_their_time() {
    let Some((town, mut provider)) = town().await else {
        return;
    };
    let mut table = Table::new("ID tokens past their time");
    set(&town, &provider, "brief").await;
    let keys = Keys::new();
    let brief = id_token(&provider, "brief", &keys.nonce()).await;
    let expiry = claims(&brief)["exp"].as_i64().unwrap();
    // What is waited for is the time itself.
    let expiry = Timestamp::from_micros(expiry * 1_000_000);
    tokio::time::sleep(expiry.since(SystemClock.now())).await;
    let answer = send(&town, keys.request(HOSPITAL, &brief)).await;
    let why = "expired";
    table.row(
        "an expired token",
        &format!("{INVALID}: {why}"),
        because(answer, why),
    );

    // New keys at the provider are found by the first token that names one.
    set(&town, &provider, CLIENT_ID).await;
    let old = id_token(&provider, CLIENT_ID, &keys.nonce()).await;
    provider.restart().await;
    let (rotated, elliptic) = (Keys::new(), Keys::new());
    let token = id_token(&provider, CLIENT_ID, &rotated.nonce()).await;
    let answer = send(&town, rotated.request(HOSPITAL, &token)).await;
    table.row("a token by the provider's next key", "OK", told(answer));
    let answer = send(&town, keys.request(HOSPITAL, &old)).await;
    let withdrawn = format!("{INVALID}: {SIGNATURE}");
    table.row(
        "one by the key that was withdrawn",
        &withdrawn,
        because(answer, SIGNATURE),
    );

    set(&town, &provider, "elliptic").await;
    let token = id_token(&provider, "elliptic", &elliptic.nonce()).await;
    let answer = send(&town, elliptic.request(HOSPITAL, &token)).await;
    table.row("a token by an elliptic key", "OK", told(answer));
    table.finish();
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
