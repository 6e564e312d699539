//! `metrics`: numbers without content, for oneself or told to a group.

use std::time::Duration;

use relais_care::{Metrics, MetricsReport, Period, Share};
use relais_client::Client;
use relais_types::{Clock as _, SystemClock, Timestamp};
use serde::Serialize;

use super::{ask::due_time, group, inbox, post};
use crate::{
    Failure,
    account::{Context, Link},
    args::MetricsArgs,
    render::{self, Style},
    resolve,
    said::Said,
};

/// What is looked at if nobody says since when.
const LATELY: Duration = Duration::from_hours(30 * 24);

/// Numbers, and of what.
#[derive(Serialize)]
struct Told {
    #[serde(flatten)]
    period: Period,
    cases: usize,
    /// Of the shortest to the longest answer time, at a quarter, half and three quarters, seconds.
    answer_quartiles: [Option<u64>; 3],
    #[serde(flatten)]
    metrics: Metrics,
}

pub(super) async fn metrics(context: &Context, args: MetricsArgs) -> Result<(), Failure> {
    let now = SystemClock.now();
    let until = args.until.as_deref().map(due_time).transpose()?;
    let end = until.unwrap_or(now).min(now);
    let since = args.since.as_deref().map(beginning).transpose()?;
    let start = since.unwrap_or_else(|| before(end, LATELY));
    if end <= start {
        return Err(Failure::Usage(Said::of("failure-period-empty")));
    }
    let period = Period { start, end };
    let link = if args.publish.is_some() {
        Link::Outbox
    } else {
        Link::Preferred
    };
    context
        .with_account(link, async |client| {
            if let Some(to) = &args.publish {
                return publish(context, client, to, period).await;
            }
            let me = client.me().practitioner();
            let views = inbox::views(client).await?;
            let of = args.mine.then_some(&me);
            let metrics = views.iter().fold(Metrics::default(), |sum, view| {
                sum.and(&Metrics::of(view, period, of))
            });
            if args.csv {
                return context.output.text(&csv(&metrics));
            }
            let told = Told {
                period,
                cases: views.len(),
                answer_quartiles: [25, 50, 75].map(|percent| metrics.answer_percentile(percent)),
                metrics,
            };
            context
                .output
                .result("metrics", &told, |style| text(&told, style))
        })
        .await
}

/// The beginning of a day, UTC, or a time.
fn beginning(text: &str) -> Result<Timestamp, Failure> {
    if text.parse::<jiff::civil::Date>().is_ok() && !text.contains(['T', ' ', ':']) {
        return due_time(&format!("{text}T00:00"));
    }
    due_time(text)
}

fn before(time: Timestamp, by: Duration) -> Timestamp {
    let micros = i64::try_from(by.as_micros()).unwrap_or(i64::MAX);
    Timestamp::from_micros(time.as_micros().saturating_sub(micros))
}

/// Tells a group the numbers of one's own seats.
async fn publish(
    context: &Context,
    client: &Client,
    to: &str,
    period: Period,
) -> Result<(), Failure> {
    let to = resolve::case(client, to).await?;
    group::of(&to.view().await?)?;
    let me = client.me().practitioner();
    let views = inbox::views(client).await?;
    let mine = views.iter().fold(Metrics::default(), |sum, view| {
        sum.and(&Metrics::of(view, period, Some(&me)))
    });
    let report = mine.report(period);
    let language = context.globals.lang.into();
    let entry = post::post(context, client, &to, None, language, move |draft| {
        draft.metrics_report(report)
    })
    .await?;
    post::show(context, &to, entry).await
}

fn text(told: &Told, style: Style) -> String {
    let metrics = &told.metrics;
    let took = |seconds: Option<u64>| seconds.map_or_else(|| "–".to_owned(), |it| span(it, style));
    let [quarter, half, most] = told.answer_quartiles.map(took);
    let answers = metrics.answer_seconds.len();
    let said = metrics.said();
    let vacant = metrics.vacant_seconds / 3_600;
    let mut lines = vec![heading(told.period.start, told.period.end, style)];
    let values = [
        ("count", answers.into()),
        ("half", half.into()),
        ("quarter", quarter.into()),
        ("most", most.into()),
    ];
    lines.push(style.fill("metrics-answers-quartiles", &values));
    lines.push(share(
        style.text("metrics-referrals-closed"),
        Some(metrics.referrals_closed),
        style,
    ));
    for (role, of_role) in &metrics.acknowledged {
        let label = in_time(role.label(style.language), style);
        lines.push(share(&label, Some(*of_role), style));
    }
    lines.push(share(
        style.text("metrics-escalations-taken"),
        Some(metrics.escalations_taken),
        style,
    ));
    lines.push(vacant_hours(vacant, style));
    lines.push(useful(said.count, said.sum, style));
    lines.join("\n")
}

