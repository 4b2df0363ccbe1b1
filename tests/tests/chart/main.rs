//! The Helm chart: what it renders, that kustomize renders the same, and what it says to values that are wrong.
//!
//! Without helm these tests do not run, and without kubectl those that compare; in CI both are there.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

mod difference;
mod documented;
mod refused;
mod rendered;
mod same;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use metawasm_tests::process::stdout;
use metawasm_tests::{root, tool};
use serde_json::Value;

/// helm, and the chart of this repository.
struct Chart {
    helm: PathBuf,
    chart: String,
}

impl Chart {
    /// Nothing where there is no helm.
    fn new() -> Option<Self> {
        let chart = root().join("metacontroller/chart");
        Some(Self {
            helm: tool::find("HELM", "helm")?,
            chart: chart.to_str().unwrap().to_owned(),
        })
    }

    /// `helm template` of the release metawasm in the namespace metawasm, with more arguments.
    fn template(&self, args: &[&str]) -> Output {
        let template = ["template", "metawasm", &self.chart, "--namespace=metawasm"];
        offline(&self.helm, &[&template, args].concat())
    }

    /// The objects, with `--set` for each value.
    fn render(&self, values: &[&str]) -> Vec<Value> {
        let set: Vec<_> = values.iter().flat_map(|value| ["--set", value]).collect();
        objects(&stdout(&self.template(&set)))
    }

    /// What a person reads after the installation. helm says it without a cluster too, and then sees none of its kinds.
    fn notes(&self, values: &[&str]) -> String {
        let set: Vec<_> = values.iter().flat_map(|value| ["--set", value]).collect();
        let install = [
            "install",
            "metawasm",
            &self.chart,
            "--namespace=metawasm",
            "--dry-run=client",
        ];
        let all = stdout(&offline(&self.helm, &[&install, &*set].concat()));
        all.split_once("\nNOTES:\n").unwrap().1.to_owned()
    }
}

/// Runs a tool without the cluster of the person who runs the tests.
fn offline(tool: &Path, args: &[&str]) -> Output {
    Command::new(tool)
        .args(args)
        .current_dir(root())
        .env("KUBECONFIG", "/dev/null")
        .output()
        .unwrap()
}

/// The objects of a YAML stream.
fn objects(stream: &str) -> Vec<Value> {
    serde_saphyr::from_multiple(stream).unwrap()
}

/// `Kind/name`, by which an object of the chart is named.
fn name(object: &Value) -> String {
    let text = |pointer| object.pointer(pointer).and_then(Value::as_str).unwrap();
    format!("{}/{}", text("/kind"), text("/metadata/name"))
}
