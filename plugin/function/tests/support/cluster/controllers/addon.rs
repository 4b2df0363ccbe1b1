//! KEDA and its HTTP add-on.
//!
//! Source: `operator/controllers/http` of the add-on, 0.15; its ScaledObject has the labels and
//! annotations of the HTTPScaledObject, Metacontroller's included.

use serde_json::{Value, json};

use super::super::server::{Id, text};
use super::{Cluster, add_finalizer, controlled_by, is_deleted, remove_finalizer};

const ADDON: &str = "http.keda.sh/v1alpha1";
const ADDON_FINALIZER: &str = "httpscaledobject.http.keda.sh";
const KEDA: &str = "keda.sh/v1alpha1";
const KEDA_FINALIZER: &str = "finalizer.keda.sh";

impl Cluster {
    /// The HTTP add-on makes ScaledObjects, and KEDA accepts those whose workload is there.
    pub(crate) fn addon(&mut self) {
        for (id, object) in self.all(ADDON, "HTTPScaledObject") {
            if is_deleted(&object) {
                self.release(&id, object);
            } else {
                self.derive(&id, object);
            }
        }
        for kind in ["ScaledObject", "ScaledJob"] {
            for (id, object) in self.all(KEDA, kind) {
                self.accept(&id, object);
            }
        }
    }

    fn derive(&mut self, id: &Id, mut object: Value) {
        add_finalizer(&mut object, ADDON_FINALIZER);
        self.save(object);
        let object = self.server.objects()[id].clone();
        let spec = &object["spec"];
        let target = &spec["scaleTargetRef"];
        let old = target.get("deployment");
        let name = target.get("name").or(old).cloned().unwrap_or_else(|| json!(""));
        let mut metadata = json!({
            "name": id.name,
            "namespace": id.namespace,
            "ownerReferences": controlled_by(id, &object),
        });
        for key in ["labels", "annotations"] {
            if let Some(value) = object["metadata"].get(key) {
                metadata[key] = value.clone();
            }
        }
        let derived = json!({
            "apiVersion": KEDA,
            "kind": "ScaledObject",
            "metadata": metadata,
            "spec": {
                "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": name},
                "pollingInterval": 15,
                "cooldownPeriod": spec["scaledownPeriod"],
                "minReplicaCount": spec["replicas"]["min"],
                "maxReplicaCount": spec["replicas"]["max"],
                "advanced": {"restoreToOriginalReplicaCount": true},
                "triggers": [{"type": "external-push",
                    "metadata": {"scalerAddress": "external-scaler.keda:9090", "httpScaledObject": id.name}}],
            },
        });
        let derived_id = Id::of(&derived);
        match self.server.objects().get(&derived_id) {
            None => self.server.create(derived).unwrap(),
            Some(old) => {
                let mut new = old.clone();
                new["spec"] = derived["spec"].clone();
                self.save(new);
            }
        }
        let ready = json!({"type": "Ready", "status": "True", "reason": "HTTPScaledObjectIsReady",
            "message": "Finished object creation"});
        let status = json!({
            "conditions": [self.timed(&object, ready)],
            "targetService": format!("{}:{}", text(target, "/service"), target.get("port").unwrap_or(&Value::Null)),
            "targetWorkload": format!("apps/v1/Deployment/{}", name.as_str().unwrap()),
        });
        self.server.set_status(id, status);
    }

    /// The ScaledObject goes, and the workload is as it was before it was scaled.
    fn release(&mut self, id: &Id, mut object: Value) {
        if let Some(derived) = self.find_in(&id.namespace, "ScaledObject", &id.name) {
            self.let_go(&derived);
        }
        remove_finalizer(&mut object, ADDON_FINALIZER);
        self.save(object);
    }

    /// Ends a ScaledObject at once.
    fn let_go(&mut self, id: &Id) {
        let mut object = self.server.objects()[id].clone();
        let target = text(&object, "/spec/scaleTargetRef/name");
        let restores = object.pointer("/spec/advanced/restoreToOriginalReplicaCount") == Some(&json!(true));
        let original = object.pointer("/status/originalReplicaCount").cloned();
        if let Some(workload) = self
            .find_in(&id.namespace, "Deployment", &target)
            .filter(|_| restores)
        {
            let mut workload = self.server.objects()[&workload].clone();
            workload["spec"]["replicas"] = original.unwrap_or(json!(1));
            self.save(workload);
        }
        remove_finalizer(&mut object, KEDA_FINALIZER);
        self.save(object);
        self.server.delete(id);
    }

    /// KEDA's own part: it remembers how many replicas there were. Its conditions have no times.
    fn accept(&mut self, id: &Id, mut object: Value) {
        if is_deleted(&object) {
            return self.let_go(id);
        }
        let known = object.pointer("/status/originalReplicaCount").cloned();
        add_finalizer(&mut object, KEDA_FINALIZER);
        let label = format!("{}.keda.sh/name", id.kind.to_lowercase());
        if object["metadata"].get("labels").is_none() {
            object["metadata"]["labels"] = json!({});
        }
        object["metadata"]["labels"][label] = json!(id.name);
        self.save(object);
        let target = text(&self.server.objects()[id], "/spec/scaleTargetRef/name");
        let there = ["Deployment", "StatefulSet"].map(|kind| self.find_in(&id.namespace, kind, &target));
        let workload = there.iter().flatten().next();
        let replicas = workload.map(|id| self.server.objects()[id]["spec"]["replicas"].clone());
        let ready = if id.kind == "ScaledJob" || there.iter().any(Option::is_some) {
            json!({"type": "Ready", "status": "True", "reason": "ScaledObjectReady",
                "message": "ScaledObject is defined correctly and is ready for scaling"})
        } else {
            json!({"type": "Ready", "status": "False", "reason": "ScaledObjectCheckFailed",
                "message": format!("deployments.apps \"{target}\" not found")})
        };
        let mut status = json!({"conditions": [ready]});
        if let Some(original) = known.or(replicas) {
            status["originalReplicaCount"] = original;
        }
        self.server.set_status(id, status);
    }

    fn find_in(&self, namespace: &str, kind: &str, name: &str) -> Option<Id> {
        let mut ids = self.server.objects().keys();
        ids.find(|id| id.namespace == namespace && id.kind == kind && id.name == name)
            .cloned()
    }
}
