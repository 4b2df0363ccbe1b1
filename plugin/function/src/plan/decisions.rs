//! What all children of a Function follow from.

use std::borrow::Cow;

use super::exposure::{self, Exposure};
use super::hosts::Hosts;
use super::names::Names;
use crate::formats::json::Json;
use crate::formats::syntax;
use crate::function::conventions::DEFAULT_PORT;
use crate::function::dapr;
use crate::function::request::{Children, Objects};
use crate::function::rules;
use crate::function::settings::Settings;
use crate::function::types::{Engine, Function, Http, Mode, PathMatch, PathType, Serving, WorkloadType};
use crate::kinds::{self, Kind};

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
    pub(crate) dapr: Mode,
    /// What Dapr and the function speak.
    pub(crate) protocol: &'a str,
    /// Dapr's name for the function: each of its Components has it.
    pub(crate) app_id: Cow<'a, str>,
    /// The image that pods run: with the digest of the last build where there is one.
    pub(crate) image: Cow<'a, str>,
}

impl<'a> Plan<'a> {
    /// Names, hosts and modes of a served Function.
    pub(crate) fn new(
        function: &'a Function<'a>,
        serving: &'a Serving<'a>,
        settings: &'a Settings,
        observed: &'a Children<'a>,
        related: &'a Objects<'a>,
    ) -> Self {
        let engine = serving.engine;
        let names = Names::new(function.name);
        let http = serving.http.as_ref().filter(|_| engine != Engine::Async);
        let exposure = http.map(|http| exposure::find(function, http, settings, observed, related));
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
            dapr: serving.dapr,
            protocol: dapr::protocol(serving),
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

    /// All host names that lead to the function; none for an async function.
    pub(crate) fn host_names(&'a self) -> Json<'a> {
        let all = self.hosts.as_ref().map(|hosts| hosts.all.as_slice());
        Json::texts(all.unwrap_or_default())
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
}
