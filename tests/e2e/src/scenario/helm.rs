//! The chart by helm itself: what it installs serves, an upgrade does what it is told, and nothing is left in the end.

use std::path::Path;

use anyhow::{Error, Result, bail, ensure};
use metawasm_tests::pod::Pod;
use metawasm_tests::{root, tool};
use serde_json::{Value, json};

use super::{Skipped, function};
use crate::driver::Apply;
use crate::install::{SERVICE, kubectl, run as run_as};
use crate::objects::{documents, text, until};
use crate::plane::User;
use crate::world::{CONTROLLERS, World};

const NAMESPACE: &str = "--namespace=metawasm";

pub(super) async fn run(world: &World) -> Result<()> {
    let program = match tool::look("HELM", "helm") {
        Ok(program) => program,
        Err(why) if tool::in_ci() => bail!(why),
        Err(why) => return Err(Skipped(why).into()),
    };
    let kubeconfig = world.plane.kubeconfig(User::Admin);
    let helm = async |args: &[&str]| run_as(program.as_os_str(), &kubeconfig, args).await;
    let chart = root().join("metacontroller/chart");
    let chart = chart.to_string_lossy();
    let mut install = vec!["install", "metawasm", &*chart, NAMESPACE, "--create-namespace"];
    install.push("--set=rbac.metacontroller=true");
    if world.apply == Apply::ServerSide {
        install.push("--set=serverSideApply=true");
    }

    // Metacontroller's own manifests bring its ServiceAccount.
    let before = helm(&[&install[..], &["--dry-run=server"]].concat()).await?;
    ensure!(
        before.contains("NOT READY: the ServiceAccount metacontroller does not exist"),
        "without Metacontroller's ServiceAccount the notes are {before}"
    );
    let account = json!({"apiVersion": "v1", "kind": "ServiceAccount",
        "metadata": {"name": "metacontroller", "namespace": "metacontroller"}});
    world.admin.apply(&account).await?;
    let notes = helm(&install).await?;
    ensure!(!notes.contains("NOT READY"), "the notes are {notes}");
    world.play().await?;
    let release = async || documents(&helm(&["get", "manifest", "metawasm", NAMESPACE]).await?);
    serve(world, &release().await?).await?;

    let namespace = world.namespace("helm").await?;
    let hello = world.create(&namespace, &function("hello.yaml")?).await?;
    world.settle(&namespace).await?;
    world.costs_nothing(&namespace, 3).await?;

    // As helm left them: it refuses to change fields that somebody else has changed.
    point(world, &world.address(), SERVICE).await?;
    helm(&[
        "upgrade",
        "metawasm",
        &*chart,
        NAMESPACE,
        "--reuse-values",
        "--set=finalize=true",
        "--set=settings.checkNames=true",
    ])
    .await?;
    serve(world, &release().await?).await?;
    until("the finalizer is there", async || {
        let hello = world.function(&namespace, "hello").await?;
        let finalizers = &hello["metadata"]["finalizers"];
        let expected = json!(["metacontroller.io/compositecontroller-function"]);
        Ok(if finalizers == &expected {
            Ok(())
        } else {
            Err(finalizers.to_string())
        })
    })
    .await?;
    world.settle(&namespace).await?;
    ensure!(
        world.children(&hello).await?.len() == 4,
        "it has lost children by the upgrade"
    );

    // In the order of the notes.
    let objects = release().await?;
    kubectl(
        &kubeconfig,
        &[
            "delete",
            "functions.core.openfunction.io",
            "--all",
            "--all-namespaces",
        ],
    )
    .await?;
    helm(&["uninstall", "metawasm", NAMESPACE]).await?;
    world.uninstalled();
    gone(world, &objects, &kubeconfig).await
}

/// Has one host run as the release says, and the controllers ask it.
async fn serve(world: &World, objects: &[Value]) -> Result<()> {
    world.run_as(Pod::of(objects).map_err(Error::msg)?)?;
    point(world, SERVICE, &world.address()).await
}

/// Puts one address into the controller's hooks where the other is.
async fn point(world: &World, from: &str, to: &str) -> Result<()> {
    let controller = world
        .admin
        .get(CONTROLLERS, "CompositeController", "", "function")
        .await?;
    let hooks: Value = serde_json::from_str(&controller["spec"]["hooks"].to_string().replace(from, to))?;
    let patch = json!({"spec": {"hooks": hooks}});
    world.admin.patch(&controller, "", &patch).await?;
    Ok(())
}

/// Nothing is left but the CRD, which goes when somebody says so.
async fn gone(world: &World, objects: &[Value], kubeconfig: &Path) -> Result<()> {
    for object in objects {
        let is_crd = object["kind"] == "CustomResourceDefinition";
        let [api_version, kind, namespace, name] =
            ["/apiVersion", "/kind", "/metadata/namespace", "/metadata/name"].map(|at| text(object, at));
        until(&format!("{kind} {name} is as it should be"), async || {
            let found = world.admin.find(api_version, kind, namespace, name).await?;
            Ok(if found.is_some() == is_crd {
                Ok(())
            } else {
                Err(format!("found: {}", found.is_some()))
            })
        })
        .await?;
    }
    let crd = ["delete", "crd", "functions.core.openfunction.io"];
    kubectl(kubeconfig, &crd).await?;
    kubectl(kubeconfig, &["delete", "namespace", "metawasm"]).await?;
    Ok(())
}
