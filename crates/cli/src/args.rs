//! What can be typed.

use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};
use relais_care::Language;

mod access;
mod admin;
mod attention;
mod audit;
mod case;
mod demo;
mod groups;
mod identity;
mod org;
mod partnership;
mod people;
mod plan;
mod records;
mod requests;
mod revoke;
mod seats;
mod sharing;
mod talk;
mod templates;
mod trust;
mod types;
mod views;

pub use access::{BreakGlassArgs, ShareHistoryArgs};
pub use admin::{
    AdminAccess, AdminCommand, InviteArgs, MemberCommand, OrgAddArgs, OrgCertifyArgs, OrgCommand,
    ServiceAddArgs, ServiceCommand,
};
pub use attention::{InboxArgs, OverdueArgs, QuietHoursArgs};
pub use audit::{AuditCommand, AuditReportArgs, AuditVerifyArgs};
pub use case::{
    AddArgs, CaseCommand, OpenArgs, PolicyArgs, RejoinArgs, RemoveArgs, ReplaceArgs, ShowArgs,
};
pub use demo::DemoArgs;
pub use groups::{GroupCommand, GroupOpenArgs, HubArgs, HubCommand, NotifyArgs};
pub use identity::{IdentityProviderArgs, IdentityProviderCommand, ScimTokenArgs};
pub use org::{OrgAgentArgs, OrgExpectArgs, OrgInitArgs, OwnAuthorityCommand};
pub use partnership::{PartnershipCommand, ProposeArgs, ShowPartnershipArgs};
pub use people::{DirectoryCommand, EndpointArgs, EnrolArgs, ServiceFilter, UnmetArgs};
pub use plan::{
    PlanActionArgs, PlanChangesArgs, PlanCommand, PlanFormat, PlanGoalArgs, PlanSectionArgs,
    PlanShowArgs, PlanSignArgs,
};
pub use records::{DecideArgs, MetricsArgs, NudgeArgs, SnoozeArgs};
pub use requests::{
    AppointArgs, AttachArgs, DischargeArgs, EnquireArgs, EscalateArgs, HandoverArgs,
    MedicationArgs, ResultArgs, SuggestArgs, TakeBackArgs,
};
pub use revoke::{RevokeArgs, RevokeCommand};
pub use seats::{
    ChainArgs, CoverArgs, DelegateArgs, ParticipateArgs, ReviewArgs, SeatCommand, UnreviewedArgs,
};
pub use sharing::{ConsentArgs, PatientArgs, ShareArgs};
pub use talk::{
    AckArgs, AskAckArgs, ConsultArgs, CorrectArgs, DeadlineArgs, EntryArgs, ReadArgs, ReceiptsArgs,
    ReferArgs, RespondArgs, SayArgs, StepArg, TaskArgs, WatchArgs,
};
pub use templates::{TemplateCommand, TemplateFromArgs, TemplatesArgs};
pub use trust::{EvidenceArgs, ExpelArgs, WitnessArgs};
pub use types::{AskTypeArgs, DefineArgs, TypeCommand, TypeStepArgs};
pub use views::{AuditViewsArgs, OfficerKeyCommand};

const AFTER_HELP: &str = "\
Accounts: --account PATH or RELAIS_ACCOUNT names the encrypted file of one device. Its
passphrase comes from RELAIS_PASSPHRASE, --passphrase-file or a prompt, never from a flag.

RELAIS_LOG=debug tells what the connection does.

Ids may be shortened to any prefix that is not ambiguous; entries go by their number (12).
Seats go by tag (PCP), role (navigator), holder's name or id.

