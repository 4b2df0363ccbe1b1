//! The children that a Function asks for, one file per kind.
//!
//! Each file has a `build` function that reads the [`Plan`]. To add a kind: a file, a variant
//! of [`Child`], a line in [`desired`], and the kind in `describe`.

mod bridge;
mod deployment;
mod http_scaled_object;
mod service;

pub(crate) use deployment::CONTAINER;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::value::RawValue;

use crate::api::keda::{self, HttpScaledObject};
use crate::api::metadata::Metadata;
use crate::api::workload::{self, Deployment, Service};
use crate::function::{Function, Http, Serving};
use crate::json::Object;
use crate::names;
use crate::notes::Notes;
use crate::settings::{Profile, Settings};
use crate::sorted::Strings;

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
pub(crate) enum Child<'a> {
    /// The workload.
    Deployment(Box<Deployment<'a>>),
    /// The Service of the pods, or the bridge to the interceptor.
    Service(Box<Service<'a>>),
    /// The scaler.
    HttpScaledObject(Box<HttpScaledObject<'a>>),
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
    pub(crate) function: &'a Function<'a>,
    pub(crate) serving: &'a Serving<'a>,
    pub(crate) http: &'a Http<'a>,
    pub(crate) settings: &'a Settings,
    pub(crate) names: Names,
    /// Never empty: an HTTPScaledObject without hosts takes every unclaimed host of the cluster.
    pub(crate) hosts: Hosts<'a>,
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
pub(crate) struct Hosts<'a> {
    /// The route's own, then those of the bridge in the cluster's DNS.
    pub(crate) all: Vec<Cow<'a, str>>,
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
        function: &'a Function<'a>,
        serving: &'a Serving<'a>,
        http: &'a Http<'a>,
        settings: &'a Settings,
    ) -> Self {
        let names = Names::new(function.name, settings.http_addon);
        let hosts = Hosts::new(http, &names.bridge, function.namespace, &settings.cluster_domain);
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
    fn metadata(&'a self, name: &'a str, role: &'static str) -> Metadata<'a> {
        let labels = Strings::of([
            (FUNCTION_LABEL, self.names.label.as_str().into()),
            (MANAGED_LABEL, "true".into()),
            (ROLE_LABEL, role.into()),
            (VERSION_LABEL, self.function.version.into()),
        ]);
        Metadata {
            annotations: None,
            labels,
            name: Some(name),
            namespace: Some(self.function.namespace),
        }
    }

    /// The labels that never change.
    fn selector(&self, role: &str) -> BTreeMap<String, String> {
        let mut labels = BTreeMap::new();
        labels.insert(FUNCTION_LABEL.to_owned(), self.names.label.clone());
        labels.insert(ROLE_LABEL.to_owned(), role.to_owned());
        labels
    }

    /// The user's labels over ours, but for the selector's.
    fn with_user_labels(&'a self, mut metadata: Metadata<'a>, role: &'static str) -> Metadata<'a> {
        let labels = &mut metadata.labels;
        labels.extend(&self.serving.labels);
        labels.insert(FUNCTION_LABEL, self.names.label.as_str().into());
        labels.insert(ROLE_LABEL, role.into());
        metadata
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

impl<'a> Hosts<'a> {
    fn new(http: &Http<'a>, bridge: &str, namespace: &str, cluster_domain: &str) -> Self {
        let mut all: Vec<Cow<'a, str>> = Vec::new();
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
}

impl Child<'_> {
    /// Which object a child is; what is repeated is there already.
    pub(crate) fn identity(&self) -> Option<Identity<'_>> {
        let (api_version, kind, metadata) = match self {
            Child::Deployment(object) => (object.api_version, object.kind, &object.metadata),
            Child::Service(object) => (object.api_version, object.kind, &object.metadata),
            Child::HttpScaledObject(object) => (object.api_version, object.kind, &object.metadata),
            Child::Repeated(_) => return None,
        };
        Some(Identity {
            api_version,
            kind,
            name: metadata.name.unwrap_or_default(),
        })
    }
}

/// All children of an http function on KEDA. `template` is the user's pod spec.
pub(crate) fn desired<'a>(plan: &'a Plan<'a>, template: Object<'a>, notes: &mut Notes) -> Vec<Child<'a>> {
    vec![
        Child::Deployment(Box::new(deployment::build(plan, template, notes))),
        Child::Service(Box::new(service::build(plan))),
        Child::Service(Box::new(bridge::build(plan))),
        Child::HttpScaledObject(Box::new(http_scaled_object::build(plan))),
    ]
}
