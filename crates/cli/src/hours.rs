//! Opening hours as people write them: `mon-fri 8:00-16:00`.

use relais_proto::directory as pb;

const DAYS: [&str; 7] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];

/// Reads `DAY[-DAY] FROM-UNTIL`: the hours of each of those days.
pub(crate) fn parts(text: &str) -> Result<Vec<pb::OpeningHours>, String> {
    let wrong = || format!("`{text}` is not DAYS FROM-UNTIL, such as `mon-fri 8:00-16:00`");
    let (days, hours) = text.trim().split_once(' ').ok_or_else(wrong)?;
    let (first, last) = days.split_once('-').unwrap_or((days, days));
    let (first, last) = (
        weekday(first).ok_or_else(wrong)?,
        weekday(last).ok_or_else(wrong)?,
    );
    let (from, until) = hours.trim().split_once('-').ok_or_else(wrong)?;
    let (from, until) = (
        minute(from).ok_or_else(wrong)?,
        minute(until).ok_or_else(wrong)?,
    );
    if first > last || from >= until {
        return Err(wrong());
    }
    Ok((first..=last)
        .map(|weekday| pb::OpeningHours {
            weekday,
            from_minute: from,
            until_minute: until,
        })
        .collect())
}

/// Reads `DAY TIME`, such as `tue 18:00`.
pub(crate) fn moment(text: &str) -> Result<pb::OpeningTime, String> {
    let wrong = || format!("`{text}` is not DAY TIME, such as `tue 18:00`");
    let (day, time) = text.trim().split_once(' ').ok_or_else(wrong)?;
    Ok(pb::OpeningTime {
        weekday: weekday(day).ok_or_else(wrong)?,
        minute: minute(time)
            .filter(|minute| *minute < 24 * 60)
            .ok_or_else(wrong)?,
    })
}

/// The hours in words, days that are alike together.
pub(crate) fn text(hours: &[pb::OpeningHours]) -> String {
    let mut spans: Vec<(u32, u32, u32, u32)> = Vec::new();
    for part in hours {
        let (day, from, until) = (part.weekday, part.from_minute, part.until_minute);
        match spans.last_mut() {
            Some(span) if span.1 + 1 == day && (span.2, span.3) == (from, until) => span.1 = day,
            _ => spans.push((day, day, from, until)),
        }
    }
    let name = |day: u32| {
        let at = usize::try_from(day).unwrap_or(0).wrapping_sub(1);
        DAYS.get(at).copied().unwrap_or("?")
    };
    let span = |&(first, last, from, until): &(u32, u32, u32, u32)| {
        let days = if first == last {
            name(first).to_owned()
        } else {
            format!("{}-{}", name(first), name(last))
        };
        format!(
            "{days} {}:{:02}-{}:{:02}",
            from / 60,
            from % 60,
            until / 60,
            until % 60
        )
    };
    spans.iter().map(span).collect::<Vec<_>>().join(", ")
}

fn weekday(text: &str) -> Option<u32> {
    let text = text.trim().to_lowercase();
    let at = DAYS.iter().position(|day| *day == text)?;
    u32::try_from(at + 1).ok()
}

/// A time of day in minutes; 24:00 is the end of the day.
fn minute(text: &str) -> Option<u32> {
    let (hour, minute) = text.trim().split_once(':').unwrap_or((text.trim(), "0"));
    let (hour, minute): (u32, u32) = (hour.parse().ok()?, minute.parse().ok()?);
    let at = hour.checked_mul(60)?.checked_add(minute)?;
    (minute < 60 && at <= 24 * 60).then_some(at)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hours_read_back() {
        let mut hours = parts("mon-thu 8:00-16:30").unwrap();
        hours.extend(parts("sat 9-24:00").unwrap());
        assert_eq!(text(&hours), "mon-thu 8:00-16:30, sat 9:00-24:00");
        assert_eq!(hours.len(), 5);
        let at = moment("Tue 18:05").unwrap();
        assert_eq!((at.weekday, at.minute), (2, 1085));
        for wrong in [
            "mon",
            "mon 9",
            "fri-mon 8-9",
            "mon 9-8",
            "mon 8-25:00",
            "day 8-9",
        ] {
            assert!(parts(wrong).is_err(), "{wrong}");
        }
        assert!(moment("mon 24:00").is_err());
    }
}
