//! How answers of hooks are read: their names are case-sensitive, v1 is loose, v2 is strict.

use std::fmt;

use metawasm_contract::{ControllerKind, HookVersion};
use serde::de::{Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

/// Which hook was asked, as Metacontroller names it in its messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hook {
    /// What is wanted.
    Sync,
    /// What is wanted of what goes.
    Finalize,
    /// What it depends on.
    Customize,
}

/// Why an answer is not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// The sync fails with this text.
    Error(String),
    /// The whole Metacontroller process would die, of this.
    Death(String),
}

/// An answer of sync or finalize.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Answer {
    /// Null if the hook gave none.
    pub status: Value,
    /// Children or attachments.
    pub children: Vec<Value>,
    /// 0 for never.
    pub resync_after_seconds: f64,
    /// Whether the finalizer goes.
    pub finalized: bool,
    /// A decorator's; null if the hook gave none.
    pub labels: Value,
    /// A decorator's; null if the hook gave none.
    pub annotations: Value,
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Sync => "sync",
            Self::Finalize => "finalize",
            Self::Customize => "customize",
        })
    }
}

/// Reads an answer of sync or finalize. `strict` is `responseUnMarshallMode`; nothing where the webhook leaves it to
/// the version.
///
/// # Errors
/// See [`Refusal`].
pub fn read(
    to: ControllerKind,
    hook: Hook,
    version: HookVersion,
    strict: Option<bool>,
    body: &[u8],
) -> Result<Answer, Refusal> {
    let known: &[&str] = match to {
        ControllerKind::Composite => &["status", "children", "resyncAfterSeconds", "finalized"],
        ControllerKind::Decorator => &[
            "labels",
            "annotations",
            "status",
            "attachments",
            "resyncAfterSeconds",
            "finalized",
        ],
    };
    let mut members = envelope(hook, version, strict, known, body)?;
    let mut take = |key: &str| members.remove(key).unwrap_or_default();
    let children = match to {
        ControllerKind::Composite => "children",
        ControllerKind::Decorator => "attachments",
    };
    let fail = |what: String| cannot_read(hook, version, &what);
    let answer = Answer {
        children: list(children, take(children)).map_err(fail)?,
        resync_after_seconds: match take("resyncAfterSeconds") {
            Value::Null => 0.0,
            Value::Number(number) => number.as_f64().unwrap_or_default(),
            other => return Err(fail(of_type(&other, "resyncAfterSeconds", "float64"))),
        },
        finalized: match take("finalized") {
            Value::Null => false,
            Value::Bool(finalized) => finalized,
            other => return Err(fail(of_type(&other, "finalized", "bool"))),
        },
        status: object("status", take("status")).map_err(fail)?,
        labels: object("labels", take("labels")).map_err(fail)?,
        annotations: object("annotations", take("annotations")).map_err(fail)?,
    };
    for child in &answer.children {
        if child.is_null() {
            return Err(Refusal::Death(format!("null in {children}")));
        }
        if child
            .get("kind")
            .and_then(Value::as_str)
            .is_none_or(str::is_empty)
        {
            return Err(fail(format!("Object 'Kind' is missing in '{child}'")));
        }
    }
    Ok(answer)
}

/// Reads customize's answer: its rules.
///
/// # Errors
/// See [`Refusal`].
pub fn rules(version: HookVersion, strict: Option<bool>, body: &[u8]) -> Result<Vec<Value>, Refusal> {
    let mut members = envelope(Hook::Customize, version, strict, &["relatedResources"], body)?;
    let rules = list(
        "relatedResources",
        members.remove("relatedResources").unwrap_or_default(),
    );
    let rules = rules.map_err(|what| cannot_read(Hook::Customize, version, &what))?;
    if rules.contains(&Value::Null) {
        return Err(Refusal::Death("null in relatedResources".to_owned()));
    }
    Ok(rules)
}

