//! The one door of a programme and a group without a patient, with real processes.

use std::path::{Path, PathBuf};

use relais_care::{
    CaseOpened, CaseView, Consult, ConsultClass, ConversationKind, Language, LoopState, Occupancy,
    Patient, Seat, SeatRole, Transition,
};
use relais_client::{Case, CasePolicy, Opening};
use relais_tests::{PATIENCE, Person, Town, agree, binary};
use relais_types::{EntryId, SeatId};
use tokio::process::Command;

const QUESTION: &str = "canari-furosemide-quatre-vingts";

/// Opens a conversation in which the people of the hospital share the queue of a hub.
async fn open(by: &Person, team: &[(&Person, SeatRole)], kind: ConversationKind) -> Case {
    let mut seats = Vec::new();
    let mut occupancies = Vec::new();
    for (person, role) in team {
        let seat = Seat {
            role: *role,
            ..person.seat()
        };
        occupancies.push(Occupancy {
            seat: seat.id,
            person: Some(person.team_person()),
        });
        seats.push(seat);
    }
    let hub = Seat {
        role: SeatRole::Hub,
        organisation: "hospital.internal".parse().unwrap(),
        ..by.seat()
    };
    seats.push(hub);
    let patient = Patient {
        display_name: "Marguerite Lavoie".to_owned(),
        birth_date: "1951-02-03".to_owned(),
        language: "fr".to_owned(),
    };
    let opening = Opening {
        content: CaseOpened {
            title: "SCOPE".to_owned(),
            purpose: String::new(),
            patient: (kind == ConversationKind::Team).then_some(patient),
            conversation: kind,
            seats,
            occupancies,
        },
        language: Language::English,
        parent: None,
        policy: CasePolicy::default(),
    };
    let case = by.client.open_case(opening).await.unwrap();
    for (person, _) in team {
        person.case(case.id()).await;
    }
    case
}

async fn seat_of(case: &Case, person: &Person) -> SeatId {
    let view = case.view().await.unwrap();
    let name = person.client.me().practitioner();
    view.team.seats_of(&name).next().unwrap().seat.id
}

/// What `relais` prints for this account.
async fn relais(account: &Path, arguments: &[&str]) -> String {
    let output = Command::new(binary("relais"))
        .arg("--account")
        .arg(account)
        .args(arguments)
        .env("RELAIS_PASSPHRASE", "correct horse battery staple")
        .output()
        .await
        .unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{arguments:?}: {errors}");
    String::from_utf8(output.stdout).unwrap()
}

/// The exit code and what `relais` says where it must not do what it is told.
async fn refused(account: &Path, arguments: &[&str]) -> (Option<i32>, String) {
    let output = Command::new(binary("relais"))
        .arg("--account")
        .arg(account)
        .args(arguments)
        .env("RELAIS_PASSPHRASE", "correct horse battery staple")
        .output()
        .await
        .unwrap();
    (
        output.status.code(),
        String::from_utf8(output.stderr).unwrap(),
    )
}

async fn step(case: &Case, step: Transition) -> Result<EntryId, relais_client::Error> {
    case.post(Language::English, |draft| draft.transition(step))
        .await
}

fn owned_by(asked: EntryId, seat: SeatId) -> impl FnMut(&CaseView) -> bool + Send {
    move |view| view.accountable(asked) == Some(seat)
}

