//! Several devices and a server, driven by one seed.

mod calls;
mod certified;
pub(crate) mod log;
pub(crate) mod server;
mod timers;

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use bytes::Bytes;
use prost::Message as _;
use relais_care::{
    CaseOpened, ConversationKind, Language, Occupancy, Patient, Person, Seat, SeatRole,
};
use relais_engine::{
    Account, Alarm, Call, CallId, CasePolicy, Effect, Enrolment, Event, Opening, Step, Update,
};
use relais_mls::{Chain, SigningKey, State, TrustAnchors, authority::Root};
use relais_proto::{care, from_proto_time, identity, to_proto_time};
use relais_types::{
    CaseId, Clock, DeviceId, DeviceName, Entropy, Error, ManualClock, OrgDomain, PractitionerId,
    SeatId, SeededEntropy, Timestamp,
};

pub(crate) use self::calls::Fate;
use self::{certified::Certified, server::Server};

/// One device: what is on its disk, and the engine if it runs.
pub(crate) struct Node {
    pub(crate) name: DeviceName,
    pub(crate) display_name: String,
    pub(crate) rows: BTreeMap<Vec<u8>, Vec<u8>>,
    pub(crate) account: Account,
    calls: Vec<(CallId, Call)>,
    pub(crate) alarms: Vec<Alarm>,
    pub(crate) updates: Vec<Update>,
    /// Certificates that it was to connect with from then on.
    pub(crate) certified: usize,
    pub(crate) revoked: bool,
}

pub(crate) struct World {
    pub(crate) server: Server,
    pub(crate) nodes: Vec<Node>,
    pub(crate) clock: ManualClock,
    pub(crate) entropy: SeededEntropy,
    anchors: TrustAnchors,
    root: Root,
}

/// The engine's row of a log entry.
#[derive(Clone, PartialEq, prost::Message)]
struct LogRow {
    #[prost(bytes = "bytes", tag = "1")]
    signed_entry: Bytes,
    #[prost(bytes = "bytes", tag = "2")]
    author_chain: Bytes,
    #[prost(int64, tag = "3")]
    accepted_at: i64,
    #[prost(string, tag = "4")]
    author: String,
}

/// What a test needs of the engine's row of the account.
#[derive(Clone, PartialEq, prost::Message)]
struct AccountRow {
    #[prost(bytes = "vec", tag = "5")]
    signature_seed: Vec<u8>,
    #[prost(bytes = "bytes", repeated, tag = "7")]
    certificate_chain: Vec<Bytes>,
}

/// The engine's row of a certificate chain.
#[derive(Clone, PartialEq, prost::Message)]
struct ChainRow {
    #[prost(bytes = "bytes", repeated, tag = "1")]
    certificates: Vec<Bytes>,
}

impl World {
    pub(crate) fn new(seed: u64) -> Self {
        let root = Root::generate().unwrap();
        Self {
            server: Server::default(),
            nodes: Vec::new(),
            clock: ManualClock::at(Timestamp::from_micros(1_790_000_000_000_000)),
            entropy: SeededEntropy::new(seed),
            anchors: TrustAnchors::from_der(&[root.certificate_der()]).unwrap(),
            root,
        }
    }

