//! The catalogue: the state machines of everything that can be asked, as tables.
//!
//! [`STATES`] says which states a kind of loop has and whose turn it is in each; [`RULES`]
//! says which seat may move it where, and what the step must bring along; [`senders`] says
//! which seats may ask. The reducer knows nothing else about any kind: what is not listed here
//! is rejected. `proto/CATALOGUE.md` is generated from these tables by [`markdown`].

mod page;
mod table;

pub use page::markdown;
pub use table::{RULES, STATES};

use crate::{LoopKind, LoopState, Party, Requirement, SeatRole};

/// A state of a kind of loop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The kind.
    pub kind: LoopKind,
    /// The state.
    pub state: LoopState,
    /// Whose turn it is; nobody's if the state is final, or stands until somebody ends it.
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

impl Rule {
    /// Whether the seat that takes the step becomes accountable: whoever takes it out of a queue,
    /// and whoever accepts what is offered to them; not who sends it back.
    pub fn takes_over(&self) -> bool {
        matches!(self.who, Party::Nominee | Party::Pool)
            && !initial_states(self.kind).contains(&self.to)
    }

    /// Whether the step begins anew what had come to its end.
    pub fn reopens(&self) -> bool {
        self.who == Party::Requester && initial_states(self.kind).contains(&self.to)
    }
}

/// Whether it is asked for a patient, and so not in a group without one.
pub const fn needs_patient(kind: LoopKind) -> bool {
    match kind {
        LoopKind::Referral
        | LoopKind::DischargeNotice
        | LoopKind::MedicationChange
        | LoopKind::ResultFollowUp
        | LoopKind::PlanSection
        | LoopKind::PlanGoal
        | LoopKind::PlanAction
        | LoopKind::Consent
        | LoopKind::Appointment
        | LoopKind::BreakGlass => true,
        LoopKind::Consult
        | LoopKind::Task
        | LoopKind::AcknowledgementRequest
        | LoopKind::CapacityEnquiry
        | LoopKind::ResourceSuggestion
        | LoopKind::Handover
        | LoopKind::Escalation
        | LoopKind::Defined => false,
    }
}

/// The states in which a loop can begin; the first unless what is asked says otherwise. What an
/// organisation has [defined](crate::TypeDefinition) has its states from there, and none here.
pub const fn initial_states(kind: LoopKind) -> &'static [LoopState] {
    match kind {
        LoopKind::Consult | LoopKind::BreakGlass => &[LoopState::Open],
        LoopKind::Referral | LoopKind::Task => &[LoopState::Requested],
        LoopKind::AcknowledgementRequest => &[LoopState::Pending],
        LoopKind::CapacityEnquiry => &[LoopState::Asked],
        LoopKind::ResourceSuggestion => &[LoopState::Suggested],
        LoopKind::DischargeNotice | LoopKind::ResultFollowUp => &[LoopState::Sent],
        LoopKind::MedicationChange => &[LoopState::Proposed, LoopState::Informed],
        LoopKind::PlanSection
        | LoopKind::PlanGoal
        | LoopKind::PlanAction
        | LoopKind::Consent
        | LoopKind::Appointment => &[LoopState::Proposed],
        LoopKind::Handover => &[LoopState::Offered],
        LoopKind::Escalation => &[LoopState::Raised],
        LoopKind::Defined => &[],
    }
}

/// The seats that may ask for it, by role; empty if every seat may.
pub const fn senders(kind: LoopKind) -> &'static [SeatRole] {
    use SeatRole::{
        CommunityWorker, Emergency, Hub, Laboratory, Mentor, Navigator, NurseCaseManager,
        Pharmacist, PrimaryCarePhysician, SocialWorker, Specialist,
    };
    match kind {
        LoopKind::Consult => &[
            Specialist,
            PrimaryCarePhysician,
            NurseCaseManager,
            Navigator,
            Pharmacist,
            SocialWorker,
            Emergency,
        ],
        LoopKind::CapacityEnquiry | LoopKind::BreakGlass => &[
            Specialist,
            PrimaryCarePhysician,
            NurseCaseManager,
            Navigator,
            Pharmacist,
            SocialWorker,
            Hub,
            Mentor,
        ],
        LoopKind::ResourceSuggestion => &[
            Specialist,
            PrimaryCarePhysician,
            NurseCaseManager,
            Navigator,
            Pharmacist,
            SocialWorker,
            CommunityWorker,
            Hub,
            Mentor,
        ],
        LoopKind::DischargeNotice => &[Specialist, NurseCaseManager, Navigator],
        LoopKind::MedicationChange => &[
            Specialist,
            PrimaryCarePhysician,
            NurseCaseManager,
            Pharmacist,
            Emergency,
        ],
        LoopKind::ResultFollowUp => &[
            Specialist,
            PrimaryCarePhysician,
            NurseCaseManager,
            Laboratory,
        ],
        LoopKind::Referral
        | LoopKind::Task
        | LoopKind::AcknowledgementRequest
        | LoopKind::PlanSection
        | LoopKind::PlanGoal
        | LoopKind::PlanAction
        | LoopKind::Handover
        | LoopKind::Escalation
        | LoopKind::Consent
        | LoopKind::Appointment
        | LoopKind::Defined => &[],
    }
}

/// Whose turn it is; nobody's if the state is final, or stands until somebody ends it.
pub fn awaits(kind: LoopKind, state: LoopState) -> Option<Party> {
    STATES
        .iter()
        .find(|stage| stage.kind == kind && stage.state == state)
        .and_then(|stage| stage.awaits)
}

