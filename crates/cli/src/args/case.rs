//! `relais case`: cases and their teams.

use clap::{Args, Subcommand};
use relais_care::{HistoryPolicy, SeatRole};
use relais_types::OrgDomain;

/// `relais case …`
#[derive(Debug, Subcommand)]
pub enum CaseCommand {
    /// Open a case with its team.
    Open(OpenArgs),
    /// Open a conversation with the patient, and with caregivers whom they have named.
    Patient(super::PatientArgs),
    /// List your cases.
    #[command(after_help = "Examples:\n  relais case list\n  relais case list --json")]
    List,
    /// Show a case: team, what is open, what was said, who has it.
    Show(ShowArgs),
    /// Add seats with their holders, or new devices; newcomers get the history that you choose.
    Add(AddArgs),
    /// Leave a seat vacant; its holder's devices leave.
    Remove(RemoveArgs),
    /// Give a seat to somebody else, in one change.
    Replace(ReplaceArgs),
    /// Join a case again although somebody adds you whom you do not know from it.
    Rejoin(RejoinArgs),
    /// Remove one device that should not be there.
    Expel(super::ExpelArgs),
    /// Show or set who may join the case, and who leads it.
    Policy(PolicyArgs),
    /// Let somebody in at once and for a limited time, for a reason that is reviewed.
    BreakGlass(super::BreakGlassArgs),
    /// Share more of what was said before somebody joined.
    ShareHistory(super::ShareHistoryArgs),
}

/// Opens a case.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais case open \"Retour à domicile\" --as navigator --patient \"Marguerite Lavoie\" \\
      --seat specialist=\"Nadia Benali\" --seat primary-care-physician=\"Priya Raman\"
  relais case open --template discharge-complex --set patient=\"Marguerite Lavoie\" --as navigator \\
      --seat specialist=\"Nadia Benali\" --seat primary-care-physician=\"Priya Raman\"")]
pub struct OpenArgs {
    /// What it is called; as the template says if left out.
    #[arg(required_unless_present = "template")]
    pub title: Option<String>,
    /// Begin it as a template says: its name, or its file.
    #[arg(long, value_name = "TEMPLATE")]
    pub template: Option<String>,
    /// What the template leaves open; may be repeated.
    #[arg(long = "set", value_name = "NAME=TEXT", requires = "template")]
    pub set: Vec<String>,
    /// Where else to look for templates.
    #[command(flatten)]
    pub templates: super::TemplatesArgs,
    /// Your own seat's role.
    #[arg(long = "as", value_name = "ROLE", value_parser = super::word::<SeatRole>)]
    pub own_role: SeatRole,
    /// A seat and who takes it: name, id or resource name; may be repeated.
    #[arg(long = "seat", value_name = "ROLE=PERSON")]
    pub seats: Vec<String>,
    /// Why the team talks.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub purpose: String,
    /// Whom it is about.
    #[arg(long, value_name = "NAME")]
    pub patient: Option<String>,
    /// The patient's date of birth, ISO 8601.
    #[arg(long, default_value = "", value_name = "DATE")]
    pub born: String,
    /// The patient's language, BCP 47.
    #[arg(long, default_value = "", value_name = "TAG")]
    pub patient_language: String,
    /// Give seats to organisations that have not come to shared cases with yours, and why; the team
    /// sees it.
    #[arg(long, value_name = "REASON")]
    pub without_partnership: Option<String>,
    /// Who may change the team and these rules, besides you: name, id or resource name; may be
    /// repeated. Without any, everybody of the team may.
    #[arg(long = "lead", value_name = "PERSON")]
    pub leads: Vec<String>,
    /// Only you may change the team and these rules.
    #[arg(long, conflicts_with = "leads")]
    pub lead_alone: bool,
    /// Whose people may join, besides those of the team: domain; may be repeated. Without any,
    /// those of every organisation may.
    #[arg(long = "organisation", value_name = "DOMAIN")]
    pub organisations: Vec<OrgDomain>,
}

