//! The alerts and the dashboard use metrics, labels and values that the host has.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::promql::uses;
use super::*;

const ALERTS: &str = include_str!("../../../../../metacontroller/components/alerts/alerts.yaml");
const TESTS: &str = include_str!("../../../../../metacontroller/components/alerts/alerts.test.yaml");
const DASHBOARD: &str = include_str!("../../../../../metacontroller/components/dashboard/metawasm.json");
const DOCS: &str = include_str!("../../../../../docs/operations.md");

/// Labels that Prometheus adds to each target.
const TARGET: [&str; 4] = ["namespace", "job", "instance", "pod"];
/// Metrics of kube-state-metrics, with their labels.
const OF_CLUSTER: [(&str, [&str; 2]); 2] = [
    ("kube_pod_container_resource_limits", ["container", "resource"]),
    (
        "kube_pod_container_status_waiting_reason",
        ["container", "reason"],
    ),
];

/// The names of all series that the host has, with their labels.
fn series() -> BTreeMap<String, BTreeSet<String>> {
    let metrics = metrics();
    let plugin = metrics.plugin("a").unwrap();
    plugin.loaded(Some(("sha256:1", "1")), ["sync"].into_iter());
    plugin.state("ready", &["ready"]);
    plugin.candidate(Some(("sha256:2", "failed", "source")));
    plugin.changes("swapped", 1);
    plugin.shadow("equal", 1);
    plugin.load(1, 1);
    let time = Some(Duration::from_millis(1));
    metrics
        .hook("a", "sync")
        .took(Duration::from_millis(3), time, time, time);
    metrics.connections("hooks", 1);
    metrics.connection_events("hooks", "accepted", 1);
    metrics.reloads("tls", 1, 0);
    metrics.recorded("written", 1);
    let page = page(&metrics);
    let samples = page.lines().filter(|line| !line.starts_with('#'));
    let mut found: BTreeMap<String, BTreeSet<String>> = samples
        .map(|line| {
            let (name, labels) = line.split_once(['{', ' ']).unwrap();
            let labels = labels.split_once('}').map_or("", |(labels, _)| labels);
            let labels = labels.split(',').filter_map(|label| label.split_once('='));
            (
                name.to_owned(),
                labels.map(|(label, _)| label.to_owned()).collect(),
            )
        })
        .collect();
    for name in metrics.names() {
        assert!(
            found.contains_key(name) || found.contains_key(&format!("{name}_bucket")),
            "{name} has no series here: the labels cannot be compared"
        );
    }
    for (name, labels) in OF_CLUSTER {
        found.insert(name.to_owned(), labels.map(str::to_owned).into());
    }
    found
}

/// Whether the documentation names a value of a label in the row of the metric, or as an outcome.
fn is_documented(metric: &str, value: &str) -> bool {
    let starts = [format!("| `{metric}{{"), format!("| `{metric}`")];
    let mut row = DOCS
        .lines()
        .filter(|line| starts.iter().any(|start| line.starts_with(start)));
    row.any(|row| row.contains(&format!("`{value}`"))) || DOCS.contains(&format!("\n| `{value}` |"))
}

/// Returns the labels that the results of an expression can have.
///
/// # Panics
///
/// If a metric, a label or a value does not exist.
fn check(series: &BTreeMap<String, BTreeSet<String>>, expression: &str) -> BTreeSet<String> {
    let found = uses(expression);
    let mut known: BTreeSet<String> = TARGET.map(str::to_owned).into();
    assert!(!found.metrics.is_empty(), "{expression}: no metric");
    for (metric, matchers) in &found.metrics {
        let labels = series
            .get(metric)
            .unwrap_or_else(|| panic!("{expression}: the host has no metric {metric}"));
        known.extend(labels.iter().cloned());
        let of_cluster = OF_CLUSTER.iter().any(|(name, _)| name == metric);
        for (label, value) in matchers {
            let of_target = TARGET.contains(&label.as_str());
            assert!(
                of_target || labels.contains(label),
                "{expression}: {metric} has no label {label}"
            );
            if of_target || of_cluster || value.is_empty() || value.starts_with('$') {
                continue;
            }
            for value in value.split('|') {
                assert!(
                    is_documented(metric, value),
                    "{expression}: docs/operations.md has no value {value} of {metric}"
                );
            }
        }
    }
    for label in &found.grouping {
        assert!(
            known.contains(label),
            "{expression}: no metric has the label {label}"
        );
    }
    if found.grouping.is_empty() {
        known
    } else {
        found.grouping
    }
}

