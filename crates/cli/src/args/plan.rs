//! The services plan.

use std::path::PathBuf;

use clap::{Args, Subcommand, ValueEnum};

use super::EntryArgs;

/// `relais plan …`
#[derive(Debug, Subcommand)]
pub enum PlanCommand {
    /// Show the plan as it stands, or as it stood.
    Show(PlanShowArgs),
    /// Show what has changed in the plan since an entry.
    Changes(PlanChangesArgs),
    /// Propose a section of the plan, and who sees to it.
    Section(PlanSectionArgs),
    /// Propose a goal of the plan.
    Goal(PlanGoalArgs),
    /// Propose an action of the plan.
    Action(PlanActionArgs),
    /// Say for your seat that you agree with a part of the plan, or that you object.
    Sign(PlanSignArgs),
}

/// How a plan is written out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum PlanFormat {
    /// Markdown, which reads well in a terminal, too.
    #[default]
    Markdown,
    /// One page that needs nothing else, to print or to send.
    Html,
}

/// Writes the plan out.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais plan show 7f3a
  relais plan show 7f3a --at 12
  relais plan show 7f3a --format html --out plan.html")]
pub struct PlanShowArgs {
    /// The case.
    pub case: String,
    /// As it stood after the entry with this number; else as it stands.
    #[arg(long, value_name = "NUMBER")]
    pub at: Option<u64>,
    /// How it is written out.
    #[arg(long, value_enum, default_value_t)]
    pub format: PlanFormat,
    /// Write it to a new file instead.
    #[arg(long, value_name = "FILE")]
    pub out: Option<PathBuf>,
}

/// Compares the plan with itself.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais plan changes 7f3a --since 12
  relais plan changes 7f3a --since 12 --at 30 --json")]
pub struct PlanChangesArgs {
    /// The case.
    pub case: String,
    /// The number of the last entry of the earlier plan.
    #[arg(long, value_name = "NUMBER")]
    pub since: u64,
    /// The number of the last entry of the later plan; else as it stands.
    #[arg(long, value_name = "NUMBER")]
    pub at: Option<u64>,
}

/// A section.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais plan section 7f3a Mobility --to NURSE --about \"Wants to go to the market again\""
)]
pub struct PlanSectionArgs {
    /// The case.
    pub case: String,
    /// What it is about.
    pub title: String,
    /// The seat that sees to it.
    #[arg(long, value_name = "SEAT")]
    pub to: String,
    /// What matters to the patient, strengths and needs.
    #[arg(long, value_name = "TEXT", default_value = "")]
    pub about: String,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// A goal.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais plan goal 7f3a \"Walk 500 m\" --to PCP --by 2026-06-01 --section 12"
)]
pub struct PlanGoalArgs {
    /// What is proposed, and to whom.
    #[command(flatten)]
    pub plan: PlanArgs,
    /// The section that it belongs to: its number or id.
    #[arg(long, value_name = "ENTRY")]
    pub section: Option<String>,
}

/// An action.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais plan action 7f3a Physiotherapy --to NAV --by 2026-04-01 --goal 12"
)]
pub struct PlanActionArgs {
    /// What is proposed, and to whom.
    #[command(flatten)]
    pub plan: PlanArgs,
    /// The goal that it serves: its number or id.
    #[arg(long, value_name = "ENTRY")]
    pub goal: Option<String>,
}

/// What a goal and an action have.
#[derive(Debug, Args)]
pub struct PlanArgs {
    /// The case.
    pub case: String,
    /// What; `-` reads it from standard input.
    pub text: String,
    /// The seat that owns it.
    #[arg(long, value_name = "SEAT")]
    pub to: String,
    /// By when, ISO 8601.
    #[arg(long = "by", value_name = "DATE")]
    pub target_date: String,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Agrees or objects.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais plan sign 7f3a 12
  relais plan sign 7f3a 12 --object --note \"Too soon after the fall\"")]
pub struct PlanSignArgs {
    /// The case.
    pub case: String,
    /// The section, goal or action: its number or id.
    pub part: String,
    /// Object instead; say why with `--note`.
    #[arg(long, requires = "note")]
    pub object: bool,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub note: Option<String>,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}
