//! Random programs: what eight people might do to a case, honestly or not.

use bytes::Bytes;
use proptest::{collection::vec, prelude::*};
use relais_care::{
    ConversationKind, Correction, DeclineReason, LoopKind, LoopState, Receipt, Transition,
};
use relais_proto::care as pb;
use relais_types::EntryId;

use crate::{
    every_step::ask,
    world::{Log, PARTNER, device, person, seat_id, usual_seat},
};

/// One thing that somebody does. Indices are taken modulo what there is.
#[derive(Clone, Debug)]
pub(crate) enum Op {
    Say,
    Ask(usize, usize),
    /// Any step of any loop, listed or not.
    Step(usize, usize, bool),
    /// A listed step of an open loop, by the seat that it belongs to.
    ProperStep(usize, usize),
    Receipt(Vec<(usize, u8)>),
    Correct(usize, bool),
    Seat(usize, usize, bool),
    PartnerStep(usize),
    Relay(usize),
    Unknown,
    /// Tampers with an otherwise good entry.
    Tamper(u8),
    /// The server, or a member, presents an entry again.
    Again(usize),
    History,
}

/// Who does it, whether from their usual seat, and what.
pub(crate) type Line = (usize, bool, Op);

pub(crate) fn programs() -> impl Strategy<Value = Vec<Line>> {
    // Mostly those who sit on the team, so that most of it takes effect.
    let people = prop_oneof![8 => 0..4_usize, 1 => 4..8_usize];
    vec((people, prop::bool::weighted(0.95), ops()), 1..40)
}

fn ops() -> impl Strategy<Value = Op> {
    let index = 0..64_usize;
    prop_oneof![
        3 => Just(Op::Say),
        4 => (0..4_usize, 0..5_usize).prop_map(|(kind, owner)| Op::Ask(kind, owner)),
        3 => (index.clone(), 0..20_usize, any::<bool>()).prop_map(|(l, to, told)| Op::Step(l, to, told)),
        6 => (index.clone(), index.clone()).prop_map(|(l, step)| Op::ProperStep(l, step)),
        5 => vec((index.clone(), 1..8_u8), 1..6).prop_map(Op::Receipt),
        3 => (index.clone(), any::<bool>()).prop_map(|(target, withdraw)| Op::Correct(target, withdraw)),
        2 => (0..4_usize, 0..8_usize, prop::bool::weighted(0.8)).prop_map(|(s, p, taken)| Op::Seat(s, p, taken)),
        3 => index.clone().prop_map(Op::PartnerStep),
        2 => index.clone().prop_map(Op::Relay),
        1 => Just(Op::Unknown),
        2 => (0..7_u8).prop_map(Op::Tamper),
        1 => index.prop_map(Op::Again),
        1 => Just(Op::History),
    ]
}

/// Runs a program; the log holds everything that was sent, rejected or not.
pub(crate) fn run(program: &[Line]) -> Log {
    let mut world = World {
        log: Log::opened(),
        partner: Log::new(PARTNER),
    };
    world.partner.open(2, ConversationKind::Partner, &[2, 3]);
    for (by, usual, op) in program {
        let seat = if *usual {
            usual_seat(*by)
        } else {
            (*by + 1) % 4
        };
        world.act(*by, seat, op);
    }
    world.log
}

struct World {
    log: Log,
    partner: Log,
}

