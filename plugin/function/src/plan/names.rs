//! The names of a Function's children.

use crate::formats::names::{self, LABEL};
use crate::kinds::Kind;

/// The children's names.
pub(crate) struct Names {
    /// Deployment, Job and routes: the Function's own.
    pub(crate) workload: String,
    /// StatefulSet.
    pub(crate) stateful_set: String,
    /// The Service of the function's pods.
    pub(crate) service: String,
    /// The Service with the Function's own name: the bridge to the interceptor, the Knative Service,
    /// or the Service of an async function behind Dapr's proxy.
    pub(crate) bridge: String,
    /// The headless Service of a StatefulSet. It has a name of its own: a Service that is headless
    /// once stays so, and the interceptor cannot use one.
    pub(crate) headless: String,
    /// HTTPScaledObject, InterceptorRoute, ScaledObject, ScaledJob.
    pub(crate) scaler: String,
    /// Dapr's proxy.
    pub(crate) proxy: String,
    /// The value of [`FUNCTION_LABEL`](crate::function::conventions::FUNCTION_LABEL).
    pub(crate) label: String,
}

impl Names {
    /// The names of a Function's children; they follow from its own name alone.
    pub(crate) fn new(function: &str) -> Self {
        Names {
            workload: names::object(function, LABEL),
            stateful_set: names::object(function, names::STATEFUL_SET),
            service: names::service(&format!("{function}-svc")),
            bridge: names::service(function),
            headless: names::service(&format!("{function}-headless")),
            scaler: names::object(function, names::SCALER),
            proxy: names::object(&format!("{function}-dapr-proxy"), LABEL),
            label: names::label(function),
        }
    }

    /// The name of a workload of this kind. Knative makes a Service with the name of its own.
    pub(crate) fn of_workload(&self, kind: &Kind) -> &str {
        match kind.kind {
            "Service" => &self.bridge,
            "StatefulSet" => &self.stateful_set,
            "ScaledJob" => &self.scaler,
            _ => &self.workload,
        }
    }
}
