//! Golden cases: `golden/<case>/` holds a Function in `parent.yaml`, and where it matters the
//! observed children in `observed.yaml`, related objects in `related.yaml`, the settings in
//! `settings.yaml` and the declared kinds in `declared.yaml`; `answer.snap` is the answer, to be read by a person.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use std::fs;

use serde_json::{Value, json};
use support::{KINDS, example, golden, parent, request_with, sync, yaml};

const ACCEPT: &str =
    "a change is accepted with INSTA_UPDATE=always cargo test -p metawasm-function --test golden";

fn answer(case: &str) -> Value {
    let folder = golden(case);
    let parent = match case.strip_prefix("example_") {
        Some(topic) => example(&format!("{}.yaml", topic.replace('_', "-"))),
        None => parent(yaml(&folder.join("parent.yaml")).unwrap()),
    };
    let declared = yaml(&folder.join("declared.yaml"));
    let declared: Vec<&str> = match &declared {
        Some(kinds) => kinds
            .as_array()
            .unwrap()
            .iter()
            .filter_map(Value::as_str)
            .collect(),
        None => KINDS.to_vec(),
    };
    let objects = |file| match yaml(&folder.join(file)) {
        Some(Value::Array(objects)) => objects,
        _ => Vec::new(),
    };
    let (observed, related) = (objects("observed.yaml"), objects("related.yaml"));
    let settings = yaml(&folder.join("settings.yaml")).unwrap_or_else(|| json!({}));
    sync(&request_with(&parent, &declared, &observed, &related), &settings)
}

fn check(case: &str) {
    let answer = answer(case);
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(golden(case));
    settings.set_prepend_module_to_snapshot(false);
    settings.set_omit_expression(true);
    settings.set_description(ACCEPT);
    settings.bind(|| insta::assert_yaml_snapshot!("answer", answer));
}

macro_rules! cases {
    ($($case:ident)*) => {
        $(#[test]
        fn $case() {
            check(stringify!($case));
        })*

        #[test]
        fn every_folder_is_a_case() {
            let mut folders: Vec<String> = fs::read_dir(golden(""))
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            folders.sort();
            let mut cases = vec![$(stringify!($case)),*];
            cases.sort_unstable();
            assert_eq!(folders, cases);
        }
    };
}

cases! {
    addon_0_5
    bounds_in_two_places
    cluster_settings
    dapr_sidecar
    dapr_spellings
    dotted_name
    engine_by_default
    engine_is_async
    engine_is_knative
    env_and_params
    example_function
    example_hello
    example_ingress
    example_route_hosts
    example_route_rules
    exposure_domain
    exposure_no_gateway
    exposure_none
    exposure_not_declared
    hooks
    image_credentials
    ingress_knative
    ingress_tls
    invalid
    invalid_with_children
    kind_not_declared
    labels_and_annotations
    long_name
    only_built
    progressing_failed
    ready
    route
    route_keda_gateway
    route_keda_rules
    route_knative_not_ready
    route_knative_ready
    route_knative_rules
    route_knative_rules_header
    route_openfunction_gateway
    route_openfunction_gateway_hosts
    route_openfunction_gateway_invalid
    route_openfunction_gateway_missing
    route_openfunction_gateway_templates
    route_rejected
    scaled_to_zero
    scaler_failed
    starting
    status_time_kept
    template
    tracing
    wasm
}
