//! When something should have been acknowledged, if nobody says otherwise.

use std::time::Duration;

use relais_types::Timestamp;

use crate::Priority;

const MINUTE: Duration = Duration::from_mins(1);

/// The time by which what is asked at `asked_at` should be acknowledged: 5 business days
/// (routine), 1 business day (urgent), 1 hour (as soon as possible), 15 minutes (stat).
///
/// Business days are Monday to Friday in UTC, without holidays, and end at the hour at which
/// it was asked; what is asked on a weekend counts from the Monday's midnight.
pub fn acknowledge_by(priority: Priority, asked_at: Timestamp) -> Timestamp {
    match priority {
        Priority::Routine => business_days_after(asked_at, 5),
        Priority::Urgent => business_days_after(asked_at, 1),
        Priority::Asap => asked_at.plus(60 * MINUTE),
        Priority::Stat => asked_at.plus(15 * MINUTE),
    }
}

/// The time at which what nobody has acknowledged should be escalated: after 80 % of the time
/// there was (routine), half of it (urgent, and as soon as possible: 30 minutes of the usual
/// hour) or a third of it (stat: 5 of the usual 15 minutes). Of what is routine or urgent
/// business time counts, unless all of it is a weekend. Never after `by`, nor before it was asked.
pub fn escalate_at(priority: Priority, asked_at: Timestamp, by: Timestamp) -> Timestamp {
    let (part, of) = match priority {
        Priority::Routine => (4, 5),
        Priority::Urgent | Priority::Asap => (1, 2),
        Priority::Stat => (1, 3),
    };
    // Divided first, so that no time overflows; what is lost is less than 5 µs.
    let share = |begin: i64, end: i64| begin.saturating_add(end.saturating_sub(begin) / of * part);
    let (begin, end) = (business_micros(asked_at), business_micros(by));
    let in_business = matches!(priority, Priority::Routine | Priority::Urgent) && begin < end;
    let at = if in_business {
        after_business_micros(share(begin, end))
    } else {
        Timestamp::from_micros(share(asked_at.as_micros(), by.as_micros()))
    };
    at.min(by).max(asked_at)
}

const MICROS_A_DAY: i64 = 86_400_000_000;
/// From the Monday before the epoch, which was a Thursday, to the epoch.
const MONDAY: i64 = 3 * MICROS_A_DAY;

/// The business time from `begin` to `end`; none if it ends before.
pub(crate) fn business_time(begin: Timestamp, end: Timestamp) -> Duration {
    let micros = business_micros(end).saturating_sub(business_micros(begin));
    Duration::from_micros(u64::try_from(micros).unwrap_or(0))
}

/// Business time since a Monday: weekends do not pass.
const fn business_micros(time: Timestamp) -> i64 {
    let since_monday = time.as_micros().saturating_add(MONDAY);
    let weeks = since_monday.div_euclid(7 * MICROS_A_DAY);
    let within = since_monday.rem_euclid(7 * MICROS_A_DAY);
    let workdays = 5 * MICROS_A_DAY;
    weeks * workdays + if within < workdays { within } else { workdays }
}

/// The first time at which so much business time has passed.
const fn after_business_micros(business: i64) -> Timestamp {
    let weeks = business.div_euclid(5 * MICROS_A_DAY);
    let within = business.rem_euclid(5 * MICROS_A_DAY);
    let micros = weeks
        .saturating_mul(7 * MICROS_A_DAY)
        .saturating_add(within)
        .saturating_sub(MONDAY);
    Timestamp::from_micros(micros)
}

