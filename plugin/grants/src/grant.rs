//! The ReferenceGrant of a Namespace, as the API server stores it: Metacontroller then never writes it again.
//!
//! Source: Gateway API 1.6, `apis/v1/referencegrant_types.go`. Nothing in it is defaulted, the empty group of
//! the core API included, which is required.

use serde::Serialize;

use crate::settings::Interceptor;

/// The version that every release of the Gateway API with ReferenceGrants serves.
pub(crate) const API_VERSION: &str = "gateway.networking.k8s.io/v1beta1";
const GROUP: &str = "gateway.networking.k8s.io";
const KIND: &str = "ReferenceGrant";

/// A ReferenceGrant.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Grant<'a> {
    api_version: &'a str,
    kind: &'static str,
    metadata: Metadata<'a>,
    spec: Spec<'a>,
}

#[derive(Serialize)]
struct Metadata<'a> {
    labels: Labels,
    name: String,
    namespace: &'a str,
}

#[derive(Serialize)]
struct Labels {
    #[serde(rename = "openfunction.io/managed")]
    managed: &'static str,
}

#[derive(Serialize)]
struct Spec<'a> {
    from: [From<'a>; 1],
    to: [To<'a>; 1],
}

#[derive(Serialize)]
struct From<'a> {
    group: &'static str,
    kind: &'static str,
    namespace: &'a str,
}

#[derive(Serialize)]
struct To<'a> {
    group: &'static str,
    kind: &'static str,
    name: &'a str,
}

impl<'a> Grant<'a> {
    /// HTTPRoutes of a namespace may point at the interceptor's Service.
    pub(crate) fn new(api_version: &'a str, namespace: &'a str, interceptor: &'a Interceptor<'_>) -> Self {
        Grant {
            api_version,
            kind: KIND,
            metadata: Metadata {
                labels: Labels { managed: "true" },
                name: name(namespace),
                namespace: &interceptor.namespace,
            },
            spec: Spec {
                from: [From {
                    group: GROUP,
                    kind: "HTTPRoute",
                    namespace,
                }],
                to: [To {
                    group: "",
                    kind: "Service",
                    name: &interceptor.service,
                }],
            },
        }
    }

    /// The key under which Metacontroller shows it.
    pub(crate) fn key(&self) -> String {
        [self.metadata.namespace, "/", &self.metadata.name].concat()
    }
}

/// Its name. A Namespace's name is a DNS label of at most 63 characters, so that nothing is cut and no two Namespaces
/// share one.
fn name(namespace: &str) -> String {
    ["metawasm-routes-", namespace].concat()
}

/// The apiVersion of a key of `attachments`, if that is a ReferenceGrant's.
pub(crate) fn version(key: &str) -> Option<&str> {
    let (kind, api_version) = key.split_once('.')?;
    let (group, _) = api_version.split_once('/')?;
    (kind == KIND && group == GROUP).then_some(api_version)
}
