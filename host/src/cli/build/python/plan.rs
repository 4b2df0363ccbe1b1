//! What is built: the file with the hooks, which hooks they are, and what is said of them.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value};

use super::super::super::Failure;
use crate::catalogue::{self, ServedHook};
use crate::input;
use crate::sandbox::{HOOKS, PACKAGE, PACKAGE_VERSION};

/// The file with the hooks as functions.
pub(super) const HOOK: &str = "hook.py";

/// The word by which a file is known as a server.
const SERVES: &str = "serve_forever";

/// What is built.
pub(super) struct Plan {
    /// The name of the project.
    pub(super) name: String,
    /// The file with the hooks.
    file: String,
    /// Whether the file is a server of its own.
    server: bool,
    hooks: Vec<ServedHook>,
    /// What the file does not say itself.
    description: Map<String, Value>,
}

impl Plan {
    /// Reads the files of a project.
    pub(super) fn of(directory: &Path, controller: Option<&Path>) -> Result<Self, Failure> {
        let name = name(directory);
        if let Some(file) = server(directory)? {
            let said = catalogue::said_beside(directory, controller, &name, &text(&directory.join(&file))?)
                .map_err(|error| Failure::Usage(error.to_string()))?;
            return Ok(Self {
                name,
                file,
                server: true,
                hooks: said.hooks,
                description: said.description,
            });
        }
        let path = directory.join(HOOK);
        let text = text(&path)?;
        let has = |hook: &&str| text.lines().any(|line| defines(line, hook));
        let hooks: Vec<ServedHook> = HOOKS.into_iter().filter(has).map(ServedHook::new).collect();
        if hooks.is_empty() {
            return Err(Failure::Usage(format!(
                "no hook in {}: expected a function `def sync(request):` at the top level of the file",
                path.display()
            )));
        }
        Ok(Self {
            name,
            file: HOOK.to_owned(),
            server: false,
            hooks,
            description: Map::new(),
        })
    }

    /// The module that tells the exports what to do.
    pub(super) fn module(&self) -> String {
        let hooks: Map<String, Value> = self
            .hooks
            .iter()
            .map(|hook| (hook.name.to_owned(), hook.path.clone().into()))
            .collect();
        let texts = [
            ("FILE", self.file.as_str().into()),
            ("HOOKS", Value::Object(hooks)),
            ("DESCRIPTION", Value::Object(self.description.clone())),
        ];
        let mut module = format!(
            "\"\"\"Written by `metawasm build`.\"\"\"\n\nimport json\n\nSERVER = {}\n",
            if self.server { "True" } else { "False" }
        );
        for (name, value) in texts {
            // A string of JSON is a string of Python.
            let text = ascii(&Value::String(value.to_string()).to_string());
            // Writing to a string does not fail.
            let _ = writeln!(module, "{name} = json.loads({text})");
        }
        module
    }

    /// The world of the component.
    pub(super) fn world(&self) -> String {
        let package = format!("{PACKAGE}/");
        let mut world = format!(
            "package metawasm:built;\nworld plugin {{\n  import {package}logging@{PACKAGE_VERSION};\n  export \
             {package}describe@{PACKAGE_VERSION};\n"
        );
        for hook in &self.hooks {
            let _ = writeln!(world, "  export {package}{}@{PACKAGE_VERSION};", hook.name);
        }
        world.push_str("}\n");
        world
    }
}

/// Writes characters beyond ASCII as escapes of Python.
fn ascii(text: &str) -> String {
    let mut out = String::new();
    for c in text.chars() {
        if c.is_ascii() {
            out.push(c);
        } else {
            let _ = write!(out, "\\U{:08x}", u32::from(c));
        }
    }
    out
}

/// Whether a line at the top level defines a function with a name.
fn defines(line: &str, name: &str) -> bool {
    let line = line.strip_prefix("async ").unwrap_or(line);
    let rest = line.strip_prefix("def ").unwrap_or(line);
    let Some(rest) = rest.trim_start().strip_prefix(name) else {
        return false;
    };
    let rest = rest.trim_start();
    if line.starts_with("def ") {
        rest.starts_with('(')
    } else {
        line.starts_with(name) && rest.starts_with('=') && !rest.starts_with("==")
    }
}

/// Finds the file that is a server of its own: `hook.py`, or the only one in the directory that serves.
pub(super) fn server(directory: &Path) -> Result<Option<String>, Failure> {
    let failed = |error| Failure::Usage(format!("cannot read {}: {error}", directory.display()));
    let serves = |name: &str| text(&directory.join(name)).map(|text| text.contains(SERVES));
    if directory.join(HOOK).is_file() {
        return Ok(serves(HOOK)?.then(|| HOOK.to_owned()));
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).map_err(failed)? {
        let name = PathBuf::from(entry.map_err(failed)?.file_name());
        let is_python = name.extension().is_some_and(|end| end == "py");
        let Some(name) = name.to_str().filter(|_| is_python) else {
            continue;
        };
        if directory.join(name).is_file() && serves(name)? {
            found.push(name.to_owned());
        }
    }
    found.sort();
    match found.as_slice() {
        [] => Ok(None),
        [only] => Ok(Some(only.clone())),
        [first, second, ..] => Err(Failure::Usage(format!(
            "{} and {} in {} are servers; expected one server in a directory",
            first,
            second,
            directory.display()
        ))),
    }
}

fn text(path: &Path) -> Result<String, Failure> {
    input::file(path)
        .and_then(|bytes| input::text(bytes, path))
        .map_err(|error| Failure::Usage(error.to_string()))
}

/// The name of a project is that of its directory.
fn name(directory: &Path) -> String {
    let path = directory.canonicalize().ok();
    let name = path
        .as_deref()
        .and_then(Path::file_name)
        .and_then(|name| name.to_str());
    name.unwrap_or("plugin").to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hooks_are_functions_at_the_top_level() {
        for (line, defined) in [
            ("def sync(request):", true),
            ("def sync (request, settings):", true),
            ("async def sync(request):", true),
            ("sync = hooks.sync", true),
            ("sync == 1", false),
            ("def synchronise(request):", false),
            ("    def sync(self):", false),
            ("# def sync(request):", false),
            ("sync(request)", false),
        ] {
            assert_eq!(defines(line, "sync"), defined, "{line}");
        }
    }

    #[test]
    fn the_plan_is_python_in_ascii() {
        let description = serde_json::json!({"name": "ü \"𝄞\" \\ \n"});
        let plan = Plan {
            name: "a".to_owned(),
            file: "sync.py".to_owned(),
            server: true,
            hooks: vec![ServedHook::new("sync")],
            description: description.as_object().unwrap().clone(),
        };
        let module = plan.module();
        assert!(module.is_ascii(), "{module}");
        assert!(
            module.contains(
                r#"DESCRIPTION = json.loads("{\"name\":\"\U000000fc \\\"\U0001d11e\\\" \\\\ \\n\"}")"#
            ),
            "{module}"
        );
        assert!(module.contains("SERVER = True"), "{module}");
        assert!(
            plan.world().contains("export metawasm:hook/sync@0.1.0;"),
            "{}",
            plan.world()
        );
    }
}
