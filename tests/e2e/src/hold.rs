//! A cluster without nodes to try things on, until it is interrupted.

use std::convert::Infallible;
use std::time::Duration;

use anstream::eprintln;
use anstyle::Style;
use anyhow::Result;

use crate::plane::User;
use crate::world::World;

const HEADING: Style = Style::new().bold();

/// Installs the base with what leaves Functions that name no engine to KEDA, and says of all pods what kubelets would, for ever.
///
/// # Errors
///
/// If something cannot be installed, or the API server ends.
pub async fn hold(mut world: World) -> Result<Infallible> {
    let components = &["dapr", "gateway-api", "shipwright"];
    world.install(components).await?;
    let player = world.play().await?;
    let kubeconfig = world.plane.kubeconfig(User::Admin);
    eprintln!(
        "\nThe base with {} is installed; {player} asks a host at http://{}. There are no nodes: pods are only said \
         to run.\n\n{HEADING}  export KUBECONFIG={}{HEADING:#}\n  kubectl apply -f examples/hello.yaml\n  \
         kubectl get fn,deployments,services,httpscaledobjects\n\nCtrl-C ends all of it.",
        components.join(", "),
        world.address(),
        kubeconfig.display()
    );
    loop {
        world.plane.must_run()?;
        world.run_pods("").await?;
        tokio::time::sleep(Duration::from_secs(1)).await;
    }
}
