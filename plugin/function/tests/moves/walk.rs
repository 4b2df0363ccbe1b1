//! A move, watched at every step.

use serde_json::{Value, json};

use crate::support::cluster::{Apply, Cluster};
use crate::support::essence;

/// Rounds after which every move is over.
const MAX_ROUNDS: usize = 12;

/// What was seen of a move, before and after each sync and each round of the controllers.
pub(crate) struct Walk {
    /// `spec.replicas` of the function's Deployment, each change.
    pub(crate) replicas: Vec<i64>,
    /// The sentences of `Ready` while it said `Moving`, each once.
    pub(crate) moving: Vec<String>,
    /// Steps after which nothing served.
    pub(crate) gaps: Vec<usize>,
}

impl Walk {
    /// Replicas that went down and came up again, or went to one and back.
    pub(crate) fn blips(&self) -> bool {
        let all = &self.replicas;
        (1..all.len().saturating_sub(1)).any(|at| all[at - 1] > all[at] && all[at] < all[at + 1])
    }
}

/// An async function of this workload type.
pub(crate) fn on_async(workload: &str) -> Value {
    json!({"image": "example.com/functions/hello:v1", "serving": {
        "workloadType": workload,
        "triggers": {"dapr": [{"name": "clock", "type": "bindings.cron"}]},
        "bindings": {"clock": {"type": "bindings.cron", "version": "v1",
            "metadata": [{"name": "schedule", "value": "@every 2s"}]}},
    }})
}

/// An async function that events scale.
pub(crate) fn on_events(workload: &str) -> Value {
    let mut spec = on_async(workload);
    let trigger = json!({"type": "redis", "metadata": {"address": "redis:6379", "listName": "l"}});
    spec["serving"]["scaleOptions"] = json!({"keda": {"triggers": [trigger]}});
    spec
}

/// A function that requests reach.
pub(crate) fn on_http(engine: &str) -> Value {
    json!({"image": "example.com/functions/hello:v1", "serving": {"triggers": {"http": {"engine": engine}}}})
}

/// A settled Function `hello`.
pub(crate) fn settled(spec: &Value, settings: &Value, apply: Apply) -> Cluster {
    let function = json!({
        "apiVersion": "core.openfunction.io/v1beta2",
        "kind": "Function",
        "metadata": {"name": "hello", "namespace": "demo"},
        "spec": spec,
    });
    let mut cluster = Cluster::new(function).under(apply).settings(settings.clone());
    cluster.settle();
    cluster
}

/// Edits the spec and follows the cluster until all is quiet.
///
/// # Panics
/// If anything is refused or collides, if it is not quiet soon, if what waits does not say so, or
/// if the children are not those of a new Function with this spec.
pub(crate) fn walk(cluster: &mut Cluster, spec: &Value, settings: &Value, apply: Apply) -> Walk {
    cluster.edit(|function| function["spec"] = spec.clone());
    let seen = follow(cluster);
    let fresh = settled(spec, settings, apply);
    let (moved, fresh) = (texts(cluster), texts(&fresh));
    assert_eq!(moved, fresh, "{apply:?}");
    seen
}

fn texts(cluster: &Cluster) -> Vec<String> {
    let all = essence(cluster).into_iter();
    all.map(|child| {
        let text = child.to_string();
        // Jobs are found by their uid.
        let parts = text
            .split("\"uid-")
            .map(|part| part.trim_start_matches(char::is_numeric));
        parts.collect()
    })
    .collect()
}

/// Follows the cluster until all is quiet; see [`walk`].
pub(crate) fn follow(cluster: &mut Cluster) -> Walk {
    let mut seen = Walk {
        replicas: Vec::new(),
        moving: Vec::new(),
        gaps: Vec::new(),
    };
    seen.look(cluster, 0);
    for round in 1..=MAX_ROUNDS {
        let sync = cluster.reconcile();
        assert_eq!(sync.failure, None);
        assert_eq!(sync.refused, []);
        assert_eq!(sync.collided, [""; 0]);
        seen.look(cluster, round);
        seen.listen(cluster, &sync.answer["resyncAfterSeconds"]);
        let quiet = cluster.is_quiet_after_controllers();
        seen.look(cluster, round);
        if quiet && sync.writes.is_empty() {
            return seen;
        }
    }
    panic!("it still moves: {}", cluster.condition("Ready"));
}

impl Walk {
    fn look(&mut self, cluster: &Cluster, round: usize) {
        if !serves(cluster) && !self.gaps.contains(&round) {
            self.gaps.push(round);
        }
        if let Some(deployment) = cluster.find("Deployment", "hello") {
            let replicas = deployment["spec"]["replicas"].as_i64().unwrap();
            if self.replicas.last() != Some(&replicas) {
                self.replicas.push(replicas);
            }
        }
    }

    fn listen(&mut self, cluster: &Cluster, resync: &Value) {
        let ready = cluster.condition("Ready");
        assert_ne!(ready["reason"], "NameTaken");
        if ready["reason"] != "Moving" {
            return;
        }
        assert_eq!(ready["status"], "False");
        assert_eq!(*resync, 10);
        let message = ready["message"].as_str().unwrap().to_owned();
        if !self.moving.contains(&message) {
            self.moving.push(message);
        }
    }
}

/// Whether something runs the function that is ready or sleeps well, and requests can reach it
/// where the pods of a Deployment take some.
fn serves(cluster: &Cluster) -> bool {
    let says = |kind: &str, r#type: &str| {
        let object = cluster.find(kind, "hello");
        let conditions = object.and_then(|object| object.pointer("/status/conditions")?.as_array());
        let mut conditions = conditions.into_iter().flatten();
        conditions.any(|condition| condition["type"] == r#type && condition["status"] == "True")
    };
    let stateful = cluster.find("StatefulSet", "hello");
    let scaler = cluster.find("HTTPScaledObject", "hello");
    let takes_requests = scaler.is_some_and(|scaler| scaler["metadata"].get("deletionTimestamp").is_none());
    let is_reached = !takes_requests || cluster.find("Service", "hello-svc").is_some();
    says("Deployment", "Available") && is_reached
        || stateful.is_some_and(|set| set.pointer("/status/readyReplicas").is_some())
        || says("KnativeService", "Ready")
        || says("ScaledJob", "Ready")
        || says("Job", "Complete")
}
