//! The pod template.

use serde_json::{Value, json};

use super::{at, merge, message, patched_with, problems, serving};

#[test]
fn template() {
    let template = |patch: Value| serving(json!({"template": patch}));
    let containers = |list: Value| serving(json!({"template": {"containers": list}}));
    let at = "spec.serving.template";
    let rows = [
        (
            serving(json!({"template": "x"})),
            ": Invalid value: \"x\": must be an object",
        ),
        (
            containers(json!("function")),
            ".containers: Invalid value: \"function\": must be a list",
        ),
        (
            containers(json!(["function"])),
            ".containers[0]: Invalid value: \"function\": must be an object",
        ),
        (
            containers(json!([null])),
            ".containers[0]: Invalid value: null: must not be null",
        ),
        (
            containers(json!([{"image": "x"}])),
            ".containers[0].name: Required value: Kubernetes refuses the object without it",
        ),
        (
            containers(json!([{"name": "A", "image": "x"}])),
            ".containers[0].name: Invalid value: \"A\": must be a DNS label: at most 63 lower-case letters, \
             digits or '-', starting and ending with a letter or digit",
        ),
        (
            containers(json!([{"name": "function"}, {"name": "function"}])),
            ".containers[1].name: Duplicate value: \"function\"",
        ),
        (
            template(
                json!({"containers": [{"name": "a", "image": "x"}], "initContainers": [{"name": "a", "image": "x"}]}),
            ),
            ".initContainers[0].name: Duplicate value: \"a\"",
        ),
        (
            containers(json!([{"name": "sidecar"}])),
            ".containers[0].image: Required value: spec.image is the one of the container \"function\" alone",
        ),
        (
            containers(json!([{"name": "function", "image": 7}])),
            ".containers[0].image: Invalid value: 7: must be a string",
        ),
        (
            template(json!({"initContainers": [{"name": "setup"}]})),
            ".initContainers[0].image: Required value: spec.image is the one of the container \"function\" alone",
        ),
        (
            containers(json!([{"name": "function", "env": {"A": "x"}}])),
            ".containers[0].env: Invalid value: an object: must be a list",
        ),
        (
            containers(json!([{"name": "function", "env": [{"value": "x"}]}])),
            ".containers[0].env[0].name: Required value: Kubernetes refuses the object without it",
        ),
        (
            containers(json!([{"name": "function", "env": [{"name": "A=B", "value": "x"}]}])),
            ".containers[0].env[0].name: Invalid value: \"A=B\": must be the name of an environment variable: \
             letters, digits, '_', '-' or '.', not starting with a digit",
        ),
        (
            containers(json!([{"name": "function", "env": [{"name": "A", "value": 1}]}])),
            ".containers[0].env[0].value: Invalid value: 1: must be a string",
        ),
        (
            containers(json!([{"name": "function", "ports": [{"name": "x"}]}])),
            ".containers[0].ports[0].containerPort: Required value: Kubernetes refuses the object without it",
        ),
        (
            containers(json!([{"name": "function", "ports": [{"containerPort": 0}]}])),
            ".containers[0].ports[0].containerPort: Invalid value: 0: must be between 1 and 65535",
        ),
        (
            containers(json!([{"name": "function", "ports": [{"containerPort": "80"}]}])),
            ".containers[0].ports[0].containerPort: Invalid value: \"80\": must be a whole number of at most 64 bits",
        ),
        (
            containers(json!([{"name": "function", "ports": [
                {"containerPort": 53, "protocol": "TCP"}, {"containerPort": 53, "protocol": "UDP"}]}])),
            ".containers[0].ports[1].containerPort: Duplicate value: 53",
        ),
        (
            containers(json!([{"name": "function", "ports": [
                {"containerPort": 1, "name": "a"}, {"containerPort": 2, "name": "a"}]}])),
            ".containers[0].ports[1].name: Duplicate value: \"a\"",
        ),
        (
            containers(json!([{"name": "function", "resources": {"limits": {"cpu": "fast"}}}])),
            ".containers[0].resources.limits[cpu]: Invalid value: \"fast\": must be a quantity, such as 500m, \
             2 or 64Mi",
        ),
        (
            template(json!({"restartPolicy": "Never"})),
            ".restartPolicy: Unsupported value: \"Never\": supported values: \"Always\"",
        ),
        (
            template(json!({"restartPolicy": 1})),
            ".restartPolicy: Invalid value: 1: must be a string",
        ),
        (
            template(json!({"imagePullSecrets": ["a"]})),
            ".imagePullSecrets[0]: Invalid value: \"a\": must be an object",
        ),
        (
            containers(Value::Array(
                (0..33)
                    .map(|index| json!({"name": format!("c{index}"), "image": "x"}))
                    .collect(),
            )),
            ".containers: Too many: 33: must have at most 32 items",
        ),
    ];
    let rows = rows.map(|(patch, sentence)| (patch, format!("{at}{sentence}")));
    for (patch, sentence) in rows {
        problems(&[(patch, &sentence)]);
    }
}

