//! Two organisations come to refer to each other, find the right service, and see how each keeps
//! its word: real processes, as it is typed. Then a server that lies about them.

use std::{
    path::{Path, PathBuf},
    process::{Output, Stdio},
    sync::{Arc, Mutex},
};

use relais_care::{Commitment, CommitmentKind, PartnershipStage, Terms};
use relais_client::{Client, EnrolOptions, Invitee, Partner, ToldAdherence};
use relais_proto::directory as pb;
use relais_tests::{Evil, PATIENCE, Town, binary};
use relais_types::{Clock as _, OrgDomain, Reason, SystemClock};
use serde_json::Value;
use tokio::process::Command;

const COMMUNITY: &str = "community.internal";
const HOSPITAL: &str = "hospital.internal";

fn org(domain: &str) -> OrgDomain {
    domain.parse().unwrap()
}

/// Invites and enrols somebody, who may sign for their organisation.
async fn enrol(
    town: &Town,
    address: std::net::SocketAddr,
    domain: &str,
    name: &str,
    administrator: bool,
) -> Client {
    let whom = Invitee::Person {
        display_name: name.to_owned(),
        profession: "navigator".to_owned(),
        administrator,
    };
    let invited = town.node.operator().invite(&org(domain), whom).await;
    let client = Client::enrol(EnrolOptions {
        store: town.store(name),
        passphrase: Town::passphrase(),
        endpoint: town.node.endpoint(address),
        code: invited.unwrap().code,
        device_label: "desk".to_owned(),
    })
    .await
    .unwrap();
    client.settle(PATIENCE).await.unwrap();
    client
}

/// Somebody who types.
struct Typist(PathBuf);

impl Typist {
    async fn of(town: &Town, domain: &str, name: &str, administrator: bool) -> Self {
        let client = enrol(town, town.node.address(), domain, name, administrator).await;
        client.close().await.unwrap();
        Self(town.store(name))
    }

    async fn types(&self, arguments: &[&str]) -> Output {
        run(&self.0, arguments).await
    }

    /// What a command that works prints.
    async fn does(&self, arguments: &[&str]) -> Value {
        let output = self.types(arguments).await;
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        let printed: Value = serde_json::from_slice(&output.stdout).unwrap();
        printed["data"].clone()
    }

    /// What a command says that is refused in the present state.
    async fn is_refused(&self, arguments: &[&str]) -> String {
        let output = self.types(arguments).await;
        assert_eq!(output.status.code(), Some(6), "{arguments:?}: {output:?}");
        String::from_utf8(output.stderr).unwrap()
    }

    /// The id of the one case whose title contains this.
    async fn case(&self, title: &str) -> String {
        let cases = self.does(&["case", "list"]).await;
        let mut found = cases.as_array().unwrap().iter().filter(|case| {
            let told = case["title"].as_str().unwrap();
            told.contains(title)
        });
        let id = found.next().unwrap()["id"].as_str().unwrap().to_owned();
        assert!(found.next().is_none(), "{cases}");
        id
    }
}

async fn run(store: &Path, arguments: &[&str]) -> Output {
    Command::new(binary("relais"))
        .args(arguments)
        .arg("--json")
        .arg("--account")
        .arg(store)
        .env("RELAIS_PASSPHRASE", "correct horse battery staple")
        .stdin(Stdio::null())
        .kill_on_drop(true)
        .output()
        .await
        .unwrap()
}

fn id(posted: &Value) -> &str {
    posted["entry"]["id"].as_str().unwrap()
}

/// Publishes a service that somebody answers for.
async fn publish(town: &Town, name: &str, person: &str, kind: &str) {
    let data = town.node.data_dir().to_str().unwrap().to_owned();
    let arguments = [
        "admin",
        "service",
        "add",
        COMMUNITY,
        name,
        "--person",
        person,
        "--kind",
        kind,
        "--speaks",
        "fr",
        "--area",
        "H2J",
        "--access",
        "65 ans et plus",
        "--hours",
        "mon-fri 8:00-16:00",
        "--data-dir",
        &data,
    ];
    let output = run(Path::new("unused"), &arguments).await;
    assert!(output.status.success(), "{output:?}");
}

