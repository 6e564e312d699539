//! Who did what to identities, the directory and the rosters of groups.
//!
//! The events are written by the use cases themselves, in the transaction of what they tell
//! about. Here they are only read.

mod list_events;
mod verify;

pub use list_events::{Event, EventDetails, ListEventsParams, Resource, list_events};
pub use verify::{VerifyOutcome, verify};
