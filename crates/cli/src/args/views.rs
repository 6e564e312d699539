//! `relais audit officer-key` and `relais audit views`: who viewed what.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `relais audit officer-key …`
#[derive(Debug, Subcommand)]
pub enum OfficerKeyCommand {
    /// Make the key in this account and publish it: from then on views are recorded.
    #[command(
        after_help = "Examples:\n  relais --account zoe.relais audit officer-key create

Make it again after a year at the latest, because the certificate that vouches for it ends.
Views that were sealed to an earlier key stay readable in this account."
    )]
    Create,
    /// Write the secret keys of this account to a new file, readable by you alone.
    #[command(
        after_help = "Examples:\n  relais --account zoe.relais audit officer-key export officer.key

Whoever has the file and may list views can read who viewed what. Keep it offline."
    )]
    Export {
        /// The file; it must not exist.
        file: PathBuf,
    },
    /// Take over keys that another officer has exported.
    #[command(
        after_help = "Examples:\n  relais --account marc.relais audit officer-key import officer.key"
    )]
    Import {
        /// The file.
        file: PathBuf,
    },
}

/// The access report.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais --account zoe.relais audit views
  relais --account zoe.relais audit views --case 0198c0de-… --since 30d
  relais --account zoe.relais audit views --person \"Amélie Roy\" --json

Shows who was shown entries of cases that your organisation has opened, as the viewers' devices
have signed it. It needs the officer's key in this account.")]
pub struct AuditViewsArgs {
    /// Only views of this case: its whole id.
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
    /// Only views by this person: name, id or resource name.
    #[arg(long, value_name = "PERSON")]
    pub person: Option<String>,
    /// Only views that arrived since: `2026-11-01`, `2026-11-01T08:00:00Z`, or how long ago (`7d`).
    #[arg(long, value_name = "WHEN")]
    pub since: Option<String>,
}
