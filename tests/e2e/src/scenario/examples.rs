//! Every example lives: its children are what the schemas want, belong to it, and settled it costs no write.

use std::collections::BTreeMap;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::{example, files};
use crate::driver::Apply;
use crate::objects::{condition, text};
use crate::world::{World, lines, named, owner};

const LAST_APPLIED: &str = "/metadata/annotations/metacontroller.k8s.io~1last-applied-configuration";

pub(super) async fn run(world: &World) -> Result<()> {
    // Files of a folder belong together; every other one is by itself.
    let mut together: BTreeMap<String, Vec<Value>> = BTreeMap::new();
    for file in files()? {
        let whole = file.split_once('/').map_or(file.as_str(), |(folder, _)| folder);
        together
            .entry(whole.to_owned())
            .or_default()
            .extend(example(&file)?);
    }
    // Other folders have plugins and hooks of their own.
    together.retain(|_, objects| objects.iter().any(|object| object["kind"] == "Function"));
    let mut functions = Vec::new();
    let mut namespaces = Vec::new();
    for (whole, mut objects) in together {
        let name = whole.trim_end_matches(".yaml");
        let namespace = world.namespace(&format!("example-{name}")).await?;
        if name == "dapr-existing-component" {
            objects.extend(EXISTING.map(component));
        }
        // What a Function depends on first, as a person would.
        objects.sort_by_key(|object| object["kind"] == "Function");
        for mut object in objects {
            match text(&object, "/kind") {
                "Function" => {
                    let created = world.create(&namespace, &object).await;
                    functions.push(created.with_context(|| whole.clone())?);
                }
                // Not the examples' point: that of the grants.
                "Namespace" => {}
                _ => {
                    object["metadata"]["namespace"] = namespace.as_str().into();
                    world.admin.create(&object).await.with_context(|| whole.clone())?;
                }
            }
        }
        namespaces.push(namespace);
    }
    ensure!(functions.len() >= 15, "only {} examples", functions.len());
    world.settle_all(&namespaces).await?;
    for namespace in &namespaces {
        world
            .no_warnings(namespace)
            .await
            .with_context(|| namespace.clone())?;
    }
    let mut wrong = Vec::new();
    for function in &functions {
        let name = text(function, "/metadata/name");
        let namespace = text(function, "/metadata/namespace");
        let function = world.function(namespace, name).await?;
        if let Err(error) = accepted(world, &function).await {
            wrong.push(format!("{namespace}: Function {name}: {error:#}"));
        }
    }
    ensure!(wrong.is_empty(), "{}", wrong.join("\n"));

    let writes = world.nudge_all(&namespaces, 3).await?;
    ensure!(
        writes.is_empty(),
        "settled, yet Metacontroller writes {}",
        lines(&writes)
    );
    Ok(())
}

/// The Components that an example expects in its namespace.
const EXISTING: [(&str, &str); 2] = [("cart", "state.redis"), ("orders", "pubsub.kafka")];

fn component((name, r#type): (&str, &str)) -> Value {
    json!({
        "apiVersion": "dapr.io/v1alpha1",
        "kind": "Component",
        "metadata": {"name": name},
        "spec": {"type": r#type, "version": "v1", "metadata": []},
    })
}

/// What must be true of a Function and its children.
async fn accepted(world: &World, function: &Value) -> Result<()> {
    let ready = condition(function, "Ready");
    ensure!(ready["status"].is_string(), "it has no condition Ready");
    let children = world.children(function).await?;
    // What is wrong with it must not be what it was made to show.
    let reason = text(&ready, "/reason");
    ensure!(
        !["Invalid", "KindNotDeclared", "NameTaken", "Creating"].contains(&reason),
        "{reason}: {}",
        ready["message"]
    );
    ensure!(!children.is_empty(), "it has no children");
    for (number, child) in children.iter().enumerate() {
        let name = named(std::slice::from_ref(child)).join("");
        ensure!(
            owner(child) == text(function, "/metadata/uid"),
            "{name} belongs to another"
        );
        let mut asked: Value = match (world.apply, child.pointer(LAST_APPLIED).and_then(Value::as_str)) {
            (Apply::Dynamic, Some(asked)) => serde_json::from_str(asked)?,
            (Apply::Dynamic, None) => {
                anyhow::bail!("{name} does not say what was asked for");
            }
            // What the schema lacks is refused at once.
            (Apply::ServerSide, _) => continue,
        };
        // The same again, under another name: fields that the schema lacks are refused, not dropped.
        asked["metadata"]["name"] = format!("strict-{number}").into();
        asked["metadata"]["namespace"] = child["metadata"]["namespace"].clone();
        world.admin.try_create(&asked).await.with_context(|| name)?;
    }
    // The status holds to its schema: written back strictly, it is taken as it is.
    let status = json!({"status": function["status"]});
    let again = world.admin.patch(function, "status", &status).await?;
    ensure!(
        again["status"] == function["status"],
        "the status is not what was written"
    );
    Ok(())
}
