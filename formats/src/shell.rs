//! Words of commands that a person pastes into a shell.

/// Returns a text as one word of a shell.
pub fn word(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || "/._-:@+,".contains(c);
    if !text.is_empty() && !text.starts_with('-') && text.chars().all(is_plain) {
        return text.to_owned();
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_shell_would_read_in_another_way_is_quoted() {
        for (text, expected) in [
            ("plugins/function.wasm", "plugins/function.wasm"),
            (
                "oci://r.example:5000/a@sha256:0",
                "oci://r.example:5000/a@sha256:0",
            ),
            ("", "''"),
            ("my plugins/a.wasm", "'my plugins/a.wasm'"),
            ("-f", "'-f'"),
            ("it's", r"'it'\''s'"),
            ("$(x)", "'$(x)'"),
        ] {
            assert_eq!(word(text), expected);
        }
    }
}
