//! While no host answers nothing changes; another version of the plugin goes on where the last one was.

use anyhow::{Result, ensure};
use metawasm_tests::process::Folder;
use serde_json::json;

use super::function;
use crate::objects::until;
use crate::world::{World, lines, named};

pub(super) async fn run(world: &World) -> Result<()> {
    let namespace = world.namespace("host-away").await?;
    let hello = world.create(&namespace, &function("hello.yaml")?).await?;
    world.settle(&namespace).await?;

    let mark = world.plane.audit.mark();
    world.kill_hosts();
    let patch = json!({"spec": {"image": "example.com/functions/hello:v2"}});
    world.admin.patch(&hello, "", &patch).await?;
    until("an Event says that nobody answers", async || {
        let warnings = world.warnings(&namespace, "hello").await?;
        Ok(if warnings.is_empty() {
            Err("there is none".to_owned())
        } else {
            Ok(())
        })
    })
    .await?;
    let writes = world.written(mark, &namespace)?;
    ensure!(
        writes.is_empty(),
        "without a hook, Metacontroller writes {}",
        lines(&writes)
    );
    let children = world.children(&hello).await?;
    ensure!(
        children.len() == 4,
        "of the children {:?} are left",
        named(&children)
    );

    // The same plugin with another digest, as after a release that changes nothing for this Function.
    let folder = Folder::new("plugin");
    let mut plugin = std::fs::read(metawasm_tests::function_plugin())?;
    plugin.extend(custom_section("release", b"next"));
    let next = folder.write("function.wasm", plugin);
    world.serve(1, Some(&next))?;
    world.settle(&namespace).await?;
    let image = world.image(&hello).await?;
    ensure!(image == "example.com/functions/hello:v2", "the image is {image}");
    world.costs_nothing(&namespace, 2).await?;
    world.serve(1, None)
}

/// A section that no part of a component reads.
fn custom_section(name: &str, content: &[u8]) -> Vec<u8> {
    let name_size = u8::try_from(name.len()).expect("a short name");
    let size = u8::try_from(1 + name.len() + content.len()).expect("a short section");
    let mut section = vec![0, size, name_size];
    section.extend(name.as_bytes());
    section.extend(content);
    section
}
