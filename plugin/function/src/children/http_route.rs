//! The HTTPRoute: which requests of a Gateway are the function's.
//!
//! For the keda engine it leads to the interceptor, which knows the function by the request's own
//! host, so that nothing rewrites it. For Knative it leads to the Service of the newest revision
//! that is ready, which is known by its own host name alone.
//!
//! Everything that the API server would default is written out. Of its lists, Metacontroller merges the matches of a
//! rule by their paths, so that a path is there once in each.

use std::borrow::Cow;

use super::child::Child;
use super::host_rewrite;
use super::part::{Making, Part};
use super::service;
use crate::formats::json::{Json, Object};
use crate::formats::notes::{Notes, Path};
use crate::formats::typed::{Fields, api};
use crate::function::conventions::ROUTE_ROLE;
use crate::function::rules;
use crate::function::types::Engine;
use crate::kinds;
use crate::plan::decisions::Plan;
use crate::plan::exposure::Parent;

/// The Gateway API's limit.
const MAX_HOSTS: usize = 16;
const GROUP: &str = "gateway.networking.k8s.io";

api! {
    /// `HTTPRouteSpec` of the Gateway API's `apis/v1/httproute_types.go`, 1.3.
    struct HttpRouteSpec<'a> {
        "hostnames" hostnames: Vec<&'a str>,
        "parentRefs" parent_refs: Vec<ParentReference<'a>>,
        "rules" rules: Vec<Json<'a>>,
    }

    /// `ParentReference` of `shared_types.go`.
    struct ParentReference<'a> {
        "group" group: &'a str,
        "kind" kind: &'a str,
        "name" name: &'a str,
        "namespace" namespace: &'a str,
    }

    /// The part of an `HTTPRouteRule` that is never the user's.
    struct BackendRefs<'a> {
        "backendRefs" backend_refs: Vec<HttpBackendRef<'a>>,
    }

    /// The matches of an `HTTPRouteRule` where the user writes none.
    struct Matches<'a> {
        "matches" matches: Vec<Json<'a>>,
    }

    /// `HTTPBackendRef` of the same file.
    struct HttpBackendRef<'a> {
        "group" group: &'a str,
        "kind" kind: &'a str,
        "name" name: &'a str,
        "namespace" namespace: &'a str,
        "port" port: i64,
        "weight" weight: i32,
    }
}

pub(super) static PART: Part = Part {
    kind: &kinds::HTTP_ROUTE,
    names,
    make,
};

/// The Gateway that leads to the route, and what the route leads to; none while one of them is not known.
fn ends<'a>(plan: &'a Plan<'a>) -> Option<(&'a Parent<'a>, Backend<'a>)> {
    Some((plan.exposure.as_ref()?.parent.as_ref()?, Backend::of(plan)?))
}

fn names<'a>(plan: &'a Plan<'a>) -> Vec<Cow<'a, str>> {
    ends(plan)
        .map(|_| plan.names.workload.as_str().into())
        .into_iter()
        .collect()
}

fn make<'a>(plan: &'a Plan<'a>, making: &mut Making<'a, '_>) {
    let Some((parent, backend)) = ends(plan) else {
        return;
    };
    let parent = ParentReference {
        group: GROUP,
        kind: "Gateway",
        name: parent.name,
        namespace: parent.namespace,
    };
    let spec = HttpRouteSpec {
        hostnames: hosts(plan, making.notes),
        parent_refs: vec![parent],
        rules: rules(plan, &backend, making.notes),
    };
    let mut metadata = plan.metadata(&plan.names.workload, ROUTE_ROLE);
    if let Some((key, value)) = plan
        .exposure
        .as_ref()
        .and_then(|exposure| exposure.label.as_ref())
    {
        metadata.labels.insert(*key, value.as_str().into());
    }
    making
        .children
        .push(Child::new(&kinds::HTTP_ROUTE, metadata, spec));
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

    fn refs(&self) -> BackendRefs<'a> {
        let backend = HttpBackendRef {
            group: "",
            kind: "Service",
            name: self.service,
            namespace: self.namespace,
            port: self.port,
            weight: 1,
        };
        BackendRefs {
            backend_refs: vec![backend],
        }
    }
}

/// The function's host names from outside. The Service of an OpenFunction Gateway also brings
/// requests for the name in the cluster.
fn hosts<'a>(plan: &'a Plan<'a>, notes: &mut Notes) -> Vec<&'a str> {
    let Some(hosts) = &plan.hosts else {
        return Vec::new();
    };
    let external = hosts.external();
    let mut all: Vec<&str> = external.iter().map(|host| &**host).collect();
    let internal = hosts.internal.as_str();
    let of_gateway = plan.exposure.as_ref().is_some_and(|exposure| exposure.of_gateway);
    if of_gateway && !external.iter().any(|host| *host == internal) {
        if all.len() < MAX_HOSTS {
            all.push(internal);
        } else {
            notes.warn(
                &Path::root("spec.serving.triggers.http.route.hostnames"),
                format_args!(
                    "an HTTPRoute has at most {MAX_HOSTS} host names, so the Gateway does not accept requests for {internal}"
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
        Matches {
            matches: vec![rules::stored_match(path.unwrap_or("/"))],
        }
        .write(&mut rule);
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
    backend.refs().write(rule);
    if let Some(host) = &backend.host {
        host_rewrite::set(rule, host, plan.settings.exposure.host_rewrite, at, notes);
    }
}
