//! What is recorded, on the wire.

use bytes::Bytes;
use relais_proto::{care as pb, to_proto_time};

use super::{Result, all};
use crate::{
    Decision, DurationBin, LoopState, MetricsReport, Nudge, Problem, SeatRole, Share, Usefulness,
    field::{self, MAX_LIST},
    metrics::FEWEST,
};

pub(super) fn decision(body: &pb::Decision) -> Result<Decision> {
    Ok(Decision {
        what: field::prose("decision.what", &body.what)?,
        reason: field::prose("decision.reason", &body.reason)?,
        about: field::list("decision.about", &body.about, MAX_LIST, |id| {
            field::id("decision.about", id)
        })?,
        decided_by: field::list("decision.decided_by", &body.decided_by, MAX_LIST, |id| {
            field::id("decision.decided_by", id)
        })?,
        review_date: field::date("decision.review_date", &body.review_date)?,
    })
}

pub(super) fn nudge(body: &pb::Nudge) -> Result<Nudge> {
    Ok(Nudge {
        target: field::id("nudge.target", &body.target)?,
        note: field::optional_prose("nudge.note", &body.note)?,
    })
}

/// How useful an answer was: said with the step that closes it, and with no other.
pub(super) fn usefulness(body: &pb::Transition) -> Result<Option<u8>> {
    const FIELD: &str = "transition.usefulness";
    match u8::try_from(body.usefulness) {
        Ok(0) => Ok(None),
        Ok(said @ 1..=5) if body.to == LoopState::Closed.to_wire() => Ok(Some(said)),
        Ok(1..=5) => Err(Problem::Inconsistent.of(FIELD)),
        _ => Err(Problem::NotWellFormed.of(FIELD)),
    }
}

/// More than this of anything is no count; sums of many reports stay far from overflowing.
const MOST: u64 = 1_000_000_000;
const ACKNOWLEDGED: &str = "metrics_report.acknowledged";

pub(super) fn metrics_report(body: &pb::MetricsReport) -> Result<MetricsReport> {
    let start = field::time("metrics_report.start_time", body.start_time.as_ref())?;
    let end = field::time("metrics_report.end_time", body.end_time.as_ref())?;
    if end <= start {
        return Err(Problem::Reversed.of("metrics_report.end_time"));
    }
    let one_share =
        |field, body: &Option<pb::Share>| body.as_ref().map(|it| share(field, it)).transpose();
    if body.vacant_seat_hours > MOST {
        return Err(Problem::Inconsistent.of("metrics_report.vacant_seat_hours"));
    }
    Ok(MetricsReport {
        start,
        end,
        answer_times: answer_times(&body.answer_times)?,
        referrals_closed: one_share("metrics_report.referrals_closed", &body.referrals_closed)?,
        acknowledged: field::list(ACKNOWLEDGED, &body.acknowledged, MAX_LIST, |row| {
            let of = row
                .share
                .as_ref()
                .ok_or(Problem::Missing.of(ACKNOWLEDGED))?;
            let role = field::word(ACKNOWLEDGED, row.role, SeatRole::from_wire)?;
            Ok((role, share(ACKNOWLEDGED, of)?))
        })?,
        escalations_taken: one_share("metrics_report.escalations_taken", &body.escalations_taken)?,
        vacant_seat_hours: body.vacant_seat_hours,
        usefulness: body.usefulness.as_ref().map(said).transpose()?,
    })
}

/// Bins in ascending order, the open one last, none with fewer than may be told.
fn answer_times(bins: &[pb::DurationBin]) -> Result<Vec<DurationBin>> {
    const FIELD: &str = "metrics_report.answer_times";
    let bins = field::list(FIELD, bins, MAX_LIST, |bin| {
        if !(FEWEST..=MOST).contains(&bin.count) {
            return Err(Problem::Inconsistent.of(FIELD));
        }
        Ok(DurationBin {
            minutes: bin.minutes,
            count: bin.count,
        })
    })?;
    let place = |bin: &DurationBin| bin.minutes.wrapping_sub(1);
    if bins.windows(2).any(|two| place(&two[0]) >= place(&two[1])) {
        return Err(Problem::Inconsistent.of(FIELD));
    }
    Ok(bins)
}

fn share(field: &'static str, body: &pb::Share) -> Result<Share> {
    if !(FEWEST..=MOST).contains(&body.whole) || body.whole < body.part {
        return Err(Problem::Inconsistent.of(field));
    }
    Ok(Share {
        part: body.part,
        whole: body.whole,
    })
}

fn said(body: &pb::Usefulness) -> Result<Usefulness> {
    let possible = body.count..=body.count.saturating_mul(5);
    if !(FEWEST..=MOST).contains(&body.count) || !possible.contains(&body.sum) {
        return Err(Problem::Inconsistent.of("metrics_report.usefulness"));
    }
    Ok(Usefulness {
        count: body.count,
        sum: body.sum,
    })
}

impl From<Decision> for pb::Decision {
    fn from(decision: Decision) -> Self {
        Self {
            what: decision.what,
            reason: decision.reason,
            about: all(decision.about),
            decided_by: all(decision.decided_by),
            review_date: decision.review_date,
        }
    }
}

impl From<Nudge> for pb::Nudge {
    fn from(nudge: Nudge) -> Self {
        Self {
            target: Bytes::from(nudge.target),
            note: nudge.note,
        }
    }
}

impl From<Share> for pb::Share {
    fn from(share: Share) -> Self {
        Self {
            part: share.part,
            whole: share.whole,
        }
    }
}

impl From<MetricsReport> for pb::MetricsReport {
    fn from(report: MetricsReport) -> Self {
        let bin = |bin: DurationBin| pb::DurationBin {
            minutes: bin.minutes,
            count: bin.count,
        };
        let of_role = |(role, share): (SeatRole, Share)| pb::RoleShare {
            role: role.to_wire(),
            share: Some(share.into()),
        };
        Self {
            start_time: Some(to_proto_time(report.start)),
            end_time: Some(to_proto_time(report.end)),
            answer_times: report.answer_times.into_iter().map(bin).collect(),
            referrals_closed: report.referrals_closed.map(pb::Share::from),
            acknowledged: report.acknowledged.into_iter().map(of_role).collect(),
            escalations_taken: report.escalations_taken.map(pb::Share::from),
            vacant_seat_hours: report.vacant_seat_hours,
            usefulness: report.usefulness.map(|said| pb::Usefulness {
                count: said.count,
                sum: said.sum,
            }),
        }
    }
}
