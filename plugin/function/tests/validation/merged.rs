//! Lists of the template that Metacontroller would merge by a key.

use serde_json::{Value, json};

use super::{patched, problems, serving};

#[test]
fn an_item_with_the_key_of_another_is_named() {
    let containers = |more: Value| {
        let mut container = json!({"name": "other", "image": "x"});
        container
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        json!({ "containers": [container] })
    };
    let probe = json!({"httpGet": {"port": 80, "httpHeaders": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}});
    let rows = [
        (
            containers(
                json!({"env": [{"name": "A", "value": "1"}, {"name": "B"}, {"name": "A", "value": "2"}]}),
            ),
            "containers[0].env[2].name: Duplicate value: \"A\"",
        ),
        (
            containers(json!({ "livenessProbe": probe })),
            "containers[0].livenessProbe.httpGet.httpHeaders[1].name: Duplicate value: \"A\"",
        ),
        (
            json!({"hostAliases": [{"ip": "10.0.0.1", "hostnames": ["a"]}, {"ip": "10.0.0.1", "hostnames": ["b"]}]}),
            "hostAliases[1].ip: Duplicate value: \"10.0.0.1\"",
        ),
        (
            json!({"volumes": [{"name": "v", "configMap": {"name": "c", "items": [{"key": "a", "path": "p"}, {"key": "b", "path": "p"}]}}]}),
            "volumes[0].configMap.items[1].path: Duplicate value: \"p\"",
        ),
    ];
    for (template, sentence) in rows {
        let sentence = format!("spec.serving.template.{sentence}");
        problems(&[(serving(json!({ "template": template })), &sentence)]);
    }
}

#[test]
fn lists_without_a_common_key_may_repeat_themselves() {
    let template = json!({
        "tolerations": [{"key": "a", "effect": "NoSchedule"}, {"key": "a", "effect": "NoExecute"}],
        "containers": [{"name": "other", "image": "x", "args": ["a", "a"],
            "envFrom": [{"secretRef": {"name": "a"}}, {"configMapRef": {"name": "a"}}],
            "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "1"}]},
            // Of the function's own variables the last counts.
            {"name": "function", "env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]}],
    });
    let answer = patched(&serving(json!({ "template": template })));
    assert!(!answer["status"].to_string().contains("Duplicate"), "{answer}");
    assert_ne!(answer["children"], json!([]));
}
