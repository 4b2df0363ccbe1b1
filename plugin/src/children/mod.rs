//! The children that a Function asks for, one file per kind.
//!
//! Each file has a `build` function that reads the [`Plan`]. To add a kind: a file, a variant
//! of [`Child`], a line in [`desired`], and the kind in `describe`.

mod bridge;
mod deployment;
mod http_scaled_object;
mod service;

pub(crate) use deployment::CONTAINER;

use std::collections::BTreeMap;

use k8s_openapi::api::core::v1::Service;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::ObjectMeta;
use serde::Serialize;
use serde_json::value::RawValue;
use serde_json::{Map, Value};

use crate::api::keda::{self, HttpScaledObject};
use crate::api::workload::{self, Deployment};
use crate::function::{Function, Http, Serving, Strings};
use crate::names;
use crate::notes::Notes;
use crate::settings::{Profile, Settings};

/// The label of everything that belongs to a Function; pods are selected by it.
pub(crate) const FUNCTION_LABEL: &str = "openfunction.io/function";
/// What an object is to its Function; pods are selected by it.
pub(crate) const ROLE_LABEL: &str = "openfunction.io/role";
const MANAGED_LABEL: &str = "openfunction.io/managed";
/// The label of the Function's version. Not selected by: selectors never change.
pub(crate) const VERSION_LABEL: &str = "app.kubernetes.io/version";

/// One child, written as the API server stores it.
#[derive(Debug, Serialize)]
#[serde(untagged)]
pub(crate) enum Child {
    /// The workload.
    Deployment(Box<Deployment>),
    /// The Service of the pods, or the bridge to the interceptor.
    Service(Box<Service>),
    /// The scaler.
    HttpScaledObject(Box<HttpScaledObject>),
    /// What was asked for before, again.
    Repeated(Box<RawValue>),
}

/// Which object a child is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Identity<'a> {
    pub(crate) api_version: &'a str,
    pub(crate) kind: &'a str,
    pub(crate) name: &'a str,
}

/// Everything that the children of an http function on KEDA follow from.
pub(crate) struct Plan<'a> {
    pub(crate) function: &'a Function,
    pub(crate) serving: &'a Serving,
    pub(crate) http: &'a Http,
    pub(crate) settings: &'a Settings,
    pub(crate) names: Names,
    /// Never empty: an HTTPScaledObject without hosts takes every unclaimed host of the cluster.
    pub(crate) hosts: Hosts,
}

/// The children's names.
pub(crate) struct Names {
    pub(crate) workload: String,
    pub(crate) service: String,
    pub(crate) bridge: String,
    pub(crate) scaler: String,
    pub(crate) label: String,
}

/// The host names that lead to the function.
pub(crate) struct Hosts {
    /// The route's own, then those of the bridge in the cluster's DNS.
    pub(crate) all: Vec<String>,
    /// How many of them are the route's.
    pub(crate) external: usize,
    /// The bridge's name in full.
    pub(crate) internal: String,
}

/// A kind that the KEDA engine cannot do without.
pub(crate) const KINDS: [(&str, &str, &str); 3] = [
    (workload::API_VERSION, workload::KIND, "deployments"),
    ("v1", "Service", "services"),
    (keda::API_VERSION, keda::KIND, "httpscaledobjects"),
];

impl<'a> Plan<'a> {
    /// Names and hosts of an http function.
    pub(crate) fn new(
        function: &'a Function,
        serving: &'a Serving,
        http: &'a Http,
        settings: &'a Settings,
    ) -> Self {
        let names = Names::new(&function.name, settings.http_addon);
        let hosts = Hosts::new(http, &names.bridge, &function.namespace, &settings.cluster_domain);
        Plan {
            function,
            serving,
            http,
            settings,
            names,
            hosts,
        }
    }

    /// Metadata with our labels.
    fn metadata(&self, name: &str, role: &str) -> ObjectMeta {
        let mut labels = self.selector(role);
        labels.insert(MANAGED_LABEL.to_owned(), "true".to_owned());
        labels.insert(VERSION_LABEL.to_owned(), self.function.version.clone());
        ObjectMeta {
            name: Some(name.to_owned()),
            namespace: Some(self.function.namespace.clone()),
            labels: Some(labels),
            ..ObjectMeta::default()
        }
    }

    /// The labels that never change.
    fn selector(&self, role: &str) -> BTreeMap<String, String> {
        BTreeMap::from([
            (FUNCTION_LABEL.to_owned(), self.names.label.clone()),
            (ROLE_LABEL.to_owned(), role.to_owned()),
        ])
    }

    /// The user's labels over ours, but for the selector's.
    fn with_user_labels(&self, metadata: ObjectMeta, role: &str) -> ObjectMeta {
        let mut labels: Strings = metadata.labels.unwrap_or_default();
        labels.extend(self.serving.labels.clone());
        labels.extend(self.selector(role));
        ObjectMeta {
            labels: Some(labels),
            ..metadata
        }
    }
}

impl Names {
    /// The names of a Function's children; they follow from its own name alone.
    pub(crate) fn new(function: &str, profile: Profile) -> Self {
        // Before 0.7 the add-on makes a label of `kedahttp-<name>`.
        let limit = if profile == Profile::V0_5 {
            54
        } else {
            names::LABEL
        };
        Names {
            workload: names::object(function, names::LABEL),
            service: names::service(&format!("{function}-svc")),
            bridge: names::service(function),
            scaler: names::object(function, limit),
            label: names::label(function),
        }
    }
}

impl Hosts {
    fn new(http: &Http, bridge: &str, namespace: &str, cluster_domain: &str) -> Self {
        let mut all: Vec<String> = Vec::new();
        for host in http.hostnames.iter().flatten() {
            if !all.contains(host) {
                all.push(host.clone());
            }
        }
        let external = all.len();
        // Never the bare name: every namespace may have one like it.
        let short = format!("{bridge}.{namespace}");
        let service = format!("{short}.svc");
        let full = format!("{service}.{cluster_domain}");
        for host in [&short, &service, &full] {
            if !all.contains(host) {
                all.push(host.clone());
            }
        }
        Hosts {
            all,
            external,
            internal: full,
        }
    }
}

impl Child {
    /// Which object a child is; what is repeated is there already.
    pub(crate) fn identity(&self) -> Option<Identity<'_>> {
        let (api_version, kind, metadata) = match self {
            Child::Deployment(object) => (object.api_version, object.kind, &object.metadata),
            Child::Service(object) => ("v1", "Service", &object.metadata),
            Child::HttpScaledObject(object) => (object.api_version, object.kind, &object.metadata),
            Child::Repeated(_) => return None,
        };
        Some(Identity {
            api_version,
            kind,
            name: metadata.name.as_deref().unwrap_or_default(),
        })
    }
}

/// All children of an http function on KEDA. `template` is the user's pod spec.
pub(crate) fn desired(plan: &Plan<'_>, template: Map<String, Value>, notes: &mut Notes) -> Vec<Child> {
    vec![
        Child::Deployment(Box::new(deployment::build(plan, template, notes))),
        Child::Service(Box::new(service::build(plan))),
        Child::Service(Box::new(bridge::build(plan))),
        Child::HttpScaledObject(Box::new(http_scaled_object::build(plan))),
    ]
}
