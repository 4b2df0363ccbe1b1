//! A script as one piece of bytes.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::sandbox::{self, HOOKS};

/// How the bytes of every bundle begin. No component does, and no other JSON is likely to.
const BEGIN: &[u8] = b"{\"metawasmScript\":1,";

/// All that the answers of a script depend on, but for its engine. Equal scripts have equal bytes.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(in crate::catalogue) struct Bundle {
    metawasm_script: u8,
    /// The name of its file or folder, without an ending.
    pub(super) name: String,
    /// The files with hooks.
    pub(super) entries: Vec<Entry>,
    /// The hooks of a script that is a single function.
    pub(super) hooks: Vec<String>,
    /// What is said of it beside it.
    pub(super) description: Map<String, Value>,
    /// The texts of its files, by path.
    pub(super) files: BTreeMap<String, String>,
}

/// A file with hooks.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Entry {
    pub(super) path: String,
    /// The hook, if it is not the file that says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) hook: Option<String>,
}

impl Bundle {
    pub(super) fn new(name: String, files: BTreeMap<String, String>) -> Self {
        Self {
            metawasm_script: 1,
            name,
            entries: Vec::new(),
            hooks: Vec::new(),
            description: Map::new(),
            files,
        }
    }

    /// Reads the bytes of a source, if they are a bundle.
    pub(in crate::catalogue) fn parse(bytes: &[u8]) -> Option<Result<Self, serde_json::Error>> {
        bytes.starts_with(BEGIN).then(|| serde_json::from_slice(bytes))
    }

    /// Its bytes.
    pub(in crate::catalogue) fn to_bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).unwrap_or_default()
    }

    /// The ending of the files with hooks, by which its engine is found.
    pub(in crate::catalogue) fn ending(&self) -> &str {
        self.entries.first().map_or("", |entry| ending(&entry.path))
    }

    /// The script as its engine gets it.
    pub(in crate::catalogue) fn script(&self) -> sandbox::Script {
        let file = |(path, content): (&String, &String)| sandbox::File {
            path: path.clone(),
            content: content.clone(),
        };
        let entry = |entry: &Entry| sandbox::Entry {
            path: entry.path.clone(),
            hook: entry.hook.clone(),
        };
        let named = |hook: &&str| self.hooks.iter().any(|name| name == hook);
        sandbox::Script {
            files: self.files.iter().map(file).collect(),
            entries: self.entries.iter().map(entry).collect(),
            of_function: HOOKS.into_iter().filter(named).collect(),
        }
    }
}

/// The part of a path after its last dot.
pub(super) fn ending(path: &str) -> &str {
    let name = path.rsplit('/').next().unwrap_or(path);
    name.rsplit_once('.').map_or("", |(_, ending)| ending)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bundle_is_told_from_other_bytes_and_equal_scripts_have_equal_bytes() {
        let files = |content: &str| BTreeMap::from([("a.js".to_owned(), content.to_owned())]);
        let mut bundle = Bundle::new("a".to_owned(), files("1"));
        bundle.entries.push(Entry {
            path: "a.js".to_owned(),
            hook: None,
        });
        let bytes = bundle.to_bytes();
        assert!(bytes.starts_with(BEGIN), "{}", String::from_utf8_lossy(&bytes));
        assert_eq!(Bundle::parse(&bytes).unwrap().unwrap(), bundle);
        assert_eq!(bundle.ending(), "js");
        assert!(Bundle::parse(b"\0asm").is_none() && Bundle::parse(b"{}").is_none());
        assert!(Bundle::parse(BEGIN).unwrap().is_err());
        assert_ne!(Bundle::new("a".to_owned(), files("2")).to_bytes(), bytes);
    }

    #[test]
    fn an_ending_is_that_of_the_file() {
        for (path, found) in [
            ("a.js", "js"),
            ("a.b/c", ""),
            ("lib/a.plugin.mjs", "mjs"),
            ("a", ""),
        ] {
            assert_eq!(ending(path), found);
        }
    }
}
