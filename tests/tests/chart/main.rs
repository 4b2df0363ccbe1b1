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
mod names;
mod refused;
mod rendered;
mod same;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use metawasm_tests::process::{Folder, stdout};
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

    /// What a person reads after the installation, where helm sees none of the cluster's kinds. helm 3 says it with a
    /// cluster alone, so that a copy of the chart has it as a template.
    fn notes(&self, values: &[&str]) -> String {
        self.notes_where(values, |text| text)
    }

    /// The same of a changed template.
    fn notes_where(&self, values: &[&str], change: impl Fn(String) -> String) -> String {
        let folder = Folder::new("notes");
        copy(Path::new(&self.chart), folder.path());
        let notes = folder.path().join("templates/NOTES.txt");
        let text = change(fs::read_to_string(&notes).unwrap());
        fs::remove_file(notes).unwrap();
        let template = format!(
            "{{{{- define \"notes\" }}}}{text}{{{{ end -}}}}\n\
            kind: Notes\nmetadata: {{name: notes}}\ntext: {{{{ include \"notes\" . | toJson }}}}\n"
        );
        folder.write("templates/notes.yaml", template);
        let copied = Self {
            helm: self.helm.clone(),
            chart: folder.path().to_str().unwrap().to_owned(),
        };
        let objects = copied.render(values);
        let notes = objects.iter().find(|object| object["kind"] == "Notes");
        notes.unwrap()["text"].as_str().unwrap().to_owned()
    }
}

/// Copies what is in a folder; of a link that to which it leads.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let to = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
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
