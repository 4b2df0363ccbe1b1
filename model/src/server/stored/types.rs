//! What Go's types leave out of a pod spec, and what they write otherwise.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use serde_json::Value;

use super::quantity;

/// The types by their names: fields with their marks, and which type is below a field.
static TYPES: LazyLock<BTreeMap<&str, Type>> = LazyLock::new(|| {
    let lines = include_str!("pod_types.txt").lines();
    lines
        .filter(|line| !line.starts_with('#'))
        .filter_map(read)
        .collect()
});

#[derive(Default)]
struct Type {
    fields: BTreeMap<&'static str, char>,
    below: BTreeMap<&'static str, &'static str>,
}

fn read(line: &'static str) -> Option<(&'static str, Type)> {
    let (name, rest) = line.split_once(':')?;
    let (fields, below) = rest.split_once('|')?;
    let mark = |field: &'static str| {
        let name = field.trim_start_matches(['?', '#', '%', '*', '=', '.']);
        let mark = field.chars().next().filter(|_| name != field);
        (name, mark.unwrap_or(' '))
    };
    let below = below.split_whitespace().filter_map(|pair| pair.split_once('='));
    let of = Type {
        fields: fields.split_whitespace().map(mark).collect(),
        below: below.collect(),
    };
    Some((name, of))
}

/// Reads a pod spec into Go's type and writes it again.
pub(super) fn round_trip(pod: &mut Value) {
    through(pod, "PodSpec");
}

fn through(value: &mut Value, name: &str) {
    let (Some(of), Some(object)) = (TYPES.get(name), value.as_object_mut()) else {
        return;
    };
    object.retain(|key, value| !match (of.fields.get(key.as_str()), value) {
        (_, Value::Array(list)) => list.is_empty(),
        (Some(' '), Value::String(text)) => text.is_empty(),
        (Some('?'), Value::Bool(flag)) => !*flag,
        (Some('#'), Value::Number(number)) => number.as_f64() == Some(0.0),
        (Some('%' | '*'), Value::Object(map)) => map.is_empty(),
        _ => false,
    });
    for (key, value) in object {
        match of.fields.get(key.as_str()) {
            Some('*') => quantity::store_resources(value),
            Some('=') => quantity::store(value),
            _ => {}
        }
        let Some(name) = of.below.get(key.as_str()) else {
            continue;
        };
        match value {
            Value::Array(list) => list.iter_mut().for_each(|value| through(value, name)),
            value => through(value, name),
        }
    }
}
