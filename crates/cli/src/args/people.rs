//! Enrolment and the directory.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Where the server is.
#[derive(Clone, Debug, Args)]
pub struct EndpointArgs {
    /// Address of the server, such as `https://relais.example:8443`.
    #[arg(
        long,
        value_name = "URL",
        requires = "ca",
        required_unless_present = "data_dir"
    )]
    pub server: Option<String>,
    /// PEM file with the certificate authority of the server's certificate.
    #[arg(long, value_name = "FILE", requires = "server")]
    pub ca: Option<PathBuf>,
    /// Data folder of a server on this machine, instead of the two above.
    #[arg(long, value_name = "DIR", conflicts_with = "server")]
    pub data_dir: Option<PathBuf>,
}

/// Enrols this device.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais --account amelie.relais enrol CODE --server https://localhost:8443 --ca ca.pem
  relais --account amelie.relais enrol - --data-dir relais-data --label phone < code.txt
  relais --account amelie.relais enrol --oidc --organisation sainte-luce.internal --data-dir relais-data

The passphrase seals the account's file. Whoever loses it enrols again with a new invitation.")]
pub struct EnrolArgs {
    /// The invitation code; `-` reads it from standard input.
    #[arg(required_unless_present = "oidc", conflicts_with = "oidc")]
    pub code: Option<String>,
    /// Sign in at your organisation's identity provider instead, in a browser on this machine.
    #[arg(long, requires = "organisation")]
    pub oidc: bool,
    /// The domain of the organisation whose identity provider it is.
    #[arg(long, value_name = "DOMAIN", requires = "oidc")]
    pub organisation: Option<String>,
    /// What you call this device.
    #[arg(long, default_value = "desk", value_name = "NAME")]
    pub label: String,
    /// Where the server is.
    #[command(flatten)]
    pub endpoint: EndpointArgs,
}

/// `relais directory …`
#[derive(Debug, Subcommand)]
pub enum DirectoryCommand {
    /// Find people by name or profession.
    #[command(
        after_help = "Examples:\n  relais directory people\n  relais directory people roy --organisation sainte-luce.internal"
    )]
    People {
        /// Part of a name or of a profession; everybody if left out.
        #[arg(default_value = "")]
        query: String,
        /// Only this organisation's people.
        #[arg(long, value_name = "DOMAIN")]
        organisation: Option<String>,
    },
    /// Find community services.
    #[command(
        after_help = "Examples:\n  relais directory services repas --speaks fr --area H2X\n  relais directory services --kind food --eligible 65 --accepting --open-at \"tue 18:00\""
    )]
    Services(ServiceFilter),
    /// Which services serve an area, how your organisation stands with them, and what they last
    /// answered about room.
    #[command(
        after_help = "Examples:\n  relais directory map --area H2X\n  relais directory map --kind mental-health --json"
    )]
    Map(ServiceFilter),
}

/// Which services; what is left out matches everything.
#[derive(Debug, Args)]
pub struct ServiceFilter {
    /// Words in the name, description or criteria; everything if left out.
    #[arg(default_value = "")]
    pub query: String,
    /// A language it must be given in, BCP 47.
    #[arg(long, default_value = "", value_name = "TAG")]
    pub speaks: String,
    /// An area it must serve.
    #[arg(long, default_value = "", value_name = "AREA")]
    pub area: String,
    /// The kind it must be of, such as food.
    #[arg(long, default_value = "", value_name = "KIND")]
    pub kind: String,
    /// Words in the criteria.
    #[arg(long, default_value = "", value_name = "WORDS")]
    pub eligible: String,
    /// Only those that take referrals.
    #[arg(long)]
    pub accepting: bool,
    /// When somebody must be there: day and time of the service.
    #[arg(long, value_name = "DAY TIME")]
    pub open_at: Option<String>,
}

/// What was not to be had.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais unmet
  relais unmet --since 2026-01-01 --json

Counts of declined referrals and of enquiries that found no room, by service, area and reason.")]
pub struct UnmetArgs {
    /// Counts what was asked since then: a date, or a date and time, UTC; the last 90 days if
    /// left out.
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
}