impl World {
    fn act(&mut self, by: usize, seat: usize, op: &Op) {
        let log = &mut self.log;
        let entry = match op {
            Op::Say => log.draft(by, seat).text("Bonjour"),
            Op::Ask(kind, owner) => {
                ask(log, by, seat, LoopKind::ALL[*kind], *owner);
                return;
            }
            Op::Step(index, to, told) => {
                let target = pick_loop(log, *index);
                let step = transition(target, LoopState::ALL[*to], *told);
                log.draft(by, seat).transition(step)
            }
            Op::ProperStep(index, step) => {
                step_properly(log, *index, *step);
                return;
            }
            Op::Receipt(said) => {
                let about = |bit: u8| -> Vec<EntryId> {
                    let chosen = said.iter().filter(|(_, bits)| bits & bit != 0);
                    chosen.map(|(index, _)| pick(log, *index)).collect()
                };
                let receipt = Receipt {
                    delivered: about(1),
                    read: about(2),
                    acknowledged: about(4),
                };
                log.draft(by, seat).receipt(receipt)
            }
            Op::Correct(index, withdraw) => log.draft(by, seat).correction(Correction {
                target: pick_own(log, by, *index),
                reason: "Erreur".to_owned(),
                replacement: if *withdraw { "" } else { "Autrement dit" }.to_owned(),
            }),
            Op::Seat(seat, holder, taken) => {
                log.seat_person(by, *seat, taken.then_some(*holder));
                return;
            }
            Op::PartnerStep(step) => {
                if step % 4 == 0 {
                    ask(&mut self.partner, 2, 2, LoopKind::Referral, 3);
                } else {
                    step_properly(&mut self.partner, *step, *step);
                }
                return;
            }
            Op::Relay(from) => {
                let mut part = self.partner.clone();
                part.entries.drain(..from % part.entries.len());
                log.relay(by, &part);
                return;
            }
            Op::Unknown => log.draft(by, seat).text("x").map(|mut entry| {
                entry.body = None;
                "relais.care.v9.Poll".clone_into(&mut entry.r#type);
                entry
            }),
            Op::Tamper(how) => log
                .draft(by, seat)
                .text("x")
                .map(|entry| tamper(entry, *how)),
            Op::Again(index) => {
                let again = log.entries[index % log.entries.len()].clone();
                let author = (0..8).find(|&person| device(person) == again.author);
                log.push_with(author.unwrap_or(by), again.entry, again.relayed);
                return;
            }
            Op::History => log.draft(by, seat).history(Vec::new(), 0),
        };
        self.log.push(by, entry.unwrap());
    }
}

fn pick(log: &Log, index: usize) -> EntryId {
    log.entries[index % log.entries.len()].id()
}

/// A loop if there is one, or else any entry.
fn pick_loop(log: &Log, index: usize) -> EntryId {
    let loops = log.view().loops;
    let chosen = loops.get(index % (loops.len() + 1));
    chosen.map_or_else(|| pick(log, index), |asked| asked.id)
}

/// An entry of `by`, mostly.
fn pick_own(log: &Log, by: usize, index: usize) -> EntryId {
    let own: Vec<_> = log
        .entries
        .iter()
        .filter(|logged| logged.author == device(by))
        .collect();
    let chosen = own.get(index % (own.len() + 1));
    chosen.map_or_else(|| pick(log, index), |logged| logged.id())
}

fn transition(target: EntryId, to: LoopState, told: bool) -> Transition {
    let mut transition = Transition::new(target, to);
    if told {
        "Voici.".clone_into(&mut transition.note);
        transition.decline_reason = Some(DeclineReason::NoCapacity);
    }
    transition
}

/// Takes a listed step, if some loop is open and its seat is held.
fn step_properly(log: &mut Log, index: usize, step: usize) {
    let view = log.view();
    let open: Vec<_> = view.loops.iter().filter(|asked| asked.is_open()).collect();
    let Some(asked) = open.get(index % open.len().max(1)) else {
        return;
    };
    let rules: Vec<_> = asked.next_steps().collect();
    let rule = rules[step % rules.len()];
    let seat = asked.seat_of(rule.who);
    let (by, seat) = (0..8)
        .flat_map(|by| (0..4).map(move |seat| (by, seat)))
        .find(|&(by, index)| seat_id(index) == seat && view.team.holds(&person(by).name, seat))
        .unwrap_or((0, 0));
    let entry = log
        .draft(by, seat)
        .transition(transition(asked.id, rule.to, true));
    log.push(by, entry.unwrap());
}

fn tamper(mut entry: pb::Entry, how: u8) -> pb::Entry {
    match how {
        0 => entry.id = Bytes::from_static(b"short"),
        1 => entry.case_id = Bytes::from_static(&[9; 16]),
        2 => entry.author = None,
        3 => entry.owner_seat = Bytes::from_static(&[9; 16]),
        4 => "relais.care.v1.Task".clone_into(&mut entry.r#type),
        5 => entry.type_version = 0,
        _ => {
            if let Some(author) = &mut entry.author {
                author.practitioner_id = Bytes::from_static(&[9; 16]);
            }
        }
    }
    entry
}
