//! Names that others rely on: labels by which pods are selected, roles, the function's container and its port.

/// The label of everything that belongs to a Function; pods are selected by it.
pub(crate) const FUNCTION_LABEL: &str = "openfunction.io/function";
/// The label with an object's role for its Function; pods are selected by it.
pub(crate) const ROLE_LABEL: &str = "openfunction.io/role";
/// The label of everything that this plugin makes.
pub(crate) const MANAGED_LABEL: &str = "openfunction.io/managed";
/// The label of the Function's version. Not selected by: selectors never change.
pub(crate) const VERSION_LABEL: &str = "app.kubernetes.io/version";

/// The role of the function's pods, and of what leads to them.
pub(crate) const FUNCTION_ROLE: &str = "function";
/// The role of the Service that leads to the HTTP add-on's interceptor.
pub(crate) const BRIDGE_ROLE: &str = "bridge";
/// The role of what leads to the function from outside the cluster.
pub(crate) const ROUTE_ROLE: &str = "route";
/// The role of what scales the function.
pub(crate) const SCALER_ROLE: &str = "scaler";
/// The role of what builds the function's image.
pub(crate) const BUILD_ROLE: &str = "build";

/// The name of the function's container, in the user's template too.
pub(crate) const CONTAINER: &str = "function";
/// The name of the function's port in its container.
pub(crate) const PORT_NAME: &str = "function-port";
/// The port of an async function, and of one whose Function names none.
pub(crate) const DEFAULT_PORT: i64 = 8080;

/// The annotation with the variant of a WasmEdge image.
pub(crate) const WASM_VARIANT: &str = "module.wasm.image/variant";
/// The key of the global ConfigMap for hooks of all Functions.
pub(crate) const HOOKS: &str = "hooks";
/// The key of the global ConfigMap for tracing of all Functions.
pub(crate) const TRACING: &str = "tracing";
/// v1beta1's hooks: an annotation, and a key of the global ConfigMap.
pub(crate) const PLUGINS: &str = "plugins";
/// v1beta1's tracing: an annotation, and a key of the global ConfigMap.
pub(crate) const PLUGINS_TRACING: &str = "plugins.tracing";
