//! How often: token buckets as an operator writes them, `"30, then 1 per 2 s"`.

use std::{fmt, num::NonZeroU32, str::FromStr, time::Duration};

use serde::{Deserialize, Serialize};

/// How often calls may be made. A call beyond is answered with `RATE_LIMITED` and the time
/// after which it will pass.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Rates {
    /// `Enrol` and `EnrolWithIdentityProvider`, by address (IPv6: by /64).
    pub enrol: Rate,
    /// `CreateChallenge`, `CreateToken` and what signing agents call together, by address (IPv6:
    /// by /64).
    pub sign_in: Rate,
    /// Everything that one device calls.
    pub device: Rate,
    /// Everything that the devices of one organisation call.
    pub organisation: Rate,
    /// `Send`, by device; a receipt is a message, too.
    pub send: Rate,
    /// `Commit`, by device and group.
    pub commit: Rate,
    /// `CreateGroup`, by device.
    pub create_group: Rate,
    /// `PublishKeyPackages`, by device.
    pub publish: Rate,
    /// Renewing certificates, by device.
    pub renew: Rate,
    /// `ClaimKeyPackages`, by device and practitioner.
    pub claim: Rate,
    /// `ClaimKeyPackages`, by practitioner, whoever claims.
    pub claimed: Rate,
    /// Listing and searching the directory, by device.
    pub directory: Rate,
    /// Stepping up, inviting, publishing services, listing members, and the audit trail, by device.
    pub admin: Rate,
    /// SCIM requests, by organisation.
    pub scim: Rate,
    /// SCIM requests, by address (IPv6: by /64), before their token is looked at.
    pub scim_address: Rate,
}

impl Default for Rates {
    fn default() -> Self {
        const MINUTE: u64 = 60;
        Self {
            enrol: Rate::new(30, 1, 2),
            sign_in: Rate::new(600, 20, 1),
            device: Rate::new(600, 100, 1),
            organisation: Rate::new(4000, 1000, 1),
            send: Rate::new(120, 10, 1),
            commit: Rate::new(20, 1, 1),
            create_group: Rate::new(60, 1, 2),
            publish: Rate::new(20, 1, 10),
            renew: Rate::new(6, 1, 20),
            claim: Rate::new(30, 1, MINUTE),
            claimed: Rate::new(500, 1, 3 * MINUTE),
            directory: Rate::new(60, 1, 1),
            admin: Rate::new(60, 1, 1),
            scim: Rate::new(300, 10, 1),
            scim_address: Rate::new(600, 20, 1),
        }
    }
}

/// A token bucket, or no limit.
///
/// Written as `30, then 1 per 2 s`, with `ms`, `s`, `min` or `h`, or as `unlimited`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum Rate {
    /// No limit.
    Unlimited,
    /// So many at once, then a steady rate.
    Bucket {
        /// Calls that may come at once.
        burst: NonZeroU32,
        /// Calls that may follow in each `period`.
        calls: NonZeroU32,
        /// The time that `calls` are spread over; at least a nanosecond for each.
        period: Duration,
    },
}

impl Rate {
    /// `burst` at once, then `calls` in each `seconds`; 0 counts as 1.
    const fn new(burst: u32, calls: u32, seconds: u64) -> Self {
        Self::Bucket {
            burst: super::number(burst),
            calls: super::number(calls),
            period: Duration::from_secs(if seconds == 0 { 1 } else { seconds }),
        }
    }
}

/// The units of a period in milliseconds, largest first.
const UNITS: [(&str, u64); 4] = [("h", 3_600_000), ("min", 60_000), ("s", 1_000), ("ms", 1)];

/// The word for no limit.
const UNLIMITED: &str = "unlimited";

impl FromStr for Rate {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        if text == UNLIMITED {
            return Ok(Self::Unlimited);
        }
        parse(text).ok_or_else(|| {
            format!(
                "`{text}` is not a rate: write one such as `30, then 1 per 2 s` (ms, s, min or h) or `{UNLIMITED}`"
            )
        })
    }
}

fn parse(text: &str) -> Option<Rate> {
    let (burst, steady) = text.split_once(", then ")?;
    let (calls, period) = steady.split_once(" per ")?;
    let (count, unit) = period.split_once(' ').unwrap_or(("1", period));
    let (_, unit) = UNITS.into_iter().find(|(name, _)| *name == unit)?;
    let count: NonZeroU32 = count.parse().ok()?;
    let calls: NonZeroU32 = calls.parse().ok()?;
    let period = Duration::from_millis(u64::from(count.get()) * unit);
    if (period / calls.get()).is_zero() {
        return None;
    }
    Some(Rate::Bucket {
        burst: burst.parse().ok()?,
        calls,
        period,
    })
}

impl fmt::Display for Rate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self::Bucket {
            burst,
            calls,
            period,
        } = self
        else {
            return f.write_str(UNLIMITED);
        };
        let millis = u64::try_from(period.as_millis()).unwrap_or(u64::MAX);
        let whole = |(_, unit): &(&str, u64)| millis.is_multiple_of(*unit);
        let (name, unit) = UNITS.into_iter().find(whole).unwrap_or(("ms", 1));
        write!(f, "{burst}, then {calls} per ")?;
        match millis / unit {
            1 => f.write_str(name),
            count => write!(f, "{count} {name}"),
        }
    }
}

impl TryFrom<String> for Rate {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        text.parse()
    }
}

impl From<Rate> for String {
    fn from(rate: Rate) -> Self {
        rate.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rate_is_read_as_it_is_written() {
        for text in [
            "30, then 1 per 2 s",
            "600, then 20 per s",
            "6, then 1 per 10 min",
            "1, then 500 per h",
            "5, then 1 per 250 ms",
            "unlimited",
        ] {
            assert_eq!(text.parse::<Rate>().unwrap().to_string(), text);
        }
        assert_eq!(
            "6, then 1 per 60 s".parse::<Rate>().unwrap().to_string(),
            "6, then 1 per min"
        );
    }

    #[test]
    fn what_is_no_rate_is_refused() {
        for text in [
            "",
            "30",
            "0, then 1 per s",
            "1, then 0 per s",
            "1, then 1 per 0 s",
            "1, then 1 per day",
            "1, then 1 per 2  s",
            "-1, then 1 per s",
            "1, then 4294967295 per ms",
        ] {
            assert!(text.parse::<Rate>().is_err(), "{text}");
        }
    }
}
