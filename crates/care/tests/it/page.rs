//! The published catalogue is the one that the reducer follows.

use std::{env, fs, path::PathBuf};

#[test]
fn the_catalogue_page_is_current() {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../proto/CATALOGUE.md");
    let page = relais_care::catalogue::markdown();
    if env::var_os("RELAIS_BLESS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let published = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        published == page,
        "proto/CATALOGUE.md is not current: run RELAIS_BLESS=1 cargo test -p relais-care"
    );
}
