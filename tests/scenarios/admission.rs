//! Who is let in and what they are given, with real processes: a newcomer under a policy, and
//! somebody let in at once whose time is over.

use std::time::Duration;

use relais_care::{
    BreakGlassReason, CaseView, HistoryPolicy, HistoryShared, Language, LoopState, Task,
    TeamChanged, Transition,
};
use relais_client::{Admission, TeamChange, Update};
use relais_tests::{PATIENCE, Person, Town, says};
use relais_types::{Clock as _, SystemClock};

/// How long whoever is let in may stay.
const STAY: Duration = Duration::from_secs(12);

fn joins(person: &Person, history: HistoryPolicy) -> TeamChange {
    let seat = person.seat();
    let occupancy = relais_care::Occupancy {
        seat: seat.id,
        person: Some(person.team_person()),
    };
    TeamChange {
        content: TeamChanged {
            seats_added: vec![seat],
            occupancies: vec![occupancy],
            reason: "joins".to_owned(),
            history,
        },
        language: Language::English,
    }
}

fn everything_is_there(view: &CaseView) -> bool {
    view.is_opened() && view.withheld.is_empty()
}

#[tokio::test]
async fn a_newcomer_is_given_what_was_decided_and_the_rest_later() {
    let town = Town::found().await;
    let (anne, bruno) = (
        town.enrol("hospital.internal", "Anne").await,
        town.enrol("clinic.internal", "Bruno").await,
    );
    let chloe = town.enrol("clinic.internal", "Chloé").await;
    let case = anne.open_case("Follow-up", &[&anne, &bruno], None).await;
    let view = case.view().await.unwrap();
    let his = bruno.client.me().practitioner();
    let owner = view.team.seats_of(&his).next().unwrap().seat.id;
    case.post(Language::English, |draft| draft.text("among the two of us"))
        .await
        .unwrap();
    let call = Task {
        what: "call".to_owned(),
        due: None,
    };
    let task = case
        .post(Language::English, move |draft| draft.task(owner, call))
        .await
        .unwrap();
    anne.client.settle(PATIENCE).await.unwrap();

    case.change_team(joins(&chloe, HistoryPolicy::Open))
        .await
        .unwrap();
    let hers = chloe.case(case.id()).await;
    let seen = hers
        .wait_until(PATIENCE, |view| view.find_loop(task).is_some())
        .await
        .unwrap();
    assert!(!says(&seen, "among the two of us"));
    assert!(!seen.withheld.is_empty());
    let standing = hers.standing().await.unwrap();
    assert_eq!(standing.withheld, seen.withheld.len());
    assert_eq!(standing.granted[0].policy, HistoryPolicy::Open);

    // What was kept from her survives her program, and Bruno shares it later.
    drop(hers);
    let store = chloe.close().await;
    let chloe = Person::open(store).await;
    let hers = chloe.case(case.id()).await;
    assert!(!hers.view().await.unwrap().withheld.is_empty());
    let shared = HistoryShared {
        person: chloe.team_person(),
        history: HistoryPolicy::All,
        reason: "she asked".to_owned(),
    };
    let theirs = bruno.case(case.id()).await;
    theirs
        .wait_until(PATIENCE, |view| view.team.seats().len() == 3)
        .await
        .unwrap();
    theirs.share_more(shared, Language::English).await.unwrap();
    let seen = hers
        .wait_until(PATIENCE, everything_is_there)
        .await
        .unwrap();
    assert!(says(&seen, "among the two of us"));
    let by = hers.shared_by().await.unwrap();
    assert!(by.values().any(|device| device.practitioner_name() == his));
}

#[tokio::test]
async fn whoever_is_let_in_at_once_is_out_when_their_time_is_over() {
    let town = Town::found().await;
    let (anne, bruno) = (
        town.enrol("hospital.internal", "Anne").await,
        town.enrol("clinic.internal", "Bruno").await,
    );
    let david = town.enrol("clinic.internal", "David").await;
    let case = anne.open_case("Follow-up", &[&anne, &bruno], None).await;
    case.post(Language::English, |draft| {
        draft.text("allergic to penicillin")
    })
    .await
    .unwrap();
    anne.client.settle(PATIENCE).await.unwrap();
    let theirs = bruno.case(case.id()).await;
    let mut updates = anne.client.updates();
    let admission = Admission {
        person: david.team_person(),
        organisation_display_name: "clinic".to_owned(),
        reason: BreakGlassReason::EmergencyTreatment,
        explanation: "unconscious in the emergency department".to_owned(),
        until: SystemClock.now().plus(STAY),
        history: HistoryPolicy::All,
        language: Language::English,
    };
    let entry = theirs.break_glass(admission).await.unwrap();
    let told = async {
        loop {
            if let Update::BreakGlass { entry, .. } = updates.recv().await.unwrap() {
                return entry;
            }
        }
    };
    let told = tokio::time::timeout(PATIENCE, told).await.unwrap();
    assert_eq!(told, entry);
    let davids = david.case(case.id()).await;
    davids
        .wait_until(PATIENCE, |view| says(view, "allergic to penicillin"))
        .await
        .unwrap();

    // Nobody does anything: the devices do.
    let out = |view: &CaseView| view.find_loop(entry).is_some() && view.emergencies().count() == 0;
    case.wait_until(PATIENCE.max(STAY * 4), out).await.unwrap();
    assert_eq!(case.members().await.unwrap().len(), 2);
    case.post(Language::English, |draft| draft.text("among us again"))
        .await
        .unwrap();
    anne.client.settle(PATIENCE).await.unwrap();
    assert!(!says(&davids.view().await.unwrap(), "among us again"));

    // It is reviewed by whoever opened the case.
    let view = case.view().await.unwrap();
    let asked = view.find_loop(entry).unwrap();
    assert!(asked.is_open());
    assert!(
        view.team
            .holds(&anne.client.me().practitioner(), asked.owner)
    );
    let finding = Transition::new(entry, LoopState::Justified).note("he could not be asked");
    case.post(Language::English, |draft| draft.transition(finding))
        .await
        .unwrap();
    theirs
        .wait_until(PATIENCE, |view| {
            view.find_loop(entry).is_some_and(|asked| !asked.is_open())
        })
        .await
        .unwrap();
}
