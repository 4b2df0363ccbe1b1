//! What `kubectl apply -k` would bring, with the host on this machine in place of its pods.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Error, Result, bail};
use metawasm_tests::kustomize::Kubectl;
use metawasm_tests::process::Folder;
use metawasm_tests::target;
use serde_json::Value;

use crate::objects::{Objects, text};

/// Where the controllers look for the host in a cluster.
const SERVICE: &str = "http://metawasm.metawasm.svc:8080";

const WITHOUT: &str = "kubectl cannot be started: install it, or name it by KUBECTL";

/// The base with components, as an own kustomization has them.
pub struct Installation {
    objects: Vec<Value>,
}

impl Installation {
    /// Renders it.
    ///
    /// # Errors
    ///
    /// If kubectl is not there or cannot render it.
    pub fn render(components: &[&str]) -> Result<Self> {
        let kubectl = Kubectl::find().context(WITHOUT)?;
        let objects = kubectl.combined(components).map_err(Error::msg)?;
        Ok(Self { objects })
    }

    /// Applies it, with the hooks at this address.
    ///
    /// # Errors
    ///
    /// If the API server refuses an object.
    pub async fn apply(&self, admin: &Objects, hooks: &str) -> Result<()> {
        for object in &self.objects {
            let object = if text(object, "/apiVersion").starts_with("metacontroller.k8s.io/") {
                serde_json::from_str(&object.to_string().replace(SERVICE, hooks))?
            } else {
                object.clone()
            };
            admin.apply(&object).await?;
        }
        Ok(())
    }

    /// The host's configuration and arguments, with paths of this machine; the file is written into the folder.
    ///
    /// # Errors
    ///
    /// If the rendered objects lack a part of it.
    pub fn host_arguments(&self, folder: &Folder) -> Result<Vec<String>> {
        let find = |kind: &str| {
            let mut found = self.objects.iter().filter(|object| object["kind"] == kind);
            found.next().with_context(|| format!("no {kind} is rendered"))
        };
        let here = |text: &str| {
            text.replace("/etc/metawasm/", &format!("{}/", folder.path().display()))
                .replace("/plugins/", &format!("{}/plugins/", target().display()))
                .replace("/cache/", &format!("{}/", folder.path().display()))
        };
        let config = text(find("ConfigMap")?, "/data/metawasm.yaml");
        folder.write("metawasm.yaml", here(config));
        let args = find("Deployment")?.pointer("/spec/template/spec/containers/0/args");
        let args = args
            .and_then(Value::as_array)
            .context("the host has no arguments")?;
        let args = args.iter().filter_map(Value::as_str);
        Ok(args.filter(|arg| *arg != "serve").map(here).collect())
    }
}

/// Runs kubectl on a folder and gives what it prints.
///
/// # Errors
///
/// If it fails, with what it said.
pub fn kubectl(args: &[&str], folder: &Path) -> Result<String> {
    let program = std::env::var_os("KUBECTL").filter(|path| !path.is_empty());
    let program = program.unwrap_or_else(|| "kubectl".into());
    let output = Command::new(program)
        .args(args)
        .arg(folder)
        .output()
        .context(WITHOUT)?;
    if !output.status.success() {
        bail!(
            "kubectl {} {}: {}",
            args.join(" "),
            folder.display(),
            String::from_utf8_lossy(&output.stderr)
        );
    }
    Ok(String::from_utf8(output.stdout)?)
}
