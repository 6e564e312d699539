//! What the product says to people stands in Fluent files, in every language.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

/// The crates that speak.
const SPEAKERS: &[&str] = &["care", "cli"];
/// What calls a sentence by its id.
const CALLS: &[&str] = &["text(", "fill(", "say(", "Said::of("];
/// Files without English: that of the help stands at the commands themselves, that of alarms
/// and published reasons at their types.
const FRENCH_ALONE: &[&str] = &["help.ftl", "alarm.ftl", "reason.ftl"];
/// What the ids of those begin with.
const FRENCH_IDS: &[&str] = &["help-", "alarm-", "breach-", "reason-", "client-"];

fn crate_folder(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../crates")
        .join(name)
}

/// Ids and the values that each takes, of all files of a language that have English.
fn sentences(name: &str, language: &str) -> BTreeMap<String, BTreeSet<String>> {
    let mut found: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for file in fs::read_dir(crate_folder(name).join("texts").join(language)).unwrap() {
        let path = file.unwrap().path();
        if FRENCH_ALONE.iter().any(|name| path.ends_with(name)) {
            continue;
        }
        let mut current = String::new();
        for line in fs::read_to_string(&path).unwrap().lines() {
            let starts = line.starts_with(|c: char| c.is_ascii_alphabetic());
            if let Some((id, _)) = line.split_once(" =").filter(|_| starts) {
                id.clone_into(&mut current);
                let values = found.insert(current.clone(), BTreeSet::new());
                assert!(
                    values.is_none(),
                    "{}: {current} stands twice",
                    path.display()
                );
            }
            let values = line.split('$').skip(1).map(|rest| {
                let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
                rest[..end.unwrap_or(rest.len())].to_owned()
            });
            if let Some(all) = found.get_mut(&current) {
                all.extend(values);
            }
        }
    }
    found
}

fn sources(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            sources(&path, found);
        } else if path.extension().is_some_and(|it| it == "rs") {
            found.push(fs::read_to_string(&path).unwrap());
        }
    }
}

/// The ids that stand as literals where a sentence is called.
fn called(source: &str) -> BTreeSet<&str> {
    let mut found = BTreeSet::new();
    for call in CALLS {
        for (at, _) in source.match_indices(call) {
            let rest = source[at + call.len()..].trim_start();
            // The language may come first.
            let rest = rest
                .split_once("language, ")
                .map_or(
                    rest,
                    |(before, after)| {
                        if before.len() < 24 { after } else { rest }
                    },
                );
            if let Some(id) = rest.strip_prefix('"').and_then(|it| it.split('"').next()) {
                let is_id = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
                if id.contains('-') && id.chars().all(is_id) {
                    found.insert(id);
                }
            }
        }
    }
    found
}

#[test]
fn every_sentence_is_there_in_every_language_with_the_same_values() {
    for speaker in SPEAKERS {
        let (english, french) = (sentences(speaker, "en"), sentences(speaker, "fr"));
        assert!(english.len() > 50, "{speaker} says something");
        assert_eq!(english, french, "{speaker}");
    }
}

#[test]
fn every_sentence_that_is_called_is_there_and_none_is_left_over() {
    for speaker in SPEAKERS {
        let known = sentences(speaker, "en");
        let mut all = Vec::new();
        sources(&crate_folder(speaker).join("src"), &mut all);
        let used: BTreeSet<&str> = all.iter().flat_map(|source| called(source)).collect();
        let missing: Vec<_> = used
            .iter()
            .filter(|id| !known.contains_key(**id))
            .filter(|id| !FRENCH_IDS.iter().any(|prefix| id.starts_with(prefix)))
            .collect();
        assert!(missing.is_empty(), "{speaker} lacks {missing:?}");
        // The words of closed sets are called by their codes.
        let left_over: Vec<_> = known
            .keys()
            .filter(|id| id.starts_with(|c: char| c.is_ascii_lowercase()))
            .filter(|id| {
                !all.iter()
                    .any(|source| source.contains(&format!("\"{id}\"")))
            })
            .collect();
        assert!(left_over.is_empty(), "{speaker} never says {left_over:?}");
    }
}
