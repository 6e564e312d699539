//! `audit`: the trail recomputed, and read.

use std::collections::HashMap;

use relais_client::{AuditFilter, AuditHead, Directory};
use relais_proto::{audit as pb, directory::Member, from_proto_time};
use relais_types::{CaseId, Clock as _, OrgDomain, SystemClock, Timestamp};
use serde::Serialize;

use super::{
    admin::with_directory,
    directory::{domain, short},
};
use crate::{
    Failure,
    account::Context,
    args::{AdminAccess, AuditCommand, AuditReportArgs, AuditVerifyArgs},
    render::{self, Style},
    resolve,
    said::Said,
};

#[derive(Serialize)]
struct Verified {
    /// Number and hash of the last event.
    head: String,
    /// Events whose content was hashed here.
    recomputed: u64,
    /// Events of others, whose links alone were followed.
    linked: u64,
}

#[derive(Serialize)]
struct EventRow {
    number: u64,
    /// UTC, RFC 3339.
    time: String,
    actor: String,
    actor_name: Option<String>,
    action: String,
    subject: String,
    subject_name: Option<String>,
}

pub(super) async fn run(context: &Context, command: AuditCommand) -> Result<(), Failure> {
    match command {
        AuditCommand::Verify(args) => verify(context, args).await,
        AuditCommand::Report(args) => report(context, args).await,
        AuditCommand::OfficerKey(command) => super::views::officer_key(context, command).await,
        AuditCommand::Views(args) => super::views::views(context, args).await,
    }
}

/// The directory with the rights of who asks, and the organisation that it is about: all of
/// them for the operator who names none, their own for an administrator.
async fn with_trail<T>(
    context: &Context,
    access: &AdminAccess,
    organisation: Option<&str>,
    work: impl AsyncFnOnce(&Directory, Option<OrgDomain>) -> Result<T, Failure>,
) -> Result<T, Failure> {
    let named = organisation.map(domain).transpose()?;
    let operator = access.data_dir.is_some() || access.server.is_some();
    if operator || named.is_some() || context.globals.account.is_none() {
        return with_directory(context, access, async |directory| {
            work(directory, named).await
        })
        .await;
    }
    let work = async |client: &relais_client::Client| {
        let own = client.me().device.organisation.clone();
        work(&client.directory(), Some(own)).await
    };
    context.with_officer(work).await
}

async fn verify(context: &Context, args: AuditVerifyArgs) -> Result<(), Failure> {
    let kept = args.expect.as_deref().map(read_head).transpose()?;
    let organisation = args.organisation.as_deref();
    with_trail(
        context,
        &args.access,
        organisation,
        async |directory, of| {
            let report = directory.audit().verify(of.as_ref(), kept).await?;
            if let Some(problem) = report.problem {
                return Err(Failure::Checks(
                    Said::of("failure-audit-broken").with("problem", &problem),
                ));
            }
            let verified = Verified {
                head: write_head(report.head),
                recomputed: report.recomputed,
                linked: report.linked,
            };
            context.output.result("audit_verified", &verified, |style| {
                verified_text(&verified, style)
            })
        },
    )
    .await
}

fn verified_text(verified: &Verified, style: Style) -> String {
    let Verified {
        head,
        recomputed,
        linked,
    } = verified;
    let intact = style.text("audit-audit-trail-intact");
    let events = style.text("audit-events-recomputed");
    let links = style.text("audit-events-other-organisations-followed-their");
    format!("{intact}\n{events}: {recomputed}\n{links}: {linked}\nhead: {head}")
}

/// `NUMBER:HASH`, as `verify` prints it.
fn write_head(head: AuditHead) -> String {
    format!("{}:{}", head.number, hex::encode(head.hash))
}

fn read_head(text: &str) -> Result<AuditHead, Failure> {
    let read = || {
        let (number, hash) = text.split_once(':')?;
        Some(AuditHead {
            number: number.parse().ok()?,
            hash: hex::decode(hash).ok()?.try_into().ok()?,
        })
    };
    read().ok_or_else(|| Failure::Usage(Said::of("failure-audit-not-a-head").with("text", &text)))
}

async fn report(context: &Context, args: AuditReportArgs) -> Result<(), Failure> {
    let now = SystemClock.now();
    let since = args.since.as_deref().map(|text| when(text, now));
    let since = since.transpose()?;
    let organisation = args.organisation.as_deref();
    with_trail(
        context,
        &args.access,
        organisation,
        async |directory, of| {
            let members = members(directory, of.as_ref()).await?;
            let filter = AuditFilter {
                resource: resource(&args, &members)?,
                organisation: of,
                since,
            };
            let names = Names::new(&members);
            let events = directory.audit().events(&filter).await?;
            let rows: Vec<EventRow> = events
                .into_iter()
                .map(|event| row(event, &names))
                .collect::<Result<_, _>>()?;
            context
                .output
                .result("audit_report", &rows, |style| table(&rows, style))
        },
    )
    .await
}

/// The people whose names the reader may know.
async fn members(directory: &Directory, of: Option<&OrgDomain>) -> Result<Vec<Member>, Failure> {
    if let Some(organisation) = of {
        return Ok(directory.members(organisation).await?);
    }
    let mut all = Vec::new();
    for organisation in directory.organisations().await? {
        let domain = OrgDomain::from_resource_name(&organisation.name)
            .map_err(relais_client::Error::from)?;
        all.extend(directory.members(&domain).await?);
    }
    Ok(all)
}

