//! Who answers for a seat: the seat, its delegates, its pool, its supervisor.
//!
//! All of it is a function of the view and of a time, and visits no seat twice, so that no
//! arrangement of delegations can make it run in circles.

use std::collections::BTreeSet;

use relais_types::{EntryId, PractitionerName, SeatId, Timestamp};
use serde::Serialize;

use crate::{
    Availability, CaseView, Content, CoverageRung, Delegation, LoopKind, LoopState, Party, Team,
    TeamSeat, catalogue, compose::escalate_at,
};

/// A seat that answers for another, and whether it can.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Cover {
    /// The seat.
    pub seat: SeatId,
    /// How it comes to answer.
    pub rung: CoverageRung,
    /// Whether somebody is there.
    pub availability: Availability,
}

/// To whom something late should be raised next.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct EscalationDue {
    /// The loop: the entry that asked.
    pub target: EntryId,
    /// The seat to raise it with.
    pub seat: SeatId,
    /// How that seat comes to answer.
    pub rung: CoverageRung,
    /// Since when it should be raised.
    pub since: Timestamp,
}

impl Delegation {
    /// Whether it is in force at `at` for `kind`; for anything but a loop, `None`.
    pub fn covers(&self, kind: Option<LoopKind>, at: Timestamp) -> bool {
        let scope = self.kinds.is_empty() || kind.is_some_and(|kind| self.kinds.contains(&kind));
        self.start <= at && at < self.end && scope
    }
}

impl TeamSeat {
    /// Whether somebody is there for it at `at`.
    pub fn availability(&self, at: Timestamp) -> Availability {
        let away = |delegation: &Delegation| {
            delegation.out_of_office && delegation.start <= at && at < delegation.end
        };
        if self.is_vacant() {
            Availability::Vacant
        } else if self.delegations.iter().any(away) {
            Availability::Away
        } else {
            Availability::Held
        }
    }
}

impl Team {
    /// Who answers for `seat` at `at`, in the order in which they are asked: the seat, its
    /// delegates and theirs, its pool, its supervisor, and who covers those. Each seat stands
    /// in it once.
    pub fn coverage(&self, seat: SeatId, kind: Option<LoopKind>, at: Timestamp) -> Vec<Cover> {
        let mut chain = Chain {
            team: self,
            kind,
            at,
            seen: BTreeSet::new(),
            covers: Vec::new(),
        };
        let mut next = Some((seat, CoverageRung::Seat));
        while let Some((seat, rung)) = next.take() {
            let Some(held) = self.seat(seat).filter(|_| !chain.seen.contains(&seat)) else {
                break;
            };
            chain.add(held, rung);
            let queue = self.queue_pool(seat);
            for &pooled in if queue.is_empty() { &held.pool } else { &queue } {
                if let Some(pooled) = self.seat(pooled) {
                    chain.add(pooled, CoverageRung::Pool);
                }
            }
            next = held.supervisor.map(|seat| (seat, CoverageRung::Supervisor));
        }
        chain.covers
    }

    /// The first seat of the [chain](Self::coverage) where somebody is there.
    pub fn covering(&self, seat: SeatId, kind: Option<LoopKind>, at: Timestamp) -> Option<Cover> {
        self.coverage(seat, kind, at)
            .into_iter()
            .find(|cover| cover.availability == Availability::Held)
    }

    /// Whether `delegate` may act for `seat` at `at`: by a delegation, or by one from a seat
    /// that may. A handover is never delegated.
    pub fn acts_for(
        &self,
        delegate: SeatId,
        seat: SeatId,
        kind: Option<LoopKind>,
        at: Timestamp,
    ) -> bool {
        let delegable = kind != Some(LoopKind::Handover);
        let mut seen = BTreeSet::from([seat]);
        let mut open = vec![seat];
        while let Some(seat) = open.pop().filter(|_| delegable) {
            for next in delegates(self.seat(seat), kind, at) {
                if next == delegate {
                    return true;
                }
                if seen.insert(next) {
                    open.push(next);
                }
            }
        }
        false
    }
}

