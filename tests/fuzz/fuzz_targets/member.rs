//! See `relais_fuzz::targets::member`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| relais_fuzz::targets::member::run(input));
