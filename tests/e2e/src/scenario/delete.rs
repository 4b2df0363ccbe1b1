//! A deleted Function takes its children with it, with the finalize hook and without.

use anyhow::{Result, ensure};
use serde_json::Value;

use super::function;
use crate::objects::until;
use crate::world::{FUNCTIONS, World, named};

pub(super) async fn without_finalize(world: &World) -> Result<()> {
    let namespace = world.namespace("delete").await?;
    let hello = world.create(&namespace, &function("hello.yaml")?).await?;
    world.settle(&namespace).await?;
    let hello = world.function(&namespace, &name(&hello)).await?;
    ensure!(
        hello["metadata"]["finalizers"].is_null(),
        "it has finalizers: {}",
        hello["metadata"]["finalizers"]
    );
    // A host that is away must not keep anybody from deleting.
    world.kill_hosts();
    world.admin.delete(&hello).await?;
    gone(world, &namespace, &hello).await?;
    world.serve(1, None)
}

pub(super) async fn with_finalize(world: &World) -> Result<()> {
    let namespace = world.namespace("finalize").await?;
    let hello = world.create(&namespace, &function("hello.yaml")?).await?;
    world.settle(&namespace).await?;
    let hello = world.function(&namespace, &name(&hello)).await?;
    ensure!(
        hello["metadata"]["finalizers"][0] == "metacontroller.io/compositecontroller-function",
        "its finalizers are {}",
        hello["metadata"]["finalizers"]
    );
    let mark = world.plane.audit.mark();
    world.admin.delete(&hello).await?;
    gone(world, &namespace, &hello).await?;
    world.no_warnings(&namespace).await?;
    // What leads to the function goes before what scales it: a scaler that goes first would start a pod of it.
    let writes = world.written(mark, &namespace)?;
    let deleted: Vec<&str> = writes
        .iter()
        .filter(|write| write.verb == "delete")
        .map(|write| write.resource.as_str())
        .collect();
    let first = |resource: &str| deleted.iter().position(|deleted| *deleted == resource);
    ensure!(
        first("deployments").is_some() && first("deployments") < first("httpscaledobjects"),
        "deleted in the order {deleted:?}"
    );
    super::terminating::goes(world, "finalize-terminating").await
}

fn name(function: &Value) -> String {
    crate::objects::text(function, "/metadata/name").to_owned()
}

/// Waits until a Function and all its children are gone.
pub(super) async fn gone(world: &World, namespace: &str, function: &Value) -> Result<()> {
    let name = name(function);
    until("the Function and its children are gone", async || {
        let found = world.admin.find(FUNCTIONS, "Function", namespace, &name).await?;
        let mut left = named(&world.children(function).await?);
        if found.is_some() {
            left.push(format!("Function {name}"));
        }
        Ok(if left.is_empty() {
            Ok(())
        } else {
            Err(left.join(", "))
        })
    })
    .await
}
