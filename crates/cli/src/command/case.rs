//! `case list`, `case show`, `case add`, `case remove`, `case replace`.

use std::collections::{BTreeMap, BTreeSet};

use relais_care::{CaseView, Granted, HistoryPolicy, Occupancy, TeamChanged};
use relais_client::{
    Case, CasePolicy, CaseSummary, Client, Recording, TeamChange, UnprovedEntry, Update,
};
use relais_types::{
    CaseId, Clock as _, DeviceName, EntryId, OrgDomain, PractitionerName, SystemClock,
};
use serde::Serialize;
use tokio::sync::broadcast::{Receiver, error::TryRecvError};

use super::{
    evidence::{self, Alarmed, banner},
    open, post,
};
use crate::{
    Failure,
    account::{Context, Link, settle},
    args::{AddArgs, RejoinArgs, RemoveArgs, ReplaceArgs, ShowArgs},
    progress::during,
    render::{self, Reader},
    resolve,
    said::Said,
};

#[derive(Serialize)]
struct Listed {
    id: CaseId,
    title: String,
    conversation: Option<&'static str>,
    parent: Option<CaseId>,
    left: bool,
    ended: bool,
    open: usize,
    unread: usize,
}

/// A case as `case show --json` prints it.
#[derive(Serialize)]
struct Shown<'a> {
    view: &'a CaseView,
    digest: String,
    devices: Vec<DeviceName>,
    /// Entries that the log has not confirmed.
    pending: usize,
    /// What has stopped sending, if anything has.
    stopped: Option<Alarmed>,
    /// Whose people may join; empty for everybody's.
    organisations: &'a BTreeSet<OrgDomain>,
    /// Who may change the team; empty for everybody in it.
    leads: &'a BTreeSet<PractitionerName>,
    /// Entries that this device could not read.
    missing: &'a [u64],
    /// Entries of which it is not proved who wrote them.
    unproved: Vec<Unproved>,
    /// What happened to the group, with the number of the entry.
    notices: Vec<(u64, String)>,
    /// Entries that came as history, with the device that shared each.
    history: BTreeMap<u64, DeviceName>,
    /// What you are given of the time before you joined; empty if everything.
    granted: &'a [Granted],
    /// What was shared of the case into linked conversations.
    shared: Vec<SharedEntry>,
}

/// An entry of the case that was shared.
#[derive(Serialize)]
struct SharedEntry {
    /// The entry of this case.
    entry: EntryId,
    /// The conversation, and the copy in it.
    conversation: CaseId,
    copy: EntryId,
    /// Whose people read it, or who, where the patient does.
    with: Vec<String>,
    /// The consents by which it was shared.
    consents: Vec<EntryId>,
    /// RFC 3339, UTC.
    at: String,
    /// False if the copy says something else.
    faithful: bool,
    /// False if the original was corrected since.
    current: bool,
    /// True if the copy was taken back.
    taken_back: bool,
}

/// An entry whose author's certificate was not found in the transparency log.
#[derive(Serialize)]
struct Unproved {
    entry: EntryId,
    /// The device that its signature names.
    author: DeviceName,
    /// Who shared it; null if that device sent it itself.
    shared_by: Option<DeviceName>,
    /// True if the log does not have the certificate, false if it was not asked yet.
    absent: bool,
}

pub(super) async fn list(context: &Context) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let rows: Vec<Listed> = client.cases().await?.into_iter().map(listed).collect();
            context.output.result("cases", &rows, |style| {
                if rows.is_empty() {
                    return style.text("case-no-case-yet").to_owned();
                }
                let mut table = render::table(style.width);
                table.set_header([
                    "Id",
                    style.text("case-title"),
                    style.text("case-kind"),
                    style.text("case-open"),
                    style.text("case-unread"),
                ]);
                for row in &rows {
                    let kind = if row.ended {
                        style.text("case-ended")
                    } else if row.left {
                        style.text("case-left")
                    } else {
                        row.conversation.unwrap_or("…")
                    };
                    let short: String = row.id.to_string().chars().take(8).collect();
                    table.add_row([
                        &short,
                        &row.title,
                        kind,
                        &row.open.to_string(),
                        &row.unread.to_string(),
                    ]);
                }
                table.to_string()
            })
        })
        .await
}

fn listed(case: CaseSummary) -> Listed {
    Listed {
        id: case.id,
        title: case.title,
        conversation: case.conversation.map(relais_care::ConversationKind::code),
        parent: case.parent,
        left: case.left,
        ended: case.ended,
        open: case.open_loops,
        unread: case.unread,
    }
}

