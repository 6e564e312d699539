//! A witness at another organisation, with the real program against a real server.

use std::{fs, path::Path, process::Output};

use relais_client::{Alarm, Update};
use relais_tests::{Device, PATIENCE, Person, Town, binary};
use tempfile::TempDir;
use tokio::process::Command;

struct Witness {
    account: std::path::PathBuf,
    folder: TempDir,
}

impl Witness {
    async fn look(&self) -> Output {
        self.run(&["--once"]).await
    }

    async fn run(&self, how: &[&str]) -> Output {
        Command::new(binary("relais"))
            .args(["--json", "--account"])
            .arg(&self.account)
            .args(["witness", "--key"])
            .arg(self.path("witness.key"))
            .args(how)
            .env("RELAIS_PASSPHRASE", "correct horse battery staple")
            .output()
            .await
            .unwrap()
    }

    fn path(&self, name: &str) -> std::path::PathBuf {
        self.folder.path().join(name)
    }
}

fn said(output: &Output) -> serde_json::Value {
    assert!(output.status.success(), "{output:?}");
    let value: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    value["data"].clone()
}

async fn silent_witness(person: &Person, work: impl AsyncFnOnce()) -> bool {
    let mut updates = person.client.updates();
    work().await;
    person.client.settle(PATIENCE).await.unwrap();
    let mut found = false;
    while let Ok(update) = updates.try_recv() {
        found |= matches!(update, Update::Alarm(Alarm::WitnessSilent { .. }));
    }
    found
}

#[tokio::test]
async fn a_witness_cosigns_watches_its_own_and_raises_the_alarm() {
    let mut town = Town::found().await;
    let wanda = town.enrol("community.internal", "Wanda").await;
    let witness = Witness {
        account: wanda.close().await,
        folder: TempDir::new().unwrap(),
    };
    let first = said(&witness.look().await);
    assert_eq!(first["cosigned"], false, "nobody has configured it");
    let key = first["witness"].as_str().unwrap().to_owned();
    assert!(key.starts_with("community.internal/witness-"), "{key}");
    let events = first["events"].as_array().unwrap();
    // Its organisation, and the device that it runs on; nobody else's.
    assert_eq!(events.len(), 2, "{events:?}");

    let configured = format!("[\"{key}\"]");
    let variables = [("RELAISD_TRANSPARENCY__WITNESSES", configured.as_str())];
    town.node.stop().await;
    town.node.restart_with(&variables).await;
    // Enrolled while it has not looked yet: whoever opens the account again is warned.
    let anne = Person::open(town.enrol("hospital.internal", "Anne").await.close().await).await;
    let warned = silent_witness(&anne, async || ()).await;
    let store = anne.close().await;
    let second = said(&witness.look().await);
    assert_eq!(second["cosigned"], true);
    assert_eq!(second["events"].as_array().unwrap().len(), 0);
    let anne = Person::open(store).await;
    let warned_again = silent_witness(&anne, async || ()).await;
    assert!(warned && !warned_again, "{warned} {warned_again}");

    // The data is put back to before what the witness has seen.
    let backup = TempDir::new().unwrap();
    town.node.stop().await;
    town.node.restart_with(&variables).await;
    town.node.back_up(backup.path()).await;
    Device::enrol(&town.node, "community.internal", "Walid", false).await;
    let third = said(&witness.look().await);
    let told = third["events"][0].as_str().unwrap();
    assert!(
        told.contains("of community.internal was certified"),
        "{told}"
    );
    town.node.restore(backup.path()).await;
    let state = fs::read_to_string(witness.path("witness.state")).unwrap();
    let alarm = witness.look().await;
    assert_eq!(alarm.status.code(), Some(6), "{alarm:?}");
    let text = String::from_utf8(alarm.stderr).unwrap();
    assert!(
        text.contains("ALARM") && text.contains("became shorter"),
        "{text}"
    );
    assert!(text.contains("Call the operator"), "{text}");
    let kept = fs::read_to_string(witness.path("witness.evidence")).unwrap();
    assert_eq!(signatures(&kept), 2, "{kept}");
    let after = fs::read_to_string(witness.path("witness.state")).unwrap();
    assert_eq!(after, state, "nothing was forgotten");
    assert!(Path::new(&witness.path("witness.key")).exists());
    anne.close().await;
}

#[tokio::test]
async fn a_witness_that_has_lost_its_state_signs_nothing_with_its_key() {
    let mut town = Town::found().await;
    let wanda = town.enrol("community.internal", "Wanda").await;
    let witness = Witness {
        account: wanda.close().await,
        folder: TempDir::new().unwrap(),
    };
    let first = said(&witness.look().await);
    let key = first["witness"].as_str().unwrap().to_owned();
    let old = fs::read_to_string(witness.path("witness.state")).unwrap();
    let configured = format!("[\"{key}\"]");
    let variables = [("RELAISD_TRANSPARENCY__WITNESSES", configured.as_str())];
    town.node.stop().await;
    town.node.restart_with(&variables).await;
    Device::enrol(&town.node, "community.internal", "Walid", false).await;
    assert_eq!(said(&witness.look().await)["cosigned"], true);

    // Put back to what was before: its own cosignature on the server gives it away.
    let new = fs::read_to_string(witness.path("witness.state")).unwrap();
    fs::write(witness.path("witness.state"), &old).unwrap();
    let refused = witness.look().await;
    assert_eq!(refused.status.code(), Some(6), "{refused:?}");
    let text = String::from_utf8(refused.stderr).unwrap();
    assert!(text.contains("ALARM: this witness has cosigned"), "{text}");
    let kept = fs::read_to_string(witness.path("witness.evidence")).unwrap();
    assert_eq!(signatures(&kept), 2, "{kept}");
    let after = fs::read_to_string(witness.path("witness.state")).unwrap();
    assert_eq!(after, old);

    fs::remove_file(witness.path("witness.state")).unwrap();
    let refused = witness.look().await;
    assert_eq!(refused.status.code(), Some(6), "{refused:?}");
    let text = String::from_utf8(refused.stderr).unwrap();
    assert!(text.contains("--begin-anew"), "{text}");
    assert!(!witness.path("witness.state").exists());

    fs::write(witness.path("witness.state"), &new).unwrap();
    assert_eq!(said(&witness.look().await)["cosigned"], true);

    // Or it becomes another witness, which the operator has to take in.
    let anew = said(&witness.run(&["--once", "--begin-anew"]).await);
    assert_eq!(anew["cosigned"], false);
    assert_ne!(anew["witness"], key.as_str());
    assert!(witness.path("witness.key.retired").exists());
}

fn signatures(text: &str) -> usize {
    text.lines()
        .filter(|line| line.starts_with("\u{2014} relais-"))
        .count()
}