/// Shows or sets a case's policy.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais case policy 7f3a
  relais case policy 7f3a --lead \"Nadia Benali\" --lead \"Priya Raman\"
  relais case policy 7f3a --organisation parc.internal --organisation laurier.internal
  relais case policy 7f3a --any-lead --any-organisation")]
pub struct PolicyArgs {
    /// The case.
    pub case: String,
    /// Who leads from now on: name, id or resource name; may be repeated, and replaces who did.
    #[arg(long = "lead", value_name = "PERSON")]
    pub leads: Vec<String>,
    /// Everybody of the team may change it.
    #[arg(long, conflicts_with = "leads")]
    pub any_lead: bool,
    /// Whose people may join from now on: domain; may be repeated, and replaces what held.
    #[arg(long = "organisation", value_name = "DOMAIN")]
    pub organisations: Vec<OrgDomain>,
    /// People of every organisation may join.
    #[arg(long, conflicts_with = "organisations")]
    pub any_organisation: bool,
}

/// Shows a case.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais case show 7f3a\n  relais case show 7f3a --lang fr --summary"
)]
pub struct ShowArgs {
    /// The case.
    pub case: String,
    /// Leave the timeline out.
    #[arg(long)]
    pub summary: bool,
}

/// Joins a case again. Ask the team by telephone first: whoever adds you now was not in it when
/// you last were.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais case rejoin 7f3a 5f3a\n  relais case rejoin 7f3a --decline"
)]
pub struct RejoinArgs {
    /// The case.
    pub case: String,
    /// The device that adds you: the beginning of its id, as `relais case show` tells it.
    #[arg(required_unless_present = "decline")]
    pub device: Option<String>,
    /// Take no notice of the invitation.
    #[arg(long, conflicts_with = "device")]
    pub decline: bool,
}

/// Adds seats.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais case add 7f3a --seat pharmacist=\"Sophie Bélanger\" --reason \"Polypharmacie\" \\\n      --history types:medication-change,consult\n  relais case add 7f3a --devices-of NAV"
)]
pub struct AddArgs {
    /// The case.
    pub case: String,
    /// A seat and who takes it: name, id or resource name; may be repeated.
    #[arg(
        long = "seat",
        value_name = "ROLE=PERSON",
        required_unless_present = "devices_of"
    )]
    pub seats: Vec<String>,
    /// Instead, the new devices of somebody who holds a seat: tag, role or name.
    #[arg(long, value_name = "SEAT", conflicts_with = "seats")]
    pub devices_of: Option<String>,
    /// Why.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub reason: String,
    /// What they are given of what was said before: all, open, since:DATE or types:KIND,…. What
    /// is open always comes, and so does who is on the team.
    #[arg(long, value_name = "WHAT", default_value = "all", value_parser = super::access::history)]
    pub history: HistoryPolicy,
    /// Give seats to organisations that have not come to shared cases with yours, and why; the team
    /// sees it.
    #[arg(long, value_name = "REASON")]
    pub without_partnership: Option<String>,
}

/// Leaves a seat vacant.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  relais case remove 7f3a NURSE --reason \"Congé\"")]
pub struct RemoveArgs {
    /// The case.
    pub case: String,
    /// The seat: tag, role, holder's name or id.
    pub seat: String,
    /// Why.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub reason: String,
}

/// Gives a seat to somebody else.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais case replace 7f3a NURSE \"Kevin O’Brien\" --reason \"Congé de maternité\""
)]
pub struct ReplaceArgs {
    /// The case.
    pub case: String,
    /// The seat: tag, role, holder's name or id.
    pub seat: String,
    /// Who takes it: name, id or resource name.
    pub person: String,
    /// Why.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub reason: String,
    /// What they are given of what was said before: all, open, since:DATE or types:KIND,….
    #[arg(long, value_name = "WHAT", default_value = "all", value_parser = super::access::history)]
    pub history: HistoryPolicy,
}
