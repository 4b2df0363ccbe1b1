//! A host for one plugin and one call, for the commands that work without a server.

use std::cell::OnceCell;
use std::future::Future;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use metawasm_contract::{ApplyStrategy, ControllerKind, Hook};
use metawasm_formats::text::shown;
use serde_json::{Map, Value};
use tracing::level_filters::LevelFilter;

use super::boot::WORDS;
use super::cache::{self, CacheArgs};
pub(super) use super::objects::{all_objects, controller, object, read, read_bytes};
use super::registry::RegistryArgs;
use super::script::ScriptArgs;
use super::waiting;
use super::{Failure, Output, backtrace};
use crate::catalogue::{Catalogue, Change, Description, Fetcher, Plugin, PluginSpec, Source, Version, load};
use crate::config::{Config, plugin_spec};
use crate::pipeline::{
    AdmissionOptions, Done, HookRequest, MemoOptions, Outcome, Pipeline, Report, RuleOptions,
};
use crate::sandbox::{CallError, ChildProcesses, Compiler, Sandbox, SandboxOptions};
use crate::schema::{SchemaMode, Schemas, children};
use crate::telemetry::{self, LineOptions, PluginLog};
use crate::yaml::{self, Places};

/// The name of the plugin in messages.
const NAME: &str = "offline";

/// Arguments: a plugin and its settings.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct PluginArgs {
    /// Plugin: the path of a component or script, the directory of a script, or oci://REGISTRY/REPOSITORY:TAG
    #[arg(value_name = "PLUGIN")]
    pub(super) source: String,
    /// Settings of the plugin (YAML or JSON file)
    #[arg(long, value_name = "FILE")]
    pub(super) settings: Option<PathBuf>,
    #[command(flatten)]
    pub(super) cache: CacheArgs,
    /// Show more details, and why the code cache is not used
    #[arg(short, long)]
    pub(super) verbose: bool,
    #[command(flatten)]
    pub(super) script: ScriptArgs,
    #[command(flatten)]
    pub(super) registry: RegistryArgs,
}

/// Arguments: the rules for answers.
#[derive(Clone, Debug, clap::Args)]
pub(super) struct RuleArgs {
    /// CustomResourceDefinitions (YAML file or directory), for the schemas and scopes of custom resources. Kinds without
    /// a schema are not checked. Repeatable
    #[arg(long, value_name = "PATH")]
    crds: Vec<PathBuf>,
    /// Do not check children against the schemas of their kinds
    #[arg(long)]
    no_validate: bool,
    /// Value of Metacontroller's flag --apply-strategy
    #[arg(long, value_name = "STRATEGY", value_parser = apply_parser(), default_value = "dynamic-apply")]
    apply_strategy: ApplyStrategy,
    /// Log lines of the plugin to show on standard error
    #[arg(long, value_name = "LEVEL", value_parser = level_parser(), default_value = "warn")]
    log: LevelFilter,
}

/// Maximum number of schema errors that are listed for one child.
const LISTED: usize = 20;

impl RuleArgs {
    /// Returns the apply strategy.
    pub(super) fn apply_strategy(&self) -> ApplyStrategy {
        self.apply_strategy
    }

    /// Returns the same rules with those of a configuration. A strategy that is not the default one was chosen.
    pub(super) fn with_config(&self, config: &Config) -> Self {
        let mut rules = self.clone();
        rules.crds.extend(config.crds.iter().cloned());
        if rules.apply_strategy == ApplyStrategy::default() {
            rules.apply_strategy = config.apply_strategy;
        }
        rules
    }

    /// Returns the files and directories of CRDs.
    pub(super) fn crds(&self) -> &[PathBuf] {
        &self.crds
    }

    /// Returns whether children are checked against the schemas of their kinds.
    pub(super) fn validates(&self) -> bool {
        !self.no_validate
    }

    /// Returns the level of the plugin's log lines that are shown.
    pub(super) fn log(&self) -> LevelFilter {
        self.log
    }

    fn options(&self) -> Result<RuleOptions, Failure> {
        let schemas =
            Schemas::with_crds(&self.crds).map_err(|error| Failure::Usage(format!("--crds: {error}")))?;
        Ok(RuleOptions {
            apply: self.apply_strategy,
            // The commands list all errors at once; the pipeline reports only the first.
            schema: SchemaMode::Off,
            schemas: Arc::new(schemas),
        })
    }
}

/// What to load, and with what.
pub(super) struct Loading<'a> {
    /// The plugin.
    pub(super) spec: PluginSpec,
    /// Where its source is read.
    pub(super) fetcher: Fetcher,
    /// Where its compiled code is kept.
    pub(super) cache: &'a CacheArgs,
    /// Whether more is told.
    pub(super) verbose: bool,
}

impl PluginArgs {
    /// Returns what the arguments name.
    pub(super) fn loading(&self) -> Result<Loading<'_>, Failure> {
        Ok(Loading {
            spec: spec(self)?,
            fetcher: self.registry.fetcher_with(self.script.engines.options())?,
            cache: &self.cache,
            verbose: self.verbose,
        })
    }
}

