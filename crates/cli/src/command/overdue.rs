//! `overdue`: what nobody has acknowledged in time, and what to do about it.

use relais_care::CaseView;
use relais_client::{Client, Overdue, Turn};
use relais_types::{CaseId, Clock as _, EntryId, SystemClock, Timestamp};
use serde::Serialize;

use crate::{
    Failure,
    account::{Context, Link},
    render::{self, Style, Tags},
};

/// Columns that the entry's words may take.
const WORDS: usize = 60;

/// Something late, in words.
#[derive(Serialize)]
pub(super) struct Row {
    pub(super) case: CaseId,
    title: String,
    entry: EntryId,
    seq: u64,
    /// `owner` if this person has to acknowledge, `next` if it is theirs to escalate.
    turn: &'static str,
    /// Of the seat that should acknowledge.
    seat: String,
    /// Who holds it; nobody if it is vacant.
    person: Option<String>,
    /// RFC 3339, UTC.
    acknowledge_by: String,
    /// False while there is still time.
    late: bool,
    /// The command that settles it, or that asks somebody else.
    command: String,
    #[serde(skip)]
    what: String,
    #[serde(skip)]
    by: Timestamp,
}

impl Row {
    pub(super) fn of(view: &CaseView, overdue: &Overdue, now: Timestamp, style: Style) -> Self {
        let tags = Tags::of(&view.team, style);
        let item = view.item(overdue.entry);
        let seq = item.map_or(0, |item| item.seq);
        let id: String = overdue.case.to_string().chars().take(8).collect();
        let holder = view.team.seat(overdue.owner);
        let holder = holder.and_then(|seat| seat.occupant.as_ref());
        let (turn, command) = match overdue.turn {
            Turn::Owner => ("owner", format!("relais ack {id} {seq}")),
            // It waits in a queue that this person shares.
            Turn::Next if !view.team.queue_pool(overdue.owner).is_empty() => {
                ("next", format!("relais hub take {id} {seq}"))
            }
            Turn::Next => (
                "next",
                format!("relais ask-ack {id} \"…\" --to SEAT --priority asap"),
            ),
        };
        let asked = view.find_loop(overdue.entry).map(|asked| &asked.title);
        let words = item.map(|item| item.text(style.language).into_owned());
        let what = asked.filter(|title| !title.is_empty()).cloned().or(words);
        let what = what.unwrap_or_default();
        let by = jiff::Timestamp::from_microsecond(overdue.acknowledge_by.as_micros());
        Self {
            case: overdue.case,
            title: view.title.clone(),
            entry: overdue.entry,
            seq,
            turn,
            seat: tags.get(overdue.owner).to_owned(),
            person: holder.map(|person| person.display_name.clone()),
            acknowledge_by: by.map_or_else(|_| String::new(), |by| format!("{by:.0}")),
            by: overdue.acknowledge_by,
            late: overdue.acknowledge_by < now,
            command,
            what: render::fit(what.lines().next().unwrap_or_default(), WORDS),
        }
    }

    /// What is late, and what to do about it.
    pub(super) fn text(&self, style: Style) -> String {
        let by = format!(
            "{} {} UTC",
            render::day(self.by, style),
            render::time(self.by)
        );
        let (seq, what, title) = (self.seq, &self.what, &self.title);
        let head = format!("! [{title}] #{seq} {what}");
        let vacant = style.text("overdue-nobody-seat-vacant");
        let who = format!(
            "{} ({})",
            self.seat,
            self.person.as_deref().unwrap_or(vacant)
        );
        let (command, owner) = (&self.command, self.turn == "owner");
        let values = [("by", by.into()), ("who", who.into())];
        let told = match (owner, self.late) {
            (true, false) => style.fill("overdue-yours", &values),
            (true, true) => style.fill("overdue-yours-late", &values),
            (false, _) => style.fill("overdue-theirs", &values),
        };
        format!("{head}\n  {told}\n    {command}")
    }
}

/// Everything that is late for this person.
pub(super) async fn rows(client: &Client, style: Style) -> Result<Vec<Row>, Failure> {
    let now = SystemClock.now();
    let mut rows = Vec::new();
    for overdue in client.overdue().await? {
        let view = client.case(overdue.case).await?.view().await?;
        rows.push(Row::of(&view, &overdue, now, style));
    }
    Ok(rows)
}

pub(super) async fn overdue(context: &Context) -> Result<(), Failure> {
    context
        .with_account(Link::Preferred, async |client| {
            let rows = rows(client, context.output.style()).await?;
            context.output.result("overdue", &rows, |style| {
                if rows.is_empty() {
                    return style.text("overdue-nothing-overdue").to_owned();
                }
                let texts: Vec<String> = rows.iter().map(|row| row.text(style)).collect();
                texts.join("\n\n")
            })
        })
        .await
}
