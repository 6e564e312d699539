//! See `relais_fuzz::targets::refusals`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| relais_fuzz::targets::refusals::run(input));
