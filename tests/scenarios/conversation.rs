//! Two people and a server that fails them in every way.

use relais_care::Language;
use relais_client::Client;
use relais_tests::{Fault, PATIENCE, Person, Proxy, Town, agree};
use relais_types::{EntryId, Reason};

fn texts(view: &relais_care::CaseView) -> Vec<String> {
    let texts = view
        .timeline
        .iter()
        .filter(|item| item.content.code() == "text");
    texts
        .map(|item| item.text(Language::English).into_owned())
        .collect()
}

#[tokio::test]
async fn a_device_that_was_away_catches_up_and_is_in_step() {
    let town = Town::found().await;
    let (anne, bruno) = (
        town.enrol("hospital.internal", "Anne").await,
        town.enrol("clinic.internal", "Bruno").await,
    );
    let case = anne.open_case("Follow-up", &[&anne, &bruno], None).await;
    let store = bruno.close().await;
    for n in 0..5 {
        case.post(Language::English, move |draft| {
            draft.text(format!("message {n}"))
        })
        .await
        .unwrap();
    }
    anne.client.settle(PATIENCE).await.unwrap();
    let bruno = Person::open(store).await;
    let his = bruno.case(case.id()).await;
    let seen = his
        .wait_until(PATIENCE, |view| texts(view).len() == 5)
        .await
        .unwrap();
    assert_eq!(
        texts(&seen),
        [
            "message 0",
            "message 1",
            "message 2",
            "message 3",
            "message 4"
        ]
    );

    let last = seen.timeline.last().unwrap().id;
    his.mark_read(&[last]).await.unwrap();
    let me = bruno.client.me().practitioner();
    let read = |view: &relais_care::CaseView| {
        view.receipts(last)
            .and_then(|receipts| receipts.of(&me))
            .is_some_and(|standing| standing.read.is_some())
    };
    case.wait_until(PATIENCE, read).await.unwrap();
    agree(&[&case, &his]).await;
}

#[tokio::test]
async fn a_server_killed_in_mid_sentence_loses_and_repeats_nothing() {
    let mut town = Town::found().await;
    let (anne, bruno) = (
        town.enrol("hospital.internal", "Anne").await,
        town.enrol("clinic.internal", "Bruno").await,
    );
    let case = anne.open_case("Follow-up", &[&anne, &bruno], None).await;
    let theirs = bruno.case(case.id()).await;
    let mut posted = Vec::<EntryId>::new();
    for round in 0..6 {
        for n in 0..10 {
            let text = format!("{round}/{n}");
            posted.push(
                case.post(Language::English, |draft| draft.text(text))
                    .await
                    .unwrap(),
            );
        }
        town.node.kill().await;
        town.node.restart().await;
    }
    anne.client.settle(PATIENCE).await.unwrap();
    let seen = theirs
        .wait_until(PATIENCE, |view| texts(view).len() >= posted.len())
        .await
        .unwrap();
    let order: Vec<EntryId> = seen
        .timeline
        .iter()
        .filter(|item| item.content.code() == "text")
        .map(|item| item.id)
        .collect();
    assert_eq!(order, posted, "each once, in the order of posting");
}

#[tokio::test]
async fn lost_replies_never_make_an_entry_appear_twice() {
    let town = Town::found().await;
    let proxy = Proxy::start(town.node.address(), Fault::CutReplies { every: 6_000 }).await;
    let bruno = town.enrol("clinic.internal", "Bruno").await;
    let anne = town
        .enrol_at(proxy.address(), "hospital.internal", "Anne")
        .await;
    let case = anne.open_case("Follow-up", &[&anne, &bruno], None).await;
    let theirs = bruno.case(case.id()).await;
    for n in 0..60 {
        case.post(Language::English, move |draft| draft.text(format!("{n}")))
            .await
            .unwrap();
    }
    let seen = theirs
        .wait_until(PATIENCE, |view| texts(view).len() >= 60)
        .await
        .unwrap();
    anne.client.settle(PATIENCE).await.unwrap();
    let seen_later = theirs.view().await.unwrap();
    assert_eq!(texts(&seen_later), texts(&seen));
    assert_eq!(
        texts(&seen),
        (0..60).map(|n| n.to_string()).collect::<Vec<_>>()
    );
    assert!(
        proxy.cuts() > 3,
        "the proxy cut {} connections",
        proxy.cuts()
    );
}

