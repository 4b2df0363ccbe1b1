//! Two hosts behind one address: whichever answers, the answer is the same.

use anyhow::{Result, ensure};
use serde_json::json;

use super::function;
use crate::objects::text;
use crate::world::World;

const COUNT: usize = 12;

pub(super) async fn run(world: &World) -> Result<()> {
    let namespace = world.namespace("two-hosts").await?;
    world.serve(2, None)?;
    let mut functions = Vec::new();
    for number in 0..COUNT {
        let mut function = function("hello.yaml")?;
        function["metadata"]["name"] = format!("hello-{number}").into();
        functions.push(world.create(&namespace, &function).await?);
    }
    world.settle(&namespace).await?;
    for function in &functions {
        let patch =
            json!({"spec": {"image": format!("example.com/{}:v2", text(function, "/metadata/name"))}});
        world.admin.patch(function, "", &patch).await?;
    }
    world.settle(&namespace).await?;
    world.costs_nothing(&namespace, 3).await?;
    let answered = world.answered();
    ensure!(
        answered.iter().all(|count| *count > 0.0),
        "one host did nothing: {answered:?}"
    );
    world.no_warnings(&namespace).await?;
    world.serve(1, None)
}
