//! The pages stay true: a link leads somewhere, a path that is named exists, and every
//! decision is in the index.

use std::{fs, path::Path};

use crate::workspace::{root, tracked};

/// Folders whose paths, in backquotes, are meant literally.
const NAMED: &[&str] = &["crates/", "proto/", "tests/"];

fn pages() -> Vec<(String, String)> {
    tracked()
        .into_iter()
        .filter(|path| Path::new(path).extension().is_some_and(|end| end == "md"))
        .map(|path| {
            let text = fs::read_to_string(root().join(&path)).unwrap();
            (path, text)
        })
        .collect()
}

/// The parts of `text` between `open` and the next `close`.
fn between<'a>(text: &'a str, open: &'a str, close: char) -> impl Iterator<Item = &'a str> {
    text.split(open)
        .skip(1)
        .filter_map(move |rest| rest.split_once(close).map(|(inside, _)| inside))
}

/// The text without fenced blocks, where nothing is a link.
fn prose(text: &str) -> String {
    text.split("```").step_by(2).collect()
}

#[test]
fn every_link_leads_somewhere() {
    let mut broken = Vec::new();
    for (page, text) in pages() {
        let folder = root().join(&page).parent().unwrap().to_path_buf();
        for link in between(&prose(&text), "](", ')') {
            let target = link.split('#').next().unwrap_or(link);
            let elsewhere = target.is_empty() || target.contains("://");
            if !elsewhere && !folder.join(target).exists() {
                broken.push(format!("{page}: {link}"));
            }
        }
    }
    assert!(broken.is_empty(), "{broken:#?}");
}

#[test]
fn every_named_path_exists() {
    let mut missing = Vec::new();
    for (page, text) in pages() {
        for named in prose(&text).split('`').skip(1).step_by(2) {
            let literal = NAMED.iter().any(|folder| named.starts_with(folder))
                && !named.contains(['*', '<', '…', ' ']);
            if literal && !root().join(named).exists() {
                missing.push(format!("{page}: {named}"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
}

#[test]
fn every_decision_is_in_the_index() {
    let index = fs::read_to_string(root().join("crates/adr/README.md")).unwrap();
    let missing: Vec<String> = tracked()
        .into_iter()
        .filter_map(|path| path.strip_prefix("crates/adr/").map(str::to_owned))
        .filter(|name| name != "README.md" && !index.contains(&format!("({name})")))
        .collect();
    assert!(missing.is_empty(), "{missing:?}");
}
