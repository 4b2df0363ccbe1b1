//! What was last asked for, asked for again.
//!
//! While a Function is invalid, its children stay as they are: the answer repeats each child's
//! last-applied configuration, which Metacontroller keeps in an annotation.

use serde::de::{MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::value::RawValue;

use crate::children::child::Child;
use crate::function::request::{Children, Object};

/// Metacontroller adds this label to what it applies, and refuses to be sent it.
const CONTROLLER_UID: &str = "controller-uid";

/// An observed child of which nobody knows what was asked for.
#[derive(Debug)]
pub(crate) struct Unknown {
    /// `Deployment hello`
    pub(crate) child: String,
}

/// The members of a JSON object, in their order, unread.
#[derive(Debug)]
struct Members<'a>(Vec<(String, &'a RawValue)>);

/// Repeats every observed child.
///
/// # Errors
/// [`Unknown`] for the first child without a last-applied configuration, as under server-side
/// apply: leaving it out would delete it.
pub(crate) fn children<'a>(observed: &'a Children<'_>) -> Result<Vec<Child<'a>>, Unknown> {
    if observed.has_others() {
        return Err(Unknown {
            child: "an observed child that is not an object".to_owned(),
        });
    }
    let all = observed.all().iter();
    all.map(|object| child(object).ok_or_else(|| unknown(object)))
        .collect()
}

/// Repeats one child, if it is known what was asked for.
pub(crate) fn child<'a>(object: &'a Object<'_>) -> Option<Child<'a>> {
    let body = last_applied(object)?;
    Some(Child::repeated(
        object.api_version,
        object.kind,
        object.name,
        body,
    ))
}

fn unknown(child: &Object<'_>) -> Unknown {
    Unknown {
        child: format!("{} {}", child.kind, child.name).trim().to_owned(),
    }
}

fn last_applied(child: &Object<'_>) -> Option<String> {
    let text: String = serde_json::from_str(child.last_applied()?).ok()?;
    if !child.has_configuration(&text) {
        return None;
    }
    if text.contains(CONTROLLER_UID) {
        return without_uid(&text);
    }
    Some(text)
}

/// The same object without the label `controller-uid`; every other byte stays.
fn without_uid(text: &str) -> Option<String> {
    let object: Members<'_> = serde_json::from_str(text).ok()?;
    let metadata: Members<'_> = serde_json::from_str(object.get("metadata")?.get()).ok()?;
    let Some(labels) = metadata.get("labels") else {
        return Some(text.to_owned());
    };
    let mut labels: Members<'_> = serde_json::from_str(labels.get()).ok()?;
    labels.0.retain(|(key, _)| key != CONTROLLER_UID);
    let labels = if labels.0.is_empty() {
        None
    } else {
        Some(raw(&labels)?)
    };
    let metadata = raw(&metadata.with("labels", labels.as_deref()))?;
    serde_json::to_string(&object.with("metadata", Some(&metadata))).ok()
}

fn raw(members: &Members<'_>) -> Option<Box<RawValue>> {
    serde_json::value::to_raw_value(members).ok()
}

impl<'a> Members<'a> {
    fn get(&self, key: &str) -> Option<&'a RawValue> {
        self.0
            .iter()
            .find(|(found, _)| found == key)
            .map(|(_, value)| *value)
    }

    /// The same with another value for `key`, or without it.
    fn with<'b>(&self, key: &str, value: Option<&'b RawValue>) -> Members<'b>
    where
        'a: 'b,
    {
        let members = self.0.iter().filter_map(|(found, old)| {
            let new: Option<&'b RawValue> = if found == key { value } else { Some(old) };
            new.map(|new| (found.clone(), new))
        });
        Members(members.collect())
    }
}

impl<'de: 'a, 'a> Deserialize<'de> for Members<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct All;

        impl<'de> Visitor<'de> for All {
            type Value = Members<'de>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = object.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(All)
    }
}

impl Serialize for Members<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut object = serializer.serialize_map(Some(self.0.len()))?;
        for (key, value) in &self.0 {
            object.serialize_entry(key, value)?;
        }
        object.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_uid_label_goes() {
        let text = r#"{"a": [1.50, "\u00e9"],"metadata":{"annotations":{"controller-uid":"x"},"labels":{"a":"b","controller-uid":"u"},"name":"n"},"spec":{"controller-uid":1}}"#;
        assert_eq!(
            without_uid(text).unwrap(),
            r#"{"a":[1.50, "\u00e9"],"metadata":{"annotations":{"controller-uid":"x"},"labels":{"a":"b"},"name":"n"},"spec":{"controller-uid":1}}"#
        );
    }

    #[test]
    fn no_empty_labels_are_left_behind() {
        let text = r#"{"metadata":{"labels":{"controller-uid":"u"},"name":"n"}}"#;
        assert_eq!(without_uid(text).unwrap(), r#"{"metadata":{"name":"n"}}"#);
    }

    fn repeat(metadata: &str) -> Result<usize, Unknown> {
        let json = format!(
            r#"{{"parent":{{}},"children":{{"Service.v1":{{"a":{{"apiVersion":"v1","kind":"Service","metadata":{metadata}}}}}}}}}"#
        );
        let request = crate::function::request::Request::parse(&json).unwrap();
        children(&request.children()).map(|children| children.len())
    }

    #[test]
    fn a_child_that_cannot_be_repeated_is_named() {
        const KEY: &str = "metacontroller.k8s.io/last-applied-configuration";
        for annotations in [
            "{}".to_owned(),
            "null".to_owned(),
            format!(r#"{{"{KEY}":null}}"#),
            format!(r#"{{"{KEY}":7}}"#),
            format!(r#"{{"{KEY}":"{{"}}"#),
            format!(r#"{{"{KEY}":"[]"}}"#),
            format!(
                r#"{{"{KEY}":"{{\"apiVersion\":\"v1\",\"kind\":\"Service\",\"metadata\":{{\"name\":\"b\"}}}}"}}"#
            ),
        ] {
            let error = repeat(&format!(r#"{{"name":"a","annotations":{annotations}}}"#)).unwrap_err();
            assert_eq!(error.child, "Service a", "{annotations}");
        }
    }
}
