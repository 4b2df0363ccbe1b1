//! The decorator plugin: a label on a Namespace brings a ReferenceGrant, and takes it away again.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::objects::{text, until};
use crate::world::{World, lines};

const API: &str = "gateway.networking.k8s.io/v1beta1";
const KEDA: &str = "keda";

pub(super) async fn run(world: &World) -> Result<()> {
    let namespace = world.namespace("grants").await?;
    let name = name(&namespace);
    let object = world.admin.get("v1", "Namespace", "", &namespace).await?;
    ensure!(
        find(world, &name).await?.is_none(),
        "there is a grant without a label"
    );

    label(world, &object, json!("enabled")).await?;
    let grant = wait_for(world, &name, true).await?.context("it is there")?;
    ensure!(
        grant["spec"]["from"][0]["namespace"] == namespace.as_str(),
        "it is for {}",
        grant["spec"]["from"]
    );
    ensure!(
        grant["metadata"]["ownerReferences"][0]["uid"] == object["metadata"]["uid"],
        "it does not belong to the Namespace"
    );
    // Settled, it costs no write: the Namespace is touched, the grant is not.
    let mark = world.plane.audit.mark();
    for number in 0..3 {
        let patch = json!({"metadata": {"annotations": {"example.com/nudge": number.to_string()}}});
        world.admin.patch(&object, "", &patch).await?;
        tokio::time::sleep(std::time::Duration::from_millis(400)).await;
    }
    let writes = world.written(mark, KEDA)?;
    ensure!(
        writes.is_empty(),
        "settled, yet Metacontroller writes {}",
        lines(&writes)
    );

    label(world, &object, Value::Null).await?;
    wait_for(world, &name, false).await?;
    label(world, &object, json!("enabled")).await?;
    wait_for(world, &name, true).await?;
    // It goes with its Namespace, which is in another.
    world.admin.delete(&object).await?;
    wait_for(world, &name, false).await?;
    Ok(())
}

/// What the grant for a namespace is called.
pub(super) fn name(namespace: &str) -> String {
    format!("metawasm-routes-{namespace}")
}

pub(super) async fn label(world: &World, namespace: &Value, value: Value) -> Result<()> {
    let patch = json!({"metadata": {"labels": {"openfunction.io/routes": value}}});
    world.admin.patch(namespace, "", &patch).await?;
    Ok(())
}

async fn find(world: &World, name: &str) -> Result<Option<Value>> {
    world.admin.find(API, "ReferenceGrant", KEDA, name).await
}

pub(super) async fn wait_for(world: &World, name: &str, there: bool) -> Result<Option<Value>> {
    until(
        &format!("the grant is {}", if there { "there" } else { "gone" }),
        async || {
            let found = find(world, name).await?;
            let state = found
                .as_ref()
                .map(|grant| text(grant, "/metadata/uid").to_owned());
            Ok(if found.is_some() == there {
                Ok(found)
            } else {
                Err(format!("{state:?}"))
            })
        },
    )
    .await
}
