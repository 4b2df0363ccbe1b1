//! What one rendering has and another has not, for a person to read.

use serde_json::{Map, Value};

use crate::kustomize::Objects;

/// By object: a new one whole, and of a changed one each place that differs.
pub fn difference(before: &Objects, after: &Objects) -> Value {
    let name = |object: &Value| {
        let text = |key: &str| object.pointer(key).and_then(Value::as_str).unwrap_or_default();
        format!("{} {}", text("/kind"), text("/metadata/name"))
    };
    let mut all = Map::new();
    for object in &after.0 {
        let old = before.0.iter().find(|old| name(old) == name(object));
        let mut places = Map::new();
        match old {
            None => drop(all.insert(format!("+ {}", name(object)), object.clone())),
            Some(old) => {
                compare(old, object, "", &mut places);
                if !places.is_empty() {
                    all.insert(name(object), Value::Object(places));
                }
            }
        }
    }
    for gone in &before.0 {
        if !after.0.iter().any(|object| name(object) == name(gone)) {
            all.insert(format!("- {}", name(gone)), Value::Null);
        }
    }
    Value::Object(all)
}

fn compare(old: &Value, new: &Value, place: &str, places: &mut Map<String, Value>) {
    match (old, new) {
        (Value::Object(old), Value::Object(new)) => {
            for (key, value) in new {
                let place = format!("{place}/{key}");
                match old.get(key) {
                    Some(old) => compare(old, value, &place, places),
                    None => drop(places.insert(format!("+ {place}"), value.clone())),
                }
            }
            for key in old.keys().filter(|key| !new.contains_key(*key)) {
                places.insert(format!("- {place}/{key}"), Value::Null);
            }
        }
        // Items are taken as a set: what is there in both, wherever, is no difference.
        (Value::Array(old), Value::Array(new)) => {
            let only = |one: &[Value], other: &[Value]| -> Vec<Value> {
                one.iter().filter(|item| !other.contains(item)).cloned().collect()
            };
            for (sign, items) in [("-", only(old, new)), ("+", only(new, old))] {
                if !items.is_empty() {
                    places.insert(format!("{sign} {place}"), Value::Array(items));
                }
            }
        }
        _ if old == new => {}
        _ => drop(places.insert(format!("= {place}"), new.clone())),
    }
}

#[test]
fn additions_removals_and_changes_are_told_apart() {
    let objects = |yaml: &str| Objects(serde_saphyr::from_multiple(yaml).unwrap());
    let before = objects(
        "{kind: A, metadata: {name: a}, list: [1, 2], gone: 1, kept: {x: 1}}\n---\n{kind: B, metadata: {name: b}}\n",
    );
    let after = objects(
        "{kind: A, metadata: {name: a}, list: [2, 3], kept: {x: 2, y: 3}}\n---\n{kind: C, metadata: {name: c}}\n",
    );
    insta::assert_json_snapshot!(difference(&before, &after), @r#"
    {
      "+ C c": {
        "kind": "C",
        "metadata": {
          "name": "c"
        }
      },
      "- B b": null,
      "A a": {
        "+ /kept/y": 3,
        "+ /list": [
          3
        ],
        "- /gone": null,
        "- /list": [
          1
        ],
        "= /kept/x": 2
      }
    }
    "#);
    assert_eq!(difference(&before, &before), Value::Object(Map::new()));
}
