//! Hosts and paths, and the names that follow from the Function's.

use super::common::MAX_ENTRIES;
use crate::formats::json::{Json, Object};
use crate::formats::names;
use crate::formats::notes::{Notes, Path};
use crate::formats::syntax;
use crate::formats::written::quoted;
use crate::function::rules;
use crate::function::settings::Settings;
use crate::function::types::Engine;
use crate::function::types::{Function, Serving};

/// The Gateway API's limits.
const MAX_HOSTS: usize = 16;
const MAX_RULES: usize = 16;
/// What all pairs of a host name and a path may be together: they are in the status.
const MAX_ADDRESSES: usize = 64 << 10;
/// A DNS name.
const MAX_HOST: usize = 253;

pub(super) fn validate(
    function: &Function<'_>,
    serving: &Serving<'_>,
    settings: &Settings,
    engine: Engine,
    notes: &mut Notes,
) {
    let Some(http) = &serving.http else {
        return;
    };
    let at = Path::root("spec.serving.triggers.http.route");
    let hosts_at = at.field("hostnames");
    let hosts = http.hostnames.as_deref().unwrap_or_default();
    notes.at_most(&hosts_at, hosts.len(), MAX_HOSTS);
    for (index, host) in hosts.iter().enumerate() {
        if !syntax::is_host(host) {
            notes.invalid(
                &hosts_at.index(index),
                quoted(host),
                "must be a host name; it may start with '*.'",
            );
        }
    }
    let rules = http.rules.as_deref().unwrap_or_default();
    notes.at_most(&at.field("rules"), rules.len(), MAX_RULES);
    for (index, rule) in rules.iter().take(MAX_RULES).enumerate() {
        let name = |rule: &Object<'_>| rule.get("name")?.as_text().map(str::to_owned);
        let mut earlier = rules.iter().take(index);
        if let Some(found) =
            name(rule).filter(|found| earlier.any(|earlier| name(earlier).as_ref() == Some(found)))
        {
            notes.duplicate(&at.field("rules").index(index).field("name"), quoted(&found));
        }
    }
    if !notes.has_too_many {
        let parts = rules
            .iter()
            .map(|rule| rules::parts(rules::stored_rule(rule)).len());
        let parts: usize = parts.sum();
        if parts > MAX_RULES {
            notes.invalid(
                &at.field("rules"),
                format_args!("{parts} rules"),
                format_args!(
                    "matches of one rule that have the same path become rules of their own; an HTTPRoute has at most \
                     {MAX_RULES} rules"
                ),
            );
        }
    }
    if engine == Engine::Keda {
        interceptor_paths(rules, &at.field("rules"), notes);
    }
    let pairs = hosts.len() * http.paths.len();
    if pairs > MAX_ENTRIES {
        notes.invalid(
            &at,
            format_args!("{} host names and {} matches", hosts.len(), http.paths.len()),
            format_args!(
                "must have at most {MAX_ENTRIES} pairs of a host name and a match: each is an address"
            ),
        );
    }
    // Each address has a host name and a path.
    let paths: usize = http.paths.iter().map(|path| path.value.len()).sum();
    let names: usize = hosts.iter().map(|host| host.len()).sum();
    let bytes = names.saturating_mul(http.paths.len()) + paths.saturating_mul(hosts.len());
    if pairs <= MAX_ENTRIES && bytes > MAX_ADDRESSES {
        notes.invalid(
            &at,
            format_args!("{} host names and {} matches", hosts.len(), http.paths.len()),
            format_args!("must make addresses of at most {MAX_ADDRESSES} characters in all"),
        );
    }
    let bridge = names::service(function.name);
    shared_service(function.name, &bridge, notes);
    let length =
        bridge.len() + function.namespace.len() + ".".len() + ".svc.".len() + settings.cluster_domain.len();
    if length > MAX_HOST {
        notes.invalid(
            &Path::root("metadata.name"),
            quoted(function.name),
            "makes a host name of more than 253 characters, with the namespace and the cluster's domain",
        );
    }
}

/// The interceptor knows prefixes alone. Shapes have been checked.
fn interceptor_paths(rules: &[&Object<'_>], at: &Path<'_>, notes: &mut Notes) {
    for (index, rule) in rules.iter().enumerate() {
        let at = at.index(index);
        let at = at.field("matches");
        let matches = rule.get("matches").and_then(Json::as_list).unwrap_or_default();
        for (index, found) in matches.iter().enumerate() {
            let at = at.index(index);
            let at = at.field("path");
            let text = |key| found.get("path").and_then(|path| path.get(key)?.as_text());
            match text("type") {
                Some("RegularExpression") => notes.invalid(
                    &at.field("type"),
                    "\"RegularExpression\"",
                    "the HTTP add-on's interceptor does not support regular expressions; use PathPrefix",
                ),
                Some("Exact") => notes.warn(
                    &at,
                    format_args!(
                        "Exact {} is read as PathPrefix: the HTTP add-on's interceptor supports only prefixes",
                        quoted(text("value").unwrap_or("/"))
                    ),
                ),
                _ => {}
            }
        }
    }
}

/// What another Function calls a Service of its pods may be the name of this one's bridge. A
/// hook sees one Function alone, and names never change.
fn shared_service(name: &str, bridge: &str, notes: &mut Notes) {
    let other = name
        .strip_suffix("-svc")
        .or_else(|| name.strip_suffix("-headless"));
    if let Some(other) = other.filter(|other| syntax::is_subdomain(other)) {
        notes.warn(
            &Path::root("metadata.name"),
            format_args!(
                "a Function {} in this namespace would use the same Service, {bridge}: if there are both, one \
                 of them must be renamed",
                quoted(other)
            ),
        );
    }
}
