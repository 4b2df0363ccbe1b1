//! What `kubectl apply -k` or helm would bring, with the host on this machine in place of its pods.

use std::ffi::OsStr;
use std::path::Path;
use std::process::Stdio;

use anyhow::{Context, Error, Result, bail};
use metawasm_tests::kustomize::Kubectl;
use metawasm_tests::pod::{Pod, tls_secret};
use metawasm_tests::tls::Authority;
use metawasm_tests::tool;
use serde_json::Value;
use tokio::process::Command;

use crate::objects::{Objects, PATIENCE, text};

/// Where the controllers look for the host in a cluster.
pub const SERVICE: &str = "metawasm.metawasm.svc:8080";

/// The base with components, as an own kustomization has them.
pub struct Installation {
    objects: Vec<Value>,
}

impl Installation {
    /// Renders it. With `tls` there is the Secret that it needs, of an authority of its own.
    ///
    /// # Errors
    ///
    /// If kubectl is not there or cannot render it.
    pub fn render(components: &[&str]) -> Result<Self> {
        let kubectl =
            Kubectl::find().context("kubectl cannot be started: install it, or name it by KUBECTL")?;
        let mut objects = kubectl.combined(components).map_err(Error::msg)?;
        if components.contains(&"tls") {
            let namespaces = objects.iter().position(|object| object["kind"] == "Namespace");
            let after = namespaces.context("there is no Namespace")? + 1;
            objects.insert(after, tls_secret(&Authority::new()));
        }
        Ok(Self { objects })
    }

    /// Applies what is chosen of it, with the hooks at this address.
    ///
    /// # Errors
    ///
    /// If the API server refuses an object.
    pub async fn apply(&self, admin: &Objects, hooks: &str, chosen: impl Fn(&Value) -> bool) -> Result<()> {
        for object in self.objects.iter().filter(|object| chosen(object)) {
            let object = if text(object, "/apiVersion").starts_with("metacontroller.k8s.io/") {
                serde_json::from_str(&object.to_string().replace(SERVICE, hooks))?
            } else {
                object.clone()
            };
            admin.apply(&object).await?;
        }
        Ok(())
    }

    /// The host as its pods would run it.
    ///
    /// # Errors
    ///
    /// If the rendered objects lack a part of it.
    pub fn pod(&self) -> Result<Pod> {
        Pod::of(&self.objects).map_err(Error::msg)
    }
}

/// Runs kubectl as the user of a kubeconfig, and gives what it prints.
///
/// # Errors
///
/// If it fails, with what it said.
pub async fn kubectl(kubeconfig: &Path, args: &[&str]) -> Result<String> {
    let program = tool::look("KUBECTL", "kubectl").map_err(Error::msg)?;
    run(program.as_os_str(), kubeconfig, args).await
}

/// Runs a program as the user of a kubeconfig, and gives what it prints. It is ended with the scenario that waits for it,
/// and when it hangs.
///
/// # Errors
///
/// If it fails, with what it said, or does not end.
pub(crate) async fn run(program: &OsStr, kubeconfig: &Path, args: &[&str]) -> Result<String> {
    let mut command = Command::new(program);
    command
        .args(args)
        .env("KUBECONFIG", kubeconfig)
        // What it has found out of one API server must not be taken for another's.
        .env("KUBECACHEDIR", kubeconfig.with_extension("cache"))
        .stdin(Stdio::null())
        .kill_on_drop(true);
    let what = format!("{} {}", program.to_string_lossy(), args.join(" "));
    let output = match tokio::time::timeout(PATIENCE, command.output()).await {
        Ok(output) => output.with_context(|| format!("{what}: it cannot be started"))?,
        Err(_) => bail!("{what}: not within {} s", PATIENCE.as_secs()),
    };
    if !output.status.success() {
        bail!("{what}: {}", String::from_utf8_lossy(&output.stderr).trim());
    }
    Ok(String::from_utf8(output.stdout)?)
}
