//! Who was let in at once, and what came as history.

use std::{collections::BTreeMap, time::Duration};

use relais_care::{
    BreakGlass, BreakGlassReason, CaseView, HistoryPolicy, Language, Person, Seat, SeatRole,
};
use relais_cli::render::{self, Style};
use relais_types::{SeatId, Timestamp};

use super::{MORNING, Script};

fn let_in() -> CaseView {
    let mut script = Script::new();
    script.open();
    script.say(1, Language::English, "He is stable.");
    let owner = script.seat(0);
    let admitted = BreakGlass {
        seat: Seat {
            id: SeatId::from_bytes([0x77; 16]),
            role: SeatRole::Emergency,
            organisation: "sainte-luce.internal".parse().unwrap(),
            organisation_display_name: "Hôpital Sainte-Luce".to_owned(),
        },
        person: Person {
            name: "organisations/sainte-luce.internal/practitioners/00000000-0000-0000-0000-0000000000aa"
                .parse()
                .unwrap(),
            display_name: "Dr Wei Chen".to_owned(),
        },
        reason: BreakGlassReason::EmergencyTreatment,
        explanation: "Unconscious in the emergency department".to_owned(),
        until: Timestamp::from_micros(MORNING).plus(Duration::from_hours(4)),
        history: HistoryPolicy::All,
    };
    script.write(Some(1), 1, Language::English, |draft| {
        draft.break_glass(owner, admitted)
    });
    script.view()
}

#[test]
fn an_emergency_access_is_shown_first_with_who_reviews_it() {
    let view = let_in();
    for (language, said) in [
        (Language::English, "Emergency access: Dr Wei Chen until"),
        (Language::French, "Accès d’urgence : Dr Wei Chen jusqu’à"),
    ] {
        let style = Style {
            language,
            width: 200,
        };
        let text = render::case(&view, crate::READER, style);
        let head: Vec<&str> = text.lines().take(6).collect();
        let banner = head.iter().find(|line| line.contains(said));
        let banner = banner.unwrap_or_else(|| panic!("{text}"));
        assert!(banner.contains("Unconscious"), "{banner}");
        let narrow = render::case(&view, crate::READER, Style { width: 60, ..style });
        for line in narrow.lines() {
            assert!(unicode_width::UnicodeWidthStr::width(line) <= 60, "{line}");
        }
    }
}

#[test]
fn what_came_as_history_says_who_shared_it() {
    let view = let_in();
    let style = Style {
        language: Language::English,
        width: 96,
    };
    let first = view.timeline[0].seq;
    let shared = BTreeMap::from([(first, "Amélie Roy".to_owned())]);
    let text = render::case_with(&view, &[], &shared, crate::READER, style);
    let line = |of: &str| text.lines().position(|line| line.contains(of));
    let (history, opened) = (
        line("history shared by Amélie Roy"),
        line("Opened the case"),
    );
    let (live, said) = (line("from here on you were there"), line("He is stable."));
    assert!(history.is_some() && history < opened);
    assert!(opened < live && live < said, "{text}");
    assert!(!render::case(&view, crate::READER, style).contains("↺"));
}
