//! The canonical Function: one spelling, every default filled in, no wrong shapes. `normalize`
//! makes it, `validate` checks it, `children` and `context` read it. Texts are the request's own
//! wherever they are used as they are written.

mod build;
mod runtime;

use std::borrow::Cow;

pub(crate) use build::{Build, ENV_VARS, Param, Source, Strategy};
pub(crate) use runtime::{Because, Engine, Mode};

use crate::formats::compact::compact;
use crate::formats::json::{Json, Object};
use crate::formats::sorted::{Sorted, Strings};

/// A Function. A field that is missing or wrong is empty here, and there is a problem about it.
#[derive(Debug, Default)]
pub(crate) struct Function<'a> {
    pub(crate) name: &'a str,
    pub(crate) namespace: &'a str,
    pub(crate) uid: &'a str,
    pub(crate) version: &'a str,
    pub(crate) image: &'a str,
    /// The Secret with which the image is pulled.
    pub(crate) pull_secret: Option<&'a str>,
    /// The variant of a WasmEdge image; set means that pods run in `openfunction-crun`.
    pub(crate) wasm_variant: Option<&'a str>,
    /// How the image is made; None for a Function that is only served.
    pub(crate) build: Option<Build<'a>>,
    /// None for a Function that is only built.
    pub(crate) serving: Option<Serving<'a>>,
}

/// `spec.serving`.
#[derive(Debug, Default)]
pub(crate) struct Serving<'a> {
    pub(crate) http: Option<Http<'a>>,
    /// `triggers.dapr`: what calls the function through Dapr.
    pub(crate) triggers: Vec<Input<'a>>,
    /// `triggers.inputs`: what the function reads.
    pub(crate) inputs: Vec<Input<'a>>,
    pub(crate) outputs: Vec<Output<'a>>,
    pub(crate) bindings: Sorted<'a, Component<'a>>,
    pub(crate) pubsub: Sorted<'a, Component<'a>>,
    pub(crate) states: Sorted<'a, State<'a>>,
    pub(crate) scale: Scale<'a>,
    pub(crate) params: Strings<'a>,
    pub(crate) labels: Strings<'a>,
    pub(crate) annotations: Strings<'a>,
    pub(crate) pre_hooks: Vec<&'a str>,
    pub(crate) post_hooks: Vec<&'a str>,
    pub(crate) tracing: Option<Tracing<'a>>,
    pub(crate) workload_type: WorkloadType,
    /// What runs the function, chosen once for everything that follows from it.
    pub(crate) engine: Engine,
    /// What made the choice.
    pub(crate) because: Because,
    /// How Dapr reaches the function.
    pub(crate) dapr: Mode,
}

/// What runs an async function.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum WorkloadType {
    #[default]
    Deployment,
    StatefulSet,
    Job,
}

/// `triggers.http`.
#[derive(Debug, Default)]
pub(crate) struct Http<'a> {
    /// 1 to 65535 once validated.
    pub(crate) port: i64,
    pub(crate) engine: Option<&'a str>,
    pub(crate) gateway: GatewayRef<'a>,
    /// In lower case, as written otherwise.
    pub(crate) hostnames: Option<Vec<Cow<'a, str>>>,
    /// The Gateway API's rules, as written.
    pub(crate) rules: Option<Vec<&'a Object<'a>>>,
    /// What the rules match, in their order; nothing where there are no rules.
    pub(crate) paths: Vec<PathMatch<'a>>,
}

/// What a rule matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PathMatch<'a> {
    pub(crate) r#type: PathType,
    pub(crate) value: &'a str,
}

/// How a rule matches; the Gateway API's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathType {
    Exact,
    PathPrefix,
    RegularExpression,
}

/// The OpenFunction Gateway of a route.
#[derive(Debug, Clone, Default)]
pub(crate) struct GatewayRef<'a> {
    pub(crate) name: &'a str,
    pub(crate) namespace: &'a str,
}

/// A section of `spec.serving` that defines Dapr components. The same key may be in each.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Section {
    Bindings,
    Pubsub,
    State,
}

/// A Dapr trigger or input.
#[derive(Debug, Default)]
pub(crate) struct Input<'a> {
    /// The component: a key of `bindings`, `pubsub` or `states`, or an existing Component.
    pub(crate) name: &'a str,
    /// `bindings.kafka`; looked up in the component where the user left it out.
    pub(crate) r#type: Cow<'a, str>,
    /// The section that defines the component. None for an existing Component of the namespace.
    pub(crate) section: Option<Section>,
    pub(crate) topic: Option<&'a str>,
    /// The name in the function's context where it is not the component's.
    pub(crate) alias: Option<&'a str>,
    /// Where it is written.
    pub(crate) at: String,
}

