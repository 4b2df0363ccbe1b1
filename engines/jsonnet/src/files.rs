//! The table of files, and the paths of imports.

use std::any::Any;
use std::collections::BTreeMap;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::path::Path;

use jrsonnet_evaluator::error::ErrorKind;
use jrsonnet_evaluator::{AsPathLike, ImportResolver, Result, SourcePath};
use jrsonnet_gcmodule::Acyclic;
use jrsonnet_ir::SourcePathT;

use crate::File;

/// The name under which a script imports the helpers of this engine.
pub(crate) const HELPERS: &str = "metawasm.libsonnet";

const HELPERS_TEXT: &str = include_str!("../metawasm.libsonnet");

/// The folder of hooks in the working directory of jsonnetd, from which jsonnetd resolves imports.
const HOOKS_OF_JSONNETD: &str = "hooks/";

/// The files of a script by path.
#[derive(Debug, Acyclic)]
pub(crate) struct Files(BTreeMap<String, String>);

impl Files {
    /// Makes the table. The helpers are in it, unless the script has a file of that name.
    pub(crate) fn new(files: impl IntoIterator<Item = File>) -> Self {
        let mut table: BTreeMap<String, String> =
            files.into_iter().map(|file| (file.path, file.content)).collect();
        table
            .entry(HELPERS.to_owned())
            .or_insert_with(|| HELPERS_TEXT.to_owned());
        Self(table)
    }

    /// Returns the text of a file.
    pub(crate) fn text(&self, path: &str) -> Option<&str> {
        self.0.get(path).map(String::as_str)
    }

    /// Returns the path of the file that `from` imports as `import`.
    ///
    /// # Errors
    ///
    /// A sentence without a place.
    pub(crate) fn resolve(&self, from: &str, import: &str) -> Result<String, String> {
        if import.starts_with('/') {
            return Err(format!(
                "cannot import `{import}`: an import is a path relative to the importing file, inside the script's folder"
            ));
        }
        let folder = from.rsplit_once('/').map_or("", |(folder, _)| folder);
        let path = join(folder, import)
            .ok_or_else(|| format!("cannot import `{import}`: the path leaves the script's folder"))?;
        if self.0.contains_key(&path) {
            return Ok(path);
        }
        let at_jsonnetd = import.strip_prefix(HOOKS_OF_JSONNETD);
        match at_jsonnetd.filter(|path| self.0.contains_key(*path)) {
            Some(path) => Ok(path.to_owned()),
            None if import == HELPERS => Ok(HELPERS.to_owned()),
            None => Err(format!(
                "cannot import `{import}`: file `{path}` not found{}",
                self.hint(&path)
            )),
        }
    }

    /// Says where the file of the same name is, or which files there are.
    fn hint(&self, path: &str) -> String {
        let name = |path: &str| path.rsplit_once('/').map_or(path, |(_, name)| name).to_owned();
        let wanted = name(path);
        if let Some(other) = self.0.keys().find(|other| name(other) == wanted) {
            return format!("; did you mean `{other}`?");
        }
        if self.0.len() <= 2 {
            return "; the script is this file alone: to import others, serve their folder".to_owned();
        }
        const SHOWN: usize = 5;
        let mut files: Vec<&str> = self
            .0
            .keys()
            .map(String::as_str)
            .filter(|file| *file != HELPERS)
            .collect();
        let more = if files.len() > SHOWN { ", …" } else { "" };
        files.truncate(SHOWN);
        format!("; the script has {}{more}", files.join(", "))
    }
}

/// Joins a folder and a relative path. `None` if the path leaves the root.
fn join(folder: &str, path: &str) -> Option<String> {
    let mut parts: Vec<&str> = folder.split('/').filter(|part| !part.is_empty()).collect();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/"))
}

/// The path of a file in the table.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Acyclic)]
pub(crate) struct InTable(pub(crate) String);

impl fmt::Display for InTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl SourcePathT for InTable {
    fn is_default(&self) -> bool {
        false
    }

    // `std.thisFile` is the text of `Display` then, as it should be.
    fn path(&self) -> Option<&Path> {
        None
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn dyn_hash(&self, mut hasher: &mut dyn Hasher) {
        self.hash(&mut hasher);
    }

    fn dyn_eq(&self, other: &dyn SourcePathT) -> bool {
        other.as_any().downcast_ref::<Self>() == Some(self)
    }

    fn dyn_debug(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self, f)
    }
}

impl ImportResolver for Files {
    fn resolve_from(&self, from: &SourcePath, import: &dyn AsPathLike) -> Result<SourcePath> {
        let from = from.downcast_ref::<InTable>().map_or("", |path| &path.0);
        let import = import.as_path().to_owned().to_string();
        match self.resolve(from, &import) {
            Ok(path) => Ok(SourcePath::new(InTable(path))),
            Err(sentence) => Err(ErrorKind::ImportCallbackError(sentence).into()),
        }
    }

    fn load_file_contents(&self, path: &SourcePath) -> Result<Vec<u8>> {
        let text = path.downcast_ref::<InTable>().and_then(|path| self.text(&path.0));
        match text {
            Some(text) => Ok(text.as_bytes().to_vec()),
            None => Err(ErrorKind::ResolvedFileNotFound(path.clone()).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn imports_stay_in_the_folder() {
        let files = Files::new(
            ["sync.jsonnet", "lib/a.libsonnet", "lib/deep/b.libsonnet"].map(|path| File {
                path: path.into(),
                content: String::new(),
            }),
        );
        for (from, import, expected) in [
            ("sync.jsonnet", "lib/a.libsonnet", Ok("lib/a.libsonnet")),
            ("sync.jsonnet", "./lib//a.libsonnet", Ok("lib/a.libsonnet")),
            ("lib/a.libsonnet", "deep/b.libsonnet", Ok("lib/deep/b.libsonnet")),
            ("lib/deep/b.libsonnet", "../a.libsonnet", Ok("lib/a.libsonnet")),
            ("lib/deep/b.libsonnet", "../../sync.jsonnet", Ok("sync.jsonnet")),
            ("sync.jsonnet", "hooks/lib/a.libsonnet", Ok("lib/a.libsonnet")),
            ("lib/deep/b.libsonnet", HELPERS, Ok(HELPERS)),
            (
                "sync.jsonnet",
                "../../etc/passwd",
                Err("leaves the script's folder"),
            ),
            (
                "lib/a.libsonnet",
                "../../etc/passwd",
                Err("leaves the script's folder"),
            ),
            ("sync.jsonnet", "lib/../../x", Err("leaves the script's folder")),
            (
                "sync.jsonnet",
                "/etc/passwd",
                Err("relative to the importing file"),
            ),
            (
                "sync.jsonnet",
                "a.libsonnet",
                Err("did you mean `lib/a.libsonnet`?"),
            ),
            (
                "sync.jsonnet",
                "c.libsonnet",
                Err("the script has lib/a.libsonnet, lib/deep/b.libsonnet, sync.jsonnet"),
            ),
            ("sync.jsonnet", "", Err("file `` not found")),
        ] {
            match (files.resolve(from, import), expected) {
                (Ok(path), Ok(expected)) => assert_eq!(path, expected, "{from} imports {import}"),
                (Err(sentence), Err(part)) => {
                    assert!(sentence.contains(part), "{from} imports {import}: {sentence}")
                }
                (got, expected) => panic!("{from} imports {import}: {got:?}, expected {expected:?}"),
            }
        }
    }
}
