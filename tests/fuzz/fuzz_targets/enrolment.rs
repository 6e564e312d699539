//! See `relais_fuzz::targets::enrolment`.
#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| relais_fuzz::targets::enrolment::run(input));
