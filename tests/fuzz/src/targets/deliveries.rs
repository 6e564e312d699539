//! What a server delivers to an account: pages of entries and Welcomes, whatever is in them.

use std::sync::LazyLock;

use prost::Message as _;
use relais_engine::Event;
use relais_proto::delivery::SyncResponse;

use super::{Seed, edits_of};
use crate::{accounts::Accounts, edits::Input};

static ACCOUNTS: LazyLock<Accounts> = LazyLock::new(Accounts::new);

/// The account stays whole, and says the same after it is opened again.
pub fn run(input: &[u8]) {
    let all = &*ACCOUNTS;
    let mut input = Input(input);
    let good = input.one_of(&all.pages);
    let Ok(page) = SyncResponse::decode(&input.message(good)[..]) else {
        return;
    };
    all.bo_takes(Event::Delivered {
        deliveries: page.deliveries,
        caught_up: !page.has_more,
    });
}

/// Each page, good and changed.
pub fn seeds() -> Vec<Seed> {
    edits_of(u8::try_from(ACCOUNTS.pages.len()).unwrap_or(u8::MAX))
}
