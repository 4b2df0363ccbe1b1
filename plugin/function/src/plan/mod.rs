//! Every decision about a Function, made once. The floors above read it and decide nothing again.

pub(crate) mod build_spec;
pub(crate) mod building;
pub(crate) mod dapr;
pub(crate) mod decisions;
pub(crate) mod exposure;
pub(crate) mod hosts;
pub(crate) mod knative;
pub(crate) mod names;
pub(crate) mod scaling;
pub(crate) mod unused;
pub(crate) mod wanted;
