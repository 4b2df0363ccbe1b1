//! Dapr on the function's pods: whether, how, and the annotations that say it.

use std::borrow::Cow;

use crate::children::{Plan, variable};
use crate::customize::Wanted;
use crate::engine::Engine;
use crate::function::{Function, Section, Serving};
use crate::json::{Json, Object};
use crate::request::{Object as Observed, Objects, Request};
use crate::validate::syntax;
use crate::{kinds, names, scaling};

/// `"false"` turns Dapr off, any other value on.
pub(crate) const ENABLE: &str = "openfunction.io/enable-dapr";
/// `sidecar` or `standalone`.
pub(crate) const MODE: &str = "openfunction.io/dapr-service-mode";
/// Whether Dapr's injector adds a sidecar. Ours alone: the mode decides.
pub(crate) const ENABLED: &str = "dapr.io/enabled";
/// Dapr's name for the function.
pub(crate) const APP_ID: &str = "dapr.io/app-id";
/// The protocol between sidecar and function.
pub(crate) const APP_PROTOCOL: &str = "dapr.io/app-protocol";
const APP_PORT: &str = "dapr.io/app-port";
const METRICS_PORT: &str = "dapr.io/metrics-port";
const LOG_AS_JSON: &str = "dapr.io/log-as-json";
/// Who may call the sidecar: by default its own pod alone.
const LISTEN_ADDRESSES: &str = "dapr.io/sidecar-listen-addresses";
/// A hash of the components: daprd reads them when it starts.
const CONFIG_HASH: &str = "openfunction.io/config-hash";
/// Triggers, inputs, outputs, states and components of a group: what multiplies in children and
/// in the function's context is limited.
pub(crate) const MAX_ITEMS: usize = 64;

/// Whether the function uses Dapr: its annotation, else whether anything it has needs Dapr.
/// Components alone do not count.
pub(crate) fn is_on(serving: &Serving<'_>) -> bool {
    match serving.annotations.get(ENABLE) {
        Some(value) => value != "false",
        None => {
            !serving.triggers.is_empty()
                || !serving.inputs.is_empty()
                || !serving.outputs.is_empty()
                || !serving.states.is_empty()
        }
    }
}

/// The protocol between sidecar and function: what the user says, else gRPC for functions that
/// Dapr calls and http for those that only call Dapr.
pub(crate) fn protocol<'a>(serving: &'a Serving<'_>) -> &'a str {
    let default = if serving.triggers.is_empty() {
        "http"
    } else {
        "grpc"
    };
    serving
        .annotations
        .get(APP_PROTOCOL)
        .map_or(default, |protocol| &**protocol)
}

/// How Dapr reaches the function.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Not at all.
    Off,
    /// A sidecar in each of its pods.
    Sidecar,
    /// A proxy, which is a Deployment of its own.
    Standalone,
}

/// How Dapr reaches a valid function.
pub(crate) fn mode(serving: &Serving<'_>) -> Mode {
    if !is_on(serving) {
        return Mode::Off;
    }
    match serving.annotations.get(MODE) {
        Some(mode) if mode == "standalone" => Mode::Standalone,
        _ => Mode::Sidecar,
    }
}

/// Dapr's name for the function: what the user says, else one that follows from its own name.
pub(crate) fn app_id<'a>(function: &Function<'_>, serving: &'a Serving<'_>) -> Cow<'a, str> {
    match serving.annotations.get(APP_ID) {
        Some(id) => Cow::Borrowed(id),
        None => Cow::Owned(names::app_id(function.name, function.namespace)),
    }
}

/// The annotations of the function's pods: ours, then the user's over them.
pub(crate) fn pod_annotations<'a>(plan: &'a Plan<'a>) -> Object<'a> {
    let mut all = Object::of([(APP_PORT, plan.port().to_string().into())]);
    if plan.engine == Engine::Knative {
        // Knative's own sidecar has Dapr's default, 9090.
        all.insert(METRICS_PORT, "19090".into());
    }
    let has_sidecar = plan.dapr == Mode::Sidecar;
    // Another hash would run a job again, and each run reads the components anyway.
    let rolls = has_sidecar && *plan.workload_kind() != kinds::JOB;
    annotations(plan, all, has_sidecar, rolls)
}

