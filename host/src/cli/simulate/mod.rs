//! `metawasm simulate`: a plugin and Metacontroller over time, offline.

mod scene;
mod script;
mod show;

use std::path::PathBuf;

use clap::ValueEnum;
use metawasm_contract::Hook;
use metawasm_contract::request::identity;
use metawasm_model::simulation::{self, Bounds, Event, Step};
use metawasm_model::world::{Plugin as Hooks, World};

use super::cases::controller;
use super::offline::{Offline, PluginArgs, RuleArgs, all_objects, object};
use super::render::declared;
use super::{Failure, Output};
pub(super) use scene::Scene;
pub(super) use script::steps;

/// Simulate a plugin over time, with Metacontroller and an API server in memory
///
/// Creates the parent, then runs the steps of --script. After each step, Metacontroller syncs until it has nothing more
/// to write. Prints the time line, and the faults that it shows: the plugin loops, oscillates, fights with a default,
/// renames a child, or deletes a child that the step does not concern.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Script (YAML; each step has one of these fields):
  steps:
  - edit: {spec: {replicas: 2}}            # JSON merge patch of the parent
    name: scale up                         # optional title
    deletes: [ConfigMap/old]               # optional: expected deletions (KIND or KIND/NAME)
  - editObject: {kind: Deployment, name: web, patch: {spec: {replicas: 5}}}
  - deleteObject: {kind: Deployment, name: web}
  - add: {apiVersion: v1, kind: Secret, metadata: {name: key}}    # or replace it
  - default: {kind: ConfigMap, set: {data: {a: b}}, force: true}  # a mutating webhook
  - fail: {hook: sync, times: 2}           # the next calls fail
  - ready: true                            # workloads report that they are ready
  - wait: 10m
  - restart: true                          # of Metacontroller
  - delete: true                           # the parent

Examples:
  metawasm simulate mine.wasm -f parent.yaml
  metawasm simulate mine.wasm -f parent.yaml --script steps.yaml
  metawasm simulate mine.wasm -f parent.yaml --apply-strategy server-side-apply -o json

Exit codes:
  0  no fault was found
  1  a fault was found
  2  invalid usage or input
  3  the plugin cannot be loaded
  4  a bug in metawasm")]
pub(super) struct Args {
    #[command(flatten)]
    plugin: PluginArgs,
    #[command(flatten)]
    rules: RuleArgs,
    /// Parent object (YAML or JSON file)
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    parent: PathBuf,
    /// Steps (YAML file)
    #[arg(long, value_name = "FILE")]
    script: Option<PathBuf>,
    /// Objects that exist from the start, such as those that the customize hook requests (YAML documents). Repeatable
    #[arg(long, value_name = "FILE")]
    related: Vec<PathBuf>,
    /// Optional kind of the plugin that the cluster has: its resource, such as httproutes, or all. Repeatable
    #[arg(long, value_name = "KIND")]
    with: Vec<String>,
    /// Maximum number of syncs after one step
    #[arg(long, value_name = "NUMBER", default_value_t = 12, value_parser = clap::value_parser!(u16).range(4..=1000))]
    max_syncs: u16,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    output: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
}

pub(super) fn run(args: &Args) -> Result<Output, Failure> {
    let mut steps = vec![Step {
        event: Event::Start,
        name: "create".to_owned(),
        deletes: Vec::new(),
    }];
    if let Some(path) = &args.script {
        steps.extend(script::read(path)?);
    }
    let offline = Offline::start_with(&args.plugin, &args.rules)?;
    let mut world = world(args, &offline)?;
    let bounds = Bounds {
        syncs: usize::from(args.max_syncs),
    };
    let mut caller = Caller::new(&offline).checking_schemas();
    let timeline = simulation::simulate(&mut world, &mut caller, &steps, bounds);
    if let Some(why) = caller.usage() {
        return Err(Failure::Usage(why));
    }
    let timeline = timeline.map_err(Failure::usage)?;
    let refused = !timeline.faults.is_empty();
    let data = match args.output {
        Format::Table => show::table(&timeline, world.parent_id()),
        Format::Json => {
            let json = serde_json::to_string_pretty(&timeline).map_err(Failure::refused)?;
            format!("{json}\n")
        }
    };
    Ok(Output {
        data: data.into_bytes(),
        styled: args.output == Format::Table,
        refused,
        ..Output::default()
    })
}

/// The world at its start.
fn world(args: &Args, offline: &Offline) -> Result<World, Failure> {
    let plugin = offline.plugin()?;
    let (description, controller) = controller(plugin, &args.with)?;
    let scene = Scene {
        declared: declared(&plugin.description, &controller),
        controller,
        description: &description,
        parent: object(&args.parent, "parent")?,
        related: all_objects(&args.related)?,
        apply: args.rules.apply_strategy(),
    };
    let of = &description.parent;
    let (_, kind, _) = identity(&scene.parent, "the parent").map_err(Failure::usage)?;
    if description.controller == crate::catalogue::Controller::Composite && kind != of.kind {
        return Err(Failure::Usage(format!(
            "{} is a {kind}; the parent of this plugin is a {} of {}",
            args.parent.display(),
            of.kind,
            of.api_version
        )));
    }
    scene.world()
}

/// The hooks of a plugin, for a world.
pub(super) struct Caller<'a> {
    offline: &'a Offline,
    /// Whether a child that does not match its schema fails the sync.
    checks_schemas: bool,
    /// The error of a request that the plugin is not for.
    usage: Option<String>,
}

impl<'a> Caller<'a> {
    pub(super) fn new(offline: &'a Offline) -> Self {
        Self {
            offline,
            checks_schemas: false,
            usage: None,
        }
    }

    /// The same, but a child that does not match its schema fails the sync.
    pub(super) fn checking_schemas(mut self) -> Self {
        self.checks_schemas = true;
        self
    }

    /// Returns the error of a request that the plugin is not for. It is why a step may not find its child.
    pub(super) fn usage(&self) -> Option<String> {
        self.usage.clone()
    }

    fn mismatch(&self, answer: &str) -> Option<String> {
        let mismatches = self.checks_schemas.then(|| self.offline.mismatches(answer));
        mismatches?.into_iter().next()
    }
}

impl Hooks for Caller<'_> {
    fn call(&mut self, hook: Hook, request: &str) -> Result<String, String> {
        match self.offline.call(hook, request.as_bytes()) {
            Ok(answer) => match self.mismatch(&answer) {
                Some(mismatch) => Err(format!(
                    "a child does not match the schema of its kind: {mismatch}"
                )),
                None => Ok(answer),
            },
            Err(Failure::Refused(sentence) | Failure::Trapped { sentence, .. }) => Err(sentence),
            Err(Failure::Usage(sentence) | Failure::Load(sentence)) => {
                self.usage = Some(sentence.clone());
                Err(sentence)
            }
            Err(Failure::Bug) => Err("the host panicked, which is a bug".to_owned()),
        }
    }
}
