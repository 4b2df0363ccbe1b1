//! The parents of `metawasm render`: the objects in the given files that the plugin answers for.

use std::path::PathBuf;

use metawasm_contract::object::group_of;
use metawasm_formats::nearest::nearest;
use serde_json::Value;

use super::Failure;
use super::answers::title;
use super::objects::documents;
use crate::catalogue::Description;

/// The parents, and a line for each object that is skipped.
pub(super) struct Parents {
    pub(super) objects: Vec<Value>,
    pub(super) skipped: Vec<String>,
}

impl Parents {
    /// Reads files and directories. Beside parents, they may contain other objects, as manifests often do; a directory
    /// also other YAML.
    pub(super) fn read(paths: &[PathBuf], description: &Description) -> Result<Self, Failure> {
        let kind = &description.parent.kind;
        let group = group_of(&description.parent.api_version);
        let (mut objects, mut others) = (Vec::new(), Vec::new());
        for path in paths {
            for document in documents(path)? {
                match document.check() {
                    Err(_) if document.found => continue,
                    checked => checked?,
                }
                let text = |field| {
                    document
                        .object
                        .get(field)
                        .and_then(Value::as_str)
                        .unwrap_or_default()
                };
                let same_group = group_of(text("apiVersion")) == group;
                if same_group && text("kind") == kind {
                    objects.push(document.object);
                } else if same_group && nearest(text("kind"), &mut std::iter::once(kind.as_str())).is_some() {
                    return Err(Failure::Usage(format!(
                        "{}: unknown kind {:?}; did you mean {kind}?",
                        document.place,
                        text("kind")
                    )));
                } else {
                    others.push(document);
                }
            }
        }
        let files: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
        let files = files.join(", ");
        let parent = match group {
            "" => kind.clone(),
            group => format!("{kind} of {group}"),
        };
        let skipped = match (objects.len(), others.len()) {
            (0, 0) => {
                return Err(Failure::Usage(format!(
                    "no object in {files}; expected a {parent}"
                )));
            }
            // The pipeline says what the plugin is for.
            (0, 1) => {
                objects.extend(others.into_iter().map(|document| document.object));
                Vec::new()
            }
            (0, many) => {
                return Err(Failure::Usage(format!(
                    "none of the {many} objects in {files} is a {parent}, the parent of this plugin"
                )));
            }
            _ => others
                .iter()
                .map(|other| {
                    format!(
                        "skipped {} ({}); the parent is a {parent}",
                        title(&other.object),
                        other.place
                    )
                })
                .collect(),
        };
        Ok(Self { objects, skipped })
    }
}
