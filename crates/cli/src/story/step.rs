//! The steps of a story.

use relais_care::{ConsultClass, DeclineReason, LoopState, Priority};
use serde::Deserialize;

use super::{
    Ask, CasePatient, SeatSpec, Tell,
    word::{optional_word, word},
};

/// One thing that happens.
///
/// `by` names who acts: a person (their first device that is online) or `person/device`.
/// `id` gives an entry a short name that later steps refer to.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    /// Prints a sentence.
    Narrate(String),
    /// Opens a case, or a partner conversation about one.
    Open(Open),
    /// Plain conversation.
    Say(Say),
    /// Asks for an opinion.
    Consult(Consult),
    /// Asks a service to take the patient on.
    Refer(Refer),
    /// Asks for something to be done.
    Task(Task),
    /// Asks for an explicit "I have this".
    AskAck(AskAck),
    /// Asks something else of the catalogue.
    Ask(Ask),
    /// Tells something else of the catalogue.
    Tell(Tell),
    /// Moves something asked to its next state.
    Respond(Respond),
    /// Says "I have this".
    Acknowledge(Acknowledge),
    /// Shows people what they have not read.
    Read(Read),
    /// Replaces or withdraws what one wrote.
    Correct(Correct),
    /// Adds seats to a case.
    Add(Add),
    /// Gives a seat to somebody else; the predecessor leaves in the same change.
    Replace(Replace),
    /// An administrator invites somebody who was not there so far, and they enrol.
    Invite(Invite),
    /// An administrator ends a device, or all devices of a person.
    Revoke(Revoke),
    /// A device goes offline: its account is closed.
    Offline(Device),
    /// A device comes back.
    Online(Device),
    /// Something happens to the server.
    Server(ServerStep),
    /// What must be true now; becomes a check.
    Expect(Expect),
}

/// Something happens to the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ServerStep {
    /// It is killed with signal 9 and started again on the same data.
    Kill,
    /// It is stopped, and stays so until `start`; people go on writing.
    Stop,
    /// It is started again.
    Start,
}

/// Opens a case.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Open {
    /// Who opens it.
    pub by: String,
    /// The case's short name.
    pub case: String,
    /// For a partner conversation: the team's case, of which the partner never learns.
    #[serde(default)]
    pub parent: Option<String>,
    /// What it is called.
    pub title: String,
    /// Why the team talks.
    #[serde(default)]
    pub purpose: String,
    /// Whom it is about.
    #[serde(default)]
    pub patient: Option<CasePatient>,
    /// The first seats.
    pub seats: Vec<SeatSpec>,
    /// Language, if not the person's own.
    #[serde(default)]
    pub language: Option<String>,
}

/// Plain conversation.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Say {
    /// Who says it.
    pub by: String,
    /// Where.
    pub case: String,
    /// What.
    pub text: String,
    /// Short name for later steps.
    #[serde(default)]
    pub id: Option<String>,
    /// The entry that it answers.
    #[serde(default)]
    pub reply_to: Option<String>,
    /// Seats that are informed; everybody if left out.
    #[serde(default)]
    pub audience: Vec<String>,
    /// How soon it matters.
    #[serde(default, deserialize_with = "optional_word")]
    pub priority: Option<Priority>,
    /// Language, if not the person's own.
    #[serde(default)]
    pub language: Option<String>,
}

/// Asks for an opinion.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Consult {
    /// Who asks.
    pub by: String,
    /// Where.
    pub case: String,
    /// Short name for later steps.
    pub id: String,
    /// The seat that is asked.
    pub to: String,
    /// Specialty or field.
    pub specialty: String,
    /// The question.
    pub question: String,
    /// What kind of answer is sought; advice if left out.
    #[serde(default, deserialize_with = "optional_word")]
    pub class: Option<ConsultClass>,
    /// How soon it matters.
    #[serde(default, deserialize_with = "optional_word")]
    pub priority: Option<Priority>,
    /// Language, if not the person's own.
    #[serde(default)]
    pub language: Option<String>,
}

/// Asks a service to take the patient on.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Refer {
    /// Who refers.
    pub by: String,
    /// The partner conversation.
    pub case: String,
    /// Short name for later steps.
    pub id: String,
    /// The seat that is asked.
    pub to: String,
    /// Short name of the service.
    pub service: String,
    /// Why.
    pub reason: String,
    /// What the patient needs.
    pub needs: Vec<String>,
    /// What the patient agreed to share.
    pub consent: String,
    /// What success looks like.
    pub outcome: String,
    /// How soon it matters.
    #[serde(default, deserialize_with = "optional_word")]
    pub priority: Option<Priority>,
    /// Language, if not the person's own.
    #[serde(default)]
    pub language: Option<String>,
}

/// Asks for something to be done.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Task {
    /// Who asks.
    pub by: String,
    /// Where.
    pub case: String,
    /// Short name for later steps.
    pub id: String,
    /// The seat that is asked.
    pub to: String,
    /// What is to be done.
    pub what: String,
    /// Days from now until it is due.
    #[serde(default)]
    pub due_in_days: Option<u16>,
    /// How soon it matters.
    #[serde(default, deserialize_with = "optional_word")]
    pub priority: Option<Priority>,
    /// Language, if not the person's own.
    #[serde(default)]
    pub language: Option<String>,
}

