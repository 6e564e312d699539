//! See `relais_fuzz::targets::entries`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| relais_fuzz::targets::entries::run(input));