/// A host with one plugin in it.
pub(super) struct Offline {
    pipeline: Pipeline,
    plugin: Arc<Plugin>,
    runtime: tokio::runtime::Runtime,
    fetcher: Fetcher,
    spec: PluginSpec,
    /// Of the source that was loaded; `None` if it is in a registry.
    version: Option<Version>,
    /// `None` if nothing is checked against schemas.
    schemas: Option<Arc<Schemas>>,
    /// The schema of the parent that the plugin ships, once it is needed.
    shipped: OnceCell<Schemas>,
    log: PluginLog,
}

impl Offline {
    /// Loads the plugin. Its log lines are shown from the level `warn`.
    pub(super) fn start(args: &PluginArgs) -> Result<Self, Failure> {
        Self::begin(args.loading()?, RuleOptions::default(), None, LevelFilter::WARN)
    }

    /// Loads the plugin, and checks its answers against rules.
    pub(super) fn start_with(args: &PluginArgs, rules: &RuleArgs) -> Result<Self, Failure> {
        Self::load(args.loading()?, rules)
    }

    /// The same for a plugin that no arguments name.
    pub(super) fn load(loading: Loading<'_>, rules: &RuleArgs) -> Result<Self, Failure> {
        let options = rules.options()?;
        let schemas = (!rules.no_validate).then(|| options.schemas.clone());
        Self::begin(loading, options, schemas, rules.log)
    }

    fn begin(
        loading: Loading<'_>,
        rules: RuleOptions,
        schemas: Option<Arc<Schemas>>,
        plugins: LevelFilter,
    ) -> Result<Self, Failure> {
        let Loading {
            spec,
            fetcher,
            cache,
            verbose,
        } = loading;
        let keep = false;
        let log = telemetry::init_lines(LineOptions {
            plugins,
            verbose,
            keep,
        });
        let options = SandboxOptions {
            concurrency: 1,
            memory: spec.limits.memory,
            table_elements: spec.limits.table_elements,
        };
        // The plugin is untrusted: it is compiled in a child process with limits.
        let sandbox = Sandbox::new(options)
            .map_err(|error| Failure::Load(error.to_string()))?
            .compiling(Compiler::ChildProcesses(ChildProcesses {
                cache: cache::open(cache),
                // A person who runs the command again wants to see the failure, not the memory of it.
                retry: true,
                ..ChildProcesses::default()
            }));
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .map_err(|error| Failure::Load(format!("cannot start the async runtime: {error}")))?;
        // Only at the first time: the code cache keeps what was compiled.
        let about = format!(
            "Compiling {} to machine code. A component with a language runtime takes up to a minute.",
            spec.source
        );
        // Before it is read: a change in the meantime is another version.
        let version = runtime.block_on(version(&spec.source, &fetcher));
        let plugin = waiting::told(&about, || {
            let loaded = runtime.block_on(load(&sandbox, &fetcher, &spec));
            loaded.map_err(|error| Failure::Load(shown(&error.to_string(), WORDS)))
        })?;
        let mut catalogue = Catalogue::default();
        catalogue.insert(&spec.name, Ok(plugin));
        let plugin = catalogue.place(&spec.name).and_then(|place| place.plugin());
        let plugin = plugin.ok_or_else(|| Failure::Load("the plugin is not loaded".to_owned()))?;
        let pipeline = Pipeline::new(sandbox, catalogue, AdmissionOptions::default()).with_rules(rules);
        Ok(Self {
            plugin,
            pipeline,
            runtime,
            fetcher,
            spec,
            version,
            schemas,
            shipped: OnceCell::new(),
            log,
        })
    }

    /// Keeps answers, and answers the same request without running the plugin again.
    pub(super) fn memoised(mut self) -> Self {
        self.pipeline = self.pipeline.with_memo(MemoOptions::default());
        self
    }

    /// Returns what was loaded.
    pub(super) fn spec(&self) -> &PluginSpec {
        &self.spec
    }

    /// Returns the plugin.
    pub(super) fn plugin(&self) -> Result<&Plugin, Failure> {
        Ok(&self.plugin)
    }

    /// Runs one call in the same pipeline as the server.
    pub(super) fn call(&self, hook: Hook, body: &[u8]) -> Result<String, Failure> {
        self.call_measured(hook, body)?.0
    }

    /// The same with what it took. A failure outside means that nothing was called.
    pub(super) fn call_measured(
        &self,
        hook: Hook,
        body: &[u8],
    ) -> Result<(Result<String, Failure>, Report), Failure> {
        let hook = hook.as_str();
        let hooks: Vec<&str> = self.plugin()?.program.hooks().collect();
        if !hooks.contains(&hook) {
            let hooks = hooks.join(", ");
            return Err(Failure::Usage(format!(
                "unsupported hook {hook}; the plugin has: {hooks}"
            )));
        }
        let route = self
            .pipeline
            .route(&self.spec.name, hook)
            .map_err(|outcome| refused(&outcome))?;
        let request = HookRequest {
            body: Bytes::copy_from_slice(body),
            if_none_match: None,
        };
        let Done { outcome, report } = self.block_on(self.pipeline.answer(&route, request));
        let answer = match outcome {
            Outcome::Answer { body, .. } => String::from_utf8(body.into())
                .map_err(|error| Failure::Refused(format!("the answer is not UTF-8: {error}"))),
            Outcome::BadRequest { .. } | Outcome::NotForThis { .. } | Outcome::NoRoute { .. } => {
                Err(Failure::Usage(outcome.sentence()))
            }
            other => Err(refused(&other)),
        };
        Ok((answer, report))
    }