/// Asks for an explicit "I have this".
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AskAck {
    /// Who asks.
    pub by: String,
    /// Where.
    pub case: String,
    /// Short name for later steps.
    pub id: String,
    /// The seat that is asked.
    pub to: String,
    /// Of what.
    pub what: String,
    /// How soon it matters.
    #[serde(default, deserialize_with = "optional_word")]
    pub priority: Option<Priority>,
    /// Language, if not the person's own.
    #[serde(default)]
    pub language: Option<String>,
}

/// Moves something asked to its next state.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Respond {
    /// Who acts.
    pub by: String,
    /// The entry that asked.
    pub to: String,
    /// The state it moves to.
    #[serde(deserialize_with = "word")]
    pub state: LoopState,
    /// What there is to say.
    #[serde(default)]
    pub note: String,
    /// Why a referral is declined.
    #[serde(default, deserialize_with = "optional_word")]
    pub reason: Option<DeclineReason>,
    /// What could help instead.
    #[serde(default)]
    pub alternative: String,
    /// The seat that it is offered to.
    #[serde(default)]
    pub offer_to: Option<String>,
    /// With the step that closes it: how useful the answer was, from 1 to 5.
    #[serde(default)]
    pub useful: Option<u8>,
    /// Short name of the service that could help instead.
    #[serde(default)]
    pub alternative_service: Option<String>,
    /// Short name for later steps.
    #[serde(default)]
    pub id: Option<String>,
    /// Language, if not the person's own.
    #[serde(default)]
    pub language: Option<String>,
}

/// Says "I have this".
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Acknowledge {
    /// Who says so.
    pub by: String,
    /// Of which entry.
    pub entry: String,
}

/// Shows people what they have not read.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Read {
    /// Who reads.
    pub by: Vec<String>,
    /// Where.
    pub case: String,
}

/// Replaces or withdraws what one wrote.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Correct {
    /// Who wrote it.
    pub by: String,
    /// The entry.
    pub entry: String,
    /// Why.
    pub reason: String,
    /// What stands instead; withdrawn if left out.
    #[serde(default)]
    pub text: String,
    /// Language, if not the person's own.
    #[serde(default)]
    pub language: Option<String>,
}

/// Adds seats.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Add {
    /// Who adds them.
    pub by: String,
    /// Where.
    pub case: String,
    /// The new seats.
    pub seats: Vec<SeatSpec>,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// Language, if not the person's own.
    #[serde(default)]
    pub language: Option<String>,
}

/// Gives a seat to somebody else.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Replace {
    /// Who makes the change; not who leaves.
    pub by: String,
    /// Where.
    pub case: String,
    /// The seat.
    pub seat: String,
    /// Who takes it; vacant if left out.
    #[serde(default)]
    pub with: Option<String>,
    /// Why.
    #[serde(default)]
    pub reason: String,
    /// Language, if not the person's own.
    #[serde(default)]
    pub language: Option<String>,
}

/// Somebody new.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Invite {
    /// The administrator of their organisation.
    pub by: String,
    /// Short name of the person, who is marked `later`.
    pub person: String,
}

/// The end of somebody's access.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revoke {
    /// The administrator of their organisation.
    pub by: String,
    /// A person, with all devices, or `person/device`.
    pub who: String,
}

/// A device goes or comes.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Device {
    /// A person (their first device) or `person/device`.
    pub device: String,
}

/// What must be true now. The fields that are given say what.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expect {
    /// The check's name; made from the rest if left out.
    #[serde(default)]
    pub name: Option<String>,
    /// Something asked, by its short name, stands in `state` for every member.
    #[serde(default)]
    pub r#loop: Option<String>,
    /// The seat that is accountable for `loop`.
    #[serde(default)]
    pub owned_by: Option<String>,
    /// The state of `loop`.
    #[serde(default, deserialize_with = "optional_word")]
    pub state: Option<LoopState>,
    /// An entry, by its short name.
    #[serde(default)]
    pub entry: Option<String>,
    /// Who sees `entry`.
    #[serde(default)]
    pub seen_by: Vec<String>,
    /// Who does not.
    #[serde(default)]
    pub hidden_from: Vec<String>,
    /// A case.
    #[serde(default)]
    pub case: Option<String>,
    /// A seat of `case`.
    #[serde(default)]
    pub seat: Option<String>,
    /// Who holds `seat`; nobody if left out.
    #[serde(default)]
    pub held_by: Option<String>,
    /// The seat that is asked next for what `seat` leaves undone.
    #[serde(default)]
    pub covered_by: Option<String>,
    /// Texts that the services plan of `case` holds, as every member writes it out.
    #[serde(default)]
    pub plan: Vec<String>,
    /// What every holder of a seat in `case` has said of every entry addressed to them.
    #[serde(default)]
    pub receipts: Vec<Seen>,
}

/// What can be said of an entry without being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Seen {
    /// A device stored it.
    Delivered,
    /// It was shown to a person.
    Read,
}
