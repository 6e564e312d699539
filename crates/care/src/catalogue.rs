//! The catalogue: the state machines of everything that can be asked, as two tables.
//!
//! [`STATES`] says which states a kind of loop has and whose turn it is in each; [`RULES`]
//! says which seat may move it where, and what the step must bring along. The reducer knows
//! nothing else about any kind: what is not listed here is rejected. `proto/CATALOGUE.md` is
//! generated from these tables by [`markdown`].

mod page;

pub use page::markdown;

use crate::{LoopKind, LoopState, Party, Requirement};

/// A state of a kind of loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The kind.
    pub kind: LoopKind,
    /// The state.
    pub state: LoopState,
    /// Whose turn it is; nobody's if the state is final.
    pub awaits: Option<Party>,
}

/// A step that may be taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// The kind of loop.
    pub kind: LoopKind,
    /// The state it is in.
    pub from: LoopState,
    /// The state it moves to.
    pub to: LoopState,
    /// The seat that may move it.
    pub who: Party,
    /// What the step must bring along.
    pub requires: Requirement,
}

/// The state in which a loop begins.
pub fn initial(kind: LoopKind) -> LoopState {
    match kind {
        LoopKind::Consult => LoopState::Open,
        LoopKind::Referral | LoopKind::Task => LoopState::Requested,
        LoopKind::AcknowledgementRequest => LoopState::Pending,
    }
}

/// Whose turn it is; nobody's if the state is final.
pub fn awaits(kind: LoopKind, state: LoopState) -> Option<Party> {
    STATES
        .iter()
        .find(|stage| stage.kind == kind && stage.state == state)
        .and_then(|stage| stage.awaits)
}

/// The rule for a step, if the catalogue lists it.
pub fn rule(kind: LoopKind, from: LoopState, to: LoopState) -> Option<&'static Rule> {
    rules_from(kind, from).find(|rule| rule.to == to)
}

/// Every step that may be taken from a state.
pub fn rules_from(kind: LoopKind, from: LoopState) -> impl Iterator<Item = &'static Rule> {
    RULES
        .iter()
        .filter(move |rule| rule.kind == kind && rule.from == from)
}

/// Every state of every kind.
pub const STATES: &[Stage] = {
    use LoopKind::{AcknowledgementRequest, Consult, Referral, Task};
    use LoopState::{
        Accepted, Acknowledged, Answered, Cancelled, Closed, Completed, Declined, Done, Expired,
        Failed, InProgress, InfoRequested, OnHold, Open, Pending, Received, Refused, Requested,
        Supplied, Withdrawn,
    };
    use Party::{Owner, Requester};
    &[
        stage(Consult, Open, Some(Owner)),
        stage(Consult, InfoRequested, Some(Requester)),
        stage(Consult, Supplied, Some(Owner)),
        stage(Consult, Answered, Some(Requester)),
        stage(Consult, Closed, None),
        stage(Consult, Withdrawn, None),
        stage(Referral, Requested, Some(Owner)),
        stage(Referral, Received, Some(Owner)),
        stage(Referral, Accepted, Some(Owner)),
        stage(Referral, InProgress, Some(Owner)),
        stage(Referral, OnHold, Some(Owner)),
        stage(Referral, Completed, Some(Requester)),
        stage(Referral, Failed, Some(Requester)),
        stage(Referral, Declined, None),
        stage(Referral, Closed, None),
        stage(Task, Requested, Some(Owner)),
        stage(Task, Accepted, Some(Owner)),
        stage(Task, InProgress, Some(Owner)),
        stage(Task, Done, Some(Requester)),
        stage(Task, Declined, None),
        stage(Task, Closed, None),
        stage(Task, Cancelled, None),
        stage(AcknowledgementRequest, Pending, Some(Owner)),
        stage(AcknowledgementRequest, Acknowledged, None),
        stage(AcknowledgementRequest, Refused, None),
        stage(AcknowledgementRequest, Expired, None),
    ]
};

