//! The SDK: an account over gRPC, with an encrypted store of its own.
//!
//! A [`Client`] is one device's open account. It drives `relais-engine`: every step is
//! written to the local store in one transaction before anything is sent, so a client can
//! die anywhere and go on. A [`Case`] is a handle on one conversation.
//!
//! ```no_run
//! # async fn example() -> Result<(), relais_client::Error> {
//! use std::time::Duration;
//!
//! let client = relais_client::Client::open("amelie.relais", &"correct horse".into()).await?;
//! client.connected(Duration::from_secs(5)).await?;
//! for case in client.cases().await? {
//!     println!("{}", case.title);
//! }
//! client.close().await
//! # }
//! ```

mod audit;
mod authority;
mod case;
mod client;
mod directory;
mod driver;
mod error;
mod line;
mod lock;
mod officer;
mod partners;
mod sign_in;
mod store;
mod subscription;
mod transparency;
mod transport;
mod vault;

pub use audit::{Audit, AuditFilter, AuditHead, AuditProblem, AuditReport};
pub use authority::{
    Agent, AgentEvent, Authority, AuthorityFolder, Enquiry, Expected, Rules as SigningRules, Signed,
};
pub use case::{Case, CaseUpdates};
pub use client::{Client, EnrolOptions};
pub use directory::{Directory, Invitee};
pub use error::Error;
pub use officer::Officer;
pub use partners::Partners;
pub use relais_engine::{
    Admission, Alarm, Attention, Breach, CasePolicy, CaseSummary, Evidence, Me, NewDevice, Notice,
    Noticed, OfficerSecret, OpenedView, Opening, Overdue, Partner, PendingEntry, Preview, Proposal,
    QuietHours, Recording, Snoozed, Standing, TeamChange, Told, ToldAdherence, Turn, UnprovedEntry,
    Update, View,
};
pub use sign_in::{Beginning, Redirect, SignIn, SignInOptions};
pub use transparency::{TransparencyLog, Watched};
pub use transport::Endpoint;
