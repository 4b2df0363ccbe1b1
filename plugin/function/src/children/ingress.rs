//! The Ingress: the function's host names, with or without TLS, lead to the Service with the
//! function's own name: the bridge to the interceptor, or Knative's. The API server defaults nothing in it.

use std::borrow::Cow;

use super::child::Child;
use super::part::{Making, Part};
use super::service;
use crate::formats::json::Json;
use crate::formats::notes::{Notes, Path};
use crate::formats::typed::api;
use crate::formats::written::quoted;
use crate::function::conventions::ROUTE_ROLE;
use crate::function::types::{Engine, PathMatch, PathType};
use crate::kinds;
use crate::plan::decisions::Plan;
use crate::plan::hosts::Hosts;

api! {
    /// `IngressSpec` of Kubernetes' `k8s.io/api/networking/v1/types.go`, 1.36.
    struct IngressSpec<'a> {
        "ingressClassName" ingress_class_name: Option<&'a str>,
        "rules" rules: Vec<IngressRule<'a>>,
        "tls" tls: Option<Vec<IngressTls<'a>>>,
    }

    /// `IngressTLS` of the same file.
    struct IngressTls<'a> {
        "hosts" hosts: Json<'a>,
        "secretName" secret_name: &'a str,
    }

    /// `IngressRule` of the same file.
    struct IngressRule<'a> {
        "host" host: &'a str,
        "http" http: HttpIngressRuleValue<'a>,
    }

    /// `HTTPIngressRuleValue` of the same file.
    struct HttpIngressRuleValue<'a> {
        "paths" paths: Vec<HttpIngressPath<'a>>,
    }

    /// `HTTPIngressPath` of the same file.
    struct HttpIngressPath<'a> {
        "backend" backend: IngressBackend<'a>,
        "path" path: &'a str,
        "pathType" path_type: &'a str,
    }

    /// `IngressBackend` of the same file.
    struct IngressBackend<'a> {
        "service" service: IngressServiceBackend<'a>,
    }

    /// `IngressServiceBackend` of the same file.
    struct IngressServiceBackend<'a> {
        "name" name: &'a str,
        "port" port: ServiceBackendPort,
    }

    /// `ServiceBackendPort` of the same file: a port by its number.
    struct ServiceBackendPort {
        "number" number: i32,
    }
}

pub(super) static PART: Part = Part {
    kind: &kinds::INGRESS,
    names,
    make,
};

/// Nothing where no path is one that an Ingress can have.
fn names<'a>(plan: &'a Plan<'a>) -> Vec<Cow<'a, str>> {
    let is_made = !paths(plan).is_empty();
    is_made
        .then(|| plan.names.workload.as_str().into())
        .into_iter()
        .collect()
}

fn make<'a>(plan: &'a Plan<'a>, making: &mut Making<'a, '_>) {
    warn(plan, making.notes);
    let exposure = &plan.settings.exposure;
    let hosts = plan.hosts.as_ref().map(Hosts::external).unwrap_or_default();
    let paths = paths(plan);
    if paths.is_empty() {
        return;
    }
    let rules = hosts.iter().map(|host| IngressRule {
        host,
        http: HttpIngressRuleValue {
            paths: paths.iter().map(|path| rule_path(plan, path)).collect(),
        },
    });
    let set = |text: &'a str| (!text.is_empty()).then_some(text);
    let spec = IngressSpec {
        ingress_class_name: set(&exposure.ingress_class),
        rules: rules.collect(),
        tls: set(&exposure.tls_secret).map(|secret_name| {
            vec![IngressTls {
                hosts: Json::texts(hosts),
                secret_name,
            }]
        }),
    };
    let metadata = plan.metadata(&plan.names.workload, ROUTE_ROLE);
    making.children.push(Child::new(&kinds::INGRESS, metadata, spec));
}

/// What the route matches and an Ingress can have, once each.
fn paths<'a>(plan: &'a Plan<'a>) -> Vec<PathMatch<'a>> {
    let mut paths: Vec<PathMatch<'a>> = Vec::new();
    for path in plan.paths() {
        if path.value.starts_with('/') && !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
}

fn warn(plan: &Plan<'_>, notes: &mut Notes) {
    for path in plan.paths() {
        if !path.value.starts_with('/') {
            notes.warn(
                &Path::root("spec.serving.triggers.http.route.rules"),
                format_args!(
                    "the path {} is not used: paths of an Ingress start with /",
                    quoted(path.value)
                ),
            );
        }
    }
}

fn rule_path<'a>(plan: &'a Plan<'a>, path: &PathMatch<'a>) -> HttpIngressPath<'a> {
    let number = match plan.engine {
        Engine::Knative => service::PORT,
        _ => plan.settings.interceptor.port.into(),
    };
    let service = IngressServiceBackend {
        name: &plan.names.bridge,
        port: ServiceBackendPort { number },
    };
    HttpIngressPath {
        backend: IngressBackend { service },
        path: path.value,
        path_type: match path.r#type {
            PathType::Exact => "Exact",
            PathType::PathPrefix => "Prefix",
            PathType::RegularExpression => "ImplementationSpecific",
        },
    }
}
