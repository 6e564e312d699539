//! Two accounts in a case, and what waits for one of them.

use std::{collections::BTreeMap, sync::Arc};

use bytes::Bytes;
use prost::Message as _;
use relais_care::{Language, Occupancy, TeamChanged};
use relais_engine::{Account, Call, Event, Reply, TeamChange};
use relais_mls::{Chain, Mls, SigningKey, State, TrustAnchors};
use relais_proto::{
    care,
    delivery::{Delivery, SyncResponse},
    keypackage::{ClaimKeyPackagesRequest, ClaimKeyPackagesResponse, ClaimedKeyPackage},
};
use relais_types::{CaseId, Clock as _, ManualClock, SeededEntropy};

use crate::world::World;

/// A device's disk.
pub type Disk = BTreeMap<Vec<u8>, Vec<u8>>;

/// Most updates that one event may give to the application for each delivery.
const UPDATES: usize = 8;

/// The row of an account that holds its keys; the other fields do not matter here.
#[derive(Clone, PartialEq, prost::Message)]
struct Keys {
    #[prost(bytes = "vec", tag = "5")]
    signature_seed: Vec<u8>,
    #[prost(bytes = "bytes", repeated, tag = "7")]
    certificate_chain: Vec<Bytes>,
    #[prost(bytes = "bytes", repeated, tag = "8")]
    trust_anchors: Vec<Bytes>,
}

/// A member whose MLS state is at hand.
pub struct Known {
    /// Its MLS client.
    pub mls: Mls,
    disk: Disk,
}

impl Known {
    /// A copy of its state.
    pub fn state(&self) -> State {
        State::from_rows(self.disk.clone())
    }
}

/// Ana, who has opened a case, and Bo, whom she has added to it.
pub struct Accounts {
    /// The time.
    pub clock: ManualClock,
    /// The case.
    pub case: CaseId,
    /// Its last entry that Bo has.
    pub head: u64,
    /// Ana.
    pub ana: Known,
    /// Ana as an author.
    pub author: care::Author,
    /// Pages that wait for Bo, each after the same state.
    pub pages: Vec<Vec<u8>>,
    /// Good answers to the claim that Ana's account would make.
    pub answers: Vec<Vec<u8>>,
    /// Ana's disk at that time.
    pub adding_rows: Disk,
    bo: Disk,
}

impl Accounts {
    /// Makes them.
    pub fn new() -> Self {
        let mut world = World::new(7);
        for (organisation, name) in [("hospital", "Ana"), ("clinic", "Bo"), ("community", "Cy")] {
            world.enrol(organisation, name, None);
        }
        let case = world.open_case(0, &[0, 1], None);
        world.settle();
        world.say(0, case, "one").expect("a member");
        world.settle();
        let head = u64::try_from(world.server.entries(case)).unwrap_or(0);
        let (ana, bo) = (world.nodes[0].rows.clone(), world.nodes[1].rows.clone());
        let keys = Keys::decode(&ana[b"account".as_slice()][..]).expect("an account");
        let seed = keys.signature_seed.as_slice().try_into().expect("32 bytes");
        let anchors = TrustAnchors::from_der(&keys.trust_anchors).expect("roots");
        let person = world.person(0);
        let author = care::Author {
            practitioner_id: person.name.practitioner.into(),
            organisation: person.name.organisation.to_string(),
            display_name: person.display_name,
            seat_id: Bytes::new(),
        };

        // Ana wants to add Cy: her account waits for key packages.
        let seat = world.seat(2);
        let occupancy = Occupancy {
            seat: seat.id,
            person: Some(world.person(2)),
        };
        let content = TeamChanged {
            seats_added: vec![seat],
            occupancies: vec![occupancy],
            reason: String::new(),
            history: relais_care::HistoryPolicy::All,
        };
        let change = TeamChange {
            content,
            language: Language::English,
        };
        world
            .command(0, |account| account.change_team(case, &change))
            .expect("a member");
        let adding_rows = world.nodes[0].rows.clone();
        let cy = world.nodes[2].name.clone();
        let package = claim(&mut world, &anchors, 2);
        let answer = |packages: Vec<Bytes>| {
            let claimed = |key_package| ClaimedKeyPackage {
                device_id: cy.device.into(),
                key_package,
            };
            let key_packages = packages.into_iter().map(claimed).collect();
            ClaimKeyPackagesResponse { key_packages }.encode_to_vec()
        };
        let bos = claim(&mut world, &anchors, 1);
        let answers = vec![
            answer(vec![package.clone()]),
            answer(vec![package.clone(), package.clone()]),
            answer(vec![bos, package]),
        ];

        // What Bo has not read: the commit that adds Cy, an entry, and, in another world, a
        // proposal to remove Ana.
        let deaf = |world: &mut World| {
            for _ in 0..40 {
                while world.calls(0) > 0 {
                    world.resolve(0, 0, crate::world::Fate::Answered);
                }
                world.deliver(0, usize::MAX);
            }
        };
        deaf(&mut world);
        world.say(0, case, "two").expect("a member");
        deaf(&mut world);
        let page = |deliveries: Vec<Delivery>| {
            SyncResponse {
                deliveries,
                has_more: false,
            }
            .encode_to_vec()
        };
        let waiting = |world: &World, node: usize| {
            world
                .server
                .page(world.nodes[node].name.device, usize::MAX)
                .0
        };
        let whole = waiting(&world, 1);
        let mut pages = vec![
            page(whole.clone()),
            page(whole[..1].to_vec()),
            page(waiting(&world, 2)),
        ];
        world.revoke(0);
        pages.push(page(waiting(&world, 1)));

        let mls = Mls::new(
            SigningKey::from_seed(seed),
            Chain::new(keys.certificate_chain).expect("a chain"),
            anchors,
            world.clock.now(),
        );
        Self {
            clock: world.clock.clone(),
            case,
            head,
            ana: Known {
                mls: mls.expect("a device"),
                disk: ana,
            },
            author,
            pages,
            answers,
            adding_rows,
            bo,
        }
    }

