//! What may interrupt a person, and what waits for them.

use std::{fmt, str::FromStr};

use relais_types::{Error, Result};

use crate::{
    account::Account,
    record::{self, QUIET, QuietRecord},
};

const DAY: u16 = 24 * 60;

/// Hours of every day, by the clock on the wall, in which a person wants to be left in peace:
/// from one minute of the day until another, over midnight if that is earlier.
///
/// Written like `20:00-07:30`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct QuietHours {
    from: u16,
    until: u16,
}

/// Whether something interrupts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Attention {
    /// It is shown at once.
    Now,
    /// It waits for the end of the quiet hours, or for the person to look.
    Later,
}

impl QuietHours {
    /// Hours from one minute after midnight until another.
    ///
    /// # Errors
    /// `MALFORMED_FIELD` for minutes that no day has, and for two that are equal.
    pub fn new(from: u16, until: u16) -> Result<Self> {
        if from >= DAY || until >= DAY || from == until {
            return Err(malformed());
        }
        Ok(Self { from, until })
    }

    /// Whether this minute after midnight is quiet; the last one is not.
    pub const fn contains(self, minute: u16) -> bool {
        if self.from < self.until {
            self.from <= minute && minute < self.until
        } else {
            self.from <= minute || minute < self.until
        }
    }

    /// Minutes from `minute` after midnight until it is not quiet; 0 if it is not.
    pub const fn left_at(self, minute: u16) -> u16 {
        if self.contains(minute) {
            (self.until + DAY - minute) % DAY
        } else {
            0
        }
    }
}

impl Attention {
    /// Only what needs this person's acknowledgement interrupts their quiet hours.
    pub fn of(needs_me: bool, quiet: Option<QuietHours>, minute: u16) -> Self {
        if needs_me || quiet.is_none_or(|quiet| !quiet.contains(minute)) {
            Self::Now
        } else {
            Self::Later
        }
    }
}

impl fmt::Display for QuietHours {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let clock = |minute: u16| (minute / 60, minute % 60);
        let ((from, past), (until, more)) = (clock(self.from), clock(self.until));
        write!(f, "{from:02}:{past:02}-{until:02}:{more:02}")
    }
}

impl FromStr for QuietHours {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        let (from, until) = text.split_once('-').ok_or_else(malformed)?;
        Self::new(minute(from)?, minute(until)?)
    }
}

/// The minute after midnight that `HH:MM` names.
fn minute(text: &str) -> Result<u16> {
    let (hours, minutes) = text.trim().split_once(':').ok_or_else(malformed)?;
    let number = |text: &str, below: u16| {
        let digits = text.len() == 2 && text.bytes().all(|byte| byte.is_ascii_digit());
        let number = text
            .parse::<u16>()
            .ok()
            .filter(|number| digits && *number < below);
        number.ok_or_else(malformed)
    };
    Ok(number(hours, 24)? * 60 + number(minutes, 60)?)
}

fn malformed() -> Error {
    Error::malformed(
        "quiet_hours",
        "must be two different times of the day, such as 20:00-07:30",
    )
}

impl Account {
    /// When the person wants to be left in peace; `None` if they have not said.
    ///
    /// # Errors
    /// `INTERNAL` if the store is damaged.
    pub fn quiet_hours(&self) -> Result<Option<QuietHours>> {
        let Some(row) = record::read::<QuietRecord>(&self.state, QUIET)? else {
            return Ok(None);
        };
        let minute = |column| u16::try_from(column).map_err(|_| malformed());
        QuietHours::new(minute(row.from)?, minute(row.until)?).map(Some)
    }

    /// Sets or ends the quiet hours of this account.
    pub fn set_quiet_hours(&mut self, quiet: Option<QuietHours>) {
        match quiet {
            Some(QuietHours { from, until }) => {
                let row = QuietRecord {
                    from: from.into(),
                    until: until.into(),
                };
                record::write(&mut self.state, QUIET.to_vec(), &row);
            }
            None => self.state.delete(QUIET),
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn quiet_hours() -> impl Strategy<Value = QuietHours> {
        (0..DAY, 0..DAY).prop_filter_map("two times", |(from, until)| {
            QuietHours::new(from, until).ok()
        })
    }

    proptest! {
        #[test]
        fn what_is_written_is_read(quiet in quiet_hours()) {
            prop_assert_eq!(quiet.to_string().parse::<QuietHours>(), Ok(quiet));
        }

        #[test]
        fn no_text_is_taken_for_something_else(text in "[0-9:-]{0,12}") {
            if let Ok(quiet) = text.parse::<QuietHours>() {
                prop_assert_eq!(quiet.to_string(), text);
            }
        }

        #[test]
        fn quiet_and_awake_make_up_the_day(quiet in quiet_hours()) {
            let awake = QuietHours::new(quiet.until, quiet.from).unwrap();
            let minutes = (0..DAY).filter(|minute| quiet.contains(*minute)).count();
            let length = (quiet.until + DAY - quiet.from) % DAY;
            prop_assert_eq!(minutes, usize::from(length));
            for minute in 0..DAY {
                prop_assert_ne!(quiet.contains(minute), awake.contains(minute));
                let end = (minute + quiet.left_at(minute)) % DAY;
                prop_assert!(!quiet.contains(end), "it is over after what was left");
            }
        }

        #[test]
        fn only_what_needs_this_person_interrupts(
            quiet in proptest::option::of(quiet_hours()),
            minute in 0..DAY,
        ) {
            prop_assert_eq!(Attention::of(true, quiet, minute), Attention::Now);
            let is_quiet = quiet.is_some_and(|quiet| quiet.contains(minute));
            let other = Attention::of(false, quiet, minute);
            prop_assert_eq!(other == Attention::Later, is_quiet);
        }
    }
}
