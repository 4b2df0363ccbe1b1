//! A namespace that is deleted with Functions in it goes, and takes no new ones.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::function;
use crate::objects::until;
use crate::world::{FUNCTIONS, World};

pub(super) async fn run(world: &World) -> Result<()> {
    goes(world, "terminating").await?;
    held(world).await
}

/// Although Metacontroller tries to make again what goes first.
pub(super) async fn goes(world: &World, name: &str) -> Result<()> {
    let namespace = world.namespace(name).await?;
    for file in ["hello.yaml", "whoami.yaml"] {
        world.create(&namespace, &function(file)?).await?;
    }
    world.settle(&namespace).await?;
    world.admin.delete(&object(world, &namespace).await?).await?;
    gone(world, &namespace).await
}

/// Something else in the namespace does not go for a while.
async fn held(world: &World) -> Result<()> {
    let namespace = world.namespace("held").await?;
    world.create(&namespace, &function("hello.yaml")?).await?;
    let holder = json!({"apiVersion": "v1", "kind": "ConfigMap",
        "metadata": {"name": "holder", "namespace": namespace, "finalizers": ["example.com/held"]}});
    let holder = world.admin.create(&holder).await?;
    world.settle(&namespace).await?;
    world.admin.delete(&object(world, &namespace).await?).await?;
    until("the Function is gone", async || {
        let left = world.admin.list(FUNCTIONS, "Function", &namespace).await?;
        Ok(if left.is_empty() {
            Ok(())
        } else {
            Err(left[0]["metadata"].to_string())
        })
    })
    .await?;

    let refused = world
        .kubectl_apply(&namespace, &function("hello.yaml")?)
        .await
        .err();
    let refused = refused.map(|error| format!("{error:#}")).unwrap_or_default();
    ensure!(
        refused.contains("because it is being terminated"),
        "kubectl says {refused:?}"
    );

    let patch = json!({"metadata": {"finalizers": null}});
    world.admin.patch(&holder, "", &patch).await?;
    gone(world, &namespace).await
}

async fn object(world: &World, namespace: &str) -> Result<Value> {
    world.admin.get("v1", "Namespace", "", namespace).await
}

async fn gone(world: &World, namespace: &str) -> Result<()> {
    until(&format!("the namespace {namespace} is gone"), async || {
        Ok(match world.admin.find("v1", "Namespace", "", namespace).await? {
            None => Ok(()),
            Some(object) => Err(object["status"].to_string()),
        })
    })
    .await
}
