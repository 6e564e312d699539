//! What a server can try against its own clients, and how the SDK names it: with real sockets,
//! between real clients and a real `relaisd` whose data directory the attacker holds.
//!
//! Each case asserts which alarm came, that its text says what to do, that sending stopped where
//! that is promised, and that nothing of before was lost.

mod deliveries;
mod histories;
mod members;
mod strangers;

use relais_care::{CaseView, Language};
use relais_client::{Alarm, Breach, Case, TeamChange, Update};
use relais_tests::{PATIENCE, Person};
use relais_types::Reason;
use tokio::sync::broadcast::Receiver;

/// Waits for an alarm.
async fn alarm(updates: &mut Receiver<Update>, wanted: impl Fn(&Alarm) -> bool) -> Alarm {
    let found = async {
        loop {
            match updates.recv().await.expect("the client is open") {
                Update::Alarm(alarm) if wanted(&alarm) => return alarm,
                _ => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, found)
        .await
        .expect("the alarm comes")
}

/// Waits for an alarm about a breach.
async fn breach(updates: &mut Receiver<Update>, wanted: impl Fn(&Breach) -> bool) -> Breach {
    let found = alarm(updates, |alarm| match alarm {
        Alarm::Breach(breach) => wanted(breach),
        _ => false,
    });
    match found.await {
        Alarm::Breach(breach) => *breach,
        other => panic!("{other}"),
    }
}

/// What sending comes to after a breach, if everything is as promised: it is refused with the
/// alarm's own text, which says what happened and what to do, and what was said before is there.
async fn stopped(case: &Case, breach: &Breach, said: &[&str]) -> String {
    let text = breach.to_string();
    for part in ["Nothing more is sent", "privacy officer", "still read"] {
        assert!(text.contains(part), "{text}");
    }
    let refused = case
        .post(Language::English, |draft| draft.text("not to be sent"))
        .await
        .unwrap_err();
    assert_eq!(refused.reason(), Some(Reason::SendingStopped), "{refused}");
    // One breach may follow another; the first one is told.
    assert!(
        refused.to_string().contains("Nothing more is sent"),
        "{refused}"
    );
    let view = case.view().await.unwrap();
    for text in said {
        assert_eq!(count(&view, text), 1, "{text:?} was lost");
    }
    assert_eq!(count(&view, "not to be sent"), 0);
    format!("{}, nothing sent", breach.code())
}

/// How often something was said.
pub(super) fn count(view: &CaseView, text: &str) -> usize {
    let texts = view.timeline.iter();
    texts
        .filter(|item| item.text(Language::English) == text)
        .count()
}

async fn say(case: &Case, text: &str) {
    let words = text.to_owned();
    case.post(Language::English, |draft| draft.text(words))
        .await
        .unwrap();
}

pub(super) async fn hears(case: &Case, text: &str) {
    let heard = case.wait_until(PATIENCE, |view| count(view, text) == 1);
    heard
        .await
        .unwrap_or_else(|error| panic!("{text:?}: {error}"));
}

/// Gives a new seat to somebody.
pub(super) async fn add(case: &Case, person: &relais_care::Person, seat: relais_care::Seat) {
    let occupancy = relais_care::Occupancy {
        seat: seat.id,
        person: Some(person.clone()),
    };
    let change = TeamChange {
        content: relais_care::TeamChanged {
            seats_added: vec![seat],
            occupancies: vec![occupancy],
            reason: String::new(),
            history: relais_care::HistoryPolicy::All,
        },
        language: Language::English,
    };
    case.change_team(change).await.unwrap();
}

/// Waits until somebody's second seat or first is in the case.
pub(super) async fn has_seats(case: &Case, number: usize) {
    let there = case.wait_until(PATIENCE, |view| view.team.seats().len() == number);
    there.await.unwrap();
}

/// Lets the device look at the log again, and waits until it has.
async fn look_again(evil: &relais_tests::Evil, person: &Person) {
    let mut updates = person.client.updates();
    evil.cut();
    person.client.connected(PATIENCE).await.unwrap();
    person.client.settle(PATIENCE).await.unwrap();
    // What came meanwhile is for the caller to look at in the evidence.
    while updates.try_recv().is_ok() {}
}
