//! Where children live, by their scope and their parent's.

use super::*;

/// A child of this kind, with such metadata, of a parent in `default` or in no namespace.
fn review_of(api_version: &str, kind: &str, is_namespaced: bool, metadata: &str) -> Result<(), Violation> {
    let mut request = composite();
    request.declared.push(GroupKey::new(api_version, kind));
    request.scopes.insert("a.io/v1", "Wide", Scope::Cluster);
    request.scopes.insert("a.io/v1", "Narrow", Scope::Namespaced);
    // Kubernetes knows its own kinds better.
    request.scopes.insert("v1", "ConfigMap", Scope::Cluster);
    if !is_namespaced {
        request.parent.namespace = None;
    }
    let answer = format!(
        r#"{{"status":{{}},"children":[{{"apiVersion":"{api_version}","kind":"{kind}","metadata":{{"name":"a"{metadata}}}}}]}}"#
    );
    let outcome = request.review(&answer).map(drop);
    assert_eq!(
        scan::is_as_it_is(&answer, &request.context()),
        outcome.is_ok(),
        "{answer}"
    );
    outcome
}

const NONE: &str = "";
const OWN: &str = r#","namespace":"default""#;
const OTHER: &str = r#","namespace":"other""#;

#[test]
fn every_scope_of_parent_and_child() {
    use Scope::{Cluster, Namespaced};
    let kinds = [
        ("v1", "ConfigMap", Some(Namespaced)),
        ("apps/v1", "Deployment", Some(Namespaced)),
        ("v1", "Namespace", Some(Cluster)),
        ("rbac.authorization.k8s.io/v1", "ClusterRole", Some(Cluster)),
        ("rbac.authorization.k8s.io/v1", "RoleBinding", Some(Namespaced)),
        ("a.io/v1", "Wide", Some(Cluster)),
        ("a.io/v2", "Wide", Some(Cluster)),
        ("a.io/v1", "Narrow", Some(Namespaced)),
        ("b.io/v1", "Wide", None),
    ];
    for (api_version, kind, scope) in kinds {
        for (is_namespaced, metadata) in [
            (true, NONE),
            (true, OWN),
            (true, OTHER),
            (false, NONE),
            (false, OWN),
            (false, OTHER),
        ] {
            let is_good = match (is_namespaced, scope) {
                (true, Some(Cluster)) => false,
                (true, _) => metadata != OTHER,
                (false, Some(Cluster)) => metadata == NONE,
                // A kind of which nothing is known is taken for a namespaced one.
                (false, _) => metadata != NONE,
            };
            let outcome = review_of(api_version, kind, is_namespaced, metadata);
            let rule = outcome.as_ref().err().map(|violation| violation.rule);
            let expected = (!is_good).then_some(Rule::Namespace);
            assert_eq!(
                rule, expected,
                "{api_version} {kind} {is_namespaced} {metadata}: {outcome:?}"
            );
        }
    }
}

#[test]
fn each_sentence_says_what_to_do() {
    let table = [
        (
            "v1",
            "Namespace",
            true,
            NONE,
            "/children/0",
            "use a cluster-scoped parent",
        ),
        (
            "v1",
            "ConfigMap",
            true,
            OTHER,
            "/children/0/metadata/namespace",
            "must be in its namespace or name none",
        ),
        (
            "v1",
            "ConfigMap",
            false,
            NONE,
            "/children/0/metadata/namespace",
            "the child must name its namespace",
        ),
        (
            "b.io/v1",
            "B",
            false,
            NONE,
            "/children/0/metadata/namespace",
            "`\"scope\": \"Cluster\"` for the kind",
        ),
        (
            "v1",
            "Node",
            false,
            OWN,
            "/children/0/metadata/namespace",
            "omit it",
        ),
    ];
    for (api_version, kind, is_namespaced, metadata, pointer, words) in table {
        let violation = review_of(api_version, kind, is_namespaced, metadata).unwrap_err();
        assert_eq!(violation.pointer, pointer, "{violation}");
        assert!(violation.message.contains(words), "{violation}");
    }
}
