//! What is valid in each of its parts, and does not work together: each row is one warning, and the
//! same without the one field that makes the difference is none.

#![allow(
    clippy::needless_pass_by_value,
    reason = "a row hands over the value that it makes"
)]

use serde_json::{Value, json};

use super::{merge, message, patched, patched_knative, serving};

fn template(template: Value) -> Value {
    serving(json!({"template": template}))
}

/// An async function that Dapr calls.
fn by_dapr(more: Value) -> Value {
    let mut patch = serving(json!({
        "triggers": {"http": null, "dapr": [{"name": "orders", "topic": "placed"}]},
        "pubsub": {"orders": {"type": "pubsub.redis", "version": "v1"}},
    }));
    merge(&mut patch, &serving(more));
    patch
}

/// A function that is called by http and writes to a binding.
fn with_output(more: Value) -> Value {
    let mut patch = serving(json!({
        "outputs": [{"dapr": {"name": "orders", "operation": "create"}}],
        "bindings": {"orders": {"type": "bindings.x", "version": "v1"}},
    }));
    merge(&mut patch, &serving(more));
    patch
}

/// A function that is called by http and by Dapr.
fn by_both(more: Value) -> Value {
    let mut patch = by_dapr(json!({"triggers": {"http": {"engine": "keda"}},
        "annotations": {"dapr.io/app-protocol": "http"}}));
    merge(&mut patch, &serving(more));
    patch
}

/// Whether a warning is among those of an answer.
fn warns(answer: &Value, sentence: &str) -> bool {
    answer["status"]["conditions"][0]["reason"] != "Invalid"
        && answer["status"]["conditions"]
            .as_array()
            .unwrap()
            .iter()
            .any(|condition| {
                condition["type"] == "Normalized"
                    && condition["message"]
                        .as_str()
                        .unwrap()
                        .split("; spec.")
                        .any(|found| format!("spec.{}", found.trim_start_matches("spec.")) == sentence)
            })
}

/// What is written, the change after which it is fine, and the warning.
fn check(rows: Vec<(Value, Value, &str)>, answer: fn(&Value) -> Value) {
    for (patch, change, sentence) in rows {
        let sentence = format!("spec.serving.{sentence}");
        let found = answer(&patch);
        assert!(
            warns(&found, &sentence),
            "{patch}\n{sentence}\n{}",
            found["status"]["conditions"]
        );
        let mut fine = patch.clone();
        merge(&mut fine, &serving(change));
        let found = answer(&fine);
        assert_ne!(message_of(&found, "Ready"), "Invalid", "{fine}");
        assert!(!warns(&found, &sentence), "{fine}\n{sentence}");
    }
}

