//! `decide`, `nudge`, `snooze`: what is recorded, whom to remind, what to put off.

use relais_care::{CaseView, Decision, Nudge, compose::Draft};
use relais_types::EntryId;
use serde::Serialize;

use super::{ask::due_time, post};
use crate::{
    Failure,
    account::{Context, Link, text_or_stdin},
    args::{DecideArgs, NudgeArgs, SnoozeArgs},
    render, resolve,
};

pub(super) async fn decide(context: &Context, args: DecideArgs) -> Result<(), Failure> {
    let what = text_or_stdin(&args.what)?;
    post::in_case(context, &args.case, &args.entry, |view| {
        let language = context.globals.lang.into();
        let about = args.about.iter().map(|text| entry(view, text));
        let by = args.decided_by.iter();
        let decision = Decision {
            what,
            reason: args.reason.clone(),
            about: about.collect::<Result<_, _>>()?,
            decided_by: by
                .map(|seat| resolve::seat(view, seat, language))
                .collect::<Result<_, _>>()?,
            review_date: args.review_date.clone(),
        };
        let replaces = args.replaces.as_deref().map(|text| entry(view, text));
        let replaces = replaces.transpose()?;
        Ok(move |draft: Draft| match replaces {
            Some(before) => draft.supersedes(before).decision(decision),
            None => draft.decision(decision),
        })
    })
    .await
}

pub(super) async fn nudge(context: &Context, args: NudgeArgs) -> Result<(), Failure> {
    let note = text_or_stdin(&args.note)?;
    post::in_case(context, &args.case, &args.entry, |view| {
        let nudge = Nudge {
            target: entry(view, &args.asked)?,
            note,
        };
        Ok(move |draft: Draft| draft.nudge(nudge))
    })
    .await
}

/// What was put off.
#[derive(Serialize)]
struct PutOff {
    case: String,
    number: u64,
    /// RFC 3339, UTC; null if it is shown again.
    until: Option<String>,
}

pub(super) async fn snooze(context: &Context, args: SnoozeArgs) -> Result<(), Failure> {
    let until = args.until.as_deref().map(due_time).transpose()?;
    context
        .with_account(Link::Preferred, async |client| {
            let case = resolve::case(client, &args.case).await?;
            let view = case.view().await?;
            let item = resolve::entry(&view, &args.asked)?;
            case.snooze(item.id, until).await?;
            let put_off = PutOff {
                case: case.id().to_string(),
                number: item.seq,
                until: until.and_then(|until| {
                    let at = jiff::Timestamp::from_microsecond(until.as_micros()).ok()?;
                    Some(format!("{at:.0}"))
                }),
            };
            context.output.result("snoozed", &put_off, |style| {
                let Some(until) = until else {
                    return style.text("records-shown-again").to_owned();
                };
                let values = [
                    ("number", item.seq.into()),
                    ("day", render::day(until, style).into()),
                ];
                style.fill("records-hidden", &values)
            })
        })
        .await
}

fn entry(view: &CaseView, text: &str) -> Result<EntryId, Failure> {
    resolve::entry(view, text).map(|item| item.id)
}
