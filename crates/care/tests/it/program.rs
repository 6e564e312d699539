//! Random programs: what eight people might do to a case, honestly or not.

use bytes::Bytes;
use proptest::{collection::vec, prelude::*};
use relais_care::{
    AccessEnded, AccessEndedCause, Cancellation, CaseView, ConversationKind, Correction, Coverage,
    DeclineReason, Delegation, Duty, DutyClass, FieldError, FileDigest, FollowLevel, HandoverScope,
    HistoryPolicy, HistoryShared, InformationClass, Language, Link, LoopKind, LoopState, Nudge,
    Offer, Participation, PlanSignOff, Receipt, Retraction, Review, SignOff, Stance, TeamChanged,
    TimelineItem, Transition,
};
use relais_proto::care as pb;
use relais_types::EntryId;

use crate::{
    asking::{ask, handover},
    world::{Log, PARTNER, START, device, occupancy, person, seat_id, usual_seat},
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
    /// Puts a person on a seat who is given what a policy says.
    Join(usize, usize, usize),
    /// Gives a person more.
    ShareMore(usize, usize),
    /// A text in reply to something.
    Reply(usize),
    PartnerStep(usize),
    Relay(usize),
    Unknown,
    /// Tampers with an otherwise good entry.
    Tamper(u8),
    /// The server, or a member, presents an entry again.
    Again(usize),
    History,
    Cancel(usize),
    Retract(usize),
    /// A text that replaces an earlier entry.
    Supersede(usize),
    /// Offers the seat itself to another, and lets the other answer.
    HandOver(usize, bool),
    Participate(usize),
    /// Who acts for whom, for what, from and until which second.
    Delegate([usize; 3], u64, u64, bool),
    Cover(usize, usize, usize),
    Review,
    /// Copies an entry into the conversation with the partner, as whoever does not ask may.
    Copy(usize),
    /// Ends the access of a seat, here or in the conversation with the partner, and that with it.
    EndAccess(usize, bool, bool),
    /// A step of something that was defined, by its code, which may not be listed.
    DefinedStep(usize, usize),
    SignOff(usize, bool),
    /// The team gets a hub.
    Hub,
    Decide(usize),
    Nudge(usize),
    Report,
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
        6 => (0..LoopKind::ALL.len(), 0..6_usize).prop_map(|(kind, owner)| Op::Ask(kind, owner)),
        3 => (index.clone(), 0..LoopState::ALL.len(), any::<bool>()).prop_map(|(l, to, told)| Op::Step(l, to, told)),
        6 => (index.clone(), index.clone()).prop_map(|(l, step)| Op::ProperStep(l, step)),
        5 => vec((index.clone(), 1..8_u8), 1..6).prop_map(Op::Receipt),
        3 => (index.clone(), any::<bool>()).prop_map(|(target, withdraw)| Op::Correct(target, withdraw)),
        2 => (0..4_usize, 0..8_usize, prop::bool::weighted(0.8)).prop_map(|(s, p, taken)| Op::Seat(s, p, taken)),
        2 => (0..4_usize, 0..8_usize, 0..8_usize).prop_map(|(s, p, h)| Op::Join(s, p, h)),
        1 => (0..8_usize, 0..8_usize).prop_map(|(person, policy)| Op::ShareMore(person, policy)),
        2 => index.clone().prop_map(Op::Reply),
        3 => index.clone().prop_map(Op::PartnerStep),
        2 => index.clone().prop_map(Op::Relay),
        1 => Just(Op::Unknown),
        2 => (0..7_u8).prop_map(Op::Tamper),
        1 => index.prop_map(Op::Again),
        1 => Just(Op::History),
        2 => (0..64_usize).prop_map(Op::Cancel),
        1 => (0..64_usize).prop_map(Op::Retract),
        1 => (0..64_usize).prop_map(Op::Supersede),
        2 => (0..5_usize, any::<bool>()).prop_map(|(to, taken)| Op::HandOver(to, taken)),
        1 => (0..4_usize).prop_map(Op::Participate),
        3 => ([0..5_usize, 0..5_usize, 0..16_usize], 0..40_u64, 1..60_u64, any::<bool>())
            .prop_map(|(seats, from, length, away)| Op::Delegate(seats, from, from + length, away)),
        2 => (0..5_usize, 0..5_usize, 0..5_usize).prop_map(|(s, p, v)| Op::Cover(s, p, v)),
        1 => Just(Op::Review),
        3 => (0..64_usize, 0..4_usize).prop_map(|(l, to)| Op::DefinedStep(l, to)),
        2 => (0..64_usize, any::<bool>()).prop_map(|(part, agreed)| Op::SignOff(part, agreed)),
        2 => (0..64_usize).prop_map(Op::Copy),
        1 => (2..4_usize, any::<bool>(), any::<bool>()).prop_map(|(s, here, ends)| Op::EndAccess(s, here, ends)),
        2 => Just(Op::Hub),
        1 => (0..64_usize).prop_map(Op::Decide),
        2 => (0..64_usize).prop_map(Op::Nudge),
        1 => Just(Op::Report),
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
            Op::Copy(index) => {
                let view = log.view();
                let item = &view.timeline[index % view.timeline.len()];
                if item.rejected.is_none() && item.content.is_copyable() {
                    copy(&mut self.partner, &view, item);
                }
                return;
            }
            Op::EndAccess(seat, here, ends) => {
                let log = if *here { log } else { &mut self.partner };
                let ended = AccessEnded {
                    seats: vec![seat_id(*seat)],
                    cause: AccessEndedCause::ConsentWithdrawn,
                    conversation_ends: *ends,
                };
                let entry = log.draft(2, 2).access_ended(ended);
                log.push(2, entry.unwrap());
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
            Op::HandOver(to, taken) => {
                self.hand_over(by, seat, *to, *taken);
                return;
            }
            Op::Hub => {
                crate::hub::open(log, by);
                return;
            }
            op => rest(log, by, seat, op),
        };
        self.log.push(by, entry.unwrap());
    }

    fn hand_over(&mut self, by: usize, seat: usize, to: usize, taken: bool) {
        let log = &mut self.log;
        let draft = log.draft(by, seat);
        let entry = draft.handover(seat_id(to), handover(HandoverScope::Seat));
        let offered = log.push(by, entry.unwrap());
        let answer = if taken {
            LoopState::Accepted
        } else {
            LoopState::Declined
        };
        let step = transition(offered, answer, true);
        let entry = log.draft(to, to).transition(step);
        log.push(to, entry.unwrap());
    }
}

