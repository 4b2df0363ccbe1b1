//! Where objects of a kind live: in a namespace, or in none.

use super::object::{GroupKey, group_of};

/// Where objects of a kind live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// In a namespace.
    Namespaced,
    /// In none.
    Cluster,
}

/// The scopes of kinds that Kubernetes does not own. A kind has the same scope in all its versions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scopes(Vec<(GroupKey, Scope)>);

/// The groups of Kubernetes' own API server.
pub const GROUPS: [&str; 22] = [
    "",
    "admissionregistration.k8s.io",
    "apiextensions.k8s.io",
    "apiregistration.k8s.io",
    "apps",
    "authentication.k8s.io",
    "authorization.k8s.io",
    "autoscaling",
    "batch",
    "certificates.k8s.io",
    "coordination.k8s.io",
    "discovery.k8s.io",
    "events.k8s.io",
    "flowcontrol.apiserver.k8s.io",
    "internal.apiserver.k8s.io",
    "networking.k8s.io",
    "node.k8s.io",
    "policy",
    "rbac.authorization.k8s.io",
    "resource.k8s.io",
    "scheduling.k8s.io",
    "storage.k8s.io",
];
/// A group of Kubernetes all of whose kinds live in no namespace.
const MIGRATION: &str = "storagemigration.k8s.io";

/// Where objects of a kind live, for kinds that Kubernetes owns. `None` for all others.
pub fn of_kubernetes(group: &str, kind: &str) -> Option<Scope> {
    let is_cluster = match group {
        "" => matches!(
            kind,
            "Namespace" | "Node" | "PersistentVolume" | "ComponentStatus"
        ),
        "admissionregistration.k8s.io" | "apiextensions.k8s.io" | "apiregistration.k8s.io" | MIGRATION => {
            true
        }
        "authentication.k8s.io" | "flowcontrol.apiserver.k8s.io" | "internal.apiserver.k8s.io" => true,
        "authorization.k8s.io" => kind != "LocalSubjectAccessReview",
        "certificates.k8s.io" => matches!(kind, "CertificateSigningRequest" | "ClusterTrustBundle"),
        "networking.k8s.io" => matches!(kind, "IngressClass" | "IPAddress" | "ServiceCIDR"),
        "node.k8s.io" => true,
        "rbac.authorization.k8s.io" => matches!(kind, "ClusterRole" | "ClusterRoleBinding"),
        "resource.k8s.io" => matches!(
            kind,
            "DeviceClass" | "DeviceTaintRule" | "ResourcePoolStatusRequest" | "ResourceSlice"
        ),
        "scheduling.k8s.io" => kind == "PriorityClass",
        "storage.k8s.io" => kind != "CSIStorageCapacity",
        group if GROUPS.contains(&group) => false,
        _ => return None,
    };
    Some(if is_cluster {
        Scope::Cluster
    } else {
        Scope::Namespaced
    })
}

impl Scopes {
    /// Adds a kind; of two that say different things the last counts.
    pub fn insert(&mut self, api_version: &str, kind: &str, scope: Scope) {
        self.0.insert(0, (GroupKey::new(api_version, kind), scope));
    }

    /// Where objects of a kind live, if it is one of these.
    pub fn get(&self, group: &str, kind: &str) -> Option<Scope> {
        let mut all = self.0.iter();
        all.find(|(key, _)| key.kind() == kind && group_of(key.api_version()) == group)
            .map(|&(_, scope)| scope)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kinds_of_kubernetes_and_others() {
        for (group, kind, scope) in [
            ("", "Namespace", Some(Scope::Cluster)),
            ("", "ConfigMap", Some(Scope::Namespaced)),
            ("apps", "Deployment", Some(Scope::Namespaced)),
            ("rbac.authorization.k8s.io", "ClusterRole", Some(Scope::Cluster)),
            ("rbac.authorization.k8s.io", "Role", Some(Scope::Namespaced)),
            (
                "storagemigration.k8s.io",
                "StorageVersionMigration",
                Some(Scope::Cluster),
            ),
            ("gateway.networking.k8s.io", "GatewayClass", None),
            ("example.com", "Namespace", None),
        ] {
            assert_eq!(of_kubernetes(group, kind), scope, "{group} {kind}");
        }
    }

    #[test]
    fn a_scope_holds_for_all_versions() {
        let mut scopes = Scopes::default();
        scopes.insert("a.io/v1", "Thing", Scope::Namespaced);
        scopes.insert("a.io/v2", "Thing", Scope::Cluster);
        assert_eq!(scopes.get("a.io", "Thing"), Some(Scope::Cluster));
        assert_eq!(scopes.get("b.io", "Thing"), None);
    }
}
