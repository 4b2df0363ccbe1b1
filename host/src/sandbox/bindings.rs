//! The package `metawasm:hook` as the host sees it: names, and the types that cross.

use wasmtime::component::{ComponentType, Lift};

use super::line::Line;

/// The WIT package that plugins are built against.
pub const PACKAGE: &str = "metawasm:hook";

/// Its version. Hosts keep older minor versions working once there are any.
pub const PACKAGE_VERSION: &str = "0.1.0";

/// The hooks that a plugin may export: the name of the interface and of its one function.
pub const HOOKS: [&str; 3] = ["sync", "finalize", "customize"];

/// The interface and the function that say what a plugin is.
pub(super) const DESCRIBE: &str = "describe";

/// The interface that holds nothing but types.
pub(super) const TYPES: &str = "types";

/// The one interface that a plugin may import.
pub(super) const LOGGING: &str = "logging";

/// The full name of an interface of our package: `metawasm:hook/sync@0.1.0`.
pub(super) fn interface(name: &str) -> String {
    format!("{PACKAGE}/{name}@{PACKAGE_VERSION}")
}

/// What is left of an interface name of our package and version: `sync` of
/// `metawasm:hook/sync@0.1.0`.
pub(super) fn local_name(interface: &str) -> Option<&str> {
    let (name, version) = package_item(interface)?;
    (version == PACKAGE_VERSION).then_some(name)
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
        assert_eq!(interface("sync"), "metawasm:hook/sync@0.1.0");
        assert_eq!(local_name("metawasm:hook/sync@0.1.0"), Some("sync"));
        assert_eq!(local_name("metawasm:hook/sync@0.2.0"), None);
        assert_eq!(package_item("metawasm:hook/sync@0.2.0"), Some(("sync", "0.2.0")));
        assert_eq!(package_item("metawasm:hooks/sync@0.1.0"), None);
        assert_eq!(package_item("wasi:cli/environment@0.2.0"), None);
    }

    /// The package version here and in `wit/` are one.
    #[test]
    fn the_version_is_the_one_of_the_wit_file() {
        let wit = include_str!("../../../wit/hook.wit");
        assert!(wit.contains(&format!("package {PACKAGE}@{PACKAGE_VERSION};")));
    }
}
