//! `watch`: prints what happens as it happens.

use std::collections::BTreeSet;

use relais_care::TimelineItem;
use relais_client::{Client, NewDevice, Update};
use relais_types::{CaseId, EntryId};
use serde::Serialize;
use tokio::sync::broadcast::error::RecvError;

use super::new_devices;
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

pub(super) async fn watch(context: &Context, args: crate::args::WatchArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let only = match &args.case {
                Some(case) => Some(resolve::case(client, case).await?.id()),
                None => None,
            };
            let mut updates = client.updates();
            let mut seen = BTreeSet::new();
            for case in client.cases().await? {
                let view = client.case(case.id).await?.view().await?;
                seen.extend(view.timeline.iter().map(|item| item.id));
            }
            context.output.note(
                context
                    .output
                    .style()
                    .say("Watching; Ctrl-C ends.", "En veille; Ctrl-C pour finir."),
            );
            // Those of which nobody was told while nobody watched.
            let unseen = client.new_devices().await?;
            for new in &unseen {
                print_new_device(context, new)?;
            }
            new_devices::seen(client, &unseen).await?;
            let follow = async {
                loop {
                    match updates.recv().await {
                        Ok(update) => report(context, client, update, only, &mut seen).await?,
                        Err(RecvError::Lagged(_)) => {
                            for case in client.cases().await? {
                                new_entries(context, client, case.id, only, &mut seen).await?;
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
    only: Option<CaseId>,
    seen: &mut BTreeSet<EntryId>,
) -> Result<(), Failure> {
    let style = context.output.style();
    let (case, message) = match update {
        Update::Changed(case) => return new_entries(context, client, case, only, seen).await,
        Update::Joined(case) => (
            Some(case),
            style
                .say("You are in a new case.", "Vous avez un nouveau dossier.")
                .to_owned(),
        ),
        Update::Left(case) => (
            Some(case),
            style
                .say("You left the case.", "Vous avez quitté le dossier.")
                .to_owned(),
        ),
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

async fn new_entries(
    context: &Context,
    client: &Client,
    case: CaseId,
    only: Option<CaseId>,
    seen: &mut BTreeSet<EntryId>,
) -> Result<(), Failure> {
    if only.is_some_and(|only| only != case) {
        return Ok(());
    }
    let handle = client.case(case).await?;
    let view = handle.view().await?;
    for item in view.timeline.iter().filter(|item| seen.insert(item.id)) {
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
