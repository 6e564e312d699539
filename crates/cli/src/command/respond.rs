//! `respond`: moves something asked to its next state.

use relais_care::{CaseView, Content, LoopState, Requirement, Transition};
use relais_types::{Clock as _, EntryId, PractitionerName, SeatId, SystemClock};

use super::post;
use crate::{
    Failure,
    account::{Context, Link, text_or_stdin},
    args::RespondArgs,
    render::{self, Style},
    resolve,
    said::Said,
};

pub(super) async fn respond(context: &Context, args: RespondArgs) -> Result<(), Failure> {
    let note = text_or_stdin(&args.note)?;
    context
        .with_account(Link::Outbox, async |client| {
            let case = resolve::case(client, &args.case).await?;
            let view = case.view().await?;
            let asked = resolve::entry(&view, &args.asked)?.id;
            let kind = view.find_loop(asked).map(|asked| asked.kind);
            let to = kind.map_or_else(|| args.step.into(), |kind| args.step.state(kind));
            let me = client.me().practitioner();
            let (seat, requires) = allowed(&view, asked, to, &me, context.output.style())?;
            match requires {
                Requirement::Note if note.trim().is_empty() => {
                    return Err(Failure::Usage(Said::of("failure-note-required")));
                }
                Requirement::DeclineReason if args.reason.is_none() => {
                    return Err(Failure::Usage(Said::of("failure-reason-required")));
                }
                Requirement::Nominee if args.to.is_none() => {
                    return Err(Failure::Usage(Said::of("failure-seat-required")));
                }
                _ => {}
            }
            let nominee = args
                .to
                .as_deref()
                .map(|seat| resolve::seat(&view, seat, context.globals.lang.into()))
                .transpose()?;
            if let Some(Content::Handover(offer)) = view.item(asked).map(|item| &item.content) {
                let (now, style) = (SystemClock.now(), context.output.style());
                context
                    .output
                    .note(&render::outstanding(&view, &offer.open_items, now, style));
            }
            let alternative_service = match &args.alternative_service {
                Some(text) => Some(resolve::listed_service(client, text).await?.1),
                None => None,
            };
            let transition = Transition {
                decline_reason: args.reason,
                alternative: args.alternative,
                alternative_service,
                eligibility: args.eligibility,
                interim_plan: args.meanwhile,
                expected_date: args.expected,
                nominee,
                usefulness: args.useful,
                ..Transition::new(asked, to).note(note)
            };
            let language = post::language(context, args.language.as_deref());
            let entry = post::post(context, client, &case, Some(seat), language, |draft| {
                draft.transition(transition)
            })
            .await?;
            post::show(context, &case, entry).await
        })
        .await
}

/// The seat from which `me` may take this step, and what it requires.
fn allowed(
    view: &CaseView,
    asked: EntryId,
    to: LoopState,
    me: &PractitionerName,
    style: Style,
) -> Result<(SeatId, Requirement), Failure> {
    let Some(current) = view.find_loop(asked) else {
        return Err(Failure::Precondition(Said::of(
            "failure-asks-nothing-to-move",
        )));
    };
    let steps = view.possible_steps_at(asked, me, SystemClock.now());
    if let Some((seat, rule)) = steps.iter().find(|(_, rule)| rule.to == to) {
        return Ok((*seat, rule.requires));
    }
    let state = current.state.label(style.language);
    let possible: Vec<&str> = steps
        .iter()
        .map(|(_, rule)| rule.to.label(style.language))
        .collect();
    let said = if possible.is_empty() {
        Said::of("failure-no-step")
    } else {
        Said::of("failure-other-steps").with("possible", &possible.join(", "))
    };
    Err(Failure::Precondition(
        said.with("state", &state)
            .with("to", &to.label(style.language)),
    ))
}
