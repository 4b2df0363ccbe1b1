//! The source of randomness that the crate getrandom asks for: there is none.

#[allow(unsafe_code, reason = "getrandom looks for this symbol")]
#[unsafe(no_mangle)]
unsafe extern "Rust" fn __getrandom_v03_custom(_: *mut u8, _: usize) -> Result<(), getrandom::Error> {
    Err(getrandom::Error::UNSUPPORTED)
}
