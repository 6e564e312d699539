//! `relais seat`: how seats take part, and who covers them.

use clap::{Args, Subcommand};
use relais_care::{DutyClass, FollowLevel, LoopKind, Stance};

use super::EntryArgs;

/// `relais seat …`
#[derive(Debug, Subcommand)]
pub enum SeatCommand {
    /// Say how your seat takes part: stance, what it follows, role charter.
    Participate(ParticipateArgs),
    /// Let another seat act for a seat for a while, such as when you are away.
    Delegate(DelegateArgs),
    /// Say which seats share a seat's work and which supervises it.
    Cover(CoverArgs),
    /// Say that you have looked through the case.
    Review(ReviewArgs),
    /// Show who answers for a seat now, in the order in which they are asked.
    Chain(ChainArgs),
    /// List the seats of which nobody has looked for a number of days.
    Unreviewed(UnreviewedArgs),
}

/// Says how a seat takes part.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais seat participate 7f3a --stance co-manage --follow milestones
  relais seat participate 7f3a --duty coordination=\"Brings the team together\"")]
pub struct ParticipateArgs {
    /// The case.
    pub case: String,
    /// A primary care physician's stance: monitor, co-manage or hand-over.
    #[arg(long, value_name = "STANCE", value_parser = super::word::<Stance>)]
    pub stance: Option<Stance>,
    /// What it follows besides what it is asked: all, milestones or exceptions.
    #[arg(long, value_name = "LEVEL", value_parser = super::word::<FollowLevel>)]
    pub follow: Option<FollowLevel>,
    /// A duty of its charter, which replaces the one before; may be repeated. Classes:
    /// administrative, clinical or coordination.
    #[arg(long = "duty", value_name = "CLASS=TEXT", value_parser = duty)]
    pub charter: Vec<(DutyClass, String)>,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Lets another seat act for a seat.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais seat delegate 7f3a --to NAV --since 2026-03-02 --until 2026-03-09 --away --reason Holidays
  relais seat delegate 7f3a --to CLERK --since 2026-03-02 --until 2027-03-02 --kind appointment")]
pub struct DelegateArgs {
    /// The case.
    pub case: String,
    /// The seat that acts.
    #[arg(long, value_name = "SEAT")]
    pub to: String,
    /// The seat that is acted for; your own if left out.
    #[arg(long = "for", value_name = "SEAT")]
    pub seat: Option<String>,
    /// From when: a date, or a date and time, UTC.
    #[arg(long = "since", value_name = "TIME")]
    pub start: String,
    /// Until when.
    #[arg(long = "until", value_name = "TIME")]
    pub end: String,
    /// What it covers, such as task or appointment; may be repeated, everything if left out.
    #[arg(long = "kind", value_name = "KIND", value_parser = super::word::<LoopKind>)]
    pub kinds: Vec<LoopKind>,
    /// Nobody is there for the seat meanwhile.
    #[arg(long)]
    pub away: bool,
    /// Why.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub reason: String,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Says who covers a seat.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais seat cover 7f3a --pool NURSE --supervisor SPEC\n  relais seat cover 7f3a --for NAV --supervisor SPEC"
)]
pub struct CoverArgs {
    /// The case.
    pub case: String,
    /// The seat; your own if left out.
    #[arg(long = "for", value_name = "SEAT")]
    pub seat: Option<String>,
    /// A seat that shares its work; may be repeated.
    #[arg(long, value_name = "SEAT")]
    pub pool: Vec<String>,
    /// The seat that answers for it.
    #[arg(long, value_name = "SEAT")]
    pub supervisor: Option<String>,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Says that you have looked through the case.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais seat review 7f3a\n  relais seat review 7f3a --note \"Nothing to change\""
)]
pub struct ReviewArgs {
    /// The case.
    pub case: String,
    /// What you found.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub note: String,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Who answers for a seat.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais seat chain 7f3a PCP\n  relais seat chain 7f3a PCP --kind consult --json"
)]
pub struct ChainArgs {
    /// The case.
    pub case: String,
    /// The seat.
    pub seat: String,
    /// For what, such as consult; for what every delegate covers if left out.
    #[arg(long, value_name = "KIND", value_parser = super::word::<LoopKind>)]
    pub kind: Option<LoopKind>,
}

/// Which seats have not looked.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais seat unreviewed 7f3a\n  relais seat unreviewed 7f3a --days 14"
)]
pub struct UnreviewedArgs {
    /// The case.
    pub case: String,
    /// For how many days.
    #[arg(long, default_value_t = 7, value_name = "DAYS")]
    pub days: u32,
}

fn duty(text: &str) -> Result<(DutyClass, String), String> {
    let (class, what) = text
        .split_once('=')
        .ok_or("write CLASS=TEXT, such as clinical=\"Adjusts doses\"")?;
    Ok((super::word(class)?, what.to_owned()))
}
