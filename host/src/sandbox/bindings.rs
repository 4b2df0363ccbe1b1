//! The package `metawasm:hook` as the host sees it: names, and the types that cross.

use wasmtime::component::{ComponentType, Lift, Lower};

use super::files::{Entry, File};
use super::line::Line;

/// The WIT package that plugins are built against.
pub const PACKAGE: &str = "metawasm:hook";

/// The version of the package that this host is built with: the newest that it serves.
pub const PACKAGE_VERSION: &str = "0.1.0";

/// One version of each minor version that this host serves, the newest first. Plugins built against any other patch
/// version of these are served too (`wit/README.md` has the rules).
pub(super) const SERVED: [&str; 1] = [PACKAGE_VERSION];

/// The hooks that a plugin may export: the name of the interface and of its one function.
pub const HOOKS: [&str; 3] = ["sync", "finalize", "customize"];

/// The interface and the function that say what a plugin is.
pub(super) const DESCRIBE: &str = "describe";

/// The interface of an engine, and its functions.
pub(super) const ENGINE: &str = "engine";
pub(super) const COMPILE: &str = "compile";
pub(super) const CALL: &str = "call";

/// The function of an engine that prepared it at its build. A host never calls it.
pub(super) const INIT: &str = "init";

/// The interface that holds nothing but types.
pub(super) const TYPES: &str = "types";

/// The one interface that a plugin may import.
pub(super) const LOGGING: &str = "logging";

/// The full name of an interface of our package: `metawasm:hook/sync@0.1.0`.
pub(super) fn interface(name: &str, version: &str) -> String {
    format!("{PACKAGE}/{name}@{version}")
}

/// The local name of an interface of our package in a version that this host serves: `sync` of
/// `metawasm:hook/sync@0.1.0`.
pub(super) fn local_name(interface: &str) -> Option<&str> {
    let (name, version) = package_item(interface)?;
    is_served(version).then_some(name)
}

/// Whether a version has the minor version of one that this host serves. Pre-releases are compatible with nothing.
fn is_served(version: &str) -> bool {
    numbers(version).is_some_and(|[major, minor, _]| {
        let mut served = SERVED.into_iter().filter_map(numbers);
        served.any(|[of, with, _]| [of, with] == [major, minor])
    })
}

/// Whether a version is newer than this host.
pub(super) fn is_newer(version: &str) -> bool {
    numbers(version) > numbers(PACKAGE_VERSION)
}

/// Major, minor and patch version.
fn numbers(version: &str) -> Option<[u64; 3]> {
    let mut parts = version.split('.').map(|part| part.parse().ok());
    let numbers = [parts.next()??, parts.next()??, parts.next()??];
    parts.next().is_none().then_some(numbers)
}

/// Interface and version of a name of our package, whatever the version.
pub(super) fn package_item(interface: &str) -> Option<(&str, &str)> {
    interface
        .strip_prefix(PACKAGE)?
        .strip_prefix('/')?
        .split_once('@')
}

/// `logging.level`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ComponentType, Lift)]
#[component(enum)]
#[repr(u8)]
pub enum Level {
    /// For the plugin's author.
    #[component(name = "debug")]
    Debug,
    /// Worth knowing.
    #[component(name = "info")]
    Info,
    /// Something is off, the answer stands.
    #[component(name = "warn")]
    Warn,
    /// Something is wrong.
    #[component(name = "error")]
    Error,
}

/// `types.retry`.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(super) struct WireRetry {
    #[component(name = "after-seconds")]
    pub(super) after_seconds: u32,
    pub(super) reason: String,
}

/// `types.failure`.
#[derive(ComponentType, Lift)]
#[component(variant)]
pub(super) enum WireFailure {
    #[component(name = "invalid")]
    Invalid(String),
    #[component(name = "retry-later")]
    RetryLater(WireRetry),
    #[component(name = "internal")]
    Internal(String),
}

/// `engine.file`.
#[derive(ComponentType, Lower)]
#[component(record)]
pub(super) struct WireFile<'a> {
    path: &'a str,
    content: &'a str,
}

/// `engine.entry`.
#[derive(ComponentType, Lower)]
#[component(record)]
pub(super) struct WireEntry<'a> {
    path: &'a str,
    hook: Option<&'a str>,
}

/// `engine.program`.
#[derive(ComponentType, Lift)]
#[component(record)]
pub(super) struct WireProgram {
    pub(super) code: Vec<u8>,
    pub(super) hooks: Vec<String>,
    pub(super) description: Option<String>,
}

impl<'a> From<&'a File> for WireFile<'a> {
    fn from(file: &'a File) -> Self {
        Self {
            path: &file.path,
            content: &file.content,
        }
    }
}

impl<'a> From<&'a Entry> for WireEntry<'a> {
    fn from(entry: &'a Entry) -> Self {
        Self {
            path: &entry.path,
            hook: entry.hook.as_deref(),
        }
    }
}

/// What `engine.compile` takes.
pub(super) type CompileParams<'a> = (&'a [WireFile<'a>], &'a [WireEntry<'a>]);
/// What it returns.
pub(super) type CompileResults = (Result<WireProgram, String>,);
/// What `engine.call` takes: the program, the hook, the request and the settings.
pub(super) type CallParams<'a> = (&'a [u8], &'a str, &'a str, &'a str);

/// The signature of every hook.
pub(super) type HookParams<'a> = (&'a str, &'a str);
/// What every hook returns.
pub(super) type HookResults = (Result<String, WireFailure>,);
/// What `describe` returns.
pub(super) type DescribeResults = (String,);
/// What `logging.log` takes.
pub(super) type LogParams = (Level, Line);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_interface_of_our_package_is_recognised_by_name_and_version() {
        assert_eq!(interface("sync", "0.1.0"), "metawasm:hook/sync@0.1.0");
        assert_eq!(local_name("metawasm:hook/sync@0.1.0"), Some("sync"));
        assert_eq!(local_name("metawasm:hook/sync@0.1.12"), Some("sync"));
        for version in [
            "0.2.0",
            "0.0.1",
            "1.1.0",
            "0.1",
            "0.1.0.0",
            "0.1.1-rc.1",
            "0.1.x",
            "",
        ] {
            assert_eq!(local_name(&interface("sync", version)), None, "{version}");
        }
        assert_eq!(package_item("metawasm:hook/sync@0.2.0"), Some(("sync", "0.2.0")));
        assert_eq!(package_item("metawasm:hooks/sync@0.1.0"), None);
        assert_eq!(package_item("wasi:cli/environment@0.2.0"), None);
    }

    #[test]
    fn versions_are_compared_by_their_numbers() {
        assert!(!is_newer("0.1.0"));
        assert!(!is_newer("0.0.9"));
        assert!(is_newer("0.1.10"));
        assert!(is_newer("0.2.0"));
    }

    /// The package version here and in `wit/` are one.
    #[test]
    fn the_version_is_the_one_of_the_wit_file() {
        let wit = include_str!("../../../wit/hook.wit");
        assert!(wit.contains(&format!("package {PACKAGE}@{PACKAGE_VERSION};")));
    }
}
