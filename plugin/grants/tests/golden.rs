//! Golden cases: `golden/<case>/` holds a Namespace in `namespace.yaml`, and where it matters the observed attachments
//! in `observed.yaml`, the settings in `settings.yaml` and the declared kinds in `declared.yaml`; `answer.snap` is the
//! answer, to be read by a person.

#![allow(clippy::unwrap_used, clippy::panic, reason = "tests")]

mod support;

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use support::{GRANTS, request, sync};

const ACCEPT: &str =
    "a change is accepted with INSTA_UPDATE=always cargo test -p metawasm-grants --test golden";

fn golden() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/golden")
}

fn yaml(path: &Path) -> Option<Value> {
    let text = fs::read_to_string(path).ok()?;
    Some(serde_saphyr::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
}

fn check(case: &str) {
    let folder = golden().join(case);
    let file = |name: &str| yaml(&folder.join(name));
    let list = |name: &str| Some(file(name)?.as_array().unwrap().clone());
    let declared = list("declared.yaml").unwrap_or_else(|| vec![json!(GRANTS)]);
    let declared: Vec<&str> = declared.iter().filter_map(Value::as_str).collect();
    let observed = list("observed.yaml").unwrap_or_default();
    let request = request(&file("namespace.yaml").unwrap(), &declared, &observed);
    let answer = sync(&request, &file("settings.yaml").unwrap_or_else(|| json!({})));
    let mut settings = insta::Settings::clone_current();
    settings.set_snapshot_path(folder);
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
            let folders = fs::read_dir(golden()).unwrap();
            let mut folders: Vec<String> = folders
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            folders.sort_unstable();
            assert_eq!(folders, cases);
        }
    };
}

cases! {
    being_deleted
    granted
    interceptor_elsewhere
    interceptors_own_namespace
    label_taken_away
    labelled
    later_gateway_api
    moved_interceptor
    other_value
    without_labels
}
