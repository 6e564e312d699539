//! Invitations, enrolment, tokens and revocation.

mod authenticate;
mod create_challenge;
mod create_invitation;
mod create_token;
mod enrol;
mod enrol_with_identity_provider;
mod get_identity_provider;
mod identified;
mod revoke;
mod set_identity_provider;

pub use authenticate::{authenticate, reauthenticate, token_expired};
pub use create_challenge::{CreateChallengeOutcome, CreateChallengeParams, create_challenge};
pub use create_invitation::{CreateInvitationOutcome, CreateInvitationParams, create_invitation};
pub use create_token::{CreateTokenOutcome, CreateTokenParams, create_token};
pub use enrol::{EnrolOutcome, EnrolParams, enrol};
pub use enrol_with_identity_provider::{
    EnrolWithIdentityProviderParams, enrol_with_identity_provider,
};
pub use get_identity_provider::{
    GetIdentityProviderOutcome, GetIdentityProviderParams, get_identity_provider,
};
pub(crate) use revoke::revoke_departed;
pub use revoke::{
    RevokeDeviceParams, RevokeOutcome, RevokePractitionerParams, revoke_device, revoke_practitioner,
};
pub use set_identity_provider::{SetIdentityProviderParams, set_identity_provider};

/// Longest name of a person, an organisation or a service, in characters.
pub(crate) const MAX_NAME: usize = 120;
/// Longest profession code or device label, in characters.
pub(crate) const MAX_LABEL: usize = 60;
