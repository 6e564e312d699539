//! Who viewed what, with a real server: the custodian's officer reads it, and nobody else can.

use std::{fs, path::Path};

use relais_care::Language;
use relais_client::{Client, EnrolOptions, Invitee, Recording};
use relais_tests::{PATIENCE, Person, Town};
use relais_types::Reason;

/// Invites and enrols an administrator: who acts as privacy officer.
async fn officer(town: &Town, domain: &str, name: &str) -> Person {
    let whom = Invitee::Person {
        display_name: name.to_owned(),
        profession: "privacy-officer".to_owned(),
        administrator: true,
    };
    let domain = domain.parse().unwrap();
    let code = town
        .node
        .operator()
        .invite(&domain, whom)
        .await
        .unwrap()
        .code;
    let store = town.store(name);
    let client = Client::enrol(EnrolOptions {
        store: store.clone(),
        passphrase: Town::passphrase(),
        endpoint: town.node.endpoint(town.node.address()),
        code,
        device_label: "desk".to_owned(),
    })
    .await
    .unwrap();
    client.settle(PATIENCE).await.unwrap();
    client.step_up(&Town::passphrase()).await.unwrap();
    Person { client, store }
}

fn holds(dir: &Path, needle: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holds(&path, needle));
        } else if fs::read(&path)
            .unwrap()
            .windows(needle.len())
            .any(|at| at == needle)
        {
            found.push(path.display().to_string());
        }
    }
    found
}

#[tokio::test]
async fn the_custodians_officer_reads_who_viewed_what_and_nobody_else_can() {
    let town = Town::found().await;
    let zoe = officer(&town, "hospital.internal", "Zoé").await;
    let marc = officer(&town, "clinic.internal", "Marc").await;
    let anne = town.enrol("hospital.internal", "Anne").await;
    let bruno = town.enrol("clinic.internal", "Bruno").await;
    let case = anne.open_case("Follow-up", &[&anne, &bruno], None).await;
    let entry = case
        .post(Language::English, |draft| draft.text("hello"))
        .await
        .unwrap();
    let brunos = bruno.case(case.id()).await;
    brunos
        .wait_until(PATIENCE, |view| view.item(entry).is_some())
        .await
        .unwrap();

    // Before there is a key, nothing is recorded, and that can be seen.
    brunos.record_shown(&[entry]).await.unwrap();
    bruno.client.settle(PATIENCE).await.unwrap();
    let hospital = "hospital.internal".parse().unwrap();
    assert_eq!(brunos.recording().await.unwrap(), Recording::Off(hospital));

    zoe.client.officer().create_key().await.unwrap();
    assert!(zoe.client.officer().views(None).await.unwrap().is_empty());
    // The person opens the account again and reads.
    let store = bruno.store.clone();
    drop(brunos);
    bruno.client.close().await.unwrap();
    let bruno = Person::open(store).await;
    let brunos = bruno.case(case.id()).await;
    brunos.mark_read(&[entry]).await.unwrap();
    bruno.client.settle(PATIENCE).await.unwrap();
    let hospital = "hospital.internal".parse().unwrap();
    assert_eq!(brunos.recording().await.unwrap(), Recording::On(hospital));

    let seen = zoe.client.officer().views(None).await.unwrap();
    assert_eq!(seen.len(), 1);
    let view = seen[0].view.as_ref().unwrap();
    assert_eq!(view.case, case.id());
    assert_eq!(view.entries, [entry]);
    assert_eq!(view.device, bruno.client.me().device);

    // Another organisation's officer may neither list nor, with a key of theirs, open.
    marc.client.officer().create_key().await.unwrap();
    assert!(marc.client.officer().views(None).await.unwrap().is_empty());
    // A colleague who is no administrator may not list.
    anne.client.step_up(&Town::passphrase()).await.unwrap();
    let refused = anne.client.officer().views(None).await.unwrap_err();
    assert_eq!(refused.reason(), Some(Reason::NotAllowed), "{refused}");
    // Another device of an administrator needs the key.
    let eve = officer(&town, "hospital.internal", "Eve").await;
    let refused = eve.client.officer().views(None).await.unwrap_err();
    assert_eq!(refused.reason(), Some(Reason::NotFound), "{refused}");
    let secret = zoe.client.officer().secrets().await.unwrap().remove(0);
    eve.client.officer().import(secret).await.unwrap();
    assert_eq!(eve.client.officer().views(None).await.unwrap(), seen);

    // Neither the entry nor who reads it can be found at the server.
    let entry_bytes: &[u8] = entry.as_bytes();
    assert_eq!(holds(town.node.data_dir(), entry_bytes), [""; 0]);
    let text = entry.to_string();
    assert_eq!(holds(town.node.data_dir(), text.as_bytes()), [""; 0]);
}
