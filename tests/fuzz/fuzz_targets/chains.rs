//! See `relais_fuzz::targets::chains`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| relais_fuzz::targets::chains::run(input));
