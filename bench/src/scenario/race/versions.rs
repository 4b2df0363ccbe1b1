//! The versions of what takes part.

use std::path::PathBuf;
use std::process::Command;

use metawasm_tests::{metawasm, root, tool};

use super::prepare::succeed;

/// One line; a tool that is missing is left out.
pub(super) fn all() -> String {
    let tool = |variable, program| tool::look(variable, program).ok();
    let tools = [
        ("", Some(metawasm()), "--version"),
        ("", tool("GO", "go"), "version"),
        ("Node ", tool("NODE", "node"), "--version"),
        ("", tool("PYTHON3", "python3"), "--version"),
    ];
    let mut versions: Vec<String> = tools
        .into_iter()
        .filter_map(|(name, program, flag)| Some(format!("{name}{}", version(program?, flag)?)))
        .collect();
    let requirements = root().join("bench/servers/race/python/requirements.txt");
    versions.extend(packages(
        &std::fs::read_to_string(requirements).unwrap_or_default(),
    ));
    versions.join(", ")
}

fn version(program: PathBuf, flag: &str) -> Option<String> {
    let text = succeed(Command::new(program).arg(flag)).ok()?;
    Some(short(&text))
}

/// `go version go1.26.8 linux/amd64` becomes `Go 1.26.8`.
fn short(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    match line.strip_prefix("go version go") {
        Some(rest) => format!("Go {}", rest.split(' ').next().unwrap_or_default()),
        None => line.trim_start_matches('v').to_owned(),
    }
}

/// Names and versions of pinned packages.
fn packages(requirements: &str) -> Vec<String> {
    let pinned = requirements.lines().filter_map(|line| line.split_once("=="));
    pinned
        .map(|(name, version)| format!("{name} {version}"))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_without_what_is_around_it() {
        assert_eq!(short("go version go1.26.8 linux/amd64"), "Go 1.26.8");
        assert_eq!(short("v20.20.2"), "20.20.2");
        assert_eq!(short("Python 3.11.7\n"), "Python 3.11.7");
        assert_eq!(short("metawasm 0.1.0\nmore"), "metawasm 0.1.0");
    }

    #[test]
    fn packages_are_the_pinned_ones() {
        assert_eq!(
            packages("# a comment\nuvicorn==0.54.0\nuvloop==0.23.0\n"),
            ["uvicorn 0.54.0", "uvloop 0.23.0"]
        );
    }
}