/// What needs nothing but the log.
fn rest(log: &Log, by: usize, seat: usize, op: &Op) -> Result<pb::Entry, FieldError> {
    let draft = log.draft(by, seat);
    match op {
        Op::Cancel(index) => draft.cancellation(Cancellation {
            target: pick_loop(log, *index),
            reason: "Plus nécessaire".to_owned(),
        }),
        Op::Retract(index) => draft.retraction(Retraction {
            target: pick_own(log, by, *index),
            reason: "Mauvais dossier".to_owned(),
        }),
        Op::Supersede(index) => {
            let target = pick_own(log, by, *index);
            draft.supersedes(target).text("Plutôt")
        }
        Op::Participate(how) => draft.participation(participation(*how)),
        Op::Delegate([of, to, kind], from, until, away) => {
            let second = |n: u64| START.plus(std::time::Duration::from_secs(n));
            draft.delegation(Delegation {
                seat: seat_id(*of),
                delegate: seat_id(*to),
                kinds: LoopKind::ALL.get(*kind).into_iter().copied().collect(),
                start: second(*from),
                end: second(*until),
                out_of_office: *away,
                reason: String::new(),
            })
        }
        Op::Cover(of, pool, supervisor) => draft.coverage(Coverage {
            seat: seat_id(*of),
            pool: vec![seat_id(*pool)],
            supervisor: Some(seat_id(*supervisor)),
        }),
        Op::DefinedStep(index, to) => {
            let loops = log.view().loops;
            let defined: Vec<_> = loops.iter().filter(|l| l.defined.is_some()).collect();
            let target = defined
                .get(index % defined.len().max(1))
                .map_or_else(|| pick(log, *index), |asked| asked.id);
            draft.defined_step(crate::defined::step(target, *to))
        }
        Op::SignOff(index, agreed) => draft.plan_sign_off(PlanSignOff {
            target: pick_loop(log, *index),
            said: SignOff::ALL[usize::from(!*agreed)],
            note: "Vu".to_owned(),
        }),
        Op::Join(seat, holder, how) => draft.team_changed(TeamChanged {
            seats_added: Vec::new(),
            occupancies: vec![occupancy(*seat, Some(*holder))],
            reason: String::new(),
            history: policy(*how),
        }),
        Op::ShareMore(whom, how) => draft.history_shared(HistoryShared {
            person: person(*whom),
            history: policy(*how),
            reason: String::new(),
        }),
        Op::Reply(index) => draft.in_reply_to(pick(log, *index)).text("Entendu"),
        Op::Review => draft.review(Review {
            note: String::new(),
        }),
        Op::Decide(index) => draft.decision(crate::records::decision(pick(log, *index))),
        Op::Nudge(index) => draft.nudge(Nudge {
            target: pick_loop(log, *index),
            note: String::new(),
        }),
        Op::Report => draft.metrics_report(crate::metrics::report()),
        _ => draft.text("Bonjour"),
    }
}

