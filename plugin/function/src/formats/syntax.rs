//! What names, labels and hosts may look like: Kubernetes' own rules, without regular
//! expressions.

/// A DNS label (RFC 1123): lower-case letters, digits and dashes, at most 63 characters,
/// letters or digits at both ends.
pub(crate) fn is_label(text: &str) -> bool {
    text.len() <= 63
        && text
            .bytes()
            .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && !text.is_empty()
        && !text.starts_with('-')
        && !text.ends_with('-')
}

/// Labels with dots between them, at most 253 characters (RFC 1123). Kubernetes allows a label
/// in it to be longer than 63.
pub(crate) fn is_subdomain(text: &str) -> bool {
    // In one pass: most names of objects are looked at more than once.
    let mut before = b'.';
    for byte in text.bytes() {
        let fits = match byte {
            b'a'..=b'z' | b'0'..=b'9' => true,
            b'-' => before != b'.',
            b'.' => before != b'.' && before != b'-',
            _ => false,
        };
        if !fits {
            return false;
        }
        before = byte;
    }
    text.len() <= 253 && before != b'.' && before != b'-'
}

/// A host name, with or without `*.` in front.
pub(crate) fn is_host(text: &str) -> bool {
    let name = text.strip_prefix("*.").unwrap_or(text);
    text.len() <= 253 && name.split('.').all(is_label)
}

/// The path of a match, of a rule of the Gateway API or an Ingress: from the root, and
/// nothing that another spelling would say too.
pub(crate) fn is_path(text: &str) -> bool {
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = match (first, after) {
            (b'%', [high, low, after @ ..]) if high.is_ascii_hexdigit() && low.is_ascii_hexdigit() => after,
            _ if first.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=:@".contains(first) => after,
            _ => return false,
        };
    }
    let unclear = ["//", "/./", "/../", "%2f", "%2F"];
    text.starts_with('/')
        && !unclear.iter().any(|part| text.contains(part))
        && !text.ends_with("/..")
        && !text.ends_with("/.")
}

/// A label's value: empty, or at most 63 letters, digits, `-`, `_` and `.`, letters or digits
/// at both ends.
pub(crate) fn is_label_value(text: &str) -> bool {
    text.is_empty() || is_name(text)
}

/// The key of a label or an annotation: a name, with or without `prefix/` in front.
pub(crate) fn is_key(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => is_subdomain(prefix) && is_name(name),
        None => is_name(text),
    }
}

/// The key of an annotation: that of a label, but Kubernetes lets its prefix be in upper case.
pub(crate) fn is_annotation_key(text: &str) -> bool {
    // Of all letters beyond ASCII, one alone has an ASCII letter as its lower case: the Kelvin
    // sign. To ask the standard library costs a table of all letters.
    let lower = text.chars().map(|c| match c {
        '\u{212a}' => 'k',
        c => c.to_ascii_lowercase(),
    });
    is_key(&lower.collect::<String>())
}

/// A plain decimal number in thousandths, what is smaller rounded to zero; nothing for any other
/// text, and for a number that is too large.
pub(crate) fn thousandths(text: &str) -> Option<i64> {
    let (is_negative, digits) = match text.strip_prefix('-') {
        Some(digits) => (true, digits),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.len() + fraction.len() == 0 || !is_number(whole) || !is_number(fraction) {
        return None;
    }
    let thousandths = fraction.bytes().chain(*b"000").take(3);
    let mut all: i64 = 0;
    for digit in whole.bytes().chain(thousandths) {
        all = all.checked_mul(10)?.checked_add(i64::from(digit - b'0'))?;
    }
    Some(if is_negative { -all } else { all })
}

/// The name of an environment variable: letters, digits, `_`, `-` and `.`, no digit in front.
pub(crate) fn is_env_name(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with(|c: char| c.is_ascii_digit())
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-' | b'.'))
        && text != "."
        && text != ".."
}

fn is_name(text: &str) -> bool {
    let inner = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_' | b'.');
    text.len() <= 63
        && text.bytes().all(inner)
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.ends_with(|c: char| c.is_ascii_alphanumeric())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(rule: fn(&str) -> bool, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(rule(text), "{text:?} is refused");
        }
        for text in bad {
            assert!(!rule(text), "{text:?} is accepted");
        }
    }

    #[test]
    fn labels() {
        let long = "a".repeat(64);
        check(
            is_label,
            &["a", "a-b", "1a", &"a".repeat(63)],
            &["", "-a", "a-", "A", "a.b", "a_b", "é", &long],
        );
    }

    #[test]
    fn subdomains() {
        let long = "a".repeat(254);
        check(
            is_subdomain,
            &["a", "a.b-c.d", &"a".repeat(253)],
            &["", "a..b", ".a", "a.", "a.-b", "A.b", &long],
        );
    }

    #[test]
    fn hosts() {
        check(
            is_host,
            &["a", "a.b", "*.a.b"],
            &["", "*", "*.", "a.*.b", "**.a", "a:80", "a/b", "http://a"],
        );
    }

    #[test]
    fn label_values_and_keys() {
        check(
            is_label_value,
            &["", "v1.0.0", "A_b-c.D"],
            &["-a", "a-", "a b", "a/b", &"a".repeat(64)],
        );
        check(
            is_key,
            &["a", "a.b/c_D", "x/y"],
            &["", "/a", "a/", "a/b/c", "A/b", "a b"],
        );
    }

    #[test]
    fn annotation_keys_are_keys_in_lower_case() {
        check(
            is_annotation_key,
            &["A.B/c_D", "a/B"],
            &["", "A/", "a b", "\u{130}", "\u{212b}"],
        );
        for c in '\0'..=char::MAX {
            let key = format!("a{c}/a{c}");
            assert_eq!(is_annotation_key(&key), is_key(&key.to_lowercase()), "{key:?}");
        }
    }

    #[test]
    fn decimal_numbers_are_read_in_thousandths() {
        for (text, expected) in [
            ("0", Some(0)),
            ("1", Some(1000)),
            ("0.01", Some(10)),
            (".5", Some(500)),
            ("-1.2345", Some(-1234)),
            ("+2.", Some(2000)),
            ("99999999999999999999", None),
            ("", None),
            (".", None),
            ("1e3", None),
            ("1 ", None),
        ] {
            assert_eq!(thousandths(text), expected, "{text}");
        }
    }

    #[test]
    fn env_names() {
        check(
            is_env_name,
            &["A", "_a", "a.b-c", "A1"],
            &["", "1A", "A=B", "A B", ".", "..", "é"],
        );
    }
}
