//! Waiting until all is as it is to be, and what it costs from then on.

use std::time::{Duration, Instant};

use anyhow::{Result, bail, ensure};
use serde_json::{Value, json};

use super::{FUNCTIONS, World, lines};
use crate::objects::{PATIENCE, condition, text, until};
use crate::plane::Write;

/// Without a write of Metacontroller's for so long, all is quiet.
const QUIET: Duration = Duration::from_millis(1_500);

impl World {
    /// Waits until all Functions of a namespace have been answered for what they are now, their Deployments run, and
    /// Metacontroller has written nothing there for a while.
    ///
    /// # Errors
    ///
    /// If that does not come.
    pub async fn settle(&self, namespace: &str) -> Result<()> {
        self.settle_all(&[namespace.to_owned()]).await
    }

    /// The same of several namespaces at once.
    ///
    /// # Errors
    ///
    /// If that does not come.
    pub async fn settle_all(&self, namespaces: &[String]) -> Result<()> {
        for namespace in namespaces {
            self.answered_all(namespace).await?;
            self.workloads_seen(namespace).await?;
        }
        self.quiet(namespaces).await
    }

    /// Waits until every Function has a status that is about what it is now.
    async fn answered_all(&self, namespace: &str) -> Result<()> {
        until(&format!("{namespace} is answered for"), async || {
            let functions = self.admin.list(FUNCTIONS, "Function", namespace).await?;
            let waiting: Vec<String> = functions
                .iter()
                .filter(|function| {
                    function["status"]["observedGeneration"] != function["metadata"]["generation"]
                        || condition(function, "Ready")["reason"] == "Creating"
                })
                .map(|function| {
                    let ready = condition(function, "Ready");
                    format!("{} says {}", text(function, "/metadata/name"), ready["message"])
                })
                .collect();
            Ok(if waiting.is_empty() {
                Ok(())
            } else {
                Err(waiting.join("; "))
            })
        })
        .await
    }

    /// Waits until all Deployments run what they are to run, on pods that are said to be ready.
    async fn workloads_seen(&self, namespace: &str) -> Result<()> {
        until(&format!("the Deployments of {namespace} run"), async || {
            self.run_pods(namespace).await?;
            let all = self.admin.list("apps/v1", "Deployment", namespace).await?;
            let of = |number: &Value| number.as_u64().unwrap_or_default();
            let waiting = all.iter().filter(|deployment| {
                let status = &deployment["status"];
                status["observedGeneration"] != deployment["metadata"]["generation"]
                    || ["replicas", "updatedReplicas", "availableReplicas"]
                        .iter()
                        .any(|count| of(&status[count]) != of(&deployment["spec"]["replicas"]))
            });
            let waiting: Vec<&str> = waiting
                .map(|deployment| text(deployment, "/metadata/name"))
                .collect();
            Ok(if waiting.is_empty() {
                Ok(())
            } else {
                Err(waiting.join(", "))
            })
        })
        .await
    }

    /// Waits until Metacontroller has written nothing for a while.
    async fn quiet(&self, namespaces: &[String]) -> Result<()> {
        let end = Instant::now() + PATIENCE;
        let mut mark = self.plane.audit.mark();
        let mut quiet = Instant::now();
        while quiet.elapsed() < QUIET {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let writes = self.plane.audit.since(mark, namespaces)?;
            if !writes.is_empty() {
                ensure!(
                    Instant::now() < end,
                    "no rest in {}: {}",
                    namespaces.join(", "),
                    lines(&writes)
                );
                mark = self.plane.audit.mark();
                quiet = Instant::now();
            }
        }
        Ok(())
    }

    /// Has the hook of each Function asked so many times more, and gives what Metacontroller has written meanwhile.
    ///
    /// # Errors
    ///
    /// If the hook is not asked.
    pub async fn nudge(&self, namespace: &str, times: u32) -> Result<Vec<Write>> {
        self.nudge_all(&[namespace.to_owned()], times).await
    }

    /// Fails if Metacontroller writes anything when the hook of each Function is asked so many times more: what is settled
    /// costs no write.
    ///
    /// # Errors
    ///
    /// With the writes.
    pub async fn costs_nothing(&self, namespace: &str, times: u32) -> Result<()> {
        let writes = self.nudge(namespace, times).await?;
        let Some(first) = writes.first() else {
            return Ok(());
        };
        bail!(
            "settled, yet Metacontroller writes {} times, first {first}",
            writes.len()
        )
    }

    /// The same of several namespaces.
    ///
    /// # Errors
    ///
    /// If the hook is not asked.
    pub async fn nudge_all(&self, namespaces: &[String], times: u32) -> Result<Vec<Write>> {
        let mark = self.plane.audit.mark();
        for _ in 0..times {
            self.nudges.set(self.nudges.get() + 1);
            let mut functions = Vec::new();
            for namespace in namespaces {
                functions.extend(self.admin.list(FUNCTIONS, "Function", namespace).await?);
            }
            let before: f64 = self.answered().iter().sum();
            for function in &functions {
                // Metacontroller asks again for a changed annotation, which the plugin does not read.
                let patch = json!({"metadata": {"annotations": {"example.com/nudge": self.nudges.get().to_string()}}});
                self.admin.patch(function, "", &patch).await?;
            }
            until("the hook is asked again", async || {
                let more = self.answered().iter().sum::<f64>() - before;
                Ok(if more >= functions.len() as f64 {
                    Ok(())
                } else {
                    Err(format!("asked {more} times, not {}", functions.len()))
                })
            })
            .await?;
            tokio::time::sleep(Duration::from_millis(300)).await;
        }
        self.plane.audit.since(mark, namespaces)
    }

    /// What Metacontroller has written in a namespace since a mark.
    ///
    /// # Errors
    ///
    /// If the audit log cannot be read.
    pub fn written(&self, mark: u64, namespace: &str) -> Result<Vec<Write>> {
        self.plane.audit.since(mark, &[namespace.to_owned()])
    }

    /// Says of all pods of a namespace, or everywhere, what their kubelets would: they run and are ready.
    pub(crate) async fn run_pods(&self, namespace: &str) -> Result<()> {
        let now = "2026-01-01T00:00:00Z";
        let status = json!({"status": {"phase": "Running", "conditions": [
            {"type": "Ready", "status": "True", "lastTransitionTime": now},
            {"type": "ContainersReady", "status": "True", "lastTransitionTime": now},
        ]}});
        for pod in self.others.list("v1", "Pod", namespace).await? {
            if pod["status"]["phase"] == "Running" {
                continue;
            }
            // One that has just been deleted, as no kubelet is there to end it, is none to be told of.
            if let Err(error) = self.others.patch(&pod, "status", &status).await
                && !format!("{error:#}").contains("not found")
            {
                return Err(error);
            }
        }
        Ok(())
    }
}
