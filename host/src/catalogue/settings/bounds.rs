//! How large a settings schema may be, counted before anything is compiled.

use std::collections::HashMap;

use serde_json::Value;

/// Values of a schema, each `$ref` counted as what it stands for, every time.
const MOST_VALUES: u64 = 50_000;
/// How deep a schema may be nested, through its `$ref`s.
const MOST_DEPTH: usize = 500;
/// Regular expressions.
const MOST_PATTERNS: usize = 256;
/// Bytes of all regular expressions together.
const MOST_PATTERN_BYTES: usize = 16 << 10;
/// Bytes of memory that one compiled regular expression may take.
pub(super) const PATTERN_MEMORY: usize = 256 << 10;

/// What a schema has too much of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TooMuch {
    /// Values.
    #[error(
        "with each `$ref` written out it has more than {MOST_VALUES} values; use fewer alternatives that refer to \
         one another"
    )]
    Values,
    /// Levels.
    #[error("with each `$ref` written out it is nested more than {MOST_DEPTH} levels deep")]
    Depth,
    /// Regular expressions.
    #[error(
        "it has more than {MOST_PATTERNS} regular expressions or {MOST_PATTERN_BYTES} bytes of them (`pattern`, \
         `patternProperties`)"
    )]
    Patterns,
}

/// Checks that a schema is small enough.
pub(super) fn check(schema: &Value) -> Result<(), TooMuch> {
    let mut patterns = Patterns::default();
    patterns.add(schema)?;
    let mut count = Count {
        root: schema,
        anchors: HashMap::new(),
        known: HashMap::new(),
    };
    anchors(schema, &mut count.anchors);
    count.of(schema, 0).map(drop)
}

#[derive(Default)]
struct Patterns {
    number: usize,
    bytes: usize,
}

impl Patterns {
    /// Adds what looks like a regular expression, at any place: `format: regex` and unknown keywords too.
    fn add(&mut self, value: &Value) -> Result<(), TooMuch> {
        match value {
            Value::Object(members) => {
                for (key, member) in members {
                    match (key.as_str(), member) {
                        ("pattern", Value::String(pattern)) => self.one(pattern)?,
                        ("patternProperties", Value::Object(by_pattern)) => {
                            by_pattern.keys().try_for_each(|pattern| self.one(pattern))?;
                        }
                        _ => {}
                    }
                    self.add(member)?;
                }
                Ok(())
            }
            Value::Array(items) => items.iter().try_for_each(|item| self.add(item)),
            _ => Ok(()),
        }
    }

    fn one(&mut self, pattern: &str) -> Result<(), TooMuch> {
        self.number += 1;
        self.bytes = self.bytes.saturating_add(pattern.len());
        if self.number > MOST_PATTERNS || self.bytes > MOST_PATTERN_BYTES {
            return Err(TooMuch::Patterns);
        }
        Ok(())
    }
}

/// Counts values, each place once: the number of a place that several lead to is known from the first.
struct Count<'a> {
    root: &'a Value,
    /// What has a name of its own, by that name.
    anchors: HashMap<&'a str, &'a Value>,
    /// By address; zero while it is being counted, since what leads back to itself is as long as the settings are
    /// deep, and that is not the schema's.
    known: HashMap<*const Value, u64>,
}

impl<'a> Count<'a> {
    fn of(&mut self, value: &'a Value, depth: usize) -> Result<u64, TooMuch> {
        if depth > MOST_DEPTH {
            return Err(TooMuch::Depth);
        }
        if let Some(&known) = self.known.get(&std::ptr::from_ref(value)) {
            return Ok(known);
        }
        self.known.insert(value, 0);
        let mut count = 1_u64;
        let mut add = |more: u64| {
            count = count.saturating_add(more);
            if count > MOST_VALUES {
                Err(TooMuch::Values)
            } else {
                Ok(())
            }
        };
        match value {
            Value::Object(members) => {
                for (key, member) in members {
                    add(self.of(member, depth + 1)?)?;
                    if ["$ref", "$dynamicRef", "$recursiveRef"].contains(&key.as_str())
                        && let Some(target) = member.as_str().and_then(|to| self.target(to))
                    {
                        add(self.of(target, depth + 1)?)?;
                    }
                }
            }
            Value::Array(items) => {
                for item in items {
                    add(self.of(item, depth + 1)?)?;
                }
            }
            _ => {}
        }
        self.known.insert(value, count);
        Ok(count)
    }

    /// What a reference within the schema leads to. Any other is refused when the schema is compiled: nothing is
    /// fetched.
    fn target(&self, reference: &str) -> Option<&'a Value> {
        if let Some(&named) = self.anchors.get(reference) {
            return Some(named);
        }
        let (document, fragment) = reference.split_once('#').unwrap_or((reference, ""));
        let from = match document {
            "" => self.root,
            document => self.anchors.get(document)?,
        };
        if fragment.is_empty() || fragment.starts_with('/') {
            return from.pointer(&decoded(fragment));
        }
        self.anchors.get(fragment).copied()
    }
}

