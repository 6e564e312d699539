//! Who is let in, and what they are given of what was said before.

use std::time::Duration;

use clap::Args;
use relais_care::{BreakGlassReason, HistoryPolicy, LoopKind};
use relais_types::Timestamp;

use super::word;

/// Lets somebody in at once and for a limited time.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais case break-glass 7f3a \"Wei Chen\" --reason emergency-treatment \\
      --because \"Unconscious in the emergency department\" --for 4h
  relais case break-glass 7f3a \"Wei Chen\" --reason risk-of-harm --because \"…\" --history open

Everybody on the team is told at once. The seat of whoever opened the case, or the next one if you
hold that yourself, reviews it: `relais respond CASE ENTRY justified --note \"…\"`. When the time is
over the team's devices remove them. Run it again to give them more time; that is reviewed, too.")]
pub struct BreakGlassArgs {
    /// The case.
    pub case: String,
    /// Who is let in: name, id or resource name.
    pub person: String,
    /// Why: emergency-treatment, risk-of-harm, team-unreachable, legal-duty or other.
    #[arg(long, value_name = "REASON", value_parser = word::<BreakGlassReason>)]
    pub reason: BreakGlassReason,
    /// Why, in words that whoever reviews it understands.
    #[arg(long, value_name = "TEXT")]
    pub because: String,
    /// For how long, at most 72 hours: `4h`, `90m`.
    #[arg(long = "for", value_name = "TIME", default_value = "4h", value_parser = duration)]
    pub lasts: Duration,
    /// What they are given of what was said before: all, open, since:DATE or types:KIND,….
    #[arg(long, value_name = "WHAT", default_value = "all", value_parser = history)]
    pub history: HistoryPolicy,
}

/// Shares more of what was said before somebody joined.
#[derive(Debug, Args)]
#[command(after_help = "Examples:
  relais case share-history 7f3a PHARM --history all
  relais case share-history 7f3a PHARM --history types:consult,referral --because \"Asked for it\"

You can share what your own device has. Theirs checks it against the digests that it was given when
they joined.")]
pub struct ShareHistoryArgs {
    /// The case.
    pub case: String,
    /// Whose seat: tag, role, holder's name or id.
    pub seat: String,
    /// What, besides what they were given before: all, since:DATE or types:KIND,….
    #[arg(long, value_name = "WHAT", value_parser = history)]
    pub history: HistoryPolicy,
    /// Why.
    #[arg(long, default_value = "", value_name = "TEXT")]
    pub because: String,
}

/// What a newcomer is given.
pub(super) fn history(text: &str) -> Result<HistoryPolicy, String> {
    if let Some(date) = text.strip_prefix("since:") {
        return beginning(date).map(|since| HistoryPolicy::Since { since });
    }
    let kinds = text
        .strip_prefix("types:")
        .or_else(|| text.strip_prefix("kinds:"));
    if let Some(kinds) = kinds {
        let kinds = kinds.split(',').map(|kind| word::<LoopKind>(kind.trim()));
        let kinds = kinds.collect::<Result<_, _>>()?;
        return Ok(HistoryPolicy::Kinds { kinds });
    }
    match text {
        "all" => Ok(HistoryPolicy::All),
        "open" | "none" => Ok(HistoryPolicy::Open),
        _ => Err(
            "say `all`, `open` (only what is open), `since:2026-05-01` or `types:consult,referral`"
                .to_owned(),
        ),
    }
}

/// A date (its beginning, UTC) or a time, ISO 8601.
fn beginning(text: &str) -> Result<Timestamp, String> {
    let instant = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let date = text.parse::<jiff::civil::Date>().ok()?;
        let midnight = date.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
        Some(midnight.timestamp())
    });
    instant
        .map(|instant| Timestamp::from_micros(instant.as_microsecond()))
        .ok_or_else(|| format!("`{text}` is neither a date such as 2026-05-01 nor a time"))
}

/// A time such as `4h` or `90m`.
fn duration(text: &str) -> Result<Duration, String> {
    let problem = || "it is not a time such as `4h` or `90m`".to_owned();
    let span: jiff::SignedDuration = text.parse().map_err(|_| problem())?;
    Duration::try_from(span)
        .ok()
        .filter(|span| !span.is_zero())
        .ok_or_else(problem)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn policies_are_read_as_people_type_them() {
        assert_eq!(history("all"), Ok(HistoryPolicy::All));
        assert_eq!(history("open"), Ok(HistoryPolicy::Open));
        let kinds = vec![LoopKind::Consult, LoopKind::ResultFollowUp];
        assert_eq!(
            history("types:consult, result-follow-up"),
            Ok(HistoryPolicy::Kinds { kinds })
        );
        let since = Timestamp::from_micros(1_777_593_600_000_000);
        assert_eq!(
            history("since:2026-05-01"),
            Ok(HistoryPolicy::Since { since })
        );
        assert_eq!(
            history("since:2026-05-01T00:00:00Z"),
            Ok(HistoryPolicy::Since { since })
        );
        for wrong in ["", "some", "since:yesterday", "types:gossip", "types:"] {
            assert!(history(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn times_are_hours_and_minutes() {
        assert_eq!(duration("4h"), Ok(Duration::from_hours(4)));
        assert_eq!(duration("90m"), Ok(Duration::from_mins(90)));
        for wrong in ["", "4", "-4h", "0s", "soon"] {
            assert!(duration(wrong).is_err(), "{wrong}");
        }
    }
}
