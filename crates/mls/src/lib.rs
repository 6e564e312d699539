//! relais-mls
mod commit;
mod credential;
mod device;
mod error;
mod framing;
mod group;
mod key;
mod message;
mod policy;
mod state;
mod storage;
mod trust;
mod validator;
mod wire;

#[cfg(any(test, feature = "authority"))]
pub mod authority;
#[cfg(test)]
mod fixture;
#[cfg(test)]
mod scenarios;

pub use commit::{Change, EpochChange, StagedCommit};
pub use credential::{Chain, Identity};
pub use device::Mls;
pub use error::{CredentialError, Error, Result};
pub use group::{Genesis, Joined, Member};
pub use key::{SigningKey, verify};
pub use message::{Encrypted, Processed};
pub use policy::{
    KEY_PACKAGE_LIFETIME, MAX_PAST_EPOCHS, MAXIMUM_FORWARD_DISTANCE, OUT_OF_ORDER_TOLERANCE,
};
pub use state::State;
pub use trust::TrustAnchors;
pub use validator::{
    ApplicationHeader, KeyPackageInfo, OpenedGroup, ValidatedCommit, application_header,
    open_group, validate_commit, validate_key_package,
};