/// One of the policies.
pub(crate) fn policy(how: usize) -> HistoryPolicy {
    match how {
        0 => HistoryPolicy::All,
        1 => HistoryPolicy::Open,
        2..=4 => HistoryPolicy::Since {
            since: START.plus(std::time::Duration::from_secs(8 * how as u64)),
        },
        _ => HistoryPolicy::Kinds {
            kinds: vec![LoopKind::ALL[how * 7 % LoopKind::ALL.len()], LoopKind::Task],
        },
    }
}

/// Copies an entry into the conversation with the partner, whatever the consents say.
pub(crate) fn copy(partner: &mut Log, view: &CaseView, item: &TimelineItem) {
    let offer = Offer {
        classes: vec![InformationClass::Social],
        consents: view.consents().map(|(id, ..)| id).collect(),
    };
    let digest = FileDigest::from_bytes([7; 32]);
    let mut excerpt = view.excerpt(partner.case, item, &offer, digest, Language::French);
    if item.is_withdrawn() {
        "…".clone_into(&mut excerpt.text);
    }
    let entry = partner.draft(2, 2).excerpt(excerpt);
    partner.push(2, entry.unwrap());
}

fn participation(how: usize) -> Participation {
    match how {
        0 => Participation {
            stance: Some(Stance::Monitor),
            ..Participation::default()
        },
        1 => Participation {
            follow: Some(FollowLevel::Exceptions),
            ..Participation::default()
        },
        _ => Participation {
            charter: vec![Duty {
                class: DutyClass::ALL[how % 3],
                what: "Rappels".to_owned(),
            }],
            ..Participation::default()
        },
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
        transition.nominee = Some(seat_id(0));
        "65 ans et plus".clone_into(&mut transition.eligibility);
        "Repas congelés".clone_into(&mut transition.interim_plan);
        "2026-05-01".clone_into(&mut transition.expected_date);
        transition.link = Some(Link {
            case: PARTNER,
            entry: target,
        });
        transition.usefulness = (to == LoopState::Closed).then_some(4);
    }
    transition
}

/// Takes a listed step, if some loop is open and its seat is held.
fn step_properly(log: &mut Log, index: usize, step: usize) {
    let view = log.view();
    let listed = |asked: &&relais_care::Loop| asked.is_open() && asked.defined.is_none();
    let open: Vec<_> = view.loops.iter().filter(listed).collect();
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
