//! What a route says and nothing does, which depends on what leads to the function.

use super::decisions::Plan;
use crate::formats::json::{Json, Object};
use crate::formats::notes::{Notes, Path};
use crate::formats::written::quoted;
use crate::function::normalize::DEFAULT_GATEWAY;
use crate::function::rules;
use crate::function::types::Engine;

/// Without an HTTPRoute, a request's headers do not matter.
const NOT_USED_IN_MATCHES: [&str; 3] = ["headers", "method", "queryParams"];

/// Warns of what is written and not used.
pub(crate) fn warn(plan: &Plan<'_>, notes: &mut Notes) {
    let (Some(http), Some(exposure)) = (plan.http(), plan.exposure.as_ref()) else {
        return;
    };
    let at = Path::root("spec.serving.triggers.http.route");
    let default = http.gateway.name == DEFAULT_GATEWAY && http.gateway.namespace == DEFAULT_GATEWAY;
    if !exposure.of_gateway && !default {
        notes.warn(
            &at.field("gatewayRef"),
            "is not used: the setting exposure.readGateways is off",
        );
    }
    if plan.is_by_http_route() {
        if plan.engine == Engine::Keda {
            warn_of_hosts(plan, &at.field("rules"), notes);
        }
        return;
    }
    let knative = plan.engine == Engine::Knative;
    if knative && exposure.by.is_none() {
        let what =
            "is not used: neither HTTPRoutes nor Ingresses are in use, and Knative assigns its own host name";
        if http.hostnames.is_some() {
            notes.warn(&at.field("hostnames"), what);
        }
        if http.rules.is_some() {
            notes.warn(&at.field("rules"), what);
        }
        return;
    }
    for (index, rule) in http.rules.iter().flatten().enumerate() {
        warn_rule(rule, knative, &at.field("rules").index(index), notes);
    }
}

/// The interceptor sees what a Gateway's filters make of a request.
fn warn_of_hosts(plan: &Plan<'_>, at: &Path<'_>, notes: &mut Notes) {
    let hosts = plan.hosts.as_ref().map(|hosts| hosts.all.as_slice());
    let rules = plan.http().and_then(|http| http.rules.as_deref());
    for (index, rule) in rules.unwrap_or_default().iter().enumerate() {
        let Some(host) = rules::replaced_host(rule) else {
            continue;
        };
        if !hosts.unwrap_or_default().iter().any(|known| *known == host) {
            notes.warn(
                &at.index(index).field("filters"),
                format_args!(
                    "requests of this rule get the host name {}, which the interceptor does not know: it answers 404",
                    quoted(host)
                ),
            );
        }
    }
}

fn warn_rule(rule: &Object<'_>, knative: bool, at: &Path<'_>, notes: &mut Notes) {
    for (key, value) in rule.iter() {
        // What an HTTPRoute does not use either is told of elsewhere.
        if ["backendRefs", "matches", "name"].contains(&key) || value.is_unset() {
            continue;
        }
        let what = match (knative, key) {
            (false, "filters") => "is not used: the HTTP add-on's interceptor does not support filters",
            (false, _) => "is not used: the HTTP add-on's interceptor does not support it",
            (true, _) => "is not used: an Ingress does not support it",
        };
        notes.warn(&at.field(key), what);
    }
    let matches = rule.get("matches").and_then(Json::as_list).unwrap_or_default();
    let what = if knative {
        "is not used: an Ingress matches only host and path"
    } else {
        "is not used: the HTTP add-on's interceptor matches only host and path"
    };
    for (index, found) in matches.iter().enumerate() {
        for name in NOT_USED_IN_MATCHES {
            if found.get(name).is_some_and(|value| !value.is_unset()) {
                notes.warn(&at.field("matches").index(index).field(name), what);
            }
        }
    }
}
