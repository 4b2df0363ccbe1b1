//! What is rendered, for a person to read: the base whole but for the CRD, and what each overlay adds to it.

use serde_json::{Value, json};

use crate::difference::difference;
use crate::kustomize::{Kubectl, Objects};

#[test]
fn the_base() {
    let Some(kubectl) = Kubectl::find() else { return };
    let base = kubectl.base();
    let others: Vec<&Value> = base
        .0
        .iter()
        .filter(|object| object["kind"] != "CustomResourceDefinition")
        .collect();
    assert_eq!(others.len() + 1, base.0.len());
    insta::assert_yaml_snapshot!("base", others);
}

#[test]
fn each_overlay() {
    let Some(kubectl) = Kubectl::find() else { return };
    let base = kubectl.base();
    for (name, overlay) in kubectl.all() {
        if name != "base" && name != "all components" {
            let overlay = shown(overlay);
            insta::assert_yaml_snapshot!(name.as_str(), difference(&base, &overlay));
        }
    }
}

/// Without the alerts and the dashboard, which are long and tested elsewhere.
fn shown(objects: &Objects) -> Objects {
    let mut objects = objects.clone();
    for object in &mut objects.0 {
        for pointer in ["/spec/groups", "/data/metawasm.json"] {
            if let Some(field) = object.pointer_mut(pointer) {
                *field = json!("…");
            }
        }
    }
    objects
}
