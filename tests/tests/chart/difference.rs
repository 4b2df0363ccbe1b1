//! What a value changes, in lines that a person reads.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use serde_json::Value;

/// The objects that come, go or change, and in them each field.
pub(crate) fn difference(before: &[Value], after: &[Value]) -> String {
    let mut text = String::new();
    let find = |all: &[Value], name: &str| all.iter().find(|object| super::name(object) == name).cloned();
    let names: BTreeSet<_> = before.iter().chain(after).map(super::name).collect();
    for name in names {
        match (find(before, &name), find(after, &name)) {
            (Some(_), None) => writeln!(text, "- {name}").unwrap(),
            (None, Some(new)) => {
                writeln!(text, "+ {name}").unwrap();
                for line in serde_saphyr::to_string(&new).unwrap().lines() {
                    writeln!(text, "    {line}").unwrap();
                }
            }
            (Some(old), Some(new)) => {
                let mut fields = String::new();
                compare("", &old, &new, &mut fields);
                if !fields.is_empty() {
                    write!(text, "~ {name}\n{fields}").unwrap();
                }
            }
            (None, None) => unreachable!(),
        }
    }
    text
}

fn compare(path: &str, old: &Value, new: &Value, text: &mut String) {
    match (old, new) {
        (Value::Object(left), Value::Object(right)) => {
            let keys: BTreeSet<_> = left.keys().chain(right.keys()).collect();
            for key in keys {
                let path = format!("{path}/{}", key.replace('/', "~1"));
                match (left.get(key), right.get(key)) {
                    (Some(left), Some(right)) => compare(&path, left, right, text),
                    (left, right) => {
                        line('-', &path, left, text);
                        line('+', &path, right, text);
                    }
                }
            }
        }
        (Value::Array(left), Value::Array(right)) if left.len() == right.len() => {
            for (index, (left, right)) in left.iter().zip(right).enumerate() {
                compare(&format!("{path}/{index}"), left, right, text);
            }
        }
        (Value::Array(left), Value::Array(right)) => {
            for item in left.iter().filter(|item| !right.contains(item)) {
                line('-', &format!("{path}/…"), Some(item), text);
            }
            for item in right.iter().filter(|item| !left.contains(item)) {
                line('+', &format!("{path}/…"), Some(item), text);
            }
        }
        (left, right) if left == right => {}
        (left, right) => {
            line('-', path, Some(left), text);
            line('+', path, Some(right), text);
        }
    }
}

fn line(sign: char, path: &str, value: Option<&Value>, text: &mut String) {
    if let Some(value) = value {
        // What is left of the host's configuration is lines.
        writeln!(text, "    {sign} {path}: {value}").unwrap();
    }
}