    /// Loads the plugin again if these are other settings, or if there is a new version of its file. One that cannot be
    /// loaded leaves the one before.
    pub(super) fn refresh(&mut self, settings: &Value) -> Result<(), Failure> {
        let given = self.spec.settings.as_ref();
        let is_same = given.unwrap_or(&Value::Object(Map::new())) == settings;
        let version = self.block_on(version(&self.spec.source, &self.fetcher));
        if is_same && self.version == version {
            return Ok(());
        }
        let mut spec = self.spec.clone();
        if !is_same {
            spec.settings = Some(settings.clone());
            // They are no longer those of a file.
            (spec.places, spec.overrides) = (Places::default(), Vec::new());
        }
        let loaded = self.block_on(load(self.pipeline.sandbox(), &self.fetcher, &spec));
        let loaded = loaded.map_err(|error| Failure::Load(shown(&error.to_string(), WORDS)))?;
        let place = self.pipeline.catalogue().place(&spec.name);
        let place = place.ok_or_else(|| Failure::Load("the plugin is not loaded".to_owned()))?;
        self.pipeline.serve(&place, Arc::new(loaded), Change::Swapped);
        self.plugin = place.plugin().unwrap_or_else(|| self.plugin.clone());
        (self.spec, self.version) = (spec, version);
        self.shipped.take();
        Ok(())
    }

    /// Returns the number of warnings and errors that the plugin has logged.
    pub(super) fn warnings(&self) -> usize {
        self.log.warnings()
    }

    /// Returns what does not match in a parent, one line each, if its schema is known: by --crds, by the plugin's
    /// description, or as a kind of Kubernetes.
    pub(super) fn parent_mismatches(&self, parent: &Value) -> Vec<String> {
        let Some(schemas) = &self.schemas else {
            return Vec::new();
        };
        let text = parent.to_string();
        let mut findings = schemas.check(&text, LISTED);
        if let Ok(plugin) = self.plugin()
            && let Some(crd) = &plugin.description.crd
            && findings.is_empty()
        {
            let shipped = self.shipped.get_or_init(|| Schemas::with_text(crd));
            findings = shipped.check(&text, LISTED);
        }
        findings.list().iter().map(ToString::to_string).collect()
    }

    /// Returns the schema errors in the children of an answer, one line each. Empty if schemas are not checked.
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

/// The version of a file. A registry is not asked, because that takes time.
async fn version(source: &Source, fetcher: &Fetcher) -> Option<Version> {
    match source {
        Source::Oci(_) => None,
        source => source.version(fetcher).await.ok(),
    }
}

fn spec(args: &PluginArgs) -> Result<PluginSpec, Failure> {
    let source =
        Source::parse(&args.source, Path::new("")).map_err(|error| Failure::Usage(error.to_string()))?;
    let name = source.name().unwrap_or(NAME).to_owned();
    let source = args.script.apply(source);
    let mut spec = plugin_spec(name, source);
    if let Some(path) = &args.settings {
        spec.settings = yaml::decode(&read(path)?, path).map_err(Failure::usage)?;
    }
    Ok(spec)
}

/// Returns the description of a plugin for a cluster that has the named optional kinds.
pub(super) fn described(plugin: &Plugin, with: &[String]) -> Result<Description, Failure> {
    let description = Description::clone(&plugin.description).with_optional(with);
    description.map_err(|sentence| Failure::Usage(format!("--with: {sentence}")))
}

/// Returns the failure for an outcome without an answer; of a trap, with the functions that were running.
fn refused(outcome: &Outcome) -> Failure {
    let sentence = outcome.sentence();
    match outcome {
        Outcome::Failed {
            error: CallError::Trap { detail, .. },
            ..
        } => Failure::Trapped {
            sentence,
            trace: backtrace::lines(detail),
        },
        _ => Failure::Refused(sentence),
    }
}

/// Returns the output for an answer with schema errors: only the errors, so that nobody applies the answer by mistake.
pub(super) fn mismatched(lines: &[String]) -> Output {
    let count = match lines.len() {
        1 => "1 error in the answer: a child does not match the schema of its kind".to_owned(),
        many => format!("{many} errors in the answer: children do not match the schemas of their kinds"),
    };
    // The lines are escaped when they are printed, including styles.
    let mut words = vec![format!("error: {count}; use --no-validate to print the answer")];
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

/// Reads `--log`.
fn level_parser() -> impl TypedValueParser<Value = LevelFilter> {
    PossibleValuesParser::new(["off", "error", "warn", "info", "debug"])
        .try_map(|name| name.parse::<LevelFilter>())
}
