//! Golden cases: `golden/<case>/` holds a Function in `parent.yaml`, and where it matters the
//! observed children in `observed.yaml`, the settings in `settings.yaml` and the declared kinds
//! in `declared.yaml`; `answer.snap` is the answer, to be read by a person.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a helper of tests fails as a test does"
)]

mod support;

use serde_json::Value;
use support::{golden, sync};

const ACCEPT: &str =
    "a change is accepted with INSTA_UPDATE=always cargo test -p metawasm-function --test golden";

fn answer(case: &str) -> Value {
    let (request, settings) = support::case(case);
    sync(&request, &settings)
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
            let mut cases = vec![$(stringify!($case)),*];
            cases.sort_unstable();
            assert_eq!(support::cases(), cases);
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
    hooks
    image_credentials
    invalid
    invalid_with_children
    kind_not_declared
    labels_and_annotations
    long_name
    only_built
    progressing_failed
    ready
    route
    scaled_to_zero
    scaler_failed
    starting
    status_time_kept
    template
    tracing
    wasm
}
