//! What is different between two states of a plan.

use std::fmt;

use relais_types::EntryId;
use serde::Serialize;

use super::{Part, Plan, Signed};
use crate::{LoopKind, LoopState, content::redacted};

/// A part of the plan that is not as it was.
#[derive(Clone, PartialEq, Eq, Serialize)]
pub struct Change {
    /// The section, goal or action.
    pub id: EntryId,
    /// Number of the entry that proposed it.
    pub seq: u64,
    /// Which of them it is.
    pub kind: LoopKind,
    /// What it is called in the later plan, or in the earlier one if it is gone.
    pub title: String,
    /// What is different.
    pub what: Changed,
}

/// What is different of a part.
#[derive(Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Changed {
    /// It was not there before.
    Added {
        /// Where it stands.
        state: LoopState,
    },
    /// It is not there any more, because the later plan is that of an earlier entry.
    Removed,
    /// It says something else.
    Reworded {
        /// What it said.
        from: String,
        /// What it says.
        to: String,
    },
    /// Its target date is another.
    Redated {
        /// The date before, ISO 8601.
        from: String,
        /// The date now.
        to: String,
    },
    /// Another seat, or another person on it, answers for it.
    Owner {
        /// Who did.
        from: String,
        /// Who does.
        to: String,
    },
    /// It has moved on.
    State {
        /// Where it stood.
        from: LoopState,
        /// Where it stands.
        to: LoopState,
    },
    /// A seat has said what it thinks of it.
    Signed(Signed),
}

redacted!(Change, Changed);

impl Plan {
    /// What has changed in this plan since an `earlier` one, part by part in the order of this
    /// plan; what is gone comes last.
    pub fn changes_since(&self, earlier: &Self) -> Vec<Change> {
        let mut changes = Vec::new();
        for part in self.all() {
            let mut note = |what| {
                changes.push(Change {
                    id: part.id,
                    seq: part.seq,
                    kind: part.kind,
                    title: part.title.clone(),
                    what,
                });
            };
            if let Some(before) = earlier.all().find(|before| before.id == part.id) {
                compare(before, part, &mut note);
            } else {
                note(Changed::Added { state: part.state });
                for signed in &part.sign_offs {
                    note(Changed::Signed(signed.clone()));
                }
            }
        }
        let gone = earlier
            .all()
            .filter(|before| !self.all().any(|part| part.id == before.id));
        changes.extend(gone.map(|before| Change {
            id: before.id,
            seq: before.seq,
            kind: before.kind,
            title: before.title.clone(),
            what: Changed::Removed,
        }));
        changes
    }
}

fn compare(before: &Part, part: &Part, note: &mut impl FnMut(Changed)) {
    let words = |part: &Part| format!("{}\n{}", part.title, part.text).trim().to_owned();
    if words(before) != words(part) {
        note(Changed::Reworded {
            from: words(before),
            to: words(part),
        });
    }
    if before.target_date != part.target_date {
        note(Changed::Redated {
            from: before.target_date.clone(),
            to: part.target_date.clone(),
        });
    }
    if before.owner != part.owner {
        let name = |part: &Part| {
            let owner = &part.owner;
            if owner.holder.is_empty() {
                owner.organisation_display_name.clone()
            } else {
                owner.holder.clone()
            }
        };
        note(Changed::Owner {
            from: name(before),
            to: name(part),
        });
    }
    if before.state != part.state {
        note(Changed::State {
            from: before.state,
            to: part.state,
        });
    }
    let new = |signed: &&Signed| {
        let mut told = before.sign_offs.iter();
        !told.any(|earlier| earlier.seat == signed.seat && earlier.at == signed.at)
    };
    for signed in part.sign_offs.iter().filter(new) {
        note(Changed::Signed(signed.clone()));
    }
}
