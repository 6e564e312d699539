//! Writes the inputs that the targets begin with below `tests/fuzz/corpus`.
#![no_main]

use std::{fs, io, path::Path, process};

// Code with coverage counters links only where libFuzzer does.
libfuzzer_sys::fuzz_target!(
    init: process::exit(written()),
    |input: &[u8]| unreachable!("{input:?}")
);

fn written() -> i32 {
    if let Err(error) = write() {
        eprintln!("the corpus cannot be written: {error}");
        return 1;
    }
    0
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
