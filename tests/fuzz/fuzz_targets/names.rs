//! See `relais_fuzz::targets::names`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| relais_fuzz::targets::names::run(input));
