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

/// Show what a plugin answers for a parent, offline
///
/// The request is made as Metacontroller would make it and goes the same way as in the server. Children that do not
/// match the schema of their kind (Kubernetes' own kinds, and those of --crds) are an error.
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
    curl -sS -X POST --data-binary @- http://127.0.0.1:8080/function/sync")]
pub(super) struct Args {
    #[command(flatten)]
    plugin: PluginArgs,
    #[command(flatten)]
    rules: RuleArgs,
    /// The parent, a YAML or JSON file; - for standard input
    #[arg(short = 'f', long = "file", value_name = "FILE")]
    parent: PathBuf,
    /// Children that exist already, YAML documents; may be given several times
    #[arg(long, value_name = "FILE")]
    observed: Vec<PathBuf>,
    /// Objects that the customize hook asks for, YAML documents; may be given several times
    #[arg(long, value_name = "FILE")]
    related: Vec<PathBuf>,
    /// The CompositeController or DecoratorController; made from what the plugin says of itself
    /// where absent
    #[arg(long, value_name = "FILE")]
    controller: Option<PathBuf>,
    /// An optional kind that the cluster has, by its resource (httproutes,
    /// services.serving.knative.dev) or all; may be given several times
    #[arg(long, value_name = "KIND", conflicts_with = "controller")]
    with: Vec<String>,
    /// The hook
    #[arg(long, value_parser = hook_parser(), default_value_t = Hook::Sync)]
    hook: Hook,
    /// Namespace of a parent that names none: "default" where absent, none for a cluster-scoped
    /// parent or when empty
    #[arg(short, long)]
    namespace: Option<String>,
    /// yaml and json: the answer (json: byte for byte); summary: tables; request: the request in
    /// place of the answer
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
    serde_json::from_str(answer).map_err(|error| Failure::Refused(format!("the answer is no JSON: {error}")))
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

/// The namespace of a parent that names none.
fn namespace(given: Option<&str>, description: &Description) -> Result<Option<String>, Failure> {
    let parent = &description.parent;
    match (given, parent.scope) {
        (Some(""), _) | (None, Scope::Cluster) => Ok(None),
        (None, Scope::Namespaced) => Ok(Some("default".to_owned())),
        (Some(given), Scope::Namespaced) => Ok(Some(given.to_owned())),
        (Some(given), Scope::Cluster) => Err(Failure::Usage(format!(
            "--namespace {given}: a {} lives in no namespace; leave it out",
            parent.kind
        ))),
    }
}

/// The declared kinds. A controller object names resources, not kinds; the plugin's description
/// has both. The version is the controller's: it may name another one than the plugin does.
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
