//! Golden cases: `golden/<case>/` holds a Function in `parent.yaml` (`example_some_thing` has
//! `examples/some-thing.yaml`, `seed_some_thing` has `examples/seed/some-thing.yaml`), and where it
//! matters the observed children in `observed.yaml`, related objects in `related.yaml`, the settings
//! in `settings.yaml` and the declared kinds in `declared.yaml`; `answer.snap` is the answer, to be
//! read by a person.

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
    addon_0_7
    addon_0_7_unable
    async_fixed
    async_job
    async_job_complete
    async_job_failed
    async_job_running
    async_job_scaled
    async_job_scaled_ready
    async_long_name
    async_ready
    async_scaled_from_fixed
    async_scaled_to_zero
    async_scaler_failed
    async_scaler_fallback
    async_scaler_new
    async_scaler_paused
    async_stateful_set
    async_stateful_set_starting
    async_stateful_set_updating
    async_wakes_by_cpu
    bounds_in_two_places
    build_again
    build_failed_first
    build_failed_later
    build_first
    build_history
    build_only
    build_params
    build_refused
    build_running
    build_succeeded
    build_wasm
    cluster_settings
    dapr_components
    dapr_existing
    dapr_existing_hidden
    dapr_existing_not_there
    dapr_existing_without_type
    dapr_sidecar
    dapr_spellings
    dapr_standalone_async
    dapr_standalone_keda
    dapr_standalone_ready
    dapr_standalone_starting
    dotted_name
    engine_by_default
    engine_is_async
    engine_is_knative
    env_and_params
    example_async_job
    example_async_pubsub
    example_async_statefulset
    example_build
    example_build_dockerfile
    example_dapr_bindings
    example_dapr_existing_component
    example_dapr_standalone
    example_function
    example_grpc
    example_hello
    example_ingress
    example_keda_http
    example_knative
    example_route_hosts
    example_route_rules
    exposure_domain
    exposure_no_gateway
    exposure_none
    exposure_not_declared
    global_config_unread
    h2c
    hooks
    hooks_global
    hooks_override
    image_credentials
    ingress_knative
    ingress_tls
    interceptor_route
    interceptor_route_failed
    interceptor_route_ready
    interceptor_route_settings
    interceptor_route_undeclared
    invalid
    invalid_with_children
    invalid_with_http_scaler
    invalid_with_scaled_object
    kind_not_declared
    knative
    knative_behind
    knative_dotted_name
    knative_failing
    knative_full
    knative_h2c
    knative_invalid
    knative_ready
    knative_sample
    knative_starting
    labels_and_annotations
    long_name
    only_built
    plugins_annotation
    progressing_failed
    ready
    request_rate
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
    scaler_active
    scaler_failed
    scaler_fallback
    scaler_idle
    scaler_missing
    scaler_new
    scaler_paused
    scaler_refused
    scaler_waiting
    scaler_wrong_profile
    scaling_settings
    seed_async_input
    seed_async_output
    starting
    status_time_kept
    template
    tracing
    tracing_global
    tracing_off
    wasm
}
