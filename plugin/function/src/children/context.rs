//! `FUNC_CONTEXT` and `FUNC_CONTEXT_V1BETA2`: what a function learns about itself.
//!
//! The Go framework and Dapr's proxy read the first alone, so that hooks and tracing go into
//! both. Keys are written in order, so that the same Function always has the same text: a
//! changed text is a new roll-out.

use std::borrow::Cow;

use metawasm_json::Write;

use crate::formats::compact::compact;
use crate::formats::json::Object;
use crate::formats::sorted::{Sorted, Strings};
use crate::function::dapr::component_name;
use crate::function::types::Engine;
use crate::function::types::{Function, GatewayRef, Input, Output, Section, Serving, Tracing, distinct_keys};
use crate::plan::decisions::Plan;

/// `FUNC_CONTEXT`, in the shape of v1beta1.
struct Context<'a> {
    inputs: Bindings<'a>,
    name: &'a str,
    outputs: Bindings<'a>,
    plugins_tracing: Option<&'a Tracing<'a>>,
    port: String,
    post_plugins: Vec<&'a str>,
    pre_plugins: Vec<&'a str>,
    runtime: &'static str,
    states: Bindings<'a>,
    version: &'a str,
}

/// `FUNC_CONTEXT_V1BETA2`.
struct ContextV1Beta2<'a> {
    inputs: Bindings<'a>,
    name: &'a str,
    outputs: Bindings<'a>,
    post_hooks: &'a [&'a str],
    pre_hooks: &'a [&'a str],
    states: Bindings<'a>,
    tracing: Option<&'a Tracing<'a>>,
    triggers: Triggers<'a>,
    version: &'a str,
}

/// Dapr components by the names that the function knows them by.
type Bindings<'a> = Sorted<'a, Binding<'a>>;

/// A Dapr component that the function calls or is called by.
#[derive(Default)]
struct Binding<'a> {
    component_name: Cow<'a, str>,
    component_type: Option<&'a str>,
    metadata: Option<&'a Strings<'a>>,
    operation: Option<&'a str>,
    topic: Option<&'a str>,
    uri: Option<&'a str>,
}

struct Triggers<'a> {
    dapr: Vec<Trigger<'a>>,
    http: Option<HttpTrigger<'a>>,
    inputs: Vec<Wrapped<'a>>,
}

struct Trigger<'a> {
    input_name: Option<&'a str>,
    name: Cow<'a, str>,
    topic: Option<&'a str>,
    r#type: &'a str,
}

struct Wrapped<'a> {
    dapr: Trigger<'a>,
}

struct HttpTrigger<'a> {
    engine: Option<&'a str>,
    port: i64,
    route: Route<'a>,
}

struct Route<'a> {
    gateway_ref: &'a GatewayRef<'a>,
    hostnames: Option<&'a [Cow<'a, str>]>,
    rules: Option<&'a [&'a Object<'a>]>,
}

compact! {
    Context<'_> {
        "inputs" inputs,
        "name" name,
        "outputs" outputs,
        "pluginsTracing" plugins_tracing,
        "port" port,
        "postPlugins" post_plugins,
        "prePlugins" pre_plugins,
        "runtime" runtime,
        "states" states,
        "version" version,
    }

    ContextV1Beta2<'_> {
        "inputs" inputs,
        "name" name,
        "outputs" outputs,
        "postHooks" post_hooks,
        "preHooks" pre_hooks,
        "states" states,
        "tracing" tracing,
        "triggers" triggers,
        "version" version,
    }

    Binding<'_> {
        "componentName" component_name,
        "componentType" component_type,
        "metadata" metadata,
        "operation" operation,
        "topic" topic,
        "uri" uri,
    }

    Triggers<'_> {
        "dapr" dapr,
        "http" http,
        "inputs" inputs,
    }

    Trigger<'_> {
        "inputName" input_name,
        "name" name,
        "topic" topic,
        "type" r#type,
    }

    Wrapped<'_> {
        "dapr" dapr,
    }

    HttpTrigger<'_> {
        "engine" engine,
        "port" port,
        "route" route,
    }

    Route<'_> {
        "gatewayRef" gateway_ref,
        "hostnames" hostnames,
        "rules" rules,
    }
}

/// The text of `FUNC_CONTEXT`.
pub(crate) fn v1beta1(plan: &Plan<'_>) -> String {
    let runtime = match plan.engine {
        Engine::Async => "Async",
        // What the framework calls a function that is called by http.
        Engine::Keda | Engine::Knative => "Knative",
    };
    v1beta1_as(plan, plan.function.name, plan.port(), runtime)
}

/// The same for Dapr's proxy: `name` and `port` are where it finds the function. It listens to
/// Dapr where the function has Dapr triggers, however the function itself is called.
pub(crate) fn v1beta1_of_proxy(plan: &Plan<'_>, name: &str, port: i64) -> String {
    let called = !plan.serving.triggers.is_empty() || plan.engine == Engine::Async;
    v1beta1_as(plan, name, port, if called { "Async" } else { "Knative" })
}

