//! `relais audit`: who did what, for the operator and an organisation's officers.

use clap::{Args, Subcommand};

use super::{AdminAccess, AuditViewsArgs, OfficerKeyCommand};

/// `relais audit …`
#[derive(Debug, Subcommand)]
pub enum AuditCommand {
    /// Recompute the chain of the audit trail and name the first event that was changed.
    Verify(AuditVerifyArgs),
    /// List what was done, by whom, to what.
    Report(AuditReportArgs),
    /// The privacy officer's key, to which views of your organisation's cases are sealed.
    #[command(subcommand)]
    OfficerKey(OfficerKeyCommand),
    /// The access report: who viewed what, in your organisation's cases.
    Views(AuditViewsArgs),
}

/// Verifies.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais audit verify --data-dir relais-data
  relais --account zoe.relais audit verify --expect 412:9f2c…e1

Keep the line `head` elsewhere: with --expect, a later check shows whether anything up to it
was changed, even if the whole chain was made anew.")]
pub struct AuditVerifyArgs {
    /// The organisation whose events are recomputed; an administrator's own if left out.
    #[arg(long, value_name = "DOMAIN")]
    pub organisation: Option<String>,
    /// A head that was kept, NUMBER:HASH: it must still be in the chain.
    #[arg(long, value_name = "HEAD")]
    pub expect: Option<String>,
    /// Who asks.
    #[command(flatten)]
    pub access: AdminAccess,
}

/// Reports.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais audit report --person \"Amélie Roy\" --data-dir relais-data
  relais --account zoe.relais audit report --since 7d
  relais audit report --case 0198c0de-… --since 2026-11-01 --json --data-dir relais-data")]
pub struct AuditReportArgs {
    /// Only what concerns this organisation; an administrator's own if left out.
    #[arg(long, value_name = "DOMAIN")]
    pub organisation: Option<String>,
    /// What this person did and what was done to them: name, id or resource name.
    #[arg(long, value_name = "PERSON", group = "about")]
    pub person: Option<String>,
    /// The same for one device: id or resource name.
    #[arg(long, value_name = "DEVICE", group = "about")]
    pub device: Option<String>,
    /// What was done to the team of this case: its whole id.
    #[arg(long, value_name = "CASE", group = "about")]
    pub case: Option<String>,
    /// Not before this time: `2026-11-01`, `2026-11-01T08:00:00Z`, or how long ago (`7d`, `36h`).
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
    /// Who asks.
    #[command(flatten)]
    pub access: AdminAccess,
}
