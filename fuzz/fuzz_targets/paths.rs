#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| roundsman_fuzz::paths::try_on(input));
