//! What an attacker tries, and what they get: status, reason, and that nothing was lost.
//!
//! `just abuse` prints the tables. Each case is a call (or a connection) against a real
//! `relaisd` on a real socket. After each, the group of Ana and Bo must hold exactly what
//! was accepted into it, in order.

mod authorisation;
mod certificates;
mod encoding;
mod evil_server;
mod id_tokens;
mod insiders;
mod order;
mod proofs;
mod provisioning;
mod replays;
mod resources;
mod step_up;
mod storage;
mod streams;
mod timers;
mod transport;

use std::fmt::{Debug, Write as _};

use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use relais_mls::Change;
use relais_proto::{
    delivery::{EntryKind, delivery::Item},
    status::from_status,
};
use relais_tests::{Device, Node};
use relais_types::GroupId;
use tempfile::TempDir;
use tonic::{Response, Status, body::Body, transport::Channel};
use tower::{Service as _, ServiceExt as _};

/// A server with a case between two organisations, and people who are not in it.
struct Site {
    node: Node,
    /// Of the hospital, in the group.
    ana: Device,
    /// Of the clinic, in the group; has read what was sent and acknowledged nothing.
    bo: Device,
    /// Of the community organisation, in no group.
    cy: Device,
    /// The hospital's administrator, in no group.
    zoe: Device,
    group: GroupId,
    /// The messages that the server has accepted, in order.
    accepted: Vec<Bytes>,
    /// How many commits it has accepted since Bo is in the group.
    commits: usize,
    table: Table,
    _dir: TempDir,
}

impl Site {
    async fn new(title: &'static str) -> Self {
        Self::with(title, &[]).await
    }

    /// With these variables for the server.
    async fn with(title: &'static str, variables: &[(&str, &str)]) -> Self {
        let dir = TempDir::new().unwrap();
        let node = Node::start_with(dir.path(), variables).await;
        Self::of(title, node, dir).await
    }

    /// On this server.
    async fn of(title: &'static str, node: Node, dir: TempDir) -> Self {
        let operator = node.operator();
        for domain in ["hospital.internal", "clinic.internal", "community.internal"] {
            let domain = domain.parse().unwrap();
            operator
                .create_organisation(&domain, "Somewhere")
                .await
                .unwrap();
        }
        let mut ana = Device::enrol(&node, "hospital.internal", "Ana", false).await;
        let mut bo = Device::enrol(&node, "clinic.internal", "Bo", false).await;
        let cy = Device::enrol(&node, "community.internal", "Cy", false).await;
        let zoe = Device::enrol(&node, "hospital.internal", "Zoé", true).await;
        let group = ana.create_group().await;
        let change = Change {
            add: ana.claim(&bo.name.practitioner_name()).await,
            ..Change::default()
        };
        ana.commit(group, &change).await;
        bo.join().await;
        let mut site = Self {
            node,
            ana,
            bo,
            cy,
            zoe,
            group,
            accepted: Vec::new(),
            commits: 0,
            table: Table::new(title),
            _dir: dir,
        };
        for text in [b"one", b"two"] {
            site.say(text).await;
        }
        site
    }

    /// Ana says something, which must be accepted and be legible to Bo.
    async fn say(&mut self, text: &[u8]) {
        let message = self.ana.message(self.group, text);
        let payload = message.ciphertext.clone();
        let request = self.ana.authorised(message);
        self.ana.delivery().send(request).await.unwrap();
        self.accepted.push(payload.clone());
        assert_eq!(self.bo.read(self.group, &payload).as_deref(), Some(text));
    }

    /// Notes a case, and checks that the log is what it should be.
    async fn case(&mut self, name: &str, expected: &str, got: String) {
        self.table.row(name, expected, got);
        let entries = self
            .bo
            .waiting()
            .await
            .into_iter()
            .filter_map(|item| match item.item {
                Some(Item::Entry(entry)) => Some(entry),
                _ => None,
            });
        let (mut messages, mut commits, mut next) = (Vec::new(), 0, 2);
        for entry in entries {
            assert_eq!(entry.seq, next, "after {name}: the log has a gap");
            next += 1;
            if entry.kind() == EntryKind::Application {
                messages.push(entry.payload);
            } else {
                commits += 1;
            }
        }
        assert_eq!(commits, self.commits, "after {name}: a commit too many");
        assert!(
            messages == self.accepted,
            "after {name}: the log is another"
        );
    }

    /// Ends the table: the group still works, the trail is whole, every case came as expected.
    async fn finish(mut self) {
        self.say(b"still here").await;
        let audit = self
            .node
            .operator()
            .audit()
            .verify(None, None)
            .await
            .unwrap();
        assert_eq!(audit.problem, None);
        self.table.finish();
    }

    /// Sends bytes as they are to a method.
    async fn raw(&self, path: &str, token: &str, body: Vec<u8>) -> String {
        raw(self.ana.channel.clone(), path, token, body).await
    }
}

/// Cases with what was expected and what came.
struct Table {
    title: &'static str,
    rows: Vec<[String; 3]>,
}

impl Table {
    fn new(title: &'static str) -> Self {
        Self {
            title,
            rows: Vec::new(),
        }
    }

    fn row(&mut self, name: &str, expected: &str, got: String) {
        self.rows.push([name.to_owned(), expected.to_owned(), got]);
    }

    fn finish(self) {
        let mut text = format!("\nabuse: {}\n", self.title);
        let wrong = self
            .rows
            .iter()
            .filter(|[_, expected, got]| expected != got);
        let wrong = wrong.count();
        for [name, expected, got] in &self.rows {
            let mark = if expected == got { "ok" } else { "NO" };
            writeln!(text, "  {mark}  {name:<58} {expected:<42} {got}").unwrap();
        }
        println!("{text}");
        assert_eq!(wrong, 0, "{text}");
    }
}

/// Code and reason of what a call came to.
fn told<T: Debug>(outcome: Result<Response<T>, Status>) -> String {
    match outcome {
        Ok(_) => "OK".to_owned(),
        Err(status) => refusal(&status),
    }
}

fn refusal(status: &Status) -> String {
    if status.details().is_empty() {
        return format!("{:?}", status.code());
    }
    let error = from_status(status);
    // Whoever is asked to wait is told how long.
    let waits = error.retry_after.map_or("", |_| " + RetryInfo");
    format!("{:?} {}{waits}", status.code(), error.reason.as_str())
}

/// A message in the framing of gRPC: not compressed, its length, itself.
fn framed(message: &[u8]) -> Vec<u8> {
    let length = u32::try_from(message.len()).unwrap().to_be_bytes();
    [&[0], length.as_slice(), message].concat()
}

/// Posts `body` to a method; code and reason of the answer.
async fn raw(mut channel: Channel, path: &str, token: &str, body: Vec<u8>) -> String {
    let request = http::Request::post(format!("https://localhost{path}"))
        .header("content-type", "application/grpc")
        .header("te", "trailers")
        .header("authorization", format!("Bearer {token}"))
        .body(Body::new(Full::from(body)))
        .unwrap();
    let answer = channel.ready().await.unwrap().call(request).await.unwrap();
    let (head, body) = answer.into_parts();
    let trailers = match Status::from_header_map(&head.headers) {
        Some(status) => return refusal(&status),
        None => body.collect().await.unwrap().trailers().cloned(),
    };
    let status = trailers.as_ref().and_then(Status::from_header_map).unwrap();
    match status.code() {
        tonic::Code::Ok => "OK".to_owned(),
        _ => refusal(&status),
    }
}
