//! How seats take part, and who covers them, on the wire.

use bytes::Bytes;
use relais_proto::{care as pb, to_proto_time};

use super::{Result, all};
use crate::{
    Coverage, Delegation, Duty, DutyClass, FollowLevel, LoopKind, Participation, Problem, Review,
    Stance,
    field::{self, MAX_LIST},
};

pub(super) fn participation(body: &pb::Participation) -> Result<Participation> {
    let participation = Participation {
        stance: field::optional_word("participation.stance", body.stance, Stance::from_wire)?,
        follow: field::optional_word("participation.follow", body.follow, FollowLevel::from_wire)?,
        charter: field::list("participation.charter", &body.charter, MAX_LIST, duty)?,
    };
    if participation == Participation::default() {
        return Err(Problem::Missing.of("participation.stance"));
    }
    Ok(participation)
}

fn duty(body: &pb::Duty) -> Result<Duty> {
    Ok(Duty {
        class: field::word("duty.class", body.class, DutyClass::from_wire)?,
        what: field::line("duty.what", &body.what)?,
    })
}

pub(super) fn delegation(body: &pb::Delegation) -> Result<Delegation> {
    let start = field::time("delegation.start_time", body.start_time.as_ref())?;
    let end = field::time("delegation.end_time", body.end_time.as_ref())?;
    if end <= start {
        return Err(Problem::Reversed.of("delegation.end_time"));
    }
    Ok(Delegation {
        seat: field::id("delegation.seat_id", &body.seat_id)?,
        delegate: field::id("delegation.delegate_seat", &body.delegate_seat)?,
        kinds: field::list("delegation.kinds", &body.kinds, MAX_LIST, |&kind| {
            field::word("delegation.kinds", kind, LoopKind::from_wire)
        })?,
        start,
        end,
        out_of_office: body.out_of_office,
        reason: field::optional_prose("delegation.reason", &body.reason)?,
    })
}

pub(super) fn coverage(body: &pb::Coverage) -> Result<Coverage> {
    Ok(Coverage {
        seat: field::id("coverage.seat_id", &body.seat_id)?,
        pool: field::list("coverage.pool", &body.pool, MAX_LIST, |seat| {
            field::id("coverage.pool", seat)
        })?,
        supervisor: field::optional_id("coverage.supervisor_seat", &body.supervisor_seat)?,
    })
}

impl From<Participation> for pb::Participation {
    fn from(participation: Participation) -> Self {
        let duty = |duty: Duty| pb::Duty {
            class: duty.class.to_wire(),
            what: duty.what,
        };
        Self {
            stance: participation.stance.map_or(0, Stance::to_wire),
            follow: participation.follow.map_or(0, FollowLevel::to_wire),
            charter: participation.charter.into_iter().map(duty).collect(),
        }
    }
}

impl From<Delegation> for pb::Delegation {
    fn from(delegation: Delegation) -> Self {
        Self {
            seat_id: delegation.seat.into(),
            delegate_seat: delegation.delegate.into(),
            kinds: delegation
                .kinds
                .into_iter()
                .map(LoopKind::to_wire)
                .collect(),
            start_time: Some(to_proto_time(delegation.start)),
            end_time: Some(to_proto_time(delegation.end)),
            out_of_office: delegation.out_of_office,
            reason: delegation.reason,
        }
    }
}

impl From<Coverage> for pb::Coverage {
    fn from(coverage: Coverage) -> Self {
        Self {
            seat_id: coverage.seat.into(),
            pool: all(coverage.pool),
            supervisor_seat: coverage.supervisor.map(Bytes::from).unwrap_or_default(),
        }
    }
}

impl From<Review> for pb::Review {
    fn from(review: Review) -> Self {
        Self { note: review.note }
    }
}
