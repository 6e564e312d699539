//! `inbox` and `huddle`: what waits for somebody, and what is open, in all their cases.

use relais_care::{CaseView, Loop, OpenItem};
use relais_client::Client;
use relais_types::{CaseId, Clock as _, EntryId, PractitionerName, SystemClock};
use serde::Serialize;

use super::{
    evidence::{Alarmed, banner, standing},
    new_devices, overdue,
};
use crate::{
    Failure,
    account::{Context, Link},
    args::InboxArgs,
    huddle,
    render::{self, Style},
};

#[derive(Serialize)]
struct Waiting<'a> {
    case: CaseId,
    title: &'a str,
    to_do: Vec<OpenItem<'a>>,
    to_acknowledge: Vec<EntryId>,
    #[serde(serialize_with = "count")]
    unread: Vec<EntryId>,
    /// What waits in the queues of hubs that the person shares.
    queued: usize,
    overdue: Vec<EntryId>,
    /// What has stopped sending to the case, if anything has.
    stopped: Option<Alarmed>,
}

/// Programs are given how many there are.
fn count<S: serde::Serializer>(entries: &[EntryId], serializer: S) -> Result<S::Ok, S::Error> {
    entries.len().serialize(serializer)
}

/// What waits for somebody.
#[derive(Serialize)]
struct Inbox<'a> {
    /// Devices that were enrolled in their name and that they have not seen before.
    new_devices: Vec<new_devices::Row>,
    cases: &'a [Waiting<'a>],
    /// What nobody has acknowledged in time.
    overdue: &'a [overdue::Row],
}

pub(super) async fn inbox(context: &Context, args: InboxArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let me = client.me().practitioner();
            let views = views(client).await?;
            let breaches = standing(client).await?;
            let hidden = client.snoozed().await?;
            let mut waiting: Vec<Waiting<'_>> =
                views.iter().map(|view| waiting(view, &me)).collect();
            for waiting in &mut waiting {
                // What is late or to be acknowledged cannot be put off.
                let (overdue, asked) = (&waiting.overdue, &waiting.to_acknowledge);
                waiting.to_do.retain(|item| {
                    let id = item.asked.id;
                    let pressing = overdue.contains(&id) || asked.contains(&id);
                    pressing || !hidden.iter().any(|it| it.entry == id)
                });
                let stopping = breaches
                    .iter()
                    .find(|it| it.case().is_none_or(|case| case == waiting.case));
                waiting.stopped = stopping.map(Alarmed::from);
            }
            let style = context.output.style();
            let late = overdue::rows(client, style).await?;
            let new = client.new_devices().await?;
            let inbox = Inbox {
                new_devices: new.iter().map(new_devices::Row::of).collect(),
                cases: &waiting,
                overdue: &late,
            };
            context.output.result("inbox", &inbox, |style| {
                let alarms = breaches.iter().map(|breach| banner(breach, style));
                let devices = inbox.new_devices.iter().map(|row| row.text(style));
                let late = late.iter().map(|row| row.text(style));
                let cases = views.iter().zip(&waiting);
                let cases: Vec<String> = if args.digest {
                    digest(cases, style).into_iter().collect()
                } else {
                    let texts = cases.filter_map(|(view, waiting)| text(view, waiting, style));
                    texts.collect()
                };
                let texts: Vec<String> = alarms.chain(devices).chain(late).chain(cases).collect();
                if texts.is_empty() {
                    return style.text("inbox-nothing-waits-for-you").to_owned();
                }
                texts.join("\n\n")
            })?;
            new_devices::seen(client, &new).await
        })
        .await
}

/// The cases that somebody is in.
pub(super) async fn views(client: &Client) -> Result<Vec<CaseView>, Failure> {
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
    /// True if the conversation that it stands in has ended.
    interrupted: bool,
}

/// What a team goes through.
#[derive(Serialize)]
struct Huddle<'a> {
    open: Vec<Open<'a>>,
    /// Decisions that stand, those that are to be looked at again first.
    decisions: &'a [huddle::Decided<'a>],
}

