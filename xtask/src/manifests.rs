//! `cargo xtask manifests`: generates the kinds in the kustomize manifests, the Helm chart and the plugin's description
//! from the table of kinds (`metawasm_function::kinds`), and the PrometheusRule from the rules file beside it.
//!
//! A file is generated whole, or one region of it between two lines that stay. The rest of such a file is written by
//! hand. A new feature is a variant of `kinds::Feature` and a line in [`chart::CHOICES`].

mod alerts;
mod chart;
mod description;
mod kustomize;
mod region;

use std::fs;
use std::io;
use std::path::Path;
use std::process::ExitCode;

use anstream::eprintln;
use anyhow::{Context, Result, bail};
use clap::Args;
use metawasm_function::kinds::{self, Kind};

use crate::output::write;
use crate::workspace::Workspace;

/// Generate the kinds in the manifests, the chart and describe.json, and the PrometheusRule
#[derive(Args)]
#[command(after_help = "\
Reads the table of kinds of the Function plugin. Writes the kinds in plugin/function/src/hooks/describe.json and
in metacontroller/: the controller, the permissions, the components, the overlays and the Helm chart. Writes the
PrometheusRule of the component alerts from its rules file. `cargo xtask test` fails if a file is out of date.

Examples:
  cargo xtask manifests
  cargo xtask manifests --check")]
pub(crate) struct Manifests {
    /// Write nothing; fail if a file is out of date
    #[arg(long)]
    check: bool,
}

/// A file that is generated, whole or in part.
struct Generated {
    /// The path below the workspace's root.
    path: String,
    /// The whole new text.
    text: String,
    /// Whether the file has another text now.
    is_stale: bool,
}

impl Manifests {
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<ExitCode> {
        let files = generate(workspace.root())?;
        let stale: Vec<&Generated> = files.iter().filter(|file| file.is_stale).collect();
        if stale.is_empty() {
            eprintln!("{} files are up to date", files.len());
        } else if self.check {
            let paths: Vec<&str> = stale.iter().map(|file| file.path.as_str()).collect();
            bail!("out of date: {}; run `cargo xtask manifests`", paths.join(", "));
        }
        for file in stale {
            write(&workspace.root().join(&file.path), file.text.as_bytes())?;
            eprintln!("updated {}", file.path);
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Makes every generated file below a root, from what is there and the table of kinds.
fn generate(root: &Path) -> Result<Vec<Generated>> {
    let mut files = Vec::new();
    let mut add = |path: String, make: &dyn Fn(&str) -> Result<String>| -> Result<()> {
        let old = match fs::read_to_string(root.join(&path)) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            read => read.with_context(|| format!("cannot read {path}"))?,
        };
        let text = make(&old).with_context(|| format!("cannot generate {path}"))?;
        files.push(Generated {
            is_stale: text != old,
            path,
            text,
        });
        Ok(())
    };

    add(
        "plugin/function/src/hooks/describe.json".to_owned(),
        &description::children,
    )?;
    add(
        "metacontroller/base/controller.yaml".to_owned(),
        &kustomize::controller,
    )?;
    add(
        "metacontroller/base/rights-of-metacontroller.yaml".to_owned(),
        &kustomize::rights,
    )?;
    let mut components = kustomize::folders(&root.join("metacontroller/components"))?;
    for choice in chart::CHOICES {
        let kinds = kustomize::of_feature(choice.name);
        if !kinds.is_empty() {
            let path = format!("metacontroller/components/{}/kustomization.yaml", choice.name);
            add(path, &|old| kustomize::component(old, choice, &kinds))?;
        }
        components.insert(choice.name.to_owned());
    }
    for component in components {
        let path = format!("metacontroller/overlays/{component}/kustomization.yaml");
        add(path, &|_| Ok(kustomize::overlay(&component)))?;
    }
    add("metacontroller/chart/files/kinds.yaml".to_owned(), &|_| {
        chart::kinds()
    })?;
    add("metacontroller/chart/values.yaml".to_owned(), &chart::values)?;
    add(
        "metacontroller/chart/values.schema.json".to_owned(),
        &chart::schema,
    )?;
    let rules = fs::read_to_string(root.join(alerts::RULES));
    let rules = rules.with_context(|| format!("cannot read {}", alerts::RULES))?;
    add(alerts::OBJECT.to_owned(), &|_| alerts::object(&rules))?;
    Ok(files)
}

/// All kinds of the table: children first, then what is only read.
fn all_kinds() -> impl Iterator<Item = &'static Kind> {
    [kinds::ALL, kinds::READ].into_iter().flatten().copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root() -> &'static Path {
        Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap()
    }

    #[test]
    fn the_checked_in_files_are_up_to_date() {
        let files = generate(root()).unwrap();
        let stale: Vec<String> = files
            .into_iter()
            .filter(|file| file.is_stale)
            .map(|file| file.path)
            .collect();
        assert!(stale.is_empty(), "stale: {stale:?}; run `cargo xtask manifests`");
    }

    #[test]
    fn every_feature_of_the_table_can_be_chosen() {
        for kind in all_kinds() {
            let Some(feature) = kind.feature else { continue };
            assert!(
                chart::CHOICES.iter().any(|choice| choice.name == feature.name()),
                "{}: no line in manifests/chart.rs for the feature {feature:?}",
                kind.kind
            );
        }
    }

    /// The test above cannot fail if the generator copies what it finds.
    #[test]
    fn a_changed_kind_makes_its_files_stale() {
        let text = fs::read_to_string(root().join("metacontroller/base/controller.yaml")).unwrap();
        let other = text.replacen("resource: statefulsets", "resource: replicasets", 1);
        assert_ne!(other, text);
        assert_eq!(kustomize::controller(&other).unwrap(), text);
    }
}
