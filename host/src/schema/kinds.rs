//! The kinds that Kubernetes owns, for those who know only their resource.

use super::kubernetes::TEXT;

/// A kind that Kubernetes owns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Kind {
    /// `apps/v1`.
    pub api_version: &'static str,
    /// `Deployment`.
    pub kind: &'static str,
    /// Whether its objects live in no namespace.
    pub cluster: bool,
}

/// Returns all kinds.
pub fn kinds() -> impl Iterator<Item = Kind> {
    TEXT.lines().filter_map(|line| {
        let mut words = line.strip_prefix("kind ")?.split(' ');
        Some(Kind {
            api_version: words.next()?,
            kind: words.next()?,
            cluster: words.next()? == "Cluster",
        })
    })
}

impl Kind {
    /// Returns the resource: the lower-case plural, as Kubernetes forms it.
    pub fn resource(&self) -> String {
        let name = self.kind.to_lowercase();
        match name.as_str() {
            "endpoints" | "podmetrics" | "nodemetrics" => name,
            _ if name.ends_with('y') && !name.ends_with("ay") && !name.ends_with("ey") => {
                format!("{}ies", name.trim_end_matches('y'))
            }
            _ if ["s", "x", "ch", "sh"].iter().any(|end| name.ends_with(end)) => format!("{name}es"),
            _ => format!("{name}s"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn resources_are_those_of_kubernetes() {
        let resource = |of: &str| kinds().find(|kind| kind.kind == of).map(|kind| kind.resource());
        for (kind, plural) in [
            ("Pod", "pods"),
            ("Endpoints", "endpoints"),
            ("Ingress", "ingresses"),
            ("NetworkPolicy", "networkpolicies"),
            ("StorageClass", "storageclasses"),
            ("PriorityClass", "priorityclasses"),
            ("CustomResourceDefinition", "customresourcedefinitions"),
        ] {
            assert_eq!(resource(kind).as_deref(), Some(plural));
        }
        let namespace = kinds().find(|kind| kind.kind == "Namespace").unwrap();
        assert!(namespace.cluster && namespace.api_version == "v1");
    }
}
