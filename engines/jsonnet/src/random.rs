//! The source of randomness that the crate getrandom asks for: the same bytes each time. The parser of `std.parseYaml` seeds its tables
//! with them; no answer depends on them.

#[allow(unsafe_code, reason = "getrandom looks for this symbol, and passes a pointer")]
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(to: *mut u8, length: usize) -> Result<(), getrandom::Error> {
    // SAFETY: getrandom passes a buffer of that length.
    unsafe { std::ptr::write_bytes(to, 0x2a, length) };
    Ok(())
}
