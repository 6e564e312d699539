//! What waits, what is late, and when somebody wants to be left in peace.

use clap::Args;

/// What waits for you.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais inbox\n  relais inbox --digest\n  relais inbox --lang fr"
)]
pub struct InboxArgs {
    /// What needs your acknowledgement, and of everything else only how much there is.
    #[arg(long)]
    pub digest: bool,
}

/// What nobody has acknowledged in time.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  relais overdue\n  relais overdue --json")]
pub struct OverdueArgs {}

/// When you want to be left in peace.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais quiet-hours 20:00-07:30\n  relais quiet-hours off\n  relais quiet-hours\n\nOnly this device knows them. What needs your acknowledgement is shown all the same."
)]
pub struct QuietHoursArgs {
    /// From when until when, every day, by this machine's clock; `off` ends them; shows them if
    /// left out.
    pub hours: Option<String>,
}
