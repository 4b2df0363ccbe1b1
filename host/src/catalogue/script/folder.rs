//! The files of a script.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use super::bundle::{Bundle, Entry, ending};
use super::error::{DEPTH, FILES, SIZE, ScriptError, read_error};
use super::said::{self, Said};
use crate::catalogue::shipped::SHIPPED;
use crate::sandbox::HOOKS;

/// Folders that are not part of a script.
const NOT_FOLDERS: [&str; 4] = ["node_modules", "target", "test", "tests"];
/// Endings of files that are not part of a script.
const NOT_ENDINGS: [&str; 5] = ["md", "minisig", "ts", "wasm", "tgz"];
/// Files that are about a script.
const ABOUT: [&str; 6] = [
    said::PLUGIN,
    said::CONTROLLER,
    said::CRD,
    "metawasm.yaml",
    "example.yaml",
    "package-lock.json",
];
/// Names, without ending, of the file with the hooks.
const MAIN: [&str; 2] = ["index", "main"];

/// Which files a script consists of, before they are read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::catalogue) struct Layout {
    path: PathBuf,
    name: String,
    /// Path within the script and on the disk.
    files: Vec<(String, PathBuf)>,
    /// Files with what is said of it.
    about: said::Files,
}

impl Layout {
    /// Looks at a path: a file, or a folder with scripts of these endings. `None` is a path that is no script.
    pub(in crate::catalogue) fn of(
        path: &Path,
        controller: Option<&Path>,
        endings: &[&str],
    ) -> Result<Option<Self>, ScriptError> {
        let text = |name: Option<&std::ffi::OsStr>| name.and_then(|name| name.to_str()).map(str::to_owned);
        let is_script = |name: &str| endings.contains(&ending(name));
        if path.is_dir() {
            let mut files = Vec::new();
            let real = fs::canonicalize(path).map_err(|error| read_error(path, error))?;
            walk(&Folder { root: path, real }, path, DEPTH, &mut files)?;
            files.sort();
            let at_top = |name: &String| !name.contains('/');
            if files
                .iter()
                .any(|(name, _)| at_top(name) && ending(name) == "wasm")
            {
                return Ok(None);
            }
            if !files.iter().any(|(name, _)| is_script(name)) {
                if let Some(built) = files.iter().find_map(|(name, _)| built(name)) {
                    return Err(built.missing(path));
                }
                return Err(ScriptError::Nothing {
                    path: path.to_owned(),
                    endings: endings
                        .iter()
                        .map(|ending| format!("*.{ending}"))
                        .collect::<Vec<_>>()
                        .join(", "),
                });
            }
            files.retain(|(name, _)| is_part(name));
            let about = said::Files::in_folder(path, controller);
            let name = fs::canonicalize(path)
                .ok()
                .and_then(|path| text(path.file_name()));
            return Ok(Some(Self {
                path: path.to_owned(),
                name: name.unwrap_or_default(),
                files,
                about,
            }));
        }
        let file = text(path.file_name()).unwrap_or_default();
        if !is_script(&file) {
            if let Some(built) = built(&file).filter(|_| path.is_file()) {
                return Err(built.missing(path));
            }
            return Ok(None);
        }
        let name = text(path.file_stem()).unwrap_or_default();
        Ok(Some(Self {
            path: path.to_owned(),
            about: said::Files::beside(path, &name, controller),
            files: vec![(file, path.to_owned())],
            name,
        }))
    }

    /// All files whose content counts.
    pub(in crate::catalogue) fn files(&self) -> impl Iterator<Item = &Path> {
        let about = self.about.paths();
        self.files.iter().map(|(_, path)| path.as_path()).chain(about)
    }

    /// The file or folder.
    pub(in crate::catalogue) fn path(&self) -> &Path {
        &self.path
    }

    /// The endings of its files.
    pub(in crate::catalogue) fn endings(&self) -> BTreeSet<&str> {
        self.files.iter().map(|(name, _)| ending(name)).collect()
    }

    /// Reads the files.
    pub(in crate::catalogue) fn read(&self, endings: &[&str]) -> Result<Bundle, ScriptError> {
        let mut left = SIZE;
        let mut files = BTreeMap::new();
        for (name, path) in &self.files {
            let bytes = self.read_file(path, &mut left)?;
            match String::from_utf8(bytes) {
                Ok(content) => _ = files.insert(name.clone(), content),
                Err(error) if endings.contains(&ending(name)) || ending(name) == "json" => {
                    return Err(ScriptError::NotUtf8 {
                        path: path.clone(),
                        offset: error.utf8_error().valid_up_to(),
                    });
                }
                // No engine reads anything but text.
                Err(_) => {}
            }
        }
        let said = Said::read(&self.about, &self.name)?;
        let mut bundle = Bundle::new(self.name.clone(), files);
        bundle.entries = self.entries(&bundle, &said, endings)?;
        bundle.hooks = said.hooks().into_iter().map(str::to_owned).collect();
        bundle.description = said.description;
        Ok(bundle)
    }

    fn read_file(&self, path: &Path, left: &mut u64) -> Result<Vec<u8>, ScriptError> {
        let failed = |error| read_error(path, error);
        // To open a pipe that nobody writes to would wait for ever.
        if !fs::metadata(path).map_err(failed)?.is_file() {
            let error = std::io::Error::new(std::io::ErrorKind::InvalidInput, "not a regular file");
            return Err(failed(error));
        }
        let mut bytes = Vec::new();
        let file = fs::File::open(path).map_err(failed)?;
        file.take(*left + 1).read_to_end(&mut bytes).map_err(failed)?;
        let room = left.checked_sub(bytes.len() as u64);
        *left = room.ok_or_else(|| ScriptError::TooLarge {
            path: self.path.clone(),
        })?;
        Ok(bytes)
    }