/// The annotations of the proxy's pods, which listen on `port`. The function's pods call the
/// proxy's sidecar.
pub(crate) fn proxy_annotations<'a>(plan: &'a Plan<'a>, port: i64) -> Object<'a> {
    let all = Object::of([
        (APP_PORT, port.to_string().into()),
        (LISTEN_ADDRESSES, "[::],0.0.0.0".into()),
    ]);
    annotations(plan, all, true, true)
}

/// `rolls` says whether pods are replaced when a component changes.
fn annotations<'a>(plan: &'a Plan<'a>, mut all: Object<'a>, has_sidecar: bool, rolls: bool) -> Object<'a> {
    let serving = plan.serving;
    all.insert(APP_ID, (&*plan.app_id).into());
    all.insert(APP_PROTOCOL, protocol(serving).into());
    all.insert(LOG_AS_JSON, "true".into());
    for (key, value) in serving.annotations.iter() {
        all.insert(key, (&**value).into());
    }
    all.insert(ENABLED, if has_sidecar { "true" } else { "false" }.into());
    if rolls && let Some(hash) = config_hash(plan) {
        all.insert(CONFIG_HASH, hash.into());
    }
    scaling::trim(&mut all);
    all
}

/// What the function is told about Dapr: in standalone mode the Service that Dapr makes of the
/// proxy. A sidecar is where every SDK looks for it.
pub(crate) fn environment<'a>(plan: &'a Plan<'a>) -> Vec<Json<'a>> {
    if plan.dapr != Mode::Standalone {
        return Vec::new();
    }
    let host = format!(
        "{}-dapr.{}.svc.{}",
        plan.app_id, plan.function.namespace, plan.settings.cluster_domain
    );
    vec![
        variable("DAPR_HOST", host.clone()),
        variable("DAPR_SIDECAR_IP", host),
    ]
}

/// The existing Components that the function uses: whatever it names and does not define. Each
/// once, in order.
pub(crate) fn existing<'s>(serving: &'s Serving<'_>) -> Vec<Cow<'s, str>> {
    let inputs = serving.triggers.iter().chain(&serving.inputs);
    let inputs = inputs.chain(serving.outputs.iter().map(|output| &output.input));
    let inputs = inputs.filter(|input| input.section.is_none());
    let states = serving.states.iter();
    let states = states.filter(|(_, state)| state.spec.is_none());
    let names = inputs
        .map(|input| input.name)
        .chain(states.map(|(key, _)| key))
        .filter(|name| syntax::is_subdomain(name));
    let names: Vec<_> = names.map(|name| (Cow::Borrowed(name), Json::Null)).collect();
    let names = Object::from(names).into_members().into_iter();
    names.map(|(name, _)| name).collect()
}

/// Asks for the existing Components that the function uses.
pub(crate) fn wanted<'a>(function: &'a Function<'a>, request: &Request<'_>, all: &mut Wanted<'a>) {
    let Some(serving) = &function.serving else {
        return;
    };
    if request.declares(&kinds::COMPONENT) {
        let kind = &kinds::COMPONENT;
        for name in existing(serving) {
            all.add(kind.api_version, kind.resource, function.namespace, name);
        }
    }
}

/// An existing Component among the related objects.
pub(crate) fn find<'r, 'a>(
    related: &'r Objects<'a>,
    namespace: &str,
    name: &str,
) -> Option<&'r Observed<'a>> {
    let kind = &kinds::COMPONENT;
    related.find_in(kind.api_version, kind.kind, namespace, name)
}

