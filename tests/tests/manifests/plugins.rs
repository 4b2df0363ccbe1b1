//! The patches of the README that give the pods further plugins.

use std::fs;

use metawasm_tests::root;
use serde_json::{Value, json};

use crate::kustomize::Kubectl;

/// The YAML block below a heading.
fn block(page: &str, heading: &str) -> String {
    let (_, rest) = page.split_once(heading).unwrap();
    let (_, rest) = rest.split_once("```yaml\n").unwrap();
    rest.split_once("```").unwrap().0.to_owned()
}

#[test]
fn the_patches_of_the_readme_apply_to_the_base() {
    let Some(kubectl) = Kubectl::find() else { return };
    let page = fs::read_to_string(root().join("metacontroller/README.md")).unwrap();
    let patches = block(&page, "### Additional plugins");
    let objects = kubectl.patched(&patches).unwrap();
    let container = objects.container();
    let args: Vec<&str> = container["args"]
        .as_array()
        .unwrap()
        .iter()
        .filter_map(Value::as_str)
        .collect();
    for flag in [
        "--store=/cache/store",
        "--credentials=/etc/metawasm-registries/config.json",
    ] {
        assert!(args.contains(&flag), "{args:?}");
    }
    let mounts = container["volumeMounts"].as_array().unwrap();
    let volumes = objects.pod()["spec"]["volumes"].as_array().unwrap();
    for mount in mounts {
        assert!(
            volumes.iter().any(|volume| volume["name"] == mount["name"]),
            "{mount}"
        );
    }
    let policy = objects.get("NetworkPolicy", "metawasm");
    assert_eq!(
        policy["spec"]["egress"][0]["to"],
        json!([{"ipBlock": {"cidr": "10.1.0.0/16"}}])
    );
}