/// The resource name of what the report is about; empty for everything.
fn resource(args: &AuditReportArgs, members: &[Member]) -> Result<String, Failure> {
    if let Some(person) = &args.person {
        let people = members
            .iter()
            .filter_map(|member| member.practitioner.clone());
        return Ok(resolve::person(people.collect(), person)?.name);
    }
    if let Some(device) = &args.device {
        let names = members
            .iter()
            .flat_map(|member| &member.devices)
            .map(|device| device.name.clone());
        if device.contains('/') {
            return Ok(device.clone());
        }
        let ids = names.map(|name| (short(&name).to_owned(), name));
        return resolve::by_prefix("device", device, ids);
    }
    if let Some(case) = &args.case {
        let id: CaseId = case
            .parse()
            .map_err(|_| Failure::Usage(Said::of("failure-not-a-case-id").with("text", &case)))?;
        return Ok(format!("groups/{id}"));
    }
    Ok(String::new())
}

/// A time as people type it.
pub(super) fn when(text: &str, now: Timestamp) -> Result<Timestamp, Failure> {
    let read = || {
        if let Ok(instant) = text.parse::<jiff::Timestamp>() {
            return Some(instant.as_microsecond());
        }
        if let Ok(day) = text.parse::<jiff::civil::Date>() {
            let midnight = day.to_zoned(jiff::tz::TimeZone::UTC).ok()?;
            return Some(midnight.timestamp().as_microsecond());
        }
        let span = text.parse::<jiff::Span>().ok()?;
        let ago = span.to_duration(jiff::SpanRelativeTo::days_are_24_hours());
        let micros = i64::try_from(ago.ok()?.as_micros()).ok()?;
        now.as_micros().checked_sub(micros)
    };
    read()
        .map(Timestamp::from_micros)
        .ok_or_else(|| Failure::Usage(Said::of("failure-not-a-time-or-age").with("text", &text)))
}

/// What resource names stand for.
struct Names {
    /// People and devices by resource name.
    full: HashMap<String, String>,
    /// Devices by the id that rosters name them by.
    devices: HashMap<String, String>,
}

impl Names {
    fn new(members: &[Member]) -> Self {
        let (mut full, mut devices) = (HashMap::new(), HashMap::new());
        for member in members {
            let Some(person) = &member.practitioner else {
                continue;
            };
            full.insert(person.name.clone(), person.display_name.clone());
            for device in &member.devices {
                let told = format!("{} ({})", person.display_name, device.label);
                devices.insert(short(&device.name).to_owned(), told.clone());
                full.insert(device.name.clone(), told);
            }
        }
        Self { full, devices }
    }

    fn of(&self, name: &str) -> Option<String> {
        if let Some(known) = self.full.get(name) {
            return Some(known.clone());
        }
        let in_roster = name.starts_with("groups/") && name.contains("/devices/");
        self.devices.get(short(name)).filter(|_| in_roster).cloned()
    }
}

fn row(event: pb::AuditEvent, names: &Names) -> Result<EventRow, Failure> {
    let at = from_proto_time("time", &event.time.unwrap_or_default())
        .map_err(relais_client::Error::from)?;
    Ok(EventRow {
        number: event.number,
        time: rfc3339(at),
        actor_name: names.of(&event.actor),
        subject_name: names.of(&event.subject),
        actor: event.actor,
        action: event.action,
        subject: event.subject,
    })
}

/// UTC, RFC 3339.
pub(super) fn rfc3339(at: Timestamp) -> String {
    let time = jiff::Timestamp::from_microsecond(at.as_micros());
    time.map_or_else(|_| at.as_micros().to_string(), |time| time.to_string())
}

fn table(rows: &[EventRow], style: Style) -> String {
    if rows.is_empty() {
        return style.text("audit-nothing-was-recorded").to_owned();
    }
    let mut table = render::table(style.width);
    table.set_header([
        style.text("audit-no"),
        style.text("audit-time-utc"),
        style.text("audit-who"),
        style.text("audit-what"),
        style.text("audit-what-2"),
    ]);
    for row in rows {
        let who = row.actor_name.as_deref().unwrap_or(&row.actor);
        let mut subject = row
            .subject_name
            .clone()
            .unwrap_or_else(|| row.subject.clone());
        if let Some(case) = case_of(&row.subject) {
            subject = match &row.subject_name {
                Some(name) => format!("{name}, {} {case}", style.text("audit-case")),
                None => format!("{} {case}", style.text("audit-case")),
            };
        }
        // Seconds are enough to read; JSON has all of it.
        let time = row.time.split('.').next().unwrap_or(&row.time);
        let time = time.trim_end_matches('Z').replace('T', " ");
        table.add_row([&row.number.to_string(), &time, who, &row.action, &subject]);
    }
    table.to_string()
}

/// The case in `groups/{uuid}` and below.
fn case_of(subject: &str) -> Option<&str> {
    subject.strip_prefix("groups/")?.split('/').next()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_head_is_read_as_it_is_written() {
        let head = AuditHead {
            number: 7,
            hash: [0xab; 32],
        };
        assert_eq!(read_head(&write_head(head)).unwrap(), head);
        for bad in ["", "7", "7:ab", "x:ab", "7:zz"] {
            assert!(read_head(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn times_are_read_as_people_type_them() {
        let now = Timestamp::from_micros(1_700_000_000_000_000);
        let secs = |text| when(text, now).unwrap().as_secs();
        assert_eq!(secs("2023-11-14T22:13:20Z"), 1_700_000_000);
        assert_eq!(secs("2023-11-14"), 1_699_920_000);
        assert_eq!(secs("7d"), 1_700_000_000 - 7 * 86_400);
        assert_eq!(secs("36h"), 1_700_000_000 - 36 * 3_600);
        for bad in ["", "yesterday", "2023-13-01", "1mo"] {
            assert!(when(bad, now).is_err(), "{bad}");
        }
    }
}
