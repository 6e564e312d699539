//! `seat`: how seats take part, and who covers them.

use relais_care::{
    CaseView, Cover, Coverage, Delegation, Duty, Participation, Review, compose::Draft,
};
use relais_types::{Clock as _, SeatId, SystemClock, Timestamp};
use serde::Serialize;

use super::{ask::due_time, post};
use crate::{
    Failure,
    account::{Context, Link},
    args::{
        ChainArgs, CoverArgs, DelegateArgs, ParticipateArgs, ReviewArgs, SeatCommand,
        UnreviewedArgs,
    },
    render::{self, Tags, day},
    resolve,
    said::Said,
};

/// A seat that nobody has looked from.
#[derive(Serialize)]
struct Unreviewed {
    seat: SeatId,
    /// Since when; of a vacant seat, since it fell vacant.
    since: Timestamp,
    vacant: bool,
}

pub(super) async fn run(context: &Context, command: SeatCommand) -> Result<(), Failure> {
    match command {
        SeatCommand::Participate(args) => participate(context, args).await,
        SeatCommand::Delegate(args) => delegate(context, args).await,
        SeatCommand::Cover(args) => cover(context, args).await,
        SeatCommand::Review(args) => review(context, args).await,
        SeatCommand::Chain(args) => chain(context, args).await,
        SeatCommand::Unreviewed(args) => unreviewed(context, args).await,
    }
}

async fn participate(context: &Context, args: ParticipateArgs) -> Result<(), Failure> {
    let duty = |(class, what)| Duty { class, what };
    let participation = Participation {
        stance: args.stance,
        follow: args.follow,
        charter: args.charter.into_iter().map(duty).collect(),
    };
    if participation == Participation::default() {
        return Err(Failure::Usage(Said::of("failure-stance-unsaid")));
    }
    post::in_case(context, &args.case, &args.entry, |_| {
        Ok(move |draft: Draft| draft.participation(participation))
    })
    .await
}

async fn delegate(context: &Context, args: DelegateArgs) -> Result<(), Failure> {
    let (start, end) = (due_time(&args.start)?, due_time(&args.end)?);
    post::in_case_as(context, &args.case, &args.entry, |view, own| {
        let lang = context.globals.lang.into();
        let delegation = Delegation {
            seat: seat_or(view, args.seat.as_deref(), own, context)?,
            delegate: resolve::seat(view, &args.to, lang)?,
            kinds: args.kinds.clone(),
            start,
            end,
            out_of_office: args.away,
            reason: args.reason.clone(),
        };
        Ok(move |draft: Draft| draft.delegation(delegation))
    })
    .await
}

async fn cover(context: &Context, args: CoverArgs) -> Result<(), Failure> {
    post::in_case_as(context, &args.case, &args.entry, |view, own| {
        let find = |seat: &String| resolve::seat(view, seat, context.globals.lang.into());
        let coverage = Coverage {
            seat: seat_or(view, args.seat.as_deref(), own, context)?,
            pool: args.pool.iter().map(find).collect::<Result<_, _>>()?,
            supervisor: args.supervisor.as_ref().map(find).transpose()?,
        };
        Ok(move |draft: Draft| draft.coverage(coverage))
    })
    .await
}

async fn review(context: &Context, args: ReviewArgs) -> Result<(), Failure> {
    let review = Review { note: args.note };
    post::in_case(context, &args.case, &args.entry, |_| {
        Ok(move |draft: Draft| draft.review(review))
    })
    .await
}

async fn chain(context: &Context, args: ChainArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let view = resolve::case(client, &args.case).await?.view().await?;
            let seat = resolve::seat(&view, &args.seat, context.globals.lang.into())?;
            let chain = view.team.coverage(seat, args.kind, SystemClock.now());
            context.output.result("coverage", &chain, |style| {
                let tags = Tags::of(&view.team, style);
                let mut table = render::table(style.width);
                table.set_header([
                    style.text("seats-seat"),
                    style.text("seats-as"),
                    style.text("seats-there"),
                    style.text("seats-held"),
                ]);
                for Cover {
                    seat,
                    rung,
                    availability,
                } in &chain
                {
                    let holder = view.team.seat(*seat);
                    let holder = holder.and_then(|seat| seat.occupant.as_ref());
                    table.add_row([
                        tags.get(*seat),
                        rung.label(style.language),
                        availability.label(style.language),
                        holder.map_or("–", |person| person.display_name.as_str()),
                    ]);
                }
                table.to_string()
            })
        })
        .await
}

async fn unreviewed(context: &Context, args: UnreviewedArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let view = resolve::case(client, &args.case).await?.view().await?;
            let rows: Vec<Unreviewed> = view
                .not_reviewed_for(args.days, SystemClock.now())
                .into_iter()
                .map(|seat| Unreviewed {
                    seat: seat.seat.id,
                    since: seat.looked_at(),
                    vacant: seat.is_vacant(),
                })
                .collect();
            context.output.result("unreviewed", &rows, |style| {
                if rows.is_empty() {
                    return style.text("seats-every-seat-has-looked").to_owned();
                }
                let tags = Tags::of(&view.team, style);
                let mut table = render::table(style.width);
                table.set_header([style.text("seats-seat"), style.text("seats-not-since"), ""]);
                for row in &rows {
                    let vacant = if row.vacant {
                        style.text("seats-vacant")
                    } else {
                        ""
                    };
                    table.add_row([tags.get(row.seat), &day(row.since, style), vacant]);
                }
                table.to_string()
            })
        })
        .await
}

/// The seat that is named, or one's own.
fn seat_or(
    view: &CaseView,
    named: Option<&str>,
    own: Option<SeatId>,
    context: &Context,
) -> Result<SeatId, Failure> {
    match named {
        Some(seat) => resolve::seat(view, seat, context.globals.lang.into()),
        None => own.ok_or_else(|| Failure::Precondition(Said::of("failure-no-seat-name-one"))),
    }
}