    fn open(&self, disk: &Disk) -> Account {
        let state = State::from_rows(disk.clone());
        let entropy = Box::new(SeededEntropy::new(1));
        Account::open(state, Arc::new(self.clock.clone()), entropy).expect("a whole account")
    }

    /// Ana's account when she wants to add Cy.
    pub fn adding(&self) -> Account {
        self.open(&self.adding_rows)
    }

    /// Lets Bo's account take something in. It must never fail, stay small, and be the same
    /// after a restart.
    pub fn bo_takes(&self, event: Event) {
        let delivered = match &event {
            Event::Delivered { deliveries, .. } => deliveries.len(),
            _ => 1,
        };
        let mut account = self.open(&self.bo);
        let step = account.handle(event).expect("foreign bytes do no damage");
        assert!(
            step.effects.len() <= UPDATES * (delivered + 1),
            "{}",
            step.effects.len()
        );
        let again = self.stays_whole(&self.bo, step.writes);
        for summary in account.summaries() {
            let view =
                |account: &Account| account.view(summary.id).map(relais_care::CaseView::digest);
            assert_eq!(view(&account).ok(), view(&again).ok(), "the restart tells");
        }
        let next = account.handle(Event::Tick);
        next.map(drop).expect("the next tick finds it whole");
    }

    /// The account that these writes leave on this disk.
    pub fn stays_whole(&self, disk: &Disk, writes: Vec<(Vec<u8>, Option<Vec<u8>>)>) -> Account {
        let mut disk = disk.clone();
        for (key, value) in writes {
            match value {
                Some(value) => disk.insert(key, value),
                None => disk.remove(&key),
            };
        }
        self.open(&disk)
    }
}

/// A key package that Ana gets from the server for the person of a node.
fn claim(world: &mut World, anchors: &TrustAnchors, node: usize) -> Bytes {
    let request = ClaimKeyPackagesRequest {
        request_id: vec![u8::try_from(node).unwrap_or(0); 16].into(),
        practitioner: world.nodes[node].name.practitioner_name().to_string(),
    };
    let (by, now) = (world.nodes[0].name.device, world.clock.now());
    let call = Call::ClaimKeyPackages(request);
    match world.server.call(by, &call, anchors, now) {
        Ok(Reply::ClaimKeyPackages(claimed)) => claimed.key_packages[0].key_package.clone(),
        other => panic!("{other:?}"),
    }
}

impl Default for Accounts {
    fn default() -> Self {
        Self::new()
    }
}
