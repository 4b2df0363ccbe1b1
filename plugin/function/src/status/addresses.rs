//! Where the function is reached: `status.addresses` and `status.route`, OpenFunction's fields.

use std::fmt::Write;

use super::parents::parents;
use super::route::url;
use super::time::Times;
use crate::formats::json::{Json, Object};
use crate::function::request::Condition;
use crate::function::types::{Engine, PathType};
use crate::kinds;
use crate::plan::decisions::Plan;
use crate::plan::exposure::Exposure;

/// As many conditions as a route of OpenFunction's may have.
const MAX_CONDITIONS: usize = 8;

/// Writes `status.addresses` and `status.route`.
pub(super) fn fill<'a>(plan: &'a Plan<'a>, status: &mut Object<'a>, times: &Times<'a>) {
    let (Some(hosts), Some(exposure)) = (&plan.hosts, &plan.exposure) else {
        return;
    };
    let paths = plan.paths().into_iter().map(|path| {
        Json::object([
            ("type", path.r#type.as_str().into()),
            ("value", path.value.into()),
        ])
    });
    let mut route = Object::of([
        ("hosts", Json::texts(&hosts.all)),
        ("paths", Json::List(paths.collect())),
    ]);
    let conditions = conditions(plan, times);
    if !conditions.is_empty() {
        route.insert("conditions", Json::List(conditions));
    }
    status.insert("route", Json::Object(route));
    let addresses = addresses(plan, exposure);
    if !addresses.is_empty() {
        let addresses = addresses
            .into_iter()
            .map(|(r#type, value)| Json::object([("type", r#type.into()), ("value", value.into())]));
        status.insert("addresses", Json::List(addresses.collect()));
    }
}

/// What the first controller of Gateways says about the HTTPRoute, as OpenFunction shows it.
fn conditions<'a>(plan: &'a Plan<'a>, times: &Times<'a>) -> Vec<Json<'a>> {
    let route = plan.observed.find(&kinds::HTTP_ROUTE, &plan.names.workload);
    let first = route.and_then(|route| parents(route).next());
    let mut all: Vec<Condition<'a>> = Vec::new();
    for condition in first.into_iter().flat_map(Condition::all) {
        let known = ["True", "False", "Unknown"].contains(&condition.status);
        let twice = all.iter().any(|other| other.r#type == condition.r#type);
        if known && !condition.r#type.is_empty() && !twice && all.len() < MAX_CONDITIONS {
            all.push(condition);
        }
    }
    let all = all.into_iter().map(|condition| {
        Json::object([
            (
                "lastTransitionTime",
                times.seen(condition.last_transition_time).into(),
            ),
            ("message", condition.message.into()),
            ("reason", condition.reason.into()),
            ("status", condition.status.into()),
            ("type", condition.r#type.into()),
        ])
    });
    all.collect()
}

/// Where the function can be called. A wildcard is no address, and of the names in the cluster
/// the longest stands for all.
fn addresses(plan: &Plan<'_>, exposure: &Exposure<'_>) -> Vec<(&'static str, String)> {
    let Some(hosts) = &plan.hosts else {
        return Vec::new();
    };
    let knative = plan.engine == Engine::Knative;
    let mut paths: Vec<String> = Vec::new();
    for path in plan.paths() {
        let path = (path.r#type != PathType::RegularExpression).then(|| encoded(path.value));
        paths.extend(path.filter(|path| !paths.contains(path)));
    }
    let in_cluster = format!(".svc.{}", exposure.cluster_domain);
    let r#type = |host: &str| match host.ends_with(&in_cluster) {
        true => "Internal",
        false => "External",
    };
    let mut all: Vec<(&'static str, String)> = Vec::new();
    let is_ingress = exposure.by.is_some_and(|kind| *kind == kinds::INGRESS);
    let secure = is_ingress && !plan.settings.exposure.tls_secret.is_empty();
    let scheme = if secure { "https" } else { "http" };
    // Knative itself does not know the route's names, and what is not made leads nowhere.
    let is_known = exposure.by.map_or(!knative, |kind| {
        let has_parent = *kind != kinds::HTTP_ROUTE || exposure.parent.is_some();
        exposure.problem.is_none() && has_parent && plan.observed.declares(kind)
    });
    for host in hosts
        .external()
        .iter()
        .filter(|host| is_known && !host.starts_with('*'))
    {
        let host_type = r#type(host);
        all.extend(
            paths
                .iter()
                .map(|path| (host_type, format!("{scheme}://{host}{path}"))),
        );
    }
    let internal = &hosts.internal;
    if knative {
        let service = plan.observed.find(&kinds::KNATIVE_SERVICE, &plan.names.bridge);
        if let Some(url) = service.and_then(url) {
            let (_, host) = url.split_once("://").unwrap_or_default();
            let host = host.split('/').next().unwrap_or_default();
            all.push((r#type(host), format!("{}/", url.trim_end_matches('/'))));
        }
        // Knative's own route is the whole host.
        paths = vec!["/".to_owned()];
    }
    let port = match plan.settings.interceptor.port {
        80 => String::new(),
        _ if knative => String::new(),
        // The bridge maps no port.
        port => format!(":{port}"),
    };
    for path in &paths {
        let address = ("Internal", format!("http://{internal}{port}{path}"));
        if !all.contains(&address) {
            all.push(address);
        }
    }
    all
}

/// A path as it is in a URL. What is percent-encoded already stays so; Go encodes what else is
/// allowed in a path and has a meaning elsewhere.
fn encoded(path: &str) -> String {
    let mut url = String::with_capacity(path.len());
    for byte in path.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~$&+,/:;=@%".contains(&byte) {
            url.push(char::from(byte));
        } else {
            // Writing to a string cannot fail.
            let _ = write!(url, "%{byte:02X}");
        }
    }
    url
}

#[cfg(test)]
mod tests {
    use super::encoded;

    #[test]
    fn a_path_is_written_as_go_writes_it() {
        for (path, url) in [
            ("/", "/"),
            ("/a-b_c.d~e", "/a-b_c.d~e"),
            ("/a%20b", "/a%20b"),
            ("/a$&+,:;=@b", "/a$&+,:;=@b"),
            ("/it's(!*)", "/it%27s%28%21%2A%29"),
        ] {
            assert_eq!(encoded(path), url, "{path}");
        }
    }
}
