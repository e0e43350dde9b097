#![no_main]

libfuzzer_sys::fuzz_target!(|input: &[u8]| roundsman_fuzz::component::try_on(input));
