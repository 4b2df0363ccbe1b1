//! The Ingress: the function's host names, with or without TLS, lead to the Service with the
//! function's own name: the bridge to the interceptor, or Knative's.
//!
//! Source: `k8s.io/api/networking/v1/types.go`. The API server defaults nothing in it.

use super::child::Child;
use super::service;
use crate::formats::json::{Json, Object};
use crate::formats::notes::{Notes, Path};
use crate::formats::written::quoted;
use crate::function::conventions::ROUTE_ROLE;
use crate::function::types::Engine;
use crate::function::types::{PathMatch, PathType};
use crate::kinds;
use crate::plan::decisions::Plan;
use crate::plan::hosts::Hosts;

/// Nothing where no path is one that an Ingress can have.
pub(super) fn build<'a>(plan: &'a Plan<'a>, notes: &mut Notes) -> Option<Child<'a>> {
    let exposure = &plan.settings.exposure;
    let hosts = plan.hosts.as_ref().map(Hosts::external).unwrap_or_default();
    let paths = paths(plan, notes);
    if paths.is_empty() {
        return None;
    }
    let mut rules = Vec::with_capacity(hosts.len());
    for host in hosts {
        let paths = paths.iter().map(|path| rule_path(plan, path));
        let http = Json::object([("paths", Json::List(paths.collect()))]);
        rules.push(Json::object([("host", Json::from(&**host)), ("http", http)]));
    }
    let mut spec = Object::of([("rules", Json::List(rules))]);
    if !exposure.ingress_class.is_empty() {
        spec.insert("ingressClassName", exposure.ingress_class.as_str().into());
    }
    if !exposure.tls_secret.is_empty() {
        let tls = Json::object([
            ("hosts", Json::texts(hosts)),
            ("secretName", exposure.tls_secret.as_str().into()),
        ]);
        spec.insert("tls", Json::List(vec![tls]));
    }
    let metadata = plan.metadata(&plan.names.workload, ROUTE_ROLE);
    Some(Child::new(
        &kinds::INGRESS,
        metadata,
        [("spec", Json::Object(spec))],
    ))
}

/// What the route matches, once each.
fn paths<'a>(plan: &'a Plan<'a>, notes: &mut Notes) -> Vec<PathMatch<'a>> {
    let mut paths: Vec<PathMatch<'a>> = Vec::new();
    for path in plan.paths() {
        if !path.value.starts_with('/') {
            notes.warn(
                &Path::root("spec.serving.triggers.http.route.rules"),
                format_args!(
                    "the path {} is not used: an Ingress has paths with / in front",
                    quoted(path.value)
                ),
            );
        } else if !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
}

fn rule_path<'a>(plan: &'a Plan<'a>, path: &PathMatch<'a>) -> Json<'a> {
    let port = match plan.engine {
        Engine::Knative => service::PORT.into(),
        _ => i64::from(plan.settings.interceptor.port),
    };
    let number = Json::object([("number", port.into())]);
    let service = Json::object([("name", plan.names.bridge.as_str().into()), ("port", number)]);
    let r#type = match path.r#type {
        PathType::Exact => "Exact",
        PathType::PathPrefix => "Prefix",
        PathType::RegularExpression => "ImplementationSpecific",
    };
    Json::object([
        ("backend", Json::object([("service", service)])),
        ("path", path.value.into()),
        ("pathType", r#type.into()),
    ])
}
