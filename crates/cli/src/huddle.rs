//! What is open in all of somebody's cases, as a team goes through it in a meeting.

use relais_care::{CaseView, Decision, Loop, TimelineItem};
use relais_types::{EntryId, PractitionerName, Timestamp};
use serde::Serialize;

use crate::render::{self, Style};

/// One open loop.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    /// Its case.
    pub case: &'a CaseView,
    /// The loop.
    pub asked: &'a Loop,
    /// True if it is late.
    pub late: bool,
    /// True if a seat of this person must act next.
    pub mine: bool,
    /// True if the conversation has ended, so that only whoever asked can settle it.
    pub interrupted: bool,
}

/// The open loops of these cases as `me` has to go through them at `now`: what is late, then what
/// a seat of `me` must do next, then by due time. For nobody in particular, nothing is theirs. What
/// the end of a conversation with a partner has interrupted is late in any case, and shown to the
/// team, too.
pub fn items<'a>(
    cases: impl IntoIterator<Item = &'a CaseView>,
    me: Option<&PractitionerName>,
    now: Timestamp,
) -> Vec<Item<'a>> {
    let cases: Vec<&CaseView> = cases.into_iter().collect();
    let mut items = Vec::new();
    // Whoever is in both sees it once.
    let apart = |view: &CaseView| !cases.iter().any(|case| case.case == view.case);
    for (case, asked) in cases.iter().flat_map(|case| case.interrupted()) {
        if apart(case) {
            items.push(Item {
                case,
                asked,
                late: true,
                mine: false,
                interrupted: true,
            });
        }
    }
    for case in cases.iter().copied() {
        let ids = |loops: Vec<&Loop>| loops.iter().map(|asked| asked.id).collect::<Vec<EntryId>>();
        let late = ids(case.overdue(now).iter().map(|it| it.asked).collect());
        let mine = me.map_or_else(Vec::new, |me| {
            ids(case.open_items(me).iter().map(|it| it.asked).collect())
        });
        let open = case.loops.iter().filter(|asked| asked.is_open());
        items.extend(open.map(|asked| Item {
            case,
            asked,
            late: late.contains(&asked.id) || case.ended.is_some(),
            mine: mine.contains(&asked.id),
            interrupted: case.ended.is_some(),
        }));
    }
    items.sort_by_key(|item| {
        let due = item.asked.due.or(item.asked.acknowledge_by);
        let number = item.asked.asked_seq;
        (!item.late, !item.mine, due.is_none(), due, number)
    });
    items
}

/// A decision that stands.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct Decided<'a> {
    /// Its case.
    #[serde(serialize_with = "id")]
    pub case: &'a CaseView,
    /// The entry that records it.
    #[serde(skip)]
    pub item: &'a TimelineItem,
    /// What was decided.
    pub decision: &'a Decision,
    /// Its number in the case.
    pub number: u64,
    /// True if the day to look at it again has come.
    pub review_due: bool,
}

fn id<S: serde::Serializer>(case: &CaseView, serializer: S) -> Result<S::Ok, S::Error> {
    case.case.serialize(serializer)
}

/// The decisions of these cases that are to be looked at again, at `now`: those whose day has come
/// first, then by day. A decision without a day is settled, and not gone through.
pub fn decisions<'a>(
    cases: impl IntoIterator<Item = &'a CaseView>,
    now: Timestamp,
) -> Vec<Decided<'a>> {
    let today = jiff::Timestamp::from_microsecond(now.as_micros())
        .map(|now| now.to_zoned(jiff::tz::TimeZone::UTC).date().to_string())
        .unwrap_or_default();
    let mut decided: Vec<Decided<'a>> = cases
        .into_iter()
        .flat_map(|case| {
            case.decisions()
                .map(move |(item, decision)| (case, item, decision))
        })
        .filter(|(.., decision)| !decision.review_date.is_empty())
        .map(|(case, item, decision)| Decided {
            case,
            item,
            decision,
            number: item.seq,
            // Both are ISO 8601, which sorts as the days do.
            review_due: decision.review_date <= today,
        })
        .collect();
    decided.sort_by_key(|it| (!it.review_due, &it.decision.review_date, it.number));
    decided
}

/// A decision in a line.
pub fn decision_row(decided: &Decided<'_>, style: Style) -> String {
    let told = render::decision(decided.case, decided.item, decided.decision, style);
    let title = &decided.case.title;
    let values = [("title", title.into()), ("told", told.into())];
    let line = if decided.review_due {
        style.fill("huddle-review-now", &values)
    } else {
        style.fill("huddle-decided", &values)
    };
    render::fit(&line, style.width)
}

/// An item in two lines: what, and who must act next.
pub fn row(item: &Item<'_>, style: Style) -> [String; 2] {
    let asked = item.asked;
    let mark = match (item.late, item.mine) {
        _ if item.interrupted => style.text("huddle-interrupted"),
        (true, _) => style.text("huddle-late"),
        (false, true) => "→",
        (false, false) => "",
    };
    let due = asked.due.map(|due| {
        format!(
            " · {} {}",
            style.text("huddle-due"),
            render::day(due, style)
        )
    });
    let what = format!(
        "{mark}{}{}{} {} ({})",
        if mark.is_empty() { "" } else { " " },
        asked.kind.label(style.language),
        style.colon(),
        asked.title,
        asked.state.label(style.language),
    );
    let who = format!(
        "    {}{} · {} #{}",
        render::next_step(item.case, asked, style),
        due.unwrap_or_default(),
        item.case.title,
        asked.asked_seq,
    );
    [
        render::fit(&what, style.width),
        render::fit(&who, style.width),
    ]
}
