//! Every story that ships, played by the real program with a real server.

#![expect(clippy::unwrap_used, reason = "tests")]

use std::process::Command;

use serde_json::Value;

/// Plays a story and gives the lines that it printed.
fn play(arguments: &[&str]) -> (bool, Vec<Value>, String) {
    let output = Command::new(env!("CARGO_BIN_EXE_relais"))
        .args(arguments)
        .output()
        .unwrap();
    let told = String::from_utf8(output.stderr).unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let lines = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    (output.status.success(), lines, told)
}

fn assert_holds(story: &str) -> Value {
    let (total, keys) = total_of(story);
    assert_eq!(
        keys,
        [
            "commits",
            "elapsed_ms",
            "entries",
            "loops",
            "members",
            "ok",
            "receipts"
        ]
    );
    total
}

/// The last object of a story that holds, and its keys.
fn total_of(story: &str) -> (Value, Vec<String>) {
    let (ok, mut lines, told) = play(&["demo", "--json", "--story", story]);
    let failed: Vec<&Value> = lines
        .iter()
        .filter(|line| line["type"] == "check" && line["ok"] == false)
        .collect();
    assert!(ok && failed.is_empty(), "{failed:#?}\n{told}");
    let total = lines.pop().unwrap();
    let keys = total.as_object().unwrap().keys().cloned();
    let mut keys: Vec<String> = keys.collect();
    keys.sort_unstable();
    assert!(
        lines
            .iter()
            .all(|line| line["type"] == "entry" || line["type"] == "check")
    );
    let members = total["members"].as_array().unwrap();
    for member in members {
        let of_case = members
            .iter()
            .filter(|other| other["case"] == member["case"]);
        assert!(of_case.clone().count() > 1, "{member} is alone");
        assert!(
            of_case
                .into_iter()
                .all(|other| other["digest"] == member["digest"]),
            "{members:#?}"
        );
    }
    (total, keys)
}

#[test]
fn the_default_story_holds() {
    let total = assert_holds("shared-case");
    let people: std::collections::BTreeSet<&str> = total["members"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(|member| member["name"].as_str())
        .collect();
    // Eight people, one of whom has left by the end.
    assert_eq!(people.len(), 7, "{people:?}");
    assert!(total["elapsed_ms"].as_u64().unwrap() < 60_000, "{total}");
}

#[test]
fn a_discharge_holds() {
    assert_holds("discharge");
}

#[test]
fn a_navigator_with_three_services_holds() {
    assert_holds("three-services");
}

#[test]
fn one_door_to_a_hub_holds() {
    assert_holds("hub");
}

#[test]
fn a_services_plan_holds() {
    assert_holds("services-plan");
}

#[test]
fn a_navigator_with_the_community_holds() {
    assert_holds("community");
}

#[test]
fn a_team_that_changes_in_an_outbreak_holds() {
    assert_holds("outbreak");
}

#[test]
fn a_departure_holds_and_tells_how_long_it_took() {
    let (total, keys) = total_of("departure");
    assert!(keys.contains(&"revocations".to_owned()), "{keys:?}");
    let [ended] = &total["revocations"].as_array().unwrap()[..] else {
        panic!("one revocation: {total}");
    };
    let ms = |value: &Value| value.as_u64().unwrap();
    // What is promised, and nothing about how much faster it is.
    assert!(ms(&ended["cut_ms"]) < 5_000, "{ended}");
    assert!(ms(&ended["refused_ms"]) < 5_000, "{ended}");
    assert!(ended["rekeyed_by_server_ms"].is_u64(), "{ended}");
    let cases = ended["cases"].as_array().unwrap();
    assert_eq!(cases.len(), 2, "both of her cases");
    for case in cases {
        let (vacant, filled) = (ms(&case["vacant_ms"]), ms(&case["filled_ms"]));
        assert!(
            ms(&case["rekeyed_ms"]) <= vacant && vacant <= filled,
            "{case}"
        );
    }
    assert!(ms(&ended["later_messages"]) > 0, "{ended}");
    assert_eq!(ms(&ended["later_messages_opened"]), 0, "{ended}");
    // What was sent to the phone while it was away: the same attempt opens that, and the receipts
    // of others that a busy machine has put between.
    assert!(ms(&ended["earlier_messages_opened"]) >= 2, "{ended}");
    let members = total["members"].as_array().unwrap();
    assert!(
        members.iter().all(|it| it["name"] != "Samira Belkacem")
            && members.iter().any(|it| it["name"] == "Julien Caron"),
        "{members:#?}"
    );
}

#[test]
fn a_check_that_does_not_hold_is_a_failure() {
    let folder = tempfile::tempdir().unwrap();
    let script = folder.path().join("story.yaml");
    let story = "\
title: Nobody is asked
organisations:
  a: { domain: a.internal, name: First house }
  b: { domain: b.internal, name: Second house }
people:
  ann: { name: Ann, organisation: a, profession: navigator, language: en }
  bob: { name: Bob, organisation: b, profession: nurse, language: en }
steps:
- open:
    by: ann
    case: c
    title: Something to talk about
    seats:
    - { seat: navigator, role: navigator, person: ann }
    - { seat: nurse, role: nurse_case_manager, person: bob }
- say: { by: ann, case: c, id: hello, text: Good morning to you }
- expect: { entry: hello, hidden_from: [bob] }
";
    std::fs::write(&script, story).unwrap();
    let (ok, lines, told) = play(&["demo", "--json", "--script", script.to_str().unwrap()]);
    assert!(!ok);
    assert_eq!(lines.last().unwrap()["ok"], false);
    assert!(
        told.contains("`hello` is seen only by those who should"),
        "{told}"
    );

    std::fs::write(&script, story.replace("text:", "words:")).unwrap();
    let (ok, lines, told) = play(&["demo", "--json", "--script", script.to_str().unwrap()]);
    assert!(!ok && lines.is_empty());
    assert!(
        told.contains("story.yaml:16: ") && told.contains("words"),
        "{told}"
    );
}