#[tokio::test]
async fn a_request_at_the_door_is_taken_once_and_triaged_past_a_killed_server() {
    let mut town = Town::found().await;
    let anne = town.enrol("clinic.internal", "Anne").await;
    let bruno = town.enrol("hospital.internal", "Bruno").await;
    let chloe = town.enrol("hospital.internal", "Chloe").await;
    let team = [
        (&anne, SeatRole::PrimaryCarePhysician),
        (&bruno, SeatRole::Navigator),
        (&chloe, SeatRole::Specialist),
    ];
    let case = open(&anne, &team, ConversationKind::Team).await;
    let id = case.id();
    let view = case.view().await.unwrap();
    let hub = view.team.seats().last().unwrap().seat.id;
    let consult = Consult {
        specialty: "Internal medicine".to_owned(),
        question: QUESTION.to_owned(),
        class: ConsultClass::Advice,
    };
    let asked = case.post(Language::English, move |draft| draft.consult(hub, consult));
    let asked = asked.await.unwrap();
    let (brunos, chloes) = (bruno.case(id).await, chloe.case(id).await);
    for waiting in [&brunos, &chloes] {
        let queued = |view: &CaseView| view.queue().len() == 1;
        waiting.wait_until(PATIENCE, queued).await.unwrap();
    }

    // Both take it while the server is down: each device has said so before it knows of the other.
    town.node.kill().await;
    for waiting in [&brunos, &chloes] {
        step(waiting, Transition::new(asked, LoopState::Received))
            .await
            .unwrap();
    }
    town.node.restart().await;
    let both = |view: &CaseView| {
        let steps = view.timeline.iter();
        steps
            .filter(|item| matches!(&item.content, relais_care::Content::Transition(_)))
            .count()
            == 2
    };
    for waiting in [&brunos, &chloes, &case] {
        waiting.wait_until(PATIENCE, both).await.unwrap();
    }
    agree(&[&case, &brunos, &chloes]).await;
    let view = case.view().await.unwrap();
    let (navigator, specialist) = (seat_of(&case, &bruno).await, seat_of(&case, &chloe).await);
    let owner = view.accountable(asked).unwrap();
    assert!([navigator, specialist].contains(&owner));
    assert!(view.queue().is_empty());
    let lost = view
        .timeline
        .iter()
        .filter(|item| item.rejected.is_some())
        .count();
    assert_eq!(lost, 1, "the second is told that it is gone");

    // Whoever has it offers it to the other, who accepts; the one who asked sees who has it.
    let (from, to, nominee) = if owner == navigator {
        (&brunos, &chloes, specialist)
    } else {
        (&chloes, &brunos, navigator)
    };
    let mut offer = Transition::new(asked, LoopState::ReassignmentOffered);
    offer.nominee = Some(nominee);
    step(from, offer).await.unwrap();
    let offered = move |view: &CaseView| {
        view.find_loop(asked)
            .is_some_and(|it| it.awaited_seat() == Some(nominee))
    };
    to.wait_until(PATIENCE, offered).await.unwrap();
    step(to, Transition::new(asked, LoopState::Received))
        .await
        .unwrap();
    case.wait_until(PATIENCE, owned_by(asked, nominee))
        .await
        .unwrap();

    // The server has seen nothing of it.
    drop((case, brunos, chloes));
    for person in [anne, bruno, chloe] {
        person.close().await;
    }
    town.node.stop().await;
    for file in std::fs::read_dir(town.node.data_dir()).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap_or_default();
        let found = bytes
            .windows(QUESTION.len())
            .any(|it| it == QUESTION.as_bytes());
        assert!(!found, "{} holds what was asked", path.display());
    }
}

/// A clinic and a hospital with a case, a group without a patient, and accounts that nobody has open.
struct Desk {
    town: Town,
    annes: PathBuf,
    brunos: PathBuf,
    case: String,
    group: String,
}

async fn desk() -> Desk {
    let town = Town::found().await;
    let anne = town.enrol("clinic.internal", "Anne").await;
    let bruno = town.enrol("hospital.internal", "Bruno").await;
    let team = [
        (&anne, SeatRole::PrimaryCarePhysician),
        (&bruno, SeatRole::Navigator),
    ];
    let case = open(&anne, &team, ConversationKind::Team).await;
    let group = open(&anne, &team, ConversationKind::Community).await;
    let ids = (case.id().to_string(), group.id().to_string());
    // An account closes once nobody holds one of its cases.
    drop((case, group));
    for person in [&anne, &bruno] {
        person.client.settle(PATIENCE).await.unwrap();
    }
    Desk {
        annes: anne.close().await,
        brunos: bruno.close().await,
        town,
        case: ids.0,
        group: ids.1,
    }
}

/// Asks the hub, and has Bruno take it and answer; returns its number.
async fn answered(desk: &Desk) -> String {
    let Desk {
        annes,
        brunos,
        case,
        ..
    } = desk;
    let asking = [
        "consult",
        case,
        "Which dose?",
        "--to",
        "HUB",
        "--specialty",
        "Cardiology",
    ];
    relais(annes, &asking).await;
    let queue = relais(brunos, &["hub", "queue"]).await;
    assert!(
        queue.contains("Cardiology") && queue.contains("PCP"),
        "{queue}"
    );
    let json = relais(brunos, &["hub", "queue", "--json"]).await;
    let json: serde_json::Value = serde_json::from_str(&json).unwrap();
    let number = json["data"][0]["asked_seq"].as_u64().unwrap().to_string();
    relais(brunos, &["hub", "take", case, &number]).await;
    let empty = relais(brunos, &["hub", "queue"]).await;
    assert!(!empty.contains("Cardiology"), "{empty}");
    let shown = relais(annes, &["case", "show", case, "--summary"]).await;
    assert!(shown.contains("to act: NAV Bruno"), "{shown}");
    relais(
        brunos,
        &["respond", case, &number, "answer", "--note", "40 mg"],
    )
    .await;
    relais(annes, &["respond", case, &number, "close", "--useful", "5"]).await;
    number
}

