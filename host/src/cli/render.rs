//! `metawasm render`: answers for parents, offline.

use std::path::PathBuf;

use clap::ValueEnum;
use metawasm_contract::object::group_of;
use metawasm_contract::{Assembly, Hook};
use serde_json::Value;

use super::answers::{Answers, Asked, Format as AnswerFormat, StrictArgs};
use super::offline::{Offline, PluginArgs, RuleArgs, all_objects, controller, described, hook_parser};
use super::parents::Parents;
use super::{Failure, Output};
use crate::catalogue::{Controller, Description, Plugin, Scope, manifest};

/// Show the answer of a plugin for parent objects, offline
///
/// Creates the request that Metacontroller would send, and runs it in the same pipeline as the server. It is an error
/// if a child does not match the schema of its kind (the kinds of Kubernetes, and those of --crds). Misspelt fields of
/// the parent are warnings if its CRD is known: from --crds, or from the plugin.
///
/// Objects of other kinds in the same files are skipped. Each parent is rendered; of several, each answer begins with a
/// comment or heading that names its parent.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  metawasm render function.wasm -f function.yaml
  metawasm render function.wasm -f function.yaml -o summary
  metawasm render function.wasm -f functions/ -f more.yaml -o summary --strict
  metawasm render function.wasm -f function.yaml -o manifests | kubectl apply --dry-run=server -f -
  metawasm render function.wasm -f - -o summary < functions.yaml
  metawasm render function.wasm -f function.yaml --with httproutes --with components
  metawasm render function.wasm -f function.yaml --observed children.yaml -o json
  metawasm render function.wasm -f function.yaml --crds crds/ --crds keda.yaml
  metawasm render grants.wasm -f namespace.yaml
  metawasm render function.wasm -f function.yaml -o request | \\
    curl -sS -X POST --data-binary @- http://127.0.0.1:8080/function/sync

Exit codes:
  0  success
  1  the hook failed, its answer was rejected, or --strict found an error
  2  invalid usage or input
  3  the plugin cannot be loaded
  4  a bug in metawasm")]
pub(super) struct Args {
    #[command(flatten)]
    plugin: PluginArgs,
    #[command(flatten)]
    rules: RuleArgs,
    #[command(flatten)]
    strict: StrictArgs,
    /// Parent objects (YAML or JSON file, or a directory of them); - reads standard input. Repeatable
    #[arg(short = 'f', long = "file", value_name = "PATH", required = true)]
    parents: Vec<PathBuf>,
    /// Existing children (YAML file or directory), for exactly one parent. Repeatable
    #[arg(long, value_name = "PATH")]
    observed: Vec<PathBuf>,
    /// Objects that the customize hook requests (YAML file or directory). Repeatable
    #[arg(long, value_name = "PATH")]
    related: Vec<PathBuf>,
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
    /// Output format. yaml and json: the complete answer; summary: tables of children and conditions; manifests: the
    /// children alone, as YAML documents with their namespaces; request: the request instead of the answer
    #[arg(short, long, value_enum, default_value_t = Format::Yaml)]
    output: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Yaml,
    Json,
    Summary,
    Manifests,
    Request,
}

impl Format {
    /// The format of answers; `None` if requests are shown.
    fn of_answers(self) -> Option<AnswerFormat> {
        Some(match self {
            Self::Yaml => AnswerFormat::Yaml,
            Self::Json => AnswerFormat::Json,
            Self::Summary => AnswerFormat::Summary,
            Self::Manifests => AnswerFormat::Manifests,
            Self::Request => return None,
        })
    }
}

pub(super) fn run(args: &Args) -> Result<Output, Failure> {
    let offline = Offline::start_with(&args.plugin, &args.rules)?;
    let plugin = offline.plugin()?;
    let Parents { objects, skipped } = Parents::read(&args.parents, &plugin.description)?;
    let several = objects.len() > 1;
    if several && !args.observed.is_empty() {
        return Err(Failure::Usage(format!(
            "--observed requires exactly one parent, because children belong to one; found {} parents",
            objects.len()
        )));
    }
    let around = Around::read(args, plugin)?;
    let Some(format) = args.output.of_answers() else {
        return requests(&around, objects, args.hook);
    };
    let mut answers = Answers::new(format, &args.strict, several);
    skipped.iter().for_each(|line| answers.say(line));
    for parent in objects {
        let request = around.request(parent.clone(), args.hook)?;
        let asked = Asked {
            parent: &around.complete(parent),
            observed: !args.observed.is_empty(),
        };
        answers.add(&offline, &asked, || offline.call(args.hook, request.as_bytes()))?;
    }
    Ok(answers.finish())
}

/// Returns the requests, one per line if there are several.
fn requests(around: &Around, parents: Vec<Value>, hook: Hook) -> Result<Output, Failure> {
    let requests = parents.into_iter().map(|parent| around.request(parent, hook));
    let requests = requests.collect::<Result<Vec<_>, _>>()?;
    Ok(Output {
        data: requests.join("\n").into_bytes(),
        ..Output::default()
    })
}

/// Everything in a request except the parent.
struct Around {
    controller: Value,
    declared: Vec<(String, String)>,
    observed: Vec<Value>,
    related: Vec<Value>,
    namespace: Option<String>,
}

impl Around {
    fn read(args: &Args, plugin: &Plugin) -> Result<Self, Failure> {
        let description = described(plugin, &args.with)?;
        let controller = match args.plugin.script.controller() {
            Some(path) => controller(path)?,
            None => manifest(
                &description,
                &plugin.name,
                "http://127.0.0.1:8080",
                None,
                plugin.program.hooks(),
            ),
        };
        Ok(Self {
            declared: declared(&plugin.description, &controller),
            controller,
            observed: all_objects(&args.observed)?,
            related: all_objects(&args.related)?,
            namespace: namespace(args.namespace.as_deref(), &description)?,
        })
    }

    /// Gives a parent its namespace.
    fn complete(&self, mut parent: Value) -> Value {
        if let (Some(namespace), Some(Value::Object(metadata))) =
            (&self.namespace, parent.get_mut("metadata"))
        {
            metadata
                .entry("namespace")
                .or_insert_with(|| Value::from(namespace.as_str()));
        }
        parent
    }

    fn request(&self, parent: Value, hook: Hook) -> Result<String, Failure> {
        Assembly {
            controller: self.controller.clone(),
            parent,
            declared: self.declared.clone(),
            observed: self.observed.clone(),
            related: self.related.clone(),
            namespace: self.namespace.clone(),
        }
        .request(hook)
        .map_err(|error| Failure::Usage(error.to_string()))
    }
}

/// Returns the namespace for a parent without one.
pub(super) fn namespace(given: Option<&str>, description: &Description) -> Result<Option<String>, Failure> {
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
pub(super) fn declared(description: &Description, controller: &Value) -> Vec<(String, String)> {
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
