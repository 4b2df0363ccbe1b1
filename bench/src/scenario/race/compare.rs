//! Whether two answers are the same one.

use anyhow::{Context as _, Result, bail};
use metawasm_tests::plain;
use serde_json::Value;

use super::contender::Form;

/// Encoders differ in what they escape: the answer of a floor may be longer or shorter by this part.
const TOLERANCE: f64 = 0.02;

/// Compares two answers as JSON; of a floor, the size as well.
pub(super) fn same(form: Form, expected: &str, answer: &str) -> Result<()> {
    let parsed = |text: &str| -> Result<Value> {
        let value = serde_json::from_str(text).context("an answer is not JSON")?;
        Ok(plain(&value))
    };
    if let Some(path) = difference(&parsed(expected)?, &parsed(answer)?) {
        bail!("the answers differ at {path:?}");
    }
    let ratio = answer.len() as f64 / expected.len() as f64;
    if form == Form::Floor && (ratio - 1.0).abs() > TOLERANCE {
        bail!("the answers have {} and {} bytes", expected.len(), answer.len());
    }
    Ok(())
}

/// The JSON pointer of the first difference.
fn difference(one: &Value, other: &Value) -> Option<String> {
    let below =
        |key: &str, one: &Value, other: &Value| difference(one, other).map(|path| format!("/{key}{path}"));
    match (one, other) {
        (Value::Object(one), Value::Object(other)) => {
            one.keys()
                .chain(other.keys())
                .find_map(|key| match (one.get(key), other.get(key)) {
                    (Some(one), Some(other)) => below(key, one, other),
                    _ => Some(format!("/{key}")),
                })
        }
        (Value::Array(one), Value::Array(other)) if one.len() == other.len() => one
            .iter()
            .zip(other)
            .enumerate()
            .find_map(|(at, (one, other))| below(&at.to_string(), one, other)),
        _ => (one != other).then(String::new),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: &str = r#"{"status":{"replicas":1},"children":[{"kind":"Service"}]}"#;

    fn error(form: Form, one: &str, other: &str) -> String {
        same(form, one, other).unwrap_err().to_string()
    }

    #[test]
    fn answers_are_compared_as_json() {
        let other = r#"{ "children": [{"kind": "Service"}], "status": {"replicas": 1.0} }"#;
        same(Form::Hook, ONE, other).unwrap();
        assert_eq!(error(Form::Hook, ONE, "no JSON"), "an answer is not JSON");
    }

    #[test]
    fn a_difference_has_its_place() {
        for (part, other, path) in [
            (r#""replicas":1"#, r#""replicas":2"#, "/status/replicas"),
            (r#""replicas":1"#, "", "/status/replicas"),
            (
                r#""replicas":1"#,
                r#""replicas":1,"state":"Running""#,
                "/status/state",
            ),
            (r#""Service""#, r#""Deployment""#, "/children/0/kind"),
            (r#"{"kind":"Service"}"#, "", "/children"),
        ] {
            let other = ONE.replace(part, other);
            assert_eq!(
                error(Form::Hook, ONE, &other),
                format!("the answers differ at {path:?}")
            );
        }
    }

    #[test]
    fn a_floor_has_to_write_as_many_bytes() {
        let one = format!(r#"{{"message":"{}"}}"#, "x".repeat(1_000));
        let more = format!("{one}{}", " ".repeat(10));
        same(Form::Floor, &one, &more).unwrap();
        let more = format!("{one}{}", " ".repeat(100));
        same(Form::Hook, &one, &more).unwrap();
        assert_eq!(
            error(Form::Floor, &one, &more),
            "the answers have 1014 and 1114 bytes"
        );
    }
}
