//! A plugin of the configuration: its name and its defaults.

use crate::catalogue::{PluginSpec, Policy, Source};
use crate::sandbox::Limits;
use crate::yaml::Places;

/// Default of the running calls of one plugin.
const PLUGIN_CONCURRENCY: usize = 16;
/// Default of the waiting calls of one plugin: a quarter of all, so that a flooded plugin leaves room for others.
const PLUGIN_QUEUE: usize = 256;

/// Returns a plugin with default settings and limits.
pub fn plugin_spec(name: String, source: Source) -> PluginSpec {
    PluginSpec {
        name,
        source,
        verify: Policy::default(),
        shadow: None,
        settings: None,
        places: Places::default(),
        overrides: Vec::new(),
        limits: Limits::default(),
        concurrency: PLUGIN_CONCURRENCY,
        queue: PLUGIN_QUEUE,
        deletions: None,
    }
}

/// Checks the name of a plugin. It is used in URL paths and in names of Kubernetes objects.
///
/// # Errors
///
/// If the name is invalid. The message describes valid names.
pub fn plugin_name(name: &str) -> Result<String, String> {
    let inner = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
    if name.is_empty()
        || name.len() > 63
        || !name.chars().all(inner)
        || name.starts_with('-')
        || name.ends_with('-')
    {
        return Err(format!(
            "invalid plugin name {name:?}; expected 1 to 63 lower-case letters, digits and hyphens, not starting or ending with a hyphen"
        ));
    }
    Ok(name.to_owned())
}