#[test]
fn names_in_the_template() {
    let template = |patch: Value| serving(json!({"template": patch}));
    let mounting = |mounts: Value| {
        template(json!({
            "volumes": [{"name": "data", "emptyDir": {}}],
            "containers": [{"name": "function", "volumeMounts": mounts}],
        }))
    };
    rows([
        (
            template(json!({"initContainers": [{"name": "function", "image": "x"}]})),
            ".initContainers[0].name: Duplicate value: \"function\"",
        ),
        (
            template(json!({"containers": [{"name": "function"}],
                "initContainers": [{"name": "function", "image": "x"}]})),
            ".initContainers[0].name: Duplicate value: \"function\"",
        ),
        (
            template(json!({"volumes": [{"name": "a"}, {"name": "b"}, {"name": "a"}]})),
            ".volumes[2].name: Duplicate value: \"a\"",
        ),
        (
            template(json!({"volumes": [{"emptyDir": {}}]})),
            ".volumes[0].name: Required value: Kubernetes refuses the object without it",
        ),
        (
            template(json!({"volumes": [{"name": 7}]})),
            ".volumes[0].name: Invalid value: 7: must be a string",
        ),
        (
            mounting(json!([{"name": "dat", "mountPath": "/a"}])),
            ".containers[0].volumeMounts[0].name: Not found: \"dat\"",
        ),
        (
            template(json!({"initContainers": [{"name": "a", "image": "x",
                "volumeMounts": [{"name": "dat", "mountPath": "/a"}]}]})),
            ".initContainers[0].volumeMounts[0].name: Not found: \"dat\"",
        ),
        (
            mounting(json!([{"mountPath": "/a"}])),
            ".containers[0].volumeMounts[0].name: Required value: Kubernetes refuses the object without it",
        ),
        (
            mounting(json!([{"name": "data"}])),
            ".containers[0].volumeMounts[0].mountPath: Required value: Kubernetes refuses the object without it",
        ),
        (
            mounting(
                json!([{"name": "data", "mountPath": "/a"}, {"name": "data", "mountPath": "/a", "subPath": "b"}]),
            ),
            ".containers[0].volumeMounts[1].mountPath: Duplicate value: \"/a\"",
        ),
        (
            template(json!({"volumes": many(257)})),
            ".volumes: Too many: 257: must have at most 256 items",
        ),
        (
            template(json!({"imagePullSecrets": many(257)})),
            ".imagePullSecrets: Too many: 257: must have at most 256 items",
        ),
        (
            template(json!({"volumes": "x", "containers": [{"name": "function",
                "volumeMounts": [{"name": "dat", "mountPath": "/a"}]}]})),
            ".volumes: Invalid value: \"x\": must be a list",
        ),
    ]);
}

#[test]
fn values_in_the_template() {
    let template = |patch: Value| serving(json!({"template": patch}));
    let container = |patch: Value| {
        let mut function = json!({"name": "function"});
        merge(&mut function, &patch);
        serving(json!({"template": {"containers": [function]}}))
    };
    let source = json!({"fieldRef": {"fieldPath": "spec.nodeName"}});
    rows([
        (
            container(json!({"resources": {"requests": {"cpu": 2}, "limits": {"cpu": "1500m"}}})),
            ".containers[0].resources.requests[cpu]: Invalid value: \"2\": must not be greater than the limit, \
             which is \"1500m\"",
        ),
        (
            container(json!({"resources": {"requests": {"memory": "1Gi"}, "limits": {"memory": "1G"}}})),
            ".containers[0].resources.requests[memory]: Invalid value: \"1Gi\": must not be greater than the \
             limit, which is \"1G\"",
        ),
        (
            container(json!({"resources": {"requests": {"cpu": "fast"}, "limits": {"cpu": 1}}})),
            ".containers[0].resources.requests[cpu]: Invalid value: \"fast\": must be a quantity, such as \
             500m, 2 or 64Mi",
        ),
        (
            container(json!({"env": [{"name": "A", "value": "x", "valueFrom": source}]})),
            ".containers[0].env[0].valueFrom: Forbidden: only one of value and valueFrom may be set",
        ),
        (
            container(json!({"imagePullPolicy": "Sometimes"})),
            ".containers[0].imagePullPolicy: Unsupported value: \"Sometimes\": supported values: \"Always\", \
             \"IfNotPresent\", \"Never\"",
        ),
        (
            container(json!({"imagePullPolicy": true})),
            ".containers[0].imagePullPolicy: Invalid value: true: must be a string",
        ),
        (
            template(json!({"terminationGracePeriodSeconds": 1e25})),
            ".terminationGracePeriodSeconds: Invalid value: 10000000000000000000000000: must be a whole number \
             of at most 64 bits",
        ),
        (
            template(json!({"priority": 9_223_372_036_854_775_808_u64})),
            ".priority: Invalid value: 9223372036854775808: must be a whole number of at most 64 bits",
        ),
        (
            template(json!({"restartPolicy": 1e25})),
            ".restartPolicy: Invalid value: 10000000000000000000000000: must be a string",
        ),
        (
            container(json!({"ports": [{"containerPort": 1e25}]})),
            ".containers[0].ports[0].containerPort: Invalid value: 10000000000000000000000000: must be a whole \
             number of at most 64 bits",
        ),
        (
            container(json!({"ports": [{"containerPort": 80.5}]})),
            ".containers[0].ports[0].containerPort: Invalid value: 80.5: must be a whole number of at most 64 bits",
        ),
    ]);
}

