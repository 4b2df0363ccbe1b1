//! The CRD in the repository is the one that the types make.

#![allow(clippy::unwrap_used, reason = "a test fails by a panic")]

mod support;

use std::fs;

use metawasm_function_crd::{crd, yaml};
use serde_json::Value;
use support::root;

#[test]
fn the_file_is_what_the_types_make() {
    let path = root().join("metacontroller/crd/function.yaml");
    let file = fs::read_to_string(path).unwrap();
    assert!(
        file == yaml().unwrap(),
        "metacontroller/crd/function.yaml is not what plugin/function/crd makes: run `cargo xtask crd`"
    );
}

#[test]
fn the_text_says_what_the_value_says() {
    let read: Value = serde_saphyr::from_str(&yaml().unwrap()).unwrap();
    assert_eq!(read, crd());
}

/// Client-side `kubectl apply` keeps all of it in an annotation, and annotations may have 256 KiB together.
#[test]
fn it_is_small_enough_for_a_client_side_apply() {
    let size = crd().to_string().len();
    assert!(size < 200 << 10, "{size} bytes");
}
