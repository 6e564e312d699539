//! Invitations, enrolment and tokens.

mod authenticate;
mod create_challenge;
mod create_invitation;
mod create_token;
mod enrol;

pub use authenticate::{authenticate, reauthenticate, token_expired};
pub use create_challenge::{CreateChallengeOutcome, CreateChallengeParams, create_challenge};
pub use create_invitation::{CreateInvitationOutcome, CreateInvitationParams, create_invitation};
pub use create_token::{CreateTokenOutcome, CreateTokenParams, create_token};
pub use enrol::{EnrolOutcome, EnrolParams, enrol};

/// Longest name of a person, an organisation or a service, in characters.
pub(crate) const MAX_NAME: usize = 120;
/// Longest profession code or device label, in characters.
pub(crate) const MAX_LABEL: usize = 60;
