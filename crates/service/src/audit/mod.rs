//! Who did what to identities, the directory and the rosters of groups.
//!
//! The events are written by the use cases themselves, in the transaction of what they tell
//! about. Here they are only read. Who viewed what is different: clients seal it to the officer
//! of the organisation that opened the case, and the server keeps what it cannot read.

mod list_events;
mod officer_key;
mod verify;
mod views;

pub use list_events::{Event, EventDetails, ListEventsParams, Resource, list_events};
pub use officer_key::{PublishOfficerKeyParams, officer_key, publish_officer_key};
pub use verify::{VerifyOutcome, verify};
pub use views::{ListViewsParams, RecordViewsParams, list_views, record_views};
