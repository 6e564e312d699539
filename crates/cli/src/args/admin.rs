//! `relais admin`: what the operator and administrators do.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::{IdentityProviderCommand, RevokeCommand, ScimTokenArgs};

/// Who administers: the operator with a token, or an administrator with an account.
#[derive(Clone, Debug, Args)]
pub struct AdminAccess {
    /// Data folder of a server on this machine: address, CA and operator token are read from it.
    #[arg(long, value_name = "DIR", conflicts_with_all = ["server", "ca", "operator_token_file"])]
    pub data_dir: Option<PathBuf>,
    /// Address of the server, such as `https://relais.example:8443`.
    #[arg(
        long,
        value_name = "URL",
        requires = "ca",
        requires = "operator_token_file"
    )]
    pub server: Option<String>,
    /// PEM file with the certificate authority of the server's certificate.
    #[arg(long, value_name = "FILE", requires = "server")]
    pub ca: Option<PathBuf>,
    /// File that holds the operator's token.
    #[arg(long, value_name = "FILE", requires = "server")]
    pub operator_token_file: Option<PathBuf>,
}

/// `relais admin …`
#[derive(Debug, Subcommand)]
pub enum AdminCommand {
    /// Organisations.
    #[command(subcommand)]
    Org(OrgCommand),
    /// Invite a new person, or a further device of somebody enrolled.
    Invite(InviteArgs),
    /// End a device, or all devices of a person who has left.
    #[command(subcommand)]
    Revoke(RevokeCommand),
    /// Where an organisation's people sign in to enrol their devices.
    #[command(subcommand)]
    IdentityProvider(IdentityProviderCommand),
    /// Make the token with which an identity provider reports who has left (SCIM).
    ScimToken(ScimTokenArgs),
    /// People of an organisation and their devices.
    #[command(subcommand)]
    Member(MemberCommand),
    /// Community services.
    #[command(subcommand)]
    Service(ServiceCommand),
}

/// `relais admin org …`
#[derive(Debug, Subcommand)]
pub enum OrgCommand {
    /// Admit an organisation (operator).
    Add(OrgAddArgs),
    /// Certify an organisation's own authority (operator).
    Certify(OrgCertifyArgs),
    /// List the organisations.
    #[command(
        after_help = "Examples:\n  relais admin org list --data-dir relais-data\n  relais admin org list --json"
    )]
    List {
        /// Who administers.
        #[command(flatten)]
        access: AdminAccess,
    },
}

/// Admits an organisation.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais admin org add sainte-luce.internal \"Hôpital Sainte-Luce\" --data-dir relais-data"
)]
pub struct OrgAddArgs {
    /// Its DNS domain, which ends in `.internal`.
    pub domain: String,
    /// Its name as people know it.
    pub name: String,
    /// It brings its own certificate authority: none is made on the server.
    #[arg(long)]
    pub own_authority: bool,
    /// Who administers.
    #[command(flatten)]
    pub access: AdminAccess,
}

/// Certifies.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais admin org certify sainte-luce.internal --request request.pem --out authority.pem --data-dir relais-data

From then on the server cannot certify anybody of the organisation: its signing agent does. Make
sure by another way that the request comes from the organisation.")]
pub struct OrgCertifyArgs {
    /// The organisation's domain.
    pub domain: String,
    /// The request that `relais org init` has made.
    #[arg(long, value_name = "FILE")]
    pub request: PathBuf,
    /// Where to write the certificate; printed if left out.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
    /// Who administers.
    #[command(flatten)]
    pub access: AdminAccess,
}

/// Invites.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais admin invite sainte-luce.internal \"Amélie Roy\" --profession navigator --data-dir relais-data
  relais admin invite sainte-luce.internal --device-of \"Amélie Roy\"")]
pub struct InviteArgs {
    /// The organisation's domain.
    pub organisation: String,
    /// The new person's name as colleagues know it.
    #[arg(required_unless_present = "device_of", conflicts_with = "device_of")]
    pub name: Option<String>,
    /// The new person's profession, such as `navigator`.
    #[arg(long, required_unless_present = "device_of", value_name = "CODE")]
    pub profession: Option<String>,
    /// Lets the new person invite others and maintain the directory.
    #[arg(long, conflicts_with = "device_of")]
    pub administrator: bool,
    /// A further device of this person instead: name, id or resource name.
    #[arg(long, value_name = "PERSON")]
    pub device_of: Option<String>,
    /// Who administers.
    #[command(flatten)]
    pub access: AdminAccess,
}

/// `relais admin member …`
#[derive(Debug, Subcommand)]
pub enum MemberCommand {
    /// List an organisation's people with their devices.
    #[command(
        after_help = "Examples:\n  relais admin member list sainte-luce.internal --data-dir relais-data"
    )]
    List {
        /// The organisation's domain.
        organisation: String,
        /// Who administers.
        #[command(flatten)]
        access: AdminAccess,
    },
}

/// `relais admin service …`
#[derive(Debug, Subcommand)]
pub enum ServiceCommand {
    /// Publish a community service.
    Add(Box<ServiceAddArgs>),
    /// List the services.
    #[command(after_help = "Examples:\n  relais admin service list --data-dir relais-data")]
    List {
        /// Who administers.
        #[command(flatten)]
        access: AdminAccess,
    },
}

/// Publishes a service.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais admin service add carrefour.internal \"Popote roulante\" --person \"Lise Tremblay\" \\
      --speaks fr --area H2X --access \"65 ans et plus\"")]
pub struct ServiceAddArgs {
    /// The organisation's domain.
    pub organisation: String,
    /// Its name as people know it.
    pub name: String,
    /// Who answers for it: name, id or resource name; may be repeated.
    #[arg(long = "person", value_name = "PERSON")]
    pub people: Vec<String>,
    /// What it offers.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub description: String,
    /// A language it is given in, BCP 47; may be repeated.
    #[arg(long = "speaks", value_name = "TAG")]
    pub languages: Vec<String>,
    /// An area served; may be repeated, everywhere if left out.
    #[arg(long = "area", value_name = "AREA")]
    pub areas: Vec<String>,
    /// Who is eligible and how one gets in.
    #[arg(
        long = "access",
        id = "access_criteria",
        default_value = "",
        value_name = "TEXT"
    )]
    pub access_criteria: String,
    /// What sort of service it is, such as food or mental-health.
    #[arg(long, default_value = "", value_name = "CODE")]
    pub kind: String,
    /// It takes no referrals at the moment.
    #[arg(long)]
    pub referrals_closed: bool,
    /// When somebody is there, such as "mon-fri 8:00-16:00"; may be repeated.
    #[arg(long = "hours", value_name = "DAYS FROM-UNTIL")]
    pub hours: Vec<String>,
    /// Who administers.
    #[command(flatten)]
    pub access: AdminAccess,
}
