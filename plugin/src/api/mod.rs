//! The types at the edges: what is read of a request, and the third-party objects that are
//! written. Kubernetes' own kinds come from `k8s_openapi`.

pub(crate) mod field;
pub(crate) mod function;
pub(crate) mod keda;
pub(crate) mod request;
pub(crate) mod workload;
