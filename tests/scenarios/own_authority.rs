//! An organisation that holds its own certificate authority: the server, the organisation's agent
//! and the people each as a process or a store of their own.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Stdio,
};

use relais_client::{Client, EnrolOptions, Error, Invitee};
use relais_tests::{Node, PATIENCE, Town, binary};
use relais_types::{OrgDomain, Reason};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
};

const DOMAIN: &str = "own.internal";

/// A server, and an organisation's folder beside it.
struct Site {
    dir: TempDir,
    node: Node,
}

/// A running `relais org agent`.
struct Agent {
    child: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Site {
    /// The whole set-up as it is typed, up to the certificate beside the key.
    async fn found() -> Self {
        let dir = TempDir::new().unwrap();
        let node = Node::start(dir.path()).await;
        let site = Self { dir, node };
        let data = site.node.data_dir().to_owned();
        let data = data.to_str().unwrap();
        let add = ["admin", "org", "add", DOMAIN, "Own", "--own-authority"];
        site.relais(&[&add[..], &["--data-dir", data]].concat())
            .await;
        let folder = site.folder();
        let folder = folder.to_str().unwrap();
        site.relais(&["org", "init", "--organisation", DOMAIN, folder])
            .await;
        let (request, out) = (
            format!("{folder}/request.pem"),
            format!("{folder}/authority.pem"),
        );
        let certify = ["admin", "org", "certify", DOMAIN, "--request", &request];
        site.relais(&[&certify[..], &["--out", &out, "--data-dir", data]].concat())
            .await;
        site
    }

    fn folder(&self) -> PathBuf {
        self.dir.path().join("authority")
    }

    fn command(arguments: &[&str]) -> Command {
        let mut command = Command::new(binary("relais"));
        command
            .args(arguments)
            .arg("--json")
            .env("RELAIS_PASSPHRASE", "correct horse battery staple")
            .stdin(Stdio::null())
            .kill_on_drop(true);
        command
    }

    async fn relais(&self, arguments: &[&str]) -> Value {
        let output = Self::command(arguments).output().await.unwrap();
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }

    async fn agent(&self, more: &[&str]) -> Agent {
        let folder = self.folder();
        let base = [
            "org",
            "agent",
            folder.to_str().unwrap(),
            "--data-dir",
            self.node.data_dir().to_str().unwrap(),
        ];
        let mut child = Self::command(&[&base[..], more].concat())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut agent = Agent { child, lines };
        agent.until("connected").await;
        agent
    }

    async fn invite(&self, name: &str) -> String {
        let domain: OrgDomain = DOMAIN.parse().unwrap();
        let whom = Invitee::Person {
            display_name: name.to_owned(),
            profession: "physician".to_owned(),
            administrator: false,
        };
        let made = self.node.operator().invite(&domain, whom).await;
        made.unwrap().code
    }

    async fn enrol(&self, name: &str, code: &str) -> Result<Client, Error> {
        Client::enrol(EnrolOptions {
            store: self.dir.path().join(format!("{name}.relais")),
            passphrase: Town::passphrase(),
            endpoint: self.node.endpoint(self.node.address()),
            code: code.to_owned(),
            device_label: "desk".to_owned(),
        })
        .await
    }

    async fn signed(&self) -> Vec<Value> {
        let folder = self.folder();
        let log = self.relais(&["org", "log", folder.to_str().unwrap()]).await;
        log["data"].as_array().unwrap().clone()
    }
}

impl Agent {
    /// Waits for an event of this kind.
    async fn until(&mut self, event: &str) -> Value {
        let wanted = async {
            loop {
                let line = self.lines.next_line().await.unwrap();
                let line: Value = serde_json::from_str(&line.expect("the agent runs")).unwrap();
                if line["data"]["event"] == event {
                    return line["data"].clone();
                }
            }
        };
        tokio::time::timeout(PATIENCE, wanted).await.expect(event)
    }

    async fn kill(mut self) {
        self.child.kill().await.unwrap();
    }
}

/// Every file below `dir`, with its content.
fn files(dir: &Path) -> Vec<(PathBuf, Vec<u8>)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            let content = fs::read(&path).unwrap();
            found.push((path, content));
        }
    }
    found
}

