//! The HTTPRoute: which requests of a Gateway are the function's.
//!
//! For the keda engine it leads to the interceptor, which knows the function by the request's own
//! host, so that nothing rewrites it. For Knative it leads to the Service of the newest revision
//! that is ready, which is known by its own host name alone.
//!
//! Everything that the API server would default is written out. Of its lists, Metacontroller merges the matches of a
//! rule by their paths, so that a path is there once in each.
//! Source: Gateway API 1.3, `apis/v1/httproute_types.go`.

use super::child::Child;
use super::host_rewrite;
use super::service;
use crate::formats::json::{Json, Object};
use crate::formats::notes::{Notes, Path};
use crate::function::conventions::ROUTE_ROLE;
use crate::function::rules;
use crate::function::types::Engine;
use crate::kinds;
use crate::plan::decisions::Plan;

/// The Gateway API's limit.
const MAX_HOSTS: usize = 16;
const GROUP: &str = "gateway.networking.k8s.io";

/// Nothing where it is not known yet what it leads to, or what leads to it.
pub(super) fn build<'a>(plan: &'a Plan<'a>, notes: &mut Notes) -> Option<Child<'a>> {
    let parent = plan.exposure.as_ref()?.parent.as_ref()?;
    let backend = Backend::of(plan)?;
    let hosts = hosts(plan, notes);
    let parent = Json::object([
        ("group", GROUP.into()),
        ("kind", "Gateway".into()),
        ("name", parent.name.into()),
        ("namespace", parent.namespace.into()),
    ]);
    let spec = Json::object([
        ("hostnames", Json::List(hosts)),
        ("parentRefs", Json::List(vec![parent])),
        ("rules", Json::List(rules(plan, &backend, notes))),
    ]);
    let mut metadata = plan.metadata(&plan.names.workload, ROUTE_ROLE);
    if let Some((key, value)) = plan
        .exposure
        .as_ref()
        .and_then(|exposure| exposure.label.as_ref())
    {
        metadata.labels.insert(*key, value.as_str().into());
    }
    Some(Child::new(&kinds::HTTP_ROUTE, metadata, [("spec", spec)]))
}

/// Where requests go.
struct Backend<'a> {
    service: &'a str,
    namespace: &'a str,
    port: i64,
    /// The host by which it is known, if not by the request's own.
    host: Option<String>,
}

impl<'a> Backend<'a> {
    /// Nothing while no revision is ready.
    fn of(plan: &'a Plan<'a>) -> Option<Self> {
        if plan.engine == Engine::Knative {
            let revision = plan.ready_revision()?;
            let namespace = plan.function.namespace;
            let domain = plan.exposure.as_ref()?.cluster_domain;
            return Some(Backend {
                service: revision,
                namespace,
                port: service::PORT.into(),
                host: Some(format!("{revision}.{namespace}.svc.{domain}")),
            });
        }
        let interceptor = &plan.settings.interceptor;
        Some(Backend {
            service: &interceptor.service,
            namespace: &interceptor.namespace,
            port: interceptor.port.into(),
            host: None,
        })
    }

    fn refs(&self) -> Json<'a> {
        let backend = Json::object([
            ("group", "".into()),
            ("kind", "Service".into()),
            ("name", self.service.into()),
            ("namespace", self.namespace.into()),
            ("port", self.port.into()),
            ("weight", 1.into()),
        ]);
        Json::List(vec![backend])
    }
}

/// The function's host names from outside. The Service of an OpenFunction Gateway also brings
/// requests for the name in the cluster.
fn hosts<'a>(plan: &'a Plan<'a>, notes: &mut Notes) -> Vec<Json<'a>> {
    let Some(hosts) = &plan.hosts else {
        return Vec::new();
    };
    let external = hosts.external();
    let mut all: Vec<Json<'a>> = external.iter().map(|host| Json::from(&**host)).collect();
    let internal = hosts.internal.as_str();
    let of_gateway = plan.exposure.as_ref().is_some_and(|exposure| exposure.of_gateway);
    if of_gateway && !external.iter().any(|host| *host == internal) {
        if all.len() < MAX_HOSTS {
            all.push(internal.into());
        } else {
            notes.warn(
                &Path::root("spec.serving.triggers.http.route.hostnames"),
                format_args!(
                    "an HTTPRoute has at most {MAX_HOSTS} host names, so that the Gateway does not know {internal}"
                ),
            );
        }
    }
    all
}

fn rules<'a>(plan: &'a Plan<'a>, backend: &Backend<'a>, notes: &mut Notes) -> Vec<Json<'a>> {
    let written = plan.http().and_then(|http| http.rules.as_deref());
    let Some(written) = written else {
        let path = plan
            .exposure
            .as_ref()
            .and_then(|exposure| exposure.path.as_deref());
        let mut rule = Object::new();
        rule.insert(
            "matches",
            Json::List(vec![rules::stored_match(path.unwrap_or("/"))]),
        );
        finish(plan, &mut rule, backend, &Path::root(""), notes);
        return vec![Json::Object(rule)];
    };
    let at = Path::root("spec.serving.triggers.http.route.rules");
    let rules = written.iter().enumerate().flat_map(|(index, written)| {
        let mut rule = rules::stored_rule(written);
        if !rules::is_redirect(written) {
            finish(plan, &mut rule, backend, &at.index(index), notes);
        }
        rules::parts(rule)
    });
    rules.map(Json::Object).collect()
}

/// Leads a rule to the backend.
fn finish<'a>(
    plan: &Plan<'_>,
    rule: &mut Object<'a>,
    backend: &Backend<'a>,
    at: &Path<'_>,
    notes: &mut Notes,
) {
    rule.insert("backendRefs", backend.refs());
    if let Some(host) = &backend.host {
        host_rewrite::set(rule, host, plan.settings.exposure.host_rewrite, at, notes);
    }
}
