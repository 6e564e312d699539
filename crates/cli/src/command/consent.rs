//! `consent`: records what the patient agrees to share.

use relais_care::{CaseView, Consent, Language, LoopState, Person, Transition};
use relais_client::{Case, Client};
use relais_types::{Clock as _, EntryId, SeatId, SystemClock};

use super::{ask::due_time, open, post};
use crate::{
    Failure,
    account::{Context, Link},
    args::ConsentArgs,
    resolve,
    said::Said,
};

pub(super) async fn consent(context: &Context, args: ConsentArgs) -> Result<(), Failure> {
    // The directory tells who is meant by name.
    let link = if args.people.is_empty() {
        Link::Outbox
    } else {
        Link::Required
    };
    context
        .with_account(link, async |client| {
            let case = resolve::case(client, &args.case).await?;
            let view = case.view().await?;
            let labels: Language = context.globals.lang.into();
            let seat = |text: &str| resolve::seat(&view, text, labels);
            let from = args.entry.from.as_deref().map(seat).transpose()?;
            let own = from.or_else(|| own_seat(client, &view));
            let owner = match &args.to {
                Some(text) => seat(text)?,
                None => own.ok_or_else(|| Failure::Precondition(Said::of("failure-no-seat")))?,
            };
            let mut people: Vec<Person> = Vec::new();
            for text in &args.people {
                people.push(open::person(client, text).await?.0);
            }
            let start = args.start.as_deref().map(due_time).transpose()?;
            let consent = Consent {
                actors: args.actors.clone(),
                people,
                classes: args.classes.clone(),
                purpose: args.purpose.clone(),
                start: start.unwrap_or_else(|| SystemClock.now()),
                end: args.end.as_deref().map(due_time).transpose()?,
                decision_maker: args.decided_by.clone(),
                given: args.given,
            };
            let language = post::language(context, args.entry.language.as_deref());
            let recorded = record(context, client, &case, (from, owner), language, consent).await?;
            post::show(context, &case, recorded).await
        })
        .await
}

/// The first seat that this person holds.
pub(super) fn own_seat(client: &Client, view: &CaseView) -> Option<SeatId> {
    let me = client.me().practitioner();
    view.team.seats_of(&me).next().map(|seat| seat.seat.id)
}

/// Records a consent, from one seat and answered by another. What was given to this person, who
/// answers, is in force at once.
pub(super) async fn record(
    context: &Context,
    client: &Client,
    case: &Case,
    (from, owner): (Option<SeatId>, SeatId),
    language: Language,
    consent: Consent,
) -> Result<EntryId, Failure> {
    let view = case.view().await?;
    let mine = view.team.holds(&client.me().practitioner(), owner);
    let note = consent
        .given
        .filter(|_| mine)
        .map(|given| format!("{} ({})", consent.decision_maker, given.label(language)));
    let recorded = post::post(context, client, case, from, language, move |draft| {
        draft.consent(owner, consent)
    })
    .await?;
    if let Some(note) = note {
        let step = Transition::new(recorded, LoopState::Active).note(note);
        post::post(context, client, case, Some(owner), language, move |draft| {
            draft.transition(step)
        })
        .await?;
    }
    Ok(recorded)
}
