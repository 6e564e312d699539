//! Writes the inputs that the targets begin with below `tests/fuzz/corpus`.
#![no_main]

use std::{fs, io, path::Path, process};

// Code with coverage counters links only where libFuzzer does.
libfuzzer_sys::fuzz_target!(init: written(), |input: &[u8]| unreachable!("{input:?}"));

/// Ends the process before there is anything to run.
fn written() {
    if let Err(error) = write() {
        eprintln!("the corpus cannot be written: {error}");
        process::exit(1);
    }
    process::exit(0);
}

fn write() -> io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (target, seeds) in relais_fuzz::targets::seeds() {
        let folder = corpus.join(target);
        fs::create_dir_all(&folder)?;
        for (name, bytes) in seeds {
            fs::write(folder.join(name), bytes)?;
        }
    }
    Ok(())
}