/// A Dapr output.
#[derive(Debug, Default)]
pub(crate) struct Output<'a> {
    pub(crate) input: Input<'a>,
    pub(crate) metadata: Strings<'a>,
    pub(crate) operation: Option<&'a str>,
}

/// A Dapr component that the Function defines.
#[derive(Debug, Default)]
pub(crate) struct Component<'a> {
    pub(crate) r#type: Cow<'a, str>,
    /// Dapr's `ComponentSpec`, in stored form.
    pub(crate) spec: Object<'a>,
}

/// A state store.
#[derive(Debug, Default)]
pub(crate) struct State<'a> {
    /// Empty where an existing Component of unknown type is meant.
    pub(crate) r#type: Cow<'a, str>,
    /// Dapr's `ComponentSpec`, in stored form. None where an existing Component is meant.
    pub(crate) spec: Option<Object<'a>>,
}

/// `scaleOptions`, with one place for each number.
#[derive(Debug, Default)]
pub(crate) struct Scale<'a> {
    pub(crate) min: Option<i32>,
    pub(crate) max: Option<i32>,
    /// Where `min` is written, below `scaleOptions`.
    pub(crate) min_at: &'static str,
    /// What the maximum is called where it is written, or else where `min` is.
    pub(crate) max_name: &'static str,
    /// Whether `keda.httpScaledObject` is there.
    pub(crate) http_scaled_object: bool,
    pub(crate) target: Option<i32>,
    pub(crate) cooldown: Option<i32>,
    /// `keda.httpScaledObject` but for bounds, target and cooldown, as the add-on stores it.
    pub(crate) http: Object<'a>,
    /// `keda.triggers` of an async function, as KEDA stores them.
    pub(crate) triggers: Vec<Json<'a>>,
    /// `keda.scaledObject` of an async function but for its bounds, as KEDA stores it.
    pub(crate) scaled_object: Object<'a>,
    /// `keda.scaledJob` of an async function but for what follows, as KEDA stores it.
    pub(crate) scaled_job: Object<'a>,
    /// `keda.scaledJob.jobTargetRef`: what the spec of a Job has besides its pods.
    pub(crate) job: Object<'a>,
    /// `keda.scaledJob.restartPolicy`.
    pub(crate) restart_policy: Option<Json<'a>>,
    /// `knative`: annotations for Knative.
    pub(crate) knative: Strings<'a>,
}

/// `tracing`, written as it is read.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tracing<'a> {
    pub(crate) baggage: Strings<'a>,
    pub(crate) enabled: bool,
    pub(crate) provider: Provider<'a>,
    pub(crate) tags: Strings<'a>,
}

/// `tracing.provider`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Provider<'a> {
    pub(crate) exporter: Option<Exporter<'a>>,
    pub(crate) name: &'a str,
    pub(crate) oap_server: Option<&'a str>,
}

/// `tracing.provider.exporter`.
#[derive(Debug, Clone, Default)]
pub(crate) struct Exporter<'a> {
    pub(crate) compression: Option<&'a str>,
    pub(crate) endpoint: &'a str,
    pub(crate) headers: Option<&'a str>,
    pub(crate) name: &'a str,
    pub(crate) protocol: Option<&'a str>,
    pub(crate) timeout: Option<&'a str>,
}

compact! {
    GatewayRef<'_> {
        "name" name,
        "namespace" namespace,
    }

    Tracing<'_> {
        "baggage" baggage,
        "enabled" enabled,
        "provider" provider,
        "tags" tags,
    }

    Provider<'_> {
        "exporter" exporter,
        "name" name,
        "oapServer" oap_server,
    }

    Exporter<'_> {
        "compression" compression,
        "endpoint" endpoint,
        "headers" headers,
        "name" name,
        "protocol" protocol,
        "timeout" timeout,
    }
}

impl<'a> PathMatch<'a> {
    /// Everything below a path.
    pub(crate) fn prefix(value: &'a str) -> Self {
        PathMatch {
            r#type: PathType::PathPrefix,
            value,
        }
    }
}