fn message_of(answer: &Value, r#type: &str) -> String {
    let conditions = answer["status"]["conditions"].as_array().unwrap();
    let found = conditions.iter().find(|condition| condition["type"] == r#type);
    found.unwrap()["reason"].as_str().unwrap().to_owned()
}

#[test]
fn what_does_not_work_together_is_said() {
    let off = || json!({"annotations": {"openfunction.io/enable-dapr": "false"}});
    let job = "workloadType: the Job never completes, because Dapr's sidecar keeps running; set the annotation \
               openfunction.io/enable-dapr to \"false\", or dapr.io/enable-native-sidecar to \"true\" where Dapr \
               supports it";
    let node = ": only one pod of the function fits on each node, because the port is the node's; the others stay \
                Pending or fail";
    let host_network = format!("template.hostNetwork{node}");
    let host_port = format!("template.containers[0].ports[0].hostPort{node}");
    let redis = json!([{"type": "redis", "metadata": {"listName": "l"}}]);
    let container = |fields: Value| {
        let mut container = json!({"name": "function"});
        merge(&mut container, &fields);
        json!({"containers": [container]})
    };
    let probe = |port: Value| container(json!({"livenessProbe": {"httpGet": {"port": port}}}));
    let port = |port: Value| container(json!({"ports": [port]}));
    let other = |fields: Value| {
        let mut container = json!({"name": "other", "image": "example.com/other"});
        merge(&mut container, &fields);
        json!({"containers": [container]})
    };
    check(
        vec![
            (by_dapr(json!({"workloadType": "Job"})), off(), job),
            (
                by_dapr(json!({"workloadType": "Job", "scaleOptions": {"keda": {"triggers": redis}}})),
                json!({"annotations": {"dapr.io/enable-native-sidecar": "true"}}),
                job,
            ),
            (
                with_output(json!({"triggers": {"http": {"port": 3500}}})),
                json!({"triggers": {"http": {"port": 3502}}}),
                "triggers.http.port: Dapr's sidecar listens on 3500 in the same pod, so one of the two does not \
                 start; choose another port",
            ),
            (
                with_output(json!({"triggers": {"http": {"port": 3501}}})),
                off(),
                "triggers.http.port: Dapr's sidecar listens on 3501 in the same pod, so one of the two does not \
                 start; choose another port",
            ),
            (
                with_output(json!({"triggers": {"http": {"port": 50001}}})),
                json!({"annotations": {"dapr.io/grpc-port": "50005"}}),
                "triggers.http.port: Dapr's sidecar listens on 50001 in the same pod, so one of the two does \
                 not start; choose another port, or move the sidecar's with the annotation dapr.io/grpc-port",
            ),
            (
                with_output(json!({"triggers": {"http": {"port": 50002}}})),
                json!({"annotations": {"openfunction.io/dapr-service-mode": "standalone"}}),
                "triggers.http.port: Dapr's sidecar listens on 50002 in the same pod, so one of the two does \
                 not start; choose another port, or move the sidecar's with the annotation \
                 dapr.io/internal-grpc-port",
            ),
            (
                with_output(json!({"annotations": {"dapr.io/metrics-port": "8080"}})),
                json!({"annotations": {"dapr.io/metrics-port": "9091"}}),
                "triggers.http.port: Dapr's sidecar listens on 8080 in the same pod, so one of the two does not \
                 start; choose another port, or move the sidecar's with the annotation dapr.io/metrics-port",
            ),
            (
                with_output(json!({"template": port(json!({"containerPort": 9090, "name": "metrics"}))})),
                off(),
                "template.containers[0].ports[0].containerPort: Dapr's sidecar listens on 9090 in the same pod, \
                 so one of the two does not start; choose another port, or move the sidecar's with the annotation \
                 dapr.io/metrics-port",
            ),
            (
                template(other(json!({"ports": [{"containerPort": 8080}]}))),
                json!({"triggers": {"http": {"port": 8081}}}),
                "template.containers[0].ports[0].containerPort: is the function's own port; containers of one pod \
                 cannot listen on the same port",
            ),
            (
                template(other(json!({"image": "example.com/hello:v1"}))),
                json!({"template": {"containers": [{"name": "function", "image": "example.com/hello:v1"}]}}),
                "template.containers[0].name: the image runs twice in each pod, in this container and in \
                 \"function\"; to set fields of the function's container, name it \"function\" instead of \"other\"",
            ),
            (
                template(json!({"hostNetwork": true, "dnsPolicy": "ClusterFirstWithHostNet"})),
                json!({"scaleOptions": {"maxReplicas": 1}}),
                &host_network,
            ),
            (
                template(port(json!({"containerPort": 8080, "hostPort": 80}))),
                json!({"scaleOptions": {"maxReplicas": 1}}),
                &host_port,
            ),
            (
                template(json!({"hostNetwork": true})),
                json!({"template": {"dnsPolicy": "ClusterFirstWithHostNet"}}),
                "template.dnsPolicy: with hostNetwork, pods do not resolve the names of Services; set \
                 ClusterFirstWithHostNet",
            ),
            (
                template(probe(json!("http"))),
                json!({"template": probe(json!("function-port"))}),
                "template.containers[0].livenessProbe.httpGet.port: the probe always fails: the container has no \
                 port named \"http\"",
            ),
            (
                template(port(json!({"containerPort": 9000}))),
                json!({"triggers": {"http": {"port": 9000}}}),
                "template.containers[0].ports[0].containerPort: requests go to port 8080; if the function listens \
                 on 9000, set spec.serving.triggers.http.port to it",
            ),
            (
                template(port(json!({"containerPort": 9000, "name": "http-app"}))),
                json!({"template": port(json!({"containerPort": 9000, "name": "metrics"}))}),
                "template.containers[0].ports[0].containerPort: requests go to port 8080; if the function listens \
                 on 9000, set spec.serving.triggers.http.port to it",
            ),
            (
                by_both(json!({})),
                json!({"scaleOptions": {"minReplicas": 1}}),
                "triggers.dapr: no event is delivered while the function is scaled to zero, because the sidecar is \
                 gone too; set spec.serving.scaleOptions.minReplicas to 1, or the annotation \
                 openfunction.io/dapr-service-mode to standalone",
            ),
            (
                by_dapr(off()),
                json!({"scaleOptions": {"keda": {"triggers": redis}}}),
                "triggers.dapr: no event is delivered, because the annotation openfunction.io/enable-dapr is \
                 \"false\"",
            ),
            (
                with_output(off()),
                json!({"annotations": {"openfunction.io/enable-dapr": "true"}}),
                "outputs: no output is delivered, because the annotation openfunction.io/enable-dapr is \"false\"",
            ),
        ],
        patched,
    );
}

#[test]
fn on_knative_there_are_fewer_collisions() {
    check(
        vec![(
            by_both(json!({"triggers": {"http": {"engine": "knative"}}})),
            json!({"annotations": {"autoscaling.knative.dev/min-scale": "1"}}),
            "triggers.dapr: no event is delivered while the function is scaled to zero, because the sidecar is gone \
             too; set spec.serving.scaleOptions.minReplicas to 1, or the annotation \
             openfunction.io/dapr-service-mode to standalone",
        )],
        patched_knative,
    );
    // The plugin moves the metrics of Dapr's sidecar away from those of Knative's.
    let ports = json!({"template": {"containers": [{"name": "other", "image": "x"}]}});
    let answer = patched_knative(&with_output(ports));
    assert_eq!(
        message(&answer, "Normalized", "AsWritten"),
        "the Function is used as it is written"
    );
}
