//! The host names that lead to a function.

use std::borrow::Cow;

use super::exposure::Exposure;
use crate::function::types::Http;

/// The host names that lead to the function.
pub(crate) struct Hosts<'a> {
    /// The route's own, then those of the bridge in the cluster's DNS.
    pub(crate) all: Vec<Cow<'a, str>>,
    /// How many of them are the route's.
    pub(crate) external: usize,
    /// The bridge's name in full.
    pub(crate) internal: String,
}

impl<'a> Hosts<'a> {
    pub(super) fn new(http: &'a Http<'a>, bridge: &str, namespace: &str, exposure: &Exposure<'_>) -> Self {
        let mut all: Vec<Cow<'a, str>> = Vec::new();
        for host in http.hostnames.iter().flatten() {
            if !all.contains(host) {
                all.push(host.clone());
            }
        }
        all.extend(exposure.host.clone().map(Cow::Owned));
        let external = all.len();
        // Never the bare name: every namespace may have one like it.
        let short = format!("{bridge}.{namespace}");
        let service = format!("{short}.svc");
        let full = format!("{service}.{}", exposure.cluster_domain);
        for host in [&short, &service, &full] {
            if !all.iter().any(|known| known == host) {
                all.push(Cow::Owned(host.clone()));
            }
        }
        Hosts {
            all,
            external,
            internal: full,
        }
    }

    /// The names from outside.
    pub(crate) fn external(&self) -> &[Cow<'a, str>] {
        self.all.get(..self.external).unwrap_or_default()
    }
}
