//! The tables have every field of KEDA's kinds: `fields.txt` lists them, object by object.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::{Field, Rule, SCALED_JOB, SCALED_OBJECT, TRIGGER};
use crate::function::normalize::keda::http::HTTP_SCALED_OBJECT;

const LIST: &str = include_str!("../fields.txt");

/// Where the list is from: a Go module and a file in it.
const SOURCES: [(&str, &str); 4] = [
    (
        "github.com/kedacore/keda/v2@v2.21.0",
        "config/crd/bases/keda.sh_scaledobjects.yaml",
    ),
    (
        "github.com/kedacore/keda/v2@v2.21.0",
        "config/crd/bases/keda.sh_scaledjobs.yaml",
    ),
    (
        "github.com/kedacore/http-add-on@v0.15.0",
        "config/crd/bases/http.keda.sh_httpscaledobjects.yaml",
    ),
    (
        "github.com/kedacore/http-add-on@v0.15.0",
        "config/crd/bases/http.keda.sh_interceptorroutes.yaml",
    ),
];

/// Below these nothing is looked at: Kubernetes' own, which pass through, or are not used.
const OPEN: [&str; 4] = [
    "ScaledJob.jobTargetRef.podFailurePolicy",
    "ScaledJob.jobTargetRef.selector",
    "ScaledJob.jobTargetRef.successPolicy",
    "ScaledJob.jobTargetRef.template",
];

fn listed() -> BTreeMap<&'static str, Vec<&'static str>> {
    let lines = LIST.lines().map(|line| line.split_once(": ").unwrap());
    lines
        .map(|(of, names)| (of, names.split(' ').collect()))
        .collect()
}

/// Compares a table with the list of an object's fields and of those below, and counts them.
fn compare(fields: &[Field], of: &str) -> usize {
    let all = listed();
    let mut count = 0;
    for name in &all[of] {
        let field = fields.iter().find(|field| field.name == *name);
        let field = field.unwrap_or_else(|| panic!("{of}.{name} is not in the table"));
        count += 1;
        let at = format!("{of}.{name}");
        match &field.rule {
            Rule::Section(fields) | Rule::Sections(fields) => count += compare(fields, &at),
            // `triggers` has a table of its own; what is not used is not looked into.
            Rule::Elsewhere if *name == "triggers" => count += compare(TRIGGER, &at),
            Rule::Unused(_) | Rule::Strings => {}
            _ => assert!(!all.contains_key(&*at), "{at} has fields"),
        }
    }
    count
}

#[test]
fn every_field_of_keda_is_in_a_table() {
    let count = compare(SCALED_OBJECT, "ScaledObject") + compare(SCALED_JOB, "ScaledJob");
    assert!(count > 80, "{count}");
    let count =
        compare(HTTP_SCALED_OBJECT, "HTTPScaledObject") + compare(HTTP_SCALED_OBJECT, "InterceptorRoute");
    assert!(count > 40, "{count}");
}

#[test]
fn tables_are_sorted_and_name_each_field_once() {
    fn check(fields: &[Field]) {
        let mut names = fields.iter().map(|field| field.name);
        assert!(names.clone().is_sorted_by(|a, b| a < b), "{:?}", names.next());
        for field in fields {
            if let Rule::Section(fields) | Rule::Sections(fields) = &field.rule {
                check(fields);
            }
        }
    }
    for table in [SCALED_OBJECT, SCALED_JOB, HTTP_SCALED_OBJECT, TRIGGER] {
        check(table);
    }
}

/// The objects of a CRD, as the list has them.
fn objects(schema: &Value, at: &str, all: &mut String) {
    let schema = schema.get("items").unwrap_or(schema);
    let Some(fields) = schema["properties"].as_object() else {
        return;
    };
    // In order of their names already.
    let names: Vec<&str> = fields.keys().map(String::as_str).collect();
    all.push_str(&format!("{at}: {}\n", names.join(" ")));
    for (name, schema) in fields {
        let at = format!("{at}.{name}");
        if !OPEN.contains(&&*at) {
            objects(schema, &at, all);
        }
    }
}

/// Go's module cache, where the end-to-end tests have put KEDA's CRDs.
fn modules() -> Option<PathBuf> {
    let of = |variable, below: &str| Some(PathBuf::from(std::env::var_os(variable)?).join(below));
    let cache = of("GOMODCACHE", "").or_else(|| of("GOPATH", "pkg/mod"));
    cache.or_else(|| of("HOME", "go/pkg/mod"))
}

#[test]
fn the_list_is_that_of_the_crds_where_they_are_at_hand() {
    let mut all = String::new();
    for (module, file) in SOURCES {
        let path = modules().map(|modules| modules.join(module).join(file));
        let Some(text) = path.and_then(|path| fs::read_to_string(path).ok()) else {
            eprintln!("{module} is not in Go's module cache: not compared");
            return;
        };
        let crd: Value = serde_saphyr::from_str(&text).unwrap();
        let spec = "/spec/versions/0/schema/openAPIV3Schema/properties/spec";
        let kind = crd["spec"]["names"]["kind"].as_str().unwrap();
        objects(crd.pointer(spec).unwrap(), kind, &mut all);
    }
    assert_eq!(all, LIST);
}
