//! What all children of a Function follow from.

use std::borrow::Cow;

use super::child::Metadata;
use crate::dapr;
use crate::engine::Engine;
use crate::exposure::Exposure;
use crate::function::{Function, Http, PathMatch, PathType, Serving, WorkloadType};
use crate::json::{Json, Object};
use crate::kinds::{self, Kind};
use crate::names::{self, LABEL};
use crate::request::{Children, Objects, ROLE};
use crate::rules;
use crate::settings::Settings;
use crate::validate::syntax;

/// The label of everything that belongs to a Function; pods are selected by it.
pub(crate) const FUNCTION_LABEL: &str = "openfunction.io/function";
/// What an object is to its Function; pods are selected by it.
pub(crate) const ROLE_LABEL: &str = ROLE;
const MANAGED_LABEL: &str = "openfunction.io/managed";
/// The label of the Function's version. Not selected by: selectors never change.
pub(crate) const VERSION_LABEL: &str = "app.kubernetes.io/version";
/// The role of the function's pods, and of what leads to them.
pub(crate) const FUNCTION_ROLE: &str = "function";
/// The port of an async function, and of one that says nothing.
pub(crate) const DEFAULT_PORT: i64 = 8080;

/// Everything that the children of a served Function follow from.
pub(crate) struct Plan<'a> {
    pub(crate) function: &'a Function<'a>,
    pub(crate) serving: &'a Serving<'a>,
    pub(crate) settings: &'a Settings,
    pub(crate) observed: &'a Children<'a>,
    pub(crate) related: &'a Objects<'a>,
    pub(crate) engine: Engine,
    pub(crate) names: Names,
    /// None for an async function.
    pub(crate) hosts: Option<Hosts<'a>>,
    /// How it is reached from outside; None for an async function.
    pub(crate) exposure: Option<Exposure<'a>>,
    pub(crate) dapr: dapr::Mode,
    /// Dapr's name for the function: each of its Components has it.
    pub(crate) app_id: Cow<'a, str>,
    /// The image that pods run: with the digest of the last build where there is one.
    pub(crate) image: Cow<'a, str>,
}

/// The children's names.
pub(crate) struct Names {
    /// Deployment, Job and routes: the Function's own.
    pub(crate) workload: String,
    /// StatefulSet.
    pub(crate) stateful_set: String,
    /// The Service of the function's pods.
    pub(crate) service: String,
    /// The Service with the Function's own name: the bridge to the interceptor, the Knative Service,
    /// or the Service of an async function behind Dapr's proxy.
    pub(crate) bridge: String,
    /// The headless Service of a StatefulSet. It has a name of its own: a Service that is headless
    /// once stays so, and the interceptor cannot use one.
    pub(crate) headless: String,
    /// HTTPScaledObject, InterceptorRoute, ScaledObject, ScaledJob.
    pub(crate) scaler: String,
    /// Dapr's proxy.
    pub(crate) proxy: String,
    /// The value of [`FUNCTION_LABEL`].
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

impl<'a> Plan<'a> {
    /// Names, hosts and modes of a served Function.
    pub(crate) fn new(
        function: &'a Function<'a>,
        serving: &'a Serving<'a>,
        engine: Engine,
        settings: &'a Settings,
        observed: &'a Children<'a>,
        related: &'a Objects<'a>,
    ) -> Self {
        let names = Names::new(function.name);
        let http = serving.http.as_ref().filter(|_| engine != Engine::Async);
        let exposure = http.map(|http| Exposure::new(function, http, settings, observed, related));
        let hosts = http
            .zip(exposure.as_ref())
            .map(|(http, exposure)| Hosts::new(http, &names.bridge, function.namespace, exposure));
        Plan {
            function,
            serving,
            settings,
            observed,
            related,
            engine,
            names,
            hosts,
            exposure,
            dapr: dapr::mode(serving),
            app_id: dapr::app_id(function, serving),
            image: Cow::Borrowed(function.image),
        }
    }

    /// The http trigger of a function that is served by it.
    pub(crate) fn http(&self) -> Option<&'a Http<'a>> {
        self.serving
            .http
            .as_ref()
            .filter(|_| self.engine != Engine::Async)
    }

    /// What the function listens on.
    pub(crate) fn port(&self) -> i64 {
        self.http().map_or(DEFAULT_PORT, |http| http.port)
    }

