//! Receipts as small marks per seat, and as a table.
//!
//! Delivered, read and acknowledged are three things: each has its own place in the mark,
//! so that none can be taken for another.

use comfy_table::{ContentArrangement, Table, TableComponent, presets};
use relais_care::{CaseView, Standing, TimelineItem};

use super::{Style, Tags, time};

/// What stands for something that nobody has said.
const NOTHING: char = '-';

/// One mark per addressed seat, such as `[PCP dra]`; nothing for what is owed no receipt.
///
/// The third place is there only for the accountable seat: nobody else can acknowledge.
pub fn seat_marks(view: &CaseView, item: &TimelineItem, style: Style) -> String {
    if !item.deserves_receipt() {
        return String::new();
    }
    let tags = Tags::of(&view.team, style);
    let [delivered, read, acknowledged] = letters(style);
    let marks = view
        .team
        .seats()
        .iter()
        .filter(|seat| item.addresses(seat.seat.id) && item.author.seat != Some(seat.seat.id))
        .filter(|seat| !seat.is_held_by(&item.author.name))
        .map(|seat| {
            let said = item
                .receipts
                .of_seat(seat.seat.id)
                .cloned()
                .unwrap_or_default();
            let place = |given: bool, letter: char| if given { letter } else { NOTHING };
            let mut mark = format!("[{} ", tags.get(seat.seat.id));
            mark.push(place(said.delivered.is_some(), delivered));
            mark.push(place(said.read.is_some(), read));
            if item.envelope.owner_seat == Some(seat.seat.id) {
                mark.push(place(said.acknowledged.is_some(), acknowledged));
            }
            mark.push(']');
            mark
        });
    marks.collect::<Vec<_>>().join(" ")
}

/// What the marks mean.
pub fn legend(style: Style) -> &'static str {
    style.text("render-receipts-marks-per-seat-d-delivered")
}

fn letters(style: Style) -> [char; 3] {
    [
        style.text("render-receipts-letter-delivered"),
        style.text("render-receipts-letter-read"),
        style.text("render-receipts-letter-acknowledged"),
    ]
    .map(|letter| letter.chars().next().unwrap_or(NOTHING))
}

/// Every seat and person with the time of each thing they said of one entry.
pub fn receipt_table(view: &CaseView, item: &TimelineItem, style: Style) -> String {
    let tags = Tags::of(&view.team, style);
    let mut table = table(style.width);
    table.set_header([
        style.text("render-receipts-seat"),
        style.text("render-receipts-person"),
        style.text("render-receipts-delivered"),
        style.text("render-receipts-read"),
        style.text("render-receipts-acknowledged"),
    ]);
    let when = |mark: Option<&relais_care::Mark>| {
        mark.map_or_else(|| "–".to_owned(), |mark| time(mark.at))
    };
    let row = |said: &Standing| {
        [
            when(said.delivered.as_ref()),
            when(said.read.as_ref()),
            when(said.acknowledged.as_ref()),
        ]
    };
    let name = |person: &relais_types::PractitionerName| {
        view.display_name(person)
            .map_or_else(|| person.to_string(), str::to_owned)
    };
    for seat in view.team.seats() {
        if !item.addresses(seat.seat.id) || item.author.seat == Some(seat.seat.id) {
            continue;
        }
        let said = item
            .receipts
            .of_seat(seat.seat.id)
            .cloned()
            .unwrap_or_default();
        let holder = seat
            .occupant
            .as_ref()
            .map_or_else(String::new, |person| person.display_name.clone());
        let mut cells = vec![tags.get(seat.seat.id).to_owned(), holder];
        cells.extend(row(&said));
        table.add_row(cells);
    }
    for (person, said) in &item.receipts.persons {
        if view.team.seats_of(person).next().is_none() {
            let mut cells = vec![style.text("render-receipts-left").to_owned(), name(person)];
            cells.extend(row(said));
            table.add_row(cells);
        }
    }
    table.to_string()
}

/// A table in the house style: a line below the head and no frame, as wide as the terminal.
pub(crate) fn table(width: usize) -> Table {
    let mut table = Table::new();
    table
        .load_preset(presets::NOTHING)
        .set_style(TableComponent::HeaderLines, '─')
        .set_style(TableComponent::MiddleHeaderIntersections, '─')
        .set_content_arrangement(ContentArrangement::Dynamic)
        .set_width(u16::try_from(width).unwrap_or(u16::MAX));
    table
}