/// The rules of the alerts.
fn rules() -> Vec<Value> {
    let file: Value = serde_saphyr::from_str(ALERTS).unwrap();
    file["groups"][0]["rules"].as_array().unwrap().clone()
}

/// The words after each occurrence of a prefix.
fn after<'a>(text: &'a str, prefix: &str) -> impl Iterator<Item = &'a str> {
    text.split(prefix).skip(1).map(|rest| {
        let end = rest.find(|c: char| !c.is_ascii_alphanumeric() && c != '_');
        &rest[..end.unwrap_or(rest.len())]
    })
}

#[test]
fn the_alerts_use_what_the_host_has() {
    let series = series();
    let rules = rules();
    assert!(rules.len() > 15, "the rules are not found");
    for rule in &rules {
        let expression = rule["expr"].as_str().unwrap();
        let mut labels = check(&series, expression);
        // A result that is joined on some labels has all labels of its left side.
        if !expression.contains(" by (") {
            labels.extend(TARGET.map(str::to_owned));
        }
        for text in ["summary", "description"] {
            let text = rule["annotations"][text].as_str().unwrap();
            for label in after(text, "$labels.") {
                assert!(labels.contains(label), "{text}: no label {label} in the result");
            }
        }
    }
}

#[test]
fn the_tests_of_the_alerts_use_what_the_host_has() {
    let series = series();
    let file: Value = serde_saphyr::from_str(TESTS).unwrap();
    for test in file["tests"].as_array().unwrap() {
        for input in test["input_series"].as_array().unwrap() {
            let input = input["series"].as_str().unwrap();
            for (metric, matchers) in uses(input).metrics {
                let labels = series
                    .get(&metric)
                    .unwrap_or_else(|| panic!("no metric {metric}"));
                for (label, _) in matchers {
                    let known = TARGET.contains(&&*label) || labels.contains(&label);
                    assert!(known, "{input}: {metric} has no label {label}");
                }
            }
        }
    }
}

#[test]
fn the_dashboard_uses_what_the_host_has() {
    let series = series();
    let file: Value = serde_json::from_str(DASHBOARD).unwrap();
    let mut expressions = BTreeSet::new();
    for panel in file["panels"].as_array().unwrap() {
        for target in panel["targets"].as_array().into_iter().flatten() {
            let expression = target["expr"].as_str().unwrap();
            let labels = check(&series, expression);
            for label in after(target["legendFormat"].as_str().unwrap(), "{{") {
                let known = labels.contains(label) || !expression.contains(" by (");
                assert!(known, "{expression}: the legend shows {label}");
            }
            expressions.insert(expression);
        }
    }
    assert!(expressions.len() > 40, "the panels are not found");
    for annotation in file["annotations"]["list"].as_array().unwrap() {
        if let Some(expression) = annotation["expr"].as_str() {
            check(&series, expression);
        }
    }
    for variable in file["templating"]["list"].as_array().unwrap() {
        let Some(query) = variable["definition"].as_str() else {
            continue;
        };
        let query = query
            .strip_prefix("label_values(")
            .and_then(|query| query.strip_suffix(')'));
        let (expression, label) = query.unwrap().rsplit_once(", ").unwrap();
        let labels = check(&series, expression);
        assert!(labels.contains(label), "{expression} has no label {label}");
    }
    // A new metric is shown, too.
    for name in metrics().names() {
        let shown = expressions
            .iter()
            .any(|expression| expression.contains(name.as_str()));
        assert!(shown, "the dashboard does not show {name}");
    }
}

#[test]
#[should_panic(expected = "the host has no metric metawasm_request_total")]
fn an_unknown_metric_is_found() {
    check(&series(), "rate(metawasm_request_total[5m])");
}

#[test]
#[should_panic(expected = "metawasm_ready has no label plugin")]
fn an_unknown_label_is_found() {
    check(&series(), "metawasm_ready{plugin=\"a\"}");
}

#[test]
#[should_panic(expected = "no value timeout of metawasm_requests_total")]
fn an_unknown_value_is_found() {
    check(
        &series(),
        "metawasm_requests_total{outcome=~\"deadline|timeout\"}",
    );
}
