//! JSON pointers (RFC 6901): `/metadata/annotations/example.com~1note`.

use std::borrow::Cow;

/// Adds a step to a pointer.
pub fn push(pointer: &mut String, step: &str) {
    pointer.push('/');
    for c in step.chars() {
        match c {
            '~' => pointer.push_str("~0"),
            '/' => pointer.push_str("~1"),
            // A pointer is part of a sentence, and a key may be anything.
            c if c.is_control() => pointer.extend(c.escape_default()),
            c => pointer.push(c),
        }
    }
}

/// The steps of a pointer; `None` when it does not begin with a slash or has a bad escape.
/// The empty pointer has no steps.
pub fn steps(pointer: &str) -> Option<Vec<Cow<'_, str>>> {
    match pointer.strip_prefix('/') {
        Some(rest) => rest.split('/').map(unescape).collect(),
        None => pointer.is_empty().then(Vec::new),
    }
}

fn unescape(step: &str) -> Option<Cow<'_, str>> {
    if !step.contains('~') {
        return Some(Cow::Borrowed(step));
    }
    let mut plain = String::with_capacity(step.len());
    let mut chars = step.chars();
    while let Some(c) = chars.next() {
        match c {
            '~' => plain.push(match chars.next()? {
                '0' => '~',
                '1' => '/',
                _ => return None,
            }),
            c => plain.push(c),
        }
    }
    Some(Cow::Owned(plain))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_comes_back() {
        for step in ["", "a", "a/b", "~", "~1", "/~0/"] {
            let mut pointer = String::new();
            push(&mut pointer, step);
            assert_eq!(steps(&pointer).unwrap(), [step]);
        }
        assert_eq!(steps("").unwrap().len(), 0);
        assert_eq!(steps("a"), None);
        assert_eq!(steps("/~2"), None);
        assert_eq!(steps("/~"), None);
    }
}
