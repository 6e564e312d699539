//! The published API as Rust types, generated from `proto/` without `protoc`.
//!
//! Messages are always there; gRPC stubs stand behind the features `client` and `server`,
//! so that the domain and the client core see messages alone. The mapping between
//! [`relais_types::Error`] and `google.rpc.Status` lives here, once, in [`status`].

#[cfg(feature = "grpc")]
pub mod status;
mod time;

pub use time::{from_proto_time, to_proto_time};

#[expect(
    missing_docs,
    unreachable_pub,
    clippy::pedantic,
    reason = "generated; the documentation is in proto/"
)]
#[cfg_attr(
    feature = "server",
    expect(
        clippy::allow_attributes,
        reason = "the generated server stubs allow what they need"
    )
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/packages.rs"));
}

/// `relais.audit.v1`: who did what to identities, the directory and rosters.
pub use generated::relais::audit::v1 as audit;
/// `relais.care.v1`: the payload inside the encryption.
pub use generated::relais::care::v1 as care;
/// `relais.delivery.v1`: groups, logs and inboxes.
pub use generated::relais::delivery::v1 as delivery;
/// `relais.directory.v1`: organisations, people, services.
pub use generated::relais::directory::v1 as directory;
/// `relais.error.v1`: the closed set of reasons.
pub use generated::relais::error::v1 as error;
/// `relais.identity.v1`: invitations, enrolment, tokens, and the signing agents of organisations.
pub use generated::relais::identity::v1 as identity;
/// `relais.keypackage.v1`: MLS key packages.
pub use generated::relais::keypackage::v1 as keypackage;

/// The descriptor set of the whole API, for reflection.
pub const DESCRIPTORS: &[u8] = include_bytes!(concat!(env!("OUT_DIR"), "/descriptors.bin"));
