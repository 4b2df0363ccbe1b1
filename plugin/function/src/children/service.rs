//! The Service of the function's pods: where the interceptor forwards to.

use super::child::Child;
use crate::formats::json::{Json, Object};
use crate::function::conventions::FUNCTION_ROLE;
use crate::function::scaling::is_h2c;
use crate::kinds;
use crate::plan::decisions::Plan;

/// The Service's own port, whatever the function listens on.
pub(super) const PORT: i32 = 80;

pub(super) fn build<'a>(plan: &'a Plan<'a>) -> Child<'a> {
    let mut port = port("http", PORT.into(), plan.port());
    if is_h2c(plan.serving) {
        // What the interceptor goes by.
        port.insert("appProtocol", "kubernetes.io/h2c".into());
    }
    let spec = Json::object([
        ("ports", Json::List(vec![Json::Object(port)])),
        ("selector", plan.selector(FUNCTION_ROLE)),
        ("type", "ClusterIP".into()),
    ]);
    let metadata = plan.metadata(&plan.names.service, FUNCTION_ROLE);
    Child::new(&kinds::SERVICE, metadata, [("spec", spec)])
}

/// A port of a Service, as it is stored.
pub(super) fn port<'a>(name: &'static str, port: i64, target: i64) -> Object<'a> {
    Object::of([
        ("name", name.into()),
        ("port", port.into()),
        ("protocol", "TCP".into()),
        ("targetPort", target.into()),
    ])
}