#[tokio::test]
async fn two_members_change_the_team_at_once_and_both_changes_stand() {
    let town = Town::found().await;
    let (anne, bruno) = (
        town.enrol("hospital.internal", "Anne").await,
        town.enrol("clinic.internal", "Bruno").await,
    );
    let (chloe, david) = (
        town.enrol("hospital.internal", "Chloé").await,
        town.enrol("clinic.internal", "David").await,
    );
    let case = anne.open_case("Follow-up", &[&anne, &bruno], None).await;
    let theirs = bruno.case(case.id()).await;
    let adds = |person: &Person| {
        let seat = person.seat();
        let occupancy = relais_care::Occupancy {
            seat: seat.id,
            person: Some(person.team_person()),
        };
        relais_client::TeamChange {
            content: relais_care::TeamChanged {
                seats_added: vec![seat],
                occupancies: vec![occupancy],
                reason: "joins".to_owned(),
                history: relais_care::HistoryPolicy::All,
            },
            language: Language::English,
        }
    };
    let (first, second) = tokio::join!(
        case.change_team(adds(&chloe)),
        theirs.change_team(adds(&david))
    );
    first.unwrap();
    second.unwrap();
    for person in [&anne, &bruno, &chloe, &david] {
        let case = person.case(case.id()).await;
        case.wait_until(PATIENCE, |view| view.team.seats().len() == 4)
            .await
            .unwrap();
    }
    let mut cases = Vec::new();
    for person in [&anne, &bruno, &chloe, &david] {
        let case = person.case(case.id()).await;
        assert_eq!(case.members().await.unwrap().len(), 4);
        cases.push(case);
    }
    agree(&cases.iter().collect::<Vec<_>>()).await;
}

#[tokio::test]
async fn what_goes_wrong_says_what_to_do() {
    let mut town = Town::found().await;
    let code = town.invite("clinic.internal", "Bruno").await;
    let options = |store: &str, code: &str| relais_client::EnrolOptions {
        store: town.store(store),
        passphrase: Town::passphrase(),
        endpoint: town.node.endpoint(town.node.address()),
        code: code.to_owned(),
        device_label: "desk".to_owned(),
    };
    let bruno = Client::enrol(options("bruno", &code)).await.unwrap();
    let used = Client::enrol(options("again", &code)).await.unwrap_err();
    assert_eq!(used.reason(), Some(Reason::InvitationUsed), "{used}");
    assert!(
        !town.store("again").exists(),
        "a store made in vain is removed"
    );
    let unknown = Client::enrol(options("third", "AAAA-BBBB-CCCC"))
        .await
        .unwrap_err();
    assert_eq!(unknown.reason(), Some(Reason::NotFound), "{unknown}");

    let store = town.store("bruno");
    let in_use = Client::open(&store, &Town::passphrase()).await.unwrap_err();
    assert!(matches!(in_use, relais_client::Error::InUse(_)), "{in_use}");
    bruno.close().await.unwrap();
    let wrong = Client::open(&store, &"wrong".into()).await.unwrap_err();
    assert!(
        matches!(wrong, relais_client::Error::WrongPassphrase),
        "{wrong}"
    );
    let none = Client::open(town.store("nobody"), &Town::passphrase())
        .await
        .unwrap_err();
    assert!(matches!(none, relais_client::Error::NoAccount(_)), "{none}");

    town.node.kill().await;
    let bruno = Client::open(&store, &Town::passphrase()).await.unwrap();
    let dead = bruno
        .connected(std::time::Duration::from_millis(300))
        .await
        .unwrap_err();
    assert!(
        matches!(dead, relais_client::Error::Unreachable { .. }),
        "{dead}"
    );
    town.node.restart().await;
    bruno.connected(PATIENCE).await.unwrap();
}
