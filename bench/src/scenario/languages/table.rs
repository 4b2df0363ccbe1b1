//! The languages, and how a hook is made a plugin in each.

use std::path::PathBuf;

use anyhow::Result;
use metawasm_tests::python::{self, Project};
use metawasm_tests::{compiled, root, skip, target};
use serde_json::{Map, Value, json};

use crate::figure::Bar;
use crate::scenario::Context;
use crate::servers::Native;

/// A language, and what its hooks are compared with.
pub(super) struct Language {
    pub(super) name: &'static str,
    pub(super) runs: Runs,
    pub(super) folder: &'static str,
    pub(super) file: &'static str,
    pub(super) native: Native,
    pub(super) server: &'static str,
    pub(super) bar: Bar,
}

/// How the host runs a hook.
pub(super) enum Runs {
    /// With an engine.
    Engine(&'static str),
    /// As a component that contains the language.
    Component,
    /// As a component of a compiler.
    Compiled,
}

pub(super) const ALL: [Language; 6] = [
    Language {
        name: "JavaScript",
        runs: Runs::Engine("js.wasm"),
        folder: "js",
        file: "sync.js",
        native: Native::Node,
        server: "Node's http server",
        bar: Bar::AtMost(2.0),
    },
    Language {
        name: "Jsonnet",
        runs: Runs::Engine("jsonnet.wasm"),
        folder: "jsonnet",
        file: "sync.jsonnet",
        native: Native::GoJsonnet,
        server: "go-jsonnet in a Go server",
        bar: Bar::AtMost(0.2),
    },
    Language {
        name: "Python",
        runs: Runs::Component,
        folder: "python",
        file: "sync.py",
        native: Native::Python,
        server: "Python's http.server",
        bar: Bar::AtMost(5.0),
    },
    Language {
        name: "Go",
        runs: Runs::Compiled,
        folder: "go",
        file: "set/set.go",
        native: Native::Go,
        server: "Go's net/http",
        bar: Bar::AtMost(2.5),
    },
    Language {
        name: "Rust",
        runs: Runs::Compiled,
        folder: "rust",
        file: "src/lib.rs",
        native: Native::Rust,
        server: "axum",
        bar: Bar::AtMost(1.3),
    },
    Language {
        name: "C",
        runs: Runs::Compiled,
        folder: "c",
        file: "plugin.c",
        native: Native::C,
        server: "axum with a native library",
        bar: Bar::AtMost(1.3),
    },
];

/// The hook that is measured.
pub(super) fn example() -> PathBuf {
    root().join("examples/hooks/ordered-set")
}

impl Language {
    /// The file that is served natively.
    pub(super) fn hook(&self) -> PathBuf {
        example().join(self.folder).join(self.file)
    }

    /// The hook as the host serves it, but for its name. Nothing, and a line, if it cannot be run here.
    pub(super) fn plugin(&self) -> Result<Option<Map<String, Value>>> {
        let controller = example().join("controller.yaml");
        let fields = match self.runs {
            Runs::Engine(engine) if !target().join("engines").join(engine).is_file() => {
                skip(format!(
                    "{}: target/engines/{engine} does not exist; run cargo xtask build",
                    self.name
                ));
                return Ok(None);
            }
            Runs::Engine(_) => [
                (
                    "source",
                    format!("file:{}", example().join(self.folder).display()),
                ),
                ("controller", controller.display().to_string()),
            ]
            .to_vec(),
            Runs::Component => {
                let Some(tools) = python::tools() else {
                    return Ok(None);
                };
                let project = Project {
                    group: "bench",
                    name: "ordered-set",
                    files: vec![(self.file.to_owned(), std::fs::read_to_string(self.hook())?)],
                    controller: Some(controller),
                };
                let component = python::build(&tools, &project).path;
                [("source", format!("file:{}", component.display()))].to_vec()
            }
            Runs::Compiled => {
                let Some(component) = compiled::ordered_set(self.folder).map_err(anyhow::Error::msg)? else {
                    return Ok(None);
                };
                [("source", format!("file:{}", component.display()))].to_vec()
            }
        };
        let fields = fields
            .into_iter()
            .map(|(field, value)| (field.to_owned(), value.into()));
        Ok(Some(fields.collect()))
    }

    /// A configuration that serves the hook under these names. Scripts are copies that differ, as those of different
    /// hooks do.
    pub(super) fn config(
        &self,
        context: &Context,
        plugin: &Map<String, Value>,
        names: &[String],
    ) -> Result<PathBuf> {
        let mut plugins: Vec<Value> = Vec::new();
        for name in names {
            let mut plugin = plugin.clone();
            plugin.insert("name".to_owned(), name.as_str().into());
            if let Runs::Engine(_) = self.runs {
                let copy = self.copy(context, name)?;
                plugin.insert("source".to_owned(), format!("file:{}", copy.display()).into());
            }
            plugins.push(plugin.into());
        }
        let file = format!("{}-{}.yaml", self.folder, names.len());
        let cache = context.folder.path().join("code");
        let text = json!({"compile": {"cache": cache}, "plugins": plugins}).to_string();
        Ok(context.folder.write(&file, text))
    }

    /// Copies the script, and writes a name into it.
    fn copy(&self, context: &Context, name: &str) -> Result<PathBuf> {
        let copy = context.folder.path().join(self.folder).join(name);
        std::fs::create_dir_all(&copy)?;
        for file in std::fs::read_dir(example().join(self.folder))? {
            let file = file?;
            let mut text = std::fs::read_to_string(file.path())?;
            if *file.file_name() == *self.file {
                text.push_str(&format!("\n// {name}\n"));
            }
            std::fs::write(copy.join(file.file_name()), text)?;
        }
        Ok(copy)
    }
}
