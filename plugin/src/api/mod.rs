//! The types at the edges: what is read of a request, and the objects that are written as far
//! as `k8s_openapi` does not have them.

pub(crate) mod keda;
pub(crate) mod metadata;
pub(crate) mod request;
pub(crate) mod workload;
