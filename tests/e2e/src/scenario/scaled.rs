//! KEDA's replicas are KEDA's.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::function;
use crate::driver::Apply;
use crate::world::{World, lines};

pub(super) async fn run(world: &World) -> Result<()> {
    let namespace = world.namespace("scaled").await?;
    let hello = world.create(&namespace, &function("hello.yaml")?).await?;
    world.settle(&namespace).await?;
    for replicas in [0, 3, 1] {
        let mark = world.plane.audit.mark();
        scale(world, &hello, replicas).await?;
        world.settle(&namespace).await?;
        let writes = world.written(mark, &namespace)?;
        // The Function's status tells of the replicas as they come and go. Under server-side apply Metacontroller sends a
        // Deployment again whose generation has moved, without a change.
        let others: Vec<_> = writes
            .into_iter()
            .filter(|write| write.resource != "functions/status")
            .collect();
        let forgiven = match world.apply {
            Apply::Dynamic => 0,
            Apply::ServerSide => 1,
        };
        ensure!(
            others.len() <= forgiven && others.iter().all(|write| write.resource == "deployments"),
            "scaled to {replicas}, Metacontroller writes {}",
            lines(&others)
        );
        let settled = world.nudge(&namespace, 1).await?;
        ensure!(
            settled.is_empty(),
            "settled on {replicas}, Metacontroller writes {}",
            lines(&settled)
        );
        let deployment = world.child(&hello, "Deployment", "hello").await?;
        ensure!(
            deployment["spec"]["replicas"] == replicas,
            "scaled to {replicas}, it has {}",
            deployment["spec"]["replicas"]
        );
    }
    // An edit that updates the Deployment leaves them alone too.
    scale(world, &hello, 2).await?;
    let patch = json!({"spec": {"image": "example.com/functions/hello:v3"}});
    world.admin.patch(&hello, "", &patch).await?;
    world.settle(&namespace).await?;
    let deployment = world.child(&hello, "Deployment", "hello").await?;
    ensure!(
        deployment["spec"]["replicas"] == 2,
        "after an edit it has {}",
        deployment["spec"]["replicas"]
    );
    world.no_warnings(&namespace).await
}

/// As KEDA and the autoscaler do.
async fn scale(world: &World, function: &Value, replicas: u32) -> Result<()> {
    let deployment = world.child(function, "Deployment", "hello").await?;
    let patch = json!({"spec": {"replicas": replicas}});
    world.others.patch(&deployment, "scale", &patch).await?;
    Ok(())
}
