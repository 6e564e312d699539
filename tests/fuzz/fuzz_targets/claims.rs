//! See `relais_fuzz::targets::claims`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| relais_fuzz::targets::claims::run(input));