With --json every command prints one object, {\"ok\": true, \"kind\": ..., \"data\": ...}; errors
are one object on standard error, {\"ok\": false, \"error\": {\"kind\", \"reason\", \"message\",
\"exit_code\"}}.

Exit codes: 0 done, 1 failure, 2 usage, 3 not found, 4 not allowed or wrong passphrase,
5 server unreachable or too slow, 6 conflict or not possible in this state.";

/// Secure messaging between clinics, hospitals and community partners.
///
/// Every case is one end-to-end encrypted conversation of a care team, in which every
/// request has one accountable seat, a state and receipts. Try `relais demo` first.
#[derive(Debug, Parser)]
#[command(name = "relais", version, after_help = AFTER_HELP, arg_required_else_help = true)]
pub struct Cli {
    /// What applies to every command.
    #[command(flatten)]
    pub globals: Globals,
    /// What to do.
    #[command(subcommand)]
    pub command: Command,
}

/// What applies to every command.
#[derive(Clone, Debug, Args)]
pub struct Globals {
    /// File of this device's account.
    #[arg(long, global = true, value_name = "PATH", env = "RELAIS_ACCOUNT")]
    pub account: Option<PathBuf>,
    /// File whose first line is the account's passphrase.
    #[arg(long, global = true, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
    /// Print JSON for programs.
    #[arg(long, global = true)]
    pub json: bool,
    /// Language of labels.
    #[arg(
        long,
        global = true,
        value_enum,
        value_name = "LANG",
        env = "RELAIS_LANG",
        default_value = "en",
        hide_possible_values = false
    )]
    pub lang: Lang,
}

/// A language of the interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Lang {
    /// English.
    En,
    /// French.
    Fr,
}

