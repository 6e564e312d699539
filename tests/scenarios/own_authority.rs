//! An organisation that holds its own certificate authority: the server, the organisation's agent
//! and the people each as a process or a store of their own.

use std::{
    fs,
    net::SocketAddr,
    path::{Path, PathBuf},
    process::Stdio,
};

use relais_client::{
    Agent as SigningAgent, AuthorityFolder, Client, Enquiry, EnrolOptions, Error, Invitee,
    SigningRules,
};
use relais_proto::identity::{SubscribeSigningResponse, signing_request::Proof};
use relais_tests::{Evil, Node, PATIENCE, Town, binary};
use relais_types::{DeviceId, DeviceName, OrgDomain, Reason};
use serde_json::Value;
use tempfile::TempDir;
use tokio::{
    io::{AsyncBufReadExt as _, BufReader, Lines},
    process::{Child, ChildStdout, Command},
    sync::mpsc::{self, UnboundedReceiver},
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
        self.agent_of(self.node.address(), more).await
    }

    /// An agent that connects to whatever listens at `address`.
    async fn agent_of(&self, address: SocketAddr, more: &[&str]) -> Agent {
        let folder = self.folder();
        let (url, ca) = (
            format!("https://{address}"),
            self.node.data_dir().join("tls/ca.pem"),
        );
        let base = [
            "org",
            "agent",
            folder.to_str().unwrap(),
            "--server",
            &url,
            "--ca",
            ca.to_str().unwrap(),
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

/// What is asked of an agent besides what its server was asked for.
#[derive(Clone, Copy, Debug)]
enum Lie {
    /// The proof of a device, under another name of the same person.
    Further,
    /// The same under the name of somebody else.
    Another,
    /// A device of another organisation.
    Foreign,
    /// A device that has signed nothing.
    Unproved,
    /// A proof whose signatures are another's.
    Forged,
}

/// The request, and behind it one that the server has made up.
fn with_a_ghost(honest: SubscribeSigningResponse, lie: Lie) -> Vec<SubscribeSigningResponse> {
    let mut messages = vec![honest.clone()];
    let Some(mut ghost) = honest.request else {
        return messages;
    };
    let mut name: DeviceName = ghost.device.parse().unwrap();
    let signing_id = ghost.signing_id.iter().map(|byte| byte ^ 1);
    ghost.signing_id = signing_id.collect::<Vec<u8>>().into();
    name.device = DeviceId::from_bytes([7; 16]);
    match lie {
        Lie::Further => {}
        Lie::Another => name.practitioner = relais_types::PractitionerId::from_bytes([7; 16]),
        Lie::Foreign => name.organisation = "hospital.internal".parse().unwrap(),
        Lie::Unproved => ghost.proof = None,
        Lie::Forged => {
            let Some(Proof::Enrolment(proof)) = &mut ghost.proof else {
                panic!("nobody renews here");
            };
            proof.signature_key_proof = proof.device_key_proof.clone();
        }
    }
    ghost.device = name.to_string();
    messages.push(SubscribeSigningResponse {
        request: Some(ghost),
    });
    messages
}

#[tokio::test]
async fn a_server_that_lies_gets_no_device_but_the_one_that_was_announced() {
    let site = Site::found().await;
    let folder = site.folder();
    let folder = folder.to_str().unwrap();
    let lies = [
        Lie::Further,
        Lie::Another,
        Lie::Foreign,
        Lie::Unproved,
        Lie::Forged,
    ];
    let mut names = Vec::new();
    for (at, lie) in lies.into_iter().enumerate() {
        let evil = Evil::start(&site.node).await;
        evil.rewrite("SubscribeSigning", move |honest| with_a_ghost(honest, lie));
        let agent = site.agent_of(evil.address(), &[]).await;
        let name = format!("person-{at}");
        let code = site.invite(&name).await;
        site.relais(&["org", "expect", folder, &code]).await;
        let client = site.enrol(&name, &code).await.unwrap();
        names.push(client.me().device.to_string());
        // The ghost of the second certificate is asked for after the answer to the first.
        client.settle(PATIENCE).await.unwrap();
        client.close().await.unwrap();
        agent.kill().await;
        let signed = site.signed().await;
        let foreign: Vec<_> = signed
            .iter()
            .filter(|line| !names.iter().any(|name| line["device"] == name.as_str()))
            .collect();
        assert!(foreign.is_empty(), "{lie:?}: {foreign:?}");
        assert_eq!(signed.len(), 2 * names.len(), "{lie:?}");
    }
}

#[tokio::test]
async fn a_further_device_is_announced_for_whom_it_is() {
    let site = Site::found().await;
    let folder = site.folder();
    let folder = folder.to_str().unwrap();
    let _agent = site.agent(&[]).await;
    let code = site.invite("Ana").await;
    site.relais(&["org", "expect", folder, &code]).await;
    let ana = site.enrol("ana", &code).await.unwrap();
    let me = ana.me().device.practitioner_name();
    let domain: OrgDomain = DOMAIN.parse().unwrap();
    let further = Invitee::Device(me.clone());
    let further = site.node.operator().invite(&domain, further).await;
    let code = further.unwrap().code;
    // A code that was announced for somebody new makes no device of somebody known.
    site.relais(&["org", "expect", folder, &code]).await;
    let refused = site.enrol("laptop", &code).await.unwrap_err();
    assert_eq!(
        refused.reason(),
        Some(Reason::AuthorityRefused),
        "{refused}"
    );
    assert!(refused.to_string().contains("--device-of"), "{refused}");
    let whose = me.to_string();
    site.relais(&["org", "expect", folder, &code, "--device-of", &whose])
        .await;
    let laptop = site.enrol("laptop", &code).await.unwrap();
    assert_eq!(laptop.me().device.practitioner_name(), me);
    for client in [ana, laptop] {
        client.close().await.unwrap();
    }
}

#[tokio::test]
async fn whoever_sits_at_the_agent_is_asked_and_decides() {
    let site = Site::found().await;
    // The command asks nobody where there is no terminal.
    let folder = site.folder();
    let data = site.node.data_dir().to_owned();
    let arguments = [
        "org",
        "agent",
        folder.to_str().unwrap(),
        "--data-dir",
        data.to_str().unwrap(),
        "--ask",
    ];
    let refused = Site::command(&arguments).output().await.unwrap();
    assert!(!refused.status.success());
    let told = String::from_utf8_lossy(&refused.stdout) + String::from_utf8_lossy(&refused.stderr);
    assert!(told.contains("terminal"), "{told}");

    let authority = AuthorityFolder::at(&folder)
        .open(&Town::passphrase())
        .unwrap();
    let rules = SigningRules {
        ask: true,
        allow_enrolment: false,
        per_hour: 0,
    };
    let endpoint = site.node.endpoint(site.node.address());
    let agent = SigningAgent::new(authority, &endpoint, rules).unwrap();
    let (tell, mut asked) = mpsc::unbounded_channel::<Enquiry>();
    let decide = async |enquiry: &Enquiry| {
        tell.send(enquiry.clone()).unwrap();
        enquiry.display_name == "Ana"
    };
    let working = agent.run(decide, async |_| true);
    tokio::select! {
        ended = working => panic!("the agent ended: {ended:?}"),
        () = questions(&site, &mut asked) => {}
    }
}

/// Enrolments that nobody has announced, and what is asked about each.
async fn questions(site: &Site, asked: &mut UnboundedReceiver<Enquiry>) {
    let code = site.invite("Ghost").await;
    let refused = site.enrol("ghost", &code).await.unwrap_err();
    assert_eq!(
        refused.reason(),
        Some(Reason::AuthorityRefused),
        "{refused}"
    );
    let enquiry = asked.recv().await.unwrap();
    assert_eq!(
        (enquiry.display_name.as_str(), enquiry.known_as),
        ("Ghost", None)
    );

    let code = site.invite("Ana").await;
    let ana = site.enrol("ana", &code).await.unwrap();
    asked.recv().await.unwrap();
    assert!(
        asked.try_recv().is_err(),
        "one question for two certificates"
    );
    let signed = site.signed().await;
    let because: Vec<_> = signed.iter().map(|line| &line["because"]).collect();
    assert_eq!(because, ["asked", "again"]);
    // A further device is asked about as one, whatever the server calls the person.
    let me = ana.me().device.practitioner_name();
    let domain: OrgDomain = DOMAIN.parse().unwrap();
    let further = site
        .node
        .operator()
        .invite(&domain, Invitee::Device(me))
        .await;
    let laptop = site.enrol("laptop", &further.unwrap().code).await.unwrap();
    let enquiry = asked.recv().await.unwrap();
    assert_eq!(enquiry.known_as.as_deref(), Some("Ana"));
    for client in [ana, laptop] {
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
