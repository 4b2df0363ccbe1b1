//! Reads the files that a person names: Kubernetes objects in YAML or JSON, in files, directories and standard input.

use std::fs;
use std::path::{Path, PathBuf};

use metawasm_contract::request::identity;
use serde_json::Value;

use super::Failure;
use crate::input;
use crate::yaml;

/// Levels of directories that are read.
const DEPTH: usize = 16;

/// A document of a file.
pub(super) struct Document {
    /// An object; the items of a `List` are separate documents.
    pub(super) object: Value,
    /// File and document, for messages.
    pub(super) place: String,
    /// Whether the file was found in a directory, and may contain something else.
    pub(super) found: bool,
}

impl Document {
    /// Checks that it is a Kubernetes object.
    pub(super) fn check(&self) -> Result<(), Failure> {
        identity(&self.object, &self.place)
            .map(drop)
            .map_err(|error| Failure::Usage(error.to_string()))
    }
}

/// Reads the bytes of a file; `-` is standard input.
pub(super) fn read_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let read = if path == Path::new("-") {
        input::bytes(std::io::stdin(), path)
    } else {
        input::file(path)
    };
    read.map_err(Failure::usage)
}

/// Reads the text of a file.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    input::text(read_bytes(path)?, path).map_err(Failure::usage)
}

/// Reads the documents of a file, or of all YAML and JSON files in a directory.
pub(super) fn documents(path: &Path) -> Result<Vec<Document>, Failure> {
    let mut documents = Vec::new();
    if path.is_dir() {
        for file in data_files(path)? {
            add(&file, true, &mut documents)?;
        }
    } else {
        add(path, false, &mut documents)?;
    }
    Ok(documents)
}

/// Returns the YAML and JSON files in a directory, to any depth. Hidden ones are left out.
pub(super) fn data_files(directory: &Path) -> Result<Vec<PathBuf>, Failure> {
    files(directory, &|name| is_data(name))
}

/// Returns the files in a directory, to any depth, whose names are wanted. Hidden ones are left out.
fn files(directory: &Path, wanted: &dyn Fn(&Path) -> bool) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    walk(directory, DEPTH, wanted, &mut files)?;
    Ok(files)
}

fn walk(
    directory: &Path,
    depth: usize,
    wanted: &dyn Fn(&Path) -> bool,
    files: &mut Vec<PathBuf>,
) -> Result<(), Failure> {
    let failed = |error| Failure::Usage(format!("cannot read {}: {error}", directory.display()));
    let entries = fs::read_dir(directory).map_err(failed)?;
    let mut inside = entries
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<Vec<_>, _>>()
        .map_err(failed)?;
    inside.sort();
    for path in inside {
        let name = path.file_name().unwrap_or_default().as_encoded_bytes();
        if name.starts_with(b".") {
            continue;
        }
        if path.is_dir() {
            if let Some(depth) = depth.checked_sub(1) {
                walk(&path, depth, wanted, files)?;
            }
        } else if wanted(&path) {
            files.push(path);
        }
    }
    Ok(())
}

fn is_data(path: &Path) -> bool {
    let end = path.extension().unwrap_or_default();
    ["yaml", "yml", "json"].iter().any(|data| end == *data)
}

fn add(path: &Path, found: bool, documents: &mut Vec<Document>) -> Result<(), Failure> {
    let all = yaml::documents(&read(path)?, path).map_err(Failure::usage)?;
    for (index, mut document) in all.into_iter().enumerate() {
        let place = format!("{}: document {}", path.display(), index + 1);
        let is_list = document
            .get("kind")
            .and_then(Value::as_str)
            .is_some_and(|kind| kind.ends_with("List"));
        match document.get_mut("items").map(Value::take) {
            Some(Value::Array(items)) if is_list => {
                documents.extend(items.into_iter().enumerate().map(|(item, object)| Document {
                    object,
                    place: format!("{place}, items[{item}]"),
                    found,
                }));
            }
            items => {
                if let (Some(items), Some(place)) = (items, document.get_mut("items")) {
                    *place = items;
                }
                documents.push(Document {
                    object: document,
                    place,
                    found,
                });
            }
        }
    }
    Ok(())
}

/// Reads the objects of several files and directories.
pub(super) fn all_objects(paths: &[PathBuf]) -> Result<Vec<Value>, Failure> {
    let mut objects = Vec::new();
    for path in paths {
        for document in documents(path)? {
            document.check()?;
            objects.push(document.object);
        }
    }
    Ok(objects)
}

/// Reads the CompositeController or DecoratorController of a file, which may have the CRD of its parent too.
pub(super) fn controller(path: &Path) -> Result<Value, Failure> {
    let all = all_objects(&[path.to_owned()])?;
    let is_controller = |object: &&Value| {
        let kind = object.get("kind").and_then(Value::as_str);
        matches!(kind, Some("CompositeController" | "DecoratorController"))
    };
    let mut controllers = all.iter().filter(is_controller);
    match (controllers.next(), controllers.count()) {
        (Some(controller), 0) => Ok(controller.clone()),
        (first, others) => Err(Failure::Usage(format!(
            "{} contains {} CompositeControllers and DecoratorControllers; expected exactly one",
            path.display(),
            others + usize::from(first.is_some())
        ))),
    }
}

/// Reads a file with exactly one object.
pub(super) fn object(path: &Path, what: &str) -> Result<Value, Failure> {
    let mut all = all_objects(&[path.to_owned()])?;
    match (all.pop(), all.len()) {
        (Some(object), 0) => Ok(object),
        (last, others) => {
            let found = others + usize::from(last.is_some());
            Err(Failure::Usage(format!(
                "{} contains {found} objects; expected exactly one {what}",
                path.display()
            )))
        }
    }
}
