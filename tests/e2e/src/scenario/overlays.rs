//! `kubectl apply -k` of every overlay, as a person would, strictly.

use anyhow::{Context, Result, ensure};

use crate::driver::Apply;
use crate::install::kubectl;
use crate::plane::User;
use crate::world::World;

pub(super) async fn run(world: &World) -> Result<()> {
    let folder = metawasm_tests::root().join("metacontroller/overlays");
    let kubeconfig = world.plane.kubeconfig(User::Admin);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(&folder)? {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    ensure!(names.len() >= 10, "only {} overlays", names.len());
    for name in &names {
        // Against what runs: nothing of it is changed.
        let mut args = vec!["apply", "--dry-run=server", "--validate=strict"];
        if world.apply == Apply::ServerSide {
            // The suite itself has applied what is there.
            args.extend(["--server-side", "--force-conflicts"]);
        }
        let overlay = folder.join(name);
        let overlay = overlay.to_string_lossy();
        args.extend(["-k", &*overlay]);
        let said = kubectl(&kubeconfig, &args)
            .await
            .with_context(|| format!("overlay {name}"))?;
        ensure!(
            said.contains("compositecontroller.metacontroller.k8s.io/function"),
            "overlay {name} has no controller: {said}"
        );
    }
    Ok(())
}
