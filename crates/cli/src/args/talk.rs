//! What people say, ask and answer.

use clap::{Args, ValueEnum};
use relais_care::{
    ConsentGiven, ConsultClass, DeclineReason, IdentifierKind, InformationClass, LoopKind,
    LoopState, Priority, catalogue,
};

/// What every entry may carry.
#[derive(Clone, Debug, Args)]
pub struct EntryArgs {
    /// How soon it matters: routine, urgent, asap or stat.
    #[arg(long, value_name = "PRIORITY", value_parser = super::word::<Priority>, default_value = "routine")]
    pub priority: Priority,
    /// Language of the words, BCP 47; that of --lang if left out.
    #[arg(long, value_name = "TAG")]
    pub language: Option<String>,
    /// The seat to act from, if you hold several.
    #[arg(long, value_name = "SEAT")]
    pub from: Option<String>,
    /// In a group without a patient: what looks like an identifier and is none, by kind
    /// (patient-name, birth-date, health-card, telephone, email or postal-code); may be repeated, and
    /// is recorded.
    #[arg(long = "not-identifier", value_name = "KIND", value_parser = super::word::<IdentifierKind>)]
    pub not_identifiers: Vec<IdentifierKind>,
}

/// When something asked should be acknowledged.
#[derive(Clone, Debug, Args)]
pub struct DeadlineArgs {
    /// By when you want to know that they have it: a date, or a date and time, UTC; as usual for
    /// the priority if left out.
    #[arg(long, value_name = "TIME")]
    pub acknowledge_by: Option<String>,
}

