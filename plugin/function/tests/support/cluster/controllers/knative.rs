//! Knative Serving: every Service is ready, unless its name is taken by a Service of the core
//! group that is not Knative's.

use serde_json::{Value, json};

use super::super::server::{Id, controller_of, text};
use super::{Cluster, controlled_by, is_deleted};

const API_VERSION: &str = "serving.knative.dev/v1";

impl Cluster {
    /// Makes revisions, and the Service that has the Knative Service's name.
    pub(crate) fn knative(&mut self) {
        for (id, object) in self.all(API_VERSION, "Service") {
            if !is_deleted(&object) {
                let is_placed = self.place(&id, &object);
                self.serve(&id, &object, is_placed);
            }
        }
    }

    /// The core Service; false if somebody else has it.
    fn place(&mut self, id: &Id, object: &Value) -> bool {
        let service = Id {
            api_version: "v1".to_owned(),
            ..id.clone()
        };
        if let Some(found) = self.server.objects().get(&service) {
            return controller_of(found) == Some(text(object, "/metadata/uid").as_str());
        }
        let placed = json!({
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {
                "name": id.name,
                "namespace": id.namespace,
                "labels": {"serving.knative.dev/service": id.name, "serving.knative.dev/route": id.name},
                "ownerReferences": controlled_by(id, object),
            },
            "spec": {
                "type": "ExternalName",
                "externalName": "kourier-internal.kourier-system.svc.cluster.local",
                "ports": [{"name": "http2", "port": 80, "protocol": "TCP", "targetPort": 80}],
            },
        });
        self.server.create(placed).unwrap();
        true
    }

    fn serve(&mut self, id: &Id, object: &Value, is_placed: bool) {
        let generation = object["metadata"]["generation"].as_i64().unwrap();
        let revision = format!("{}-{generation:05}", id.name);
        let host = format!("{}.{}", id.name, id.namespace);
        let (status, reason, message) = match is_placed {
            true => ("True", "", String::new()),
            false => (
                "False",
                "NotOwned",
                format!(
                    "There is an existing placeholder service \"{}\" that we do not own.",
                    id.name
                ),
            ),
        };
        let conditions: Vec<Value> = ["ConfigurationsReady", "Ready", "RoutesReady"]
            .iter()
            .map(|r#type| {
                let mut condition = json!({"type": r#type, "status": "True"});
                if *r#type != "ConfigurationsReady" && !is_placed {
                    condition =
                        json!({"type": r#type, "status": status, "reason": reason, "message": message});
                }
                self.timed(object, condition)
            })
            .collect();
        let status = json!({
            "observedGeneration": generation,
            "conditions": conditions,
            "latestCreatedRevisionName": revision,
            "latestReadyRevisionName": revision,
            "url": format!("http://{host}.example.com"),
            "address": {"url": format!("http://{host}.svc.cluster.local")},
            "traffic": [{"latestRevision": true, "percent": 100, "revisionName": revision}],
        });
        self.server.set_status(id, status);
    }
}