impl From<Lang> for Language {
    fn from(lang: Lang) -> Self {
        match lang {
            Lang::En => Self::English,
            Lang::Fr => Self::French,
        }
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Play a whole story with a real server and show who sees what.
    Demo(DemoArgs),
    /// Run the server (the same as `relaisd`).
    Serve(relais_server::ServeArgs),
    /// Admit organisations, invite people, end their access, publish services.
    #[command(subcommand)]
    Admin(AdminCommand),
    /// Hold your organisation's own certificate authority.
    #[command(subcommand)]
    Org(OwnAuthorityCommand),
    /// Verify the audit trail, and report who did what.
    #[command(subcommand)]
    Audit(AuditCommand),
    /// Enrol this device with an invitation code, or by signing in.
    Enrol(EnrolArgs),
    /// Show whose account this is.
    #[command(
        after_help = "Examples:\n  relais whoami\n  relais --account amelie.relais whoami --json"
    )]
    Whoami,
    /// Find people and services.
    #[command(subcommand)]
    Directory(DirectoryCommand),
    /// How your organisation stands to others, what each commits to, and how it is kept.
    #[command(subcommand)]
    Partnership(PartnershipCommand),
    /// What was asked for and not to be had, counted.
    Unmet(UnmetArgs),
    /// Open, list and show cases; change their teams.
    #[command(subcommand)]
    Case(CaseCommand),
    /// Groups without a patient: communities of practice, notices.
    #[command(subcommand)]
    Group(GroupCommand),
    /// The one door of a programme: what waits there, and who takes it.
    #[command(subcommand)]
    Hub(HubCommand),
    /// How cases begin that are alike.
    #[command(subcommand)]
    Template(TemplateCommand),
    /// Say something to the team.
    Say(SayArgs),
    /// Ask a seat for an opinion.
    Consult(ConsultArgs),
    /// Refer to a community service, sharing only what is previewed.
    Refer(ReferArgs),
    /// Ask a seat to do something.
    Task(TaskArgs),
    /// Ask a seat for an explicit "I have this".
    AskAck(AskAckArgs),
    /// Ask whether a service has room, without a word about a patient.
    Enquire(EnquireArgs),
    /// Suggest a service of the directory.
    Suggest(SuggestArgs),
    /// Tell that the patient leaves the hospital, and who follows up.
    Discharge(DischargeArgs),
    /// Propose a change of medication, or inform of one.
    Medication(MedicationArgs),
    /// Ask for a test result to be acted on.
    Result(ResultArgs),
    /// The services plan: sections, goals and actions, and who agrees.
    #[command(subcommand)]
    Plan(PlanCommand),
    /// Offer your seat to somebody else, or what is open to another seat.
    Handover(HandoverArgs),
    /// Raise something late with whoever covers its owner.
    Escalate(EscalateArgs),
    /// Record what the patient agrees to share.
    Consent(ConsentArgs),
    /// Share entries of a case with a partner or the patient, as consent allows.
    Share(ShareArgs),
    /// Propose an appointment.
    Appoint(AppointArgs),
    /// Describe a file.
    Attach(AttachArgs),
    /// Move something asked to its next state.
    Respond(RespondArgs),
    /// Take back something that you asked, or ask to stop it.
    Cancel(TakeBackArgs),
    /// Mark what you wrote as entered in error.
    Retract(TakeBackArgs),
    /// Record what was decided.
    Decide(DecideArgs),
    /// Remind whoever must act next.
    Nudge(NudgeArgs),
    /// Hide something from yourself for a while.
    Snooze(SnoozeArgs),
    /// Numbers without content: answer times, closed referrals, what was acknowledged in time.
    Metrics(MetricsArgs),
    /// How seats take part, and who covers them.
    #[command(subcommand)]
    Seat(SeatCommand),
    /// Requests that an organisation defines itself.
    #[command(subcommand)]
    Type(TypeCommand),
    /// Say "I have this" of an entry.
    Ack(AckArgs),
    /// Show what is unread in a case and mark it as read.
    Read(ReadArgs),
    /// What waits for you, in all cases.
    Inbox(InboxArgs),
    /// What nobody has acknowledged in time, and what to do about it.
    Overdue(OverdueArgs),
    /// When you want to be left in peace.
    QuietHours(QuietHoursArgs),
    /// Print what happens as it happens.
    Watch(WatchArgs),
    /// What is open in all your cases: late first, then what you must do.
    #[command(after_help = "Examples:\n  relais huddle\n  relais huddle --json")]
    Huddle,
    /// Inbox, case and huddle in a terminal that stays open.
    #[command(
        after_help = "Examples:\n  relais tui\n  relais --account amelie.relais --lang fr tui"
    )]
    Tui,
    /// Who has an entry: by seat and by person.
    Receipts(ReceiptsArgs),
    /// Correct or withdraw what you wrote.
    Correct(CorrectArgs),
    /// Show what was found out against the server or members.
    Evidence(EvidenceArgs),
    /// Check the transparency log for other organisations, and cosign it.
    Witness(WitnessArgs),
    /// Print the completion script of a shell.
    #[command(
        after_help = "Examples:\n  relais completions bash > ~/.local/share/bash-completion/completions/relais\n  relais completions fish | source"
    )]
    Completions {
        /// The shell.
        shell: clap_complete::Shell,
    },
}

/// Reads a word of the catalogue by its code.
pub(crate) fn word<W: crate::story::Word>(code: &str) -> Result<W, String> {
    W::of_code(code).ok_or_else(|| {
        format!(
            "it is not {}; it is one of {}",
            W::WHAT,
            W::codes().join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn the_command_line_is_consistent() {
        Cli::command().debug_assert();
    }

    #[test]
    fn every_command_has_help_with_examples() {
        fn visit(command: &clap::Command, path: &str) {
            for sub in command
                .get_subcommands()
                .filter(|sub| sub.get_name() != "help")
            {
                let path = format!("{path} {}", sub.get_name());
                assert!(sub.get_about().is_some(), "{path} has no description");
                if sub.has_subcommands() {
                    visit(sub, &path);
                } else {
                    let after = sub
                        .get_after_help()
                        .map(ToString::to_string)
                        .unwrap_or_default();
                    assert!(after.contains("Examples:"), "{path} has no examples");
                }
            }
        }
        visit(&Cli::command(), "relais");
    }
}
