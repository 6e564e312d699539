//! `quiet-hours`: when somebody wants to be left in peace.

use relais_client::QuietHours;
use relais_types::{Clock as _, SystemClock};
use serde::Serialize;

use crate::{
    Failure,
    account::{Context, Link},
    args::QuietHoursArgs,
};

#[derive(Serialize)]
struct Kept {
    /// Like `20:00-07:30`; null if there are none.
    quiet_hours: Option<String>,
}

pub(super) async fn quiet_hours(context: &Context, args: QuietHoursArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            match args.hours.as_deref() {
                None => {}
                Some("off") => client.set_quiet_hours(None).await?,
                Some(hours) => {
                    let hours: QuietHours =
                        hours.parse().map_err(|error: relais_types::Error| {
                            Failure::Usage(error.to_string().into())
                        })?;
                    client.set_quiet_hours(Some(hours)).await?;
                }
            }
            let kept = Kept {
                quiet_hours: client.quiet_hours().await?.map(|hours| hours.to_string()),
            };
            context
                .output
                .result("quiet_hours", &kept, |style| match &kept.quiet_hours {
                    Some(hours) => format!(
                        "{} {hours}",
                        style.text("quiet-hours-only-what-you-have-acknowledge")
                    ),
                    None => style.text("quiet-hours-you-have-no-quiet-hours").to_owned(),
                })
        })
        .await
}

/// The minute of the day on this machine's clock and in its time zone.
pub(super) fn minute() -> u16 {
    let now = jiff::Timestamp::from_microsecond(SystemClock.now().as_micros());
    let Ok(now) = now else { return 0 };
    let local = jiff::tz::TimeZone::system().to_datetime(now);
    u16::try_from(i32::from(local.hour()) * 60 + i32::from(local.minute())).unwrap_or(0)
}
