//! A host for one plugin and one call, for the commands that need no server.

use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::builder::{PossibleValuesParser, TypedValueParser};
use metawasm_contract::request::identity;
use metawasm_contract::{ApplyStrategy, ControllerKind, Hook};
use metawasm_formats::text::shown;
use serde_json::Value;

use super::boot::WORDS;
use super::{Failure, Output};
use crate::catalogue::{Catalogue, Description, Entry, Plugin, PluginSpec, Source, load};
use crate::config::plugin_spec;
use crate::input;
use crate::pipeline::{AdmissionOptions, Outcome, Pipeline, RuleOptions};
use crate::sandbox::{ChildProcesses, Compiler, Sandbox, SandboxOptions};
use crate::schema::{SchemaMode, Schemas, children};
use crate::telemetry::{self, LogOptions};
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

/// What answers are held against, as the commands take it.
#[derive(Debug, clap::Args)]
pub(super) struct RuleArgs {
    /// CustomResourceDefinitions, YAML files or folders: the schemas of kinds that Kubernetes does not own; may be
    /// given several times. Kinds without a schema are not checked
    #[arg(long, value_name = "PATH")]
    crds: Vec<PathBuf>,
    /// Do not hold children against the schemas of their kinds
    #[arg(long)]
    no_validate: bool,
    /// Metacontroller's --apply-strategy
    #[arg(long, value_name = "STRATEGY", value_parser = apply_parser(), default_value = "dynamic-apply")]
    apply_strategy: ApplyStrategy,
}

/// Findings that are listed of one child.
const LISTED: usize = 20;

impl RuleArgs {
    fn options(&self) -> Result<RuleOptions, Failure> {
        let schemas =
            Schemas::with_crds(&self.crds).map_err(|error| Failure::Usage(format!("--crds: {error}")))?;
        Ok(RuleOptions {
            apply: self.apply_strategy,
            // The commands list all at once, which a warning or refusal does not.
            schema: SchemaMode::Off,
            schemas: Arc::new(schemas),
        })
    }
}

/// A host with one plugin in it.
pub(super) struct Offline {
    pipeline: Pipeline,
    runtime: tokio::runtime::Runtime,
    name: String,
    /// `None` where children are not held against schemas.
    schemas: Option<Arc<Schemas>>,
}

impl Offline {
    /// Loads the plugin. What it logs is shown from `warn` up.
    pub(super) fn start(args: &PluginArgs) -> Result<Self, Failure> {
        Self::begin(args, RuleOptions::default(), None)
    }

    /// The same, for answers that are held against rules.
    pub(super) fn start_with(args: &PluginArgs, rules: &RuleArgs) -> Result<Self, Failure> {
        let options = rules.options()?;
        let schemas = (!rules.no_validate).then(|| options.schemas.clone());
        Self::begin(args, options, schemas)
    }

    fn begin(args: &PluginArgs, rules: RuleOptions, schemas: Option<Arc<Schemas>>) -> Result<Self, Failure> {
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
            .map_err(|error| Failure::Load(error.to_string()))?
            .compiling(Compiler::ChildProcesses(ChildProcesses::default()));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::Load(format!("no executor: {error}")))?;
        let plugin = runtime
            .block_on(load(&sandbox, &spec))
            .map_err(|error| Failure::Load(shown(&error.to_string(), WORDS)))?;
        let mut catalogue = Catalogue::default();
        catalogue.insert(&spec.name, Ok(plugin));
        let pipeline = Pipeline::new(sandbox, catalogue, AdmissionOptions::default()).with_rules(rules);
        Ok(Self {
            pipeline,
            runtime,
            name: spec.name,
            schemas,
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

    /// What does not match the schemas in the children of an answer, a line each; nothing where they are not asked.
    pub(super) fn mismatches(&self, answer: &str) -> Vec<String> {
        let mut lines = Vec::new();
        let Some(schemas) = &self.schemas else {
            return lines;
        };
        for key in [ControllerKind::Composite, ControllerKind::Decorator].map(ControllerKind::children_key) {
            for (index, child) in children(answer, key).into_iter().enumerate() {
                let findings = schemas.check(child, LISTED);
                let place = format!("/{key}/{index}");
                lines.extend(findings.list().iter().map(|finding| format!("{place}{finding}")));
                if findings.more() > 0 {
                    lines.push(format!("{place}: and {} more", findings.more()));
                }
            }
        }
        lines
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
        spec.settings = yaml::decode(&read(path)?, path).map_err(Failure::usage)?;
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
    read.map_err(Failure::usage)
}

/// A file's text.
pub(super) fn read(path: &Path) -> Result<String, Failure> {
    input::text(read_bytes(path)?, path).map_err(Failure::usage)
}

/// The objects of a YAML or JSON file, those of a `List` one by one.
fn objects(path: &Path) -> Result<Vec<Value>, Failure> {
    let mut objects = Vec::new();
    for (index, document) in yaml::documents(&read(path)?, path)
        .map_err(Failure::usage)?
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

/// Output of a command whose answer does not match the schemas: no answer, so that nobody applies it by mistake.
pub(super) fn mismatched(lines: &[String]) -> Output {
    let count = match lines.len() {
        1 => "1 place of the answer does not match the schema of its kind".to_owned(),
        many => format!("{many} places of the answer do not match the schema of their kind"),
    };
    // Words are escaped when they are printed, styles too.
    let mut words = vec![format!("error: {count}; --no-validate shows the answer")];
    words.extend(lines.iter().map(|line| format!("  {}", shown(line, 1000))));
    Output {
        words,
        refused: true,
        ..Output::default()
    }
}

/// Reads `--apply-strategy`.
pub(super) fn apply_parser() -> impl TypedValueParser<Value = ApplyStrategy> {
    PossibleValuesParser::new(ApplyStrategy::ALL.map(ApplyStrategy::as_str)).try_map(|name| name.parse())
}

/// Reads `--hook`.
pub(super) fn hook_parser() -> impl TypedValueParser<Value = Hook> {
    PossibleValuesParser::new(Hook::ALL.map(Hook::as_str)).try_map(|name| name.parse())
}
