//! See `relais_fuzz::targets::secrets`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| relais_fuzz::targets::secrets::run(input));
