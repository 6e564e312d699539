//! `hub`: the queue of a programme's one door, and what becomes of what waits in it.

use relais_care::{CaseView, Loop, Party, Requirement, Transition, catalogue::Rule};
use relais_types::{CaseId, Clock as _, SystemClock};
use serde::Serialize;

use super::{inbox, post};
use crate::{
    Failure,
    account::{Context, Link, text_or_stdin},
    args::{HubArgs, HubCommand},
    render::{self, Style, Tags},
    resolve,
    said::Said,
};

/// Something that waits.
#[derive(Serialize)]
struct Row<'a> {
    case: CaseId,
    case_title: &'a str,
    /// The hub's name as people know it.
    hub: &'a str,
    #[serde(flatten)]
    asked: &'a Loop,
    #[serde(skip)]
    view: &'a CaseView,
}

pub(super) async fn run(context: &Context, command: HubCommand) -> Result<(), Failure> {
    match command {
        HubCommand::Queue => queue(context).await,
        HubCommand::Take(args) => step(context, args, None, |rule| rule.who == Party::Pool).await,
        HubCommand::Offer { what, to } => {
            let offers = |rule: &Rule| rule.requires == Requirement::Nominee;
            step(context, what, Some(to), offers).await
        }
        HubCommand::Accept(args) => {
            let accepts = |rule: &Rule| rule.who == Party::Nominee && rule.takes_over();
            step(context, args, None, accepts).await
        }
        HubCommand::SendBack(args) => {
            let sends_back = |rule: &Rule| rule.who == Party::Nominee && !rule.takes_over();
            step(context, args, None, sends_back).await
        }
    }
}

async fn queue(context: &Context) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let me = client.me().practitioner();
            let views = inbox::views(client).await?;
            let mut rows: Vec<Row<'_>> = Vec::new();
            for view in &views {
                let shares = |queued: &relais_care::Queued<'_>| {
                    let mine = |&seat: &_| view.team.holds(&me, seat);
                    queued.pool.iter().any(mine) || view.team.holds(&me, queued.hub)
                };
                rows.extend(view.queue().into_iter().filter(shares).map(|queued| {
                    Row {
                        case: view.case,
                        case_title: &view.title,
                        hub: view
                            .team
                            .seat(queued.hub)
                            .map_or("", |hub| &hub.seat.organisation_display_name),
                        asked: queued.asked,
                        view,
                    }
                }));
            }
            rows.sort_by_key(|row| relais_care::urgency(row.asked));
            context.output.result("hub_queue", &rows, |style| {
                if rows.is_empty() {
                    return style.text("hub-nothing-waits-at-hub").to_owned();
                }
                let lines: Vec<String> = rows.iter().flat_map(|row| lines(row, style)).collect();
                lines.join("\n")
            })
        })
        .await
}

fn lines(row: &Row<'_>, style: Style) -> [String; 2] {
    let asked = row.asked;
    let id: String = row.case.to_string().chars().take(8).collect();
    let what = format!(
        "{} · {}{} {}",
        asked.priority.label(style.language),
        asked.kind.label(style.language),
        style.colon(),
        asked.title
    );
    let by = Tags::of(&row.view.team, style)
        .get(asked.requester)
        .to_owned();
    let since = render::day(asked.asked_at, style);
    let mut values = vec![
        ("by", by.into()),
        ("since", since.into()),
        ("title", row.case_title.into()),
        ("case", id.into()),
        ("number", asked.asked_seq.into()),
    ];
    let where_from = match asked.due.or(asked.acknowledge_by) {
        Some(due) => {
            values.push(("due", render::day(due, style).into()));
            style.fill("hub-asked-due", &values)
        }
        None => style.fill("hub-asked", &values),
    };
    let where_from = format!("    {where_from}");
    [
        render::fit(&what, style.width),
        render::fit(&where_from, style.width),
    ]
}

/// Takes the one step of this sort that the person may take.
async fn step(
    context: &Context,
    args: HubArgs,
    to: Option<String>,
    wanted: impl Fn(&Rule) -> bool,
) -> Result<(), Failure> {
    let note = text_or_stdin(&args.note)?;
    context
        .with_account(Link::Outbox, async |client| {
            let case = resolve::case(client, &args.case).await?;
            let view = case.view().await?;
            let item = resolve::entry(&view, &args.asked)?;
            let asked = view
                .find_loop(item.id)
                .ok_or_else(|| Failure::Precondition(Said::of("failure-asks-nothing")))?;
            let me = client.me().practitioner();
            let steps = view.possible_steps_at(asked.id, &me, SystemClock.now());
            let Some((seat, rule)) = steps.into_iter().find(|(_, rule)| wanted(rule)) else {
                return Err(not_yours(&view, asked, context.output.style()));
            };
            if rule.requires == Requirement::Note && note.trim().is_empty() {
                return Err(Failure::Usage(Said::of("failure-say-why")));
            }
            let nominee = to
                .as_deref()
                .map(|seat| resolve::seat(&view, seat, context.globals.lang.into()))
                .transpose()?;
            let transition = Transition {
                nominee,
                ..Transition::new(asked.id, rule.to).note(note)
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

/// Who has it instead.
fn not_yours(view: &CaseView, asked: &Loop, style: Style) -> Failure {
    let tags = Tags::of(&view.team, style);
    let holder = view
        .team
        .seat(asked.owner)
        .and_then(|seat| seat.occupant.as_ref());
    let holder = holder.map_or("–", |person| person.display_name.as_str());
    let owner = tags.get(asked.owner);
    let state = asked.state.label(style.language);
    let values = [
        ("owner", owner.into()),
        ("holder", holder.into()),
        ("state", state.into()),
    ];
    Failure::Precondition(style.fill("hub-not-yours", &values).into())
}