#[tokio::test]
async fn people_enrol_with_the_organisations_agent_and_not_without() {
    let site = Site::found().await;
    let code = site.invite("Ana").await;
    let refused = site.enrol("ana", &code).await.unwrap_err();
    assert_eq!(
        refused.reason(),
        Some(Reason::AuthorityUnavailable),
        "{refused}"
    );

    let folder = site.folder();
    let folder = folder.to_str().unwrap();
    // As somebody types it: the code is recognised all the same.
    site.relais(&[
        "org",
        "expect",
        folder,
        &code.to_lowercase().replace('-', " "),
    ])
    .await;
    let mut agent = site.agent(&[]).await;
    let ana = site
        .enrol("ana", &code)
        .await
        .expect("the code still works");
    agent.until("certified").await;
    ana.settle(PATIENCE).await.unwrap();
    let signed = site.signed().await;
    assert_eq!(signed[0]["display_name"], "Ana");
    assert_eq!(signed[0]["because"], "expected");
    assert_eq!(signed[0]["device"], ana.me().device.to_string());

    // Killed: refused, and who is enrolled works on. Started again: it works.
    agent.kill().await;
    let code = site.invite("Bo").await;
    let refused = site.enrol("bo", &code).await.unwrap_err();
    assert_eq!(
        refused.reason(),
        Some(Reason::AuthorityUnavailable),
        "{refused}"
    );
    ana.directory().organisations().await.unwrap();
    site.relais(&["org", "expect", folder, &code]).await;
    let agent = site.agent(&[]).await;
    let bo = site.enrol("bo", &code).await.unwrap();
    bo.settle(PATIENCE).await.unwrap();

    // A device that nobody has announced: what a server that asks for ghosts would get.
    let ghost = site.invite("Ghost").await;
    let refused = site.enrol("ghost", &ghost).await.unwrap_err();
    assert_eq!(
        refused.reason(),
        Some(Reason::AuthorityRefused),
        "{refused}"
    );
    assert!(refused.to_string().contains("announced"), "{refused}");
    let kept = site.signed().await;
    assert!(kept.iter().all(|line| line["display_name"] != "Ghost"));
    agent.kill().await;

    // An agent that trusts the server's invitations certifies them.
    let _agent = site.agent(&["--allow-enrolment", "--per-hour", "1"]).await;
    site.enrol("ghost", &ghost)
        .await
        .unwrap()
        .close()
        .await
        .unwrap();
    for client in [ana, bo] {
        client.close().await.unwrap();
    }
}

#[tokio::test]
async fn the_server_holds_no_key_of_the_organisation() {
    let site = Site::found().await;
    let keys: Vec<PathBuf> = files(&site.node.data_dir().join("ca"))
        .into_iter()
        .map(|(path, _)| path)
        .filter(|path| path.to_string_lossy().contains(DOMAIN))
        .collect();
    assert!(keys.is_empty(), "{keys:?}");
    // An organisation whose authority the server made, and gives up.
    let domain: OrgDomain = "late.internal".parse().unwrap();
    let operator = site.node.operator();
    operator.create_organisation(&domain, "Late").await.unwrap();
    let key_file = site.node.data_dir().join("ca/late.internal.key");
    let held = fs::read_to_string(&key_file).unwrap();
    let secret = held.lines().nth(1).unwrap().as_bytes().to_vec();
    let folder = site.dir.path().join("late");
    let folder = folder.to_str().unwrap();
    site.relais(&["org", "init", "--organisation", "late.internal", folder])
        .await;
    let request = fs::read(format!("{folder}/request.pem")).unwrap();
    let certificate = operator
        .certify_organisation(&domain, request.clone())
        .await;
    let certificate = certificate.unwrap();
    let again = operator
        .certify_organisation(&domain, request)
        .await
        .unwrap();
    assert_eq!(certificate, again, "the same key keeps its certificate");
    assert!(!key_file.exists());
    for (path, content) in files(site.node.data_dir()) {
        let found = content.windows(secret.len()).any(|window| window == secret);
        assert!(!found, "{}", path.display());
    }
    // Nobody else's request makes a certificate for it.
    let other: OrgDomain = DOMAIN.parse().unwrap();
    let foreign = fs::read(format!("{folder}/request.pem")).unwrap();
    let refused = operator
        .certify_organisation(&other, foreign)
        .await
        .unwrap_err();
    assert_eq!(refused.reason(), Some(Reason::MalformedField), "{refused}");
}
