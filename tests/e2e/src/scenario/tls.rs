//! The hooks by TLS, with the CA in a Secret: both controllers, all hooks; and a controller that starts without it.

use anyhow::{Result, ensure};
use serde_json::json;

use super::{function, grants};
use crate::objects::text;
use crate::world::{CONTROLLERS, World};

pub(super) async fn run(world: &World) -> Result<()> {
    let namespace = world.namespace("tls").await?;
    let controller = world
        .admin
        .get(CONTROLLERS, "CompositeController", "", "function")
        .await?;
    for (name, hook) in controller["spec"]["hooks"].as_object().into_iter().flatten() {
        let url = text(hook, "/webhook/url");
        ensure!(url.starts_with("https://"), "the hook {name} is at {url}");
    }
    let hello = world.create(&namespace, &function("hello.yaml")?).await?;
    world.settle(&namespace).await?;
    world.costs_nothing(&namespace, 3).await?;
    world.no_warnings(&namespace).await?;
    let object = world.admin.get("v1", "Namespace", "", &namespace).await?;
    grants::label(world, &object, json!("enabled")).await?;
    grants::wait_for(world, &grants::name(&namespace), true).await?;

    // Metacontroller starts again while somebody has deleted the Secret.
    let (not_started, started) = (
        world.told("CreateError", "metawasm-tls").await?,
        world.told("Started", "").await?,
    );
    let secret = world
        .admin
        .get("v1", "Secret", "metawasm", "metawasm-tls")
        .await?;
    world.stop().await;
    world.admin.delete(&secret).await?;
    world.play().await?;
    world
        .tells_more("CreateError", "metawasm-tls", not_started)
        .await?;
    let again = json!({"apiVersion": "v1", "kind": "Secret", "data": secret["data"],
        "metadata": {"name": "metawasm-tls", "namespace": "metawasm"}});
    world.admin.apply(&again).await?;
    world.tells_more("Started", "", started).await?;

    // The hooks sync and finalize, as before.
    let patch = json!({"spec": {"image": "example.com/functions/hello:v2"}});
    world.admin.patch(&hello, "", &patch).await?;
    world.settle(&namespace).await?;
    let image = world.image(&hello).await?;
    ensure!(image == "example.com/functions/hello:v2", "the image is {image}");
    world.admin.delete(&hello).await?;
    super::delete::gone(world, &namespace, &hello).await
}
