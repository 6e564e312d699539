//! See `relais_fuzz::targets::requests`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| relais_fuzz::targets::requests::run(input));