fn envelope(
    hook: Hook,
    version: HookVersion,
    strict: Option<bool>,
    known: &[&str],
    body: &[u8],
) -> Result<Map<String, Value>, Refusal> {
    let fail = |what: String| cannot_read(hook, version, &what);
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(fail("unexpected end of JSON input".to_owned()));
    }
    let mut twice = Vec::new();
    let mut reader = serde_json::Deserializer::from_slice(body);
    let read = Reader {
        twice: &mut twice,
        path: String::new(),
    }
    .deserialize(&mut reader);
    let read = read.and_then(|value| reader.end().map(|()| value));
    let members = match read.map_err(|error| fail(error.to_string()))? {
        Value::Null => Map::new(),
        Value::Object(members) => members,
        other => return Err(fail(of_type(&other, "", "object"))),
    };
    let mut odd: Vec<String> = members
        .keys()
        .filter(|key| !known.contains(&key.as_str()))
        .map(|key| format!("unknown field \"{key}\""))
        .collect();
    // Inside the objects that a hook asks for, nobody looks.
    let inside = |path: &str| {
        ["children[", "attachments["]
            .iter()
            .any(|list| path.starts_with(list))
    };
    odd.extend(
        twice
            .iter()
            .filter(|path| !inside(path))
            .map(|path| format!("duplicate field \"{path}\"")),
    );
    if strict.unwrap_or(version == HookVersion::V2) && !odd.is_empty() {
        return Err(Refusal::Error(format!(
            "strict validation failed for {version} webhookResponse (type: {hook}, mode: strict): {}",
            odd.join(", ")
        )));
    }
    Ok(members)
}

fn cannot_read(hook: Hook, version: HookVersion, what: &str) -> Refusal {
    Refusal::Error(format!(
        "can't unmarshal webhookResponse (version: {version}, type: {hook}): {what}"
    ))
}

fn of_type(value: &Value, field: &str, wanted: &str) -> String {
    let found = match value {
        Value::Null => "null",
        Value::Bool(_) => "bool",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    };
    match field {
        "" => format!("json: cannot unmarshal {found} into Go value of type {wanted}"),
        field => format!("json: cannot unmarshal {found} into Go struct field {field} of type {wanted}"),
    }
}

fn list(field: &str, value: Value) -> Result<Vec<Value>, String> {
    match value {
        Value::Null => Ok(Vec::new()),
        Value::Array(list) => match list.iter().find(|item| !item.is_object() && !item.is_null()) {
            Some(item) => Err(of_type(item, field, "object")),
            None => Ok(list),
        },
        other => Err(of_type(&other, field, "list")),
    }
}

fn object(field: &str, value: Value) -> Result<Value, String> {
    match value {
        Value::Null | Value::Object(_) => Ok(value),
        other => Err(of_type(&other, field, "map")),
    }
}

/// Reads any JSON and notes the members that are there twice; the last one counts.
struct Reader<'a> {
    twice: &'a mut Vec<String>,
    path: String,
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        loop {
            let path = format!("{}[{}]", self.path, list.len());
            match items.next_element_seed(Reader {
                twice: self.twice,
                path,
            })? {
                Some(item) => list.push(item),
                None => return Ok(Value::Array(list)),
            }
        }
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = members.next_key::<Key>()? {
            let path = match self.path.as_str() {
                "" => key.0.clone(),
                outer => format!("{outer}.{}", key.0),
            };
            if object.contains_key(&key.0) {
                self.twice.push(path.clone());
            }
            let value = members.next_value_seed(Reader {
                twice: self.twice,
                path,
            })?;
            object.insert(key.0, value);
        }
        Ok(Value::Object(object))
    }
}

