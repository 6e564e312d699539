//! Stories: what `relais demo` plays, as YAML files.
//!
//! A story names organisations, people with their devices, services and steps. Everything
//! that can be wrong with it is said before a server is started, with the line.

mod asked;
mod check;
mod load;
mod ordered;
mod schema;
mod step;
mod text;
mod word;

pub use asked::{Ask, Asked, Tell, Told};
pub use load::{Error, Shipped, load, parse};
pub use ordered::Ordered;
pub use schema::{CasePatient, Organisation, Part, Person, SeatSpec, Service, Show, Story};
pub use step::{
    Acknowledge, Add, AskAck, Consult, Correct, Device, Expect, Invite, Open, Read, Refer, Replace,
    Respond, Revoke, Say, Seen, ServerStep, Step, Task,
};
pub use text::sentences;
pub(crate) use word::{Word, optional_word, word};
