//! A client process that dies at any moment: what it confirmed is there, nothing is twice.

use std::{collections::BTreeMap, path::Path, process::Stdio, time::Duration};

use relais_care::Language;
use relais_tests::{PATIENCE, Person, Town, agree, binary};
use relais_types::{CaseId, Entropy as _, SeededEntropy};
use tokio::process::Command;

/// Processes that are started; the shortest life ends before the store is open.
const LIVES: u32 = 20;
const SEED: u64 = 4;

/// Says `text` in a process of its own that is killed after `life`; true if it confirmed.
async fn say(store: &Path, case: CaseId, text: &str, life: Duration) -> bool {
    let mut child = Command::new(binary("relais"))
        .arg("--account")
        .arg(store)
        .args(["say", &case.to_string(), text])
        .env(
            "RELAIS_PASSPHRASE",
            secrecy::ExposeSecret::expose_secret(&Town::passphrase()),
        )
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .kill_on_drop(true)
        .spawn()
        .expect("relais starts");
    if let Ok(status) = tokio::time::timeout(life, child.wait()).await {
        return status.expect("it ended").success();
    }
    child.kill().await.expect("it was running");
    false
}

#[tokio::test]
async fn a_client_killed_anywhere_loses_nothing_it_confirmed() {
    eprintln!("seed {SEED}");
    let town = Town::found().await;
    let anne = town.enrol("hospital.internal", "Anne").await;
    let bruno = town.enrol("clinic.internal", "Bruno").await;
    let case = anne
        .open_case("Follow-up", &[&anne, &bruno], None)
        .await
        .id();
    anne.client.settle(PATIENCE).await.unwrap();
    let store = anne.close().await;

    let mut entropy = SeededEntropy::new(SEED);
    let mut confirmed = BTreeMap::new();
    for n in 0..LIVES {
        let life = Duration::from_millis(100 + u64::from(entropy.bytes::<1>()[0]) * 5);
        let text = format!("line {n}");
        confirmed.insert(text.clone(), say(&store, case, &text, life).await);
    }
    let patient = Duration::from_mins(1);
    assert!(
        say(&store, case, "the last line", patient).await,
        "the account still works"
    );

    let anne = Person::open(store).await;
    anne.client.settle(PATIENCE).await.unwrap();
    bruno.client.settle(PATIENCE).await.unwrap();
    let case = anne.case(case).await;
    agree(&[&case, &bruno.case(case.id()).await]).await;
    let hers = case.view().await.unwrap();
    let said: Vec<String> = hers
        .timeline
        .iter()
        .map(|item| item.text(Language::English).into_owned())
        .collect();
    for (text, confirmed) in &confirmed {
        let times = said.iter().filter(|said| *said == text).count();
        assert!(times <= 1, "{text:?} appears {times} times");
        assert!(
            times == 1 || !confirmed,
            "{text:?} was confirmed and is lost"
        );
    }
    let killed = confirmed.values().filter(|confirmed| !**confirmed).count();
    assert!(
        killed > 0,
        "no process was killed in time: shorten their lives"
    );
    eprintln!("{killed} of {LIVES} processes were killed before they confirmed");
}
