//! What a server answers to a claim of key packages: from that, an account makes a commit.

use std::sync::LazyLock;

use prost::Message as _;
use relais_engine::{Call, Effect, Event, Reply};
use relais_proto::keypackage::ClaimKeyPackagesResponse;

use super::{Seed, edits_of};
use crate::{accounts::Accounts, edits::Input};

static ACCOUNTS: LazyLock<Accounts> = LazyLock::new(Accounts::new);

/// Nobody is added but devices of the person who was claimed, and the account stays whole.
pub fn run(input: &[u8]) {
    let all = &*ACCOUNTS;
    let mut input = Input(input);
    let good = input.one_of(&all.answers);
    let Ok(answer) = ClaimKeyPackagesResponse::decode(&input.message(good)[..]) else {
        return;
    };
    let mut account = all.adding();
    let step = account.handle(Event::Connected).expect("a whole account");
    let claim = step.effects.into_iter().find_map(|effect| match effect {
        Effect::Call(id, Call::ClaimKeyPackages(_)) => Some(id),
        _ => None,
    });
    let claim = claim.expect("the account claims key packages");
    let reply = Event::Replied(claim, Ok(Reply::ClaimKeyPackages(answer.clone())));
    let step = account
        .handle(reply)
        .expect("a foreign answer does no damage");
    let commits = step
        .effects
        .iter()
        .any(|effect| matches!(effect, Effect::Call(_, Call::Commit(_))));
    if commits {
        let good = ClaimKeyPackagesResponse::decode(&all.answers[0][..]).expect("our own");
        let known = |package: &bytes::Bytes| {
            good.key_packages
                .iter()
                .any(|it| it.key_package == *package)
        };
        assert!(
            answer.key_packages.iter().any(|it| known(&it.key_package)),
            "somebody else is added"
        );
    }
    all.stays_whole(&all.adding_rows, step.writes);
}

/// Each answer, good and changed.
pub fn seeds() -> Vec<Seed> {
    edits_of(u8::try_from(ACCOUNTS.answers.len()).unwrap_or(u8::MAX))
}
