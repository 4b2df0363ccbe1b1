//! Dapr on pods: the annotations that say it, and what the function is told.

use metawasm_json::Write as _;

use super::decisions::Plan;
use super::scaling;
use crate::formats::json::{Json, Object};
use crate::formats::names;
use crate::function::dapr::{APP_ID, APP_PROTOCOL, ENABLED, existing, find};
use crate::function::types::{Engine, Mode};
use crate::kinds;

const APP_PORT: &str = "dapr.io/app-port";
const METRICS_PORT: &str = "dapr.io/metrics-port";
const LOG_AS_JSON: &str = "dapr.io/log-as-json";
/// Who may call the sidecar: by default its own pod alone.
const LISTEN_ADDRESSES: &str = "dapr.io/sidecar-listen-addresses";
/// A hash of the components: daprd reads them when it starts.
const CONFIG_HASH: &str = "openfunction.io/config-hash";

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
    all.insert(APP_PROTOCOL, plan.protocol.into());
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

/// Where a function in standalone mode finds Dapr: the Service that Dapr makes of the proxy. None in
/// the other modes: a sidecar is where every SDK looks for it.
pub(crate) fn host(plan: &Plan<'_>) -> Option<String> {
    (plan.dapr == Mode::Standalone).then(|| {
        format!(
            "{}-dapr.{}.svc.{}",
            plan.app_id, plan.function.namespace, plan.settings.cluster_domain
        )
    })
}

/// A hash of the specs of all Components that the sidecar reads: those that the Function defines,
/// and existing ones as far as they are known. None where there is no Component.
fn config_hash(plan: &Plan<'_>) -> Option<String> {
    let mut hash = None;
    // One buffer for all of them: there may be many.
    let mut text = String::new();
    let mut add = |name: &str, spec: &Json<'_>| {
        text.clear();
        text.push_str(name);
        text.push('\n');
        spec.write(&mut text);
        text.push('\n');
        hash = Some(hash_on(hash.unwrap_or(0xcbf2_9ce4_8422_2325), text.as_bytes()));
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::function::request::Request;
    use crate::function::settings::Settings;
    use crate::function::types::{Component, Function, Input, Serving, WorkloadType};

    /// The annotations of pods of a function with a component.
    fn annotated(engine: Engine, workload_type: WorkloadType) -> (bool, bool) {
        let mut serving = Serving {
            engine,
            workload_type,
            dapr: Mode::Sidecar,
            ..Serving::default()
        };
        serving.triggers.push(Input::default());
        serving.bindings.insert("a", Component::default());
        let (function, settings) = (Function::default(), Settings::default());
        let request = Request::parse(r#"{"parent":{},"children":{}}"#).unwrap();
        let (children, related) = (request.children(), request.related());
        let plan = Plan::new(&function, &serving, &settings, &children, &related);
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
}
