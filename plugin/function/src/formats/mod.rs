//! Formats: JSON, YAML, quantities, durations, names and the notes about them. Knows nothing of Functions.

pub(crate) mod compact;
pub(crate) mod duration;
pub(crate) mod json;
pub(crate) mod names;
pub(crate) mod notes;
pub(crate) mod quantity;
pub(crate) mod sorted;
pub(crate) mod syntax;
pub(crate) mod typed;
pub(crate) mod written;
pub(crate) mod yaml;
