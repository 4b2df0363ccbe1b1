//! The Service of the function's pods: where the interceptor forwards to.

use super::child::Child;
use super::plan::{FUNCTION_ROLE, Plan};
use crate::json::{Json, Object};
use crate::kinds;
use crate::scaling;

/// The Service's own port, whatever the function listens on.
pub(super) const PORT: i32 = 80;

pub(super) fn build<'a>(plan: &'a Plan<'a>) -> Child<'a> {
    let mut port = Object::of([
        ("name", "http".into()),
        ("port", PORT.into()),
        ("protocol", "TCP".into()),
        ("targetPort", plan.port().into()),
    ]);
    if scaling::is_h2c(plan.serving) {
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
