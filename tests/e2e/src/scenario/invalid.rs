//! An invalid edit never takes down a running function.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use super::function;
use crate::driver::Apply;
use crate::objects::{condition, text, until};
use crate::world::{World, lines};

pub(super) async fn run(world: &World) -> Result<()> {
    let namespace = world.namespace("invalid").await?;
    let hello = world.create(&namespace, &function("hello.yaml")?).await?;
    world.settle(&namespace).await?;
    let before = versions(&world.children(&hello).await?);

    let mark = world.plane.audit.mark();
    // A second container without an image, which the CRD does not look at.
    let patch =
        json!({"spec": {"serving": {"template": {"containers": [{"name": "function"}, {"name": "extra"}]}}}});
    world.admin.patch(&hello, "", &patch).await?;
    // With what was last asked for at hand, the status says what is wrong. Under server-side apply nobody has it, so
    // that the hook fails and an Event says it.
    until("it is said what is wrong", async || {
        let function = world.function(&namespace, "hello").await?;
        let ready = condition(&function, "Ready");
        let warnings = world.warnings(&namespace, "hello").await?;
        let said = match world.apply {
            Apply::Dynamic => ready["reason"] == "Invalid" && ready["status"] == "False",
            Apply::ServerSide => warnings.iter().any(|said| said.contains("containers[1]")),
        };
        Ok(if said {
            Ok(())
        } else {
            Err(format!("{ready}; {warnings:?}"))
        })
    })
    .await?;
    tokio::time::sleep(std::time::Duration::from_secs(1)).await;
    let writes = world.written(mark, &namespace)?;
    let children: Vec<_> = writes
        .into_iter()
        .filter(|write| write.resource != "functions/status")
        .collect();
    ensure!(children.is_empty(), "children were written: {}", lines(&children));
    let after = versions(&world.children(&hello).await?);
    ensure!(before == after, "children were touched");

    let patch = json!({"spec": {"serving": {"template": null}}});
    world.admin.patch(&hello, "", &patch).await?;
    world.settle(&namespace).await?;
    let function = world.function(&namespace, "hello").await?;
    ensure!(
        condition(&function, "Ready")["reason"] != "Invalid",
        "it is still called invalid"
    );
    let again = versions(&world.children(&hello).await?);
    ensure!(before == again, "the edit back was written to children");
    Ok(())
}

/// Which object each child is, and which generation or version of it: the replicas that are ready, for one, may
/// change meanwhile.
fn versions(children: &[Value]) -> Vec<(String, String)> {
    let mut all: Vec<(String, String)> = children
        .iter()
        .map(|child| {
            let metadata = &child["metadata"];
            let version = match &metadata["generation"] {
                Value::Null => metadata["resourceVersion"].to_string(),
                generation => generation.to_string(),
            };
            (text(child, "/metadata/uid").to_owned(), version)
        })
        .collect();
    all.sort();
    all
}
