//! `inbox` and `huddle`: what waits for somebody, and what is open, in all their cases.

use relais_care::{CaseView, Loop, OpenItem};
use relais_client::Client;
use relais_types::{CaseId, Clock as _, EntryId, PractitionerName, SystemClock};
use serde::Serialize;

use super::{
    evidence::{Alarmed, banner, standing},
    new_devices,
};
use crate::{
    Failure,
    account::{Context, Link},
    huddle,
    render::{self, Style},
};

#[derive(Serialize)]
struct Waiting<'a> {
    case: CaseId,
    title: &'a str,
    to_do: Vec<OpenItem<'a>>,
    to_acknowledge: Vec<EntryId>,
    unread: usize,
    overdue: Vec<EntryId>,
    /// What has stopped sending to the case, if anything has.
    stopped: Option<Alarmed>,
}

/// What waits for somebody.
#[derive(Serialize)]
struct Inbox<'a> {
    /// Devices that were enrolled in their name and that they have not seen before.
    new_devices: Vec<new_devices::Row>,
    cases: &'a [Waiting<'a>],
}

pub(super) async fn inbox(context: &Context) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let me = client.me().practitioner();
            let views = views(client).await?;
            let breaches = standing(client).await?;
            let mut waiting: Vec<Waiting<'_>> =
                views.iter().map(|view| waiting(view, &me)).collect();
            for waiting in &mut waiting {
                let stopping = breaches
                    .iter()
                    .find(|it| it.case().is_none_or(|case| case == waiting.case));
                waiting.stopped = stopping.map(Alarmed::from);
            }
            let new = client.new_devices().await?;
            let inbox = Inbox {
                new_devices: new.iter().map(new_devices::Row::of).collect(),
                cases: &waiting,
            };
            context.output.result("inbox", &inbox, |style| {
                let alarms = breaches.iter().map(|breach| banner(breach, style));
                let devices = inbox.new_devices.iter().map(|row| row.text(style));
                let cases = views.iter().zip(&waiting);
                let cases = cases.filter_map(|(view, waiting)| text(view, waiting, style));
                let texts: Vec<String> = alarms.chain(devices).chain(cases).collect();
                if texts.is_empty() {
                    return style
                        .say("Nothing waits for you.", "Rien ne vous attend.")
                        .to_owned();
                }
                texts.join("\n\n")
            })?;
            new_devices::seen(client, &new).await
        })
        .await
}

/// The cases that somebody is in.
async fn views(client: &Client) -> Result<Vec<CaseView>, Failure> {
    let mut views = Vec::new();
    for case in client.cases().await?.into_iter().filter(|case| !case.left) {
        views.push(client.case(case.id).await?.view().await?);
    }
    Ok(views)
}

/// One open loop of the huddle.
#[derive(Serialize)]
struct Open<'a> {
    case: CaseId,
    case_title: &'a str,
    #[serde(flatten)]
    asked: &'a Loop,
    late: bool,
    mine: bool,
}

pub(super) async fn huddle(context: &Context) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let me = client.me().practitioner();
            let views = views(client).await?;
            let items = huddle::items(&views, &me, SystemClock.now());
            let open = items.iter().map(|item| Open {
                case: item.case.case,
                case_title: &item.case.title,
                asked: item.asked,
                late: item.late,
                mine: item.mine,
            });
            let open: Vec<Open<'_>> = open.collect();
            context.output.result("huddle", &open, |style| {
                if items.is_empty() {
                    return style
                        .say(
                            "Nothing is open in any case.",
                            "Rien n’est en suspens dans aucun dossier.",
                        )
                        .to_owned();
                }
                let rows: Vec<String> = items
                    .iter()
                    .flat_map(|item| huddle::row(item, style))
                    .collect();
                rows.join("\n")
            })
        })
        .await
}

fn waiting<'a>(view: &'a CaseView, me: &'a PractitionerName) -> Waiting<'a> {
    let pending = view.pending_receipts(me);
    Waiting {
        case: view.case,
        title: &view.title,
        to_do: view.open_items(me),
        to_acknowledge: pending.acknowledged,
        unread: pending.read.len(),
        overdue: view
            .overdue(SystemClock.now())
            .into_iter()
            .map(|late| late.asked.id)
            .collect(),
        stopped: None,
    }
}

/// One case's part, if anything waits there.
fn text(view: &CaseView, waiting: &Waiting<'_>, style: Style) -> Option<String> {
    if waiting.to_do.is_empty() && waiting.unread == 0 && waiting.to_acknowledge.is_empty() {
        return None;
    }
    let id: String = waiting.case.to_string().chars().take(8).collect();
    let mut lines = vec![format!(
        "{} · {id}",
        render::fit(waiting.title, style.width.saturating_sub(12))
    )];
    for item in &waiting.to_do {
        let late = if waiting.overdue.contains(&item.asked.id) {
            format!(" · {}", style.say("LATE", "EN RETARD"))
        } else {
            String::new()
        };
        let what = format!(
            "  → #{} {}{} {} ({}){late}",
            item.asked.asked_seq,
            item.asked.kind.label(style.language),
            style.say(":", "\u{a0}:"),
            item.asked.title,
            item.asked.state.label(style.language),
        );
        lines.push(render::fit(&what, style.width));
    }
    for entry in &waiting.to_acknowledge {
        if let Some(item) = view.item(*entry) {
            let label = style.say("to acknowledge", "à confirmer");
            lines.push(format!("  ! #{} {label}", item.seq));
        }
    }
    if waiting.unread > 0 {
        lines.push(format!(
            "  {} {}",
            waiting.unread,
            style.say("unread", "à lire")
        ));
    }
    Some(lines.join("\n"))
}