    /// What the route's rules match, or where they are not written, the function's own path.
    /// Nothing where that is everything.
    pub(crate) fn written_paths(&'a self) -> Vec<PathMatch<'a>> {
        let http = self.http().filter(|http| http.rules.is_some());
        let own = self
            .exposure
            .as_ref()
            .and_then(|exposure| exposure.path.as_deref());
        match http {
            Some(http) => http.paths.clone(),
            None => own.into_iter().map(PathMatch::prefix).collect(),
        }
    }

    /// The prefixes of paths by which the interceptor knows the function; nothing where that is
    /// everything. A Gateway that replaces paths shows it other ones than callers in the cluster.
    pub(crate) fn prefixes(&'a self) -> Vec<&'a str> {
        let rules = self.http().and_then(|http| http.rules.as_deref());
        let replaced = rules.filter(|_| self.is_by_http_route()).unwrap_or_default();
        let replaced = replaced.iter().filter_map(|rule| rules::replaced_path(rule));
        let paths = self.written_paths().into_iter();
        let known = paths.filter(|path| path.r#type != PathType::RegularExpression);
        let mut prefixes: Vec<&str> = Vec::new();
        for prefix in known.map(|path| path.value).chain(replaced) {
            if !prefixes.contains(&prefix) {
                prefixes.push(prefix);
            }
        }
        prefixes
    }

    /// Whether an HTTPRoute is what leads to the function, and the controller declares it.
    pub(crate) fn is_by_http_route(&self) -> bool {
        let by = self.exposure.as_ref().and_then(|exposure| exposure.by);
        by.is_some_and(|kind| *kind == kinds::HTTP_ROUTE && self.observed.declares(kind))
    }

    /// What the route matches.
    pub(crate) fn paths(&'a self) -> Vec<PathMatch<'a>> {
        let mut paths = self.written_paths();
        if paths.is_empty() {
            paths.push(PathMatch::prefix("/"));
        }
        paths
    }

    /// The newest revision of the Knative Service that is ready, once there is one.
    pub(crate) fn ready_revision(&self) -> Option<&'a str> {
        let service = self.observed.find(&kinds::KNATIVE_SERVICE, &self.names.bridge)?;
        let revision = service.status_text(&["latestReadyRevisionName"])?;
        syntax::is_label(revision).then_some(revision)
    }

    /// The kind that runs the function.
    pub(crate) fn workload_kind(&self) -> &'static Kind {
        match (self.engine, self.serving.workload_type) {
            (Engine::Knative, _) => &kinds::KNATIVE_SERVICE,
            (Engine::Async, WorkloadType::StatefulSet) => &kinds::STATEFUL_SET,
            (Engine::Async, WorkloadType::Job) => &kinds::JOB,
            _ => &kinds::DEPLOYMENT,
        }
    }

    /// The name of what runs the function.
    pub(crate) fn workload_name(&self) -> &str {
        self.names.of_workload(self.workload_kind())
    }

    /// Whether a scaler owns the number of replicas.
    pub(crate) fn is_scaled(&self) -> bool {
        self.engine == Engine::Keda || !self.serving.scale.triggers.is_empty()
    }

    /// Metadata with our labels.
    pub(crate) fn metadata(&'a self, name: &'a str, role: &'static str) -> Metadata<'a> {
        metadata(self.function, &self.names.label, name, role)
    }

    /// The labels that never change, by which pods of a role are found.
    pub(crate) fn selector(&'a self, role: &'static str) -> Json<'a> {
        Json::object([
            (FUNCTION_LABEL, self.names.label.as_str().into()),
            (ROLE_LABEL, role.into()),
        ])
    }

    /// Metadata with the user's labels over ours, but for the selector's.
    pub(crate) fn metadata_of_pods(&'a self, name: &'a str, role: &'static str) -> Metadata<'a> {
        let mut metadata = self.metadata(name, role);
        for (key, value) in self.serving.labels.iter() {
            metadata.labels.insert(key, (&**value).into());
        }
        metadata
            .labels
            .insert(FUNCTION_LABEL, self.names.label.as_str().into());
        metadata.labels.insert(ROLE_LABEL, role.into());
        metadata
    }
}

/// Metadata with our labels; `label` is the value of [`FUNCTION_LABEL`].
pub(super) fn metadata<'a>(
    function: &'a Function<'a>,
    label: &'a str,
    name: &'a str,
    role: &'static str,
) -> Metadata<'a> {
    Metadata {
        annotations: Object::new(),
        labels: Object::of([
            (FUNCTION_LABEL, label.into()),
            (MANAGED_LABEL, "true".into()),
            (ROLE_LABEL, role.into()),
            (VERSION_LABEL, function.version.into()),
        ]),
        name: Cow::Borrowed(name),
        namespace: function.namespace,
    }
}

impl Names {
    /// The names of a Function's children; they follow from its own name alone.
    pub(crate) fn new(function: &str) -> Self {
        Names {
            workload: names::object(function, LABEL),
            stateful_set: names::object(function, names::STATEFUL_SET),
            service: names::service(&format!("{function}-svc")),
            bridge: names::service(function),
            headless: names::service(&format!("{function}-headless")),
            scaler: names::object(function, names::SCALER),
            proxy: names::object(&format!("{function}-dapr-proxy"), LABEL),
            label: names::label(function),
        }
    }

    /// The name of a workload of this kind. Knative makes a Service with the name of its own.
    pub(crate) fn of_workload(&self, kind: &Kind) -> &str {
        match kind.kind {
            "Service" => &self.bridge,
            "StatefulSet" => &self.stateful_set,
            "ScaledJob" => &self.scaler,
            _ => &self.workload,
        }
    }
}

impl<'a> Hosts<'a> {
    fn new(http: &'a Http<'a>, bridge: &str, namespace: &str, exposure: &Exposure<'_>) -> Self {
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