const NEED: [&str; 6] = [
    "--need",
    "Repas",
    "--consent",
    "Oui",
    "--outcome",
    "Repas livrés",
];

/// People type faster here than anybody does.
const UNHURRIED: [(&str, &str); 3] = [
    ("RELAISD_RATE__DEVICE", "unlimited"),
    ("RELAISD_RATE__DIRECTORY", "unlimited"),
    ("RELAISD_RATE__ADMIN", "unlimited"),
];

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a story, told in its order")]
async fn a_community_organisation_begins_and_a_navigator_finds_the_right_service() {
    let town = Town::found_with(&UNHURRIED).await;
    let lise = Typist::of(&town, COMMUNITY, "Lise", true).await;
    let marc = Typist::of(&town, COMMUNITY, "Marc", false).await;
    let zoe = Typist::of(&town, HOSPITAL, "Zoe", true).await;
    let amelie = Typist::of(&town, HOSPITAL, "Amelie", false).await;
    let bruno = Typist::of(&town, "clinic.internal", "Bruno", false).await;
    publish(&town, "Popote", "Lise", "food").await;
    publish(&town, "Repas du parc", "Marc", "food").await;

    // Nobody has signed anything yet: stages begin with the first partnership.
    let opened = amelie
        .does(&[
            "case",
            "open",
            "Retour",
            "--as",
            "navigator",
            "--patient",
            "Marguerite Lavoie",
            "--seat",
            "primary-care-physician=Bruno",
        ])
        .await;
    let case = opened["view"]["case"].as_str().unwrap().to_owned();

    // The community organisation proposes, and the hospital accepts; nobody else may.
    lise.does(&[
        "partnership",
        "propose",
        HOSPITAL,
        "--stage",
        "referral",
        "--we",
        "answer-referral=2",
        "--we",
        "coverage-hours=Lun-ven 8 h-16 h",
        "--they",
        "answer-consult=3",
    ])
    .await;
    let refused = amelie.types(&["partnership", "accept", COMMUNITY]).await;
    assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    let list = zoe.does(&["partnership", "list"]).await;
    assert_eq!(list[0]["stage"], "listed");
    assert_eq!(list[0]["proposed"]["by"], COMMUNITY);
    let agreed = zoe.does(&["partnership", "accept", COMMUNITY]).await;
    assert_eq!(agreed["stage"], "referral");
    assert_eq!(agreed["commitments"].as_array().unwrap().len(), 3);

    // Referral is not a seat in the team: that takes the next stage, or a reason that all see.
    let seat = ["case", "add", &case, "--seat", "community-worker=Lise"];
    let told = amelie.is_refused(&seat).await;
    assert!(told.contains("--stage case"), "{told}");

    // Room is asked for in a conversation that names nobody.
    amelie
        .does(&["enquire", "Popote", "--area", "H2J", "--case", &case])
        .await;
    let asked = lise.case("Popote").await;
    let seen = lise.does(&["case", "show", &asked]).await;
    assert_eq!(seen["view"]["conversation"], "enquiry");
    assert_eq!(seen["view"]["patient"], Value::Null);
    assert!(!seen.to_string().contains("Lavoie"), "{seen}");
    let enquiry = seen["view"]["loops"][0]["id"].as_str().unwrap();
    lise.does(&[
        "respond",
        &asked,
        enquiry,
        "waitlist",
        "--eligibility",
        "65 ans et plus",
        "--meanwhile",
        "Repas congelés",
        "--expected",
        "2027-01-15",
    ])
    .await;
    let map = amelie
        .does(&[
            "directory",
            "map",
            "--area",
            "H2J",
            "--kind",
            "food",
            "--open-at",
            "tue 9:00",
        ])
        .await;
    let popote = &map[0];
    assert_eq!(popote["display_name"], "Popote");
    assert_eq!(popote["stage"], "referral");
    assert_eq!(popote["capacity"], "waitlist");
    let shut = amelie
        .does(&["directory", "map", "--open-at", "sun 9:00"])
        .await;
    assert_eq!(shut.as_array().unwrap().len(), 0);
    // The team sees the answer.
    let view = amelie.does(&["case", "show", &case]).await;
    let linked = view["view"]["linked"].to_string();
    assert!(linked.contains("Repas congelés"), "{linked}");

    // A suggestion becomes a referral, and moves on with a link to it.
    let suggested = bruno
        .does(&[
            "suggest",
            &case,
            "Popote",
            "--to",
            "NAV",
            "--reason",
            "Vit seule",
        ])
        .await;
    let suggestion = id(&suggested).to_owned();
    let from = ["refer", &case, "--yes", "--from-suggestion", &suggestion];
    let made = amelie.does(&[&from[..], &NEED].concat()).await;
    let referral = id(&made).to_owned();
    let view = bruno.does(&["case", "show", &case]).await;
    let loops = view["view"]["loops"].as_array().unwrap();
    let moved = loops
        .iter()
        .find(|asked| asked["id"] == *suggestion)
        .unwrap();
    assert_eq!(moved["state"], "referred");
    let last = moved["history"].as_array().unwrap().last().unwrap();
    assert_eq!(last["link"]["entry"], *referral);

    // Whoever asks for the same again is told who has asked already.
    let again = [
        "refer",
        &case,
        "Repas du parc",
        "--yes",
        "--reason",
        "Vit seule",
    ];
    let told = amelie.is_refused(&[&again[..], &NEED].concat()).await;
    assert!(told.contains("Popote") && told.contains("Amelie"), "{told}");

    // A decline names an alternative, which is one step away.
    let partner = lise
        .does(&["case", "list"])
        .await
        .as_array()
        .unwrap()
        .iter()
        .find(|case| case["conversation"] == "partner")
        .unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    lise.does(&[
        "respond",
        &partner,
        &referral,
        "decline",
        "--reason",
        "no-capacity",
        "--alternative-service",
        "Repas du parc",
    ])
    .await;
    let instead = ["refer", &case, "--yes", "--instead-of", &referral];
    let second = amelie.does(&instead).await;
    assert_eq!(
        second["entry"]["content"]["service_display_name"],
        "Repas du parc"
    );
    let unmet = amelie.does(&["unmet"]).await;
    let declined = unmet
        .as_array()
        .unwrap()
        .iter()
        .find(|row| row["reason"] == "no_capacity");
    assert_eq!(declined.unwrap()["count"], 1);
    assert_eq!(declined.unwrap()["area"], "H2J");
    assert!(marc.case("Repas du parc").await.len() > 8);

    // Both sides see how the word is kept; a single case is never told.
    let shown = amelie.does(&["partnership", "show", COMMUNITY]).await;
    assert_eq!(shown["kept"][0]["commitment"]["kind"], "answer_referral");
    assert_eq!(
        (&shown["kept"][0]["due"], &shown["kept"][0]["kept"]),
        (&1.into(), &1.into())
    );
    assert_eq!(shown["kept"][0]["waiting"], 1);
    let told = amelie
        .is_refused(&["partnership", "publish", COMMUNITY])
        .await;
    assert!(told.contains("fewer"), "{told}");

    // Either ends it, at once. What goes on nevertheless, the team sees.
    let ended = lise.does(&["partnership", "end", HOSPITAL]).await;
    assert_eq!(ended["stage"], "listed");
    let further = [
        "refer",
        &case,
        "Popote",
        "--yes",
        "--anyway",
        "--reason",
        "Vit seule",
    ];
    let told = amelie.is_refused(&[&further[..], &NEED].concat()).await;
    assert!(told.contains("relais enquire"), "{told}");
    let despite = ["--without-partnership", "Urgent, vu avec Lise"];
    amelie.does(&[&further[..], &NEED, &despite].concat()).await;
    let view = bruno.does(&["case", "show", &case]).await;
    let timeline = view["view"]["timeline"].to_string();
    assert!(
        timeline.contains("Urgent, vu avec Lise"),
        "the reason is kept"
    );
    assert!(
        timeline.contains("Referred although"),
        "so is what was open"
    );
    assert!(
        timeline.contains("instead of Popote"),
        "and what it took the place of"
    );
}

