//! `say`, `consult`, `task`, `ask-ack`, `correct`: what is said to the team.

use relais_care::{AcknowledgementRequest, Consult, Correction, Task, compose::Draft};
use relais_types::Timestamp;

use super::{post, refer};
use crate::{
    Failure,
    account::{Context, Link, text_or_stdin},
    args::{AskAckArgs, ConsultArgs, CorrectArgs, DeadlineArgs, SayArgs, TaskArgs},
    resolve,
    said::Said,
};

pub(super) async fn say(context: &Context, args: SayArgs) -> Result<(), Failure> {
    let text = text_or_stdin(&args.text)?;
    post::in_case(context, &args.case, &args.entry, |view| {
        let language = context.globals.lang.into();
        let audience = args
            .audience
            .iter()
            .map(|seat| resolve::seat(view, seat, language))
            .collect::<Result<Vec<_>, _>>()?;
        let reply_to = args
            .reply_to
            .as_deref()
            .map(|entry| resolve::entry(view, entry))
            .transpose()?
            .map(|item| item.id);
        Ok(move |draft: Draft| {
            let draft = draft.audience(audience);
            match reply_to {
                Some(entry) => draft.in_reply_to(entry).text(text),
                None => draft.text(text),
            }
        })
    })
    .await
}

pub(super) async fn consult(context: &Context, args: ConsultArgs) -> Result<(), Failure> {
    if let Some(service) = &args.service {
        return refer::consult(context, &args, service).await;
    }
    let consult = Consult {
        specialty: args.specialty,
        question: text_or_stdin(&args.question)?,
        class: args.class,
    };
    let by = deadline(&args.deadline)?;
    post::in_case(context, &args.case, &args.entry, |view| {
        let to = args.to.as_deref().unwrap_or_default();
        let owner = resolve::seat(view, to, context.globals.lang.into())?;
        Ok(move |draft: Draft| until(draft, by).consult(owner, consult))
    })
    .await
}

pub(super) async fn task(context: &Context, args: TaskArgs) -> Result<(), Failure> {
    let due = args.due.as_deref().map(due_time).transpose()?;
    let by = deadline(&args.deadline)?;
    let said = args.what.as_deref().map(text_or_stdin).transpose()?;
    post::in_case(context, &args.case, &args.entry, |view| {
        let owner = resolve::seat(view, &args.to, context.globals.lang.into())?;
        let from = args.from_entry.as_deref();
        let from = from.map(|entry| resolve::entry(view, entry)).transpose()?;
        // Words that somebody said become the request, and it answers them.
        let same = from.map(|item| item.text(context.globals.lang.into()).into_owned());
        let task = Task {
            what: said.or(same).unwrap_or_default(),
            due,
        };
        let from = from.map(|item| item.id);
        Ok(move |draft: Draft| match from {
            Some(entry) => until(draft, by).in_reply_to(entry).task(owner, task),
            None => until(draft, by).task(owner, task),
        })
    })
    .await
}

pub(super) async fn ask_ack(context: &Context, args: AskAckArgs) -> Result<(), Failure> {
    let request = AcknowledgementRequest {
        what: text_or_stdin(&args.what)?,
    };
    let by = deadline(&args.deadline)?;
    post::in_case(context, &args.case, &args.entry, |view| {
        let owner = resolve::seat(view, &args.to, context.globals.lang.into())?;
        Ok(move |draft: Draft| until(draft, by).acknowledgement_request(owner, request))
    })
    .await
}

pub(super) async fn correct(context: &Context, args: CorrectArgs) -> Result<(), Failure> {
    let replacement = args
        .text
        .as_deref()
        .map(text_or_stdin)
        .transpose()?
        .unwrap_or_default();
    context
        .with_account(Link::Outbox, async |client| {
            let case = resolve::case(client, &args.case).await?;
            let view = case.view().await?;
            let target = resolve::entry(&view, &args.entry)?.id;
            let correction = Correction {
                target,
                reason: args.reason,
                replacement,
            };
            let language = post::language(context, args.language.as_deref());
            let entry = post::post(context, client, &case, None, language, |draft| {
                draft.correction(correction)
            })
            .await?;
            post::show(context, &case, entry).await
        })
        .await
}

pub(super) fn deadline(args: &DeadlineArgs) -> Result<Option<Timestamp>, Failure> {
    args.acknowledge_by.as_deref().map(due_time).transpose()
}

/// The draft, to be acknowledged by then, or as usual for its priority.
pub(super) fn until(draft: Draft, by: Option<Timestamp>) -> Draft {
    match by {
        Some(time) => draft.acknowledge_by(time),
        None => draft,
    }
}

/// A date (its end, UTC) or a time, ISO 8601.
pub(super) fn due_time(text: &str) -> Result<Timestamp, Failure> {
    let time = text.parse::<jiff::Timestamp>().ok().or_else(|| {
        let local = match text.parse::<jiff::civil::Date>() {
            Ok(date) if !text.contains(['T', ' ', ':']) => date.at(23, 59, 59, 0),
            _ => text.parse::<jiff::civil::DateTime>().ok()?,
        };
        jiff::tz::TimeZone::UTC.to_timestamp(local).ok()
    });
    time.map(|time| Timestamp::from_micros(time.as_microsecond()))
        .ok_or_else(|| Failure::Usage(Said::of("failure-not-a-time").with("text", &text)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn due_times_are_dates_or_times() {
        assert_eq!(due_time("2026-12-01").unwrap().as_secs(), 1_796_169_599);
        assert_eq!(
            due_time("2026-12-01T16:00").unwrap(),
            due_time("2026-12-01T16:00:00Z").unwrap()
        );
        assert_eq!(due_time("tomorrow").unwrap_err().exit_code(), 2);
    }
}
