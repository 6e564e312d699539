//! `audit officer-key` and `audit views`: the officer's key, and the access report.

use std::{collections::HashMap, fs, io::Write as _, path::Path};

use relais_client::{Client, OfficerSecret, OpenedView};
use relais_types::{CaseId, Clock as _, PractitionerName, SystemClock, Timestamp};
use serde::Serialize;

use super::audit::when;
use crate::{
    Failure,
    account::{Context, Link},
    args::{AuditViewsArgs, OfficerKeyCommand},
    render::{self, Style},
    resolve,
    said::Said,
};

/// What a line of an exported file begins with.
const PREFIX: &str = "relais-officer-key-1:";

#[derive(Serialize)]
struct Keys {
    keys: usize,
}

#[derive(Serialize)]
struct ViewRow {
    /// When the server received it: UTC, RFC 3339.
    received: String,
    /// When the viewer's device says that it was: UTC, RFC 3339.
    viewed: Option<String>,
    case: Option<String>,
    entries: Vec<String>,
    person: Option<String>,
    person_name: Option<String>,
    device: Option<String>,
    /// Why it cannot be believed, if so; then nothing else is told.
    problem: Option<String>,
}

pub(super) async fn officer_key(
    context: &Context,
    command: OfficerKeyCommand,
) -> Result<(), Failure> {
    match command {
        OfficerKeyCommand::Create => {
            context
                .with_officer(async |client| {
                    client.officer().create_key().await?;
                    print_keys(context, client).await
                })
                .await
        }
        OfficerKeyCommand::Export { file } => {
            context
                .with_account(Link::Outbox, async |client| {
                    let secrets = client.officer().secrets().await?;
                    if secrets.is_empty() {
                        return Err(Failure::NotFound(Said::of("failure-no-officer-key")));
                    }
                    write_keys(&file, &secrets)?;
                    print_keys(context, client).await
                })
                .await
        }
        OfficerKeyCommand::Import { file } => {
            let secrets = read_keys(&file)?;
            context
                .with_account(Link::Outbox, async |client| {
                    for secret in secrets {
                        client.officer().import(secret).await?;
                    }
                    print_keys(context, client).await
                })
                .await
        }
    }
}

async fn print_keys(context: &Context, client: &Client) -> Result<(), Failure> {
    let held = Keys {
        keys: client.officer().secrets().await?.len(),
    };
    context.output.result("officer_keys", &held, |style| {
        format!(
            "{}: {}",
            style.text("views-officers-keys-account"),
            held.keys
        )
    })
}

fn write_keys(file: &Path, secrets: &[OfficerSecret]) -> Result<(), Failure> {
    let mut options = fs::OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let write = || {
        let mut out = options.open(file)?;
        for secret in secrets {
            writeln!(out, "{PREFIX}{}", hex::encode(secret.as_slice()))?;
        }
        out.sync_all()
    };
    write().map_err(|error| Failure::file("write", file, &error))
}

fn read_keys(file: &Path) -> Result<Vec<OfficerSecret>, Failure> {
    let text = fs::read_to_string(file).map_err(|error| Failure::file("read", file, &error))?;
    let keys = text.lines().filter(|line| !line.trim().is_empty());
    let read = |line: &str| {
        let mut secret = OfficerSecret::default();
        let digits = line.trim().strip_prefix(PREFIX)?;
        hex::decode_to_slice(digits, secret.as_mut_slice()).ok()?;
        Some(secret)
    };
    keys.map(read).collect::<Option<Vec<_>>>().ok_or_else(|| {
        Failure::Usage(Said::of("failure-no-officer-keys").with("path", &file.display()))
    })
}

