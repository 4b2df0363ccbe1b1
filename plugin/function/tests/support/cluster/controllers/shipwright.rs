//! Shipwright: builds end at once, one way or the other.

use serde_json::{Value, json};

use super::Cluster;

const API_VERSION: &str = "shipwright.io/v1beta1";

/// How builds end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// With an image, whose digest follows from the run's name.
    Succeeded,
    /// In a step.
    Failed,
    /// They do not; they are started.
    Running,
}

impl Cluster {
    /// Registers Builds, and ends BuildRuns that have not ended.
    pub(crate) fn shipwright(&mut self, outcome: Outcome) {
        for (id, _) in self.all(API_VERSION, "Build") {
            let status =
                json!({"registered": "True", "reason": "Succeeded", "message": "all validations succeeded"});
            self.server.set_status(&id, status);
        }
        for (id, object) in self.all(API_VERSION, "BuildRun") {
            if object.pointer("/status/completionTime").is_some() {
                continue;
            }
            let now = self.server.now();
            let started = object.pointer("/status/startTime").cloned().unwrap_or(json!(now));
            let (truth, reason, message) = match outcome {
                Outcome::Succeeded => ("True", "Succeeded", "All Steps have completed executing"),
                Outcome::Failed => ("False", "Failed", "\"step-build\" exited with code 1"),
                Outcome::Running => (
                    "Unknown",
                    "Running",
                    "Not all Steps in the Task have finished executing",
                ),
            };
            let condition =
                json!({"type": "Succeeded", "status": truth, "reason": reason, "message": message});
            let mut status = json!({
                "buildSpec": {},
                "conditions": [self.timed(&object, condition)],
                "startTime": started,
            });
            if outcome != Outcome::Running {
                status["completionTime"] = json!(now);
            }
            if outcome == Outcome::Succeeded {
                status["output"] = json!({"digest": digest(&id.name)});
            }
            self.server.set_status(&id, status);
        }
    }
}

/// A digest that no other run has.
fn digest(name: &str) -> Value {
    let hex: String = name.bytes().map(|byte| format!("{byte:02x}")).collect();
    let hex: String = hex.chars().rev().chain("0".repeat(64).chars()).take(64).collect();
    json!(format!("sha256:{hex}"))
}
