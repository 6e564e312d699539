//! See `relais_fuzz::targets::deliveries`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| relais_fuzz::targets::deliveries::run(input));
