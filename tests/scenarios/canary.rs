//! The server and whoever taps the wire learn nothing of what is said.

use std::{fs, path::Path};

use relais_care::{
    AcknowledgementRequest, CaseOpened, Consult, ConsultClass, ConversationKind, Correction,
    DeclineReason, Language, LoopState, Occupancy, Patient, Referral, Task, TeamChanged,
    Transition,
};
use relais_client::{Opening, TeamChange};
use relais_tests::{Fault, PATIENCE, Proxy, Town};

/// Unique words, one for each field that holds content.
#[derive(Default)]
struct Canaries(Vec<String>);

impl Canaries {
    fn release(&mut self, field: &str) -> String {
        let canary = format!(
            "canari-{field}-{:04x}é",
            0xbeef_usize.wrapping_mul(self.0.len() + 7) & 0xffff
        );
        self.0.push(canary.clone());
        canary
    }
}

#[tokio::test]
#[expect(
    clippy::too_many_lines,
    reason = "one case, in which every field is filled once"
)]
async fn nothing_that_is_said_reaches_the_server_its_logs_or_the_wire() {
    let town = Town::found().await;
    let wire = Proxy::start(town.node.address(), Fault::None).await;
    let anne = town
        .enrol_at(wire.address(), "hospital.internal", "Anne")
        .await;
    let bruno = town
        .enrol_at(wire.address(), "clinic.internal", "Bruno")
        .await;
    let mut canaries = Canaries::default();
    let mut new = |field: &str| canaries.release(field);

    let seats = vec![anne.seat(), bruno.seat()];
    let (hers, his) = (seats[0].id, seats[1].id);
    let holds = |seat, person: &relais_tests::Person| Occupancy {
        seat,
        person: Some(person.team_person()),
    };
    let content = CaseOpened {
        title: new("title"),
        purpose: new("purpose"),
        patient: Some(Patient {
            display_name: new("patient"),
            birth_date: "1949-07-31".to_owned(),
            language: "fr".to_owned(),
        }),
        conversation: ConversationKind::Team,
        seats,
        occupancies: vec![holds(hers, &anne), holds(his, &bruno)],
    };
    let opening = Opening {
        content,
        language: Language::French,
        parent: None,
        policy: relais_client::CasePolicy::default(),
    };
    let case = anne.client.open_case(opening).await.unwrap();
    let theirs = bruno.case(case.id()).await;

    let text = new("text");
    let said = case
        .post(Language::French, move |draft| draft.text(text))
        .await
        .unwrap();
    let correction = Correction {
        target: said,
        reason: new("correction-reason"),
        replacement: new("correction-replacement"),
    };
    let consult = Consult {
        specialty: new("specialty"),
        question: new("question"),
        class: ConsultClass::Advice,
    };
    let referral = Referral {
        service: None,
        service_display_name: new("service"),
        reason: new("referral-reason"),
        needs: vec![new("need")],
        consent: new("consent"),
        outcome_wanted: new("outcome"),
    };
    let task = Task {
        what: new("task"),
        due: None,
    };
    let request = AcknowledgementRequest {
        what: new("acknowledge"),
    };
    let consult = case
        .post(Language::French, move |draft| draft.consult(his, consult))
        .await
        .unwrap();
    let referral = case
        .post(Language::French, move |draft| draft.referral(his, referral))
        .await
        .unwrap();
    case.post(Language::French, move |draft| draft.task(his, task))
        .await
        .unwrap();
    let asked = case
        .post(Language::French, move |draft| {
            draft.acknowledgement_request(his, request)
        })
        .await
        .unwrap();
    case.post(Language::French, move |draft| draft.correction(correction))
        .await
        .unwrap();
    theirs
        .wait_until(PATIENCE, |view| view.loops.len() == 4)
        .await
        .unwrap();

    let mut decline = Transition::new(referral, LoopState::Declined).note(new("decline"));
    decline.decline_reason = Some(DeclineReason::NoCapacity);
    decline.alternative = new("alternative");
    theirs
        .post(Language::French, move |draft| draft.transition(decline))
        .await
        .unwrap();
    let answer = Transition::new(consult, LoopState::Answered).note(new("answer"));
    theirs
        .post(Language::French, move |draft| draft.transition(answer))
        .await
        .unwrap();
    theirs.acknowledge(asked).await.unwrap();
    let chloe = town
        .enrol_at(wire.address(), "clinic.internal", "Chloé")
        .await;
    let content = TeamChanged {
        seats_added: vec![],
        occupancies: vec![holds(his, &chloe)],
        reason: new("leave"),
        history: relais_care::HistoryPolicy::All,
    };
    case.wait_until(PATIENCE, |view| {
        view.find_loop(asked).is_some_and(|asked| !asked.is_open())
    })
    .await
    .unwrap();
    case.change_team(TeamChange {
        content,
        language: Language::French,
    })
    .await
    .unwrap();
    let newcomer = chloe.case(case.id()).await.view().await.unwrap();
    for person in [&anne, &chloe] {
        person.client.settle(PATIENCE).await.unwrap();
    }

    // The newcomer reads everything: the words are in the system, and the search works.
    let read = serde_json::to_string(&newcomer).unwrap();
    for canary in canaries
        .0
        .iter()
        .filter(|canary| !canary.contains("canari-leave"))
    {
        assert!(
            read.contains(canary.as_str()),
            "the newcomer does not see {canary}"
        );
    }
    for canary in &canaries.0 {
        let canary = canary.trim_end_matches('é').as_bytes();
        assert_eq!(holding(town.node.data_dir(), canary), [] as [String; 0]);
        assert!(
            !contains(&fs::read(town.node.log()).unwrap(), canary),
            "the log holds a canary"
        );
        assert!(!contains(&wire.seen(), canary), "the wire showed a canary");
    }
    assert!(wire.seen().len() > 50_000, "the wire was tapped");
    // The search finds what the server does know.
    assert!(!holding(town.node.data_dir(), b"hospital.internal").is_empty());
}

/// The files below `dir` that hold `needle`.
fn holding(dir: &Path, needle: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(holding(&path, needle));
        } else if contains(&fs::read(&path).unwrap(), needle) {
            found.push(path.display().to_string());
        }
    }
    found
}

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}
