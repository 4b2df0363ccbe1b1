//! Who is too early: the controller before the CRD of Functions is there, a Function before the CRD is established, and
//! our CRD before OpenFunction's is gone.

use std::path::Path;

use anyhow::{Error, Result, bail, ensure};
use serde_json::json;

use super::{BASE_COMPONENTS, function};
use crate::crds;
use crate::install::kubectl;
use crate::plane::User;
use crate::world::{FUNCTIONS, World};

pub(super) async fn run(world: &World) -> Result<()> {
    let kubeconfig = world.plane.kubeconfig(User::Admin);
    let namespace = world.namespace("early").await?;
    let hello = function("hello.yaml")?;
    let apply = || world.kubectl_apply(&namespace, &hello);
    match apply().await {
        Err(error) => is_too_early(&error)?,
        Ok(()) => bail!("without the CRD kubectl takes a Function"),
    }

    beside_open_function(world, &kubeconfig).await?;

    // All but the CRD: Metacontroller does not start the controller and tells nobody but its log.
    let not_started = world.told("CreateError", "").await?;
    let started = world.told("Started", "").await?;
    let base = world.render(BASE_COMPONENTS)?;
    let address = world.address();
    base.apply(&world.admin, &address, |object| {
        object["kind"] != "CustomResourceDefinition"
    })
    .await?;
    world.play().await?;
    world.stays_silent(started).await?;
    ensure!(
        world.told("CreateError", "").await? == not_started,
        "a parent without a CRD is not told in an Event"
    );

    // Now the CRD, and a Function in the same breath: it is taken, or refused.
    base.apply(&world.admin, &address, |object| {
        object["kind"] == "CustomResourceDefinition"
    })
    .await?;
    if let Err(error) = apply().await {
        is_too_early(&error)?;
    }
    kubectl(
        &kubeconfig,
        &[
            "wait",
            "--for=condition=Established",
            "--timeout=60s",
            "crd/functions.core.openfunction.io",
        ],
    )
    .await?;
    apply().await?;
    world.install(BASE_COMPONENTS).await?;
    world.tells_more("Started", "", started).await?;
    world.settle(&namespace).await?;
    let hello = world
        .admin
        .get(FUNCTIONS, "Function", &namespace, "hello")
        .await?;
    ensure!(world.children(&hello).await?.len() == 4, "it is not whole");
    Ok(())
}

/// kubectl's sentences about a CRD that is not there, or not yet, are those that the table of docs/install.md has; the
/// second comes where kubectl remembers a CRD from before.
fn is_too_early(refused: &Error) -> Result<()> {
    let refused = format!("{refused:#}");
    let known = [
        "no matches for kind \"Function\"",
        "could not find the requested resource (post functions",
    ];
    ensure!(
        known.iter().any(|known| refused.contains(known)),
        "without the CRD kubectl says {refused}"
    );
    Ok(())
}

/// Where OpenFunction has run, Functions are stored in a version that our CRD does not have: kubectl refuses it, with a
/// sentence that the table of docs/install.md has, and no Function is lost.
async fn beside_open_function(world: &World, kubeconfig: &Path) -> Result<()> {
    let version = |name: &str, storage: bool| {
        let any = json!({"type": "object", "x-kubernetes-preserve-unknown-fields": true});
        json!({"name": name, "served": true, "storage": storage, "schema": {"openAPIV3Schema": any}})
    };
    let crd = json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "functions.core.openfunction.io"},
        "spec": {
            "group": "core.openfunction.io",
            "names": {"kind": "Function", "listKind": "FunctionList", "plural": "functions", "singular": "function"},
            "scope": "Namespaced",
            "versions": [version("v1beta1", true), version("v1beta2", false)],
        },
    });
    crds::serve(&world.admin, &[crd]).await?;
    let ours = metawasm_tests::kustomize::folder("crd");
    let refused = kubectl(kubeconfig, &["apply", "-k", &*ours.to_string_lossy()])
        .await
        .err();
    let refused = refused.map(|error| format!("{error:#}")).unwrap_or_default();
    ensure!(
        refused.contains("status.storedVersions") && refused.contains("spec.versions"),
        "over OpenFunction's CRD kubectl says {refused:?}"
    );
    kubectl(kubeconfig, &["delete", "crd", "functions.core.openfunction.io"]).await?;
    Ok(())
}
