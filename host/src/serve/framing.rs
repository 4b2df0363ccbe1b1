//! Where a request in HTTP/1.1 ends: what hyper leaves to its user.
//!
//! A proxy and this server must see the same end, or the rest of one request is the begin of another that no proxy has
//! looked at (request smuggling). hyper refuses lengths that contradict each other or are no numbers, and transfer
//! codings that do not end in `chunked`. It accepts others before it, such as `identity, chunked`, and `chunked` beside
//! `Content-Length`; proxies differ in what they make of these (RFC 9112, 6.1).

use axum::http::{HeaderMap, header};

/// How a request says where it ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Framing {
    /// By a length, or it has no body.
    Length,
    /// By `chunked`. A length beside it is not seen here, so that it must be the last request of its connection.
    Chunked,
    /// In a way that is not supported.
    Unsupported,
}

impl Framing {
    /// How these headers say it.
    pub(super) fn of(headers: &HeaderMap) -> Self {
        let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
        match (codings.next(), codings.next()) {
            (None, _) => Self::Length,
            (Some(one), None) if one.as_bytes().eq_ignore_ascii_case(b"chunked") => Self::Chunked,
            _ => Self::Unsupported,
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    #[test]
    fn only_a_single_chunked_is_supported() {
        let of = |values: &[&'static str]| {
            let headers = values.iter().map(|value| {
                let value = HeaderValue::from_static(value);
                (header::TRANSFER_ENCODING, value)
            });
            let mut map = HeaderMap::new();
            map.extend(headers);
            Framing::of(&map)
        };
        assert_eq!(of(&[]), Framing::Length);
        assert_eq!(
            (of(&["chunked"]), of(&["Chunked"])),
            (Framing::Chunked, Framing::Chunked)
        );
        for values in [
            &["identity"][..],
            &["identity, chunked"],
            &["identity", "chunked"],
            &["chunked", "chunked"],
            &["chunked, chunked"],
            &["gzip, chunked"],
            &["chunked;a=b"],
            &["xchunked"],
            &["\"chunked\""],
            &[""],
            &["", "chunked"],
            &[", chunked"],
        ] {
            assert_eq!(of(values), Framing::Unsupported, "{values:?}");
        }
    }
}
