#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| roundsman_fuzz::cache::try_on(input));
