//! The word of identity providers, checked with the keys that they publish.
//!
//! A provider is asked for its keys when the first token of it comes, once an hour after that,
//! and when a token names a key that is not among them, but for that, and after a failure, at
//! most four times a minute: tokens come from anybody. These are the only calls that the server makes to others.

use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use openidconnect::{
    AdditionalClaims, ClaimsVerificationError, ClientId, IdToken, IdTokenVerifier, IssuerUrl,
    Nonce, SignatureVerificationError,
    core::{
        CoreGenderClaim, CoreJsonWebKey, CoreJsonWebKeySet, CoreJweContentEncryptionAlgorithm,
        CoreJwsSigningAlgorithm as Alg,
    },
};
use relais_service::{Claims, Expected, IdTokens};
use relais_types::{Error, Reason, Result, Timestamp};
use reqwest::{Client, Url, redirect::Policy};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::{Map, Value};
use tokio::time::Instant;

/// How long a provider may take for one document.
const TIMEOUT: Duration = Duration::from_secs(3);
/// Largest document in bytes.
const MAX_DOCUMENT: usize = 256 * 1024;
/// How long published keys are believed, and so how long a withdrawn one works at most.
const FRESH: Duration = Duration::from_hours(1);
/// Pause after a call to a provider that failed, or that was made for a key that was not known.
const PAUSE: Duration = Duration::from_secs(15);
/// How old a token may be. It is used at once; an old one was kept by somebody.
const MAX_AGE: Duration = Duration::from_mins(10);
/// How far the provider's clock may be ahead.
const SKEW: Duration = Duration::from_mins(2);

/// Signatures that anybody can verify and the provider alone can make (RFC 8725 §3.1):
/// neither `none` nor a MAC under a secret that is shared.
const ALGORITHMS: [Alg; 9] = [
    Alg::RsaSsaPkcs1V15Sha256,
    Alg::RsaSsaPkcs1V15Sha384,
    Alg::RsaSsaPkcs1V15Sha512,
    Alg::RsaSsaPssSha256,
    Alg::RsaSsaPssSha384,
    Alg::RsaSsaPssSha512,
    Alg::EcdsaP256Sha256,
    Alg::EcdsaP384Sha384,
    Alg::EdDsa,
];

