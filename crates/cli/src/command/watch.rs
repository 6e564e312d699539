//! `watch`: prints what happens as it happens; in quiet hours only what the person has to
//! acknowledge, and the rest when they are over.

use std::{collections::BTreeSet, time::Duration};

use relais_care::TimelineItem;
use relais_client::{Attention, Client, NewDevice, QuietHours, Update};
use relais_types::{CaseId, Clock as _, EntryId, SystemClock};
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;

use super::{new_devices, overdue, quiet_hours::minute};
use crate::{
    Failure,
    account::{Context, Link},
    render, resolve,
};

#[derive(Serialize)]
struct Happened<'a> {
    case: CaseId,
    title: &'a str,
    entry: &'a TimelineItem,
}

#[derive(Serialize)]
struct Told {
    case: Option<CaseId>,
    message: String,
}

/// What somebody who watches has seen, and what waits for the end of their quiet hours.
struct Watching {
    /// Only this case.
    only: Option<CaseId>,
    seen: BTreeSet<EntryId>,
    quiet: Option<QuietHours>,
    /// Told once they are over.
    held: Vec<Update>,
}

impl Watching {
    /// How long it is quiet, if it is.
    fn quiet_for(&self) -> Option<Duration> {
        let left = self.quiet.map_or(0, |quiet| quiet.left_at(minute()));
        // The next minute has begun by then.
        (left > 0).then(|| Duration::from_mins(left.into()))
    }

    async fn take(
        &mut self,
        context: &Context,
        client: &Client,
        update: Update,
    ) -> Result<(), Failure> {
        let needs_me = matches!(
            update,
            Update::Overdue(_)
                | Update::NewDevice(_)
                | Update::BreakGlass { .. }
                | Update::Alarm(_)
        );
        match Attention::of(needs_me, self.quiet, minute()) {
            Attention::Now => {
                self.release(context, client).await?;
                report(context, client, update, self).await
            }
            Attention::Later => {
                if let Update::Changed(case) = update {
                    new_entries(context, client, case, self, true).await?;
                }
                if !self.held.contains(&update) {
                    self.held.push(update);
                }
                Ok(())
            }
        }
    }

    /// Tells what has waited, unless it is quiet still.
    async fn release(&mut self, context: &Context, client: &Client) -> Result<(), Failure> {
        if self.quiet_for().is_some() {
            return Ok(());
        }
        for update in std::mem::take(&mut self.held) {
            report(context, client, update, self).await?;
        }
        Ok(())
    }
}

pub(super) async fn watch(context: &Context, args: crate::args::WatchArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let only = match &args.case {
                Some(case) => Some(resolve::case(client, case).await?.id()),
                None => None,
            };
            let mut updates = client.updates();
            let mut watching = Watching {
                only,
                seen: BTreeSet::new(),
                quiet: client.quiet_hours().await?,
                held: Vec::new(),
            };
            for case in client.cases().await? {
                let view = client.case(case.id).await?.view().await?;
                let known = view.timeline.iter().map(|item| item.id);
                watching.seen.extend(known);
            }
            let style = context.output.style();
            context
                .output
                .note(style.text("watch-watching-ctrl-c-ends"));
            if watching.quiet_for().is_some() {
                context
                    .output
                    .note(style.text("watch-quiet-only-what-you-have"));
            }
            // Those of which nobody was told while nobody watched.
            let unseen = client.new_devices().await?;
            for new in &unseen {
                print_new_device(context, new)?;
            }
            new_devices::seen(client, &unseen).await?;
            for row in overdue::rows(client, style).await? {
                print_overdue(context, &row, only)?;
            }
            let follow = async {
                loop {
                    let quiet = watching.quiet_for();
                    let over = tokio::time::sleep(quiet.unwrap_or_default());
                    let update = tokio::select! {
                        update = updates.recv() => update,
                        () = over, if quiet.is_some() => {
                            watching.release(context, client).await?;
                            continue;
                        }
                    };
                    match update {
                        Ok(update) => watching.take(context, client, update).await?,
                        Err(RecvError::Lagged(_)) => {
                            for case in client.cases().await? {
                                let update = Update::Changed(case.id);
                                watching.take(context, client, update).await?;
                            }
                        }
                        Err(RecvError::Closed) => return Err(relais_client::Error::Closed.into()),
                    }
                }
            };
            tokio::select! {
                outcome = follow => outcome,
                _ = tokio::signal::ctrl_c() => Ok(()),
            }
        })
        .await
}

