//! When something should have been acknowledged, if nobody says otherwise.

use std::time::Duration;

use relais_types::Timestamp;

use crate::Priority;

const MINUTE: Duration = Duration::from_mins(1);
const DAY: Duration = Duration::from_hours(24);

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

fn business_days_after(asked_at: Timestamp, days: u32) -> Timestamp {
    let mut time = asked_at;
    while is_weekend(time) {
        time = midnight(time).plus(DAY);
    }
    for _ in 0..days {
        time = time.plus(DAY);
        while is_weekend(time) {
            time = time.plus(DAY);
        }
    }
    time
}

/// Days since the epoch, which was a Thursday.
const fn day_number(time: Timestamp) -> i64 {
    time.as_secs().div_euclid(86_400)
}

const fn is_weekend(time: Timestamp) -> bool {
    let monday_based = (day_number(time) + 3).rem_euclid(7);
    monday_based >= 5
}

const fn midnight(time: Timestamp) -> Timestamp {
    Timestamp::from_micros(day_number(time) * 86_400_000_000)
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
}
