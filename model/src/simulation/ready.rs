//! What the controllers of the built-in workloads report once all is well.

use serde_json::{Value, json};

use crate::object::{Id, text};
use crate::world::World;

/// Gives all workloads the status of one that is ready.
pub(super) fn report(world: &mut World) {
    let objects = world.server().objects().iter();
    let now = world.server().now();
    let ready: Vec<(Id, Value)> = objects
        .filter_map(|(id, object)| Some((id.clone(), status(object, &now)?)))
        .collect();
    for (id, status) in ready {
        world.server_mut().set_status(&id, status);
    }
}

fn status(object: &Value, now: &str) -> Option<Value> {
    let generation = object
        .pointer("/metadata/generation")
        .cloned()
        .unwrap_or_default();
    let replicas = object
        .pointer("/spec/replicas")
        .cloned()
        .unwrap_or_else(|| json!(1));
    let condition = |kind: &str, reason: &str| json!({"type": kind, "status": "True", "reason": reason, "lastTransitionTime": now, "lastUpdateTime": now});
    let kind = (text(object, "/apiVersion"), text(object, "/kind"));
    Some(match (kind.0.as_str(), kind.1.as_str()) {
        ("apps/v1", "Deployment") => json!({
            "observedGeneration": generation, "replicas": replicas, "updatedReplicas": replicas,
            "readyReplicas": replicas, "availableReplicas": replicas,
            "conditions": [
                condition("Available", "MinimumReplicasAvailable"),
                condition("Progressing", "NewReplicaSetAvailable"),
            ],
        }),
        ("apps/v1", "StatefulSet") => json!({
            "observedGeneration": generation, "replicas": replicas, "updatedReplicas": replicas,
            "currentReplicas": replicas, "readyReplicas": replicas, "availableReplicas": replicas,
        }),
        ("apps/v1", "DaemonSet") => json!({
            "observedGeneration": generation, "desiredNumberScheduled": 1, "currentNumberScheduled": 1,
            "updatedNumberScheduled": 1, "numberReady": 1, "numberAvailable": 1, "numberMisscheduled": 0,
        }),
        ("batch/v1", "Job") => json!({
            "succeeded": 1, "ready": 0, "startTime": now, "completionTime": now,
            "conditions": [condition("SuccessCriteriaMet", "CompletionsReached"), condition("Complete", "CompletionsReached")],
        }),
        ("v1", "PersistentVolumeClaim") => json!({"phase": "Bound"}),
        _ => return None,
    })
}