#[tokio::test]
async fn the_command_line_works_the_queue_decides_and_begins_from_a_template() {
    let mut desk = desk().await;
    let number = answered(&desk).await;
    let Desk {
        annes,
        brunos,
        case,
        ..
    } = &desk;
    let decided = [
        "decide",
        case,
        "Stay at 40 mg",
        "--reason",
        "Kidneys",
        "--about",
        &number,
        "--review",
        "2020-01-01",
    ];
    relais(annes, &decided).await;
    let huddle = relais(brunos, &["huddle"]).await;
    assert!(
        huddle.contains("REVIEW NOW") && huddle.contains("Stay at 40 mg"),
        "{huddle}"
    );
    // What was closed is begun anew, and somebody is reminded of it once a day.
    relais(
        annes,
        &[
            "respond",
            case,
            &number,
            "reopen",
            "--note",
            "She fell again",
        ],
    )
    .await;
    relais(annes, &["nudge", case, &number]).await;
    let (status, told) = refused(annes, &["nudge", case, &number]).await;
    assert!(
        status != Some(0) && told.contains("less than a day ago"),
        "{told}"
    );

    let opened = [
        "case",
        "open",
        "--template",
        "shared-plan",
        "--set",
        "patient=Marguerite Lavoie",
        "--as",
        "primary-care-physician",
        "--seat",
        "nurse-case-manager=Bruno",
        "--json",
    ];
    let opened: serde_json::Value = serde_json::from_str(&relais(annes, &opened).await).unwrap();
    let view = &opened["data"]["view"];
    assert_eq!(view["title"], "Services plan: Marguerite Lavoie");
    // Two requests and a goal with two actions; nobody is there for the social worker's.
    assert_eq!(view["loops"].as_array().unwrap().len(), 5, "{view}");
    let id = view["case"].as_str().unwrap();
    let yaml = relais(annes, &["template", "from", id, "--name", "ours"]).await;
    assert!(
        !yaml.contains("Lavoie") && yaml.contains("due: 2w"),
        "{yaml}"
    );
    let file = annes.with_extension("yaml");
    std::fs::write(&file, yaml).unwrap();
    let checked = relais(annes, &["template", "check", file.to_str().unwrap()]).await;
    assert!(checked.contains("2 requests, 1 goal."), "{checked}");
    desk.town.node.stop().await;
}

#[tokio::test]
async fn a_group_is_told_notices_and_numbers_and_nothing_of_a_patient() {
    let mut desk = desk().await;
    answered(&desk).await;
    let Desk {
        annes,
        brunos,
        group,
        ..
    } = &desk;
    let slip = "Mme Lavoie, 514 555-0199, anybody?";
    let (status, told) = refused(annes, &["say", group, slip]).await;
    assert_eq!(status, Some(6), "{told}");
    assert!(
        told.contains("“Lavoie”") && told.contains("“514 555-0199”"),
        "{told}"
    );
    relais(annes, &["group", "notify", group, "Closed on Friday"]).await;
    let notices = relais(brunos, &["group", "notices", group]).await;
    assert!(notices.contains("acknowledged by 0 of 1"), "{notices}");
    relais(
        brunos,
        &["metrics", "--publish", group, "--since", "2020-01-01"],
    )
    .await;
    let own = relais(brunos, &["metrics", "--json", "--since", "2020-01-01"]).await;
    let own: serde_json::Value = serde_json::from_str(&own).unwrap();
    assert_eq!(
        own["data"]["answer_seconds"].as_array().unwrap().len(),
        1,
        "{own}"
    );
    assert_eq!(
        own["data"]["usefulness"],
        serde_json::json!([0, 0, 0, 0, 1])
    );
    let sums = relais(annes, &["group", "metrics", group, "--json"]).await;
    let sums: serde_json::Value = serde_json::from_str(&sums).unwrap();
    assert_eq!(sums["data"][0]["people"], 1, "{sums}");
    assert_eq!(
        sums["data"][0]["answer_times"],
        serde_json::json!([]),
        "one is too few to tell"
    );
    desk.town.node.stop().await;
}
