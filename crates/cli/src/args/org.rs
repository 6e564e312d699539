//! `relais org`: an organisation that holds its own certificate authority.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::EndpointArgs;

/// `relais org …`
#[derive(Debug, Subcommand)]
pub enum OwnAuthorityCommand {
    /// Make the organisation's key, and the request to certify it.
    Init(OrgInitArgs),
    /// Announce invitations, so that the agent certifies the devices that enrol with them.
    Expect(OrgExpectArgs),
    /// Answer the server's requests for certificates, until interrupted.
    Agent(OrgAgentArgs),
    /// Show every certificate that was signed, after checking that none was taken out.
    #[command(
        after_help = "Examples:\n  relais org log authority\n  relais org log authority --json"
    )]
    Log {
        /// The authority's folder.
        folder: PathBuf,
    },
}

/// Makes a key.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais org init --organisation sainte-luce.internal authority

The folder stays with the organisation; keep a backup of it. The operator gets request.pem alone:
  relais admin org certify sainte-luce.internal --request request.pem --out authority.pem")]
pub struct OrgInitArgs {
    /// The organisation's domain.
    #[arg(long, value_name = "DOMAIN")]
    pub organisation: String,
    /// Folder to make; its key is sealed with the passphrase.
    pub folder: PathBuf,
}

/// Announces invitations.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais org expect authority 3F7K-…
  relais org expect authority 9QTW-… --device-of organisations/sainte-luce.internal/practitioners/…
  relais admin invite sainte-luce.internal \"Amélie Roy\" --profession navigator | relais org expect authority -")]
pub struct OrgExpectArgs {
    /// The authority's folder.
    pub folder: PathBuf,
    /// Invitation codes as they were given out; `-` reads one from the last line of standard input.
    #[arg(required = true)]
    pub codes: Vec<String>,
    /// The person whose further device it is, as `relais org log --json` and `relais admin
    /// members --json` name them. Without it, the agent certifies a device of somebody new alone.
    #[arg(long, value_name = "PRACTITIONER")]
    pub device_of: Option<String>,
}

/// Runs the agent.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais org agent authority --server https://relais.example:8443 --ca ca.pem
  relais org agent authority --server https://relais.example:8443 --ca ca.pem --ask
  relais org agent authority --data-dir relais-data --allow-enrolment --per-hour 5

Without --ask and --allow-enrolment only devices of invitations that `relais org expect` has
announced are certified.")]
pub struct OrgAgentArgs {
    /// The authority's folder.
    pub folder: PathBuf,
    /// Ask on the terminal about a device that nobody has announced.
    #[arg(long, conflicts_with = "allow_enrolment")]
    pub ask: bool,
    /// Certify devices that nobody has announced: this trusts the server's invitations.
    #[arg(long)]
    pub allow_enrolment: bool,
    /// With --allow-enrolment: at most so many of them in an hour.
    #[arg(
        long,
        default_value_t = 20,
        value_name = "COUNT",
        requires = "allow_enrolment"
    )]
    pub per_hour: u32,
    /// Where the server is.
    #[command(flatten)]
    pub endpoint: EndpointArgs,
}
