//! The real kubectl, and the objects that it prints.

use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use metawasm_tests::process::Folder;
use metawasm_tests::{root, tool};
use serde_json::{Value, json};

/// Two that do the same for two ways of installing the HTTP add-on: one of them is taken.
pub const EITHER: [&str; 2] = ["interceptor-port-80", "interceptor-port-80-kustomize"];

/// kubectl, where there is one.
pub struct Kubectl(PathBuf);

impl Kubectl {
    pub fn find() -> Option<Self> {
        tool::find("KUBECTL", "kubectl").map(Self)
    }

    /// What a folder with a kustomization renders to.
    pub fn render(&self, folder: &Path) -> Result<Objects, String> {
        let output = Command::new(&self.0)
            .arg("kustomize")
            .arg(folder)
            .output()
            .expect("kubectl runs");
        if !output.status.success() {
            return Err(String::from_utf8_lossy(&output.stderr).into_owned());
        }
        let text = String::from_utf8(output.stdout).unwrap();
        Ok(Objects(serde_saphyr::from_multiple(&text).unwrap()))
    }

    /// The base alone.
    pub fn base(&self) -> Objects {
        self.render(&folder("base")).unwrap()
    }

    /// The base with components, as somebody's own kustomization has them.
    pub fn combined(&self, components: &[&str]) -> Result<Objects, String> {
        let own = Folder::new("kustomization");
        let path = own.path().canonicalize().unwrap();
        // Kustomize takes no absolute paths.
        let up: PathBuf = path.iter().skip(1).map(|_| "..").collect();
        let place = |what: &str| up.join(folder(what).strip_prefix("/").unwrap());
        let components: Vec<PathBuf> = components
            .iter()
            .map(|name| place(&format!("components/{name}")))
            .collect();
        let kustomization = json!({
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "resources": [place("base")],
            "components": components,
        });
        own.write("kustomization.yaml", kustomization.to_string());
        self.render(&path)
    }

    /// Base and overlays by name, all components together at the end; rendered once for all tests.
    pub fn all(&self) -> &'static [(String, Objects)] {
        static ALL: OnceLock<Vec<(String, Objects)>> = OnceLock::new();
        ALL.get_or_init(|| {
            let mut all = vec![("base".to_owned(), self.base())];
            for name in names("overlays") {
                let rendered = self.render(&folder("overlays").join(&name)).unwrap();
                all.push((name, rendered));
            }
            let together = self.combined(&together()).unwrap();
            all.push(("all components".to_owned(), together));
            all
        })
    }
}

/// A folder of the manifests.
fn folder(name: &str) -> PathBuf {
    root().canonicalize().unwrap().join("metacontroller").join(name)
}

/// The names in a folder of the manifests, sorted.
pub fn names(of: &str) -> Vec<String> {
    let entries = std::fs::read_dir(folder(of)).unwrap();
    let mut names: Vec<String> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

/// All components that can be taken together.
pub fn together() -> Vec<&'static str> {
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    let names = NAMES.get_or_init(|| names("components"));
    let all = names.iter().map(String::as_str);
    all.filter(|name| *name != EITHER[1]).collect()
}

/// Rendered objects.
#[derive(Debug, Clone, PartialEq)]
pub struct Objects(pub Vec<Value>);

impl Objects {
    pub fn of_kind<'a>(&'a self, kind: &str) -> impl Iterator<Item = &'a Value> {
        self.0.iter().filter(move |object| object["kind"] == kind)
    }

    /// The one object of that kind and name.
    pub fn get(&self, kind: &str, name: &str) -> &Value {
        let mut found = self
            .of_kind(kind)
            .filter(|object| object["metadata"]["name"] == name);
        let object = found.next().unwrap_or_else(|| panic!("no {kind} {name}"));
        assert!(found.next().is_none(), "two of {kind} {name}");
        object
    }

    /// The pods of the host.
    pub fn pod(&self) -> &Value {
        &self.get("Deployment", "metawasm")["spec"]["template"]
    }

    /// The one container in them.
    pub fn container(&self) -> &Value {
        let containers = self.pod()["spec"]["containers"].as_array().unwrap();
        let [container] = containers.as_slice() else {
            panic!("{} containers", containers.len())
        };
        container
    }

    /// Its arguments.
    pub fn args(&self) -> Vec<&str> {
        let args = self.container()["args"].as_array().unwrap();
        args.iter().map(|arg| arg.as_str().unwrap()).collect()
    }

    /// Its configuration, as the pods mount it.
    pub fn config(&self) -> &str {
        let volumes = self.pod()["spec"]["volumes"].as_array().unwrap();
        let config = volumes.iter().find(|volume| volume["name"] == "config").unwrap();
        let name = config["configMap"]["name"].as_str().unwrap();
        self.get("ConfigMap", name)["data"]["metawasm.yaml"]
            .as_str()
            .unwrap()
    }

    /// Every controller.
    pub fn controllers(&self) -> Vec<&Value> {
        let composite = self.of_kind("CompositeController");
        composite.chain(self.of_kind("DecoratorController")).collect()
    }
}