    /// Enrols a device of a new person (or of the person of node `of`), connected.
    pub(crate) fn enrol(
        &mut self,
        organisation: &str,
        display_name: &str,
        of: Option<usize>,
    ) -> usize {
        let domain: OrgDomain = format!("{organisation}.internal").parse().unwrap();
        let now = self.clock.now();
        let practitioner = match of {
            Some(node) => self.nodes[node].name.practitioner,
            None => PractitionerId::random(&mut self.entropy),
        };
        let name = DeviceName {
            organisation: domain.clone(),
            practitioner,
            device: DeviceId::random(&mut self.entropy),
        };
        let mut state = State::default();
        let enrolment =
            Enrolment::begin(&mut state, "code", "device", now, &mut self.entropy).unwrap();
        let request = enrolment.request().unwrap();
        let key: [u8; 32] = request.signature_key.as_ref().try_into().unwrap();
        let device_key: [u8; 32] = request.device_key.as_ref().try_into().unwrap();
        let authority = self.root.organisation(&domain, now).unwrap();
        let credential = authority.issue(&name, &key, now).unwrap();
        self.server.log.certified(&name, &credential, now);
        let transport = authority.issue_transport(&name, &device_key, now).unwrap();
        let response = identity::EnrolResponse {
            transparency_log: Some(self.server.log.trust()),
            device: name.to_string(),
            certificate_chain: credential.certificates().to_vec(),
            transport_certificate_chain: transport.certificates().to_vec(),
            trust_anchors: vec![self.root.certificate_der()],
            display_name: display_name.to_owned(),
            organisation_display_name: organisation.to_owned(),
            profession: "physician".to_owned(),
            removal_key: Server::key().public().to_vec().into(),
        };
        enrolment.finish(&mut state, response, now).unwrap();
        let rows: BTreeMap<_, _> = state
            .take_changes()
            .into_iter()
            .filter_map(|(key, value)| Some((key, value?)))
            .collect();
        let account = self.load(&rows);
        let certified = Certified {
            credential_until: credential.valid_until().unwrap(),
            authority,
            signature_key: key,
            device_key,
        };
        self.server.enrol(&name, certified);
        self.nodes.push(Node {
            name,
            display_name: display_name.to_owned(),
            rows,
            account,
            calls: Vec::new(),
            alarms: Vec::new(),
            updates: Vec::new(),
            certified: 0,
            revoked: false,
        });
        let node = self.nodes.len() - 1;
        self.event(node, Event::Connected);
        self.settle();
        node
    }

    /// Enrols a device whose certificate the log shows to nobody.
    pub(crate) fn enrol_in_secret(&mut self, organisation: &str, of: Option<usize>) -> usize {
        let before = self.server.log.certificates();
        let node = self.enrol(organisation, "Nobody", of);
        let after = self.server.log.certificates();
        self.server.log.hidden.extend(&after - &before);
        node
    }

    fn load(&mut self, rows: &BTreeMap<Vec<u8>, Vec<u8>>) -> Account {
        self.open_with(rows, Arc::new(self.clock.clone()))
    }

    fn open_with(&mut self, rows: &BTreeMap<Vec<u8>, Vec<u8>>, clock: Arc<dyn Clock>) -> Account {
        let entropy = SeededEntropy::new(u64::from_be_bytes(self.entropy.bytes()));
        let state = State::from_rows(rows.clone());
        Account::open(state, clock, Box::new(entropy)).unwrap()
    }

    pub(crate) fn event(&mut self, node: usize, event: Event) {
        let step = self.nodes[node].account.handle(event).unwrap();
        self.perform(node, step);
    }

    /// Runs a command on a device; its step is performed whether it succeeded or not.
    pub(crate) fn command<T>(
        &mut self,
        node: usize,
        command: impl FnOnce(&mut Account) -> Result<T, Error>,
    ) -> Result<T, Error> {
        let result = command(&mut self.nodes[node].account);
        let step = self.nodes[node].account.step().unwrap();
        self.perform(node, step);
        result
    }

    fn perform(&mut self, node: usize, step: Step) {
        let state = &mut self.nodes[node];
        for (key, value) in step.writes {
            match value {
                Some(value) => state.rows.insert(key, value),
                None => state.rows.remove(&key),
            };
        }
        for effect in step.effects {
            match effect {
                Effect::Call(id, call) => state.calls.push((id, call)),
                Effect::Acknowledge(cursors) => {
                    self.server.acknowledge(state.name.device, &cursors);
                }
                Effect::Resubscribe(cursors) => {
                    self.server.rewind(state.name.device, &cursors);
                }
                Effect::Certified(_) => state.certified += 1,
                Effect::Update(Update::Alarm(alarm)) => state.alarms.push(alarm),
                Effect::Update(update) => state.updates.push(update),
            }
        }
    }

    /// Delivers at most `limit` items.
    pub(crate) fn deliver(&mut self, node: usize, limit: usize) {
        let (deliveries, caught_up) = self.server.page(self.nodes[node].name.device, limit);
        self.event(
            node,
            Event::Delivered {
                deliveries,
                caught_up,
            },
        );
    }

