//! The crates of the workspace, and their source files.

use std::fs;
use std::path::Path;

use metawasm_tests::root;

/// Members that contain only test code, which nobody reads but contributors.
const TEST_CODE: &[&str] = &["tests", "tests/e2e"];

/// Returns the members of the workspace, from `Cargo.toml`, except test code.
pub(crate) fn members() -> Vec<String> {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).unwrap();
    let (_, list) = manifest.split_once("\nmembers = [").unwrap();
    let (list, _) = list.split_once(']').unwrap();
    let all: Vec<String> = list
        .split(',')
        .map(|member| member.trim().trim_matches('"').to_owned())
        .filter(|member| !member.is_empty())
        .collect();
    assert!(
        !all.iter().any(|member| member.contains('*')),
        "write the members out"
    );
    assert!(
        TEST_CODE
            .iter()
            .all(|member| all.iter().any(|other| other == member))
    );
    all.into_iter()
        .filter(|member| !TEST_CODE.contains(&member.as_str()))
        .collect()
}

/// Returns the source files of a crate except its tests, relative to the workspace, sorted.
pub(crate) fn files(member: &str) -> Vec<String> {
    let mut found = Vec::new();
    walk(&root().join(member).join("src"), &mut found);
    found.sort();
    found
}

fn walk(folder: &Path, found: &mut Vec<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap();
        if name == "tests" || name == "tests.rs" {
            continue;
        }
        if path.is_dir() {
            walk(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            let path = path.strip_prefix(root()).unwrap();
            found.push(path.to_str().unwrap().to_owned());
        }
    }
}
