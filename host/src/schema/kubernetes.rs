//! The kinds that Kubernetes owns, from a table that is made from `k8s-openapi` and checked in
//! (`kubernetes.txt`; a test fails when it is stale).
//!
//! The table is text: a line `kind APIVERSION KIND SCOPE TYPE` for each kind, and for each type a line with its name
//! and one for each field, which begins with a space: `name type`, with `!` behind the name of a required field.
//! A type is `any`, `string`, `bytes`, `integer`, `number`, `boolean`, `int-or-string`, `quantity`, the name of
//! another type, or one of these with `[` (a list of it) or `{` (an object of it) in front. A type is decoded when a
//! child first has it.

use std::collections::HashMap;
use std::sync::{LazyLock, OnceLock};

use super::shape::{Field, Fields, Shape};

/// The version of Kubernetes whose types these are.
pub const VERSION: &str = "1.36";

/// The table.
pub(super) const TEXT: &str = include_str!("kubernetes.txt");

static TABLE: LazyLock<Table> = LazyLock::new(|| Table::index(TEXT));

struct Table {
    /// By kind, each with its apiVersions.
    kinds: HashMap<&'static str, Vec<(&'static str, Shape)>>,
    /// By name: the place in `types`.
    names: HashMap<&'static str, u16>,
    types: Vec<Type>,
}

struct Type {
    /// Its lines.
    text: &'static str,
    fields: OnceLock<Fields>,
}

/// The shape of a kind that Kubernetes owns.
pub(super) fn shape(api_version: &str, kind: &str) -> Option<&'static Shape> {
    let table = &*TABLE;
    let versions = table.kinds.get(kind)?;
    let found = versions.iter().find(|(version, _)| *version == api_version);
    found.map(|(_, shape)| shape)
}

/// The fields of a type.
pub(super) fn fields(place: u16) -> Option<&'static Fields> {
    let table = &*TABLE;
    let of = table.types.get(usize::from(place))?;
    Some(of.fields.get_or_init(|| table.decode(of.text)))
}

/// The shape of every object's `metadata`.
pub(super) fn metadata() -> Shape {
    TABLE.shape("meta.v1.ObjectMeta")
}

impl Table {
    /// Finds where each type is, without decoding any.
    fn index(text: &'static str) -> Self {
        let mut table = Self {
            kinds: HashMap::new(),
            names: HashMap::new(),
            types: Vec::new(),
        };
        let mut kinds = Vec::new();
        let mut rest = text;
        while let Some((line, after)) = rest.split_once('\n') {
            rest = after;
            if let Some(kind) = line.strip_prefix("kind ") {
                kinds.push(kind);
            } else if !line.is_empty() && !line.starts_with('#') {
                let length = after
                    .split_inclusive('\n')
                    .take_while(|line| line.starts_with(' '))
                    .map(str::len)
                    .sum();
                let (fields, after) = after.split_at_checked(length).unwrap_or((after, ""));
                rest = after;
                let place = u16::try_from(table.types.len()).unwrap_or(u16::MAX);
                table.names.insert(line, place);
                table.types.push(Type {
                    text: fields,
                    fields: OnceLock::new(),
                });
            }
        }
        for line in kinds {
            let mut words = line.split(' ');
            if let (Some(api_version), Some(kind), Some(_), Some(of)) =
                (words.next(), words.next(), words.next(), words.next())
            {
                let shape = table.shape(of);
                table.kinds.entry(kind).or_default().push((api_version, shape));
            }
        }
        table
    }

    fn decode(&self, text: &'static str) -> Fields {
        let fields = text.lines().filter_map(|line| {
            let (name, of) = line.trim_start().split_once(' ')?;
            Some(Field {
                name: name.trim_end_matches('!').into(),
                shape: self.shape(of),
                required: name.ends_with('!'),
            })
        });
        Fields::new(fields.collect(), None)
    }

    fn shape(&self, of: &str) -> Shape {
        match of {
            "string" => Shape::Text,
            "bytes" => Shape::Base64,
            "integer" => Shape::Integer,
            "number" => Shape::Number,
            "boolean" => Shape::Boolean,
            "int-or-string" => Shape::IntOrString,
            "quantity" => Shape::Quantity,
            of => {
                if let Some(of) = of.strip_prefix('[') {
                    Shape::List(Box::new(self.shape(of)))
                } else if let Some(of) = of.strip_prefix('{') {
                    Shape::Map(Box::new(self.shape(of)))
                } else {
                    self.names.get(of).map_or(Shape::Any, |place| Shape::Type(*place))
                }
            }
        }
    }
}

/// The kinds of the table: apiVersion, kind, scope.
#[cfg(test)]
pub(super) fn kinds() -> impl Iterator<Item = (&'static str, &'static str, &'static str)> {
    TEXT.lines().filter_map(|line| {
        let mut words = line.strip_prefix("kind ")?.split(' ');
        Some((words.next()?, words.next()?, words.next()?))
    })
}
