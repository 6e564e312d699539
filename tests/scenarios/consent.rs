//! A consent from its recording to its withdrawal, as people work: the server and every command a
//! process of its own.

use std::path::PathBuf;

use relais_proto::directory::Service;
use relais_tests::{Person, Town, binary};
use serde_json::Value;
use tokio::process::Command;

/// Somebody at a terminal.
struct Desk {
    store: PathBuf,
}

impl Desk {
    async fn of(person: Person) -> Self {
        Self {
            store: person.close().await,
        }
    }

    async fn output(&self, arguments: &[&str]) -> std::process::Output {
        Command::new(binary("relais"))
            .args(arguments)
            .env("RELAIS_ACCOUNT", &self.store)
            .env("RELAIS_PASSPHRASE", "correct horse battery staple")
            .env("COLUMNS", "160")
            .output()
            .await
            .expect("relais runs")
    }

    /// What a command gives to programs.
    async fn json(&self, arguments: &[&str]) -> Value {
        let output = self.output(&[arguments, &["--json"]].concat()).await;
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {told}");
        let answer: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
        answer["data"].clone()
    }

    /// What a command shows to people, its lines joined.
    async fn screen(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments).await;
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{arguments:?}: {told}");
        joined(&output.stdout)
    }

    /// Why a command is refused.
    async fn refusal(&self, arguments: &[&str]) -> String {
        let output = self.output(arguments).await;
        assert!(!output.status.success(), "{arguments:?} is refused");
        joined(&output.stderr)
    }

    /// The number of the first thing of this kind that was asked in a case.
    async fn asked(&self, case: &str, kind: &str) -> String {
        let shown = self.json(&["case", "show", case]).await;
        let loops = shown["view"]["loops"].as_array().expect("a list");
        let asked = loops.iter().find(|asked| asked["kind"] == kind);
        asked.expect("it was asked")["asked_seq"].to_string()
    }

    /// The conversation that is not `team`.
    async fn other(&self, team: &str) -> String {
        let cases = self.json(&["case", "list"]).await;
        let cases = cases.as_array().expect("a list").iter();
        let mut other = cases
            .filter_map(|case| case["id"].as_str())
            .filter(|id| *id != team);
        other.next().expect("there is another").to_owned()
    }
}

