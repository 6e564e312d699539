//! `evidence`, `case expel`, and what every view says while sending has stopped.

use std::fs;

use relais_client::{Breach, Client, Evidence};
use relais_types::DeviceName;
use serde::Serialize;

use super::{case, post};
use crate::{
    Failure,
    account::{Context, Link},
    args::{EvidenceArgs, ExpelArgs},
    render::Style,
    resolve,
    said::Said,
};

/// A breach as programs get it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Alarmed {
    /// Its short name.
    code: &'static str,
    /// What happened, what it means, what to do.
    message: String,
}

impl From<&Breach> for Alarmed {
    fn from(breach: &Breach) -> Self {
        Self {
            code: breach.code(),
            message: breach.to_string(),
        }
    }
}

/// The breach as the first thing that a person reads.
pub(super) fn banner(breach: &Breach, style: Style) -> String {
    let head = style.text("evidence-sending-has-stopped");
    let text = crate::render::wrap(&crate::render::breach(breach, style), style.width);
    format!("{head}\n{}\n", text.join("\n"))
}

/// What stands against the server as a whole or any case.
pub(super) async fn standing(client: &Client) -> Result<Vec<Breach>, Failure> {
    let evidence = client.evidence().await?;
    let standing = evidence.into_iter().filter(|it| !it.resolved);
    Ok(standing.map(|it| it.breach).collect())
}

#[derive(Serialize)]
struct Shown {
    /// The key that the transparency log is trusted by, to be compared with a colleague's.
    log_key: String,
    evidence: Vec<Row>,
}

#[derive(Serialize)]
struct Row {
    code: &'static str,
    message: String,
    /// UTC, RFC 3339.
    time: String,
    resolved: bool,
    held: String,
    shown: String,
}

pub(super) async fn evidence(context: &Context, args: EvidenceArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let evidence = client.evidence().await?;
            let rows: Vec<Row> = evidence.iter().map(row).collect();
            if let Some(out) = &args.out {
                // For whoever looks into it, and not for the person alone.
                let text: Vec<String> = rows.iter().map(|it| written(it, &it.message)).collect();
                fs::write(out, text.join("\n"))
                    .map_err(|error| Failure::file("write", out, &error))?;
            }
            let shown = Shown {
                log_key: client.transparency_log().await?.key().to_string(),
                evidence: rows,
            };
            context.output.result("evidence", &shown, |style| {
                let nothing = style.text("evidence-nothing-was-found-out-against");
                let texts = evidence.iter().zip(&shown.evidence).map(|(evidence, row)| {
                    written(row, &crate::render::breach(&evidence.breach, style))
                });
                let texts: Vec<String> = texts.collect();
                let found = match texts.as_slice() {
                    [] => nothing.to_owned(),
                    texts => texts.join("\n"),
                };
                let key = style.text("evidence-transparency-logs-key-colleagues-must");
                format!("{found}\n{key}\n  {}\n", shown.log_key)
            })
        })
        .await
}

fn row(evidence: &Evidence) -> Row {
    Row {
        code: evidence.breach.code(),
        message: evidence.breach.to_string(),
        time: super::audit::rfc3339(evidence.at),
        resolved: evidence.resolved,
        held: evidence.held.clone(),
        shown: evidence.shown.clone(),
    }
}

/// One piece of evidence, as it goes to whoever looks into it.
fn written(row: &Row, message: &str) -> String {
    let resolved = if row.resolved { " (resolved)" } else { "" };
    format!(
        "{} {}{resolved}\n{}\n\n--- what this device held ---\n{}\n--- what contradicts it ---\n{}\n",
        row.time,
        row.code,
        message,
        row.held.trim_end(),
        row.shown.trim_end()
    )
}

pub(super) async fn expel(context: &Context, args: ExpelArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Required, async |client| {
            let case = resolve::case(client, &args.case).await?;
            let devices = case.members().await?;
            let device = device(&devices, &args.device)?;
            case.expel(&device).await?;
            post::send(context, client).await?;
            if case.members().await?.contains(&device) {
                return Err(Failure::Precondition(Said::of(
                    "failure-device-not-removed",
                )));
            }
            case::print(context, client, &case, true).await
        })
        .await
}

/// The device that is meant by the beginning of its id, or by its name.
pub(super) fn device(devices: &[DeviceName], text: &str) -> Result<DeviceName, Failure> {
    let named = devices
        .iter()
        .filter(|device| device.to_string() == text || device.device.to_string().starts_with(text));
    match named.collect::<Vec<_>>().as_slice() {
        [one] => Ok((*one).clone()),
        [] => Err(Failure::NotFound(Said::of("failure-no-such-device"))),
        _ => Err(Failure::Usage(Said::of("failure-several-devices"))),
    }
}
