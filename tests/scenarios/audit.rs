//! The audit trail as an officer checks it: with the real program, against a real server,
//! also one whose database somebody has changed.

use std::{fs, path::Path, process::Output};

use relais_tests::{Node, Town, binary};
use tokio::process::Command;

async fn relais(data_dir: &Path, args: &[&str]) -> Output {
    Command::new(binary("relais"))
        .arg("audit")
        .args(args)
        .arg("--data-dir")
        .arg(data_dir)
        .output()
        .await
        .unwrap()
}

fn said(output: &Output) -> String {
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// Copies the files of a data directory that no server works in.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

/// Replaces `old` by `new`, of the same length, in the pages of a database, behind the back
/// of its triggers.
fn tamper(database: &Path, old: &str, new: &str) {
    assert_eq!(old.len(), new.len());
    let mut bytes = fs::read(database).unwrap();
    let places: Vec<usize> = bytes
        .windows(old.len())
        .enumerate()
        .filter(|(_, window)| *window == old.as_bytes())
        .map(|(at, _)| at)
        .collect();
    assert!(!places.is_empty(), "{old} is not in the database");
    for at in places {
        bytes[at..at + new.len()].copy_from_slice(new.as_bytes());
    }
    fs::write(database, bytes).unwrap();
}

#[tokio::test]
async fn a_changed_row_is_named_and_a_kept_head_outlives_a_forged_chain() {
    let mut town = Town::found().await;
    let anne = town.enrol("hospital.internal", "Anne Roy").await;
    let bruno = town.enrol("clinic.internal", "Bruno Diaz").await;
    anne.open_case("A case", &[&anne, &bruno], None).await;

    let live = town.node.data_dir().to_owned();
    let intact = said(&relais(&live, &["verify", "--json"]).await);
    let intact: serde_json::Value = serde_json::from_str(&intact).unwrap();
    let head = intact["data"]["head"].as_str().unwrap().to_owned();
    // Three organisations, two invitations and enrolments, a group and who was added.
    assert_eq!(intact["data"]["recomputed"], 9);
    said(&relais(&live, &["verify", "--expect", &head]).await);

    let report = said(&relais(&live, &["report", "--person", "Bruno Diaz", "--json"]).await);
    let report: serde_json::Value = serde_json::from_str(&report).unwrap();
    let actions: Vec<&str> = report["data"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["action"].as_str().unwrap())
        .collect();
    assert_eq!(actions, ["device.enrol", "group.add"]);
    assert_eq!(
        report["data"][1]["actor_name"],
        "Anne Roy (Anne Roy's device)"
    );
    assert_eq!(
        report["data"][1]["subject_name"],
        "Bruno Diaz (Bruno Diaz's device)"
    );
    let table = said(&relais(&live, &["report", "--person", "Bruno"]).await);
    assert!(table.contains("device.enrol"), "{table}");

    anne.close().await;
    bruno.close().await;
    town.node.stop().await;
    let elsewhere = tempfile::tempdir().unwrap();
    copy(&live, &elsewhere.path().join("server"));
    // The clinic's admission is the second thing that ever happened.
    tamper(
        &elsewhere.path().join("server/relais.db"),
        "organisations/clinic.internal",
        "organisations/clinic.lnternal",
    );
    let forged = Node::start(elsewhere.path()).await;
    let found = relais(forged.data_dir(), &["verify"]).await;
    assert_eq!(found.status.code(), Some(1), "{found:?}");
    let complaint = String::from_utf8(found.stderr).unwrap();
    assert!(
        complaint.contains("event 2 was changed after it was written"),
        "{complaint}"
    );

    town.node.restart().await;
    said(&relais(&live, &["verify", "--expect", &head]).await);
}
