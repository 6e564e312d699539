//! `group`: groups without a patient, and notices that each seat acknowledges for itself.

use relais_care::{
    AcknowledgementRequest, CaseOpened, CaseView, ConversationKind, Language, MetricsReport,
};
use relais_client::{Case, CasePolicy, Opening};
use relais_types::{CaseId, EntryId, SeatId, Timestamp};
use serde::Serialize;

use super::{ask, inbox, metrics, open, post};
use crate::{
    Failure,
    account::{Context, Link, text_or_stdin},
    args::{GroupCommand, GroupOpenArgs, NotifyArgs},
    render::{self, Style, Tags},
    resolve,
    said::Said,
};

pub(super) async fn run(context: &Context, command: GroupCommand) -> Result<(), Failure> {
    match command {
        GroupCommand::Open(args) => open_group(context, args).await,
        GroupCommand::List => list(context).await,
        GroupCommand::Notify(args) => notify(context, args).await,
        GroupCommand::Notices { group } => notices(context, &group).await,
        GroupCommand::Metrics { group } => sums(context, &group).await,
    }
}

async fn open_group(context: &Context, args: GroupOpenArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Required, async |client| {
            let (own_seat, own_occupancy) = open::own_seat(client, args.own_role);
            let (others, held) = open::seats(client, &args.seats).await?;
            let opening = Opening {
                content: CaseOpened {
                    title: args.title,
                    purpose: args.purpose,
                    patient: None,
                    conversation: ConversationKind::Community,
                    seats: [own_seat].into_iter().chain(others).collect(),
                    occupancies: [own_occupancy].into_iter().chain(held).collect(),
                },
                language: context.globals.lang.into(),
                parent: None,
                policy: CasePolicy::default(),
            };
            let opened = open::begin(context, client, opening).await?;
            super::case::print(context, client, &opened, true).await
        })
        .await
}

/// A group in the list.
#[derive(Serialize)]
struct Listed<'a> {
    id: CaseId,
    title: &'a str,
    seats: usize,
    unread: usize,
}

async fn list(context: &Context) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let me = client.me().practitioner();
            let views = inbox::views(client).await?;
            let groups = views
                .iter()
                .filter(|view| view.conversation == Some(ConversationKind::Community));
            let rows: Vec<Listed<'_>> = groups
                .map(|view| Listed {
                    id: view.case,
                    title: &view.title,
                    seats: view.team.seats().len(),
                    unread: view.pending_receipts(&me).read.len(),
                })
                .collect();
            context.output.result("groups", &rows, |style| {
                if rows.is_empty() {
                    return style.text("group-no-group-yet").to_owned();
                }
                let mut table = render::table(style.width);
                table.set_header([
                    "Id",
                    style.text("group-title"),
                    style.text("group-seats"),
                    style.text("group-unread"),
                ]);
                for row in &rows {
                    let id: String = row.id.to_string().chars().take(8).collect();
                    table.add_row([
                        &id,
                        row.title,
                        &row.seats.to_string(),
                        &row.unread.to_string(),
                    ]);
                }
                table.to_string()
            })
        })
        .await
}

/// The group with this id.
pub(super) fn of(view: &CaseView) -> Result<(), Failure> {
    if view.conversation == Some(ConversationKind::Community) {
        return Ok(());
    }
    Err(Failure::Precondition(Said::of("failure-not-a-group")))
}

/// One text, and one request to acknowledge it for each seat.
async fn notify(context: &Context, args: NotifyArgs) -> Result<(), Failure> {
    let text = text_or_stdin(&args.text)?;
    let by = ask::deadline(&args.deadline)?;
    context
        .with_account(Link::Outbox, async |client| {
            let group = resolve::case(client, &args.group).await?;
            let view = group.view().await?;
            let me = client.me().practitioner();
            let labels: Language = context.globals.lang.into();
            let seat_of = |text: &String| resolve::seat(&view, text, labels);
            let seats: Vec<SeatId> = if args.seats.is_empty() {
                let others = view.team.seats().iter();
                let others = others.filter(|seat| !seat.is_vacant() && !seat.is_held_by(&me));
                others.map(|seat| seat.seat.id).collect()
            } else {
                args.seats.iter().map(seat_of).collect::<Result<_, _>>()?
            };
            if seats.is_empty() {
                return Err(Failure::Precondition(Said::of("failure-group-alone")));
            }
            let language = post::language(context, args.entry.language.as_deref());
            let from = args.entry.from.as_ref().map(seat_of).transpose()?;
            let priority = args.entry.priority;
            let kept = args.entry.not_identifiers.clone();
            let words = text.clone();
            let notice = post::guarded(context, client, &group, from, language, move |draft| {
                draft.priority(priority).kept(kept).text(words)
            })
            .await?;
            for seat in seats {
                request(
                    context,
                    client,
                    &group,
                    &Asked { seat, notice, by },
                    &args,
                    &text,
                )
                .await?;
            }
            print(context, &group).await
        })
        .await
}

