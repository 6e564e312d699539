//! A device is enrolled as people type it, and its owner's other device says so: the real
//! programs, a real identity provider, a real browser's requests.

use std::{path::Path, process::Stdio, time::Duration};

use relais_proto::identity::IdentityProvider as Provider;
use relais_tests::{Browser, CLIENT_ID, IdentityProvider, PATIENCE, Town, binary};
use secrecy::ExposeSecret as _;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};

/// `relais` with an account, in JSON.
fn relais(account: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(binary("relais"));
    command
        .env("RELAIS_PASSPHRASE", Town::passphrase().expose_secret())
        .arg("--account")
        .arg(account)
        .arg("--json")
        .args(args)
        .stdin(Stdio::null())
        .kill_on_drop(true);
    command
}

async fn data(mut command: Command) -> Value {
    let output = command.output().await.unwrap();
    assert!(output.status.success(), "{output:?}");
    let mut printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    printed["data"].take()
}

/// Enrols by signing in as `login`; what the program prints.
async fn sign_in(town: &Town, name: &str, login: &str) -> Value {
    let data_dir = town.node.data_dir().to_str().unwrap();
    let args = [
        "enrol",
        "--oidc",
        "--organisation",
        "hospital.internal",
        "--label",
        name,
    ];
    let mut command = relais(&town.store(name), &args);
    command.args(["--data-dir", data_dir]);
    let running = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn();
    let mut running = running.unwrap();
    let mut lines = BufReader::new(running.stderr.take().unwrap()).lines();
    let url = tokio::time::timeout(PATIENCE, async {
        loop {
            let line = lines.next_line().await.unwrap().expect("a page to open");
            if line.starts_with("http://") {
                return line;
            }
        }
    });
    let url = url.await.expect("the page is named");
    let mut browser = Browser::default();
    let back = browser.sign_in(&url, login).await;
    assert!(browser.visit(&back).await.contains("close this page"));
    let ended = tokio::time::timeout(Duration::from_mins(1), running.wait_with_output());
    let output = ended.await.expect("it ends").unwrap();
    assert!(output.status.success(), "{output:?}");
    let mut printed: Value = serde_json::from_slice(&output.stdout).unwrap();
    printed["data"].take()
}

#[tokio::test]
async fn the_inbox_of_the_other_device_tells_of_it_once() {
    let accounts = json!({"ana": {"name": "Ana Roy"}});
    let Some(provider) = IdentityProvider::start(&accounts).await else {
        return;
    };
    let town = Town::found().await;
    let hospital = "hospital.internal".parse().unwrap();
    let set = Provider {
        issuer: provider.issuer().to_owned(),
        client_id: CLIENT_ID.to_owned(),
        scopes: vec!["profile".to_owned()],
        default_profession: "nurse".to_owned(),
        ..Provider::default()
    };
    let operator = town.node.operator();
    operator
        .set_identity_provider(&hospital, Some(set))
        .await
        .unwrap();
    let first = sign_in(&town, "desk", "ana").await;
    assert_eq!(first["display_name"], "Ana Roy", "{first}");
    assert_eq!(first["profession"], "nurse");
    let second = sign_in(&town, "phone", "ana").await;
    assert_eq!(second["practitioner"], first["practitioner"]);

    let desk = town.store("desk");
    let inbox = data(relais(&desk, &["inbox"])).await;
    let told = &inbox["new_devices"];
    assert_eq!(told[0]["device"], second["device"], "{inbox}");
    assert_eq!(told[0]["label"], "phone");
    let revoke = told[0]["revoke"].as_str().unwrap();
    assert!(
        revoke.starts_with("relais admin revoke device hospital.internal "),
        "{revoke}"
    );
    let seen = data(relais(&desk, &["inbox"])).await;
    assert_eq!(seen["new_devices"], json!([]), "it was seen");

    // The command that it names ends the device.
    let data_dir = town.node.data_dir().to_str().unwrap();
    let mut words: Vec<&str> = revoke.split(' ').skip(1).collect();
    words.extend(["--data-dir", data_dir]);
    let revoked = data(relais(&desk, &words)).await;
    assert_eq!(revoked["name"], second["device"], "{revoked}");
}
