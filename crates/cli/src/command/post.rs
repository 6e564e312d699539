//! Posting an entry and waiting until it has its place in the log.

use std::time::Duration;

use relais_care::{CaseView, FieldError, Language, Statement, TimelineItem, compose::Draft};
use relais_client::{Case, Client, Error};
use relais_proto::care;
use relais_types::{EntryId, SeatId};
use serde::Serialize;

use crate::{
    Failure,
    account::{Context, Link, settle},
    args::EntryArgs,
    progress::during,
    render, resolve,
    said::Said,
};

/// How long an entry may take to its place in the log.
pub(super) const PATIENCE: Duration = Duration::from_secs(20);

/// What `say` and its like give to programs.
#[derive(Serialize)]
struct Posted<'a> {
    case: String,
    entry: &'a TimelineItem,
}

/// The language of an entry's words: as said with it, else that of the labels.
pub(super) fn language(context: &Context, tag: Option<&str>) -> Language {
    tag.map_or(context.globals.lang.into(), Language::of)
}

/// As [`in_case`], and tells `prepare` the seat that the entry is said from.
pub(super) async fn in_case_as<P, W>(
    context: &Context,
    case: &str,
    args: &EntryArgs,
    prepare: P,
) -> Result<(), Failure>
where
    P: FnOnce(&CaseView, Option<SeatId>) -> Result<W, Failure>,
    W: FnOnce(Draft) -> Result<care::Entry, FieldError> + Send + 'static,
{
    context
        .with_account(Link::Outbox, async |client| {
            let case = resolve::case(client, case).await?;
            let view = case.view().await?;
            let labels = context.globals.lang.into();
            let from = args
                .from
                .as_deref()
                .map(|seat| resolve::seat(&view, seat, labels))
                .transpose()?;
            let language = language(context, args.language.as_deref());
            let priority = args.priority;
            let me = client.me().practitioner();
            let own = view.team.seats_of(&me).next().map(|seat| seat.seat.id);
            let write = prepare(&view, from.or(own))?;
            let kept = args.not_identifiers.clone();
            let entry = guarded(context, client, &case, from, language, move |draft| {
                write(draft.priority(priority).kept(kept))
            })
            .await?;
            show(context, &case, entry).await
        })
        .await
}

/// Opens the account, lets `prepare` find in the case's view what is referred to, posts what
/// it gives back, and prints the entry.
pub(super) async fn in_case<P, W>(
    context: &Context,
    case: &str,
    args: &EntryArgs,
    prepare: P,
) -> Result<(), Failure>
where
    P: FnOnce(&CaseView) -> Result<W, Failure>,
    W: FnOnce(Draft) -> Result<care::Entry, FieldError> + Send + 'static,
{
    in_case_as(context, case, args, |view, _| prepare(view)).await
}

/// As [`post`]. If the words hold what can tell a group without a patient who one is, it says where.
pub(super) async fn guarded<W>(
    context: &Context,
    client: &Client,
    case: &Case,
    from: Option<SeatId>,
    language: Language,
    write: W,
) -> Result<EntryId, Failure>
where
    W: FnOnce(Draft) -> Result<care::Entry, FieldError> + Send + 'static,
{
    let (tell, told) = std::sync::mpsc::channel();
    let posted = post(context, client, case, from, language, move |draft| {
        let entry = write(draft)?;
        let words = Statement::parse(&entry)?.content.words();
        // Nobody listens any more if the command was given up.
        drop(tell.send(words));
        Ok(entry)
    })
    .await;
    match posted {
        Err(Failure::Client(Error::Refused(refused)))
            if refused.metadata.contains_key("identifiers") =>
        {
            let words = told.try_recv().unwrap_or_default();
            Err(marked(client, &words, context.output.style()).await?)
        }
        other => other,
    }
}

/// Which words look like identifiers, and what to do.
async fn marked(
    client: &Client,
    words: &[String],
    style: render::Style,
) -> Result<Failure, Failure> {
    let mut found = Vec::new();
    for text in words {
        for mark in client.identifiers_in(text).await? {
            let span = text.get(mark.range.clone()).unwrap_or_default();
            let kind = mark.kind.label(style.language);
            found.push(format!(
                "  “{span}” ({kind}: {})",
                mark.kind.code().replace('_', "-")
            ));
        }
    }
    let found = found.join("\n");
    let values = [("found", found.into())];
    Ok(Failure::Precondition(
        style.fill("post-marked", &values).into(),
    ))
}

/// Posts and waits for the log. Without the server, the entry stays in the outbox, durable,
/// and is sent the next time.
pub(super) async fn post<W>(
    context: &Context,
    client: &Client,
    case: &Case,
    from: Option<SeatId>,
    language: Language,
    write: W,
) -> Result<EntryId, Failure>
where
    W: FnOnce(Draft) -> Result<care::Entry, FieldError> + Send + 'static,
{
    let id = match from {
        Some(seat) => case.post_as(seat, language, write).await?,
        None => case.post(language, write).await?,
    };
    send(context, client).await?;
    let view = case
        .wait_until(PATIENCE, |view| view.item(id).is_some())
        .await?;
    match view.item(id).and_then(|item| item.rejected) {
        // Others were faster: the log decides.
        Some(rejected) => Err(Failure::Precondition(
            rejected.text(context.globals.lang.into()).to_owned().into(),
        )),
        None => Ok(id),
    }
}

/// Sends what this device has done. Without the server it stays in the outbox, durable, and
/// is sent the next time.
pub(super) async fn send(context: &Context, client: &Client) -> Result<(), Failure> {
    let sent = during(
        context.output.is_json(),
        "sending",
        settle(client, PATIENCE),
    )
    .await;
    sent.map_err(|failure| match failure {
        Failure::Client(error @ (Error::Unreachable { .. } | Error::TimedOut(_))) => {
            Failure::Queued(error)
        }
        other => other,
    })
}

/// Prints an entry that has just been posted.
pub(super) async fn show(context: &Context, case: &Case, entry: EntryId) -> Result<(), Failure> {
    let view = case.view().await?;
    let item = view
        .item(entry)
        .ok_or_else(|| Failure::NotFound(Said::of("failure-entry-not-in-log")))?;
    let posted = Posted {
        case: case.id().to_string(),
        entry: item,
    };
    context.output.result("entry", &posted, |style| {
        render::entry(&view, item, style).join("\n")
    })
}
