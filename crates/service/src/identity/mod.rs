//! Invitations, enrolment, certificates, tokens and revocation.

mod authenticate;
mod create_challenge;
mod create_invitation;
mod create_token;
mod enrol;
mod enrol_with_identity_provider;
mod get_identity_provider;
mod identified;
mod renew;
mod revoke;
mod set_identity_provider;
mod step_up;

pub use authenticate::{PeerCertificate, Presented, authenticate, reauthenticate};
pub use create_challenge::{CreateChallengeOutcome, CreateChallengeParams, create_challenge};
pub use create_invitation::{CreateInvitationOutcome, CreateInvitationParams, create_invitation};
pub use create_token::{CreateTokenOutcome, CreateTokenParams, create_token};
pub(crate) use create_token::{challenge_expired, use_challenge};
pub use enrol::{EnrolOutcome, EnrolParams, enrol};
pub use enrol_with_identity_provider::{
    EnrolWithIdentityProviderParams, enrol_with_identity_provider,
};
pub use get_identity_provider::{
    GetIdentityProviderOutcome, GetIdentityProviderParams, get_identity_provider,
};
pub use renew::{RenewParams, renew_credential, renew_transport_certificate};
pub(crate) use revoke::revoke_departed;
pub use revoke::{
    RevokeDeviceParams, RevokeOutcome, RevokePractitionerParams, revoke_device, revoke_practitioner,
};
pub use set_identity_provider::{SetIdentityProviderParams, set_identity_provider};
pub use step_up::{StepUpOutcome, StepUpParams, step_up};

/// Longest name of a person, an organisation or a service, in characters.
pub(crate) const MAX_NAME: usize = 120;
/// Longest profession code or device label, in characters.
pub(crate) const MAX_LABEL: usize = 60;