#[test]
fn lists_in_the_template() {
    for list in [
        "containers",
        "hostAliases",
        "imagePullSecrets",
        "initContainers",
        "readinessGates",
        "resourceClaims",
        "schedulingGates",
        "tolerations",
        "topologySpreadConstraints",
        "volumes",
    ] {
        let template = |value: Value| serving(json!({"template": at(&[list], value)}));
        let no_list = format!(".{list}: Invalid value: \"x\": must be a list");
        let no_object = format!(".{list}[0]: Invalid value: 7: must be an object");
        rows([
            (template(json!("x")), &no_list),
            (
                template(json!({})),
                &format!(".{list}: Invalid value: an object: must be a list"),
            ),
            (template(json!([7])), &no_object),
        ]);
    }
    for (list, element) in [
        ("args", "a string"),
        ("command", "a string"),
        ("env", "an object"),
        ("envFrom", "an object"),
        ("ports", "an object"),
        ("resizePolicy", "an object"),
        ("volumeDevices", "an object"),
        ("volumeMounts", "an object"),
    ] {
        let container = |value: Value| {
            let mut function = at(&[list], value);
            function["name"] = json!("function");
            serving(json!({"template": {"containers": [function]}}))
        };
        rows([
            (
                container(json!(true)),
                &format!(".containers[0].{list}: Invalid value: true: must be a list"),
            ),
            (
                container(json!([7])),
                &format!(".containers[0].{list}[0]: Invalid value: 7: must be {element}"),
            ),
        ]);
    }
}

#[test]
fn what_the_server_takes_is_taken() {
    let settings = json!({"extraPodFields": ["aFieldOfAnotherKubernetes"]});
    let template = json!({
        "terminationGracePeriodSeconds": 10.0,
        "aFieldOfAnotherKubernetes": {"share": 0.5, "least": -9_223_372_036_854_775_808_i64, "large": 1e18},
        "volumes": [{"name": "a", "emptyDir": {}}, {"name": "b", "emptyDir": {}}],
        "imagePullSecrets": [{"name": "a"}, {"name": "b"}, {"name": "a"}],
        "containers": [{
            "name": "function", "imagePullPolicy": "Never", "args": ["a"],
            "env": [{"name": "A", "value": "", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
            "ports": [{"containerPort": 8080.0}],
            "resources": {
                "requests": {"cpu": "1000m", "memory": "0.5Gi", "a.com/b": 3},
                "limits": {"cpu": 1, "memory": "512Mi", "a.com/c": 2},
            },
            "volumeMounts": [{"name": "a", "mountPath": "/a"}, {"name": "b", "mountPath": "/b"}],
        }],
        "initContainers": [{"name": "a", "image": "x", "volumeMounts": [{"name": "a", "mountPath": "/a"}]}],
    });
    let answer = patched_with(&serving(json!({"template": template})), &settings);
    message(&answer, "Ready", "Creating");
    message(&answer, "Normalized", "AsWritten");
    let pod = &answer["children"][0]["spec"]["template"]["spec"];
    assert_eq!(pod["terminationGracePeriodSeconds"].to_string(), "10");
    assert_eq!(
        pod["aFieldOfAnotherKubernetes"].to_string(),
        r#"{"large":1000000000000000000,"least":-9223372036854775808,"share":0.5}"#
    );
    assert_eq!(pod["imagePullSecrets"], json!([{"name": "a"}, {"name": "b"}]));
    assert_eq!(
        pod["containers"][0]["ports"][0].to_string(),
        r#"{"containerPort":8080}"#
    );
}

/// Each patch makes exactly this mistake in the template and no other.
fn rows<S: AsRef<str>, const N: usize>(rows: [(Value, S); N]) {
    for (patch, sentence) in rows {
        let sentence = format!("spec.serving.template{}", sentence.as_ref());
        problems(&[(patch, &sentence)]);
    }
}

/// Objects with different names.
fn many(count: usize) -> Value {
    let all = (0..count).map(|index| json!({"name": format!("n{index}")}));
    all.collect()
}
