//! What the server gives a member: entries of the log, and the Welcome with its tree.

use std::sync::LazyLock;

use relais_mls::Processed;

use super::{Seed, edits_of};
use crate::{
    edits::Input,
    parties::{GROUP, Parties, processed, rows},
};

static PARTIES: LazyLock<Parties> = LazyLock::new(Parties::new);

/// A member follows what its sender made, to the byte, and is as before after anything else.
pub fn run(input: &[u8]) {
    let all = &*PARTIES;
    let mut input = Input(input);
    let choice = input.byte() % 5;
    let good: &[u8] = match choice {
        0 => &all.message,
        1 => &all.adding.commit,
        2 => &all.proposal,
        _ => return join(choice, input),
    };
    let message = input.message(good);
    let (outcome, state) = processed(&all.bo, &message, all.now);
    let what = match outcome {
        Ok(what) => what,
        Err(error) => {
            assert!(rows(&state) == *all.bo.rows(), "{error} left a trace");
            return;
        }
    };
    assert_eq!(message, good, "an altered message is followed");
    match what {
        Processed::Application { plaintext, .. } => assert_eq!(plaintext, all.text),
        Processed::Commit(change) => assert_eq!((change.added.len(), change.removed.len()), (1, 0)),
        Processed::RemovalProposed(device) => assert_eq!(device.device, all.ana.id()),
    }
}

fn join(choice: u8, input: Input<'_>) {
    let all = &*PARTIES;
    let mut welcome = all.adding.welcome.clone().unwrap_or_default().to_vec();
    let mut tree = all.tree.clone();
    if choice == 3 {
        welcome = input.message(&welcome);
    } else {
        tree = input.message(&tree);
    }
    let mut state = all.cy.state();
    let joined = all.cy.mls.join(&mut state, &welcome, &tree, all.now);
    match joined {
        Ok(joined) => {
            assert_eq!((joined.group, joined.epoch), (GROUP, 2));
            let holds = all.cy.mls.authenticator(&state, GROUP);
            assert_eq!(
                holds.as_ref(),
                Ok(&all.authenticator),
                "another group than Ana's"
            );
        }
        Err(error) => assert!(rows(&state) == *all.cy.rows(), "{error} left a trace"),
    }
}

/// Each message, good and changed.
pub fn seeds() -> Vec<Seed> {
    edits_of(5)
}
