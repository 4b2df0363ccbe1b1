//! Every value has a type and a sentence, and the README's table has them all.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;

use metawasm_tests::root;
use serde_json::Value;

/// What a chart that this one is part of says beside its values: Helm's own, and what a condition reads.
pub(crate) const OF_A_PARENT: &[&str] = &["enabled", "global"];

fn folder() -> PathBuf {
    root().join("metacontroller/chart")
}

/// The values of values.yaml, in its order: path, and what the comment above says.
fn described(file: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut path: Vec<&str> = Vec::new();
    let mut about: Option<String> = None;
    for line in file.lines() {
        let text = line.trim_start();
        let depth = (line.len() - text.len()) / 2;
        if let Some(first) = text.strip_prefix("# -- ") {
            about = Some(first.to_owned());
        } else if let (Some(next), Some(about)) = (text.strip_prefix("# "), &mut about) {
            about.push(' ');
            about.push_str(next);
        } else if let Some((key, _)) = text.split_once(':')
            && !text.starts_with(['#', '-'])
        {
            path.truncate(depth);
            path.push(key);
            if let Some(about) = about.take() {
                found.push((path.join("."), about));
            }
        }
    }
    found
}

pub(crate) fn schema() -> Value {
    serde_json::from_str(&fs::read_to_string(folder().join("values.schema.json")).unwrap()).unwrap()
}

fn values() -> Value {
    serde_saphyr::from_str(&fs::read_to_string(folder().join("values.yaml")).unwrap()).unwrap()
}

fn of<'a>(schema: &'a Value, path: &str) -> Option<&'a Value> {
    path.split('.')
        .try_fold(schema, |schema, key| schema.get("properties")?.get(key))
}

/// The paths at which the schema describes something.
fn paths(schema: &Value, path: &str, found: &mut Vec<String>) {
    for (key, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        if field.get("description").is_some() {
            found.push(path);
        } else {
            paths(field, &path, found);
        }
    }
}

#[test]
fn schema_and_values_are_about_the_same() {
    let schema = schema();
    let file = fs::read_to_string(folder().join("values.yaml")).unwrap();
    let mut of_values = Vec::new();
    for (path, about) in described(&file) {
        let field = of(&schema, &path).unwrap_or_else(|| panic!("values.schema.json has no {path}"));
        assert_eq!(
            field["description"], about,
            "{path} in values.schema.json and values.yaml"
        );
        of_values.push(path);
    }
    let mut of_schema = Vec::new();
    paths(&schema, "", &mut of_schema);
    of_schema.retain(|path| !OF_A_PARENT.contains(&path.as_str()));
    of_schema.sort();
    of_values.sort();
    assert_eq!(of_schema, of_values);
}

#[test]
fn the_chart_is_of_the_version_of_the_host() {
    let chart = fs::read_to_string(folder().join("Chart.yaml")).unwrap();
    let chart: Value = serde_saphyr::from_str(&chart).unwrap();
    assert_eq!(chart["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(chart["appVersion"], env!("CARGO_PKG_VERSION"));
}

/// A kind that the plugin learns is a line in the chart, and every cluster has what is asked of it without a value.
#[test]
fn the_kinds_are_those_of_the_plugin() {
    let kinds: Vec<Value> =
        serde_saphyr::from_str(&fs::read_to_string(folder().join("files/kinds.yaml")).unwrap()).unwrap();
    let mut of_chart: Vec<_> = kinds
        .iter()
        .filter(|kind| kind.get("method").is_some())
        .map(|kind| {
            let text = |key: &str| kind[key].as_str().unwrap().to_owned();
            let optional = kind.get("when").is_some();
            (
                text("apiVersion"),
                text("kind"),
                text("resource"),
                text("method"),
                optional,
            )
        })
        .collect();
    let described = fs::read_to_string(root().join("plugin/function/src/hooks/describe.json")).unwrap();
    let described: Value = serde_json::from_str(&described).unwrap();
    let mut of_plugin: Vec<_> = described["children"]
        .as_array()
        .unwrap()
        .iter()
        .map(|kind| {
            let text = |key: &str| kind[key].as_str().unwrap().to_owned();
            let optional = kind["optional"] == true;
            (
                text("apiVersion"),
                text("kind"),
                text("resource"),
                text("updateStrategy"),
                optional,
            )
        })
        .collect();
    of_chart.sort();
    of_plugin.sort();
    assert_eq!(of_chart, of_plugin);
}

#[test]
fn every_object_of_the_schema_is_closed_unless_it_is_free() {
    fn closed(schema: &Value, path: &str) {
        if let Some(properties) = schema.get("properties").and_then(Value::as_object) {
            let open = ["/extraEnv[]", "/extraVolumes[]", "/extraVolumeMounts[]"].contains(&path);
            assert_eq!(schema["additionalProperties"] == false, !open, "{path}");
            for (key, field) in properties {
                closed(field, &format!("{path}/{key}"));
            }
        }
        if let Some(items) = schema.get("items") {
            closed(items, &format!("{path}[]"));
        }
    }
    closed(&schema(), "");
}

#[test]
fn the_readme_has_every_value() {
    const START: &str =
        "<!-- values: generated from values.yaml and its schema; update with INSTA_UPDATE=always -->\n\n";
    const END: &str = "\n<!-- end of values -->";
    let (schema, values) = (schema(), values());
    let mut table = String::from("| value | type | default | meaning |\n|---|---|---|---|\n");
    for (path, about) in described(&fs::read_to_string(folder().join("values.yaml")).unwrap()) {
        let field = of(&schema, &path).unwrap();
        let kind = match (&field["enum"], &field["type"]) {
            (Value::Array(words), _) => {
                let words: Vec<_> = words.iter().map(|word| format!("`{word}`")).collect();
                words.join(", ")
            }
            (_, Value::String(kind)) => kind.clone(),
            (_, Value::Array(kinds)) => {
                let kinds: Vec<_> = kinds.iter().filter_map(Value::as_str).collect();
                kinds.join(" or ")
            }
            (_, other) => panic!("{path} has the type {other}"),
        };
        let pointer = format!("/{}", path.replace('.', "/"));
        let default = values.pointer(&pointer).unwrap();
        writeln!(table, "| `{path}` | {kind} | `{default}` | {about} |").unwrap();
    }
    let readme = fs::read_to_string(folder().join("README.md")).unwrap();
    let (before, rest) = readme
        .split_once(START)
        .expect("the README has a table of values");
    let (found, after) = rest.split_once(END).expect("the table of values ends");
    if found != table && std::env::var("INSTA_UPDATE").is_ok_and(|update| update == "always") {
        let text = format!("{before}{START}{table}{END}{after}");
        fs::write(folder().join("README.md"), text).unwrap();
        return;
    }
    assert!(
        found == table,
        "put this into the README of the chart:\n\n{table}"
    );
}
