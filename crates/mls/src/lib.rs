//! relais-mls
mod credential;
mod error;
mod framing;
mod key;
mod state;
mod storage;
mod trust;

#[cfg(any(test, feature = "authority"))]
pub mod authority;
#[cfg(test)]
mod fixture;

pub use credential::{Chain, Identity};
pub use error::{CredentialError, Error, Result};
pub use key::{SigningKey, verify};
pub use state::State;
pub use trust::TrustAnchors;
