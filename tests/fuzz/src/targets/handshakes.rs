//! What devices send for the server to check: commits with what belongs to them, new groups,
//! key packages, messages.

use std::sync::LazyLock;

use relais_mls::{
    ContentKind, Error, application_header, content_kind, open_group, validate_commit,
    validate_key_package,
};

use super::{Seed, edits_of};
use crate::{
    edits::Input,
    parties::{GROUP, Parties},
};

static PARTIES: LazyLock<Parties> = LazyLock::new(Parties::new);

/// Longest ratchet tree that may follow from a commit in this group, in bytes.
const LARGEST_TREE: usize = 64 * 1024;

/// What is taken is what its signer made, and takes the group one epoch on.
pub fn run(input: &[u8]) {
    let all = &*PARTIES;
    let mut input = Input(input);
    match input.byte() % 7 {
        0 => {
            let commit = input.message(&all.adding.commit);
            commits(&commit, &all.welcome(), &all.adding.group_info);
        }
        1 => {
            let welcome = input.message(&all.welcome());
            commits(&all.adding.commit, &welcome, &all.adding.group_info);
        }
        2 => {
            let info = input.message(&all.adding.group_info);
            if commits(&all.adding.commit, &all.welcome(), &info) {
                assert_eq!(info, all.adding.group_info, "an altered GroupInfo is taken");
            }
        }
        3 => {
            let info = input.message(&all.group_info);
            if opens(&info, &all.founding_tree) {
                assert_eq!(info, all.group_info, "an altered GroupInfo opens a group");
            }
        }
        4 => {
            let tree = input.message(&all.founding_tree);
            if opens(&all.group_info, &tree) {
                assert_eq!(tree, all.founding_tree, "an altered tree opens a group");
            }
        }
        5 => {
            let package = input.message(&all.key_package);
            let owner = &all.cy.mls.identity().device;
            if validate_key_package(&package, owner, &all.anchors, all.now).is_ok() {
                assert_eq!(package, all.key_package, "an altered key package is taken");
            }
        }
        _ => {
            let message = input.message(&all.message);
            let kind = content_kind(&message);
            if let Ok(header) = application_header(&message) {
                assert_eq!(kind, Ok(ContentKind::Application));
                if message == all.message {
                    assert_eq!((header.group, header.epoch), (GROUP, 1));
                }
            }
        }
    }
}

impl Parties {
    fn welcome(&self) -> Vec<u8> {
        self.adding.welcome.clone().unwrap_or_default().into()
    }
}

/// True if the server takes the commit.
fn commits(commit: &[u8], welcome: &[u8], group_info: &[u8]) -> bool {
    let all = &*PARTIES;
    let check = |state: &[u8]| {
        let sender = all.ana.id();
        validate_commit(
            state,
            commit,
            Some(welcome),
            group_info,
            sender,
            &all.anchors,
            all.now,
        )
    };
    let Ok(taken) = check(&all.public_state) else {
        return false;
    };
    assert_eq!(taken.epoch, 2);
    assert_eq!(taken.added, [all.cy.mls.identity().device.clone()]);
    assert!(taken.removed.is_empty());
    assert!(taken.ratchet_tree.len() < LARGEST_TREE);
    // It cannot be taken a second time.
    let again = check(&taken.public_state);
    assert!(
        matches!(again, Err(Error::WrongEpoch { group: 2, .. })),
        "{again:?}"
    );
    true
}

/// True if the server registers the group.
fn opens(group_info: &[u8], tree: &[u8]) -> bool {
    let all = &*PARTIES;
    let key = all.remover.public();
    let Ok(opened) = open_group(group_info, tree, &key, &all.anchors, all.now) else {
        return false;
    };
    assert_eq!(opened.group, GROUP);
    assert_eq!(opened.members, [all.ana.mls.identity().device.clone()]);
    true
}

/// Each message, good and changed.
pub fn seeds() -> Vec<Seed> {
    edits_of(7)
}