pub(super) async fn views(context: &Context, args: AuditViewsArgs) -> Result<(), Failure> {
    let now = SystemClock.now();
    let since = args.since.as_deref().map(|text| when(text, now));
    let since = since.transpose()?;
    let case = args.case.as_deref().map(whole_case).transpose()?;
    context
        .with_officer(async |client| {
            let people = client.directory().practitioners("", None).await?;
            let names: HashMap<String, String> = people
                .iter()
                .map(|person| (person.name.clone(), person.display_name.clone()))
                .collect();
            let person = match &args.person {
                Some(text) => Some(resolve::practitioner_name(&resolve::person(people, text)?)?),
                None => None,
            };
            let found = client.officer().views(since).await?;
            let rows: Vec<ViewRow> = found
                .into_iter()
                .filter(|opened| matches(opened, case, person.as_ref()))
                .map(|opened| row(opened, &names))
                .collect();
            context
                .output
                .result("views", &rows, |style| table(&rows, style))
        })
        .await
}

fn whole_case(text: &str) -> Result<CaseId, Failure> {
    text.parse()
        .map_err(|_| Failure::Usage(Said::of("failure-not-a-case-id").with("text", &text)))
}

/// What cannot be opened is always shown: it could be about anybody.
fn matches(opened: &OpenedView, case: Option<CaseId>, person: Option<&PractitionerName>) -> bool {
    opened.view.as_ref().map_or(true, |view| {
        case.is_none_or(|case| view.case == case)
            && person.is_none_or(|person| view.device.practitioner_name() == *person)
    })
}

fn row(opened: OpenedView, names: &HashMap<String, String>) -> ViewRow {
    let received = time(opened.received_at);
    match opened.view {
        Ok(view) => {
            let person = view.device.practitioner_name().to_string();
            ViewRow {
                received,
                viewed: Some(time(view.at)),
                case: Some(view.case.to_string()),
                entries: view.entries.iter().map(ToString::to_string).collect(),
                person_name: names.get(&person).cloned(),
                person: Some(person),
                device: Some(view.device.to_string()),
                problem: None,
            }
        }
        Err(problem) => ViewRow {
            received,
            viewed: None,
            case: None,
            entries: Vec::new(),
            person: None,
            person_name: None,
            device: None,
            problem: Some(problem),
        },
    }
}

fn time(at: Timestamp) -> String {
    let shown = jiff::Timestamp::from_microsecond(at.as_micros());
    shown.map_or_else(|_| at.as_micros().to_string(), |shown| shown.to_string())
}

fn table(rows: &[ViewRow], style: Style) -> String {
    if rows.is_empty() {
        return style.text("views-nobodys-views-were-recorded").to_owned();
    }
    let mut table = render::table(style.width);
    table.set_header([
        style.text("views-time-utc"),
        style.text("views-who"),
        style.text("views-organisation"),
        style.text("views-case"),
        style.text("views-entries"),
    ]);
    for row in rows {
        let seconds = |text: &str| {
            let cut = text.split('.').next().unwrap_or(text);
            cut.trim_end_matches('Z').replace('T', " ")
        };
        if let Some(problem) = &row.problem {
            let told = style.text("views-cannot-be-verified");
            let told = format!("{told}: {problem}");
            table.add_row([&seconds(&row.received), "?", "?", "?", &told]);
            continue;
        }
        let person = row.person.as_deref().unwrap_or_default();
        let organisation = person.split('/').nth(1).unwrap_or_default();
        table.add_row([
            &seconds(row.viewed.as_deref().unwrap_or_default()),
            row.person_name.as_deref().unwrap_or(person),
            organisation,
            row.case.as_deref().unwrap_or_default(),
            &row.entries.len().to_string(),
        ]);
    }
    table.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exported_keys_are_read_back_and_nothing_is_overwritten() {
        let dir = tempfile::tempdir().unwrap();
        let file = dir.path().join("officer.key");
        let secrets = vec![OfficerSecret::new([7; 32]), OfficerSecret::new([9; 32])];
        write_keys(&file, &secrets).unwrap();
        assert_eq!(read_keys(&file).unwrap(), secrets);
        assert!(write_keys(&file, &secrets).is_err());
        fs::write(&file, "relais-officer-key-1:07\n").unwrap();
        assert!(read_keys(&file).is_err());
    }
}