/// Says something.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais say 7f3a \"Bonjour à tous.\"\n  relais say 7f3a \"Merci\" --reply-to 12 --only PCP"
)]
pub struct SayArgs {
    /// The case.
    pub case: String,
    /// What; `-` reads it from standard input.
    pub text: String,
    /// The entry that it answers.
    #[arg(long, value_name = "ENTRY")]
    pub reply_to: Option<String>,
    /// A seat that is informed; may be repeated, the whole team if left out.
    #[arg(long = "only", value_name = "SEAT")]
    pub audience: Vec<String>,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Asks for an opinion.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais consult 7f3a --to SPEC --specialty Cardiology \"May I go up on furosemide?\" --priority urgent\n  relais consult 7f3a --service \"SCOPE hub\" --specialty \"Internal medicine\" \"Which dose?\""
)]
pub struct ConsultArgs {
    /// The case.
    pub case: String,
    /// The question; `-` reads it from standard input.
    pub question: String,
    /// The seat that is asked.
    #[arg(long, value_name = "SEAT", required_unless_present = "service")]
    pub to: Option<String>,
    /// Instead, a service of the directory: part of its name, or its id. If several people answer
    /// for it, they share a queue, as a hub does.
    #[arg(long, value_name = "SERVICE", conflicts_with = "to")]
    pub service: Option<String>,
    /// Do not ask before sharing with a service.
    #[arg(long, requires = "service")]
    pub yes: bool,
    /// Specialty or field.
    #[arg(long, value_name = "TEXT")]
    pub specialty: String,
    /// What is sought: advice, co-manage or take-over.
    #[arg(long, value_name = "CLASS", value_parser = super::word::<ConsultClass>, default_value = "advice")]
    pub class: ConsultClass,
    /// When it should be acknowledged.
    #[command(flatten)]
    pub deadline: DeadlineArgs,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Refers to a community service.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais refer 7f3a \"Popote roulante\" --reason \"Vit seule\" --need \"Repas pauvres en sel\" \\
      --consent \"Accord verbal\" --outcome \"Six semaines de repas\"

The service sees what is previewed, in a conversation of its own: neither the case nor its team.")]
pub struct ReferArgs {
    /// The team's case.
    pub case: String,
    /// The service: part of its name, or its id; what was suggested, or the alternative, if left
    /// out.
    pub service: Option<String>,
    /// A suggestion of the case that it follows, by its number or id: fills in what it says, and
    /// the suggestion moves on.
    #[arg(long, value_name = "ENTRY")]
    pub from_suggestion: Option<String>,
    /// A declined referral of this case that it takes the place of, by its number or id: fills in
    /// what it said, and the alternative.
    #[arg(long, value_name = "ENTRY", conflicts_with = "from_suggestion")]
    pub instead_of: Option<String>,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub reason: Option<String>,
    /// What the patient needs; may be repeated.
    #[arg(long = "need", value_name = "TEXT")]
    pub needs: Vec<String>,
    /// What the patient agreed to share.
    #[arg(long, value_name = "TEXT")]
    pub consent: Option<String>,
    /// Record that agreement in the case, if no consent is in force: verbal, written or substitute
    /// (by whoever decides for the patient).
    #[arg(long, value_name = "HOW", value_parser = super::word::<ConsentGiven>)]
    pub record: Option<ConsentGiven>,
    /// With --record, what may be shared; contact and social if left out. May be repeated.
    #[arg(long = "share", value_name = "CLASS", requires = "record", value_parser = super::word::<InformationClass>)]
    pub classes: Vec<InformationClass>,
    /// With --record, who has agreed; the patient if left out.
    #[arg(long, value_name = "NAME", requires = "record")]
    pub decided_by: Option<String>,
    /// What success looks like.
    #[arg(long, value_name = "TEXT")]
    pub outcome: Option<String>,
    /// Go on although the same is asked for already; the team sees it.
    #[arg(long)]
    pub anyway: bool,
    /// Go on although the organisations have not come to referrals yet, and why; the team sees it.
    #[arg(long, value_name = "REASON")]
    pub without_partnership: Option<String>,
    /// Who of the service is asked, if several answer for it; they share a queue if left out.
    #[arg(long, value_name = "PERSON")]
    pub person: Option<String>,
    /// How the patient is named towards the service; initials if left out.
    #[arg(long, value_name = "NAME")]
    pub patient: Option<String>,
    /// Title of the conversation with the service; its name if left out.
    #[arg(long, value_name = "TEXT")]
    pub title: Option<String>,
    /// Do not ask before sharing.
    #[arg(long)]
    pub yes: bool,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Asks for something to be done.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais task 7f3a --to NURSE \"Call every morning\" --due 2026-12-01\n  relais task 7f3a --to NURSE --from-entry 12"
)]
pub struct TaskArgs {
    /// The case.
    pub case: String,
    /// What; `-` reads it from standard input.
    #[arg(required_unless_present = "from_entry")]
    pub what: Option<String>,
    /// Make an entry a request: it is answered by the task, which says the same if nothing else is
    /// said. Its number or id.
    #[arg(long = "from-entry", visible_alias = "make", value_name = "ENTRY")]
    pub from_entry: Option<String>,
    /// The seat that is asked.
    #[arg(long, value_name = "SEAT")]
    pub to: String,
    /// By when: a date, or a date and time, UTC.
    #[arg(long, value_name = "TIME")]
    pub due: Option<String>,
    /// When it should be acknowledged.
    #[command(flatten)]
    pub deadline: DeadlineArgs,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Asks for an explicit "I have this".
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais ask-ack 7f3a --to PCP \"You cover this weekend\" --priority asap"
)]
pub struct AskAckArgs {
    /// The case.
    pub case: String,
    /// Of what; `-` reads it from standard input.
    pub what: String,
    /// The seat that is asked.
    #[arg(long, value_name = "SEAT")]
    pub to: String,
    /// When it should be acknowledged.
    #[command(flatten)]
    pub deadline: DeadlineArgs,
    /// What every entry may carry.
    #[command(flatten)]
    pub entry: EntryArgs,
}

/// Moves something asked.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais respond 7f3a 12 answer --note \"Stop it until K is below 5.0\"
  relais respond 7f3a 20 decline --reason no-capacity --alternative \"Repas partagés\"
  relais respond 7f3a 12 close --useful 5
  relais respond 7f3a 12 reopen --note \"She fell again\"")]
