//! What the user means: [`request`] and [`settings`] are read, [`older`] spellings are rewritten, [`fields`] names what
//! is unknown, [`normalize`] makes the canonical [`types`], and [`validate`] checks them.

pub(crate) mod conventions;
pub(crate) mod dapr;
pub(crate) mod documents;
pub(crate) mod engine;
pub(crate) mod fields;
pub(crate) mod knative;
pub(crate) mod normalize;
pub(crate) mod older;
pub(crate) mod read;
pub(crate) mod request;
pub(crate) mod rules;
pub(crate) mod scaling;
pub(crate) mod settings;
pub(crate) mod types;
pub(crate) mod validate;
