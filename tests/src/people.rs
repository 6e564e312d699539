//! Organisations and people with accounts of their own.

use std::{collections::BTreeSet, net::SocketAddr, path::PathBuf, time::Duration};

use futures_util::future::select_all;
use relais_care::{
    CaseOpened, CaseView, ConversationKind, Language, Occupancy, Patient, Person as TeamPerson,
    Seat, SeatRole,
};
use relais_client::{Case, Client, EnrolOptions, Invitee, Opening};
use relais_types::{CaseId, Entropy as _, OrgDomain, OsEntropy, SeatId};
use secrecy::SecretString;
use tempfile::TempDir;

use crate::Node;

/// How long a test waits for a state that should come at once.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// A server, and a folder for everybody's stores.
#[derive(Debug)]
pub struct Town {
    /// The server.
    pub node: Node,
    dir: TempDir,
}

/// Somebody with an open account.
#[derive(Debug)]
pub struct Person {
    /// The account.
    pub client: Client,
    /// Its store.
    pub store: PathBuf,
}

impl Town {
    /// Starts a server that knows a hospital, a clinic and a community organisation.
    ///
    /// With `RELAIS_KEEP` set, its folder with data, log and stores stays for inspection.
    pub async fn found() -> Self {
        Self::found_with(&[]).await
    }

    /// The same, with these variables for the server besides.
    pub async fn found_with(variables: &[(&str, &str)]) -> Self {
        let mut dir = TempDir::new().expect("a temporary folder");
        if std::env::var_os("RELAIS_KEEP").is_some() {
            dir.disable_cleanup(true);
            eprintln!("kept in {}", dir.path().display());
        }
        let node = Node::start_with(dir.path(), variables).await;
        let operator = node.operator();
        for (domain, name) in [
            ("hospital.internal", "Hospital"),
            ("clinic.internal", "Clinic"),
            ("community.internal", "Community"),
        ] {
            operator
                .create_organisation(&org(domain), name)
                .await
                .expect("the organisation is new");
        }
        Self { node, dir }
    }

    /// A fresh path for a store.
    pub fn store(&self, name: &str) -> PathBuf {
        self.dir.path().join(format!("{name}.relais"))
    }

    /// What everybody's store is sealed with.
    pub fn passphrase() -> SecretString {
        "correct horse battery staple".into()
    }

    /// An invitation code for somebody new.
    pub async fn invite(&self, domain: &str, name: &str) -> String {
        let whom = Invitee::Person {
            display_name: name.to_owned(),
            profession: "physician".to_owned(),
            administrator: false,
        };
        self.node
            .operator()
            .invite(&org(domain), whom)
            .await
            .expect("the operator may invite")
            .code
    }

    /// Invites and enrols somebody new; their client calls the server at `address`.
    pub async fn enrol_at(&self, address: SocketAddr, domain: &str, name: &str) -> Person {
        let store = self.store(name);
        let options = EnrolOptions {
            store: store.clone(),
            passphrase: Self::passphrase(),
            endpoint: self.node.endpoint(address),
            code: self.invite(domain, name).await,
            device_label: format!("{name}'s device"),
        };
        let client = Client::enrol(options)
            .await
            .expect("the invitation is good");
        client
            .settle(PATIENCE)
            .await
            .expect("the first key packages are published");
        Person { client, store }
    }

    /// Enrols a further device of somebody; its store is called `name`.
    pub async fn enrol_again(&self, of: &Person, name: &str) -> Person {
        let me = of.client.me();
        let whom = Invitee::Device(me.practitioner());
        let operator = self.node.operator();
        let invited = operator.invite(&me.device.organisation, whom).await;
        let store = self.store(name);
        let options = EnrolOptions {
            store: store.clone(),
            passphrase: Self::passphrase(),
            endpoint: self.node.endpoint(self.node.address()),
            code: invited.expect("the operator may invite").code,
            device_label: name.to_owned(),
        };
        let client = Client::enrol(options).await;
        let client = client.expect("the invitation is good");
        let settled = client.settle(PATIENCE).await;
        settled.expect("the first key packages are published");
        Person { client, store }
    }

    /// Invites and enrols somebody new.
    pub async fn enrol(&self, domain: &str, name: &str) -> Person {
        self.enrol_at(self.node.address(), domain, name).await
    }
}

impl Person {
    /// Opens their account again.
    pub async fn open(store: PathBuf) -> Self {
        let client = Client::open(&store, &Town::passphrase())
            .await
            .expect("the account opens");
        Self { client, store }
    }

