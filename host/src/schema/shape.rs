//! What a value must look like: a JSON schema as far as types and names of fields go.

use std::borrow::Cow;

/// What a value must look like.
#[derive(Debug)]
pub(super) enum Shape {
    /// Anything.
    Any,
    /// A string.
    Text,
    /// A string of base64.
    Base64,
    /// One of these strings.
    Words(Box<[Box<str>]>),
    /// A whole number.
    Integer,
    /// A number.
    Number,
    /// `true` or `false`.
    Boolean,
    /// A whole number or a string, such as a port.
    IntOrString,
    /// A number or a string, such as `100m`.
    Quantity,
    /// A list of such values.
    List(Box<Shape>),
    /// An object of such values, with any keys.
    Map(Box<Shape>),
    /// An object with these fields.
    Object(Box<Fields>),
    /// An object with the fields of one of Kubernetes' types, by its place in the table.
    Type(u16),
}

/// The fields of an object.
#[derive(Debug, Default)]
pub(super) struct Fields {
    /// Sorted by name.
    fields: Vec<Field>,
    /// The shape of all other fields; `None` where there must be none.
    pub(super) others: Option<Shape>,
}

/// A field.
#[derive(Debug)]
pub(super) struct Field {
    pub(super) name: Cow<'static, str>,
    pub(super) shape: Shape,
    pub(super) required: bool,
}

impl Fields {
    pub(super) fn new(mut fields: Vec<Field>, others: Option<Shape>) -> Self {
        fields.sort_by(|one, other| one.name.cmp(&other.name));
        Self { fields, others }
    }

    /// The field of a name.
    pub(super) fn get(&self, name: &str) -> Option<&Field> {
        let place = self
            .fields
            .binary_search_by(|field| (*field.name).cmp(name))
            .ok()?;
        self.fields.get(place)
    }

    /// All fields.
    pub(super) fn iter(&self) -> impl Iterator<Item = &Field> + Clone {
        self.fields.iter()
    }

    /// Sets the shape of a field, which may be there or not.
    pub(super) fn set(&mut self, name: &'static str, shape: Shape) {
        self.fields.retain(|field| field.name != name);
        self.or_insert(Field {
            name: name.into(),
            shape,
            required: false,
        });
    }

    /// Adds a field that a schema need not name.
    pub(super) fn or_insert(&mut self, field: Field) {
        if let Err(place) = self.fields.binary_search_by(|other| other.name.cmp(&field.name)) {
            self.fields.insert(place, field);
        }
    }
}
