//! How functions are reached from outside the cluster.

use serde::Deserialize;

/// What leads to a function from outside, and under which names.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Exposure {
    pub(crate) by: By,
    /// The Gateway that HTTPRoutes attach to where no OpenFunction Gateway says it.
    pub(crate) gateway: Gateway,
    /// Whether the OpenFunction Gateways that Functions name are read.
    pub(crate) read_gateways: bool,
    /// Below which functions have a host name of their own; empty: they have none.
    pub(crate) domain: String,
    pub(crate) host_template: String,
    /// The path of functions that share a host; empty: they have the whole host.
    pub(crate) path_template: String,
    pub(crate) host_rewrite: HostRewrite,
    /// Empty: the cluster's default class.
    pub(crate) ingress_class: String,
    /// Empty: no TLS.
    pub(crate) tls_secret: String,
}

/// Which kind leads to functions.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum By {
    /// HTTPRoute where the controller declares it, else Ingress where it declares that.
    Auto,
    HttpRoute,
    Ingress,
    None,
}

/// A Gateway of the Gateway API.
#[derive(Debug, PartialEq, Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Gateway {
    /// Empty: none is known.
    pub(crate) name: String,
    /// Empty: the Function's own.
    pub(crate) namespace: String,
}

/// How an HTTPRoute tells Knative which revision is meant.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum HostRewrite {
    /// By a `URLRewrite` filter.
    UrlRewrite,
    /// By setting the Host header.
    Header,
}

impl Default for Exposure {
    fn default() -> Self {
        Exposure {
            by: By::Auto,
            gateway: Gateway::default(),
            read_gateways: false,
            domain: String::new(),
            host_template: "{{.Name}}.{{.Namespace}}.{{.Domain}}".to_owned(),
            path_template: String::new(),
            host_rewrite: HostRewrite::UrlRewrite,
            ingress_class: String::new(),
            tls_secret: String::new(),
        }
    }
}