    /// The files with hooks: as `plugin.yaml` says; else those that are called like hooks; else `index` or `main`; else the only script.
    fn entries(&self, bundle: &Bundle, said: &Said, endings: &[&str]) -> Result<Vec<Entry>, ScriptError> {
        let entries = self.choose(bundle, said, endings)?;
        let mut found: Vec<&str> = entries.iter().map(|entry| ending(&entry.path)).collect();
        found.sort_unstable();
        found.dedup();
        if found.len() > 1 && !is_one_language(&found) {
            return Err(ScriptError::Mixed {
                path: self.path.clone(),
                endings: found.join(", "),
            });
        }
        Ok(entries)
    }

    fn choose(&self, bundle: &Bundle, said: &Said, endings: &[&str]) -> Result<Vec<Entry>, ScriptError> {
        let entry = |path: &str, hook: Option<&str>| Entry {
            path: path.to_owned(),
            hook: hook.map(str::to_owned),
        };
        if !said.files.is_empty() {
            let mut entries = Vec::new();
            for (field, hook, name) in &said.files {
                let name = name.strip_prefix("./").unwrap_or(name);
                if !bundle.files.contains_key(name) {
                    return Err(ScriptError::NoSuchFile {
                        path: said.path.clone(),
                        field: field.clone(),
                        name: name.to_owned(),
                    });
                }
                entries.push(entry(name, *hook));
            }
            return Ok(entries);
        }
        let scripts = bundle.files.keys().filter(|name| endings.contains(&ending(name)));
        let top: Vec<&String> = scripts.clone().filter(|name| !name.contains('/')).collect();
        let called = |stem: &str| {
            top.iter()
                .find(|name| name.rsplit_once('.').is_some_and(|(of, _)| of == stem))
        };
        if top.len() > 1 || bundle.files.len() > 1 {
            let of_hooks = HOOKS
                .into_iter()
                .filter_map(|hook| Some(entry(called(hook)?, Some(hook))));
            let of_hooks: Vec<Entry> = of_hooks.collect();
            if !of_hooks.is_empty() {
                return Ok(of_hooks);
            }
        }
        let main = MAIN.iter().find_map(|stem| called(stem)).copied();
        let only = (top.len() == 1).then(|| top.first().copied()).flatten();
        if let Some(main) = main.or(only) {
            return Ok(vec![entry(main, None)]);
        }
        let all: Vec<&str> = scripts.take(5).map(String::as_str).collect();
        Err(ScriptError::Unclear {
            path: self.path.clone(),
            found: all.join(", "),
        })
    }
}

/// A language that `metawasm build` reads, and no engine.
struct Built {
    language: &'static str,
    /// The ending of what is made of it.
    made: &'static str,
}

impl Built {
    /// It is not built.
    fn missing(&self, path: &Path) -> ScriptError {
        ScriptError::NotBuilt {
            path: path.to_owned(),
            language: self.language,
            made: self.made,
        }
    }
}

/// The language of a file, if it has to be built.
fn built(name: &str) -> Option<Built> {
    let (language, made) = match ending(name) {
        "ts" | "mts" | "cts" if !name.ends_with(".d.ts") => ("TypeScript", "js"),
        "py" => ("Python", "wasm"),
        _ => return None,
    };
    Some(Built { language, made })
}

/// Whether endings are those of one engine.
fn is_one_language(endings: &[&str]) -> bool {
    SHIPPED
        .iter()
        .any(|engine| endings.iter().all(|ending| engine.endings.contains(ending)))
}

struct Folder<'a> {
    root: &'a Path,
    real: PathBuf,
}

fn walk(
    folder: &Folder<'_>,
    directory: &Path,
    depth: usize,
    files: &mut Vec<(String, PathBuf)>,
) -> Result<(), ScriptError> {
    let root = || folder.root.to_owned();
    if depth == 0 {
        return Err(ScriptError::TooDeep { path: root() });
    }
    let entries = fs::read_dir(directory).map_err(|error| read_error(directory, error))?;
    for entry in entries {
        let path = entry.map_err(|error| read_error(directory, error))?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or(".");
        // Hidden, or with a name that no script can write.
        if name.starts_with('.') {
            continue;
        }
        let real = fs::canonicalize(&path).map_err(|error| read_error(&path, error))?;
        if !real.starts_with(&folder.real) {
            return Err(ScriptError::Outside {
                path: path.clone(),
                folder: root(),
            });
        }
        if real.is_dir() {
            if !NOT_FOLDERS.contains(&name) {
                walk(folder, &path, depth - 1, files)?;
            }
            continue;
        }
        if files.len() >= FILES {
            return Err(ScriptError::TooMany { path: root() });
        }
        if let Ok(Some(within)) = path.strip_prefix(folder.root).map(Path::to_str) {
            files.push((within.to_owned(), path));
        }
    }
    Ok(())
}

/// Whether a file is part of the script, and not about it.
fn is_part(name: &str) -> bool {
    !NOT_ENDINGS.contains(&ending(name)) && !ABOUT.contains(&name)
}