/// Claims that the standard does not name, as they are.
#[derive(Debug, Serialize, Deserialize)]
struct Others(#[serde(default)] Map<String, Value>);

impl AdditionalClaims for Others {}

type Token = IdToken<Others, CoreGenderClaim, CoreJweContentEncryptionAlgorithm, Alg>;

/// Verifies ID tokens with the keys that their issuers publish.
#[derive(Default)]
pub(crate) struct PublishedKeys {
    issuers: Mutex<HashMap<String, Arc<tokio::sync::Mutex<Issuer>>>>,
}

/// What is known of one issuer.
#[derive(Default)]
struct Issuer {
    keys: Option<CoreJsonWebKeySet>,
    fetched: Option<Instant>,
    /// When a call for a key that was not known was made.
    asked: Option<Instant>,
    /// When a call failed.
    failed: Option<Instant>,
}

/// The part of a discovery document that is needed (OpenID Connect Discovery 1.0 §3).
#[derive(Deserialize)]
struct Discovery {
    issuer: String,
    jwks_uri: String,
}

impl PublishedKeys {
    /// The issuer's keys; newer ones than those that were fetched before if `newer`, and if it
    /// is not too early to ask again.
    async fn keys(&self, issuer: &str, newer: bool) -> Result<CoreJsonWebKeySet> {
        let known = {
            // An entry is complete when the lock is released.
            let mut issuers = self.issuers.lock().unwrap_or_else(PoisonError::into_inner);
            Arc::clone(issuers.entry(issuer.to_owned()).or_default())
        };
        // Held while they are fetched, so that many tokens ask once.
        let mut known = known.lock().await;
        let now = Instant::now();
        let within = |at: Option<Instant>, time| at.is_some_and(|at| now < at + time);
        let ask = newer && !within(known.asked, PAUSE);
        if let Some(keys) = &known.keys
            && within(known.fetched, FRESH)
            && !ask
        {
            return Ok(keys.clone());
        }
        if within(known.failed, PAUSE) {
            return Err(unavailable());
        }
        if newer {
            known.asked = Some(now);
        }
        match fetch_keys(issuer).await {
            Ok(keys) => {
                known.keys = Some(keys.clone());
                known.fetched = Some(now);
                Ok(keys)
            }
            Err(problem) => {
                known.failed = Some(now);
                tracing::warn!(
                    issuer,
                    ?problem,
                    "an identity provider cannot be asked for its keys"
                );
                Err(unavailable())
            }
        }
    }
}

/// Asks the issuer where its keys are, and fetches them.
async fn fetch_keys(issuer: &str) -> std::result::Result<CoreJsonWebKeySet, String> {
    // Only an issuer that the operator has set to this machine may send calls there.
    let is_local = issuer.starts_with("http://");
    // A redirect could lead to where the operator has not said that calls may go.
    let client = Client::builder().redirect(Policy::none()).timeout(TIMEOUT);
    let client = if is_local {
        client.no_proxy()
    } else {
        client.https_only(true)
    };
    // Made anew each time, and rarely: the system's authorities may have changed.
    let client = client.build().map_err(|error| causes(&error))?;
    let path = "/.well-known/openid-configuration";
    let document = format!("{}{path}", issuer.trim_end_matches('/'));
    let discovery: Discovery = fetch(&client, is_local, &document).await?;
    if discovery.issuer != issuer {
        return Err(format!("it calls itself {:?}", discovery.issuer));
    }
    fetch(&client, is_local, &discovery.jwks_uri).await
}

async fn fetch<T: DeserializeOwned>(
    client: &Client,
    is_local: bool,
    url: &str,
) -> std::result::Result<T, String> {
    let url: Url = url.parse().map_err(|error| format!("{url:?}: {error}"))?;
    if url.scheme() != "https" && !(is_local && is_loopback(&url)) {
        return Err(format!("{url} is not https"));
    }
    let reading = async {
        let mut response = client.get(url.clone()).send().await?.error_for_status()?;
        let mut body = Vec::new();
        while let Some(chunk) = response.chunk().await? {
            body.extend_from_slice(&chunk);
            if body.len() > MAX_DOCUMENT {
                break;
            }
        }
        Ok::<_, reqwest::Error>((response.status(), body))
    };
    let (status, body) = reading.await.map_err(|error| causes(&error))?;
    // A redirect, which is not followed.
    if !status.is_success() {
        return Err(format!("{url} answers {status}"));
    }
    if body.len() > MAX_DOCUMENT {
        return Err(format!("{url} is larger than {MAX_DOCUMENT} bytes"));
    }
    serde_json::from_slice(&body).map_err(|error| format!("{url}: {error}"))
}

#[tonic::async_trait]
impl IdTokens for PublishedKeys {
    async fn verify(&self, id_token: &str, expected: Expected) -> Result<Claims> {
        let token: Token = id_token
            .parse()
            .map_err(|_| invalid("it is not an ID token: sign in again"))?;
        let keys = self.keys(&expected.issuer, false).await?;
        match check(&token, keys, &expected) {
            Err(ClaimsVerificationError::SignatureVerification(
                SignatureVerificationError::NoMatchingKey,
            )) => {
                let newer = self.keys(&expected.issuer, true).await?;
                check(&token, newer, &expected)
            }
            outcome => outcome,
        }
        .map_err(|error| {
            tracing::info!(issuer = expected.issuer, ?error, "an ID token was refused");
            invalid(problem(&error))
        })
    }
}

fn check(
    token: &Token,
    keys: CoreJsonWebKeySet,
    expected: &Expected,
) -> std::result::Result<Claims, ClaimsVerificationError> {
    let other = |problem: &str| ClaimsVerificationError::Other(problem.to_owned());
    let issuer = IssuerUrl::new(expected.issuer.clone()).map_err(|_| other("no issuer"))?;
    let now = date(expected.now);
    let verifier = IdTokenVerifier::<CoreJsonWebKey>::new_public_client(
        ClientId::new(expected.client_id.clone()),
        issuer,
        keys,
    )
    .set_allowed_algs(ALGORITHMS)
    .set_time_fn(move || now)
    .set_issue_time_verifier_fn(move |issued| {
        let age = (now - issued).to_std().unwrap_or_default();
        let ahead = (issued - now).to_std().unwrap_or_default();
        match () {
            () if age > MAX_AGE => Err("the token is too old".to_owned()),
            () if ahead > SKEW => Err("the token is of the future".to_owned()),
            () => Ok(()),
        }
    });
    let claims = token.claims(&verifier, &Nonce::new(expected.nonce.clone()))?;
    // OpenID Connect Core 1.0 §3.1.3.7, number 5.
    let party = claims.authorized_party();
    if party.is_some_and(|party| party.as_str() != expected.client_id) {
        let problem = "the authorised party is another one".to_owned();
        return Err(ClaimsVerificationError::InvalidAudience(problem));
    }
    let subject = claims.subject().to_string();
    match serde_json::to_value(claims) {
        Ok(Value::Object(all)) => Ok(Claims { subject, all }),
        _ => Err(other("the claims cannot be read")),
    }
}

/// Plain words for whoever signed in.
fn problem(error: &ClaimsVerificationError) -> &'static str {
    match error {
        ClaimsVerificationError::Expired(_) => "it has expired: sign in again",
        ClaimsVerificationError::InvalidNonce(_) => {
            "it was made for the keys of another device: sign in again on this one"
        }
        ClaimsVerificationError::InvalidAudience(_) => {
            "it was made for another application: sign in again from here"
        }
        ClaimsVerificationError::InvalidIssuer(_) => {
            "it was made by another identity provider: sign in at your organisation's"
        }
        ClaimsVerificationError::SignatureVerification(_) => {
            "its signature is not one of your organisation's identity provider: sign in again"
        }
        _ => "it cannot be used: sign in again, and tell your administrator if that does not help",
    }
}

fn invalid(problem: &'static str) -> Error {
    Error::new(
        Reason::IdTokenInvalid,
        format!("the ID token was refused: {problem}"),
    )
}

fn unavailable() -> Error {
    Error::new(
        Reason::IdentityProviderUnavailable,
        "your organisation's identity provider did not answer this server: try again later",
    )
    .retry_after(PAUSE)
}

fn date(at: Timestamp) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp_micros(at.as_micros()).unwrap_or_default()
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse()
            .is_ok_and(|ip: std::net::IpAddr| ip.is_loopback())
}

/// The innermost cause says what the network did.
fn causes(error: &dyn std::error::Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    format!("{error}: {innermost}")
}

impl fmt::Debug for PublishedKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PublishedKeys(…)")
    }
}