fn v1beta1_as(plan: &Plan<'_>, name: &str, port: i64, runtime: &'static str) -> String {
    let (function, serving) = (plan.function, plan.serving);
    let tracing = serving.tracing.as_ref();
    let tracer = tracing
        .filter(|tracing| tracing.enabled)
        .map(|tracing| tracing.provider.name);
    let outputs = || serving.outputs.iter();
    text(&Context {
        inputs: by_key(
            serving.triggers.iter().map(Input::named),
            serving
                .triggers
                .iter()
                .map(|input| binding(function, input).with_uri(input)),
        ),
        name,
        outputs: by_key(
            outputs().map(|output| output.input.named()),
            outputs().map(|output| {
                binding(function, &output.input)
                    .with_uri(&output.input)
                    .with_output(output)
            }),
        ),
        plugins_tracing: tracing,
        port: port.to_string(),
        // A tracer surrounds all other plugins' work: last before the function, first after it.
        post_plugins: tracer.into_iter().chain(hooks(&serving.post_hooks)).collect(),
        pre_plugins: hooks(&serving.pre_hooks).chain(tracer).collect(),
        runtime,
        states: states(function, serving),
        version: function.version,
    })
}

/// The text of `FUNC_CONTEXT_V1BETA2`.
pub(crate) fn v1beta2(plan: &Plan<'_>) -> String {
    let (function, serving) = (plan.function, plan.serving);
    let inputs = || serving.inputs.iter();
    text(&ContextV1Beta2 {
        inputs: by_key(
            inputs().map(|input| (input.name, input.topic)),
            inputs().map(|input| binding(function, input).with_topic(input)),
        ),
        name: function.name,
        outputs: outputs_by_component(function, serving),
        post_hooks: &serving.post_hooks,
        pre_hooks: &serving.pre_hooks,
        states: states(function, serving),
        tracing: serving.tracing.as_ref(),
        triggers: Triggers {
            dapr: serving
                .triggers
                .iter()
                .map(|input| Trigger {
                    name: component_name(function, input.section, input.name),
                    ..trigger(input)
                })
                .collect(),
            http: serving.http.as_ref().map(|http| HttpTrigger {
                engine: http.engine,
                port: http.port,
                route: Route {
                    gateway_ref: &http.gateway,
                    hostnames: http.hostnames.as_deref(),
                    rules: http.rules.as_deref(),
                },
            }),
            inputs: serving
                .inputs
                .iter()
                .map(|input| Wrapped { dapr: trigger(input) })
                .collect(),
        },
        version: function.version,
    })
}

/// Outputs by their component; a further one of the same component by its own name.
fn outputs_by_component<'a>(function: &Function<'_>, serving: &'a Serving<'_>) -> Bindings<'a> {
    let outputs = || serving.outputs.iter();
    let names = outputs().enumerate().map(|(index, output)| {
        let (name, topic) = output.input.named();
        let component = output.input.name;
        let is_first = !outputs().take(index).any(|other| other.input.name == component);
        (if is_first { component } else { name }, topic)
    });
    by_key(
        names,
        outputs().map(|output| {
            binding(function, &output.input)
                .with_topic(&output.input)
                .with_output(output)
        }),
    )
}

fn states<'a>(function: &Function<'_>, serving: &'a Serving<'_>) -> Bindings<'a> {
    let states = serving.states.iter();
    states
        .map(|(key, state)| {
            let section = state.spec.as_ref().map(|_| Section::State);
            let binding = Binding {
                component_name: component_name(function, section, key),
                component_type: some(&state.r#type),
                ..Binding::default()
            };
            (key, binding)
        })
        .collect()
}

/// Bindings by the names that the function knows them by, each under a key of its own.
fn by_key<'a>(
    names: impl Iterator<Item = (&'a str, Option<&'a str>)>,
    bindings: impl Iterator<Item = Binding<'a>>,
) -> Bindings<'a> {
    let keys = distinct_keys(names.collect());
    Bindings::from(keys.into_iter().zip(bindings).collect::<Vec<_>>())
}

fn binding<'a>(function: &Function<'_>, input: &'a Input<'_>) -> Binding<'a> {
    Binding {
        component_name: component_name(function, input.section, input.name),
        component_type: some(&input.r#type),
        ..Binding::default()
    }
}

fn trigger<'a>(input: &'a Input<'_>) -> Trigger<'a> {
    Trigger {
        input_name: input.alias,
        name: Cow::Borrowed(input.name),
        topic: input.topic,
        r#type: &input.r#type,
    }
}

fn hooks<'a>(hooks: &'a [&'a str]) -> impl Iterator<Item = &'a str> {
    hooks.iter().copied()
}

/// A text that says something.
fn some(text: &str) -> Option<&str> {
    (!text.is_empty()).then_some(text)
}

fn text(context: &impl Write) -> String {
    let mut text = String::new();
    context.write(&mut text);
    text
}

impl<'a> Binding<'a> {
    /// v1beta1 has one field for both: the component of a binding, the topic of a pubsub.
    fn with_uri(mut self, input: &Input<'a>) -> Self {
        self.uri = match input.group() {
            Some(Section::Bindings) => Some(input.name),
            _ => input.topic,
        };
        self
    }

    fn with_topic(mut self, input: &Input<'a>) -> Self {
        self.topic = input.topic;
        self
    }

    fn with_output(mut self, output: &'a Output<'a>) -> Self {
        self.metadata = Some(&output.metadata).filter(|metadata| !metadata.is_empty());
        self.operation = output.operation;
        self
    }
}
