//! Metacontroller may not make a kind of child: the others are made, and it is said what is missing.

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::function;
use crate::objects::{condition, until};
use crate::world::{World, named};

const ROLES: &str = "rbac.authorization.k8s.io/v1";

pub(super) async fn run(world: &World) -> Result<()> {
    let namespace = world.namespace("rights").await?;
    let role = world
        .admin
        .get(ROLES, "ClusterRole", "", "metawasm-function")
        .await?;
    let mut fewer = role["rules"].as_array().context("it has no rules")?.clone();
    let rule = fewer
        .iter_mut()
        .find(|rule| rule["resources"] == json!(["httpscaledobjects"]))
        .context("there is no rule for HTTPScaledObjects alone")?;
    rule["verbs"] = json!(["get", "list", "watch"]);
    world.admin.patch(&role, "", &json!({"rules": fewer})).await?;

    let hello = world.create(&namespace, &function("hello.yaml")?).await?;
    until("an Event says what is missing", async || {
        let warnings = world.warnings(&namespace, "hello").await?;
        let said = |part: &str| warnings.iter().any(|warning| warning.contains(part));
        Ok(if said("httpscaledobjects") && said("forbidden") {
            Ok(())
        } else {
            Err(warnings.join("\n"))
        })
    })
    .await?;
    let children = named(&world.children(&hello).await?);
    ensure!(
        children.iter().any(|child| child == "Deployment hello"),
        "the others are not made: {children:?}"
    );
    let ready = condition(&world.function(&namespace, "hello").await?, "Ready");
    ensure!(
        ready["status"] == "False"
            && ready["message"]
                .as_str()
                .is_some_and(|text| text.contains("HTTPScaledObject")),
        "the status does not say that the HTTPScaledObject is missing: {ready}"
    );

    let rules: &Value = &role["rules"];
    world.admin.patch(&role, "", &json!({"rules": rules})).await?;
    // The next try, which is put off a little longer each time, or the plugin's wish to be asked again.
    world.settle(&namespace).await?;
    ensure!(
        world.children(&hello).await?.len() == 4,
        "it is not whole after all"
    );
    Ok(())
}
