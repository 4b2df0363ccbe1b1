//! The canonical Function: one spelling, every default filled in, no wrong shapes. `normalize`
//! makes it, `validate` checks it, `children` and `context` read it.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::{Map, Value};

/// A string map with sorted keys: labels, annotations, params, tags.
pub(crate) type Strings = BTreeMap<String, String>;

/// A Function. A field that is missing or wrong is empty here, and there is a problem about it.
#[derive(Debug, Default)]
pub(crate) struct Function {
    pub(crate) name: String,
    pub(crate) namespace: String,
    pub(crate) version: String,
    pub(crate) image: String,
    /// The Secret with which the image is pulled.
    pub(crate) pull_secret: Option<String>,
    /// The variant of a WasmEdge image; set means that pods run in `openfunction-crun`.
    pub(crate) wasm_variant: Option<String>,
    /// Whether `spec.build` is there.
    pub(crate) is_built: bool,
    /// None for a Function that is only built.
    pub(crate) serving: Option<Serving>,
}

/// `spec.serving`.
#[derive(Debug, Default)]
pub(crate) struct Serving {
    pub(crate) http: Option<Http>,
    /// `triggers.dapr`: what calls the function through Dapr.
    pub(crate) triggers: Vec<Input>,
    /// `triggers.inputs`: what the function reads.
    pub(crate) inputs: Vec<Input>,
    pub(crate) outputs: Vec<Output>,
    pub(crate) bindings: BTreeMap<String, Component>,
    pub(crate) pubsub: BTreeMap<String, Component>,
    pub(crate) states: BTreeMap<String, State>,
    pub(crate) scale: Scale,
    pub(crate) params: Strings,
    pub(crate) labels: Strings,
    pub(crate) annotations: Strings,
    /// The user's pod spec, in stored form.
    pub(crate) template: Map<String, Value>,
    pub(crate) pre_hooks: Vec<String>,
    pub(crate) post_hooks: Vec<String>,
    pub(crate) tracing: Option<Tracing>,
    pub(crate) workload_type: Option<String>,
}

/// `triggers.http`.
#[derive(Debug, Default)]
pub(crate) struct Http {
    /// 1 to 65535 once validated.
    pub(crate) port: i64,
    pub(crate) engine: Option<String>,
    pub(crate) gateway: GatewayRef,
    /// In lower case, as written otherwise.
    pub(crate) hostnames: Option<Vec<String>>,
    /// The Gateway API's rules, as written.
    pub(crate) rules: Option<Vec<Map<String, Value>>>,
    /// What the rules match, in their order; nothing where there are no rules.
    pub(crate) paths: Vec<PathMatch>,
}

/// What a rule matches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PathMatch {
    pub(crate) r#type: PathType,
    pub(crate) value: String,
}

/// How a rule matches; the Gateway API's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(crate) enum PathType {
    Exact,
    PathPrefix,
    RegularExpression,
}

/// The OpenFunction Gateway of a route.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct GatewayRef {
    pub(crate) name: String,
    pub(crate) namespace: String,
}

/// A Dapr trigger or input.
#[derive(Debug, Default)]
pub(crate) struct Input {
    /// The component: a key of `bindings`, `pubsub` or `states`, or an existing Component.
    pub(crate) name: String,
    /// `bindings.kafka`; looked up in the component where the user left it out.
    pub(crate) r#type: String,
    pub(crate) topic: Option<String>,
    /// The name in the function's context where it is not the component's.
    pub(crate) alias: Option<String>,
    /// Where it is written.
    pub(crate) at: String,
}

/// A Dapr output.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub(crate) input: Input,
    pub(crate) metadata: Strings,
    pub(crate) operation: Option<String>,
}

/// A Dapr component that the Function defines.
#[derive(Debug, Default)]
pub(crate) struct Component {
    pub(crate) r#type: String,
}

/// A state store.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Empty where an existing Component of unknown type is meant.
    pub(crate) r#type: String,
    /// Whether the Function defines it; else an existing Component is meant.
    pub(crate) defined: bool,
}

/// `scaleOptions`, with one place for each number.
#[derive(Debug, Default)]
pub(crate) struct Scale {
    pub(crate) min: Option<i32>,
    pub(crate) max: Option<i32>,
    /// Whether `keda.httpScaledObject` is there.
    pub(crate) http_scaled_object: bool,
    pub(crate) target: Option<i32>,
    pub(crate) cooldown: Option<i32>,
}

/// `tracing`, written as it is read.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Tracing {
    #[serde(skip_serializing_if = "Strings::is_empty")]
    pub(crate) baggage: Strings,
    pub(crate) enabled: bool,
    pub(crate) provider: Provider,
    #[serde(skip_serializing_if = "Strings::is_empty")]
    pub(crate) tags: Strings,
}

/// `tracing.provider`.
#[derive(Debug, Clone, Default, Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Provider {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) exporter: Option<Exporter>,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) oap_server: Option<String>,
}

/// `tracing.provider.exporter`.
#[derive(Debug, Clone, Default, Serialize)]
pub(crate) struct Exporter {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) compression: Option<String>,
    pub(crate) endpoint: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) headers: Option<String>,
    pub(crate) name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) protocol: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) timeout: Option<String>,
}

impl Input {
    /// The name in the function's context.
    pub(crate) fn key(&self) -> &str {
        self.alias.as_deref().unwrap_or(&self.name)
    }

    /// Whether the type is one of `group`: `bindings`, `pubsub`, `state`.
    pub(crate) fn is_a(&self, group: &str) -> bool {
        has_group(&self.r#type, group)
    }
}

impl Serving {
    /// The type of the component `key` that this Function defines.
    pub(crate) fn defined_type(&self, key: &str) -> Option<&str> {
        let state = self.states.get(key).filter(|state| state.defined);
        self.bindings
            .get(key)
            .or_else(|| self.pubsub.get(key))
            .map(|component| component.r#type.as_str())
            .or_else(|| state.map(|state| state.r#type.as_str()))
    }
}

/// Whether a component type belongs to `group`.
pub(crate) fn has_group(r#type: &str, group: &str) -> bool {
    r#type
        .strip_prefix(group)
        .is_some_and(|rest| rest.starts_with('.') && rest.len() > 1)
}
