//! The text files that keys and signatures are in.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Returns the text of a small file.
pub(super) fn text<E>(bytes: &[u8], limit: usize, large: E, other: E) -> Result<&str, E> {
    if bytes.len() > limit {
        return Err(large);
    }
    std::str::from_utf8(bytes).map_err(|_| other)
}

/// Decodes base64 of an exact number of bytes.
pub(super) fn exact<const N: usize>(base64: &str) -> Option<[u8; N]> {
    STANDARD.decode(base64.trim_end()).ok()?.try_into().ok()
}

/// Takes the first bytes off.
pub(super) fn take<'a, const N: usize>(bytes: &mut &'a [u8]) -> Option<&'a [u8; N]> {
    let (first, rest) = bytes.split_first_chunk()?;
    *bytes = rest;
    Some(first)
}

/// Encodes base64.
pub(super) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

/// Writes a PEM section.
pub(super) fn pem(label: &str, der: &[u8]) -> String {
    let text = base64(der);
    let mut out = format!("-----BEGIN {label}-----\n");
    for line in text.as_bytes().chunks(64) {
        out.push_str(&String::from_utf8_lossy(line));
        out.push('\n');
    }
    out + &format!("-----END {label}-----\n")
}

/// Decodes base64.
pub(super) fn decode(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}
