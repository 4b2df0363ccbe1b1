//! The manifests of `metacontroller/`, rendered by the real kubectl.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};

use crate::process::Folder;
use crate::{root, tool};

/// kubectl, where there is one.
pub struct Kubectl(PathBuf);

impl Kubectl {
    /// What the variable `KUBECTL` names, or kubectl on PATH; see [`tool::find`].
    pub fn find() -> Option<Self> {
        tool::find("KUBECTL", "kubectl").map(Self)
    }

    /// What a folder with a kustomization renders to.
    ///
    /// # Errors
    ///
    /// What kubectl says, if it cannot render it.
    pub fn render(&self, folder: &Path) -> Result<Vec<Value>, String> {
        let output = Command::new(&self.0)
            .arg("kustomize")
            .arg(folder)
            // Without the cluster of the person who runs the tests.
            .env("KUBECONFIG", "/dev/null")
            .output()
            .expect("kubectl runs");
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let text = String::from_utf8(output.stdout).expect("it prints text");
        Ok(serde_saphyr::from_multiple(&text).expect("it prints YAML"))
    }

    /// The base with components, as somebody's own kustomization has them.
    ///
    /// # Errors
    ///
    /// What kubectl says, if they do not go together.
    pub fn combined(&self, components: &[&str]) -> Result<Vec<Value>, String> {
        self.own(components, &json!([]))
    }

    /// Renders the base with patches, in the form of a kustomization.
    ///
    /// # Errors
    ///
    /// What kubectl says, if they do not apply.
    pub fn patched(&self, patches: &Value) -> Result<Vec<Value>, String> {
        self.own(&[], patches)
    }

    fn own(&self, components: &[&str], patches: &Value) -> Result<Vec<Value>, String> {
        let own = Folder::new("kustomization");
        let path = own.path().canonicalize().expect("the folder is there");
        // Kustomize takes no absolute paths.
        let up: PathBuf = path.iter().skip(1).map(|_| "..").collect();
        let place = |what: &str| up.join(folder(what).strip_prefix("/").expect("it is absolute"));
        let components: Vec<PathBuf> = components
            .iter()
            .map(|name| place(&format!("components/{name}")))
            .collect();
        let kustomization = json!({
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": [place("base")],
            "components": components,
            "patches": patches,
        });
        own.write("kustomization.yaml", kustomization.to_string());
        self.render(&path)
    }
}

/// A folder of the manifests.
pub fn folder(name: &str) -> PathBuf {
    let root = root().canonicalize().expect("the workspace is there");
    root.join("metacontroller").join(name)
}

/// The names in a folder of the manifests, sorted.
pub fn names(of: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder(of)).expect("the folder is there");
    let mut names: Vec<String> = entries
        .map(|entry| {
            let name = entry.expect("it can be read").file_name();
            name.into_string().expect("names are text")
        })
        .collect();
    names.sort();
    names
}