    /// What the process would read if it were started again now.
    pub(crate) fn reopened(&mut self, node: usize) -> Account {
        self.reopened_with(node, Arc::new(self.clock.clone()))
    }

    /// The same, on a machine whose clock is another.
    pub(crate) fn reopened_with(&mut self, node: usize, clock: Arc<dyn Clock>) -> Account {
        let rows = self.nodes[node].rows.clone();
        self.open_with(&rows, clock)
    }

    /// The process dies; its calls may or may not have reached the server.
    pub(crate) fn crash(&mut self, node: usize) {
        for (_, call) in std::mem::take(&mut self.nodes[node].calls) {
            if self.entropy.bytes::<1>()[0].is_multiple_of(2) {
                let device = self.nodes[node].name.device;
                let _ = self
                    .server
                    .call(device, &call, &self.anchors, self.clock.now());
            }
        }
        self.nodes[node].account = self.reopened(node);
        let cursors = self.nodes[node].account.cursors();
        self.server.rewind(self.nodes[node].name.device, &cursors);
        self.event(node, Event::Connected);
    }

    /// What is on the device's disk.
    pub(crate) fn copy(&self, node: usize) -> BTreeMap<Vec<u8>, Vec<u8>> {
        self.nodes[node].rows.clone()
    }

    /// The device goes on from an older copy of its disk.
    pub(crate) fn restore(&mut self, node: usize, copy: BTreeMap<Vec<u8>, Vec<u8>>) {
        self.nodes[node].rows = copy;
        self.crash(node);
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.clock.advance(by);
        self.server.fire(self.clock.now());
        for node in 0..self.nodes.len() {
            self.event(node, Event::Tick);
        }
    }

    /// Everything arrives, until nobody has anything left to do.
    pub(crate) fn settle(&mut self) {
        for _ in 0..400 {
            for node in 0..self.nodes.len() {
                while self.calls(node) > 0 {
                    self.resolve(node, 0, Fate::Answered);
                }
                self.deliver(node, usize::MAX);
            }
            let done = |node: &Node| {
                if node.revoked {
                    return true;
                }
                let (waiting, _) = self.server.page(node.name.device, 1);
                waiting.is_empty() && node.account.is_settled().unwrap()
            };
            if self.nodes.iter().all(done) {
                return;
            }
            self.advance(Duration::from_secs(31));
        }
        for node in &self.nodes {
            println!(
                "{}: settled {:?}, calls {:?}, alarms {:?}, waiting {:?}",
                node.display_name,
                node.account.is_settled(),
                node.calls,
                node.alarms,
                self.server.page(node.name.device, 1).0
            );
        }
        panic!("the world does not settle");
    }

    /// Revokes the device; it learns of it with its next call.
    pub(crate) fn revoke(&mut self, node: usize) {
        let now = self.clock.now();
        self.server.revoke(self.nodes[node].name.device, now);
        self.nodes[node].revoked = true;
    }

    pub(crate) fn person(&self, node: usize) -> Person {
        let node = &self.nodes[node];
        Person {
            name: node.name.practitioner_name(),
            display_name: node.display_name.clone(),
        }
    }

    pub(crate) fn seat(&mut self, node: usize) -> Seat {
        Seat {
            id: SeatId::random(&mut self.entropy),
            role: SeatRole::PrimaryCarePhysician,
            organisation: self.nodes[node].name.organisation.clone(),
            organisation_display_name: "organisation".to_owned(),
        }
    }

    /// Opens a case in which each of `holders` has a seat.
    pub(crate) fn open_case(
        &mut self,
        by: usize,
        holders: &[usize],
        parent: Option<CaseId>,
    ) -> CaseId {
        self.open_case_under(&CasePolicy::default(), by, holders, parent)
    }

    /// The same under a policy.
    pub(crate) fn open_case_under(
        &mut self,
        policy: &CasePolicy,
        by: usize,
        holders: &[usize],
        parent: Option<CaseId>,
    ) -> CaseId {
        self.open(policy, by, holders, parent).unwrap()
    }