pub(super) async fn huddle(context: &Context) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let me = client.me().practitioner();
            let views = views(client).await?;
            let now = SystemClock.now();
            let hidden = client.snoozed().await?;
            let mut items = huddle::items(&views, Some(&me), now);
            items.retain(|item| item.late || !hidden.iter().any(|it| it.entry == item.asked.id));
            let decisions = huddle::decisions(&views, now);
            let open = items.iter().map(|item| Open {
                case: item.case.case,
                case_title: &item.case.title,
                asked: item.asked,
                late: item.late,
                mine: item.mine,
                interrupted: item.interrupted,
            });
            let huddle = Huddle {
                open: open.collect(),
                decisions: &decisions,
            };
            context.output.result("huddle", &huddle, |style| {
                if items.is_empty() && decisions.is_empty() {
                    return style.text("inbox-nothing-open-any-case").to_owned();
                }
                let rows: Vec<String> = items
                    .iter()
                    .flat_map(|item| huddle::row(item, style))
                    .chain(decisions.iter().map(|due| huddle::decision_row(due, style)))
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
        unread: pending.read,
        queued: view
            .queue()
            .iter()
            .filter(|queued| queued.pool.iter().any(|&seat| view.team.holds(me, seat)))
            .count(),
        overdue: view
            .overdue(SystemClock.now())
            .into_iter()
            .map(|late| late.asked.id)
            .collect(),
        stopped: None,
    }
}

/// What the person has to acknowledge, and of the rest how much there is; nothing if nothing waits.
fn digest<'a, 'b: 'a>(
    cases: impl Iterator<Item = (&'a CaseView, &'a Waiting<'b>)>,
    style: Style,
) -> Option<String> {
    let (mut lines, mut quiet) = (Vec::new(), Vec::new());
    for (view, waiting) in cases {
        let id: String = waiting.case.to_string().chars().take(8).collect();
        let title = render::fit(waiting.title, style.width.saturating_sub(32));
        let asked = waiting.to_acknowledge.iter();
        for item in asked.filter_map(|entry| view.item(*entry)) {
            let label = style.text("inbox-acknowledge");
            lines.push(format!("! {title} · {id} #{} {label}", item.seq));
        }
        let [to_do, unread] = rest(waiting);
        if to_do + unread > 0 {
            let (do_it, read_it) = (style.text("inbox-do"), style.text("inbox-unread"));
            quiet.push(format!(
                "  {title} · {id}{} {to_do} {do_it}, {unread} {read_it}",
                style.colon()
            ));
        }
    }
    lines.append(&mut quiet);
    (!lines.is_empty()).then(|| lines.join("\n"))
}

/// How much there is to do and to read besides what is to be acknowledged.
fn rest(waiting: &Waiting<'_>) -> [usize; 2] {
    let asked = &waiting.to_acknowledge;
    let other = |item: &&OpenItem<'_>| !asked.contains(&item.asked.id);
    let to_do = waiting.to_do.iter().filter(other).count();
    let unread = waiting.unread.iter().filter(|id| !asked.contains(id));
    [to_do, unread.count()]
}

/// One case's part, if anything waits there.
fn text(view: &CaseView, waiting: &Waiting<'_>, style: Style) -> Option<String> {
    if waiting.to_do.is_empty()
        && waiting.unread.is_empty()
        && waiting.to_acknowledge.is_empty()
        && waiting.queued == 0
    {
        return None;
    }
    let id: String = waiting.case.to_string().chars().take(8).collect();
    let mut lines = vec![format!(
        "{} · {id}",
        render::fit(waiting.title, style.width.saturating_sub(12))
    )];
    for item in &waiting.to_do {
        let late = if waiting.overdue.contains(&item.asked.id) {
            format!(" · {}", style.text("inbox-late"))
        } else {
            String::new()
        };
        let what = format!(
            "  → #{} {}{} {} ({}){late}",
            item.asked.asked_seq,
            item.asked.kind.label(style.language),
            style.colon(),
            item.asked.title,
            item.asked.state.label(style.language),
        );
        lines.push(render::fit(&what, style.width));
    }
    for entry in &waiting.to_acknowledge {
        if let Some(item) = view.item(*entry) {
            let label = style.text("inbox-acknowledge");
            lines.push(format!("  ! #{} {label}", item.seq));
        }
    }
    if waiting.queued > 0 {
        let values = [("count", waiting.queued.into())];
        lines.push(format!("  {}", style.fill("inbox-queued", &values)));
    }
    if !waiting.unread.is_empty() {
        lines.push(format!(
            "  {} {}",
            waiting.unread.len(),
            style.text("inbox-unread")
        ));
    }
    Some(lines.join("\n"))
}