/// Every step that takes effect.
///
/// Where the field's own words leave a choice: an owner may accept, decline or answer without
/// the step before it (one person at one desk), and a service that has accepted may still
/// fail, but no longer decline. Finished work waits for its requester, who cannot take it
/// back any more.
pub const RULES: &[Rule] = {
    use LoopKind::{AcknowledgementRequest, Consult, Referral, Task};
    use LoopState::{
        Accepted, Acknowledged, Answered, Cancelled, Closed, Completed, Declined, Done, Expired,
        Failed, InProgress, InfoRequested, OnHold, Open, Pending, Received, Refused, Requested,
        Supplied, Withdrawn,
    };
    use Party::{Owner, Requester};
    use Requirement::{DeclineReason, Note, Nothing};
    &[
        step(Consult, Open, InfoRequested, Owner, Note),
        step(Consult, Open, Answered, Owner, Note),
        step(Consult, Open, Withdrawn, Requester, Note),
        step(Consult, InfoRequested, Supplied, Requester, Note),
        step(Consult, InfoRequested, Answered, Owner, Note),
        step(Consult, InfoRequested, Withdrawn, Requester, Note),
        step(Consult, Supplied, InfoRequested, Owner, Note),
        step(Consult, Supplied, Answered, Owner, Note),
        step(Consult, Supplied, Withdrawn, Requester, Note),
        step(Consult, Answered, Closed, Requester, Nothing),
        step(Referral, Requested, Received, Owner, Nothing),
        step(Referral, Requested, Accepted, Owner, Nothing),
        step(Referral, Requested, Declined, Owner, DeclineReason),
        step(Referral, Received, Accepted, Owner, Nothing),
        step(Referral, Received, Declined, Owner, DeclineReason),
        step(Referral, Accepted, InProgress, Owner, Nothing),
        step(Referral, Accepted, Failed, Owner, Note),
        step(Referral, InProgress, OnHold, Owner, Note),
        step(Referral, InProgress, Completed, Owner, Note),
        step(Referral, InProgress, Failed, Owner, Note),
        step(Referral, OnHold, InProgress, Owner, Nothing),
        step(Referral, OnHold, Failed, Owner, Note),
        step(Referral, Completed, Closed, Requester, Nothing),
        step(Referral, Failed, Closed, Requester, Nothing),
        step(Task, Requested, Accepted, Owner, Nothing),
        step(Task, Requested, Declined, Owner, Note),
        step(Task, Requested, Cancelled, Requester, Note),
        step(Task, Accepted, InProgress, Owner, Nothing),
        step(Task, Accepted, Done, Owner, Nothing),
        step(Task, Accepted, Declined, Owner, Note),
        step(Task, Accepted, Cancelled, Requester, Note),
        step(Task, InProgress, Done, Owner, Nothing),
        step(Task, InProgress, Declined, Owner, Note),
        step(Task, InProgress, Cancelled, Requester, Note),
        step(Task, Done, Closed, Requester, Nothing),
        step(
            AcknowledgementRequest,
            Pending,
            Acknowledged,
            Owner,
            Nothing,
        ),
        step(AcknowledgementRequest, Pending, Refused, Owner, Note),
        step(AcknowledgementRequest, Pending, Expired, Requester, Nothing),
    ]
};

const fn stage(kind: LoopKind, state: LoopState, awaits: Option<Party>) -> Stage {
    Stage {
        kind,
        state,
        awaits,
    }
}

const fn step(
    kind: LoopKind,
    from: LoopState,
    to: LoopState,
    who: Party,
    requires: Requirement,
) -> Rule {
    Rule {
        kind,
        from,
        to,
        who,
        requires,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    fn states(kind: LoopKind) -> impl Iterator<Item = &'static Stage> {
        STATES.iter().filter(move |stage| stage.kind == kind)
    }

    #[test]
    fn each_step_is_listed_once_between_listed_states() {
        let mut seen = BTreeSet::new();
        for rule in RULES {
            assert!(seen.insert((rule.kind, rule.from, rule.to)), "{rule:?}");
            for end in [rule.from, rule.to] {
                assert!(states(rule.kind).any(|s| s.state == end), "{rule:?}");
            }
        }
    }

    #[test]
    fn every_state_is_reached_and_only_final_ones_have_no_way_out() {
        for &kind in LoopKind::ALL {
            let mut reached = BTreeSet::from([initial(kind)]);
            while let Some(next) = RULES.iter().find(|rule| {
                rule.kind == kind && reached.contains(&rule.from) && !reached.contains(&rule.to)
            }) {
                reached.insert(next.to);
            }
            for stage in states(kind) {
                assert!(reached.contains(&stage.state), "{stage:?}");
                let ways_out = rules_from(kind, stage.state).count();
                assert_eq!(stage.awaits.is_none(), ways_out == 0, "{stage:?}");
            }
        }
    }

    #[test]
    fn whose_turn_it_is_can_act() {
        for stage in STATES {
            if let Some(party) = stage.awaits {
                assert!(
                    rules_from(stage.kind, stage.state).any(|rule| rule.who == party),
                    "{stage:?}"
                );
            }
        }
    }

    #[test]
    fn finished_work_is_ended_by_its_requester_alone() {
        use LoopState::{Answered, Completed, Done, Failed};
        for rule in RULES {
            if [Answered, Completed, Done, Failed].contains(&rule.from) {
                assert_eq!(
                    (rule.to, rule.who),
                    (LoopState::Closed, Party::Requester),
                    "{rule:?}"
                );
            }
            if rule.to == LoopState::Closed {
                assert_eq!(rule.who, Party::Requester, "{rule:?}");
            }
        }
    }
}