/// The rules for a step, one for each party that may take it; none if the catalogue does not
/// list it.
pub fn rules_to(
    kind: LoopKind,
    from: LoopState,
    to: LoopState,
) -> impl Iterator<Item = &'static Rule> {
    rules_from(kind, from).filter(move |rule| rule.to == to)
}

/// The rule by which `who` may take a step, if the catalogue lists it.
pub fn rule(kind: LoopKind, from: LoopState, to: LoopState, who: Party) -> Option<&'static Rule> {
    rules_to(kind, from, to).find(|rule| rule.who == who)
}

/// The step by which a requester takes back what they asked: at once, or by asking the owner to
/// stop.
pub fn cancellation(kind: LoopKind, from: LoopState) -> Option<&'static Rule> {
    [
        LoopState::Cancelled,
        LoopState::Withdrawn,
        LoopState::AbortRequested,
    ]
    .into_iter()
    .find_map(|to| rule(kind, from, to, Party::Requester))
}

/// Whether it has come to its end in this state: no step leaves it, but one that begins anew.
pub fn is_final(kind: LoopKind, state: LoopState) -> bool {
    rules_from(kind, state).all(Rule::reopens)
}

/// Every step that may be taken from a state.
pub fn rules_from(kind: LoopKind, from: LoopState) -> impl Iterator<Item = &'static Rule> {
    RULES
        .iter()
        .filter(move |rule| rule.kind == kind && rule.from == from)
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
            assert!(
                seen.insert((rule.kind, rule.from, rule.to, rule.who)),
                "{rule:?}"
            );
            for end in [rule.from, rule.to] {
                assert!(states(rule.kind).any(|s| s.state == end), "{rule:?}");
            }
        }
    }

    #[test]
    fn every_state_is_reached_and_only_final_ones_have_no_way_out() {
        for &kind in LoopKind::ALL {
            let mut reached: BTreeSet<_> = initial_states(kind).iter().copied().collect();
            while let Some(next) = RULES.iter().find(|rule| {
                rule.kind == kind && reached.contains(&rule.from) && !reached.contains(&rule.to)
            }) {
                reached.insert(next.to);
            }
            for stage in states(kind) {
                assert!(reached.contains(&stage.state), "{stage:?}");
                let ways_out = usize::from(!is_final(kind, stage.state));
                let stands = (stage.kind, stage.state) == (LoopKind::Consent, LoopState::Active);
                assert_eq!(
                    stage.awaits.is_none() && !stands,
                    ways_out == 0,
                    "{stage:?}"
                );
            }
        }
    }

    #[test]
    fn what_is_asked_can_be_taken_back_and_work_under_way_is_stopped_by_its_owner() {
        for kind in [LoopKind::Referral, LoopKind::Task] {
            let to = |from| cancellation(kind, from).map(|rule| rule.to);
            assert_eq!(to(LoopState::Accepted), Some(LoopState::Cancelled));
            assert_eq!(to(LoopState::InProgress), Some(LoopState::AbortRequested));
            let stop = rule(
                kind,
                LoopState::AbortRequested,
                LoopState::Cancelled,
                Party::Owner,
            );
            assert!(stop.is_some());
        }
        let consult = cancellation(LoopKind::Consult, LoopState::Open);
        assert_eq!(consult.map(|rule| rule.to), Some(LoopState::Withdrawn));
        assert_eq!(cancellation(LoopKind::Task, LoopState::Done), None);
    }

    #[test]
    fn only_its_requester_reopens_it_and_says_why() {
        let reopening: Vec<_> = RULES.iter().filter(|rule| rule.reopens()).collect();
        assert!(!reopening.is_empty());
        for rule in reopening {
            assert_eq!(rule.requires, Requirement::Note, "{rule:?}");
            let open = awaits(rule.kind, rule.from);
            assert!(matches!(open, None | Some(Party::Requester)), "{rule:?}");
        }
    }

    #[test]
    fn what_can_be_offered_can_be_accepted_sent_back_and_taken_from_a_queue() {
        for rule in RULES
            .iter()
            .filter(|rule| rule.requires == Requirement::Nominee)
        {
            let by = |who| move |rule: &&Rule| rule.who == who;
            let answers = || rules_from(rule.kind, rule.to);
            let (taken, back): (Vec<&Rule>, Vec<&Rule>) = answers()
                .filter(by(Party::Nominee))
                .partition(|rule| rule.takes_over());
            assert_eq!((taken.len(), back.len()), (1, 1), "{rule:?}");
            let from_queue: Vec<_> = answers().filter(by(Party::Pool)).collect();
            assert_eq!(from_queue.len(), 1, "{rule:?}");
            assert_eq!(from_queue[0].to, taken[0].to, "{rule:?}");
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
        use LoopState::{
            Achieved, Actioned, Answered, Completed, Done, Failed, FollowUpBooked, Reconciled,
            Referred, Resolved,
        };
        for rule in RULES {
            let finished = [
                Achieved,
                Actioned,
                Answered,
                Completed,
                Done,
                Failed,
                FollowUpBooked,
                Reconciled,
                Referred,
                Resolved,
            ];
            if finished.contains(&rule.from) {
                assert_eq!(rule.who, Party::Requester, "{rule:?}");
                assert!(rule.to == LoopState::Closed || rule.reopens(), "{rule:?}");
            }
            if rule.to == LoopState::Closed {
                assert_eq!(rule.who, Party::Requester, "{rule:?}");
            }
        }
    }
}
