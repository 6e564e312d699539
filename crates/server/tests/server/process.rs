//! `relaisd` as a process.

use std::{
    path::Path,
    process::{Output, Stdio},
};

use relais_proto::delivery::SyncRequest;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader},
    process::Command,
};

use crate::{
    device::{enrol, organisation},
    node::{Site, authorised},
};

fn relaisd() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_relaisd"));
    command.env_clear().kill_on_drop(true);
    command
}

async fn output(arguments: &[&str]) -> Output {
    relaisd().args(arguments).output().await.unwrap()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[tokio::test]
async fn the_default_configuration_is_printed_and_good() {
    let printed = output(&["config", "print-default"]).await;
    assert!(printed.status.success());
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("relaisd.toml");
    std::fs::write(&file, printed.stdout).unwrap();
    let checked = output(&["config", "check", "--config", file.to_str().unwrap()]).await;
    assert!(checked.status.success(), "{}", text(&checked.stderr));
    assert!(text(&checked.stdout).contains("127.0.0.1:8443"));
}

#[tokio::test]
async fn a_configuration_error_names_the_file_and_the_key() {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("relaisd.toml");
    std::fs::write(&file, "[log]\ncolour = true\n").unwrap();
    let name = file.to_str().unwrap();
    for arguments in [
        ["config", "check", "--config", name].as_slice(),
        &["serve", "--config", name],
        &["--config", name],
    ] {
        let refused = output(arguments).await;
        assert_eq!(refused.status.code(), Some(2), "{arguments:?}");
        let message = text(&refused.stderr);
        assert!(
            message.contains(name) && message.contains("`log.colour`"),
            "{message}"
        );
        assert_eq!(message.lines().count(), 1, "{message}");
    }
    let usage = output(&["serve", "--lisen", "127.0.0.1:0"]).await;
    assert_eq!(usage.status.code(), Some(2));
}

#[tokio::test]
async fn variables_are_keys_and_unknown_ones_are_refused() {
    let dir = tempfile::tempdir().unwrap();
    let checked = relaisd()
        .args(["config", "check"])
        .env("RELAISD_DATA_DIR", dir.path())
        .env("RELAIS_PASSPHRASE", "not a key of the server")
        .output()
        .await
        .unwrap();
    assert!(text(&checked.stdout).contains(dir.path().to_str().unwrap()));
    let refused = relaisd()
        .args(["config", "check"])
        .env("RELAISD_LISEN", "127.0.0.1:0")
        .output()
        .await
        .unwrap();
    assert_eq!(refused.status.code(), Some(2));
    assert!(text(&refused.stderr).contains("RELAISD_LISEN"));
}

#[tokio::test]
async fn a_second_server_in_the_directory_fails_in_one_sentence() {
    let dir = tempfile::tempdir().unwrap();
    let first = Server::start(dir.path(), Stdio::null(), "info").await;
    let path = dir.path().to_str().unwrap();
    let second = output(&["serve", "--data-dir", path, "--listen", "127.0.0.1:0"]).await;
    assert_eq!(second.status.code(), Some(1));
    let message = text(&second.stderr);
    assert!(message.contains("--data-dir"), "{message}");
    assert_eq!(first.terminate().await.code(), Some(0));
}

#[tokio::test]
async fn a_killed_server_starts_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut first = Server::start(dir.path(), Stdio::null(), "info").await;
    first.child.kill().await.unwrap();
    let second = Server::start(dir.path(), Stdio::null(), "info").await;
    assert_eq!(second.terminate().await.code(), Some(0));
    assert!(!dir.path().join("address").exists());
}

#[tokio::test]
async fn the_log_names_calls_and_nothing_secret() {
    let folder = tempfile::tempdir().unwrap();
    let (dir, log) = (folder.path().join("data"), folder.path().join("log"));
    let file = std::fs::File::create(&log).unwrap();
    // Everything that any part of the process can say.
    let server = Server::start(&dir, file.into(), "trace").await;
    let site = Site(dir);
    organisation(&site).await;
    let device = enrol(&site, "Zélie Canari").await;
    let request = authorised(&device.token, SyncRequest::default());
    device.delivery().sync(request).await.unwrap();
    let key = std::fs::read_to_string(site.0.join("server.key")).unwrap();
    let operator = site.operator_token();
    assert_eq!(server.terminate().await.code(), Some(0));

    let log = std::fs::read_to_string(&log).unwrap();
    let id = device.name.device.to_string();
    let summary = log
        .lines()
        .find(|line| line.contains("DeliveryService/Sync") && line.contains("elapsed_ms"));
    assert!(summary.unwrap().contains(&id), "{summary:?}");
    for secret in [
        operator.as_str(),
        key.trim(),
        &device.token,
        &device.code,
        "Canari",
        "navigator",
    ] {
        let leak = log.lines().find(|line| line.contains(secret));
        assert_eq!(leak, None);
    }
}

struct Server {
    child: tokio::process::Child,
}

impl Server {
    /// Starts and waits for the announcement.
    async fn start(dir: &Path, log: Stdio, filter: &str) -> Self {
        let mut child = relaisd()
            .args(["serve", "--listen", "127.0.0.1:0", "--log-format", "json"])
            .args(["--log-filter", filter])
            .arg("--data-dir")
            .arg(dir)
            .stdout(Stdio::piped())
            .stderr(log)
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let line = lines.next_line().await.unwrap().unwrap();
        let url = line.strip_prefix("listening on ").unwrap();
        let announced = std::fs::read_to_string(dir.join("address")).unwrap();
        assert_eq!(announced.trim(), url);
        let ca = lines.next_line().await.unwrap().unwrap();
        assert!(
            ca.starts_with("development CA ") && ca.contains("SHA-256"),
            "{ca}"
        );
        Self { child }
    }

    /// SIGTERM, as a service manager sends it.
    async fn terminate(mut self) -> std::process::ExitStatus {
        let id = self.child.id().unwrap().to_string();
        let sent = Command::new("kill").args(["-TERM", &id]).status().await;
        assert!(sent.unwrap().success());
        self.child.wait().await.unwrap()
    }
}
