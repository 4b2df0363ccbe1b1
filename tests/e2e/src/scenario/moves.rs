//! A Function moves between the runtimes and leaves nothing behind.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::function;
use crate::world::{World, lines, named};

pub(super) async fn run(world: &World) -> Result<()> {
    let namespace = world.namespace("moves").await?;
    let mut hello = function("hello.yaml")?;
    hello["metadata"]["name"] = "mover".into();
    let mover = world.create(&namespace, &hello).await?;
    world.settle(&namespace).await?;
    let keda = sorted(world, &mover).await?;
    ensure!(keda.contains(&"HTTPScaledObject mover".to_owned()), "on keda: {keda:?}");

    let knative = json!({"http": {"engine": "knative"}});
    let asynchronous = json!({
        "http": null,
        "dapr": [{"name": "orders", "type": "bindings.kafka"}],
    });
    let back = json!({"http": {"engine": "keda"}, "dapr": null});
    let bindings = json!({"orders": {"type": "bindings.kafka", "version": "v1", "metadata": [
        {"name": "brokers", "value": "kafka:9092"}, {"name": "topics", "value": "orders"}]}});
    for (name, triggers, bindings, wanted) in [
        ("knative", knative, Value::Null, "Knative Service mover"),
        ("async", asynchronous, bindings, "Component mover-bindings-orders"),
        ("keda", back, Value::Null, "HTTPScaledObject mover"),
    ] {
        let patch = json!({"spec": {"serving": {"triggers": triggers, "bindings": bindings}}});
        world
            .admin
            .patch(&mover, "", &patch)
            .await
            .with_context(|| name.to_owned())?;
        // Who runs what comes may let the old runtime stay until the new one can be reached: here nothing runs, so that
        // it is the scenario that says it does.
        run_what_is_there(world, &mover).await?;
        world.settle(&namespace).await.with_context(|| name.to_owned())?;
        run_what_is_there(world, &mover).await?;
        world.settle(&namespace).await.with_context(|| name.to_owned())?;
        let now = sorted(world, &mover).await?;
        ensure!(now.contains(&wanted.to_owned()), "moved to {name}, it has {now:?}");
        let writes = world.nudge(&namespace, 2).await?;
        ensure!(
            writes.is_empty(),
            "settled on {name}, yet Metacontroller writes {}",
            lines(&writes)
        );
    }
    let end = sorted(world, &mover).await?;
    ensure!(end == keda, "back on keda it has {end:?}, not {keda:?}");
    world.no_warnings(&namespace).await
}

async fn sorted(world: &World, function: &Value) -> Result<Vec<String>> {
    let mut names = named(&world.children(function).await?);
    names.sort();
    Ok(names)
}

/// Says of Deployments and Knative Services what their controllers would once pods run.
async fn run_what_is_there(world: &World, function: &Value) -> Result<()> {
    world.settle(crate::objects::text(function, "/metadata/namespace")).await?;
    for child in world.children(function).await? {
        let generation = &child["metadata"]["generation"];
        let now = "2026-01-01T00:00:00Z";
        let status = match named(std::slice::from_ref(&child)).join("").as_str() {
            "Knative Service mover" => json!({
                "observedGeneration": generation,
                "latestReadyRevisionName": "mover-00001",
                "latestCreatedRevisionName": "mover-00001",
                "url": "http://mover.example.com",
                "conditions": [{"type": "Ready", "status": "True", "lastTransitionTime": now},
                    {"type": "ConfigurationsReady", "status": "True", "lastTransitionTime": now},
                    {"type": "RoutesReady", "status": "True", "lastTransitionTime": now}],
            }),
            _ => continue,
        };
        world.others.patch(&child, "status", &json!({"status": status})).await?;
    }
    Ok(())
}
