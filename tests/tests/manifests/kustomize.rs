//! What the real kubectl renders of the manifests.

use std::sync::OnceLock;

use metawasm_tests::kustomize::{self, folder};
use serde_json::Value;

pub(crate) use metawasm_tests::kustomize::names;

/// Two that do the same for two ways of installing the HTTP add-on: one of them is taken.
pub(crate) const EITHER: [&str; 2] = ["interceptor-port-80", "interceptor-port-80-kustomize"];

/// kubectl, where there is one.
pub(crate) struct Kubectl(kustomize::Kubectl);

impl Kubectl {
    pub(crate) fn find() -> Option<Self> {
        kustomize::Kubectl::find().map(Self)
    }

    /// The base alone.
    pub(crate) fn base(&self) -> Objects {
        Objects(self.0.render(&folder("base")).unwrap())
    }

    /// The base with components, as somebody's own kustomization has them.
    pub(crate) fn combined(&self, components: &[&str]) -> Result<Objects, String> {
        self.0.combined(components).map(Objects)
    }

    /// The base with the patches of a kustomization, given as YAML with the key `patches`.
    pub(crate) fn patched(&self, yaml: &str) -> Result<Objects, String> {
        let kustomization: Value = serde_saphyr::from_str(yaml).map_err(|error| error.to_string())?;
        self.0.patched(&kustomization["patches"]).map(Objects)
    }

    /// Base and overlays by name, all components together at the end; rendered once for all tests.
    pub(crate) fn all(&self) -> &'static [(String, Objects)] {
        static ALL: OnceLock<Vec<(String, Objects)>> = OnceLock::new();
        ALL.get_or_init(|| {
            let mut all = vec![("base".to_owned(), self.base())];
            for name in names("overlays") {
                let rendered = self.0.render(&folder("overlays").join(&name)).unwrap();
                all.push((name, Objects(rendered)));
            }
            let together = self.combined(&together()).unwrap();
            all.push(("all components".to_owned(), together));
            all
        })
    }
}

/// All components that can be taken together.
pub(crate) fn together() -> Vec<&'static str> {
    static NAMES: OnceLock<Vec<String>> = OnceLock::new();
    let names = NAMES.get_or_init(|| names("components"));
    let all = names.iter().map(String::as_str);
    all.filter(|name| *name != EITHER[1]).collect()
}

/// Rendered objects.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Objects(pub(crate) Vec<Value>);

impl Objects {
    pub(crate) fn of_kind<'a>(&'a self, kind: &str) -> impl Iterator<Item = &'a Value> {
        self.0.iter().filter(move |object| object["kind"] == kind)
    }

    /// The one object of that kind and name.
    pub(crate) fn get(&self, kind: &str, name: &str) -> &Value {
        let mut found = self
            .of_kind(kind)
            .filter(|object| object["metadata"]["name"] == name);
        let object = found.next().unwrap_or_else(|| panic!("no {kind} {name}"));
        assert!(found.next().is_none(), "two of {kind} {name}");
        object
    }

    /// The pods of the host.
    pub(crate) fn pod(&self) -> &Value {
        &self.get("Deployment", "metawasm")["spec"]["template"]
    }

    /// The one container in them.
    pub(crate) fn container(&self) -> &Value {
        let containers = self.pod()["spec"]["containers"].as_array().unwrap();
        let [container] = containers.as_slice() else {
            panic!("{} containers", containers.len())
        };
        container
    }

    /// Its arguments.
    pub(crate) fn args(&self) -> Vec<&str> {
        let args = self.container()["args"].as_array().unwrap();
        args.iter().map(|arg| arg.as_str().unwrap()).collect()
    }

    /// Its configuration, as the pods mount it.
    pub(crate) fn config(&self) -> &str {
        let volumes = self.pod()["spec"]["volumes"].as_array().unwrap();
        let config = volumes.iter().find(|volume| volume["name"] == "config").unwrap();
        let name = config["configMap"]["name"].as_str().unwrap();
        self.get("ConfigMap", name)["data"]["metawasm.yaml"]
            .as_str()
            .unwrap()
    }

    /// Every controller.
    pub(crate) fn controllers(&self) -> Vec<&Value> {
        let composite = self.of_kind("CompositeController");
        composite.chain(self.of_kind("DecoratorController")).collect()
    }
}