    /// The same, if the account lets it be opened.
    pub(crate) fn try_open_case(
        &mut self,
        policy: &CasePolicy,
        by: usize,
        holders: &[usize],
    ) -> Result<CaseId, Error> {
        self.open(policy, by, holders, None)
    }

    fn open(
        &mut self,
        policy: &CasePolicy,
        by: usize,
        holders: &[usize],
        parent: Option<CaseId>,
    ) -> Result<CaseId, Error> {
        let seats: Vec<Seat> = holders.iter().map(|node| self.seat(*node)).collect();
        let held = seats.iter().zip(holders);
        let occupancies = held
            .map(|(seat, node)| Occupancy {
                seat: seat.id,
                person: Some(self.person(*node)),
            })
            .collect();
        let conversation = if parent.is_some() {
            ConversationKind::Partner
        } else {
            ConversationKind::Team
        };
        let content = CaseOpened {
            title: "A case".to_owned(),
            purpose: String::new(),
            patient: Some(Patient {
                display_name: "P.".to_owned(),
                birth_date: String::new(),
                language: String::new(),
            }),
            conversation,
            seats,
            occupancies,
        };
        let opening = Opening {
            content,
            language: Language::English,
            parent,
            policy: policy.clone(),
        };
        self.command(by, |account| account.open_case(&opening))
    }

    pub(crate) fn say(
        &mut self,
        node: usize,
        case: CaseId,
        text: &str,
    ) -> Result<relais_types::EntryId, Error> {
        let text = text.to_owned();
        self.command(node, |account| {
            account.post(case, None, Language::English, |draft| draft.text(text))
        })
    }

    /// A hospital's specialist, a clinic's navigator and a community's partner in one case: nodes
    /// 0, 1 and 2.
    pub(crate) fn team_of_three(seed: u64) -> (Self, CaseId) {
        let mut world = Self::new(seed);
        world.enrol("hospital", "Specialist", None);
        world.enrol("clinic", "Navigator", None);
        world.enrol("community", "Partner", None);
        let case = world.open_case(0, &[0, 1, 2], None);
        world.settle();
        (world, case)
    }

    /// The key that a node signs with, for what its account would not say.
    pub(crate) fn signature_key(&self, node: usize) -> SigningKey {
        let row = &self.nodes[node].rows[b"account".as_slice()];
        let row = AccountRow::decode(row.as_slice()).unwrap();
        SigningKey::from_seed(&row.signature_seed.try_into().unwrap())
    }

    /// The node's certificates, its own first.
    pub(crate) fn certificates(&self, node: usize) -> Vec<Bytes> {
        let row = &self.nodes[node].rows[b"account".as_slice()];
        AccountRow::decode(row.as_slice())
            .unwrap()
            .certificate_chain
    }

    /// Puts an entry into a device's log, as whoever has changed their program can, and starts
    /// it again.
    pub(crate) fn plant(
        &mut self,
        node: usize,
        case: CaseId,
        relayed: &care::RelayedEntry,
        author: &DeviceName,
    ) {
        let mut signed = relayed.entry.clone().unwrap();
        let chain = Chain::new(std::mem::take(&mut signed.certificate_chain)).unwrap();
        let fingerprint = chain.fingerprint();
        let at = relayed.accept_time.as_ref().unwrap();
        let log = LogRow {
            signed_entry: signed.encode_to_vec().into(),
            author_chain: fingerprint.to_vec().into(),
            accepted_at: from_proto_time("accept_time", at).unwrap().as_micros(),
            author: author.to_string(),
        };
        let certificates = chain.certificates().to_vec();
        let rows = &mut self.nodes[node].rows;
        let place = [
            b"log/".as_slice(),
            case.as_bytes(),
            &relayed.seq.to_be_bytes(),
        ];
        rows.insert(place.concat(), log.encode_to_vec());
        rows.insert(
            [b"chain/".as_slice(), &fingerprint].concat(),
            ChainRow { certificates }.encode_to_vec(),
        );
        self.crash(node);
    }

