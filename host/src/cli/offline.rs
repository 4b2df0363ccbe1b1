//! A host for one plugin and one call, for the commands that need no server.

use std::future::Future;
use std::path::{Path, PathBuf};

use clap::builder::{PossibleValuesParser, TypedValueParser};
use serde_json::Value;

use super::Failure;
use super::boot::WORDS;
use crate::catalogue::{Catalogue, Description, Entry, Plugin, PluginSpec, Source, load};
use crate::config::plugin_spec;
use crate::contract::Hook;
use crate::contract::request::identity;
use crate::input;
use crate::pipeline::{AdmissionOptions, Outcome, Pipeline};
use crate::sandbox::{Children, Compiler, Sandbox, SandboxOptions};
use crate::telemetry::{self, LogOptions};
use crate::text::shown;
use crate::yaml;

/// The name that the plugin has in sentences.
const NAME: &str = "offline";

/// A plugin and what it is set to, as the commands take them.
#[derive(Debug, clap::Args)]
pub(super) struct PluginArgs {
    /// The plugin: a component file, as PATH or file:PATH
    #[arg(value_name = "PLUGIN")]
    pub(super) source: String,
    /// Its settings, a YAML or JSON file
    #[arg(long, value_name = "FILE")]
    pub(super) settings: Option<PathBuf>,
}

/// A host with one plugin in it.
pub(super) struct Offline {
    pipeline: Pipeline,
    runtime: tokio::runtime::Runtime,
    name: String,
}

impl Offline {
    /// Loads the plugin. What it logs is shown from `warn` up.
    pub(super) fn start(args: &PluginArgs) -> Result<Self, Failure> {
        telemetry::init(&LogOptions {
            filter: "warn".to_owned(),
            ..LogOptions::default()
        })
        .map_err(|error| Failure::Usage(error.to_string()))?;
        let spec = spec(args)?;
        let options = SandboxOptions {
            concurrency: 1,
            memory: spec.limits.memory,
            table_elements: spec.limits.table_elements,
        };
        // A plugin may be anything that somebody found: it is compiled where it can take no more than its bounds.
        let sandbox = Sandbox::new(options)
            .map_err(Failure::Load)?
            .compiling(Compiler::Children(Children::default()));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::Load(format!("no executor: {error}")))?;
        let plugin = runtime
            .block_on(load(&sandbox, &spec))
            .map_err(|error| Failure::Load(shown(&error.to_string(), WORDS)))?;
        let mut catalogue = Catalogue::default();
        catalogue.insert(&spec.name, Ok(plugin));
        let pipeline = Pipeline::new(sandbox, catalogue, AdmissionOptions::default());
        Ok(Self {
            pipeline,
            runtime,
            name: spec.name,
        })
    }

    /// The plugin.
    pub(super) fn plugin(&self) -> Result<&Plugin, Failure> {
        match self.pipeline.catalogue().get(&self.name) {
            Some(Entry::Loaded(plugin)) => Ok(plugin),
            Some(Entry::Failed(reason)) => Err(Failure::Load(reason.to_string())),
            Some(Entry::Loading) | None => Err(Failure::Load("the plugin is gone".to_owned())),
        }
    }

    /// One call, through the same pipeline as the server's.
    pub(super) fn call(&self, hook: Hook, body: &[u8]) -> Result<String, Failure> {
        let hook = hook.as_str();
        let hooks: Vec<&str> = self.plugin()?.program.hooks().collect();
        if !hooks.contains(&hook) {
            let hooks = hooks.join(", ");
            return Err(Failure::Usage(format!(
                "the plugin has no hook {hook}; it has {hooks}"
            )));
        }
        let outcome = self.block_on(self.pipeline.call(&self.name, hook, body));
        match outcome {
            Outcome::Answer { body, .. } => String::from_utf8(body.into())
                .map_err(|error| Failure::Refused(format!("the answer is not UTF-8: {error}"))),
            Outcome::BadRequest { .. } | Outcome::NotForThis { .. } | Outcome::NoRoute { .. } => {
                Err(Failure::Usage(outcome.sentence()))
            }
            other => Err(Failure::Refused(other.sentence())),
        }
    }

    fn block_on<T>(&self, work: impl Future<Output = T>) -> T {
        self.runtime.block_on(work)
    }
}

fn spec(args: &PluginArgs) -> Result<PluginSpec, Failure> {
    let source =
        Source::parse(&args.source, Path::new("")).map_err(|error| Failure::Usage(error.to_string()))?;
    let Source::File(path) = &source;
    let name = path
        .file_stem()
        .and_then(|stem| stem.to_str())
        .unwrap_or(NAME)
        .to_owned();
    let mut spec = plugin_spec(name, source);
    if let Some(path) = &args.settings {
        spec.settings = yaml::decode(&read(path)?, path).map_err(Failure::Usage)?;
    }
    Ok(spec)
}

/// What a plugin says of itself on a cluster that has the named ones of its optional kinds.
pub(super) fn described(plugin: &Plugin, with: &[String]) -> Result<Description, Failure> {
    let description = Description::clone(&plugin.description).with_optional(with);
    description.map_err(|sentence| Failure::Usage(format!("--with: {sentence}")))
}

/// A file's bytes; `-` is standard input.
pub(super) fn read_bytes(path: &Path) -> Result<Vec<u8>, Failure> {
    let read = if path == Path::new("-") {
        input::bytes(std::io::stdin(), path)
    } else {
        input::file(path)
    };
    read.map_err(Failure::Usage)
}

/// A file's text.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    input::text(read_bytes(path)?, path).map_err(Failure::Usage)
}

/// The objects of a YAML or JSON file, those of a `List` one by one.
fn objects(path: &Path) -> Result<Vec<Value>, Failure> {
    let mut objects = Vec::new();
    for (index, document) in yaml::documents(&read(path)?, path)
        .map_err(Failure::Usage)?
        .into_iter()
        .enumerate()
    {
        let place = format!("{}: document {}", path.display(), index + 1);
        let is_list = document
            .get("kind")
            .and_then(Value::as_str)
            .is_some_and(|kind| kind.ends_with("List"));
        match document.get("items").and_then(Value::as_array) {
            Some(items) if is_list => {
                for (item, object) in items.iter().enumerate() {
                    check(object, &format!("{place}, items[{item}]"))?;
                    objects.push(object.clone());
                }
            }
            _ => {
                check(&document, &place)?;
                objects.push(document);
            }
        }
    }
    Ok(objects)
}

/// The objects of several files.
pub(super) fn all_objects(paths: &[PathBuf]) -> Result<Vec<Value>, Failure> {
    let lists = paths.iter().map(|path| objects(path));
    Ok(lists.collect::<Result<Vec<_>, _>>()?.concat())
}

fn check(object: &Value, place: &str) -> Result<(), Failure> {
    identity(object, place)
        .map(drop)
        .map_err(|error| Failure::Usage(error.to_string()))
}

/// The one object of a file.
pub(super) fn object(path: &Path, what: &str) -> Result<Value, Failure> {
    let mut all = objects(path)?;
    match (all.pop(), all.len()) {
        (Some(object), 0) => Ok(object),
        (last, others) => {
            let found = others + usize::from(last.is_some());
            Err(Failure::Usage(format!(
                "{}: one {what} is expected, there are {found}",
                path.display()
            )))
        }
    }
}

/// Reads `--hook`.
pub(super) fn hook_parser() -> impl TypedValueParser<Value = Hook> {
    PossibleValuesParser::new(Hook::ALL.map(Hook::as_str)).try_map(|name| name.parse())
}
