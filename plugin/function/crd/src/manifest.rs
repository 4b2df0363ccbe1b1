//! The CustomResourceDefinition: what is around the schema.

use schemars::generate::SchemaSettings;
use serde_json::{Value, json};

use crate::function::Function;
use crate::structural::structural;

const HEADER: &str = "\
# OpenFunction's Function, core.openfunction.io/v1beta2, for use without OpenFunction's own operator and webhooks.
#
# Made by `cargo xtask crd` from the Rust types in plugin/function/crd: edit those, not this.
#
# It admits the API as OpenFunction 1.2 shipped it and the spellings of the proposal for the KEDA engine
# (OpenFunction issue 162): a port as a string, inputs under http, bounds inside KEDA's sections, outputs without
# `dapr` around them. It admits the fields of v1beta1, too, but for a list as spec.serving.triggers. What a schema
# can say, the API server checks here; the plugin checks that and the rest, and reports all mistakes at once in the
# status, each with its path.
#
# Unlike OpenFunction's own it has status.conditions and status.observedGeneration, takes any value in a
# component's metadata, leaves pods, routes and KEDA's sections open (Kubernetes, the Gateway API and KEDA know their
# own fields), and is small enough for a plain `kubectl apply`. Its rules are in CEL: Kubernetes 1.25 or later.
";

/// The CustomResourceDefinition of a Function.
#[must_use]
pub fn crd() -> Value {
    let settings = SchemaSettings::draft2020_12().with(|settings| settings.inline_subschemas = true);
    let schema = settings.into_generator().into_root_schema_for::<Function>();
    json!({
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": "functions.core.openfunction.io"},
        "spec": {
            "group": "core.openfunction.io",
            "scope": "Namespaced",
            "names": {
                "kind": "Function",
                "listKind": "FunctionList",
                "plural": "functions",
                "singular": "function",
                "shortNames": ["fn"],
            },
            "versions": [{
                "name": "v1beta2",
                "served": true,
                "storage": true,
                "subresources": {"status": {}},
                "additionalPrinterColumns": columns(),
                "schema": {"openAPIV3Schema": structural(schema.to_value())},
            }],
        },
    })
}

/// What `kubectl get functions` shows; with `-o wide` also the columns of priority 1.
fn columns() -> Value {
    json!([
        {"name": "Ready", "type": "string", "jsonPath": ".status.conditions[?(@.type==\"Ready\")].status"},
        {"name": "Serving", "type": "string", "jsonPath": ".status.serving.state"},
        {"name": "Image", "type": "string", "jsonPath": ".spec.image"},
        {"name": "Address", "type": "string", "jsonPath": ".status.addresses[?(@.type==\"Internal\")].value"},
        {"name": "Age", "type": "date", "jsonPath": ".metadata.creationTimestamp"},
        {
            "name": "Reason",
            "type": "string",
            "jsonPath": ".status.conditions[?(@.type==\"Ready\")].reason",
            "priority": 1,
        },
        {"name": "Build", "type": "string", "jsonPath": ".status.build.state", "priority": 1},
    ])
}

/// The file `metacontroller/crd/function.yaml`, whole.
///
/// # Errors
/// None that this CRD can cause: all of it can be written.
pub fn yaml() -> Result<String, serde_saphyr::ser::Error> {
    let options = serde_saphyr::ser_options! {
        compact_list_indent: false,
        folded_wrap_chars: 110,
    };
    let body = serde_saphyr::to_string_with_options(&crd(), options)?;
    Ok([HEADER, &body].concat())
}
