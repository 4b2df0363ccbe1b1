//! A YAML value with the place of each of its parts, for errors that are found after the file was decoded.

use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};
use serde_saphyr::{Location, Spanned};

/// A line and a column in a file, both from 1.
type LineColumn = (u64, u64);

/// Where the parts of a value stand in a file, by JSON pointer. All places are equal: a value is the same wherever it
/// stands.
#[derive(Clone, Debug, Default)]
pub struct Places {
    file: PathBuf,
    by_pointer: BTreeMap<String, LineColumn>,
}

impl PartialEq for Places {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Places {
    /// The same places in a file.
    #[must_use]
    pub(crate) fn in_file(mut self, file: &Path) -> Self {
        file.clone_into(&mut self.file);
        self
    }

    /// Returns `FILE:LINE:COLUMN` of the value at a JSON pointer, or of the nearest value around it. `None` if no value
    /// stands in a file.
    pub(crate) fn of(&self, pointer: &str) -> Option<String> {
        let mut pointer = pointer;
        loop {
            if let Some((line, column)) = self.by_pointer.get(pointer) {
                return Some(format!("{}:{line}:{column}", self.file.display()));
            }
            pointer = pointer.rsplit_once('/')?.0;
        }
    }
}

/// A value and its places.
#[derive(Debug, Default)]
pub(crate) struct Placed {
    pub(crate) value: Value,
    pub(crate) places: Places,
}

impl<'de> Deserialize<'de> for Placed {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let root = Spanned::<Node>::deserialize(from)?;
        let mut by_pointer = BTreeMap::new();
        let value = value(root, None, &mut String::new(), &mut by_pointer);
        let places = Places {
            file: PathBuf::new(),
            by_pointer,
        };
        Ok(Self { value, places })
    }
}

/// Takes a node apart. A member of an object stands where its key does: that is where a person looks for it.
fn value(
    node: Spanned<Node>,
    key: Option<Location>,
    pointer: &mut String,
    places: &mut BTreeMap<String, LineColumn>,
) -> Value {
    let at = key.unwrap_or(node.referenced);
    places.insert(pointer.clone(), (at.line(), at.column()));
    let length = pointer.len();
    match node.value {
        Node::Scalar(value) => value,
        Node::List(items) => {
            let item = |(index, item): (usize, Spanned<Node>)| {
                pointer.push_str(&format!("/{index}"));
                let value = value(item, None, pointer, places);
                pointer.truncate(length);
                value
            };
            items.into_iter().enumerate().map(item).collect()
        }
        Node::Object(members) => {
            let mut object = Map::new();
            for (name, member) in members {
                let token = name.value.replace('~', "~0").replace('/', "~1");
                pointer.push_str(&format!("/{token}"));
                let value = value(member, Some(name.referenced), pointer, places);
                pointer.truncate(length);
                object.insert(name.value, value);
            }
            Value::Object(object)
        }
    }
}

/// A value whose parts know their place.
#[derive(Debug)]
enum Node {
    Scalar(Value),
    List(Vec<Spanned<Node>>),
    Object(Vec<(Spanned<String>, Spanned<Node>)>),
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        from.deserialize_any(NodeVisitor)
    }
}

struct NodeVisitor;

impl<'de> Visitor<'de> for NodeVisitor {
    type Value = Node;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("any YAML value")
    }

    fn visit_bool<E>(self, value: bool) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Bool(value)))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Number(value.into())))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Number(value.into())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Node, E> {
        Ok(Node::Scalar(
            Number::from_f64(value).map_or(Value::Null, Value::Number),
        ))
    }

    fn visit_str<E>(self, value: &str) -> Result<Node, E> {
        Ok(Node::Scalar(Value::String(value.to_owned())))
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_none<E>(self) -> Result<Node, E> {
        Ok(Node::Scalar(Value::Null))
    }

    fn visit_some<D: Deserializer<'de>>(self, from: D) -> Result<Node, D::Error> {
        from.deserialize_any(self)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Node::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Node, A::Error> {
        let mut list = Vec::new();
        while let Some(member) = members.next_entry()? {
            list.push(member);
        }
        Ok(Node::Object(list))
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn placed(text: &str) -> Placed {
        let placed: Placed = super::super::decode(text, Path::new("c.yaml")).unwrap();
        let places = placed.places.in_file(Path::new("c.yaml"));
        Placed { places, ..placed }
    }

    #[test]
    fn the_value_is_the_one_that_is_decoded_without_places() {
        for text in [
            "a: 1\nb: [x, 2.5, -3, true, null, ~, 0x10, 1e3, '1', \"\"]\nc: {d: {e: f}}\n",
            "7\n",
            "x: &a {y: 1}\nz: *a\n",
            "a: 18446744073709551615\nb: 9223372036854775808\n",
            "a: |\n  two\n  lines\nb: 2026-11-30\n",
            "a:\nb: {}\nc: []\n",
        ] {
            let plain: Value = super::super::decode(text, Path::new("c.yaml")).unwrap();
            assert_eq!(placed(text).value, plain, "{text}");
        }
    }

    #[test]
    fn each_part_has_its_place_and_a_missing_one_that_of_its_parent() {
        let Placed { value, places } = placed("settings:\n  httpAddon: 0.8\n  list:\n  - a\n  - {b/c: 1}\n");
        assert_eq!(value["settings"]["list"], json!(["a", {"b/c": 1}]));
        for (pointer, place) in [
            ("/settings", "c.yaml:1:1"),
            ("/settings/httpAddon", "c.yaml:2:3"),
            ("/settings/list/0", "c.yaml:4:5"),
            ("/settings/list/1/b~1c", "c.yaml:5:6"),
            ("/settings/nothing/there", "c.yaml:1:1"),
        ] {
            assert_eq!(places.of(pointer).as_deref(), Some(place), "{pointer}");
        }
        assert_eq!(Places::default().of("/a"), None);
    }
}
