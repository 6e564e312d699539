//! `case break-glass`, `case share-history`.

use relais_care::HistoryShared;
use relais_client::Admission;
use relais_types::{Clock as _, SystemClock};

use super::{case, open, post};
use crate::{
    Failure,
    account::{Context, Link, settle},
    args::{BreakGlassArgs, ShareHistoryArgs},
    progress::during,
    resolve,
    said::Said,
};

pub(super) async fn break_glass(context: &Context, args: BreakGlassArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Required, async |client| {
            let case = resolve::case(client, &args.case).await?;
            let (person, organisation) = open::person(client, &args.person).await?;
            let mut updates = client.updates();
            let entry = case
                .break_glass(Admission {
                    person,
                    organisation_display_name: organisation,
                    reason: args.reason,
                    explanation: args.because.clone(),
                    until: SystemClock.now().plus(args.lasts),
                    history: args.history.clone(),
                    language: context.globals.lang.into(),
                })
                .await?;
            during(
                context.output.is_json(),
                "letting them in",
                settle(client, post::PATIENCE),
            )
            .await?;
            case::refused(&mut updates, case.id())?;
            post::show(context, &case, entry).await
        })
        .await
}

pub(super) async fn share_history(
    context: &Context,
    args: ShareHistoryArgs,
) -> Result<(), Failure> {
    context
        .with_account(Link::Required, async |client| {
            let case = resolve::case(client, &args.case).await?;
            let view = case.view().await?;
            let seat = resolve::seat(&view, &args.seat, context.globals.lang.into())?;
            let holder = view.team.seat(seat).and_then(|seat| seat.occupant.clone());
            let person =
                holder.ok_or_else(|| Failure::Precondition(Said::of("failure-seat-vacant")))?;
            let shared = HistoryShared {
                person,
                history: args.history.clone(),
                reason: args.because.clone(),
            };
            let entry = case.share_more(shared, context.globals.lang.into()).await?;
            post::send(context, client).await?;
            post::show(context, &case, entry).await
        })
        .await
}
