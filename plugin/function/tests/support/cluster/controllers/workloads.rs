//! kube-controller-manager: Deployments, StatefulSets and Jobs.

use serde_json::{Value, json};

use super::Cluster;

const REVISION: &str = "deployment.kubernetes.io/revision";

impl Cluster {
    /// Every workload gets the pods that it asks for, and they are ready.
    pub(crate) fn run_workloads(&mut self) {
        self.deployments();
        self.stateful_sets();
        self.jobs();
    }

    /// An autoscaler sets the number of replicas of a Deployment or StatefulSet, through /scale.
    pub(crate) fn scale(&mut self, name: &str, replicas: i64) {
        let found = self
            .find("Deployment", name)
            .or(self.find("StatefulSet", name))
            .cloned();
        let mut workload = found.unwrap_or_else(|| panic!("nothing to scale: {name}"));
        workload["spec"]["replicas"] = json!(replicas);
        self.save(workload);
    }

    fn deployments(&mut self) {
        for (id, mut object) in self.all("apps/v1", "Deployment") {
            let templates = object["spec"]["template"].to_string();
            let revision = match self.templates.get(&id) {
                Some((seen, revision)) if *seen == templates => *revision,
                Some((_, revision)) => revision + 1,
                None => 1,
            };
            self.templates.insert(id.clone(), (templates, revision));
            if object["metadata"].get("annotations").is_none() {
                object["metadata"]["annotations"] = json!({});
            }
            object["metadata"]["annotations"][REVISION] = json!(revision.to_string());
            self.save(object);
            let object = self.server.objects()[&id].clone();
            let replicas = object["spec"]["replicas"].as_i64().unwrap();
            let mut status = json!({
                "observedGeneration": object["metadata"]["generation"],
                "conditions": [
                    self.moved(&object, &json!({"type": "Available", "status": "True", "reason": "MinimumReplicasAvailable",
                        "message": "Deployment has minimum availability."})),
                    self.moved(&object, &json!({"type": "Progressing", "status": "True", "reason": "NewReplicaSetAvailable",
                        "message": format!("ReplicaSet \"{}-{revision}\" has successfully progressed.", id.name)})),
                ],
            });
            counts(
                &mut status,
                replicas,
                &[
                    "replicas",
                    "readyReplicas",
                    "updatedReplicas",
                    "availableReplicas",
                ],
            );
            self.server.set_status(&id, status);
        }
    }

    /// A Deployment's condition has a time of its last update too.
    fn moved(&self, object: &Value, condition: &Value) -> Value {
        let old = object.pointer("/status/conditions").and_then(Value::as_array);
        let same = old.into_iter().flatten().find(|old| {
            ["type", "status", "reason", "message"]
                .iter()
                .all(|key| old[*key] == condition[*key])
        });
        let mut condition = self.timed(object, condition.clone());
        condition["lastUpdateTime"] = match same {
            Some(old) => old["lastUpdateTime"].clone(),
            None => json!(self.server.now()),
        };
        condition
    }

    fn stateful_sets(&mut self) {
        for (id, object) in self.all("apps/v1", "StatefulSet") {
            let replicas = object["spec"]["replicas"].as_i64().unwrap();
            let mut status = json!({
                "observedGeneration": object["metadata"]["generation"],
                "replicas": replicas,
                "availableReplicas": replicas,
                "collisionCount": 0,
                "currentRevision": format!("{}-1", id.name),
                "updateRevision": format!("{}-1", id.name),
            });
            counts(
                &mut status,
                replicas,
                &["readyReplicas", "currentReplicas", "updatedReplicas"],
            );
            self.server.set_status(&id, status);
        }
    }

    fn jobs(&mut self) {
        for (id, object) in self.all("batch/v1", "Job") {
            if object.pointer("/status/completionTime").is_some() || object["spec"]["suspend"] == true {
                continue;
            }
            let now = self.server.now();
            let done = |r#type: &str| {
                json!({"type": r#type, "status": "True", "reason": "CompletionsReached",
                    "message": "Reached expected number of succeeded pods",
                    "lastProbeTime": now, "lastTransitionTime": now})
            };
            let status = json!({
                "conditions": [done("SuccessCriteriaMet"), done("Complete")],
                "startTime": now,
                "completionTime": now,
                "ready": 0,
                "succeeded": object["spec"]["completions"],
                "terminating": 0,
                "uncountedTerminatedPods": {},
            });
            self.server.set_status(&id, status);
        }
    }
}

/// Numbers that Go leaves out when they are zero.
fn counts(status: &mut Value, replicas: i64, fields: &[&str]) {
    for field in fields.iter().filter(|_| replicas > 0) {
        status[*field] = json!(replicas);
    }
}
