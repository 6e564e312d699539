//! The key packages that let a device be added to a group while it is offline.

mod claim;
mod count;
mod publish;

pub use claim::{ClaimOutcome, ClaimParams, ClaimedKeyPackage, claim};
pub use count::{CountOutcome, count};
pub use publish::{PublishOutcome, PublishParams, publish};
