//! `metawasm render`: one answer, offline.

use std::path::PathBuf;

use clap::ValueEnum;
use metawasm_contract::object::group_of;
use metawasm_contract::{Assembly, Hook};
use serde_json::Value;

use super::offline::{
    Offline, PluginArgs, RuleArgs, all_objects, described, hook_parser, mismatched, object,
};
use super::{Failure, Output, output};
use crate::catalogue::{Controller, Description, Plugin, Scope, manifest};
use crate::yaml;

/// Show the answer of a plugin for a parent object, offline
///
/// Creates the request that Metacontroller would send, and runs it in the same pipeline as the server. It is an error
/// if a child does not match the schema of its kind (the kinds of Kubernetes, and those of --crds).
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  metawasm render function.wasm -f function.yaml
  metawasm render function.wasm -f function.yaml -o summary
  metawasm render function.wasm -f function.yaml --with httproutes --with components
  metawasm render function.wasm -f function.yaml --observed children.yaml -o json
  metawasm render function.wasm -f function.yaml --crds crds/ --crds keda.yaml
  metawasm render grants.wasm -f namespace.yaml
  metawasm render function.wasm -f function.yaml -o request | \\
    curl -sS -X POST --data-binary @- http://127.0.0.1:8080/function/sync

Exit codes:
  0  success
  1  the hook failed, or its answer was rejected
  2  invalid usage or input
  3  the plugin cannot be loaded
  4  a bug in metawasm")]
pub(super) struct Args {
    #[command(flatten)]
    plugin: PluginArgs,
    #[command(flatten)]
    rules: RuleArgs,
    /// Parent object (YAML or JSON file); - reads standard input
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    parent: PathBuf,
    /// Existing children (YAML documents). Repeatable
    #[arg(long, value_name = "FILE")]
    observed: Vec<PathBuf>,
    /// Objects that the customize hook requests (YAML documents). Repeatable
    #[arg(long, value_name = "FILE")]
    related: Vec<PathBuf>,
    /// CompositeController or DecoratorController (YAML or JSON file) [default: generated from the plugin's
    /// description]
    #[arg(long, value_name = "FILE")]
    controller: Option<PathBuf>,
    /// Optional kind of the plugin that the cluster has: its resource, such as httproutes or
    /// services.serving.knative.dev, or all. Repeatable
    #[arg(long, value_name = "KIND", conflicts_with = "controller")]
    with: Vec<String>,
    /// Hook to call
    #[arg(long, value_parser = hook_parser(), default_value_t = Hook::Sync)]
    hook: Hook,
    /// Namespace of the parent, if its file does not set one; empty for a cluster-scoped parent [default: default]
    #[arg(short, long)]
    namespace: Option<String>,
    /// Output format. yaml and json: the complete answer; summary: tables of children and conditions; request: the
    /// request instead of the answer
    #[arg(short, long, value_enum, default_value_t = Format::Yaml)]
    output: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Yaml,
    Json,
    Summary,
    Request,
}

pub(super) fn run(args: &Args) -> Result<Output, Failure> {
    let offline = Offline::start_with(&args.plugin, &args.rules)?;
    let request = request(args, offline.plugin()?)?;
    if args.output == Format::Request {
        return Ok(Output {
            data: request.into_bytes(),
            ..Output::default()
        });
    }
    let answer = offline.call(args.hook, request.as_bytes())?;
    let lines = offline.mismatches(&answer);
    if !lines.is_empty() {
        return Ok(mismatched(&lines));
    }
    let data = match args.output {
        Format::Json | Format::Request => answer.into_bytes(),
        Format::Yaml => yaml::encode(&parse(&answer)?)
            .map_err(Failure::refused)?
            .into_bytes(),
        Format::Summary => output::summary(&parse(&answer)?).into_bytes(),
    };
    Ok(Output {
        data,
        styled: args.output == Format::Summary,
        ..Output::default()
    })
}

fn parse(answer: &str) -> Result<Value, Failure> {
    serde_json::from_str(answer)
        .map_err(|error| Failure::Refused(format!("the answer is not valid JSON: {error}")))
}

fn request(args: &Args, plugin: &Plugin) -> Result<String, Failure> {
    let parent = object(&args.parent, "parent")?;
    let description = described(plugin, &args.with)?;
    let controller = match &args.controller {
        Some(path) => object(path, "controller")?,
        None => manifest(
            &description,
            &plugin.name,
            "http://127.0.0.1:8080",
            None,
            plugin.program.hooks(),
        ),
    };
    let declared = declared(&plugin.description, &controller);
    let (observed, related) = (all_objects(&args.observed)?, all_objects(&args.related)?);
    let namespace = namespace(args.namespace.as_deref(), &description)?;
    Assembly {
        controller,
        parent,
        declared,
        observed,
        related,
        namespace,
    }
    .request(args.hook)
    .map_err(|error| Failure::Usage(error.to_string()))
}

/// Returns the namespace for a parent without one.
fn namespace(given: Option<&str>, description: &Description) -> Result<Option<String>, Failure> {
    let parent = &description.parent;
    match (given, parent.scope) {
        (Some(""), _) | (None, Scope::Cluster) => Ok(None),
        (None, Scope::Namespaced) => Ok(Some("default".to_owned())),
        (Some(given), Scope::Namespaced) => Ok(Some(given.to_owned())),
        (Some(given), Scope::Cluster) => Err(Failure::Usage(format!(
            "--namespace {given}: {} is cluster-scoped; omit --namespace",
            parent.kind
        ))),
    }
}

/// Returns the declared kinds. A controller object contains resources, not kinds; the plugin's description contains
/// both. The version is that of the controller, which may differ from the plugin's.
fn declared(description: &Description, controller: &Value) -> Vec<(String, String)> {
    let list = match description.controller {
        Controller::Composite => "/spec/childResources",
        Controller::Decorator => "/spec/attachments",
    };
    let rules = controller.pointer(list).and_then(Value::as_array);
    let rules = rules.map(Vec::as_slice).unwrap_or_default().iter();
    let kinds = rules.filter_map(|rule| {
        let text = |field| rule.get(field).and_then(Value::as_str);
        let (api_version, resource) = (text("apiVersion")?, text("resource")?);
        let child = description.children.iter().find(|child| {
            child.resource == resource && group_of(&child.api_version) == group_of(api_version)
        })?;
        Some((api_version.to_owned(), child.kind.clone()))
    });
    kinds.collect()
}