/// A hash of the specs of all Components that the sidecar reads: those that the Function defines,
/// and existing ones as far as they are known. None where there is no Component.
fn config_hash(plan: &Plan<'_>) -> Option<String> {
    let mut hash = None;
    // One buffer for all of them: there may be many.
    let mut text = Vec::new();
    let mut add = |name: &str, spec: &Json<'_>| {
        text.clear();
        text.extend_from_slice(name.as_bytes());
        text.push(b'\n');
        // An object always has a text.
        serde_json::to_writer(&mut text, spec).unwrap_or_default();
        text.push(b'\n');
        hash = Some(hash_on(hash.unwrap_or(0xcbf2_9ce4_8422_2325), &text));
    };
    for (group, key, spec) in plan.serving.components() {
        let name = names::component(plan.function.name, group, key);
        add(&name, &Json::Known(spec));
    }
    for name in existing(plan.serving) {
        let found = find(plan.related, plan.function.namespace, &name);
        if let Some(spec) = found.and_then(|found| found.get("spec")) {
            add(&name, spec);
        }
    }
    hash.map(|hash| format!("{hash:016x}"))
}

/// FNV-1a with 64 bits, from an earlier value on.
fn hash_on(hash: u64, text: &[u8]) -> u64 {
    text.iter().fold(hash, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// The Component that a name stands for: one that the Function defines in a section has a derived
/// name, any other is an existing one of that very name.
pub(crate) fn component_name<'a>(
    function: &Function<'_>,
    section: Option<Section>,
    name: &'a str,
) -> Cow<'a, str> {
    match section {
        Some(section) => Cow::Owned(names::component(function.name, section.group(), name)),
        None => Cow::Borrowed(name),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::{Component, Input, Output, WorkloadType};
    use crate::settings::Settings;

    #[test]
    fn components_alone_do_not_turn_dapr_on() {
        let mut serving = Serving::default();
        serving.bindings.insert("a", Component::default());
        assert!(!is_on(&serving));
        serving.outputs.push(Output::default());
        assert!(is_on(&serving));
    }

    #[test]
    fn the_annotation_decides() {
        for (value, on) in [("false", false), ("true", true), ("no", true)] {
            let mut serving = Serving::default();
            serving.annotations.insert(ENABLE, value.into());
            assert_eq!(is_on(&serving), on, "{value}");
        }
    }

    #[test]
    fn the_protocol_depends_on_who_calls() {
        let mut serving = Serving::default();
        assert_eq!(protocol(&serving), "http");
        serving.triggers.push(Input::default());
        assert_eq!(protocol(&serving), "grpc");
        serving.annotations.insert(APP_PROTOCOL, "h2c".into());
        assert_eq!(protocol(&serving), "h2c");
    }

    /// The annotations of pods of a function with a component.
    fn annotated(engine: Engine, workload_type: WorkloadType) -> (bool, bool) {
        let mut serving = Serving {
            workload_type,
            ..Serving::default()
        };
        serving.triggers.push(Input::default());
        serving.bindings.insert("a", Component::default());
        let (function, settings) = (Function::default(), Settings::default());
        let request = Request::parse(r#"{"parent":{},"children":{}}"#).unwrap();
        let (children, related) = (request.children(), request.related());
        let plan = Plan::new(&function, &serving, engine, &settings, &children, &related);
        let all = pod_annotations(&plan);
        (all.contains(CONFIG_HASH), all.contains(METRICS_PORT))
    }

    #[test]
    fn a_job_is_not_run_again_because_a_component_changed() {
        assert_eq!(annotated(Engine::Async, WorkloadType::Deployment), (true, false));
        assert_eq!(annotated(Engine::Async, WorkloadType::StatefulSet), (true, false));
        assert_eq!(annotated(Engine::Async, WorkloadType::Job), (false, false));
        assert_eq!(annotated(Engine::Knative, WorkloadType::Job), (true, true));
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        let start = 0xcbf2_9ce4_8422_2325;
        assert_eq!(hash_on(start, b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(hash_on(hash_on(start, b"foo"), b"bar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn a_component_of_the_function_has_a_derived_name() {
        let function = Function {
            name: "f",
            ..Function::default()
        };
        let sections = Section::ALL.into_iter().map(Some).chain([None]);
        let names: Vec<_> = sections
            .map(|section| component_name(&function, section, "a"))
            .collect();
        assert_eq!(names, ["f-bindings-a", "f-pubsub-a", "f-state-a", "a"]);
    }
}
