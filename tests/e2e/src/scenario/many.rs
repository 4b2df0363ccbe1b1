//! Two hundred Functions at once.

use std::time::Instant;

use anstream::eprintln;
use anyhow::Result;
use futures::future::try_join_all;

use super::function;
use crate::world::World;

const COUNT: usize = 200;

pub(super) async fn run(world: &World) -> Result<()> {
    let namespace = world.namespace("many").await?;
    let hello = function("hello.yaml")?;
    let start = Instant::now();
    try_join_all((0..COUNT).map(|number| {
        let mut function = hello.clone();
        function["metadata"]["name"] = format!("hello-{number}").into();
        let namespace = namespace.clone();
        async move { world.create(&namespace, &function).await }
    }))
    .await?;
    let created = start.elapsed();
    let made = async |api: &str, kind: &str| -> Result<usize> {
        Ok(world.admin.list(api, kind, &namespace).await?.len())
    };
    crate::objects::until("all children are there", async || {
        let counts = [
            made("apps/v1", "Deployment").await?,
            made("v1", "Service").await?,
            made("http.keda.sh/v1alpha1", "HTTPScaledObject").await?,
        ];
        Ok(if counts == [COUNT, 2 * COUNT, COUNT] {
            Ok(())
        } else {
            Err(format!("{counts:?}"))
        })
    })
    .await?;
    let there = start.elapsed();
    eprintln!(
        "  {COUNT} Functions created in {:.1} s, all {} children there after {:.1} s",
        created.as_secs_f64(),
        4 * COUNT,
        there.as_secs_f64()
    );
    world.settle(&namespace).await?;
    world.no_warnings(&namespace).await?;
    world.costs_nothing(&namespace, 1).await?;
    Ok(())
}