struct Key(String);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Key)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn composite(version: HookVersion, body: &str) -> Result<Answer, Refusal> {
        read(
            ControllerKind::Composite,
            Hook::Sync,
            version,
            None,
            body.as_bytes(),
        )
    }

    #[test]
    fn taken() {
        let nothing = Answer::default();
        let seconds = Answer {
            resync_after_seconds: 1.5,
            finalized: true,
            ..Answer::default()
        };
        let table = [
            (HookVersion::V1, "{}", nothing.clone()),
            (HookVersion::V2, "null", nothing.clone()),
            (HookVersion::V1, r#"{"Children": [1], "foo": 1}"#, nothing.clone()),
            (
                HookVersion::V1,
                r#"{"children": [{}], "children": []}"#,
                nothing.clone(),
            ),
            (HookVersion::V2, r#"{"children": null, "status": null}"#, nothing),
            (
                HookVersion::V2,
                r#"{"resyncAfterSeconds": 1.5, "finalized": true}"#,
                seconds,
            ),
        ];
        for (version, body, expected) in table {
            assert_eq!(composite(version, body), Ok(expected), "{body}");
        }
        let child = r#"{"children": [{"kind": "C", "x": 1, "x": 2}], "status": {"a": 1.0}}"#;
        let answer = composite(HookVersion::V2, child);
        let expected = Answer {
            children: vec![json!({"kind": "C", "x": 2})],
            status: json!({"a": 1.0}),
            ..Answer::default()
        };
        assert_eq!(answer, Ok(expected));
    }

    #[test]
    fn refused() {
        let v1 = "can't unmarshal webhookResponse (version: v1, type: sync): ";
        let v2 = "strict validation failed for v2 webhookResponse (type: sync, mode: strict): ";
        let table = [
            (
                HookVersion::V1,
                "[]",
                format!("{v1}json: cannot unmarshal array into Go value of type object"),
            ),
            (HookVersion::V1, "", format!("{v1}unexpected end of JSON input")),
            (
                HookVersion::V1,
                "{} x",
                format!("{v1}trailing characters at line 1 column 4"),
            ),
            (
                HookVersion::V1,
                r#"{"children": {}}"#,
                format!("{v1}json: cannot unmarshal object into Go struct field children of type list"),
            ),
            (
                HookVersion::V1,
                r#"{"resyncAfterSeconds": "1"}"#,
                format!(
                    "{v1}json: cannot unmarshal string into Go struct field resyncAfterSeconds of type float64"
                ),
            ),
            (
                HookVersion::V1,
                r#"{"children": [{"metadata": {}}]}"#,
                format!(r#"{v1}Object 'Kind' is missing in '{{"metadata":{{}}}}'"#),
            ),
            (
                HookVersion::V2,
                r#"{"foo": 1}"#,
                format!(r#"{v2}unknown field "foo""#),
            ),
            (
                HookVersion::V2,
                r#"{"Children": []}"#,
                format!(r#"{v2}unknown field "Children""#),
            ),
            (
                HookVersion::V2,
                r#"{"children": [], "children": []}"#,
                format!(r#"{v2}duplicate field "children""#),
            ),
            (
                HookVersion::V2,
                r#"{"status": {"a": 1, "a": 2}}"#,
                format!(r#"{v2}duplicate field "status.a""#),
            ),
        ];
        for (version, body, expected) in table {
            assert_eq!(composite(version, body), Err(Refusal::Error(expected)), "{body}");
        }
        for version in [HookVersion::V1, HookVersion::V2] {
            let death = composite(version, r#"{"children": [null]}"#);
            assert_eq!(death, Err(Refusal::Death("null in children".to_owned())));
            let death = rules(version, None, br#"{"relatedResources": [null]}"#);
            assert_eq!(death, Err(Refusal::Death("null in relatedResources".to_owned())));
        }
    }

    #[test]
    fn the_mode_wins_over_the_version() {
        let unknown = br#"{"foo": 1}"#;
        let of = |version, strict| {
            read(
                ControllerKind::Decorator,
                Hook::Finalize,
                version,
                strict,
                unknown,
            )
            .is_ok()
        };
        assert!(of(HookVersion::V2, Some(false)));
        assert!(!of(HookVersion::V1, Some(true)));
    }

    #[test]
    fn a_decorators() {
        let body = br#"{"labels": {"a": null}, "annotations": {"b": "c"}, "attachments": [{"kind": "C"}]}"#;
        let expected = Answer {
            labels: json!({"a": null}),
            annotations: json!({"b": "c"}),
            children: vec![json!({"kind": "C"})],
            ..Answer::default()
        };
        assert_eq!(
            read(ControllerKind::Decorator, Hook::Sync, HookVersion::V2, None, body),
            Ok(expected)
        );
        assert_eq!(
            rules(
                HookVersion::V2,
                None,
                br#"{"relatedResources": [{"resource": "x"}]}"#
            )
            .map(|r| r.len()),
            Ok(1)
        );
    }
}
