//! The client core without I/O.
//!
//! An [`Account`] is one device's view of its cases. It is a state machine: commands and
//! [`Event`]s go in, a [`Step`] comes out. The driver makes the step's writes durable in
//! one transaction and only then performs its effects. The MLS ratchet, the plaintext
//! entry and the cursor are therefore always written together, and nothing is sent or
//! acknowledged that a crash could forget.
//!
//! There is no runtime, no database and no transport below this crate: time and
//! randomness are parameters, so it runs in a browser and under a simulated clock.
//!
//! # The way of a message out
//! [`Account::post`] signs the entry and queues it (`outbox`). When the case's group is in
//! a settled epoch it is encrypted and *staged*: the exact bytes are stored with their
//! request id before they are sent, and an ambiguous answer resends the same bytes. The
//! log decides: when the entry comes back in the group's order it moves from the outbox
//! into the case.
//!
//! # The way of a message in
//! [`Event::Delivered`] → deduplicate by seq → MLS (`receive`) → verify the author's
//! signature → store → reduce into the [`CaseView`](relais_care::CaseView) → acknowledge.
//!
//! # Changing the team
//! A plan collects key packages, then stages one commit, and waits for the log
//! (`commit`). If another member's commit wins the epoch, ours is dropped, theirs is
//! applied, and the plan is staged again.
//!
//! # What the server says is checked
//! Before anything is sent to a case, every certificate in it is proved to be in the transparency
//! log; the log, the entries and the epochs that the server shows are compared with what it
//! showed before and with what the other members hold (`trust`). A contradiction is a [`Breach`]:
//! it stops sending and survives restarts. The new leaves of the log are read in the background:
//! a device that was certified in this person's name is shown to them even if the server says
//! nothing of it.
//!
//! # What nobody acknowledges
//! With an entry that asks for an acknowledgement the server gets opaque timers (`timers`): whom
//! to wake, and when. Whoever acknowledges reveals their token, and the server forgets them. Else
//! it wakes one seat after the other, and the account keeps what is [`Overdue`] (`overdue`) until
//! it is acknowledged.
//!
//! # Who viewed what
//! What is shown to the person is sealed to the privacy officer of the organisation that opened
//! the case (`views`); neither the server nor anybody else can read it.
//!
//! # What newcomers are given
//! Whoever adds somebody chooses what they are given of the time before (`history`): signed
//! entries, verified back to their authors. What they are not given is named by its digest
//! (`withheld`), so that it can be shared later and nothing else can take its place.
//!
//! # Emergency access
//! A member lets somebody in at once and for a limited time (`emergency`). When it is over, the
//! members' devices remove them, in turns by their leaf.
//! # Partnerships
//! What two organisations have signed with each other comes from the server's directory and is
//! verified here (`partners`): both signatures, against the certificates and the log, and that the
//! server does not go back behind what it showed before.
//!
//! # Getting back into step
//! A commit that cannot be followed is asked for again, and then the device replaces its own
//! leaf by an external commit (`resync`). What it could not read in between others share with
//! it.
//!
//! # Certificates
//! The device renews both of its certificates itself (`certificates`): the one for TLS every
//! few days, the one for messaging once a year, after which each of its groups sees a commit.
//!
//! # What the patient agreed to
//! In a conversation that is linked to a team's case nothing is sent that no consent covers
//! (`consent`), what is shared into it is copied as previewed (`sharing`), and when the consent is
//! withdrawn or its time is over the devices of those who were told leave (`withdrawal`).
//!
//! # A revoked device
//! The service proposes its removal in the log (`revocation`). Nothing else can be sent before
//! a member's commit contains it; members take turns so that one does.

mod account;
mod attention;
mod bridge;
mod cases;
mod certificates;
mod commit;
mod consent;
mod copied;
mod emergency;
mod enrolment;
mod event;
mod history;
mod identifiers;
mod key_packages;
mod missing;
mod new_devices;
mod notice;
mod outbox;
mod overdue;
mod partners;
mod pause;
mod policy;
mod prover;
mod purpose;
mod receipts;
mod receive;
mod record;
mod rejoin;
mod resync;
mod revocation;
mod sharing;
mod signed;
mod snooze;
mod timers;
mod trust;
mod views;
mod withdrawal;
mod withheld;

pub use account::{Account, Me};
pub use attention::{Attention, QuietHours};
pub use cases::{CaseSummary, Opening, PendingEntry, TeamChange};
pub use certificates::TransportCertificate;
pub use emergency::Admission;
pub use enrolment::{Enrolment, canonical_code};
pub use event::{Alarm, Call, CallId, Effect, Event, NewDevice, Reply, Step, Update};
pub use notice::{Notice, Noticed};
pub use overdue::{Overdue, Turn};
pub use partners::{Partner, Proposal, Told, ToldAdherence};
pub use policy::CasePolicy;
pub use prover::Prover;
pub use resync::Standing;
pub use sharing::Preview;
pub use snooze::Snoozed;
pub use trust::{Breach, Evidence, UnprovedEntry};
pub use views::{OfficerSecret, OpenedView, Recording, View};
