//! The alerts and the dashboard for those who have Prometheus and Grafana. The metrics in them are compared with the
//! host's by `host/src/telemetry/metrics/tests/monitoring.rs`.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    reason = "tests"
)]

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use metawasm_tests::process::{Folder, show};
use metawasm_tests::{root, tool};
use serde_json::Value;

fn alerts() -> PathBuf {
    root().join("metacontroller/components/alerts")
}

fn yaml(path: &Path) -> Value {
    serde_saphyr::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

/// The rules of all groups.
fn rules() -> Vec<Value> {
    let file = yaml(&alerts().join("alerts.yaml"));
    let groups = file["groups"].as_array().unwrap().iter();
    groups
        .flat_map(|group| group["rules"].as_array().unwrap().clone())
        .collect()
}

fn dashboard() -> Value {
    let path = root().join("metacontroller/components/dashboard/metawasm.json");
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn text<'a>(value: &'a Value, pointer: &str) -> &'a str {
    let found = value.pointer(pointer).and_then(Value::as_str);
    found.unwrap_or_else(|| panic!("no text at {pointer} of {value}"))
}

/// promtool, where there is one.
struct Promtool(PathBuf);

impl Promtool {
    fn find() -> Option<Self> {
        tool::find("PROMTOOL", "promtool").map(Self)
    }

    fn run(&self, command: &str, file: &Path) -> Output {
        let mut promtool = Command::new(&self.0);
        promtool.args([command, "rules"]).arg(file).output().unwrap()
    }
}

#[test]
fn every_alert_has_its_texts_and_its_section() {
    let page = fs::read_to_string(root().join("docs/alerts.md")).unwrap();
    let sections: BTreeSet<&str> = page.lines().filter_map(|line| line.strip_prefix("## ")).collect();
    let mut alerts = BTreeSet::new();
    let rules = rules();
    for rule in &rules {
        let name = text(rule, "/alert");
        assert!(name.starts_with("Metawasm"), "{name}");
        let severity = text(rule, "/labels/severity");
        assert!(
            ["critical", "warning", "info"].contains(&severity),
            "{name}: {severity}"
        );
        for field in ["summary", "description"] {
            let sentence = text(rule, &format!("/annotations/{field}"));
            assert!(sentence.ends_with('.'), "{name}: {sentence}");
        }
        let runbook = format!("docs/alerts.md#{}", name.to_lowercase());
        assert_eq!(text(rule, "/annotations/runbook"), runbook);
        alerts.insert(name);
    }
    assert_eq!(sections, alerts, "sections of docs/alerts.md and alerts");
}

/// Whatever a test expects of the series of an alert: that it fires, with its severity, and that it does not.
#[test]
fn every_alert_is_tested_both_ways() {
    let file = yaml(&alerts().join("alerts.test.yaml"));
    let mut fires = BTreeSet::new();
    let mut quiet = BTreeSet::new();
    for test in file["tests"].as_array().unwrap() {
        for check in test["promql_expr_test"].as_array().unwrap() {
            let samples = check["exp_samples"].as_array().unwrap();
            for sample in samples {
                let labels = text(sample, "/labels");
                let part = |before: &str| labels.split(before).nth(1).unwrap().split('"').next().unwrap();
                fires.insert((part("alertname=\"").to_owned(), part("severity=\"").to_owned()));
            }
            if let Some((_, rest)) = text(check, "/expr").split_once("alertname=\"")
                && samples.is_empty()
            {
                quiet.insert(rest.split('"').next().unwrap().to_owned());
            }
        }
    }
    for rule in rules() {
        let (name, severity) = (text(&rule, "/alert"), text(&rule, "/labels/severity"));
        let fired = fires.contains(&(name.to_owned(), severity.to_owned()));
        assert!(fired, "no test in which {name} fires as {severity}");
        assert!(quiet.contains(name), "no test in which {name} does not fire");
    }
}