pub(super) async fn show(context: &Context, args: ShowArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let case = resolve::case(client, &args.case).await?;
            print(context, client, &case, args.summary).await?;
            if args.summary {
                return Ok(());
            }
            record(context, client, &case).await
        })
        .await
}

/// Joins a case again, whoever adds this device.
pub(super) async fn rejoin(context: &Context, args: RejoinArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Required, async |client| {
            let case = resolve::case(client, &args.case).await?;
            match (&args.device, case.standing().await?.doubted) {
                (None, _) => case.decline_rejoin().await?,
                (Some(text), Some(by)) => {
                    case.rejoin(&evidence::device(&[by], text)?).await?;
                }
                (Some(_), None) => {
                    return Err(Failure::NotFound(Said::of("failure-rejoin-nothing")));
                }
            }
            post::send(context, client).await?;
            print(context, client, &case, true).await
        })
        .await
}

/// Records that the whole case was shown, and says whether somebody can see that.
async fn record(context: &Context, client: &Client, case: &Case) -> Result<(), Failure> {
    let view = case.view().await?;
    let linked = view.linked.values().flat_map(|linked| &linked.timeline);
    let shown: Vec<_> = view
        .timeline
        .iter()
        .chain(linked)
        .map(|item| item.id)
        .collect();
    case.record_shown(&shown).await?;
    match post::send(context, client).await {
        // It is stored, and sent the next time.
        Err(Failure::Queued(_)) => {}
        other => other?,
    }
    let style = context.output.style();
    let told = match case.recording().await? {
        Recording::On(custodian) => format!(
            "{} {custodian}.",
            style.text("case-who-reads-case-recorded-for")
        ),
        Recording::Off(custodian) => format!(
            "{} {custodian}",
            style.text("case-who-reads-case-not-recorded")
        ),
        Recording::Unknown => return Ok(()),
    };
    context.output.note(&told);
    Ok(())
}

/// Prints a case.
pub(super) async fn print(
    context: &Context,
    client: &Client,
    case: &Case,
    summary: bool,
) -> Result<(), Failure> {
    let me = client.me().practitioner();
    let reader = Reader {
        me: Some(&me),
        now: SystemClock.now(),
    };
    let view = case.view().await?;
    let pending = case.pending().await?.len();
    let breach = case.breach().await?;
    let policy = case.policy().await?;
    let standing = case.standing().await?;
    let notices = render::notices(&view, &case.notices().await?, context.output.style());
    let history = case.shared_by().await?;
    let sources = render::shared_by(&view, &history);
    let shown = Shown {
        granted: &standing.granted,
        history,
        stopped: breach.as_ref().map(Alarmed::from),
        organisations: &policy.organisations,
        leads: &policy.leads,
        missing: &standing.missing,
        unproved: standing.unproved.iter().map(unproved).collect(),
        notices: notices.clone(),
        shared: shared(&view),
        view: &view,
        digest: hex::encode(view.digest()),
        devices: case.members().await?,
        pending,
    };
    context.output.result("case", &shown, |style| {
        let mut text = if summary {
            render::summary(&view, reader, style)
        } else {
            render::case_with(&view, &notices, &sources, reader, style)
        };
        if policy != CasePolicy::default() {
            text = format!("{text}\n{}", render::policy(&view, &policy, style));
        }
        for told in render::access_due(&view, SystemClock.now(), style) {
            text = format!("{text}\n{}\n", render::wrap(&told, style.width).join("\n"));
        }
        let told = render::standing(&standing, style);
        let withheld = render::withheld(&view, &standing, style);
        let told = told.into_iter().chain(withheld);
        let unproved = render::unproved(&view, &standing.unproved, style);
        for told in told.chain(unproved) {
            text = format!("{text}\n{told}\n");
        }
        if pending > 0 {
            let label = style.text("case-not-sent-yet-sent-when");
            text = format!("{text}\n{pending} {label}\n");
        }
        if let Some(breach) = &breach {
            text = format!("{}\n{text}", banner(breach, style));
        }
        text
    })
}

fn shared(view: &CaseView) -> Vec<SharedEntry> {
    let shares = view.shares().into_iter();
    let entry = |shared: relais_care::Shared<'_>| {
        let at = jiff::Timestamp::from_microsecond(shared.copy.accepted_at.as_micros());
        SharedEntry {
            entry: shared.original,
            conversation: shared.conversation.case,
            copy: shared.copy.id,
            with: render::readers(view, shared.conversation),
            consents: shared.consents,
            at: at.map_or_else(|_| String::new(), |at| format!("{at:.0}")),
            faithful: shared.is_faithful,
            current: shared.is_current,
            taken_back: shared.copy.is_withdrawn(),
        }
    };
    shares.map(entry).collect()
}

