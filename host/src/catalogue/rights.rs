//! The rights that Metacontroller needs for a plugin's controller.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::description::{ChildKind, Description};

/// What Metacontroller does with children.
const CHILD_VERBS: [&str; 7] = ["get", "list", "watch", "create", "update", "patch", "delete"];

/// Returns the ClusterRole and the ClusterRoleBinding for a ServiceAccount, given by its namespace and name. Optional
/// kinds are left out.
///
/// The kinds that a customize hook selects are not known before it runs: rights for them are missing.
pub fn rights(description: &Description, name: &str, service_account: (&str, &str)) -> [Value; 2] {
    let name = format!("metacontroller-{name}");
    let parent = &description.parent;
    let group = group(&parent.api_version);
    let resource = &parent.resource;
    let rule = |resource: String, verbs: &[&str]| json!({"apiGroups": [group], "resources": [resource], "verbs": verbs});
    let mut rules = vec![
        // Update is for the finalizer, and for the labels and annotations of a decorator.
        rule(resource.clone(), &["get", "list", "watch", "update", "patch"]),
        rule(format!("{resource}/status"), &["update", "patch"]),
        // The admission plugin OwnerReferencesPermissionEnforcement asks for it: children block the parent's deletion.
        rule(format!("{resource}/finalizers"), &["update"]),
    ];
    let mut children: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for ChildKind {
        api_version,
        resource,
        ..
    } in description.children.iter().filter(|child| !child.optional)
    {
        let resources = children.entry(self::group(api_version)).or_default();
        if !resources.contains(&resource.as_str()) {
            resources.push(resource);
        }
    }
    let rule =
        |(group, resources)| json!({"apiGroups": [group], "resources": resources, "verbs": CHILD_VERBS});
    rules.extend(children.into_iter().map(rule));
    let api = "rbac.authorization.k8s.io";
    let (namespace, account) = service_account;
    [
        json!({
            "apiVersion": format!("{api}/v1"),
            "kind": "ClusterRole",
            "metadata": {"name": name},
            "rules": rules,
        }),
        json!({
            "apiVersion": format!("{api}/v1"),
            "kind": "ClusterRoleBinding",
            "metadata": {"name": name},
            "roleRef": {"apiGroup": api, "kind": "ClusterRole", "name": name},
            "subjects": [{"kind": "ServiceAccount", "namespace": namespace, "name": account}],
        }),
    ]
}

/// The group of an apiVersion; empty for `v1`.
fn group(api_version: &str) -> &str {
    api_version.rsplit_once('/').map_or("", |(group, _)| group)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rights_are_of_the_parent_and_of_the_children_that_are_declared() {
        let description = Description::parse(
            r#"{"name": "n", "version": "1",
                "parent": {"apiVersion": "example.com/v1", "kind": "Thing", "resource": "things"},
                "children": [{"apiVersion": "v1", "kind": "Secret", "resource": "secrets"},
                             {"apiVersion": "apps/v1", "kind": "Deployment", "resource": "deployments"},
                             {"apiVersion": "v1", "kind": "Service", "resource": "services"},
                             {"apiVersion": "a/v1", "kind": "B", "resource": "bs", "optional": true}]}"#,
        )
        .unwrap();
        let rights = rights(&description, "mine", ("metacontroller", "metacontroller"));
        insta::assert_yaml_snapshot!(rights, @r#"
        - apiVersion: rbac.authorization.k8s.io/v1
          kind: ClusterRole
          metadata:
            name: metacontroller-mine
          rules:
            - apiGroups:
                - example.com
              resources:
                - things
              verbs:
                - get
                - list
                - watch
                - update
                - patch
            - apiGroups:
                - example.com
              resources:
                - things/status
              verbs:
                - update
                - patch
            - apiGroups:
                - example.com
              resources:
                - things/finalizers
              verbs:
                - update
            - apiGroups:
                - ""
              resources:
                - secrets
                - services
              verbs:
                - get
                - list
                - watch
                - create
                - update
                - patch
                - delete
            - apiGroups:
                - apps
              resources:
                - deployments
              verbs:
                - get
                - list
                - watch
                - create
                - update
                - patch
                - delete
        - apiVersion: rbac.authorization.k8s.io/v1
          kind: ClusterRoleBinding
          metadata:
            name: metacontroller-mine
          roleRef:
            apiGroup: rbac.authorization.k8s.io
            kind: ClusterRole
            name: metacontroller-mine
          subjects:
            - kind: ServiceAccount
              name: metacontroller
              namespace: metacontroller
        "#);
    }
}