/// Names that references use: `$anchor`, `$dynamicAnchor`, `$id`, `id`.
fn anchors<'a>(value: &'a Value, into: &mut HashMap<&'a str, &'a Value>) {
    match value {
        Value::Object(members) => {
            for (key, member) in members {
                if let ("$anchor" | "$dynamicAnchor" | "$id" | "id", Value::String(name)) =
                    (key.as_str(), member)
                {
                    into.insert(name, value);
                }
                anchors(member, into);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| anchors(item, into)),
        _ => {}
    }
}

/// A fragment without its percent-encoding.
fn decoded(fragment: &str) -> String {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.as_bytes();
    while let Some((&first, tail)) = rest.split_first() {
        let hex = |byte: u8| {
            char::from(byte)
                .to_digit(16)
                .and_then(|digit| u8::try_from(digit).ok())
        };
        if let (b'%', Some((&[high, low], behind))) = (first, tail.split_first_chunk::<2>())
            && let (Some(high), Some(low)) = (hex(high), hex(low))
        {
            bytes.push(high << 4 | low);
            rest = behind;
        } else {
            bytes.push(first);
            rest = tail;
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    /// `$defs` in which each level refers to the next one so many times.
    fn levels(levels: usize, each: &str) -> Value {
        let mut defs = serde_json::Map::new();
        for level in 0..levels {
            let next = format!("#/$defs/l{}", level + 1);
            let body = each.replace("NEXT", &format!(r#"{{"$ref": "{next}"}}"#));
            defs.insert(format!("l{level}"), serde_json::from_str(&body).unwrap());
        }
        defs.insert(format!("l{levels}"), json!({}));
        json!({"$ref": "#/$defs/l0", "$defs": defs})
    }

    #[test]
    fn references_that_multiply_are_refused_whatever_holds_them() {
        for each in [
            r#"{"allOf": [NEXT, NEXT]}"#,
            r#"{"anyOf": [NEXT, NEXT]}"#,
            r#"{"oneOf": [NEXT, NEXT, NEXT]}"#,
            r#"{"if": NEXT, "then": NEXT, "else": NEXT}"#,
            r#"{"properties": {"a": NEXT, "b": NEXT}}"#,
            r#"{"patternProperties": {"a": NEXT, "b": NEXT}}"#,
            r#"{"dependentSchemas": {"a": NEXT, "b": NEXT}}"#,
            r#"{"not": NEXT, "additionalProperties": NEXT}"#,
            r#"{"prefixItems": [NEXT, NEXT]}"#,
            r#"{"items": NEXT, "contains": NEXT, "unevaluatedItems": NEXT}"#,
            r#"{"propertyNames": NEXT, "unevaluatedProperties": NEXT}"#,
        ] {
            let start = std::time::Instant::now();
            assert_eq!(check(&levels(30, each)), Err(TooMuch::Values), "{each}");
            assert_eq!(check(&levels(40, each)), Err(TooMuch::Values), "{each}");
            assert!(start.elapsed().as_secs() < 1, "{each}");
            assert_eq!(check(&levels(3, each)), Ok(()), "{each}");
        }
    }

    #[test]
    fn a_reference_is_followed_however_it_is_written() {
        let bomb = |reference: &str| {
            let mut all = json!({"$defs": {}});
            for level in 0..30 {
                let to = reference.replace("N", &(level + 1).to_string());
                all["$defs"][format!("l{level}")] = json!({"$anchor": format!("l{level}"), "$id": format!("http://x/l{level}"),
                    "allOf": [{"$ref": to}, {"$ref": to}]});
            }
            all
        };
        for reference in [
            "#/$defs/lN",
            "#lN",
            "http://x/lN",
            "#/%24defs/l%4E".replace("%4E", "N").as_str(),
        ] {
            assert_eq!(check(&bomb(reference)), Err(TooMuch::Values), "{reference}");
        }
        let mut dynamic = bomb("#lN").to_string();
        dynamic = dynamic
            .replace("$ref", "$dynamicRef")
            .replace("$anchor", "$dynamicAnchor");
        assert_eq!(
            check(&serde_json::from_str(&dynamic).unwrap()),
            Err(TooMuch::Values)
        );
    }

    #[test]
    fn a_schema_that_leads_back_to_itself_is_counted_once() {
        let tree = json!({"$ref": "#/$defs/t", "$defs": {"t": {"properties": {"l": {"$ref": "#/$defs/t"}, "r": {"$ref": "#/$defs/t"}}}}});
        assert_eq!(check(&tree), Ok(()));
        assert_eq!(check(&json!({"$ref": "#"})), Ok(()));
    }

    #[test]
    fn regular_expressions_are_bounded_in_number_and_size() {
        let wide = "a|".repeat(MOST_PATTERN_BYTES / 2 + 1);
        assert_eq!(check(&json!({"pattern": wide})), Err(TooMuch::Patterns));
        assert_eq!(
            check(&json!({"patternProperties": {wide: {}}})),
            Err(TooMuch::Patterns)
        );
        let many: Vec<Value> = (0..=MOST_PATTERNS)
            .map(|n| json!({"pattern": n.to_string()}))
            .collect();
        assert_eq!(check(&json!({"anyOf": many})), Err(TooMuch::Patterns));
        assert_eq!(check(&json!({"pattern": "^[a-z]+$"})), Ok(()));
    }

    #[test]
    fn chains_of_references_are_bounded() {
        assert_eq!(
            check(&levels(2000, r#"{"properties": {"a": NEXT}}"#)),
            Err(TooMuch::Depth)
        );
    }
}
