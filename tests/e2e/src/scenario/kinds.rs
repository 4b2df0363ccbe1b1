//! Kinds that are not there: one that a Function needs and the controller does not declare, and one that the controller
//! declares and the cluster lacks.

use std::time::Duration;

use anyhow::{Result, ensure};
use serde_json::json;

use super::{BASE_COMPONENTS, function};
use crate::crds;
use crate::objects::{condition, text, until};
use crate::world::{World, lines};

/// Installed while its kinds are away.
const SHIPWRIGHT: &[&str] = &["shipwright"];

pub(super) async fn run(world: &World) -> Result<()> {
    let namespace = world.namespace("kinds").await?;
    let knative = world.create(&namespace, &function("knative.yaml")?).await?;
    let name = text(&knative, "/metadata/name");
    until("it is said which kind is not declared", async || {
        let ready = condition(&world.function(&namespace, name).await?, "Ready");
        let said = |part: &str| text(&ready, "/message").contains(part);
        Ok(
            if ready["reason"] == "KindNotDeclared" && said("serving.knative.dev/v1") && said("knative") {
                Ok(())
            } else {
                Err(ready.to_string())
            },
        )
    })
    .await?;
    ensure!(
        world.children(&knative).await?.is_empty(),
        "it has children without its main one"
    );

    let hello = world.create(&namespace, &function("hello.yaml")?).await?;
    world.settle(&namespace).await?;
    let (not_started, started) = (
        world.told("CreateError", "shipwright.io").await?,
        world.told("Started", "").await?,
    );
    let lacking = crds::shipwright()?;
    ensure!(lacking.len() >= 2, "only {} CRDs of Shipwright", lacking.len());
    for crd in &lacking {
        world.admin.delete(crd).await?;
        let name = text(crd, "/metadata/name");
        until(&format!("{name} is gone"), async || {
            let found = world
                .admin
                .find(text(crd, "/apiVersion"), text(crd, "/kind"), "", name);
            Ok(match found.await? {
                None => Ok(()),
                Some(crd) => Err(condition(&crd, "Terminating").to_string()),
            })
        })
        .await?;
    }
    world.install(SHIPWRIGHT).await?;
    world
        .tells_more("CreateError", "shipwright.io", not_started)
        .await?;

    // Nobody is asked about anything, and what runs runs on.
    let mark = world.plane.audit.mark();
    let patch = json!({"spec": {"image": "example.com/functions/hello:v2"}});
    world.admin.patch(&hello, "", &patch).await?;
    tokio::time::sleep(Duration::from_secs(2)).await;
    let writes = world.written(mark, &namespace)?;
    ensure!(
        writes.is_empty(),
        "without its controller, Metacontroller writes {}",
        lines(&writes)
    );
    ensure!(world.children(&hello).await?.len() == 4, "children have gone");

    crds::serve(&world.admin, &lacking).await?;
    world.tells_more("Started", "", started).await?;
    world.settle(&namespace).await?;
    let image = world.image(&hello).await?;
    ensure!(image == "example.com/functions/hello:v2", "the image is {image}");
    world.install(BASE_COMPONENTS).await
}