/// The time at which so many business days have passed.
pub(crate) fn business_days_after(asked_at: Timestamp, days: i64) -> Timestamp {
    let business = business_micros(asked_at).saturating_add(days * MICROS_A_DAY);
    after_business_micros(business).max(asked_at)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The instant of an RFC 3339 time.
    fn at(text: &str) -> Timestamp {
        let instant: jiff::Timestamp = text.parse().unwrap_or_default();
        Timestamp::from_micros(instant.as_microsecond())
    }

    #[test]
    fn weekends_do_not_count() {
        for (priority, asked, due) in [
            // 2026-03-02 is a Monday.
            (
                Priority::Routine,
                "2026-03-02T10:30:00Z",
                "2026-03-09T10:30:00Z",
            ),
            (
                Priority::Routine,
                "2026-03-06T23:59:59Z",
                "2026-03-13T23:59:59Z",
            ),
            (
                Priority::Urgent,
                "2026-03-02T10:30:00Z",
                "2026-03-03T10:30:00Z",
            ),
            (
                Priority::Urgent,
                "2026-03-06T16:00:00Z",
                "2026-03-09T16:00:00Z",
            ),
            // On a Saturday and on a Sunday: as if asked first thing on Monday.
            (
                Priority::Urgent,
                "2026-03-07T09:00:00Z",
                "2026-03-10T00:00:00Z",
            ),
            (
                Priority::Urgent,
                "2026-03-08T23:00:00Z",
                "2026-03-10T00:00:00Z",
            ),
            // Minutes and hours run through the weekend.
            (
                Priority::Asap,
                "2026-03-07T09:00:00Z",
                "2026-03-07T10:00:00Z",
            ),
            (
                Priority::Stat,
                "2026-03-07T23:50:00Z",
                "2026-03-08T00:05:00Z",
            ),
        ] {
            assert_eq!(acknowledge_by(priority, at(asked)), at(due), "{asked}");
        }
    }

    #[test]
    fn what_is_not_acknowledged_is_escalated_in_time() {
        for (priority, asked, escalated) in [
            // Four of five business days; half of one.
            (
                Priority::Routine,
                "2026-03-02T10:30:00Z",
                "2026-03-06T10:30:00Z",
            ),
            (
                Priority::Routine,
                "2026-03-04T10:30:00Z",
                "2026-03-10T10:30:00Z",
            ),
            (
                Priority::Urgent,
                "2026-03-02T10:30:00Z",
                "2026-03-02T22:30:00Z",
            ),
            (
                Priority::Urgent,
                "2026-03-06T16:00:00Z",
                "2026-03-09T04:00:00Z",
            ),
            (
                Priority::Asap,
                "2026-03-07T09:00:00Z",
                "2026-03-07T09:30:00Z",
            ),
            (
                Priority::Stat,
                "2026-03-07T23:58:00Z",
                "2026-03-08T00:03:00Z",
            ),
        ] {
            let by = acknowledge_by(priority, at(asked));
            assert_eq!(
                escalate_at(priority, at(asked), by),
                at(escalated),
                "{asked}"
            );
        }
    }

    #[test]
    fn a_shorter_time_is_escalated_before_it_ends() {
        let asked = at("2026-03-02T10:00:00Z");
        let by = at("2026-03-02T10:10:00Z");
        assert_eq!(
            escalate_at(Priority::Routine, asked, by),
            at("2026-03-02T10:08:00Z")
        );
        assert_eq!(
            escalate_at(Priority::Asap, asked, by),
            at("2026-03-02T10:05:00Z")
        );
        let asked = at("2026-03-07T10:00:00Z");
        let by = at("2026-03-07T10:10:00Z");
        assert_eq!(
            escalate_at(Priority::Urgent, asked, by),
            at("2026-03-07T10:05:00Z"),
            "on a weekend minutes are minutes"
        );
        assert_eq!(escalate_at(Priority::Stat, by, asked), by, "asked too late");
        let extremes = [
            Timestamp::from_micros(i64::MIN),
            Timestamp::from_micros(i64::MAX),
        ];
        for priority in Priority::ALL {
            for asked in extremes {
                for by in extremes {
                    assert!(escalate_at(*priority, asked, by) >= asked);
                }
                assert!(acknowledge_by(*priority, asked) >= asked);
            }
        }
    }
}
