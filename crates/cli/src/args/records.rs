//! Decisions, reminders, what is put off, and numbers without content.

use clap::Args;

use super::EntryArgs;

/// Records what was decided.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais decide 7f3a \"She stays at home\" --reason \"She wants to\" --about 12 --review 2026-12-01
  relais decide 7f3a \"To the day clinic\" --reason \"Two falls\" --by PCP --by NAV --replaces 31")]
pub struct DecideArgs {
    /// The case.
    pub case: String,
    /// What; `-` reads it from standard input.
    pub what: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// What it is about: number or id of an entry; may be repeated.
    #[arg(long, value_name = "ENTRY")]
    pub about: Vec<String>,
    /// A seat that decided it; may be repeated, your own if left out.
    #[arg(long = "by", value_name = "SEAT")]
    pub decided_by: Vec<String>,
    /// When to look at it again, ISO 8601 date.
    #[arg(long = "review", default_value = "", value_name = "DATE")]
    pub review_date: String,
    /// The decision that it replaces: its number or id.
    #[arg(long, value_name = "ENTRY")]
    pub replaces: Option<String>,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Reminds whoever must act next.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais nudge 7f3a 12\n  relais nudge 7f3a 12 --note \"She asks every day\""
)]
pub struct NudgeArgs {
    /// The case.
    pub case: String,
    /// What was asked: its number or id.
    pub asked: String,
    /// What there is to say; `-` reads it from standard input.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub note: String,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Hides something from you for a while.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais snooze 7f3a 12 --until 2026-12-01
  relais snooze 7f3a 12 --off

Only this device knows. What is late, or asks for your acknowledgement, is shown all the same.")]
pub struct SnoozeArgs {
    /// The case.
    pub case: String,
    /// What was asked: its number or id.
    pub asked: String,
    /// Until when: a date, or a date and time, UTC.
    #[arg(long, value_name = "TIME", required_unless_present = "off")]
    pub until: Option<String>,
    /// Show it again.
    #[arg(long, conflicts_with = "until")]
    pub off: bool,
}

/// Numbers without content.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais metrics --since 2026-01-01
  relais metrics --since 2026-01-01 --until 2026-03-31 --csv
  relais metrics --mine --publish 7f3a --since 2026-01-01 --until 2026-03-31

Published are only the numbers of the seats that you hold, so that nobody counts what another counts,
and nothing of which there are fewer than five.")]
pub struct MetricsArgs {
    /// From when: a date, or a date and time, UTC; the last 30 days if left out.
    #[arg(long, value_name = "TIME")]
    pub since: Option<String>,
    /// Until when; until now if left out.
    #[arg(long, value_name = "TIME")]
    pub until: Option<String>,
    /// Only of the seats that you hold.
    #[arg(long)]
    pub mine: bool,
    /// As comma-separated values.
    #[arg(long, conflicts_with = "json")]
    pub csv: bool,
    /// Tell this group, which must be one without a patient.
    #[arg(long, value_name = "GROUP", conflicts_with = "csv")]
    pub publish: Option<String>,
}
