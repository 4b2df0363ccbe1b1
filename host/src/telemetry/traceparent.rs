//! The header `traceparent` of W3C Trace Context, which identifies the trace of a request.
//!
//! It is read strictly: an invalid header is ignored, as the standard requires.

use std::fmt;

/// The ID of a trace, never zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct TraceId(pub(super) u128);

/// The ID of a span, never zero.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct SpanId(pub(super) u64);

/// The trace context of a caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TraceContext {
    /// The trace.
    pub trace: TraceId,
    /// The caller's span.
    pub span: SpanId,
    /// Whether the caller samples the trace.
    pub sampled: bool,
}

/// Length of a header of version 00.
const LENGTH: usize = 55;

impl TraceContext {
    /// Parses the header. Returns `None` if it is invalid. Versions later than 00 may have more fields after the flags.
    pub fn parse(header: &[u8]) -> Option<Self> {
        let (known, rest) = header.split_at_checked(LENGTH)?;
        let mut parts = known.split(|byte| *byte == b'-');
        let version = hex(parts.next()?, 2)?;
        let trace = hex(parts.next()?, 32)?;
        let span = hex(parts.next()?, 16)?;
        let flags = hex(parts.next()?, 2)?;
        let whole = match version {
            0 => rest.is_empty(),
            0xff => false,
            _ => rest.is_empty() || rest.starts_with(b"-"),
        };
        let span = u64::try_from(span).ok()?;
        (whole && trace != 0 && span != 0).then_some(Self {
            trace: TraceId(trace),
            span: SpanId(span),
            sampled: flags & 1 == 1,
        })
    }
}

/// Parses a number of lower-case hexadecimal digits.
fn hex(digits: &[u8], length: usize) -> Option<u128> {
    let lower = |byte: &u8| byte.is_ascii_digit() || (b'a'..=b'f').contains(byte);
    if digits.len() != length || !digits.iter().all(lower) {
        return None;
    }
    u128::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok()
}

impl fmt::Display for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Display for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl fmt::Debug for TraceId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for SpanId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GOOD: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    #[test]
    fn a_good_header_is_read() {
        let context = TraceContext::parse(GOOD.as_bytes()).unwrap();
        assert_eq!(context.trace.to_string(), "0af7651916cd43dd8448eb211c80319c");
        assert_eq!(context.span.to_string(), "b7ad6b7169203331");
        assert!(context.sampled);
        for (flags, sampled) in [("00", false), ("02", false), ("03", true), ("ff", true)] {
            let header = GOOD.replace("-01", &format!("-{flags}"));
            assert_eq!(TraceContext::parse(header.as_bytes()).unwrap().sampled, sampled);
        }
        for later in ["", "-", "-what-the-future-may-bring"] {
            let header = format!("{}{later}", GOOD.replacen("00-", "01-", 1));
            assert!(TraceContext::parse(header.as_bytes()).is_some(), "{header}");
        }
    }

    #[test]
    fn whatever_is_not_as_the_standard_has_it_is_ignored() {
        let zero = "00000000000000000000000000000000";
        let table = [
            String::new(),
            "00".to_owned(),
            GOOD[..54].to_owned(),
            format!("{GOOD}-"),
            format!("{GOOD}0"),
            format!(" {GOOD}"),
            GOOD.to_uppercase(),
            GOOD.replacen("00-", "ff-", 1),
            GOOD.replacen("00-", "0x-", 1),
            format!("{}x", GOOD.replacen("00-", "01-", 1)),
            GOOD.replace("0af7651916cd43dd8448eb211c80319c", zero),
            GOOD.replace("b7ad6b7169203331", &zero[..16]),
            GOOD.replace("b7ad6b7169203331", "b7ad6b716920333"),
            GOOD.replace("b7ad", "+7ad"),
            GOOD.replace('-', "_"),
            GOOD.replacen('-', "", 1) + "0",
            "é".repeat(40),
        ];
        for header in table {
            assert_eq!(TraceContext::parse(header.as_bytes()), None, "{header}");
        }
    }
}
