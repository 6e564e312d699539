//! Every step from every state, by every seat, with and without what it requires: those that
//! the catalogue lists take effect, and no other.

use std::collections::VecDeque;

use relais_care::{
    AcknowledgementRequest, CaseView, Consult, ConsultClass, DeclineReason, LoopKind, LoopState,
    Party, Referral, Rejection, Requirement, Task, Transition,
    catalogue::{self, Rule, STATES},
};
use relais_types::EntryId;

use crate::world::{Log, json, seat_id};

const REQUESTER: usize = 2;
const OWNER: usize = 3;
const BYSTANDER: usize = 1;

pub(crate) fn ask(log: &mut Log, by: usize, seat: usize, kind: LoopKind, owner: usize) -> EntryId {
    let draft = log.draft(by, seat);
    let owner = seat_id(owner);
    let entry = match kind {
        LoopKind::Consult => draft.consult(
            owner,
            Consult {
                specialty: "Néphrologie".to_owned(),
                question: "Quelle dose ?".to_owned(),
                class: ConsultClass::CoManage,
            },
        ),
        LoopKind::Referral => draft.referral(
            owner,
            Referral {
                service: None,
                service_display_name: "Popote roulante".to_owned(),
                reason: "Vit seul".to_owned(),
                needs: vec!["Repas".to_owned()],
                consent: "Nom et adresse".to_owned(),
                outcome_wanted: "Trois repas par semaine".to_owned(),
            },
        ),
        LoopKind::Task => draft.task(
            owner,
            Task {
                what: "Appeler".to_owned(),
                due: None,
            },
        ),
        LoopKind::AcknowledgementRequest => draft.acknowledgement_request(
            owner,
            AcknowledgementRequest {
                what: "Allergie".to_owned(),
            },
        ),
    };
    log.push(by, entry.unwrap())
}

/// The shortest way of listed steps to a state.
fn way_to(kind: LoopKind, state: LoopState) -> Vec<&'static Rule> {
    let mut queue = VecDeque::from([(catalogue::initial(kind), Vec::new())]);
    while let Some((at, way)) = queue.pop_front() {
        if at == state {
            return way;
        }
        for rule in catalogue::rules_from(kind, at).filter(|_| way.len() < LoopState::ALL.len()) {
            let mut further = way.clone();
            further.push(rule);
            queue.push_back((rule.to, further));
        }
    }
    unreachable!("{kind} {state} cannot be reached")
}

fn person_of(party: Party) -> usize {
    match party {
        Party::Requester => REQUESTER,
        Party::Owner => OWNER,
    }
}

fn complete(target: EntryId, to: LoopState) -> Transition {
    let mut transition = Transition::new(target, to).note("Voici.");
    transition.decline_reason = Some(DeclineReason::Waitlist);
    transition
}

/// A log in which one loop has reached a state.
fn log_at(kind: LoopKind, state: LoopState) -> (Log, EntryId) {
    let mut log = Log::opened();
    let target = ask(&mut log, REQUESTER, REQUESTER, kind, OWNER);
    for rule in way_to(kind, state) {
        let by = person_of(rule.who);
        let entry = log
            .draft(by, by)
            .transition(complete(target, rule.to))
            .unwrap();
        log.push(by, entry);
    }
    (log, target)
}

/// What must become of a step, told from the tables alone.
fn expected(
    rule: Option<&Rule>,
    by: usize,
    transition: &Transition,
) -> Result<LoopState, Rejection> {
    let rule = rule.ok_or(Rejection::NotInCatalogue)?;
    if by != person_of(rule.who) {
        return Err(Rejection::WrongParty);
    }
    match rule.requires {
        Requirement::Note if transition.note.is_empty() => Err(Rejection::NoteRequired),
        Requirement::DeclineReason if transition.decline_reason.is_none() => {
            Err(Rejection::DeclineReasonRequired)
        }
        _ => Ok(rule.to),
    }
}

#[test]
fn listed_steps_take_effect_and_no_others() {
    let mut taken = 0;
    for stage in STATES {
        let (log, target) = log_at(stage.kind, stage.state);
        let view = log.view();
        assert_eq!(view.find_loop(target).unwrap().state, stage.state);
        for &to in LoopState::ALL {
            let rule = catalogue::rule(stage.kind, stage.state, to);
            for by in [REQUESTER, OWNER, BYSTANDER] {
                for told in 0..4 {
                    let mut transition = complete(target, to);
                    if told & 1 == 0 {
                        transition.note.clear();
                    }
                    if told & 2 == 0 {
                        transition.decline_reason = None;
                    }
                    let outcome = expected(rule, by, &transition);
                    check(&log, &view, by, transition, outcome);
                    taken += usize::from(outcome.is_ok());
                }
            }
        }
    }
    assert!(taken > catalogue::RULES.len(), "every rule was taken");
}

fn check(
    log: &Log,
    view: &CaseView,
    by: usize,
    transition: Transition,
    outcome: Result<LoopState, Rejection>,
) {
    let target = transition.target;
    let mut log = log.clone();
    let entry = log.draft(by, by).transition(transition).unwrap();
    let id = log.push(by, entry);
    let mut next = view.clone();
    next.apply(log.entries.last().unwrap()).unwrap();
    let rejected = next.item(id).unwrap().rejected.map(|r| r.reason);
    assert_eq!(rejected, outcome.err());
    let (was, is) = (
        view.find_loop(target).unwrap(),
        next.find_loop(target).unwrap(),
    );
    match outcome {
        Ok(state) => {
            assert_eq!(is.state, state);
            assert_eq!(is.history.len(), was.history.len() + 1);
        }
        Err(_) => assert_eq!(json(&next)["loops"], json(view)["loops"]),
    }
}
