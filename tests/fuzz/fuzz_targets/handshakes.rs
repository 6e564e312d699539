//! See `relais_fuzz::targets::handshakes`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| relais_fuzz::targets::handshakes::run(input));
