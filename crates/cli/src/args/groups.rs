//! `relais group` and `relais hub`: groups without a patient, and the one door of a programme.

use clap::{Args, Subcommand};
use relais_care::SeatRole;

use super::{DeadlineArgs, EntryArgs};

/// `relais group …`
#[derive(Debug, Subcommand)]
pub enum GroupCommand {
    /// Open a group without a patient: a community of practice, or the notices of a programme.
    Open(GroupOpenArgs),
    /// List your groups without a patient.
    #[command(after_help = "Examples:\n  relais group list\n  relais group list --json")]
    List,
    /// Tell every seat something that each has to acknowledge.
    Notify(NotifyArgs),
    /// Who has acknowledged which notice.
    #[command(
        after_help = "Examples:\n  relais group notices 7f3a\n  relais group notices 7f3a --json"
    )]
    Notices {
        /// The group.
        group: String,
    },
    /// The sum of the numbers that people have told this group, by period.
    #[command(
        after_help = "Examples:\n  relais group metrics 7f3a\n  relais group metrics 7f3a --json"
    )]
    Metrics {
        /// The group.
        group: String,
    },
}

/// Opens a group without a patient.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais group open \"Heart failure\" --as primary-care-physician --seat mentor=\"Nadia Benali\"
  relais group open \"Notices of the hub\" --as navigator --seat primary-care-physician=\"Sam Okafor\"

Whatever is said there is searched for what can tell who a patient is, and refused if it holds any.")]
pub struct GroupOpenArgs {
    /// What it is called.
    pub title: String,
    /// Your own seat's role.
    #[arg(long = "as", value_name = "ROLE", value_parser = super::word::<SeatRole>)]
    pub own_role: SeatRole,
    /// A seat and who takes it: name, id or resource name; may be repeated.
    #[arg(long = "seat", value_name = "ROLE=PERSON")]
    pub seats: Vec<String>,
    /// What it is for.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub purpose: String,
}

/// Tells every seat something.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais group notify 7f3a \"The clinic closes at 4 p.m. on Friday\" --priority urgent"
)]
pub struct NotifyArgs {
    /// The group.
    pub group: String,
    /// What; `-` reads it from standard input.
    pub text: String,
    /// Only this seat; may be repeated, every other held seat if left out.
    #[arg(long = "only", value_name = "SEAT")]
    pub seats: Vec<String>,
    /// When it should be acknowledged.
    #[command(flatten)]
    pub deadline: DeadlineArgs,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// `relais hub …`
#[derive(Debug, Subcommand)]
pub enum HubCommand {
    /// What waits in the queues that you share, the pressing first, in all cases.
    #[command(after_help = "Examples:\n  relais hub queue\n  relais hub queue --json")]
    Queue,
    /// Take something out of the queue: you are accountable from then on.
    Take(HubArgs),
    /// Offer what you have to the seat that it is for; it stays yours until they accept.
    Offer {
        /// What, and what to say.
        #[command(flatten)]
        what: HubArgs,
        /// The seat that is offered it.
        #[arg(long, value_name = "SEAT")]
        to: String,
    },
    /// Accept what is offered to you.
    Accept(HubArgs),
    /// Send back what is offered to you, and say why.
    SendBack(HubArgs),
}

/// Something asked, and what to say with the step.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais hub take 7f3a 12
  relais hub offer 7f3a 12 --to SPEC
  relais hub accept 7f3a 12
  relais hub send-back 7f3a 12 --note \"Not for us\"")]
pub struct HubArgs {
    /// The case.
    pub case: String,
    /// What was asked: its number or id.
    pub asked: String,
    /// What there is to say; `-` reads it from standard input.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub note: String,
    /// Language of the words, BCP 47; that of --lang if left out.
    #[arg(long, value_name = "TAG")]
    pub language: Option<String>,
}
