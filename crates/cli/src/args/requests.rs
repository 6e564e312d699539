//! What can be asked besides opinions, referrals and tasks.

use std::path::PathBuf;

use clap::Args;
use relais_care::ResultFlag;

use super::EntryArgs;

/// Asks whether a service has room.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais enquire \"Popote roulante\" --area H2J
  relais enquire \"Popote roulante\" --area H2J --case 7f3a
  relais enquire \"Popote roulante\" --area H2J --case 7f3a --to COMM

Without --to, the service is asked in a conversation of its own that holds nothing about a patient;
with --case, the team sees the answer. Say nothing about a patient: nothing here is meant for it.")]
pub struct EnquireArgs {
    /// The service: part of its name, or its id; with --to the name that people know.
    pub service: String,
    /// Area to be served.
    #[arg(long, value_name = "TEXT")]
    pub area: String,
    /// Who of the service is asked, if several answer for it.
    #[arg(long, value_name = "PERSON", conflicts_with = "to")]
    pub person: Option<String>,
    /// The team's case that is to see the answer.
    #[arg(long, value_name = "CASE")]
    pub case: Option<String>,
    /// Instead of a conversation of its own, a seat of that case that is asked.
    #[arg(long, value_name = "SEAT", requires = "case")]
    pub to: Option<String>,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Suggests a service of the directory.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais suggest 7f3a \"Popote roulante\" --to NAV --reason \"Lives alone\""
)]
pub struct SuggestArgs {
    /// The case.
    pub case: String,
    /// The service: part of its name, or its id.
    pub service: String,
    /// The seat that it is suggested to.
    #[arg(long, value_name = "SEAT")]
    pub to: String,
    /// Whom it takes; as the directory says if left out.
    #[arg(long, value_name = "TEXT")]
    pub eligibility: Option<String>,
    /// A language that it speaks, BCP 47; may be repeated, as the directory says if left out.
    #[arg(long = "speaks", value_name = "TAG")]
    pub languages: Vec<String>,
    /// Why it could help.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub reason: String,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Tells that the patient leaves the hospital.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais discharge 7f3a \"Weigh her every day\" --to PCP --admitted 2026-02-20 \\
      --discharged 2026-03-02 --diagnosis \"Heart failure\" --medication \"Furosemide 40 mg\"")]
pub struct DischargeArgs {
    /// The case.
    pub case: String,
    /// What is to be followed up; `-` reads it from standard input.
    pub follow_up: String,
    /// The seat that owns the follow-up.
    #[arg(long, value_name = "SEAT")]
    pub to: String,
    /// Day of admission, ISO 8601.
    #[arg(long, value_name = "DATE")]
    pub admitted: String,
    /// Day of discharge, ISO 8601.
    #[arg(long, value_name = "DATE")]
    pub discharged: String,
    /// A diagnosis; may be repeated.
    #[arg(long = "diagnosis", value_name = "TEXT", required = true)]
    pub diagnoses: Vec<String>,
    /// A medication at discharge; may be repeated.
    #[arg(long = "medication", value_name = "TEXT")]
    pub medications: Vec<String>,
    /// A test whose result is still to come; may be repeated.
    #[arg(long = "pending", value_name = "TEXT")]
    pub pending_tests: Vec<String>,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Proposes a change of medication.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais medication 7f3a Furosemide --to PCP --old \"40 mg daily\" --new \"80 mg daily\" --reason Oedema
  relais medication 7f3a Ibuprofen --to PCP --old \"400 mg\" --reason \"Kidneys\" --informed")]
pub struct MedicationArgs {
    /// The case.
    pub case: String,
    /// The drug.
    pub drug: String,
    /// The seat that reconciles it.
    #[arg(long, value_name = "SEAT")]
    pub to: String,
    /// What was taken before; left out if it is begun.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub old: String,
    /// What is taken from now on; left out if it is stopped.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub new: String,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// It is made already; without, it is proposed.
    #[arg(long)]
    pub informed: bool,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Asks for a test result to be acted on.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais result 7f3a Potassium --to PCP --flag critical --action \"Repeat it\" --due 2026-03-03"
)]
pub struct ResultArgs {
    /// The case.
    pub case: String,
    /// The test.
    pub test: String,
    /// The seat that acts on it.
    #[arg(long, value_name = "SEAT")]
    pub to: String,
    /// How it stands: normal, abnormal or critical.
    #[arg(long, value_name = "FLAG", value_parser = super::word::<ResultFlag>)]
    pub flag: ResultFlag,
    /// What is to be done.
    #[arg(long, value_name = "TEXT")]
    pub action: String,
    /// By when: a date, or a date and time, UTC.
    #[arg(long, value_name = "TIME")]
    pub due: String,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Offers your seat, or its open items.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais handover 7f3a \"Stable, weight every day\" --to NAV --contingency \"Over 66 kg: call me\"
  relais handover 7f3a \"All yours\" --to PCP --contingency \"Call 811\" --obligations

What is open and bound to your seat is counted and goes along.")]
pub struct HandoverArgs {
    /// The case.
    pub case: String,
    /// Where things stand; `-` reads it from standard input.
    pub summary: String,
    /// The seat whose holder is offered it.
    #[arg(long, value_name = "SEAT")]
    pub to: String,
    /// What to do if things go wrong.
    #[arg(long, value_name = "TEXT")]
    pub contingency: String,
    /// Only what is open moves to the other seat; without, its holder takes your seat.
    #[arg(long)]
    pub obligations: bool,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Raises something late.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais escalate 7f3a 12 \"No answer for two days\"\n  relais escalate 7f3a 12 \"No answer\" --to PCP --priority asap"
)]
pub struct EscalateArgs {
    /// The case.
    pub case: String,
    /// What is late: its number or id.
    pub asked: String,
    /// Why.
    pub reason: String,
    /// The seat to raise it with; the next that covers its owner if left out.
    #[arg(long, value_name = "SEAT")]
    pub to: Option<String>,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Proposes a time.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais appoint 7f3a \"Home visit\" --to COMM --at 2026-03-05T14:00 --place \"At home\""
)]
pub struct AppointArgs {
    /// The case.
    pub case: String,
    /// What for.
    pub what: String,
    /// The seat that it is proposed to.
    #[arg(long, value_name = "SEAT")]
    pub to: String,
    /// When: a date and time, UTC.
    #[arg(long = "at", value_name = "TIME")]
    pub start: String,
    /// Where.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub place: String,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Describes a file.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais attach 7f3a report.pdf --media-type application/pdf --caption \"Echocardiogram\"\n\nOnly the description is sent: name, type, size and SHA-256. The file itself stays where it is."
)]
pub struct AttachArgs {
    /// The case.
    pub case: String,
    /// The file.
    pub file: PathBuf,
    /// Its media type.
    #[arg(long, default_value = "application/octet-stream", value_name = "TYPE")]
    pub media_type: String,
    /// What it shows.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub caption: String,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Takes something back, or marks it as entered in error.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais cancel 7f3a 12 \"Back in hospital\"\n  relais retract 7f3a 13 \"Wrong patient\""
)]
pub struct TakeBackArgs {
    /// The case.
    pub case: String,
    /// The entry: its number or id.
    pub target: String,
    /// Why.
    pub reason: String,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}
