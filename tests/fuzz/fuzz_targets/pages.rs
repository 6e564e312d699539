//! See `relais_fuzz::targets::pages`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| relais_fuzz::targets::pages::run(input));