/// Each panel has a place of its own, a sentence, a unit and the chosen source of data.
#[test]
fn the_panels_of_the_dashboard_are_complete() {
    let dashboard = dashboard();
    assert_eq!(dashboard.get("id"), None, "Grafana gives the id");
    assert_eq!(dashboard["editable"], true);
    assert_eq!(dashboard["uid"], "metawasm");
    let mut taken: BTreeMap<(u64, u64), String> = BTreeMap::new();
    let mut ids = BTreeSet::new();
    for panel in dashboard["panels"].as_array().unwrap() {
        let title = text(panel, "/title");
        assert!(ids.insert(panel["id"].as_u64().unwrap()), "{title}: the id again");
        let place = |key: &str| panel["gridPos"][key].as_u64().unwrap();
        assert!(place("x") + place("w") <= 24, "{title} is too wide");
        for x in place("x")..place("x") + place("w") {
            for y in place("y")..place("y") + place("h") {
                let other = taken.insert((x, y), title.to_owned());
                assert_eq!(other, None, "{title} lies on another panel");
            }
        }
        if panel["type"] == "row" {
            continue;
        }
        assert!(text(panel, "/description").ends_with('.'), "{title}");
        text(panel, "/fieldConfig/defaults/unit");
        let targets = panel["targets"].as_array().unwrap();
        assert!(!targets.is_empty(), "{title}");
        for part in targets.iter().chain([panel]) {
            assert_eq!(text(part, "/datasource/uid"), "${datasource}", "{title}");
        }
    }
    assert!(ids.len() > 40, "the panels are not found");
    let variables = dashboard["templating"]["list"].as_array().unwrap();
    let names: Vec<&str> = variables.iter().map(|one| text(one, "/name")).collect();
    assert_eq!(names, ["datasource", "namespace", "instance", "plugin"]);
}

/// `kubectl apply` writes an object into an annotation, which may have 256 KiB.
#[test]
fn the_dashboard_fits_into_an_annotation() {
    let size = dashboard().to_string().len();
    let indented = serde_json::to_string_pretty(&dashboard()).unwrap().len();
    assert!(size < indented && indented < 200 << 10, "{indented} bytes");
}

#[test]
fn promtool_takes_the_alerts() {
    let Some(promtool) = Promtool::find() else { return };
    let output = promtool.run("check", &alerts().join("alerts.yaml"));
    assert!(output.status.success(), "{}", show(&output));
    let output = promtool.run("test", &alerts().join("alerts.test.yaml"));
    assert!(output.status.success(), "{}", show(&output));
}

/// The test above sees an alert that does not fire any more.
#[test]
fn promtool_sees_a_changed_alert() {
    let Some(promtool) = Promtool::find() else { return };
    let folder = Folder::new("alerts");
    let read = |name: &str| fs::read_to_string(alerts().join(name)).unwrap();
    let tests = folder.write("alerts.test.yaml", read("alerts.test.yaml"));
    let changed = read("alerts.yaml").replacen(") > 0.2\n", ") > 0.9\n", 1);
    assert_ne!(changed, read("alerts.yaml"));
    folder.write("alerts.yaml", changed);
    let output = promtool.run("test", &tests);
    assert!(!output.status.success(), "{}", show(&output));
}

#[test]
fn promtool_takes_the_expressions_of_the_dashboard() {
    let Some(promtool) = Promtool::find() else { return };
    let dashboard = dashboard();
    let panels = dashboard["panels"].as_array().unwrap();
    let targets = panels
        .iter()
        .flat_map(|panel| panel["targets"].as_array())
        .flatten();
    let annotations = dashboard["annotations"]["list"].as_array().unwrap();
    let mut rules = "groups:\n  - name: dashboard\n    rules:\n".to_owned();
    let mut count = 0;
    for part in targets.chain(annotations) {
        let Some(expression) = part["expr"].as_str() else {
            continue;
        };
        // What Grafana fills in.
        let expression = expression
            .replace("$__rate_interval", "5m")
            .replace("$__range", "1h");
        assert!(!expression.contains("$__"), "{expression}");
        let expression = Value::from(expression);
        writeln!(
            rules,
            "      - {{record: expression_{count}, expr: {expression}}}"
        )
        .unwrap();
        count += 1;
    }
    assert!(count > 40, "only {count} expressions are found");
    let folder = Folder::new("dashboard");
    let output = promtool.run("check", &folder.write("rules.yaml", &rules));
    assert!(output.status.success(), "{}", show(&output));
    // A wrong one is seen.
    rules.push_str("      - {record: wrong, expr: \"sum(rate(metawasm_ready[5m])\"}\n");
    let output = promtool.run("check", &folder.write("rules.yaml", &rules));
    assert!(!output.status.success(), "{}", show(&output));
}
