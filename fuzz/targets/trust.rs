#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| metawasm_fuzz::registry::fuzz::trust(data));
