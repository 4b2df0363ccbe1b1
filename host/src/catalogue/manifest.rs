//! The Metacontroller object that uses a plugin.

use metawasm_contract::Hook;
use serde_json::{Map, Value, json};

use super::description::{Controller, Description};

/// The CompositeController or DecoratorController for a plugin.
///
/// Hooks are of version v2: on v1, Metacontroller ignores an unknown field of an answer, so
/// that a misspelt `children` deletes them all. `url` is the host's, without the plugin's path.
///
/// ETags are on, so that a call about nothing new runs no plugin: for what is called again and again, which
/// finalize is not. Both times are given, since with one of them Metacontroller never starts the controller.
///
/// A revision is added to the URLs as a query, which the host ignores: when it changes, Metacontroller restarts the
/// controller and calls the hooks of every parent.
pub fn manifest<'a>(
    description: &Description,
    name: &str,
    url: &str,
    revision: Option<&str>,
    hooks: impl Iterator<Item = &'a str>,
) -> Value {
    let url = url.trim_end_matches('/');
    let query = revision
        .map(|revision| format!("?rev={revision}"))
        .unwrap_or_default();
    let hooks: Map<String, Value> = hooks
        .map(|hook| {
            let url = format!("{url}/{name}/{hook}{query}");
            let webhook = if hook == Hook::Finalize.as_str() {
                json!({"url": url, "timeout": "10s"})
            } else {
                json!({"url": url, "timeout": "10s", "etag": etag()})
            };
            (hook.to_owned(), json!({"version": "v2", "webhook": webhook}))
        })
        .collect();
    let parent = json!({
        "apiVersion": description.parent.api_version,
        "resource": description.parent.resource,
    });
    let children: Vec<Value> = description
        .children
        .iter()
        .filter(|child| !child.optional)
        .map(|child| {
            json!({
                "apiVersion": child.api_version,
                "resource": child.resource,
                "updateStrategy": {"method": child.update_strategy},
            })
        })
        .collect();
    let spec = match description.controller {
        // Few parents have a `spec.selector`, which is what Metacontroller wants otherwise.
        Controller::Composite => {
            json!({"generateSelector": true, "parentResource": parent, "childResources": children, "hooks": hooks})
        }
        Controller::Decorator => json!({"resources": [parent], "attachments": children, "hooks": hooks}),
    };
    json!({
        "apiVersion": "metacontroller.k8s.io/v1alpha1",
        "kind": description.controller.kind(),
        "metadata": {"name": name},
        "spec": spec,
    })
}

/// How long Metacontroller keeps an answer that it may be told again: longer than the usual periods of resyncs.
fn etag() -> Value {
    json!({"enabled": true, "cacheTimeoutSeconds": 3600, "cacheCleanupSeconds": 600})
}

#[cfg(test)]
mod tests {
    use super::*;

    fn description(controller: &str) -> Description {
        Description::parse(&format!(
            r#"{{"name": "n", "version": "1", "controller": "{controller}",
                "parent": {{"apiVersion": "v1", "kind": "Namespace", "resource": "namespaces"}},
                "children": [{{"apiVersion": "v1", "kind": "Secret", "resource": "secrets"}},
                             {{"apiVersion": "a/v1", "kind": "B", "resource": "bs", "optional": true}}]}}"#
        ))
        .unwrap()
    }

    #[test]
    fn a_composite_has_its_required_children_and_its_hooks() {
        let object = manifest(
            &description("composite"),
            "mine",
            "http://h:1/",
            None,
            ["sync"].into_iter(),
        );
        insta::assert_yaml_snapshot!(object, @r#"
        apiVersion: metacontroller.k8s.io/v1alpha1
        kind: CompositeController
        metadata:
          name: mine
        spec:
          childResources:
            - apiVersion: v1
              resource: secrets
              updateStrategy:
                method: InPlace
          generateSelector: true
          hooks:
            sync:
              version: v2
              webhook:
                etag:
                  cacheCleanupSeconds: 600
                  cacheTimeoutSeconds: 3600
                  enabled: true
                timeout: 10s
                url: "http://h:1/mine/sync"
          parentResource:
            apiVersion: v1
            resource: namespaces
        "#);
    }

    #[test]
    fn a_decorator_has_attachments() {
        let object = manifest(
            &description("decorator"),
            "mine",
            "http://h:1",
            Some("sha256:ab"),
            ["sync", "finalize"].into_iter(),
        );
        insta::assert_yaml_snapshot!(object, @r#"
        apiVersion: metacontroller.k8s.io/v1alpha1
        kind: DecoratorController
        metadata:
          name: mine
        spec:
          attachments:
            - apiVersion: v1
              resource: secrets
              updateStrategy:
                method: InPlace
          hooks:
            finalize:
              version: v2
              webhook:
                timeout: 10s
                url: "http://h:1/mine/finalize?rev=sha256:ab"
            sync:
              version: v2
              webhook:
                etag:
                  cacheCleanupSeconds: 600
                  cacheTimeoutSeconds: 3600
                  enabled: true
                timeout: 10s
                url: "http://h:1/mine/sync?rev=sha256:ab"
          resources:
            - apiVersion: v1
              resource: namespaces
        "#);
    }
}
