//! The API server's audit log: what Metacontroller has written, changes or not.

use std::fmt;
use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::PathBuf;

use anyhow::Result;
use serde_json::Value;

/// The log of a control plane.
pub struct Audit {
    path: PathBuf,
}

/// A request that was to change something.
#[derive(Clone, Debug)]
pub struct Write {
    /// `create`, `update`, `patch` or `delete`.
    pub verb: String,
    /// The resource, with its subresource: `functions/status`.
    pub resource: String,
    /// Empty for what is in no namespace.
    pub namespace: String,
    /// Empty for a create.
    pub name: String,
    /// The status that it was answered with.
    pub code: u64,
    /// What was sent.
    pub body: Value,
}

impl Audit {
    pub(super) fn new(path: PathBuf) -> Self {
        Self { path }
    }

    /// Where the log ends now.
    #[must_use]
    pub fn mark(&self) -> u64 {
        std::fs::metadata(&self.path).map_or(0, |file| file.len())
    }

    /// What Metacontroller has written since a mark, in these namespaces.
    ///
    /// # Errors
    ///
    /// If the log cannot be read.
    pub fn since(&self, mark: u64, namespaces: &[String]) -> Result<Vec<Write>> {
        let mut text = String::new();
        let mut file = File::open(&self.path)?;
        file.seek(SeekFrom::Start(mark))?;
        file.read_to_string(&mut text)?;
        let mut writes = Vec::new();
        for line in text.lines() {
            // The last line may be half written; it is whole the next time.
            let Ok(event) = serde_json::from_str::<Value>(line) else {
                continue;
            };
            let target = &event["objectRef"];
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let mut resource = text(&target["resource"]);
            if let Some(sub) = target["subresource"].as_str() {
                resource = format!("{resource}/{sub}");
            }
            let write = Write {
                verb: text(&event["verb"]),
                resource,
                namespace: text(&target["namespace"]),
                name: text(&target["name"]),
                code: event["responseStatus"]["code"].as_u64().unwrap_or_default(),
                body: event["requestObject"].clone(),
            };
            if namespaces.contains(&write.namespace) {
                writes.push(write);
            }
        }
        Ok(writes)
    }
}

impl fmt::Display for Write {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {} ({})", self.verb, self.resource, self.name, self.code)
    }
}