/// What a group was told by so many people.
pub(super) fn report_text(report: &MetricsReport, people: usize, style: Style) -> String {
    let mut lines = vec![heading(report.start, report.end, style)];
    lines.push(style.fill("metrics-told-by", &[("people", people.into())]));
    let answers: u64 = report.answer_times.iter().map(|bin| bin.count).sum();
    lines.push(match report.median_minutes() {
        None => style.text("metrics-answers-consults").to_owned(),
        Some(0) => style.fill("metrics-answers-beyond", &[("count", answers.into())]),
        Some(minutes) => {
            let within = span(u64::from(minutes) * 60, style);
            let values = [("count", answers.into()), ("within", within.into())];
            style.fill("metrics-answers-within", &values)
        }
    });
    lines.push(share(
        style.text("metrics-referrals-closed"),
        report.referrals_closed,
        style,
    ));
    for (role, of_role) in &report.acknowledged {
        let label = in_time(role.label(style.language), style);
        lines.push(share(&label, Some(*of_role), style));
    }
    lines.push(share(
        style.text("metrics-escalations-taken"),
        report.escalations_taken,
        style,
    ));
    lines.push(vacant_hours(report.vacant_seat_hours, style));
    let said = report.usefulness.unwrap_or_default();
    lines.push(useful(said.count, said.sum, style));
    lines.join("\n")
}

fn heading(start: Timestamp, end: Timestamp, style: Style) -> String {
    let values = [
        ("start", render::day(start, style).into()),
        ("end", render::day(end, style).into()),
    ];
    style.fill("metrics-period", &values)
}

fn in_time(role: &str, style: Style) -> String {
    style.fill("metrics-in-time", &[("role", role.into())])
}

fn vacant_hours(hours: u64, style: Style) -> String {
    style.fill("metrics-vacant-hours", &[("hours", hours.into())])
}

fn share(label: &str, share: Option<Share>, style: Style) -> String {
    let colon = style.colon();
    match share.filter(|share| share.whole > 0) {
        None => format!("{label}{colon} –"),
        Some(Share { part, whole }) => {
            let percent = part * 100 / whole;
            format!("{label}{colon} {part} / {whole} ({percent} %)")
        }
    }
}

fn useful(count: u64, sum: u64, style: Style) -> String {
    let Some(tenths) = (sum * 10).checked_div(count) else {
        return style.text("metrics-usefulness-unsaid").to_owned();
    };
    let values = [
        ("whole", (tenths / 10).into()),
        ("tenth", (tenths % 10).into()),
        ("count", count.into()),
    ];
    style.fill("metrics-usefulness", &values)
}

/// A time in its largest unit that fits.
fn span(seconds: u64, style: Style) -> String {
    match seconds {
        0..3_600 => format!("{} min", seconds / 60),
        3_600..172_800 => format!("{} h", seconds / 3_600),
        _ => {
            let days = seconds / 86_400;
            format!("{days} {}", style.text("metrics-days"))
        }
    }
}

/// One measure a line; programs read codes and whole numbers, in seconds.
fn csv(metrics: &Metrics) -> String {
    let mut rows = vec!["measure,role,part,whole".to_owned()];
    let mut row = |measure: &str, role: &str, share: Share| {
        rows.push(format!("{measure},{role},{},{}", share.part, share.whole));
    };
    row("referrals_closed", "", metrics.referrals_closed);
    for (role, share) in &metrics.acknowledged {
        row("acknowledged_in_time", role.code(), *share);
    }
    row("escalations_taken", "", metrics.escalations_taken);
    for percent in [25, 50, 75] {
        let seconds = metrics.answer_percentile(percent);
        let seconds = seconds.map_or_else(String::new, |seconds| seconds.to_string());
        let answers = metrics.answer_seconds.len();
        rows.push(format!("answer_seconds_p{percent},,{seconds},{answers}"));
    }
    rows.push(format!("vacant_seconds,,{},", metrics.vacant_seconds));
    for (said, count) in (1..).zip(metrics.usefulness) {
        rows.push(format!("usefulness_{said},,{count},"));
    }
    rows.push(String::new());
    rows.join("\n")
}
