//! `ack`, `read`, `receipts`: delivered, read and acknowledged are three different things.

use relais_care::{CaseView, Receipts, TeamSeat, TimelineItem};
use relais_types::EntryId;
use serde::Serialize;

use super::post;
use crate::{
    Failure,
    account::{Context, Link},
    args::{AckArgs, ReadArgs, ReceiptsArgs},
    render::{self, Style, Tags},
    resolve,
};

#[derive(Serialize)]
struct Acknowledged {
    case: String,
    entry: EntryId,
}

#[derive(Serialize)]
struct ReadEntries<'a> {
    case: String,
    entries: Vec<&'a TimelineItem>,
}

#[derive(Serialize)]
struct Row<'a> {
    entry: EntryId,
    seq: u64,
    counts: Counts,
    not_read_by: Vec<String>,
    /// The same seats, as people know them.
    not_seen_by: Vec<Unseen>,
    receipts: &'a Receipts,
}

/// A seat that was not shown an entry.
#[derive(Serialize)]
struct Unseen {
    /// Its tag, such as `PCP`.
    seat: String,
    /// Who holds it; nobody if it is vacant.
    person: Option<String>,
}

#[derive(Serialize)]
struct Counts {
    delivered: usize,
    read: usize,
    acknowledged: usize,
}

pub(super) async fn ack(context: &Context, args: AckArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let case = resolve::case(client, &args.case).await?;
            let view = case.view().await?;
            let entry = resolve::entry(&view, &args.entry)?;
            let (id, seq) = (entry.id, entry.seq);
            case.mark_read(&[id]).await?;
            case.acknowledge(id).await?;
            post::send(context, client).await?;
            let done = Acknowledged {
                case: case.id().to_string(),
                entry: id,
            };
            context.output.result("acknowledged", &done, |style| {
                format!("#{seq} {}", style.text("receipts-acknowledged"))
            })
        })
        .await
}

pub(super) async fn read(context: &Context, args: ReadArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let case = resolve::case(client, &args.case).await?;
            let view = case.view().await?;
            let ids = if args.entries.is_empty() {
                view.pending_receipts(&client.me().practitioner()).read
            } else {
                let find = |text: &String| resolve::entry(&view, text).map(|item| item.id);
                args.entries
                    .iter()
                    .map(find)
                    .collect::<Result<Vec<_>, _>>()?
            };
            let items: Vec<&TimelineItem> = ids.iter().filter_map(|id| view.item(*id)).collect();
            let shown = ReadEntries {
                case: case.id().to_string(),
                entries: items.clone(),
            };
            context.output.result("read", &shown, |style| {
                if items.is_empty() {
                    return style.text("receipts-nothing-unread").to_owned();
                }
                items
                    .iter()
                    .flat_map(|item| render::entry(&view, item, style))
                    .collect::<Vec<_>>()
                    .join("\n")
            })?;
            // Only now has it been shown to somebody.
            case.mark_read(&ids).await?;
            post::send(context, client).await
        })
        .await
}

pub(super) async fn receipts(context: &Context, args: ReceiptsArgs) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let case = resolve::case(client, &args.case).await?;
            let view = case.view().await?;
            let items: Vec<&TimelineItem> = match &args.entry {
                Some(text) => vec![resolve::entry(&view, text)?],
                None => view
                    .timeline
                    .iter()
                    .filter(|item| item.deserves_receipt())
                    .collect(),
            };
            let tags = Tags::of(&view.team, context.output.style());
            let rows: Vec<Row<'_>> = items
                .iter()
                .map(|item| {
                    let [delivered, read, acknowledged] = item.receipts.counts();
                    let unread = view.who_has_not_read(item.id);
                    Row {
                        entry: item.id,
                        seq: item.seq,
                        counts: Counts {
                            delivered,
                            read,
                            acknowledged,
                        },
                        not_seen_by: unread.iter().map(|seat| unseen(&tags, seat)).collect(),
                        not_read_by: unread.iter().map(|seat| seat.seat.id.to_string()).collect(),
                        receipts: &item.receipts,
                    }
                })
                .collect();
            context.output.result("receipts", &rows, |style| {
                if let (Some(_), Some(item)) = (&args.entry, items.first()) {
                    let head = render::entry(&view, item, style).join("\n");
                    let table = render::receipt_table(&view, item, style);
                    let missing = rows.first().and_then(|row| missing(row, style));
                    let missing = missing.map_or_else(String::new, |it| format!("\n\n{it}"));
                    return format!("{head}\n\n{table}{missing}");
                }
                let lines: Vec<String> = items
                    .iter()
                    .zip(&rows)
                    .flat_map(|(item, row)| {
                        let missing = missing(row, style).map(|it| format!("      {it}"));
                        std::iter::once(line(&view, item, style)).chain(missing)
                    })
                    .collect();
                format!("{}\n\n{}", lines.join("\n"), render::legend(style))
            })
        })
        .await
}

fn unseen(tags: &Tags, seat: &TeamSeat) -> Unseen {
    let person = seat.occupant.as_ref();
    Unseen {
        seat: tags.get(seat.seat.id).to_owned(),
        person: person.map(|person| person.display_name.clone()),
    }
}

/// Who has not seen an entry, by seat and person.
fn missing(row: &Row<'_>, style: Style) -> Option<String> {
    let vacant = style.text("receipts-vacant");
    let seats = row.not_seen_by.iter().map(|unseen| {
        let person = unseen.person.as_deref().unwrap_or(vacant);
        format!("{} ({person})", unseen.seat)
    });
    let seats: Vec<String> = seats.collect();
    let label = style.text("receipts-not-seen");
    (!seats.is_empty()).then(|| format!("{label}{} {}", style.colon(), seats.join(", ")))
}

/// One entry with its marks.
fn line(view: &CaseView, item: &TimelineItem, style: Style) -> String {
    /// Columns that the entry's words may take.
    const WORDS: usize = 44;

    let headline = render::headline(view, item, style);
    let what = if headline.is_empty() {
        item.text(style.language).into_owned()
    } else {
        headline
    };
    let number = render::pad(&format!("#{}", item.seq), 5);
    let words = render::pad(&render::fit(&what, WORDS), WORDS);
    format!(
        "{number} {words}  {}",
        render::seat_marks(view, item, style)
    )
}
