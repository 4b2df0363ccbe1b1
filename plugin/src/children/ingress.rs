//! The Ingress: the function's host names, with or without TLS, lead to the Service with the
//! function's own name: the bridge to the interceptor, or Knative's.
//!
//! Source: `k8s.io/api/networking/v1/types.go`. The API server defaults nothing in it.

use super::child::Child;
use super::plan::{Hosts, Plan};
use super::{route, service};
use crate::engine::Engine;
use crate::function::{PathMatch, PathType};
use crate::json::{Json, Object};
use crate::kinds;
use crate::notes::{Notes, Path};

/// Nothing where no path is one that an Ingress can have.
pub(super) fn build<'a>(plan: &'a Plan<'a>, notes: &mut Notes) -> Option<Child<'a>> {
    let exposure = &plan.settings.exposure;
    let hosts = plan.hosts.as_ref().map(Hosts::external).unwrap_or_default();
    let paths = paths(plan, notes);
    if paths.is_empty() {
        return None;
    }
    let rules = hosts.iter().map(|host| {
        let http = Json::object([("paths", Json::List(paths.clone()))]);
        Json::object([("host", Json::from(&**host)), ("http", http)])
    });
    let mut spec = Object::of([("rules", Json::List(rules.collect()))]);
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
    let metadata = plan.metadata(&plan.names.workload, route::ROLE);
    Some(Child::new(
        &kinds::INGRESS,
        metadata,
        [("spec", Json::Object(spec))],
    ))
}

fn paths<'a>(plan: &'a Plan<'a>, notes: &mut Notes) -> Vec<Json<'a>> {
    let port = match plan.engine {
        Engine::Knative => service::PORT.into(),
        _ => i64::from(plan.settings.interceptor.port),
    };
    let number = Json::object([("number", port.into())]);
    let service = Json::object([("name", plan.names.bridge.as_str().into()), ("port", number)]);
    let backend = Json::object([("service", service)]);
    let mut seen: Vec<PathMatch<'_>> = Vec::new();
    for path in plan.paths() {
        if !path.value.starts_with('/') {
            notes.warn(
                &Path::root("spec.serving.triggers.http.route.rules"),
                format_args!(
                    "the path {} is not used: an Ingress has paths with / in front",
                    path.value
                ),
            );
        } else if !seen.contains(&path) {
            seen.push(path);
        }
    }
    let paths = seen.into_iter().map(|path| {
        let r#type = match path.r#type {
            PathType::Exact => "Exact",
            PathType::PathPrefix => "Prefix",
            PathType::RegularExpression => "ImplementationSpecific",
        };
        Json::object([
            ("backend", backend.clone()),
            ("path", path.value.into()),
            ("pathType", r#type.into()),
        ])
    });
    paths.collect()
}
