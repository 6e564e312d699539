//! `inbox`: what waits for somebody, in all their cases.

use relais_care::{CaseView, OpenItem};
use relais_types::{CaseId, Clock as _, EntryId, PractitionerName, SystemClock};
use serde::Serialize;

use super::new_devices;
use crate::{
    Failure,
    account::{Context, Link},
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
            let mut views: Vec<CaseView> = Vec::new();
            for case in client.cases().await?.into_iter().filter(|case| !case.left) {
                views.push(client.case(case.id).await?.view().await?);
            }
            let waiting: Vec<Waiting<'_>> = views.iter().map(|view| waiting(view, &me)).collect();
            let new = client.new_devices().await?;
            let inbox = Inbox {
                new_devices: new.iter().map(new_devices::Row::of).collect(),
                cases: &waiting,
            };
            context.output.result("inbox", &inbox, |style| {
                let devices = inbox.new_devices.iter().map(|row| row.text(style));
                let cases = views.iter().zip(&waiting);
                let texts: Vec<String> = devices
                    .chain(cases.filter_map(|(view, waiting)| text(view, waiting, style)))
                    .collect();
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
