//! The workspace as `cargo` and `git` see it. Nothing here compiles anything.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use serde_json::Value;

/// The folder of the workspace.
pub(crate) fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_path_buf()
}

/// What `program` prints when it is run in the workspace's folder.
pub(crate) fn output(program: &str, args: &[&str]) -> String {
    let output = Command::new(program)
        .args(args)
        .current_dir(root())
        .output()
        .unwrap_or_else(|error| panic!("{program} cannot be started: {error}"));
    assert!(
        output.status.success(),
        "{program} {args:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap()
}

/// What `cargo` prints.
pub(crate) fn cargo(args: &[&str]) -> String {
    let cargo = std::env::var("CARGO").unwrap_or_else(|_| "cargo".into());
    output(&cargo, args)
}

/// Every package of the workspace, from `cargo metadata --no-deps`.
pub(crate) fn packages() -> Vec<Value> {
    let text = cargo(&["metadata", "--no-deps", "--format-version=1"]);
    let metadata: Value = serde_json::from_str(&text).unwrap();
    metadata["packages"].as_array().unwrap().clone()
}

/// The files that git tracks, as paths from the top.
pub(crate) fn tracked() -> Vec<String> {
    output("git", &["ls-files", "-z"])
        .split_terminator('\0')
        .map(str::to_owned)
        .filter(|path| root().join(path).exists())
        .collect()
}
