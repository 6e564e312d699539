//! What nobody acknowledges reaches one after the other, with real processes, whoever is offline
//! and whatever happens to the server.

use std::time::Duration;

use relais_care::{AcknowledgementRequest, CaseView, Language, Priority};
use relais_client::{Case, Turn, Update};
use relais_store::Store;
use relais_tests::{PATIENCE, Person, Town, binary};
use relais_types::{Clock as _, EntryId, SystemClock};
use tokio::{process::Command, sync::broadcast};

const WHAT: &str = "potassium canari-quatre-vingt-trois";

/// Asks the seat of `whom` for an acknowledgement within `time`; it escalates after half of that.
async fn ask(case: &Case, whom: &Person, time: Duration) -> EntryId {
    let view = case.view().await.unwrap();
    let person = whom.client.me().practitioner();
    let owner = view.team.seats_of(&person).next().unwrap().seat.id;
    let by = SystemClock.now().plus(time);
    let request = AcknowledgementRequest {
        what: WHAT.to_owned(),
    };
    case.post(Language::English, move |draft| {
        draft
            .priority(Priority::Urgent)
            .acknowledge_by(by)
            .acknowledgement_request(owner, request)
    })
    .await
    .unwrap()
}

/// Waits until the server has woken this account.
async fn woken(updates: &mut broadcast::Receiver<Update>) -> (EntryId, Turn) {
    let overdue = async {
        loop {
            if let Update::Overdue(overdue) = updates.recv().await.unwrap() {
                return (overdue.entry, overdue.turn);
            }
        }
    };
    tokio::time::timeout(PATIENCE, overdue)
        .await
        .expect("a wake-up comes")
}

fn has_acknowledged(entry: EntryId) -> impl FnMut(&CaseView) -> bool + Send {
    move |view| {
        view.find_loop(entry)
            .is_some_and(|asked| asked.acknowledged.is_some())
    }
}

/// How many timers the server holds, whether it runs or not.
async fn timers(town: &Town) -> u64 {
    let path = town.node.data_dir().join("relais.db");
    let store = Store::open_read_only(path).await.unwrap();
    let overview = store
        .read("overview", async |view| view.overview().await)
        .await
        .unwrap();
    store.close().await;
    let table = overview.tables.iter().find(|table| table.table == "timer");
    table.unwrap().rows
}

#[tokio::test]
async fn it_escalates_past_a_killed_server_and_a_sender_who_is_gone() {
    let mut town = Town::found().await;
    let (anne, bruno) = (
        town.enrol("hospital.internal", "Anne").await,
        town.enrol("clinic.internal", "Bruno").await,
    );
    let case = anne.open_case("Follow-up", &[&anne, &bruno], None).await;
    let id = case.id();
    bruno.case(id).await;
    bruno.client.settle(PATIENCE).await.unwrap();

    // In time, it wakes nobody, and the server forgets it.
    let entry = ask(&case, &bruno, Duration::from_hours(1)).await;
    let his = bruno.case(id).await;
    his.wait_until(PATIENCE, |view| view.item(entry).is_some())
        .await
        .unwrap();
    assert_eq!(timers(&town).await, 2);
    his.acknowledge(entry).await.unwrap();
    bruno.client.settle(PATIENCE).await.unwrap();
    assert_eq!(timers(&town).await, 0);

    // Nobody is there, and the server is killed before anything is due.
    let entry = ask(&case, &bruno, Duration::from_secs(24)).await;
    anne.client.settle(PATIENCE).await.unwrap();
    drop((case, his));
    let (annes, brunos) = (anne.close().await, bruno.close().await);
    town.node.kill().await;
    assert_eq!(timers(&town).await, 2, "not due yet");
    town.node.restart().await;
    let bruno = Person::open(brunos).await;
    let mut updates = bruno.client.updates();
    assert_eq!(woken(&mut updates).await, (entry, Turn::Owner));

    // Killed again once it was due: it is not told twice, and the next step is not lost.
    town.node.kill().await;
    town.node.restart().await;
    let brunos = bruno.close().await;
    let printed = Command::new(binary("relais"))
        .args(["--account", brunos.to_str().unwrap(), "overdue"])
        .env("RELAIS_PASSPHRASE", "correct horse battery staple")
        .output()
        .await
        .unwrap();
    let printed = String::from_utf8(printed.stdout).unwrap();
    assert!(
        printed.contains(WHAT) && printed.contains("relais ack "),
        "{printed}"
    );
    let anne = Person::open(annes).await;
    let mut updates = anne.client.updates();
    assert_eq!(woken(&mut updates).await, (entry, Turn::Next));

    let bruno = Person::open(brunos).await;
    assert_eq!(bruno.client.overdue().await.unwrap().len(), 1);
    bruno.case(id).await.acknowledge(entry).await.unwrap();
    for person in [&bruno, &anne] {
        let case = person.case(id).await;
        case.wait_until(PATIENCE, has_acknowledged(entry))
            .await
            .unwrap();
        assert_eq!(person.client.overdue().await.unwrap(), []);
    }
    bruno.client.settle(PATIENCE).await.unwrap();
    assert_eq!(timers(&town).await, 0);
    town.node.stop().await;
    for file in std::fs::read_dir(town.node.data_dir()).unwrap() {
        let path = file.unwrap().path();
        let bytes = std::fs::read(&path).unwrap_or_default();
        let found = bytes.windows(WHAT.len()).any(|it| it == WHAT.as_bytes());
        assert!(!found, "{} holds what was asked", path.display());
    }
}
