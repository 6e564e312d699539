//! `relais admin revoke`: ending devices.

use clap::{Args, Subcommand};

use super::AdminAccess;

/// `relais admin revoke …`
#[derive(Debug, Subcommand)]
pub enum RevokeCommand {
    /// End one device for good: lost, stolen or replaced.
    #[command(
        after_help = "Examples:\n  relais admin revoke device sainte-luce.internal 5f3a --data-dir relais-data"
    )]
    Device(RevokeArgs),
    /// End all devices of a person who has left, and their open invitations.
    #[command(
        after_help = "Examples:\n  relais admin revoke practitioner sainte-luce.internal \"Amélie Roy\" --data-dir relais-data"
    )]
    Practitioner(RevokeArgs),
}

/// Whom.
#[derive(Debug, Args)]
pub struct RevokeArgs {
    /// The organisation's domain.
    pub organisation: String,
    /// A device by the beginning of its id, its label or its resource name; a person by name,
    /// id or resource name.
    pub whom: String,
    /// Who administers.
    #[command(flatten)]
    pub access: AdminAccess,
}