    /// True if the node's timeline holds exactly this text.
    pub(crate) fn sees(&self, node: usize, case: CaseId, text: &str) -> bool {
        let view = self.nodes[node].account.view(case).unwrap();
        let mut texts = view
            .timeline
            .iter()
            .map(|item| item.text(Language::English));
        texts.any(|shown| shown == text)
    }

    /// Asserts that all devices of the group see the same case; prints where they part.
    pub(crate) fn assert_converged(&self, case: CaseId) {
        let members = self.server.members(case);
        let inside: Vec<&Node> = self
            .nodes
            .iter()
            .filter(|node| members.contains(&node.name.device))
            .collect();
        let view = |node: &Node| node.account.view(case).unwrap().clone();
        let (whole, partial): (Vec<&Node>, Vec<&Node>) = inside
            .into_iter()
            .partition(|node| view(node).withheld.is_empty());
        let first = whole.first().expect("a case has members");
        for other in partial {
            // Who was not given everything knows who is there and what is to be done all the same.
            let seats = |node: &Node| -> Vec<_> {
                let team = view(node).team;
                let seats = team.seats().iter();
                seats
                    .map(|seat| (seat.seat.clone(), seat.occupant.clone()))
                    .collect()
            };
            assert_eq!(seats(first), seats(other), "{}", other.display_name);
            let open = |node: &Node| -> Vec<_> {
                let loops = view(node).loops.into_iter();
                loops.filter(relais_care::Loop::is_open).collect()
            };
            assert_eq!(open(first), open(other), "{}", other.display_name);
        }
        for other in &whole[1..] {
            if view(first).digest() != view(other).digest() {
                let json = |node: &Node| serde_json::to_string_pretty(&view(node)).unwrap();
                let (a, b) = (json(first), json(other));
                let parts = a
                    .lines()
                    .zip(b.lines())
                    .position(|(a, b)| a != b)
                    .unwrap_or(0);
                let near = |text: &str| {
                    text.lines()
                        .skip(parts.saturating_sub(30))
                        .take(45)
                        .collect::<Vec<_>>()
                        .join("\n")
                };
                panic!(
                    "{} sees at line {parts}\n{}\nbut {} sees\n{}",
                    first.display_name,
                    near(&a),
                    other.display_name,
                    near(&b)
                );
            }
        }
    }

    pub(crate) fn assert_no_alarm(&self) {
        for node in self.nodes.iter().filter(|node| !node.revoked) {
            assert_eq!(node.alarms, [], "{}", node.display_name);
        }
    }

    /// An entry of a device's log with its author's chain, as a member could share it again.
    pub(crate) fn relayed(&self, node: usize, case: CaseId, seq: u64) -> care::RelayedEntry {
        self.try_relayed(node, case, seq)
            .expect("there is an entry")
    }

    /// True if a shared entry is a text.
    pub(crate) fn is_text(relayed: &care::RelayedEntry) -> bool {
        let signed = relayed.entry.as_ref().unwrap();
        let entry = care::Entry::decode(signed.entry.clone()).unwrap();
        matches!(entry.body, Some(care::entry::Body::Text(_)))
    }

    pub(crate) fn try_relayed(
        &self,
        node: usize,
        case: CaseId,
        seq: u64,
    ) -> Option<care::RelayedEntry> {
        let rows = &self.nodes[node].rows;
        let row = rows.get(&[b"log/".as_slice(), case.as_bytes(), &seq.to_be_bytes()].concat())?;
        let log = LogRow::decode(row.as_slice()).unwrap();
        let chain = &rows[&[b"chain/".as_slice(), &log.author_chain].concat()];
        let signed = care::SignedEntry::decode(log.signed_entry).unwrap();
        let certificate_chain = ChainRow::decode(chain.as_slice()).unwrap().certificates;
        Some(care::RelayedEntry {
            seq,
            accept_time: Some(to_proto_time(Timestamp::from_micros(log.accepted_at))),
            entry: Some(care::SignedEntry {
                certificate_chain,
                ..signed
            }),
        })
    }

    /// A number below `end`.
    pub(crate) fn below(&mut self, end: usize) -> usize {
        usize::try_from(u32::from_be_bytes(self.entropy.bytes())).unwrap() % end
    }
}