    /// Closes the account; returns where it is.
    pub async fn close(self) -> PathBuf {
        self.client.close().await.expect("the account closes");
        self.store
    }

    /// As a team knows them.
    pub fn team_person(&self) -> TeamPerson {
        let me = self.client.me();
        TeamPerson {
            name: me.practitioner(),
            display_name: me.display_name.clone(),
        }
    }

    /// A new seat for them.
    pub fn seat(&self) -> Seat {
        let me = self.client.me();
        Seat {
            id: SeatId::from_bytes(OsEntropy.bytes()),
            role: SeatRole::PrimaryCarePhysician,
            organisation: me.device.organisation.clone(),
            organisation_display_name: me.organisation_display_name.clone(),
        }
    }

    /// Tries to open a case for themselves.
    ///
    /// # Errors
    /// What the SDK answers.
    pub async fn try_open(&self, title: &str) -> Result<Case, relais_client::Error> {
        let opening = Self::opening(title, &[self], None);
        self.client.open_case(opening).await
    }

    /// Opens a case with a seat for each of `team`, and waits until everybody is in it.
    pub async fn open_case(&self, title: &str, team: &[&Person], parent: Option<CaseId>) -> Case {
        let opening = Self::opening(title, team, parent);
        let case = self
            .client
            .open_case(opening)
            .await
            .expect("the opening is complete");
        for person in team {
            person.case(case.id()).await;
        }
        case
    }

    fn opening(title: &str, team: &[&Person], parent: Option<CaseId>) -> Opening {
        let seats: Vec<Seat> = team.iter().map(|person| person.seat()).collect();
        let occupancies = seats
            .iter()
            .zip(team)
            .map(|(seat, person)| Occupancy {
                seat: seat.id,
                person: Some(person.team_person()),
            })
            .collect();
        let patient = Patient {
            display_name: "P. Tremblay".to_owned(),
            birth_date: "1951-02-03".to_owned(),
            language: "fr".to_owned(),
        };
        let content = CaseOpened {
            title: title.to_owned(),
            purpose: "follow-up".to_owned(),
            // A partner is told no more than it takes, unless the patient has agreed to it.
            patient: Some(if parent.is_some() {
                patient.minimal()
            } else {
                patient
            }),
            conversation: if parent.is_some() {
                ConversationKind::Partner
            } else {
                ConversationKind::Team
            },
            seats,
            occupancies,
        };
        Opening {
            content,
            language: Language::English,
            parent,
            policy: relais_client::CasePolicy::default(),
        }
    }

    /// Their handle on a case, once it has been opened for them.
    pub async fn case(&self, id: CaseId) -> Case {
        let mut updates = self.client.updates();
        let case = loop {
            if let Ok(case) = self.client.case(id).await {
                break case;
            }
            let next = tokio::time::timeout(PATIENCE, updates.recv()).await;
            next.expect("the Welcome arrives")
                .expect("the client is open");
        };
        case.wait_until(PATIENCE, CaseView::is_opened)
            .await
            .expect("the opening arrives");
        case
    }
}

/// True if somebody in the case has said exactly this, in English.
pub fn says(view: &CaseView, text: &str) -> bool {
    let mut texts = view
        .timeline
        .iter()
        .map(|item| item.text(Language::English));
    texts.any(|shown| shown == text)
}

/// Waits until everybody shows the same case.
///
/// Receipts still come while a test looks, so that a view it once took may be old.
///
/// # Panics
/// With what the first two show if they do not come to agree.
pub async fn agree(cases: &[&Case]) {
    let mut updates: Vec<_> = cases.iter().map(|case| case.updates()).collect();
    let agreed = async {
        loop {
            let mut digests = BTreeSet::new();
            for case in cases {
                digests.insert(case.view().await.expect("the client is open").digest());
            }
            if digests.len() == 1 {
                return;
            }
            let changes = updates.iter_mut().map(|updates| Box::pin(updates.next()));
            let (change, ..) = select_all(changes).await;
            change.expect("the client is open");
        }
    };
    if tokio::time::timeout(PATIENCE, agreed).await.is_err() {
        for case in cases.iter().take(2) {
            eprintln!("{:#?}", case.view().await);
        }
        panic!("they do not show the same");
    }
}

/// A domain that is known to be well-formed.
fn org(domain: &str) -> OrgDomain {
    domain.parse().expect("a well-formed domain")
}
