//! CustomResourceDefinitions, as shapes.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use metawasm_contract::{GroupKey, Scope, Scopes};
use serde_json::{Map, Value};

use super::kubernetes::metadata;
use super::shape::{Field, Fields, Shape};
use crate::input::{self, InputError};
use crate::yaml::{self, YamlError};

/// The kinds of CRDs.
#[derive(Debug, Default)]
pub(super) struct Crds {
    kinds: HashMap<GroupKey, Shape>,
    scopes: Scopes,
    /// Of all CRDs, in their order.
    hasher: blake3::Hasher,
}

/// Why CRDs cannot be had.
#[derive(Debug, thiserror::Error)]
pub enum CrdsError {
    /// A file or folder cannot be read.
    #[error(transparent)]
    Read(#[from] InputError),
    /// A file is not valid YAML.
    #[error(transparent)]
    Yaml(#[from] YamlError),
    /// There is no CRD at a path.
    #[error("no CustomResourceDefinition (apiextensions.k8s.io/v1) in {0}")]
    None(PathBuf),
}

/// Levels of folders within folders, and of schemas within schemas.
const DEPTH: usize = 64;

impl Crds {
    /// The CRDs in files and folders. Of a folder, all files that end in `.yaml`, `.yml` or `.json` are read, with
    /// those of the folders in it. Other objects in a file are left alone.
    pub(super) fn read(paths: &[PathBuf]) -> Result<Self, CrdsError> {
        let mut crds = Self::default();
        for path in paths {
            if crds.path(path, DEPTH)? == 0 {
                return Err(CrdsError::None(path.clone()));
            }
        }
        Ok(crds)
    }

    pub(super) fn shape(&self, api_version: &str, kind: &str) -> Option<&Shape> {
        if self.kinds.is_empty() {
            return None;
        }
        self.kinds.get(&GroupKey::new(api_version, kind))
    }

    pub(super) fn scopes(&self) -> &Scopes {
        &self.scopes
    }

    pub(super) fn digest(&self) -> [u8; 32] {
        self.hasher.finalize().into()
    }

    /// Reads a file or a folder; gives how many CRDs it has.
    fn path(&mut self, path: &Path, depth: usize) -> Result<usize, CrdsError> {
        if !path.is_dir() {
            return self.file(path);
        }
        let failed = |source| {
            let path = path.to_owned();
            InputError::Read { path, source }
        };
        let entries = fs::read_dir(path).map_err(failed)?;
        let mut inside = entries
            .map(|entry| entry.map(|entry| entry.path()))
            .collect::<Result<Vec<_>, _>>()
            .map_err(failed)?;
        inside.sort();
        let mut found = 0;
        for path in inside {
            let is_named = path
                .extension()
                .is_some_and(|end| end == "yaml" || end == "yml" || end == "json");
            if is_named || (path.is_dir() && depth > 0) {
                found += self.path(&path, depth.saturating_sub(1))?;
            }
        }
        Ok(found)
    }

    /// The CRDs in a text; none if it is not valid YAML.
    pub(super) fn parse(text: &str) -> Self {
        let mut crds = Self::default();
        if !text.is_empty()
            && let Ok(documents) = yaml::documents(text, Path::new("crd"))
        {
            crds.documents(&documents);
        }
        crds
    }

    fn file(&mut self, path: &Path) -> Result<usize, CrdsError> {
        let text = input::text(input::file(path)?, path)?;
        Ok(self.documents(&yaml::documents(&text, path)?))
    }

    /// Adds the CRDs among documents; gives how many there are.
    fn documents(&mut self, documents: &[Value]) -> usize {
        let mut found = 0;
        for document in documents {
            let list = document.get("items").and_then(Value::as_array);
            for object in list.map_or(std::slice::from_ref(document), Vec::as_slice) {
                found += usize::from(self.definition(object).is_some());
            }
        }
        found
    }

    /// Adds what a CRD defines; `None` for any other object.
    fn definition(&mut self, crd: &Value) -> Option<()> {
        let is_crd = crd.get("kind")? == "CustomResourceDefinition"
            && crd.get("apiVersion")? == "apiextensions.k8s.io/v1";
        let spec = crd.get("spec").filter(|_| is_crd)?;
        let (group, kind) = (
            spec.get("group")?.as_str()?,
            spec.pointer("/names/kind")?.as_str()?,
        );
        let scope = match spec.get("scope").and_then(Value::as_str) {
            Some("Cluster") => Scope::Cluster,
            _ => Scope::Namespaced,
        };
        let text = spec.to_string();
        self.hasher
            .update(&(text.len() as u64).to_le_bytes())
            .update(text.as_bytes());
        for version in spec.get("versions")?.as_array()? {
            let name = version.get("name")?.as_str()?;
            let api_version = format!("{group}/{name}");
            self.scopes.insert(&api_version, kind, scope);
            if let Some(schema) = version.pointer("/schema/openAPIV3Schema") {
                self.kinds
                    .insert(GroupKey::new(&api_version, kind), object(schema, DEPTH));
            }
        }
        Some(())
    }
}

/// A schema as a shape. What is deeper than `depth` may be anything.
fn shape(schema: &Value, depth: usize) -> Shape {
    let Some(deeper) = depth.checked_sub(1) else {
        return Shape::Any;
    };
    if is_set(schema, "x-kubernetes-int-or-string") {
        return Shape::IntOrString;
    }
    if is_set(schema, "x-kubernetes-embedded-resource") {
        return object(schema, deeper);
    }
    match schema.get("type").and_then(Value::as_str) {
        Some("string") => words(schema).unwrap_or(Shape::Text),
        Some("integer") => Shape::Integer,
        Some("number") => Shape::Number,
        Some("boolean") => Shape::Boolean,
        Some("array") => Shape::List(Box::new(
            schema
                .get("items")
                .map_or(Shape::Any, |items| shape(items, deeper)),
        )),
        Some("object") => match schema.get("additionalProperties") {
            Some(Value::Bool(false)) | None => Shape::Object(Box::new(fields(schema, deeper))),
            Some(inside) if schema.get("properties").is_none() => Shape::Map(Box::new(shape(inside, deeper))),
            Some(_) => Shape::Object(Box::new(fields(schema, deeper))),
        },
        _ => Shape::Any,
    }
}

/// The shape of a whole object of Kubernetes: it always has an apiVersion, a kind and metadata.
fn object(schema: &Value, depth: usize) -> Shape {
    let mut fields = fields(schema, depth);
    for (name, shape) in [("apiVersion", Shape::Text), ("kind", Shape::Text)] {
        fields.or_insert(Field {
            name: name.into(),
            shape,
            required: false,
        });
    }
    // What the schema says of metadata only narrows the name; the API server knows the rest.
    fields.set("metadata", metadata());
    Shape::Object(Box::new(fields))
}

fn fields(schema: &Value, depth: usize) -> Fields {
    let required = |name: &str| {
        let list = schema.get("required").and_then(Value::as_array);
        list.is_some_and(|list| list.iter().any(|required| required == name))
    };
    let none = Map::new();
    let properties = schema
        .get("properties")
        .and_then(Value::as_object)
        .unwrap_or(&none);
    let fields = properties.iter().map(|(name, field)| Field {
        name: name.clone().into(),
        // What has a default is set before it is asked for.
        required: required(name) && field.get("default").is_none() && !is_set(field, "nullable"),
        shape: shape(field, depth),
    });
    let others = match schema.get("additionalProperties") {
        Some(Value::Bool(true)) => Some(Shape::Any),
        Some(inside @ Value::Object(_)) => Some(shape(inside, depth)),
        _ => is_set(schema, "x-kubernetes-preserve-unknown-fields").then_some(Shape::Any),
    };
    Fields::new(fields.collect(), others)
}

fn words(schema: &Value) -> Option<Shape> {
    let words = schema.get("enum")?.as_array()?;
    let words: Option<Box<[Box<str>]>> = words.iter().map(|word| word.as_str().map(Box::from)).collect();
    words.map(Shape::Words)
}

fn is_set(schema: &Value, key: &str) -> bool {
    schema.get(key) == Some(&Value::Bool(true))
}