pub struct RespondArgs {
    /// The case.
    pub case: String,
    /// What was asked: its number or id.
    pub asked: String,
    /// What you do.
    #[arg(value_enum)]
    pub step: StepArg,
    /// What there is to say; `-` reads it from standard input.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub note: String,
    /// Why a referral is declined: no-capacity, waitlist, not-eligible, could-not-contact,
    /// no-longer-interested or referred-elsewhere.
    #[arg(long, value_name = "CODE", value_parser = super::word::<DeclineReason>)]
    pub reason: Option<DeclineReason>,
    /// The seat that is offered it, with `offer`.
    #[arg(long, value_name = "SEAT")]
    pub to: Option<String>,
    /// With `close`: how useful the answer was, from 1 to 5.
    #[arg(long, value_name = "1-5", value_parser = clap::value_parser!(u8).range(1..=5))]
    pub useful: Option<u8>,
    /// What could help instead.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub alternative: String,
    /// A service of the directory that could help instead.
    #[arg(long, value_name = "SERVICE")]
    pub alternative_service: Option<String>,
    /// Whom the service takes and how one gets in, with an answer to an enquiry.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub eligibility: String,
    /// What helps meanwhile, for whoever waits.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub meanwhile: String,
    /// When room is expected, ISO 8601.
    #[arg(long, default_value = "", value_name = "DATE")]
    pub expected: String,
    /// Language of the words, BCP 47; that of --lang if left out.
    #[arg(long, value_name = "TAG")]
    pub language: Option<String>,
}

/// A step, in the words of whoever takes it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum StepArg {
    /// Referral: the service has it.
    Receive,
    /// Referral, task: taken on.
    Accept,
    /// Referral, task: not taken on.
    Decline,
    /// Consult: answered.
    Answer,
    /// Consult: the owner needs to know more.
    Info,
    /// Consult: the requester supplies it.
    Supply,
    /// Referral, task: under way (again).
    Progress,
    /// Referral: paused.
    Hold,
    /// Referral: done.
    Complete,
    /// Referral: could not be done.
    Fail,
    /// Task: done.
    Done,
    /// The requester acknowledges the outcome.
    Close,
    /// Consult: taken back. Consent: withdrawn.
    Withdraw,
    /// Task: taken back.
    Cancel,
    /// Acknowledgement request: "I have this".
    Acknowledge,
    /// Acknowledgement request: no.
    Refuse,
    /// Acknowledgement request, enquiry, handover: the requester gives up waiting.
    Expire,
    /// Capacity enquiry: there is room.
    Room,
    /// Capacity enquiry: there is none.
    NoRoom,
    /// Capacity enquiry: there is a waiting list.
    Waitlist,
    /// Capacity enquiry: to be assessed first.
    AssessFirst,
    /// Resource suggestion: a referral was made.
    Referred,
    /// Discharge notice: the follow-up is booked.
    FollowUp,
    /// Medication change: in your list now.
    Reconcile,
    /// Medication change: you disagree.
    Dispute,
    /// Result: acted on.
    Act,
    /// Offered to another seat, named with --to.
    Offer,
    /// Not taken over; back to its owner.
    SendBack,
    /// Begun anew after it was closed or not taken on.
    Reopen,
    /// Plan, consent: not agreed to.
    Reject,
    /// Plan: under way. Consent: given.
    Activate,
    /// Plan: reached.
    Achieve,
    /// Escalation: you see to it.
    Take,
    /// Escalation: seen to.
    Resolve,
    /// Appointment: agreed.
    Book,
    /// Appointment: it took place.
    Attend,
    /// Appointment: the patient did not come.
    NoShow,
    /// Break-glass: you have reviewed it, and it was right.
    Justified,
    /// Break-glass: you have reviewed it, and it was not right.
    Unjustified,
}

impl StepArg {
    /// The state that the step leads to for this kind of request.
    pub fn state(self, kind: LoopKind) -> LoopState {
        let begins = catalogue::initial_states(kind).first().copied();
        match self {
            Self::SendBack | Self::Reopen => begins.unwrap_or(LoopState::Requested),
            step => step.into(),
        }
    }
}

