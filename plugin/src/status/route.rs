//! Where the function is reached.

use super::{Finding, Truth};
use crate::children::Plan;
use crate::engine::Engine;
use crate::function::{PathMatch, PathType};
use crate::json::{Json, Object};
use crate::kinds::{self, Kind};

/// Whether what leads to the function is there. The interceptor itself is not observed.
pub(super) fn find<'a>(plan: &'a Plan<'a>, _withheld: &[&'static Kind]) -> Option<Finding<'a>> {
    let hosts = plan.hosts.as_ref().filter(|_| plan.engine == Engine::Keda)?;
    for name in [&plan.names.service, &plan.names.bridge] {
        if plan.observed.find(&kinds::SERVICE, name).is_none() {
            return Some(Finding::not_there("Service", name));
        }
    }
    let interceptor = &plan.settings.interceptor;
    Some(Finding::new(
        Truth::True,
        "ServicesCreated",
        format!(
            "the interceptor {}.{} on port {} forwards {} to Service {}",
            interceptor.service,
            interceptor.namespace,
            interceptor.port,
            hosts.all.join(", "),
            plan.names.service,
        ),
    ))
}

/// The Service that `status.serving` names.
pub(super) fn service<'a>(plan: &'a Plan<'a>) -> Option<&'a str> {
    match plan.engine {
        Engine::Keda => Some(&plan.names.service),
        Engine::Knative => Some(plan.names.of_workload(&kinds::KNATIVE_SERVICE)),
        Engine::Async => None,
    }
}

/// Writes `status.addresses` and `status.route`.
pub(super) fn fill<'a>(plan: &'a Plan<'a>, status: &mut Object<'a>) {
    let Some(hosts) = &plan.hosts else {
        return;
    };
    let paths = paths(plan).into_iter().map(|path| {
        Json::object([
            ("type", path.r#type.as_str().into()),
            ("value", path.value.into()),
        ])
    });
    let route = Json::object([
        ("hosts", Json::texts(&hosts.all)),
        ("paths", Json::List(paths.collect())),
    ]);
    status.insert("route", route);
    let addresses = addresses(plan);
    if !addresses.is_empty() {
        let addresses = addresses
            .into_iter()
            .map(|(r#type, value)| Json::object([("type", r#type.into()), ("value", value.into())]));
        status.insert("addresses", Json::List(addresses.collect()));
    }
}

/// What the route matches; everything where it has no rules.
fn paths<'a>(plan: &'a Plan<'_>) -> Vec<PathMatch<'a>> {
    let everything = PathMatch {
        r#type: PathType::PathPrefix,
        value: "/",
    };
    match plan.http() {
        Some(http) if !http.paths.is_empty() => http.paths.clone(),
        _ => vec![everything],
    }
}

/// Where the function can be called. A wildcard is no address, nor is a regular expression, and of
/// the names in the cluster the longest stands for all.
fn addresses(plan: &Plan<'_>) -> Vec<(&'static str, String)> {
    let Some(hosts) = &plan.hosts else {
        return Vec::new();
    };
    let mut all: Vec<(&'static str, String)> = Vec::new();
    let mut paths = paths(plan);
    paths.retain(|path| path.r#type != PathType::RegularExpression);
    let mut add = |r#type, host: &str| {
        for path in &paths {
            let value = format!("http://{host}{}", path.value);
            if !all.iter().any(|(_, known)| *known == value) {
                all.push((r#type, value));
            }
        }
    };
    for host in hosts.all.iter().take(hosts.external) {
        if !host.starts_with('*') {
            add("External", host);
        }
    }
    match plan.settings.interceptor.port {
        // The bridge maps no port.
        port if port != 80 && plan.engine == Engine::Keda => {
            add("Internal", &format!("{}:{port}", hosts.internal));
        }
        _ => add("Internal", &hosts.internal),
    }
    all
}