async fn report(
    context: &Context,
    client: &Client,
    update: Update,
    watching: &mut Watching,
) -> Result<(), Failure> {
    let only = watching.only;
    let style = context.output.style();
    let (case, message) = match update {
        Update::Changed(case) => {
            return new_entries(context, client, case, watching, false).await;
        }
        Update::Overdue(overdue) => {
            let view = client.case(overdue.case).await?.view().await?;
            let row = overdue::Row::of(&view, &overdue, SystemClock.now(), style);
            return print_overdue(context, &row, only);
        }
        Update::BreakGlass { case, entry } => {
            let view = client.case(case).await?.view().await?;
            let told = render::let_in(&view, entry, style);
            (Some(case), told.unwrap_or_default())
        }
        Update::Joined(case) => (Some(case), style.text("watch-you-new-case").to_owned()),
        Update::Left(case) => (Some(case), style.text("watch-you-left-case").to_owned()),
        Update::Members(_) | Update::RemovalProposed { .. } => return Ok(()),
        Update::BackInStep { case, .. } | Update::PolicyChanged { case, .. } => {
            return last_notice(context, client, case, only).await;
        }
        Update::Refused { case, error, .. } | Update::TeamChangeFailed { case, error } => {
            (Some(case), error.to_string())
        }
        Update::NewDevice(new) => {
            if !client.new_devices().await?.contains(&new) {
                return Ok(());
            }
            print_new_device(context, &new)?;
            return new_devices::seen(client, &[new]).await;
        }
        Update::Alarm(alarm) => (None, render::alarm(&alarm, style)),
    };
    if only.is_some() && case.is_some() && only != case {
        return Ok(());
    }
    let id = case
        .map(|case| case.to_string().chars().take(8).collect::<String>())
        .unwrap_or_default();
    let told = Told { case, message };
    context
        .output
        .result("notice", &told, |_| format!("{id}  {}", told.message))
}

/// What has just happened to the case's group.
async fn last_notice(
    context: &Context,
    client: &Client,
    case: CaseId,
    only: Option<CaseId>,
) -> Result<(), Failure> {
    if only.is_some_and(|only| only != case) {
        return Ok(());
    }
    let handle = client.case(case).await?;
    let view = handle.view().await?;
    let notices = render::notices(&view, &handle.notices().await?, context.output.style());
    let Some((_, message)) = notices.into_iter().next_back() else {
        return Ok(());
    };
    let id: String = case.to_string().chars().take(8).collect();
    let told = Told {
        case: Some(case),
        message,
    };
    context
        .output
        .result("notice", &told, |_| format!("{id}  {}", told.message))
}

fn print_new_device(context: &Context, new: &NewDevice) -> Result<(), Failure> {
    let row = new_devices::Row::of(new);
    context
        .output
        .result("new_device", &row, |style| row.text(style))
}

fn print_overdue(
    context: &Context,
    row: &overdue::Row,
    only: Option<CaseId>,
) -> Result<(), Failure> {
    if only.is_some_and(|only| only != row.case) {
        return Ok(());
    }
    context
        .output
        .result("overdue", row, |style| row.text(style))
}

/// What is new in the case; with `mine` only what this person has to acknowledge.
async fn new_entries(
    context: &Context,
    client: &Client,
    case: CaseId,
    watching: &mut Watching,
    mine: bool,
) -> Result<(), Failure> {
    if watching.only.is_some_and(|only| only != case) {
        return Ok(());
    }
    let handle = client.case(case).await?;
    let view = handle.view().await?;
    let asked = view.pending_receipts(&client.me().practitioner());
    let wanted = |id: EntryId| !mine || asked.acknowledged.contains(&id);
    for item in view.timeline.iter().filter(|item| wanted(item.id)) {
        if !watching.seen.insert(item.id) {
            continue;
        }
        let happened = Happened {
            case,
            title: &view.title,
            entry: item,
        };
        context.output.result("entry", &happened, |style| {
            format!(
                "[{}]\n{}",
                view.title,
                render::entry(&view, item, style).join("\n")
            )
        })?;
        handle.record_shown(&[item.id]).await?;
    }
    Ok(())
}
