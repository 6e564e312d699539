//! Who is let in and what they are given, on the wire.

use relais_proto::{care as pb, to_proto_time};

use super::{Result, person, seat};
use crate::{
    BreakGlass, BreakGlassReason, HistoryPolicy, HistoryScope, HistoryShared, LoopKind, Problem,
    SeatRole,
    field::{self, MAX_LIST},
};

/// A policy; none means everything.
pub(super) fn history(body: Option<&pb::HistoryPolicy>) -> Result<HistoryPolicy> {
    let Some(body) = body else {
        return Ok(HistoryPolicy::All);
    };
    let scope = field::optional_word("history.scope", body.scope, HistoryScope::from_wire)?;
    Ok(match scope.unwrap_or(HistoryScope::All) {
        HistoryScope::All => HistoryPolicy::All,
        HistoryScope::Since => HistoryPolicy::Since {
            since: field::time("history.since", body.since.as_ref())?,
        },
        HistoryScope::Kinds if body.kinds.is_empty() => {
            return Err(Problem::Missing.of("history.kinds"));
        }
        HistoryScope::Kinds => HistoryPolicy::Kinds {
            kinds: field::list("history.kinds", &body.kinds, MAX_LIST, |&kind| {
                field::word("history.kinds", kind, LoopKind::from_wire)
            })?,
        },
        HistoryScope::Open => HistoryPolicy::Open,
    })
}

pub(super) fn history_shared(body: &pb::HistoryShared) -> Result<HistoryShared> {
    let whom = body.person.as_ref();
    Ok(HistoryShared {
        person: person(whom.ok_or(Problem::Missing.of("history_shared.person"))?)?,
        history: history(body.history.as_ref())?,
        reason: field::optional_prose("history_shared.reason", &body.reason)?,
    })
}

pub(super) fn break_glass(body: &pb::BreakGlass) -> Result<BreakGlass> {
    let place = body.seat.as_ref();
    let place = seat(place.ok_or(Problem::Missing.of("break_glass.seat"))?)?;
    if place.role != SeatRole::Emergency {
        return Err(Problem::NotWellFormed.of("break_glass.seat"));
    }
    let whom = body.person.as_ref();
    Ok(BreakGlass {
        seat: place,
        person: person(whom.ok_or(Problem::Missing.of("break_glass.person"))?)?,
        reason: field::word(
            "break_glass.reason",
            body.reason,
            BreakGlassReason::from_wire,
        )?,
        explanation: field::prose("break_glass.explanation", &body.explanation)?,
        until: field::time("break_glass.until", body.until.as_ref())?,
        history: history(body.history.as_ref())?,
    })
}

impl From<HistoryPolicy> for pb::HistoryPolicy {
    fn from(policy: HistoryPolicy) -> Self {
        let scope = policy.scope().to_wire();
        let (since, kinds) = match policy {
            HistoryPolicy::All | HistoryPolicy::Open => (None, Vec::new()),
            HistoryPolicy::Since { since } => (Some(to_proto_time(since)), Vec::new()),
            HistoryPolicy::Kinds { kinds } => (None, kinds),
        };
        Self {
            scope,
            since,
            kinds: kinds.into_iter().map(LoopKind::to_wire).collect(),
        }
    }
}

impl From<HistoryShared> for pb::HistoryShared {
    fn from(shared: HistoryShared) -> Self {
        Self {
            person: Some(shared.person.into()),
            history: Some(shared.history.into()),
            reason: shared.reason,
        }
    }
}

impl From<BreakGlass> for pb::BreakGlass {
    fn from(admitted: BreakGlass) -> Self {
        Self {
            seat: Some(admitted.seat.into()),
            person: Some(admitted.person.into()),
            reason: admitted.reason.to_wire(),
            explanation: admitted.explanation,
            until: Some(to_proto_time(admitted.until)),
            history: (!admitted.history.is_all()).then(|| admitted.history.into()),
        }
    }
}
