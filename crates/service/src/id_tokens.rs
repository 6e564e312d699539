//! What identity providers say of people.

use std::fmt;

use relais_types::{Result, Timestamp};
use serde_json::{Map, Value};

/// Verifies what identity providers have signed.
///
/// Behind it stand the providers' published keys, and so the network. It is never asked
/// inside a transaction.
#[async_trait::async_trait]
pub trait IdTokens: Send + Sync + fmt::Debug {
    /// The claims of an ID token that is as expected: signed by a key that the issuer
    /// publishes, with an asymmetric algorithm; by this issuer, for this client alone, with
    /// this nonce, and not expired (OpenID Connect Core 1.0 §3.1.3.7).
    ///
    /// # Errors
    /// `ID_TOKEN_INVALID`, or `IDENTITY_PROVIDER_UNAVAILABLE` if the issuer's keys cannot be
    /// fetched.
    async fn verify(&self, id_token: &str, expected: Expected) -> Result<Claims>;
}

/// What an ID token must say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Expected {
    /// The issuer's URL.
    pub issuer: String,
    /// For whom the token must be.
    pub client_id: String,
    /// To what the token must be bound.
    pub nonce: String,
    /// The time by which it is judged.
    pub now: Timestamp,
}

/// What a verified ID token says.
#[derive(Clone, PartialEq, Eq)]
pub struct Claims {
    /// The issuer's name for the person.
    pub subject: String,
    /// All claims by name.
    pub all: Map<String, Value>,
}

impl Claims {
    /// A claim that is a text with something in it.
    pub(crate) fn text(&self, name: &str) -> Option<&str> {
        self.all
            .get(name)
            .and_then(Value::as_str)
            .map(str::trim)
            .filter(|text| !text.is_empty())
    }

    /// Whether a claim is true.
    pub(crate) fn is_true(&self, name: &str) -> bool {
        self.all.get(name) == Some(&Value::Bool(true))
    }

    /// Whether a claim is a list with this text, or the text itself.
    pub(crate) fn lists(&self, name: &str, text: &str) -> bool {
        match self.all.get(name) {
            Some(Value::Array(items)) => items.iter().any(|item| item.as_str() == Some(text)),
            Some(item) => item.as_str() == Some(text),
            None => false,
        }
    }
}

impl fmt::Debug for Claims {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Claims(…)")
    }
}
