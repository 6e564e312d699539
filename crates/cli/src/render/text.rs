//! Text in columns: widths are those of a terminal, not bytes or characters.

use relais_types::Timestamp;
use unicode_width::{UnicodeWidthChar as _, UnicodeWidthStr as _};

use super::Style;

const MONTHS: [&str; 12] = [
    "month-1", "month-2", "month-3", "month-4", "month-5", "month-6", "month-7", "month-8",
    "month-9", "month-10", "month-11", "month-12",
];

/// Lines of at most `width` columns, broken at spaces; the text's own lines are kept.
pub fn wrap(text: &str, width: usize) -> Vec<String> {
    text.lines()
        .flat_map(|line| wrap_line(line, width.max(8)))
        .collect()
}

fn wrap_line(line: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    let mut current = String::new();
    // Only plain spaces break: French puts no-break spaces before its marks.
    for word in line.split(' ').filter(|word| !word.is_empty()) {
        let mut word = word;
        if !current.is_empty() && current.width() + 1 + word.width() > width {
            lines.push(std::mem::take(&mut current));
        }
        while word.width() > width {
            let (head, tail) = split_at_width(word, width);
            lines.push(head.to_owned());
            word = tail;
        }
        if !current.is_empty() {
            current.push(' ');
        }
        current.push_str(word);
    }
    if !current.is_empty() || lines.is_empty() {
        lines.push(current);
    }
    lines
}

fn split_at_width(text: &str, width: usize) -> (&str, &str) {
    let mut used = 0;
    let at = text.char_indices().find_map(|(at, c)| {
        used += c.width().unwrap_or(0);
        (used > width && at > 0).then_some(at)
    });
    text.split_at(at.unwrap_or(text.len()))
}

/// The text in `width` columns: cut with an ellipsis if it is longer.
pub fn fit(text: &str, width: usize) -> String {
    let line = text.lines().next().unwrap_or_default();
    if line.width() <= width {
        return line.to_owned();
    }
    let (head, _) = split_at_width(line, width.saturating_sub(1));
    format!("{}…", head.trim_end())
}

/// The text followed by spaces up to `width` columns.
pub fn pad(text: &str, width: usize) -> String {
    let missing = width.saturating_sub(text.width());
    format!("{text}{}", " ".repeat(missing))
}

/// Hour and minute, UTC.
pub fn time(at: Timestamp) -> String {
    civil(at).map_or_else(String::new, |at| {
        format!("{:02}:{:02}", at.hour(), at.minute())
    })
}

/// The day, UTC.
pub fn day(at: Timestamp, style: Style) -> String {
    civil(at).map_or_else(String::new, |at| {
        let month = usize::try_from(at.month() - 1)
            .ok()
            .and_then(|month| MONTHS.get(month));
        let month = month.map_or("", |id| style.text(id));
        format!("{} {} {}", at.day(), month, at.year())
    })
}

fn civil(at: Timestamp) -> Option<jiff::civil::DateTime> {
    let instant = jiff::Timestamp::from_microsecond(at.as_micros()).ok()?;
    Some(jiff::tz::TimeZone::UTC.to_datetime(instant))
}

#[cfg(test)]
mod tests {
    use relais_care::Language;

    use super::*;

    #[test]
    fn lines_break_at_spaces_and_never_overflow() {
        assert_eq!(wrap("one two three", 8), ["one two", "three"]);
        assert_eq!(
            wrap("anticonstitutionnellement", 10),
            ["anticonsti", "tutionnell", "ement"]
        );
        assert_eq!(wrap("a\n\nb", 10), ["a", "", "b"]);
        assert_eq!(wrap("", 10), Vec::<String>::new());
    }

    #[test]
    fn columns_count_width_and_not_bytes() {
        assert_eq!(pad("Hôpital", 9), "Hôpital  ");
        assert_eq!(fit("Hôpital Sainte-Luce", 8), "Hôpital…");
        assert_eq!(fit("日本語", 5), "日本…");
    }

    #[test]
    fn times_are_utc() {
        let style = Style {
            language: Language::French,
            width: 80,
        };
        let at = Timestamp::from_micros(1_700_000_000_000_000);
        assert_eq!(time(at), "22:13");
        assert_eq!(day(at, style), "14 nov. 2023");
    }
}
