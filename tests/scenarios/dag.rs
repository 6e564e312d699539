//! The borders between the crates, as crates/README.md draws them.

use std::collections::{BTreeMap, BTreeSet};

use crate::workspace::{cargo, packages};

/// What each crate may use of ours. A crate that is not listed may not exist.
const MAY_USE: &[(&str, &[&str])] = &[
    ("types", &[]),
    ("proto", &["types"]),
    ("care", &["types", "proto"]),
    ("mls", &["types"]),
    ("transparency", &["types"]),
    ("store", &["types"]),
    ("service", &["types", "mls", "transparency", "store"]),
    (
        "server",
        &["types", "proto", "mls", "transparency", "store", "service"],
    ),
    ("engine", &["types", "proto", "mls", "transparency", "care"]),
    (
        "client",
        &["types", "proto", "mls", "transparency", "care", "engine"],
    ),
    (
        "cli",
        &["types", "proto", "transparency", "care", "client", "server"],
    ),
];

/// May use every crate: the harness and the scenarios.
const TESTS: &str = "tests";

/// Others' crates that belong to few of ours: a prefix of the name, and who may depend on it.
const OWNERS: &[(&str, &[&str])] = &[
    ("openmls", &["mls"]),
    ("sqlx", &["store", "client"]),
    ("rusqlite", &[]),
    ("libsqlite3", &["store", "client"]),
    ("tonic", &["proto", "server", "client", "tests"]),
];

/// What would keep the client core out of a browser or out of a simulation.
const OUTSIDE_THE_CORE: &[&str] = &[
    "aws-lc-sys",
    "h2",
    "hyper",
    "libsqlite3-sys",
    "mio",
    "reqwest",
    "ring",
    "rusqlite",
    "socket2",
    "sqlx",
    "sqlx-core",
    "tokio",
    "tonic",
];

/// One direct dependency of one of our crates.
struct Edge {
    from: String,
    to: String,
    /// Used by the tests of `from` alone.
    dev: bool,
}

/// All direct dependencies; our own crates go by the name of their folder.
fn edges() -> Vec<Edge> {
    let mut edges = Vec::new();
    for package in packages() {
        for dependency in package["dependencies"].as_array().unwrap() {
            edges.push(Edge {
                from: folder(package["name"].as_str().unwrap()),
                to: folder(dependency["name"].as_str().unwrap()),
                dev: dependency["kind"] == "dev",
            });
        }
    }
    edges
}

fn folder(package: &str) -> String {
    package
        .strip_prefix("relais-")
        .unwrap_or(package)
        .to_owned()
}

fn ours() -> BTreeSet<String> {
    packages()
        .iter()
        .map(|package| folder(package["name"].as_str().unwrap()))
        .collect()
}

/// The packages that a build of `package` alone would link, for the machine that runs
/// this and for a browser. Features count as that one build would choose them.
fn linked_by(package: &str) -> BTreeSet<String> {
    let host = cargo(&tree(package, &[]));
    let browser = cargo(&tree(package, &["--target", "wasm32-unknown-unknown"]));
    host.lines()
        .chain(browser.lines())
        .filter_map(|line| line.split_whitespace().next())
        .map(str::to_owned)
        .collect()
}

fn tree<'a>(package: &'a str, more: &[&'a str]) -> Vec<&'a str> {
    let mut args = vec!["tree", "--edges", "normal", "--prefix", "none"];
    args.extend(["--package", package]);
    args.extend(more);
    args
}

#[test]
fn every_crate_uses_only_what_the_architecture_lists() {
    let may_use: BTreeMap<_, _> = MAY_USE.iter().copied().collect();
    let ours = ours();
    let listed: BTreeSet<String> = may_use
        .keys()
        .copied()
        .chain([TESTS])
        .map(str::to_owned)
        .collect();
    assert_eq!(
        ours, listed,
        "list a new crate here and in crates/README.md"
    );

    let refused: Vec<String> = edges()
        .iter()
        .filter(|edge| !edge.dev && edge.from != TESTS && ours.contains(&edge.to))
        .filter(|edge| !may_use[edge.from.as_str()].contains(&edge.to.as_str()))
        .map(|edge| format!("{} -> {}", edge.from, edge.to))
        .collect();
    assert!(refused.is_empty(), "not in the architecture: {refused:?}");
}

#[test]
fn tests_of_a_crate_close_no_cycle() {
    let ours = ours();
    let mut waiting: BTreeMap<String, BTreeSet<String>> = ours
        .iter()
        .map(|name| (name.clone(), BTreeSet::new()))
        .collect();
    for edge in edges() {
        // A crate's tests may name the crate itself to turn on one of its features.
        if ours.contains(&edge.to) && edge.from != edge.to {
            waiting.get_mut(&edge.from).unwrap().insert(edge.to);
        }
    }
    // Take away what depends on nothing until nothing is left.
    while let Some(free) = waiting
        .iter()
        .find(|(_, uses)| uses.is_empty())
        .map(|(name, _)| name.clone())
    {
        waiting.remove(&free);
        for uses in waiting.values_mut() {
            uses.remove(&free);
        }
    }
    assert!(waiting.is_empty(), "a cycle among {waiting:?}");
}

#[test]
fn crates_of_others_stay_with_their_owner() {
    let mut refused = Vec::new();
    for edge in edges() {
        for (prefix, owners) in OWNERS {
            if edge.to.starts_with(prefix) && !owners.contains(&edge.from.as_str()) {
                refused.push(format!("{} -> {}", edge.from, edge.to));
            }
        }
    }
    assert!(refused.is_empty(), "belongs to another crate: {refused:?}");
}

#[test]
fn the_server_cannot_understand_what_it_carries() {
    let linked = linked_by("relais-server");
    assert!(linked.contains("relais-service"), "{linked:?}");
    for crate_of_the_clients in ["relais-care", "relais-engine", "relais-client"] {
        assert!(
            !linked.contains(crate_of_the_clients),
            "relais-server links {crate_of_the_clients}"
        );
    }
}

#[test]
fn the_client_core_does_no_io() {
    for package in [
        "relais-types",
        "relais-care",
        "relais-mls",
        "relais-transparency",
        "relais-engine",
    ] {
        let linked = linked_by(package);
        let refused: Vec<&str> = OUTSIDE_THE_CORE
            .iter()
            .copied()
            .filter(|name| linked.contains(*name))
            .collect();
        assert!(refused.is_empty(), "{package} links {refused:?}");
    }
}
