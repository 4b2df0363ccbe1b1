//! A Function moves between the runtimes and leaves nothing behind.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::function;
use crate::objects::text;
use crate::world::{World, named};

pub(super) async fn run(world: &World) -> Result<()> {
    let namespace = world.namespace("moves").await?;
    let mut hello = function("hello.yaml")?;
    hello["metadata"]["name"] = "mover".into();
    let mover = world.create(&namespace, &hello).await?;
    world.settle(&namespace).await?;
    let keda = sorted(world, &mover).await?;
    ensure!(
        keda.contains(&"HTTPScaledObject mover".to_owned()),
        "on keda: {keda:?}"
    );

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
        // The old runtime stays until the new one can be reached, so that what would run it has its say, twice: what
        // comes after the old one is gone is run too.
        for _ in 0..2 {
            run_what_is_there(world, &mover)
                .await
                .with_context(|| name.to_owned())?;
        }
        let now = sorted(world, &mover).await?;
        ensure!(
            now.contains(&wanted.to_owned()),
            "moved to {name}, it has {now:?}"
        );
        let left: Vec<&String> = [
            "HTTPScaledObject mover",
            "Knative Service mover",
            "Component mover-bindings-orders",
        ]
        .into_iter()
        .filter(|old| *old != wanted)
        .filter_map(|old| now.iter().find(|child| *child == old))
        .collect();
        ensure!(left.is_empty(), "moved to {name}, it still has {left:?}");
        world
            .costs_nothing(&namespace, 2)
            .await
            .with_context(|| format!("on {name}"))?;
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

/// Says of Knative Services what Knative would, and waits for what comes of it.
async fn run_what_is_there(world: &World, function: &Value) -> Result<()> {
    let namespace = text(function, "/metadata/namespace");
    world.settle(namespace).await?;
    let now = "2026-01-01T00:00:00Z";
    for child in world.children(function).await? {
        if text(&child, "/apiVersion") == "serving.knative.dev/v1" {
            let condition = |r#type| json!({"type": r#type, "status": "True", "lastTransitionTime": now});
            let conditions = ["Ready", "ConfigurationsReady", "RoutesReady"].map(condition);
            let status = json!({"status": {
                "observedGeneration": child["metadata"]["generation"],
                "latestReadyRevisionName": "mover-00001",
                "latestCreatedRevisionName": "mover-00001",
                "url": "http://mover.example.com",
                "conditions": conditions,
            }});
            world.others.patch(&child, "status", &status).await?;
        }
    }
    world.settle(namespace).await
}
