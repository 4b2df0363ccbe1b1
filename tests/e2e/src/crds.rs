//! The CustomResourceDefinitions of others: from the Go modules that carry them, and ours of those that none carries.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::objects::{Objects, condition, documents, text, until};

/// A Go module with CRDs in it.
struct Module {
    name: &'static str,
    version: &'static str,
    /// Its checksum, as go.sum has it.
    sum: &'static str,
    files: &'static [&'static str],
}

const MODULES: [Module; 5] = [
    Module {
        name: "github.com/kedacore/keda/v2",
        version: "v2.21.0",
        sum: "h1:R6z2HZvstK4RLUMxroNACzBj74xGxt3kG59b5Xc+Xps=",
        files: &[
            "config/crd/bases/keda.sh_scaledobjects.yaml",
            "config/crd/bases/keda.sh_scaledjobs.yaml",
            "config/crd/bases/keda.sh_triggerauthentications.yaml",
        ],
    },
    Module {
        name: "sigs.k8s.io/gateway-api",
        version: "v1.6.3",
        sum: "h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc=",
        files: &[
            "config/crd/standard/gateway.networking.k8s.io_gateways.yaml",
            "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml",
            "config/crd/standard/gateway.networking.k8s.io_referencegrants.yaml",
        ],
    },
    Module {
        name: "knative.dev/serving",
        version: "v0.51.0",
        sum: "h1:yN2Q7eYqJgoPfZkATjoBZyGbZ2P1Qhns9HIMU4mF+to=",
        files: &[
            "config/core/300-resources/service.yaml",
            "config/core/300-resources/revision.yaml",
        ],
    },
    Module {
        name: "github.com/dapr/dapr",
        version: "v1.14.0",
        sum: "h1:SIQsNX1kH31JRDIS4k8IZ6eomM/BAcOP844PhQIT+BQ=",
        files: &["charts/dapr/crds/components.yaml"],
    },
    Module {
        name: "github.com/prometheus-operator/prometheus-operator",
        version: "v0.85.0",
        sum: "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
        files: &[
            "example/prometheus-operator-crd/monitoring.coreos.com_prometheusrules.yaml",
            "example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
        ],
    },
];

const SHIPWRIGHT: &str = "shipwright.yaml";

/// What the modules and versions are, for the person who reads the run.
#[must_use]
pub fn versions() -> String {
    let all = MODULES.iter().map(|module| {
        let name = module.name.trim_end_matches("/v2");
        format!("{} {}", name.rsplit('/').next().unwrap_or(name), module.version)
    });
    all.collect::<Vec<_>>().join(", ")
}

/// Applies CRDs and waits until their kinds are served.
///
/// # Errors
///
/// If one is refused.
pub async fn serve(objects: &Objects, crds: &[Value]) -> Result<()> {
    for crd in crds {
        objects.apply(crd).await?;
    }
    for crd in crds {
        let name = text(crd, "/metadata/name");
        until(&format!("{name} is served"), async || {
            let crd = objects
                .get("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", name)
                .await?;
            let established = condition(&crd, "Established");
            Ok(if established["status"] == "True" {
                Ok(())
            } else {
                Err(established.to_string())
            })
        })
        .await?;
    }
    Ok(())
}

/// All of them.
///
/// # Errors
///
/// If a module cannot be had, has another checksum or lacks a file.
pub fn all() -> Result<Vec<Value>> {
    let mut files = Vec::new();
    for module in &MODULES {
        let folder = module.download()?;
        files.extend(module.files.iter().map(|file| folder.join(file)));
    }
    let mut crds = Vec::new();
    for file in files {
        crds.extend(read(&file)?);
    }
    for name in ["http-add-on.yaml", "metacontroller.yaml", SHIPWRIGHT] {
        crds.extend(own(name)?);
    }
    Ok(crds)
}

/// Those of Shipwright.
///
/// # Errors
///
/// If they cannot be read.
pub fn shipwright() -> Result<Vec<Value>> {
    own(SHIPWRIGHT)
}

fn own(name: &str) -> Result<Vec<Value>> {
    read(&Path::new(env!("CARGO_MANIFEST_DIR")).join("crds").join(name))
}

fn read(file: &Path) -> Result<Vec<Value>> {
    let text = std::fs::read_to_string(file).with_context(|| file.display().to_string())?;
    let mut crds = documents(&text).with_context(|| file.display().to_string())?;
    crds.retain(|object| object["kind"] == "CustomResourceDefinition");
    Ok(crds)
}

impl Module {
    /// Its folder in Go's module cache.
    fn download(&self) -> Result<PathBuf> {
        let name = format!("{}@{}", self.name, self.version);
        let output = Command::new("go")
            .args(["mod", "download", "-json", &name])
            // Outside of any module.
            .current_dir(std::env::temp_dir())
            .output()
            .context("`go` cannot be started: the CRDs of others come from Go modules")?;
        let answer: Value = serde_json::from_slice(&output.stdout)
            .with_context(|| format!("`go mod download {name}` says no JSON"))?;
        ensure!(
            answer["Sum"] == self.sum,
            "{name} has the checksum {}, not {}: {}",
            answer["Sum"],
            self.sum,
            answer["Error"]
        );
        let folder = answer["Dir"]
            .as_str()
            .with_context(|| format!("{name} has no folder"))?;
        Ok(folder.into())
    }
}
