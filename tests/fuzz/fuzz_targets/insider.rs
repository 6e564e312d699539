//! See `relais_fuzz::targets::insider`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| relais_fuzz::targets::insider::run(input));
