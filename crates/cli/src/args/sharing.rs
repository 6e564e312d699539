//! What the patient agrees to, and what is shared.

use clap::Args;
use relais_care::{ConsentGiven, InformationClass};
use relais_types::OrgDomain;

use super::EntryArgs;

/// Records what the patient agrees to share.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais consent 7f3a \"Meals at home\" --to NAV --with popote.internal --share contact \\
      --share social --decided-by \"M. Tremblay\"
  relais consent 7f3a \"Meals at home\" --with popote.internal --share social \\
      --decided-by \"M. Tremblay\" --given verbal --until 2026-09-01
  relais consent 7f3a \"Help at home\" --person \"Julie Tremblay\" --share social \\
      --decided-by \"M. Tremblay\" --given written

With --given you say that it was given to you: it is in force at once. Without, the seat that is
asked says whether it is: relais respond CASE ENTRY activate --note …. It is withdrawn with
relais respond CASE ENTRY withdraw --note …: then the devices of those who were told leave at once.")]
pub struct ConsentArgs {
    /// The case.
    pub case: String,
    /// What for.
    pub purpose: String,
    /// The seat that says whether it is given; your own if left out.
    #[arg(long, value_name = "SEAT", required_unless_present = "given")]
    pub to: Option<String>,
    /// Domain of an organisation that may be told; may be repeated.
    #[arg(
        long = "with",
        value_name = "DOMAIN",
        required_unless_present = "people"
    )]
    pub actors: Vec<OrgDomain>,
    /// Somebody who may be told by name, such as a caregiver: name, id or resource name; may be
    /// repeated.
    #[arg(long = "person", value_name = "PERSON")]
    pub people: Vec<String>,
    /// What they may be told: identity, contact, social, clinical, medication, results or
    /// mental-health; may be repeated.
    #[arg(long = "share", value_name = "CLASS", required = true, value_parser = super::word::<InformationClass>)]
    pub classes: Vec<InformationClass>,
    /// From when: a date, or a date and time, UTC; from now on if left out.
    #[arg(long = "since", value_name = "TIME")]
    pub start: Option<String>,
    /// Until when; until it is withdrawn if left out.
    #[arg(long = "until", value_name = "TIME")]
    pub end: Option<String>,
    /// The patient, or whoever decides for them.
    #[arg(long, value_name = "NAME")]
    pub decided_by: String,
    /// How it was given to you: verbal, written or substitute (by whoever decides for the
    /// patient).
    #[arg(long, value_name = "HOW", value_parser = super::word::<ConsentGiven>)]
    pub given: Option<ConsentGiven>,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Shares entries of a case with a partner or the patient.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais share 7f3a 12 14 --with popote.internal --as social
  relais share 7f3a --class medication --with 9c2e
  relais share 7f3a 12 --with popote.internal --as social --yes

What goes is shown first, and what does not, with the reason. The others read a copy that says who
said it and what it may be used for: neither the case nor its team.")]
pub struct ShareArgs {
    /// The team's case.
    pub case: String,
    /// The entries: their numbers.
    #[arg(required_unless_present = "class")]
    pub entries: Vec<String>,
    /// The conversation: its id, part of its title, or the organisation or person in it.
    #[arg(long, value_name = "CONVERSATION")]
    pub with: String,
    /// Everything whose type is of this sort of information, besides the entries named.
    #[arg(long, value_name = "CLASS", value_parser = super::word::<InformationClass>)]
    pub class: Option<InformationClass>,
    /// What sort of information the entries are, where their type does not say.
    #[arg(long = "as", value_name = "CLASS", value_parser = super::word::<InformationClass>)]
    pub named: Option<InformationClass>,
    /// Language of the labels in the copies, BCP 47; that of --lang if left out.
    #[arg(long, value_name = "TAG")]
    pub language: Option<String>,
    /// Do not ask before sharing.
    #[arg(long)]
    pub yes: bool,
}

/// Opens a conversation with the patient.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais case patient 7f3a --person \"Marguerite Lavoie\"
  relais case patient 7f3a --person \"Marguerite Lavoie\" --caregiver \"Julie Lavoie\"

The patient and the caregivers need an account of their own: an invitation by any organisation
makes one. A caregiver needs a consent that names them (relais consent --person), and leaves when it
is withdrawn.")]
pub struct PatientArgs {
    /// The team's case.
    pub case: String,
    /// The patient: name, id or resource name.
    #[arg(long, value_name = "PERSON")]
    pub person: String,
    /// A caregiver whom the patient has named; may be repeated.
    #[arg(long = "caregiver", value_name = "PERSON")]
    pub caregivers: Vec<String>,
    /// What the conversation is called.
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Do not ask before it is opened.
    #[arg(long)]
    pub yes: bool,
}