fn joined(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn number(entry: &Value) -> String {
    entry["entry"]["seq"].to_string()
}

struct Story {
    /// The server runs as long as it is held.
    town: Town,
    amelie: Desk,
    raman: Desk,
    luc: Desk,
    team: String,
}

/// Amélie and Dr Raman have a case; Luc answers for a service of the community organisation.
async fn begin() -> Story {
    let town = Town::found().await;
    let amelie = town.enrol("hospital.internal", "Amélie Roy").await;
    let raman = town.enrol("clinic.internal", "Priya Raman").await;
    let luc = town.enrol("community.internal", "Luc Tremblay").await;
    let service = Service {
        display_name: "Popote roulante".to_owned(),
        practitioners: vec![luc.client.me().practitioner().to_string()],
        ..Service::default()
    };
    let community = &luc.client.me().device.organisation;
    let operator = town.node.operator();
    operator.create_service(community, service).await.unwrap();
    let amelie = Desk::of(amelie).await;
    let raman = Desk::of(raman).await;
    let luc = Desk::of(luc).await;
    let opened = amelie
        .json(&[
            "case",
            "open",
            "Retour à domicile",
            "--as",
            "navigator",
            "--patient",
            "Marguerite Lavoie",
            "--seat",
            "primary-care-physician=Priya Raman",
        ])
        .await;
    let team = opened["view"]["case"].as_str().unwrap().to_owned();
    Story {
        town,
        amelie,
        raman,
        luc,
        team,
    }
}

/// What Amélie types to refer to the service.
fn referral(team: &str) -> Vec<&str> {
    vec![
        "refer",
        team,
        "Popote",
        "--reason",
        "Vit seule",
        "--need",
        "Repas",
        "--consent",
        "Accord verbal pour ses besoins et son adresse",
        "--outcome",
        "Mange à sa faim",
        "--yes",
    ]
}

/// What she adds to share with it what is about the patient's situation.
const WITH: [&str; 5] = ["--with", "community.internal", "--as", "social", "--yes"];

#[tokio::test]
async fn a_consent_is_recorded_shared_by_and_withdrawn_and_every_screen_says_so() {
    let story = begin().await;
    let (partner, floor) = share(&story).await;
    withdraw(&story, &partner, &floor).await;
    begin_anew(&story, &partner, &floor).await;
}

/// The id of the conversation with the partner, and the number of what was shared into it.
async fn share(story: &Story) -> (String, String) {
    let (amelie, raman, luc, team) = (&story.amelie, &story.raman, &story.luc, &*story.team);
    let recording = [
        "--record", "verbal", "--share", "social", "--share", "contact",
    ];
    amelie
        .json(&[&referral(team)[..], &recording].concat())
        .await;
    let partner = luc.other("").await;
    let asked = luc.screen(&["case", "show", &partner]).await;
    assert!(
        asked.contains("Repas") && asked.contains("M. L."),
        "{asked}"
    );
    for secret in ["Marguerite", "Retour à domicile", "Raman"] {
        assert!(!asked.contains(secret), "{secret}: {asked}");
    }
    let referred = luc.asked(&partner, "referral").await;
    luc.json(&["respond", &partner, &referred, "accept"]).await;

    // What is said in the team is copied only as far as the consent goes.
    let floor = raman.json(&["say", team, "Third floor, no lift."]).await;
    let dose = "Insulin, 12 units at night.";
    let drug = [
        "medication",
        team,
        "Insulin",
        "--to",
        "NAV",
        "--old",
        "10",
        "--new",
        dose,
    ];
    let drug = raman
        .json(&[&drug[..], &["--reason", "Glycaemia"]].concat())
        .await;
    let (floor, drug) = (number(&floor), number(&drug));
    let refused = amelie
        .refusal(&[&["share", team, &drug], &WITH[..]].concat())
        .await;
    assert!(refused.contains("does not cover"), "{refused}");
    let shared = amelie
        .json(&[&["share", team, &floor, &drug], &WITH[..]].concat())
        .await;
    let rows = shared["entries"].as_array().unwrap();
    assert_eq!(rows[0]["copy"]["text"], "Third floor, no lift.");
    assert_eq!(rows[1]["withheld"], "not_covered");
    let read = luc.screen(&["case", "show", &partner]).await;
    assert!(
        read.contains("Priya Raman · Clinic"),
        "where it comes from: {read}"
    );
    assert!(
        read.contains("Third floor") && !read.contains("Insulin"),
        "{read}"
    );
    assert!(!read.contains("Retour à domicile"), "{read}");
    let shown = raman.screen(&["case", "show", team]).await;
    assert!(
        shown.contains("shared with Community under consent #"),
        "{shown}"
    );
    (partner, floor)
}

async fn withdraw(story: &Story, partner: &str, floor: &str) {
    let (amelie, raman, luc, team) = (&story.amelie, &story.raman, &story.luc, &*story.team);
    // The patient changes her mind: whoever recorded it withdraws it, at any desk of hers.
    let consent = amelie.asked(team, "consent").await;
    let step = [
        "respond",
        team,
        &consent,
        "withdraw",
        "--note",
        "Elle a changé d’avis",
    ];
    amelie.json(&step).await;
    // Sends what follows from it, if that was not sent with it.
    amelie.json(&["inbox"]).await;
    let over = luc.screen(&["case", "show", partner]).await;
    for told in [
        "ENDED",
        "consent to share was withdrawn",
        "What was read stays read",
    ] {
        assert!(over.contains(told), "{told}: {over}");
    }
    assert!(
        over.contains("Third floor"),
        "what was read stays read: {over}"
    );
    let cases = luc.json(&["case", "list"]).await;
    assert_eq!(cases[0]["left"], true, "the device is out");
    let late = amelie.refusal(&["say", partner, "too late"]).await;
    assert!(late.contains("has ended"), "{late}");

    let shown = raman.screen(&["case", "show", team]).await;
    assert!(
        shown.contains("ENDED") && shown.contains("stays read"),
        "{shown}"
    );
    let huddle = raman.screen(&["huddle"]).await;
    assert!(
        huddle.contains("INTERRUPTED Referral: Popote roulante"),
        "{huddle}"
    );
    let refused = amelie.refusal(&referral(team)).await;
    assert!(refused.contains("not in force"), "{refused}");
    let refused = amelie
        .refusal(&[&["share", team, floor], &WITH[..]].concat())
        .await;
    assert!(refused.contains("begin one"), "{refused}");
}

async fn begin_anew(story: &Story, partner: &str, floor: &str) {
    let (amelie, luc, team) = (&story.amelie, &story.luc, &*story.team);
    // With a new consent it begins anew.
    let agreed = [
        "consent",
        team,
        "Repas à domicile",
        "--with",
        "community.internal",
        "--share",
        "social",
        "--decided-by",
        "Marguerite Lavoie",
        "--given",
        "written",
    ];
    amelie.json(&agreed).await;
    amelie.json(&referral(team)).await;
    amelie
        .json(&[&["share", team, floor], &WITH[..]].concat())
        .await;
    let begun = luc.other(partner).await;
    let begun = luc.screen(&["case", "show", &begun]).await;
    assert!(begun.contains("Third floor"), "{begun}");
}

#[tokio::test]
async fn the_patient_and_a_caregiver_whom_they_have_named_have_a_conversation_of_their_own() {
    let story = begin().await;
    let (amelie, raman, team) = (&story.amelie, &story.raman, &*story.team);
    let patient = story
        .town
        .enrol("clinic.internal", "Marguerite Lavoie")
        .await;
    let julie = story.town.enrol("clinic.internal", "Julie Lavoie").await;
    let (patient, julie) = (Desk::of(patient).await, Desk::of(julie).await);
    let open = [
        "case",
        "patient",
        team,
        "--person",
        "Marguerite Lavoie",
        "--yes",
    ];
    let both = [&open[..], &["--caregiver", "Julie Lavoie"]].concat();
    let refused = amelie.refusal(&both).await;
    assert!(
        refused.contains("no consent to share with them is recorded"),
        "{refused}"
    );
    let consent = [
        "consent",
        team,
        "Aide à la maison",
        "--person",
        "Julie Lavoie",
        "--share",
        "social",
        "--decided-by",
        "Marguerite Lavoie",
        "--given",
        "verbal",
    ];
    let consent = number(&amelie.json(&consent).await);
    let opened = amelie.json(&both).await;
    let talk = opened["view"]["case"].as_str().unwrap().to_owned();
    for desk in [&patient, &julie] {
        let screen = desk.screen(&["case", "show", &talk]).await;
        assert!(
            screen.contains("The care team also has a conversation of its own"),
            "{screen}"
        );
        assert!(!screen.contains("Retour à domicile"), "{screen}");
    }

    // The patient is a co-author of the plan, and the team sees what she proposes.
    let goal = [
        "plan",
        "goal",
        &talk,
        "Marcher jusqu’au marché",
        "--to",
        "NAV",
        "--by",
        "2027-05-01",
    ];
    patient.json(&goal).await;
    amelie.json(&["inbox"]).await;
    let shown = raman.screen(&["case", "show", team]).await;
    assert!(
        shown.contains("WITH THE PATIENT") && shown.contains("Marcher jusqu’au marché"),
        "{shown}"
    );

    // Julie reads along, so nothing goes there that she was not named for.
    let said = number(
        &raman
            .json(&["say", team, "Sleeps badly since the funeral."])
            .await,
    );
    let share = [
        "share",
        team,
        &said,
        "--with",
        "Marguerite",
        "--yes",
        "--as",
    ];
    let refused = amelie
        .refusal(&[&share[..], &["mental-health"]].concat())
        .await;
    assert!(refused.contains("does not cover"), "{refused}");
    let step = [
        "respond",
        team,
        &consent,
        "withdraw",
        "--note",
        "Ne veut plus",
    ];
    amelie.json(&step).await;
    amelie.json(&["inbox"]).await;
    let cases = julie.json(&["case", "list"]).await;
    assert_eq!(cases[0]["left"], true);
    amelie
        .json(&[&share[..], &["mental-health"]].concat())
        .await;
    let read = patient.screen(&["case", "show", &talk]).await;
    assert!(read.contains("Sleeps badly"), "{read}");
    let out = julie.screen(&["case", "show", &talk]).await;
    assert!(!out.contains("Sleeps badly"), "{out}");
}