/// Who is asked to acknowledge which notice, by when.
struct Asked {
    seat: SeatId,
    notice: EntryId,
    by: Option<Timestamp>,
}

async fn request(
    context: &Context,
    client: &relais_client::Client,
    group: &Case,
    asked: &Asked,
    args: &NotifyArgs,
    text: &str,
) -> Result<(), Failure> {
    let Asked { seat, notice, by } = *asked;
    let request = AcknowledgementRequest {
        what: text.to_owned(),
    };
    let (priority, kept) = (args.entry.priority, args.entry.not_identifiers.clone());
    let language = post::language(context, args.entry.language.as_deref());
    post::post(context, client, group, None, language, move |draft| {
        let draft = ask::until(draft, by).priority(priority).kept(kept);
        draft
            .in_reply_to(notice)
            .acknowledgement_request(seat, request)
    })
    .await
    .map(drop)
}

async fn notices(context: &Context, group: &str) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let group = resolve::case(client, group).await?;
            print(context, &group).await
        })
        .await
}

/// A notice and who has acknowledged it.
#[derive(Serialize)]
struct Notice {
    number: u64,
    text: String,
    seats: Vec<SeatRow>,
}

/// What a seat has said of a notice.
#[derive(Serialize)]
struct SeatRow {
    seat: String,
    person: Option<String>,
    state: &'static str,
    /// RFC 3339, UTC.
    acknowledged: Option<String>,
}

async fn print(context: &Context, group: &Case) -> Result<(), Failure> {
    let view = group.view().await?;
    let style = context.output.style();
    let tags = Tags::of(&view.team, style);
    let row = |asked: &&relais_care::Loop| SeatRow {
        seat: tags.get(asked.owner).to_owned(),
        person: view
            .team
            .seat(asked.owner)
            .and_then(|seat| seat.occupant.as_ref())
            .map(|person| person.display_name.clone()),
        state: asked.state.label(style.language),
        acknowledged: asked.acknowledged.as_ref().and_then(|mark| {
            let at = jiff::Timestamp::from_microsecond(mark.at.as_micros()).ok()?;
            Some(format!("{at:.0}"))
        }),
    };
    let rows: Vec<Notice> = view
        .notices()
        .into_iter()
        .map(|(item, asked)| Notice {
            number: item.seq,
            text: item.text(style.language).into_owned(),
            seats: asked.iter().map(row).collect(),
        })
        .collect();
    context
        .output
        .result("notices", &rows, |style| text(&rows, style))
}

fn text(notices: &[Notice], style: Style) -> String {
    if notices.is_empty() {
        return style.text("group-no-notice-yet").to_owned();
    }
    let one = |notice: &Notice| {
        let has = notice
            .seats
            .iter()
            .filter(|row| row.acknowledged.is_some())
            .count();
        let all = notice.seats.len();
        let values = [("count", has.into()), ("all", all.into())];
        let count = style.fill("group-acknowledged", &values);
        let head = format!(
            "#{} {} · {count}",
            notice.number,
            notice.text.lines().next().unwrap_or_default()
        );
        let rows = notice.seats.iter().map(|row| {
            let who = row.person.as_deref().unwrap_or(style.text("group-vacant"));
            let mark = if row.acknowledged.is_some() {
                "✓"
            } else {
                "–"
            };
            format!("  {mark} {} {who} ({})", row.seat, row.state)
        });
        let lines: Vec<String> = std::iter::once(render::fit(&head, style.width))
            .chain(rows)
            .collect();
        lines.join("\n")
    };
    notices.iter().map(one).collect::<Vec<_>>().join("\n\n")
}

/// The sum of a period, and of how many people it is.
#[derive(Serialize)]
struct Sum {
    people: usize,
    #[serde(flatten)]
    report: MetricsReport,
}

async fn sums(context: &Context, group: &str) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let group = resolve::case(client, group).await?;
            let view = group.view().await?;
            let mut sums: Vec<Sum> = Vec::new();
            let reports = view.metrics_reports();
            let same =
                |a: &&&MetricsReport, b: &&MetricsReport| (a.start, a.end) == (b.start, b.end);
            for (at, first) in reports.iter().enumerate() {
                if reports[..at].iter().any(|before| same(&before, first)) {
                    continue;
                }
                let of_period: Vec<_> = reports
                    .iter()
                    .filter(|it| same(it, first))
                    .copied()
                    .collect();
                let people = of_period.len();
                sums.extend(MetricsReport::sum(of_period).map(|report| Sum { people, report }));
            }
            context.output.result("metrics_sums", &sums, |style| {
                if sums.is_empty() {
                    return style.text("group-nobody-has-told-numbers-yet").to_owned();
                }
                let one = |sum: &Sum| metrics::report_text(&sum.report, sum.people, style);
                sums.iter().map(one).collect::<Vec<_>>().join("\n\n")
            })
        })
        .await
}
