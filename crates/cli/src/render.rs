//! Views as plain text for people.
//!
//! Everything is computed from a [`CaseView`](relais_care::CaseView) alone, so that what is
//! printed is what every member can compute from their own log.

mod access;
mod alarm;
mod case;
mod decisions;
mod group;
mod loops;
mod receipts;
mod sharing;
mod tags;
mod team;
mod text;
mod timeline;
mod words;

pub use access::{let_in, shared_by, withheld};
pub use alarm::{alarm, breach};
pub use case::{case, case_with, summary};
pub use decisions::decision;
pub use group::{notices, policy, standing, unproved};
pub use loops::{next_step, outstanding};
pub(crate) use receipts::table;
pub use receipts::{legend, receipt_table, seat_marks};
pub use sharing::access_due;
pub(crate) use sharing::readers;
pub use tags::Tags;
pub use text::{day, fit, pad, time, wrap};
pub use timeline::entry;
pub(crate) use timeline::own_seat;
pub use words::headline;

use relais_care::{Language, Value};

use crate::texts::TEXTS;
use relais_types::{PractitionerName, Timestamp};

/// Who looks at a view, and when: what is late and whose turn it is depend on it, and nothing
/// else that is printed does.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    /// The person; nobody in particular if a view is printed for everybody.
    pub me: Option<&'a PractitionerName>,
    /// Now.
    pub now: Timestamp,
}

/// How views are printed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// Language of the labels; what people wrote stays in theirs.
    pub language: Language,
    /// Columns.
    pub width: usize,
}

impl Style {
    /// What separates a label from what it names; French puts a no-break space before it.
    pub const fn colon(self) -> &'static str {
        self.language.pick(":", "\u{a0}:")
    }

    /// The sentence with this id, in this language; it takes no values.
    pub fn text(self, id: &'static str) -> &'static str {
        TEXTS.text(self.language, id)
    }

    /// The sentence with this id and these values, in this language.
    pub fn fill(self, id: &str, values: &[(&str, Value<'_>)]) -> String {
        TEXTS.fill(self.language, id, values)
    }
}
