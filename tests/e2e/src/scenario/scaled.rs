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
        world.nudge(&namespace, 1).await?;
        let writes = world.written(mark, &namespace)?;
        // The Function's status tells of the replicas. Under server-side apply Metacontroller sends a Deployment again
        // whose generation has moved, without a change.
        let (status, others): (Vec<_>, Vec<_>) = writes
            .into_iter()
            .partition(|write| write.resource == "functions/status");
        ensure!(status.len() <= 3, "the status is written {}", lines(&status));
        let forgiven = match world.apply {
            Apply::Dynamic => 0,
            Apply::ServerSide => 1,
        };
        ensure!(
            others.len() <= forgiven && others.iter().all(|write| write.resource == "deployments"),
            "scaled to {replicas}, Metacontroller writes {}",
            lines(&others)
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