impl From<StepArg> for LoopState {
    fn from(step: StepArg) -> Self {
        match step {
            StepArg::Receive => Self::Received,
            StepArg::Accept => Self::Accepted,
            StepArg::Decline => Self::Declined,
            StepArg::Answer => Self::Answered,
            StepArg::Info => Self::InfoRequested,
            StepArg::Supply => Self::Supplied,
            StepArg::Progress => Self::InProgress,
            StepArg::Hold => Self::OnHold,
            StepArg::Complete => Self::Completed,
            StepArg::Fail => Self::Failed,
            StepArg::Done => Self::Done,
            StepArg::Close => Self::Closed,
            StepArg::Withdraw => Self::Withdrawn,
            StepArg::Cancel => Self::Cancelled,
            StepArg::Acknowledge => Self::Acknowledged,
            StepArg::Refuse => Self::Refused,
            StepArg::Expire => Self::Expired,
            StepArg::Room => Self::Capacity,
            StepArg::NoRoom => Self::None,
            StepArg::Waitlist => Self::Waitlist,
            StepArg::AssessFirst => Self::AssessFirst,
            StepArg::Referred => Self::Referred,
            StepArg::FollowUp => Self::FollowUpBooked,
            StepArg::Reconcile => Self::Reconciled,
            StepArg::Dispute => Self::Disputed,
            StepArg::Act => Self::Actioned,
            StepArg::Offer => Self::ReassignmentOffered,
            StepArg::SendBack => Self::Sent,
            StepArg::Reopen => Self::Requested,
            StepArg::Reject => Self::Rejected,
            StepArg::Activate => Self::Active,
            StepArg::Achieve => Self::Achieved,
            StepArg::Take => Self::Taken,
            StepArg::Resolve => Self::Resolved,
            StepArg::Book => Self::Booked,
            StepArg::Attend => Self::Fulfilled,
            StepArg::NoShow => Self::NoShow,
            StepArg::Justified => Self::Justified,
            StepArg::Unjustified => Self::Unjustified,
        }
    }
}

/// Says "I have this".
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  relais ack 7f3a 12")]
pub struct AckArgs {
    /// The case.
    pub case: String,
    /// The entry: its number or id.
    pub entry: String,
}

/// Shows and marks what is unread.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  relais read 7f3a\n  relais read 7f3a 12 13")]
pub struct ReadArgs {
    /// The case.
    pub case: String,
    /// Only these entries: numbers or ids.
    pub entries: Vec<String>,
}

/// Prints what happens.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais watch\n  relais watch 7f3a --json\n\nIt runs until Ctrl-C. With --json it prints one object a line. In your quiet hours only what\nyou have to acknowledge is printed at once, the rest when they are over."
)]
pub struct WatchArgs {
    /// Only this case.
    pub case: Option<String>,
}

/// Who has an entry.
#[derive(Debug, Args)]
#[command(after_help = "Examples:\n  relais receipts 7f3a\n  relais receipts 7f3a 12")]
pub struct ReceiptsArgs {
    /// The case.
    pub case: String,
    /// The entry: its number or id; all entries if left out.
    pub entry: Option<String>,
}

/// Corrects or withdraws.
#[derive(Debug, Args)]
#[command(
    after_help = "Examples:\n  relais correct 7f3a 12 \"64.2 kg\" --reason \"Digits swapped\"\n  relais correct 7f3a 12 --withdraw --reason \"Wrong patient\""
)]
pub struct CorrectArgs {
    /// The case.
    pub case: String,
    /// The entry: its number or id.
    pub entry: String,
    /// What stands instead; `-` reads it from standard input.
    #[arg(required_unless_present = "withdraw", conflicts_with = "withdraw")]
    pub text: Option<String>,
    /// Withdraw it instead.
    #[arg(long)]
    pub withdraw: bool,
    /// Why.
    #[arg(long, value_name = "TEXT")]
    pub reason: String,
    /// Language of the words, BCP 47; that of --lang if left out.
    #[arg(long, value_name = "TAG")]
    pub language: Option<String>,
}
