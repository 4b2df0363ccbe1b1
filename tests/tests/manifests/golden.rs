//! What is rendered, for a person to read: the base whole but for the CRD, and what each overlay adds to it.

use serde_json::Value;

use crate::difference::difference;
use crate::kustomize::Kubectl;

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
            insta::assert_yaml_snapshot!(name.as_str(), difference(&base, overlay));
        }
    }
}