fn unproved(entry: &UnprovedEntry) -> Unproved {
    Unproved {
        entry: entry.entry,
        author: entry.author.clone(),
        shared_by: entry.shared_by.clone(),
        absent: entry.absent,
    }
}

pub(super) async fn add(context: &Context, args: AddArgs) -> Result<(), Failure> {
    if let Some(seat) = &args.devices_of {
        return add_devices(context, &args.case, seat).await;
    }
    change(context, &args.case, async |client, _| {
        let (seats_added, occupancies) = open::seats(client, &args.seats).await?;
        let despite = args.without_partnership.as_deref();
        let style = context.output.style();
        let told = open::may_join(client, &seats_added, despite, style).await?;
        let said = Some(args.reason.clone()).filter(|reason| !reason.is_empty());
        let reason: Vec<String> = said.into_iter().chain(told).collect();
        Ok(TeamChanged {
            seats_added,
            occupancies,
            reason: reason.join("\n"),
            history: args.history.clone(),
        })
    })
    .await
}

/// Adds the devices that somebody has enrolled since they joined.
async fn add_devices(context: &Context, case: &str, seat: &str) -> Result<(), Failure> {
    context
        .with_account(Link::Required, async |client| {
            let case = resolve::case(client, case).await?;
            let view = case.view().await?;
            let seat = resolve::seat(&view, seat, context.globals.lang.into())?;
            let holder = view.team.seat(seat).and_then(|seat| seat.occupant.as_ref());
            let holder =
                holder.ok_or_else(|| Failure::Precondition(Said::of("failure-seat-vacant")))?;
            let mut updates = client.updates();
            case.add_devices(&holder.name).await?;
            during(
                context.output.is_json(),
                "adding devices",
                settle(client, post::PATIENCE),
            )
            .await?;
            refused(&mut updates, case.id())?;
            print(context, client, &case, true).await
        })
        .await
}

pub(super) async fn remove(context: &Context, args: RemoveArgs) -> Result<(), Failure> {
    change(context, &args.case, async |_, view| {
        let seat = resolve::seat(view, &args.seat, context.globals.lang.into())?;
        Ok(TeamChanged {
            seats_added: Vec::new(),
            occupancies: vec![Occupancy { seat, person: None }],
            reason: args.reason.clone(),
            history: HistoryPolicy::All,
        })
    })
    .await
}

pub(super) async fn replace(context: &Context, args: ReplaceArgs) -> Result<(), Failure> {
    change(context, &args.case, async |client, view| {
        let seat = resolve::seat(view, &args.seat, context.globals.lang.into())?;
        let person = open::person(client, &args.person).await?.0;
        Ok(TeamChanged {
            seats_added: Vec::new(),
            occupancies: vec![Occupancy {
                seat,
                person: Some(person),
            }],
            reason: args.reason.clone(),
            history: args.history.clone(),
        })
    })
    .await
}

/// Changes a team, waits for the log and prints the case in short.
async fn change(
    context: &Context,
    case: &str,
    plan: impl AsyncFnOnce(&Client, &CaseView) -> Result<TeamChanged, Failure>,
) -> Result<(), Failure> {
    context
        .with_account(Link::Required, async |client| {
            let case = resolve::case(client, case).await?;
            let view = case.view().await?;
            let content = plan(client, &view).await?;
            let mut updates = client.updates();
            case.change_team(TeamChange {
                content,
                language: context.globals.lang.into(),
            })
            .await?;
            during(
                context.output.is_json(),
                "changing the team",
                settle(client, post::PATIENCE),
            )
            .await?;
            refused(&mut updates, case.id())?;
            print(context, client, &case, true).await
        })
        .await
}

/// The reason why a change of the team could not be made, if it could not.
pub(super) fn refused(updates: &mut Receiver<Update>, case: CaseId) -> Result<(), Failure> {
    loop {
        match updates.try_recv() {
            Ok(Update::TeamChangeFailed {
                case: failed,
                error,
            }) if failed == case => {
                return Err(relais_client::Error::from(error).into());
            }
            Ok(_) | Err(TryRecvError::Lagged(_)) => {}
            Err(TryRecvError::Empty | TryRecvError::Closed) => return Ok(()),
        }
    }
}