/// What the evil server does to a list of partnerships.
#[derive(Clone, Debug)]
enum Lie {
    /// What one side proposes, as if it lowered what was agreed.
    ProposedAsLowered(pb::Partnership),
    None,
    /// Shows this one.
    Older(pb::Partnership),
    /// Raises the stage of what was signed.
    Raised,
    /// Takes what one has signed for what both have.
    HalfSigned,
    /// Shows no partnership at all.
    Withheld,
}

async fn standing(client: &Client) -> Option<Partner> {
    client.partners().with(&org(COMMUNITY)).await.unwrap()
}

#[tokio::test]
#[expect(clippy::too_many_lines, reason = "a story, told in its order")]
async fn a_server_can_neither_raise_a_stage_nor_go_back_behind_what_it_has_shown() {
    let town = Town::found_with(&UNHURRIED).await;
    let evil = Evil::start(&town.node).await;
    let zoe = enrol(&town, evil.address(), HOSPITAL, "Zoe", true).await;
    let lise = enrol(&town, town.node.address(), COMMUNITY, "Lise", true).await;
    for client in [&zoe, &lise] {
        client.step_up(&Town::passphrase()).await.unwrap();
    }
    let lie = Arc::new(Mutex::new(Lie::None));
    let seen: Arc<Mutex<Option<pb::Partnership>>> = Arc::default();
    let (telling, noting) = (lie.clone(), seen.clone());
    let rewrite = move |mut page: pb::ListPartnershipsResponse| {
        *noting.lock().unwrap() = page.partnerships.first().cloned();
        match &*telling.lock().unwrap() {
            Lie::None => {}
            Lie::Older(older) => page.partnerships = vec![older.clone()],
            Lie::Withheld => page.partnerships.clear(),
            Lie::Raised => {
                let agreed = page.partnerships[0].agreed.as_mut().unwrap();
                let terms: pb::PartnershipTerms =
                    prost::Message::decode(agreed.terms.clone()).unwrap();
                let raised = pb::PartnershipTerms {
                    revision: 9,
                    stage: pb::PartnershipStage::Case.into(),
                    ..terms
                };
                agreed.terms = prost::Message::encode_to_vec(&raised).into();
            }
            Lie::ProposedAsLowered(older) => {
                let proposed = page.partnerships[0].proposed.take();
                page.partnerships[0].agreed = older.agreed.clone();
                page.partnerships[0].lowered = proposed;
            }
            Lie::HalfSigned => {
                let proposed = page.partnerships[0].proposed.take();
                page.partnerships[0].agreed = proposed;
            }
        }
        [page]
    };
    evil.rewrite("ListPartnerships", rewrite);
    let tell = |told: Lie| *lie.lock().unwrap() = told;

    let sign = async |by: &Client, revision: u32, stage: PartnershipStage, promise: bool| {
        let commitments = promise.then(|| Commitment {
            organisation: org(COMMUNITY),
            kind: CommitmentKind::AnswerReferral,
            business_days: 2,
            hours: String::new(),
        });
        let two = (org(HOSPITAL), org(COMMUNITY));
        let terms = Terms::new(two, revision, stage, commitments.into_iter().collect()).unwrap();
        by.partners().sign(terms).await
    };
    sign(&lise, 1, PartnershipStage::Referral, true)
        .await
        .unwrap();
    let offered = standing(&zoe).await.unwrap();
    assert_eq!(
        (offered.stage, offered.problem),
        (PartnershipStage::Listed, None)
    );
    zoe.partners()
        .accept(&offered.proposed.unwrap())
        .await
        .unwrap();
    let agreed = standing(&zoe).await.unwrap();
    assert_eq!(
        (agreed.stage, agreed.problem),
        (PartnershipStage::Referral, None)
    );
    assert_eq!(agreed.agreed.unwrap().commitments.len(), 1);
    let older = seen.lock().unwrap().clone().unwrap();

    // What one side has counted, both read; the server cannot change a count.
    let count = ToldAdherence {
        organisation: org(COMMUNITY),
        kind: CommitmentKind::AnswerReferral,
        business_days: 2,
        due: 6,
        kept: 5,
        median_hours: 20,
    };
    let since = SystemClock.now();
    let tell_count = async |count: ToldAdherence| {
        let partner = org(COMMUNITY);
        zoe.partners().tell(&partner, since, vec![count]).await
    };
    let few = ToldAdherence {
        due: 4,
        kept: 4,
        ..count.clone()
    };
    let refused = tell_count(few).await.unwrap_err();
    assert_eq!(refused.reason(), Some(Reason::MalformedField), "{refused}");
    tell_count(count.clone()).await.unwrap();
    let read = lise.partners().told(&org(HOSPITAL)).await.unwrap();
    let [Ok(told)] = read.as_slice() else {
        panic!("{read:?}")
    };
    assert_eq!(told.adherence, [count]);
    assert_eq!(told.publisher, zoe.me().practitioner());
    evil.rewrite("ListAdherence", |mut page: pb::ListAdherenceResponse| {
        let told = &mut page.statements[0];
        let mut statement: pb::AdherenceStatement =
            prost::Message::decode(told.statement.clone()).unwrap();
        statement.adherences[0].kept = 6;
        told.statement = prost::Message::encode_to_vec(&statement).into();
        [page]
    });
    let read = zoe.partners().told(&org(COMMUNITY)).await.unwrap();
    let [Err(why)] = read.as_slice() else {
        panic!("{read:?}")
    };
    assert!(why.contains("does not verify"), "{why}");

    tell(Lie::Raised);
    let raised = standing(&zoe).await.unwrap();
    assert_eq!(
        raised.stage,
        PartnershipStage::Referral,
        "what was verified counts"
    );
    assert!(raised.problem.unwrap().contains("does not verify"));

    // One side proposes the next stage: shown as agreed, it is still half signed.
    tell(Lie::None);
    sign(&lise, 2, PartnershipStage::Case, false).await.unwrap();
    tell(Lie::HalfSigned);
    let half = standing(&zoe).await.unwrap();
    assert_eq!(half.stage, PartnershipStage::Referral);

    // The stage is skipped for nobody, and a revision is signed once.
    tell(Lie::None);
    let again = sign(&zoe, 2, PartnershipStage::Case, true)
        .await
        .unwrap_err();
    assert_eq!(again.reason(), Some(Reason::AlreadyExists), "{again}");

    sign(&lise, 3, PartnershipStage::Listed, false)
        .await
        .unwrap();
    let ended = standing(&zoe).await.unwrap();
    assert_eq!(
        (ended.stage, ended.problem),
        (PartnershipStage::Listed, None)
    );
    // The other side would like it back: its signature alone, shown as if it lowered the terms of
    // before, raises nothing.
    sign(&lise, 4, PartnershipStage::Referral, false)
        .await
        .unwrap();
    for told in [
        Lie::ProposedAsLowered(older.clone()),
        Lie::Older(older),
        Lie::Withheld,
    ] {
        tell(told);
        let known = standing(&zoe).await.unwrap();
        assert_eq!(known.stage, PartnershipStage::Listed, "it has ended");
        assert!(known.problem.unwrap().contains("older terms"));
    }
    zoe.close().await.unwrap();
    lise.close().await.unwrap();
}
