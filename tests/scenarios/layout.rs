//! The shape of the repository: what is at the top, how long a file is, and that every
//! crate says what it is for.

use std::{collections::BTreeSet, fs};

use crate::workspace::{packages, root, tracked};

/// What may stand at the top, besides dotfiles.
const TOP: &[&str] = &[
    "CHANGELOG.md",
    "CONTRIBUTING.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "buf.yaml",
    "clippy.toml",
    "crates",
    "deny.toml",
    "deploy",
    "justfile",
    "proto",
    "rustfmt.toml",
    "taplo.toml",
    "tests",
    "typos.toml",
];

/// Past this number of lines a file has two subjects.
const MAX_LINES: usize = 600;

/// What people write by hand.
const WRITTEN: &[&str] = &["md", "proto", "rs", "sql", "toml", "yaml", "yml"];

#[test]
fn nothing_else_stands_at_the_top() {
    let unknown: BTreeSet<String> = tracked()
        .iter()
        .map(|path| path.split('/').next().unwrap_or(path).to_owned())
        .filter(|name| !name.starts_with('.') && !TOP.contains(&name.as_str()))
        .collect();
    assert!(unknown.is_empty(), "put these into a folder: {unknown:?}");
}

/// Written from tables by a test, one section for each kind.
const GENERATED: &[&str] = &["proto/CATALOGUE.md"];

#[test]
fn no_file_has_two_subjects() {
    let mut too_long = Vec::new();
    for path in tracked() {
        let written = path
            .rsplit_once('.')
            .is_some_and(|(_, end)| WRITTEN.contains(&end));
        if written && !GENERATED.contains(&path.as_str()) {
            let lines = fs::read_to_string(root().join(&path))
                .unwrap()
                .lines()
                .count();
            if lines > MAX_LINES {
                too_long.push(format!("{path}: {lines} lines"));
            }
        }
    }
    assert!(too_long.is_empty(), "split by subject: {too_long:#?}");
}

#[test]
fn every_crate_says_what_it_is_for() {
    let mut silent = Vec::new();
    for package in packages() {
        for target in package["targets"].as_array().unwrap() {
            let kind = target["kind"][0].as_str().unwrap();
            if !matches!(kind, "lib" | "bin") {
                continue;
            }
            let path = target["src_path"].as_str().unwrap();
            let said: usize = fs::read_to_string(path)
                .unwrap()
                .lines()
                .map_while(|line| line.strip_prefix("//!"))
                .map(|line| line.trim().len())
                .sum();
            if said < 40 {
                silent.push(path.to_owned());
            }
        }
    }
    assert!(
        silent.is_empty(),
        "begin with a `//!` that says what it is for: {silent:#?}"
    );
}