impl CaseView {
    /// What should be raised at `now`, and with whom.
    ///
    /// Due is what its owner seat has not acknowledged when
    /// [the time to escalate](escalate_at) has come. Each escalation that is open has its own
    /// time; once that too has passed without anybody taking it, the next seat of the chain is
    /// due. A read stops nothing; an acknowledgement, or a step of the owner seat, stops it all.
    pub fn escalations_due(&self, now: Timestamp) -> Vec<EscalationDue> {
        self.loops
            .iter()
            .filter(|asked| asked.kind != LoopKind::Escalation)
            .filter_map(|asked| self.escalation_due(asked, now))
            .collect()
    }

    fn escalation_due(&self, asked: &crate::Loop, now: Timestamp) -> Option<EscalationDue> {
        if asked.acknowledged.is_some() || !asked.is_open() {
            return None;
        }
        let mut since = escalate_at(asked.priority, asked.asked_at, asked.acknowledge_by?);
        let mut raised_with = BTreeSet::from([asked.owner]);
        for escalation in self.escalations_of(asked.id) {
            if escalation.state != LoopState::Raised {
                // Somebody has it in hand, or it was settled; then nobody else is asked.
                if catalogue::awaits(escalation.kind, escalation.state).is_some() {
                    return None;
                }
                continue;
            }
            raised_with.insert(escalation.owner);
            let by = escalation.acknowledge_by?;
            since = since.max(escalate_at(escalation.priority, escalation.asked_at, by));
        }
        if now < since {
            return None;
        }
        self.team
            .coverage(asked.owner, Some(asked.kind), now)
            .into_iter()
            .find(|cover| {
                cover.availability == Availability::Held && !raised_with.contains(&cover.seat)
            })
            .map(|cover| EscalationDue {
                target: asked.id,
                seat: cover.seat,
                rung: cover.rung,
                since,
            })
    }

    fn escalations_of(&self, target: EntryId) -> impl Iterator<Item = &crate::Loop> {
        self.loops.iter().filter(move |raised| {
            raised.kind == LoopKind::Escalation
                && matches!(
                    self.item(raised.id).map(|item| &item.content),
                    Some(Content::Escalation(escalation)) if escalation.target == target
                )
        })
    }

    /// The steps that `me` may take in a loop at `now`, from a seat of theirs or as a delegate,
    /// each with the seat to take it from.
    pub fn possible_steps_at(
        &self,
        id: EntryId,
        me: &PractitionerName,
        now: Timestamp,
    ) -> Vec<(SeatId, &'static catalogue::Rule)> {
        let Some(asked) = self.find_loop(id) else {
            return Vec::new();
        };
        let mine: Vec<SeatId> = self.team.seats_of(me).map(|seat| seat.seat.id).collect();
        asked
            .next_steps()
            .filter_map(|rule| {
                let own = self.team.taking_seat(asked, rule.who, me);
                let party = asked.seat_of(rule.who);
                let covering = || {
                    if rule.who == Party::Pool {
                        return None;
                    }
                    let acts =
                        |&seat: &SeatId| self.team.acts_for(seat, party, Some(asked.kind), now);
                    mine.iter().copied().find(acts)
                };
                own.or_else(covering).map(|seat| (seat, rule))
            })
            .collect()
    }
}

struct Chain<'a> {
    team: &'a Team,
    kind: Option<LoopKind>,
    at: Timestamp,
    seen: BTreeSet<SeatId>,
    covers: Vec<Cover>,
}

impl<'a> Chain<'a> {
    /// Adds a seat and then, depth first, those who act for it.
    fn add(&mut self, seat: &'a TeamSeat, rung: CoverageRung) {
        let mut open = vec![(seat, rung)];
        while let Some((seat, rung)) = open.pop() {
            if !self.seen.insert(seat.seat.id) {
                continue;
            }
            self.covers.push(Cover {
                seat: seat.seat.id,
                rung,
                availability: seat.availability(self.at),
            });
            let before = open.len();
            open.extend(
                delegates(Some(seat), self.kind, self.at)
                    .filter_map(|delegate| self.team.seat(delegate))
                    .map(|delegate| (delegate, CoverageRung::Delegate)),
            );
            // The first that was named is asked first.
            open[before..].reverse();
        }
    }
}

fn delegates(
    seat: Option<&TeamSeat>,
    kind: Option<LoopKind>,
    at: Timestamp,
) -> impl Iterator<Item = SeatId> {
    seat.into_iter()
        .flat_map(|seat| &seat.delegations)
        .filter(move |delegation| delegation.covers(kind, at))
        .map(|delegation| delegation.delegate)
}