impl PathType {
    /// The Gateway API's word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            PathType::Exact => "Exact",
            PathType::PathPrefix => "PathPrefix",
            PathType::RegularExpression => "RegularExpression",
        }
    }
}

impl<'a> Input<'a> {
    /// The name in the function's context, and what tells it from others of that name.
    pub(crate) fn named(&self) -> (&'a str, Option<&'a str>) {
        (self.alias.unwrap_or(self.name), self.topic)
    }

    /// The section that the type belongs to.
    pub(crate) fn group(&self) -> Option<Section> {
        Section::of(&self.r#type)
    }

    /// Whether both are the same component and the same topic.
    pub(crate) fn is_same(&self, other: &Self) -> bool {
        self.name == other.name && self.topic == other.topic && self.group() == other.group()
    }
}

impl Section {
    /// All of them, in the order in which OpenFunction looks through them.
    pub(crate) const ALL: [Section; 3] = [Section::Bindings, Section::Pubsub, Section::State];

    /// The section that a component type such as `bindings.kafka` belongs to.
    pub(crate) fn of(r#type: &str) -> Option<Section> {
        Self::ALL
            .into_iter()
            .find(|section| has_group(r#type, section.group()))
    }

    /// The first part of the types in this section, which is also a part of their Components' names.
    pub(crate) fn group(self) -> &'static str {
        match self {
            Section::Bindings => "bindings",
            Section::Pubsub => "pubsub",
            Section::State => "state",
        }
    }

    /// The field below `spec.serving`.
    pub(crate) fn field(self) -> &'static str {
        match self {
            Section::State => "states",
            section => section.group(),
        }
    }
}

/// Makes one map's keys of names: the first of several equal ones keeps it, a further one gets its
/// topic behind a slash, and a number where that is taken too.
pub(crate) fn distinct_keys<'a>(names: Vec<(&'a str, Option<&'a str>)>) -> Vec<Cow<'a, str>> {
    let mut taken = Strings::default();
    let mut keys = Vec::with_capacity(names.len());
    for (name, _) in &names {
        let is_first = !taken.contains(name);
        taken.insert(*name, Cow::Borrowed(""));
        keys.push(Cow::Borrowed(if is_first { *name } else { "" }));
    }
    // Nobody has an empty name: what lacks one is invalid.
    for (key, (name, topic)) in keys.iter_mut().zip(names) {
        if key.is_empty() {
            *key = Cow::Owned(free(&taken, name, topic));
            taken.insert(key.clone(), Cow::Borrowed(""));
        }
    }
    keys
}

/// A key like `name` that is not taken.
#[cold]
#[inline(never)]
fn free(taken: &Strings<'_>, name: &str, topic: Option<&str>) -> String {
    let named = match topic {
        Some(topic) => [name, "/", topic].concat(),
        None => name.to_owned(),
    };
    if !taken.contains(&named) {
        return named;
    }
    // There are fewer names than numbers.
    let mut numbered = (2_u32..).map(|number| format!("{named}-{number}"));
    numbered.find(|key| !taken.contains(key)).unwrap_or(named)
}

impl<'a> Serving<'a> {
    /// The type of the component that this Function defines as `key` in a section.
    pub(crate) fn defined_type(&self, section: Section, key: &str) -> Option<&Cow<'a, str>> {
        let components = match section {
            Section::Bindings => &self.bindings,
            Section::Pubsub => &self.pubsub,
            Section::State => {
                let state = self.states.get(key).filter(|state| state.spec.is_some());
                return state.map(|state| &state.r#type);
            }
        };
        components.get(key).map(|component| &component.r#type)
    }

    /// The components that this Function defines: what they are a part of in their Component's
    /// name, their key, and Dapr's `ComponentSpec`.
    pub(crate) fn components(&self) -> impl Iterator<Item = (&'static str, &str, &Object<'a>)> {
        let all = [("bindings", &self.bindings), ("pubsub", &self.pubsub)].into_iter();
        let all = all.flat_map(|(group, components)| {
            components
                .iter()
                .map(move |(key, component)| (group, key, &component.spec))
        });
        let states = self.states.iter();
        all.chain(states.filter_map(|(key, state)| Some(("state", key, state.spec.as_ref()?))))
    }
}

/// Whether a component type belongs to `group`.
pub(crate) fn has_group(r#type: &str, group: &str) -> bool {
    r#type
        .strip_prefix(group)
        .is_some_and(|rest| rest.starts_with('.') && rest.len() > 1)
}
