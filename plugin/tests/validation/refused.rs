//! What the admission of a child's own kind refuses: each rule with its source, and the sentence that
//! the user reads instead of waiting for a child that never comes.

use serde_json::{Value, json};

use super::{at, http, keda, message, patched, patched_knative, serving, spec};

/// Where the rule is, what is changed of a Function that is right, and what is said.
type Row = (&'static str, Value, String);

const NO_FIELD: &str = "Forbidden: Knative does not support this field";

fn template(template: Value) -> Value {
    serving(json!({"template": template}))
}

/// The pod spec with this in its container "function".
fn container(fields: Value) -> Value {
    let mut container = json!({"name": "function"});
    super::merge(&mut container, &fields);
    template(json!({"containers": [container]}))
}

fn row(source: &'static str, patch: Value, path: &str, sentence: &str) -> Row {
    (source, patch, format!("spec.serving.{path}: {sentence}"))
}

/// Each row is invalid with exactly its sentence.
fn invalid(rows: Vec<Row>, answer: fn(&Value) -> Value) {
    for (source, patch, sentence) in rows {
        let answer = answer(&patch);
        assert_eq!(
            message(&answer, "Ready", "Invalid"),
            sentence,
            "{source}: {patch}"
        );
        assert_eq!(answer["children"], json!([]), "{source}");
    }
}

#[test]
fn knative_never_takes_these_fields() {
    let mask = "fieldmask.go";
    let mut rows = Vec::new();
    for (field, value) in [
        ("activeDeadlineSeconds", json!(10)),
        ("hostUsers", json!(true)),
        ("hostname", json!("a")),
        ("hostnameOverride", json!("a")),
        ("nodeName", json!("a")),
        ("os", json!({"name": "linux"})),
        ("overhead", json!({"cpu": "1"})),
        ("preemptionPolicy", json!("Never")),
        ("priority", json!(1)),
        ("readinessGates", json!([{"conditionType": "a"}])),
        ("resourceClaims", json!([{"name": "a"}])),
        ("resources", json!({"limits": {"cpu": "1"}})),
        ("restartPolicy", json!("Always")),
        ("schedulingGates", json!([{"name": "a"}])),
        ("schedulingGroup", json!({"podGroupName": "a"})),
        ("setHostnameAsFQDN", json!(true)),
        ("subdomain", json!("a")),
        ("terminationGracePeriodSeconds", json!(10)),
    ] {
        let path = format!("template.{field}");
        rows.push(row(mask, template(at(&[field], value)), &path, NO_FIELD));
    }
    for (field, value) in [
        ("appArmorProfile", json!({"type": "Unconfined"})),
        ("seLinuxChangePolicy", json!("Recursive")),
        ("seLinuxOptions", json!({"level": "a"})),
        ("supplementalGroupsPolicy", json!("Strict")),
        ("sysctls", json!([{"name": "a", "value": "1"}])),
        ("windowsOptions", json!({"hostProcess": true})),
    ] {
        let path = format!("template.securityContext.{field}");
        rows.push(row(
            mask,
            template(at(&["securityContext", field], value)),
            &path,
            NO_FIELD,
        ));
    }
    for (field, value) in [
        ("lifecycle", json!({"preStop": {"sleep": {"seconds": 5}}})),
        (
            "resizePolicy",
            json!([{"resourceName": "cpu", "restartPolicy": "NotRequired"}]),
        ),
        ("restartPolicy", json!("Always")),
        ("restartPolicyRules", json!([{"action": "Restart"}])),
        ("stdin", json!(true)),
        ("stdinOnce", json!(true)),
        ("tty", json!(true)),
        ("volumeDevices", json!([{"name": "a", "devicePath": "/a"}])),
        ("resources.claims", json!([{"name": "a"}])),
        ("securityContext.appArmorProfile", json!({"type": "Unconfined"})),
        ("securityContext.procMount", json!("Default")),
        ("securityContext.seLinuxOptions", json!({"level": "a"})),
        ("securityContext.windowsOptions", json!({"hostProcess": true})),
        ("livenessProbe.terminationGracePeriodSeconds", json!(5)),
        ("readinessProbe.terminationGracePeriodSeconds", json!(5)),
        ("startupProbe.terminationGracePeriodSeconds", json!(5)),
    ] {
        let path: Vec<&str> = field.split('.').collect();
        let patch = container(at(&path, value));
        rows.push(row(
            mask,
            patch,
            &format!("template.containers[0].{field}"),
            NO_FIELD,
        ));
    }
    for (patch, path) in [
        (
            json!({"ports": [{"containerPort": 8080, "hostPort": 80}]}),
            "ports[0].hostPort",
        ),
        (
            json!({"ports": [{"containerPort": 8080, "hostIP": "::1"}]}),
            "ports[0].hostIP",
        ),
        (
            json!({"env": [{"name": "A", "valueFrom": {"fileKeyRef": {"key": "a", "path": "p", "volumeName": "v"}}}]}),
            "env[0].valueFrom.fileKeyRef",
        ),
    ] {
        let path = format!("template.containers[0].{path}");
        rows.push(row(mask, container(patch), &path, NO_FIELD));
    }
    for field in [
        ("recursiveReadOnly", json!("Disabled")),
        ("subPathExpr", json!("a")),
    ] {
        let mut mount = json!({"name": "v", "mountPath": "/v"});
        mount[field.0] = field.1;
        let patch = template(json!({"volumes": [{"name": "v", "emptyDir": {}}],
            "containers": [{"name": "function", "volumeMounts": [mount]}]}));
        let path = format!("template.containers[0].volumeMounts[0].{}", field.0);
        rows.push(row(mask, patch, &path, NO_FIELD));
    }
    invalid(rows, patched_knative);
}

#[test]
fn knative_refuses_these_values() {
    let check = "k8s_validation.go";
    let volume = |volume: Value, path: &str| {
        let mut volume = volume;
        volume["name"] = json!("v");
        template(json!({"volumes": [volume],
            "containers": [{"name": "function", "volumeMounts": [{"name": "v", "mountPath": path}]}]}))
    };
    let reserved = "Invalid value: 8012: must be another port: Knative's own sidecar listens on 8008, 8012, 8013, \
                    8022, 9090 and 9091";
    let mut rows = vec![
        row(check, http(json!({"port": 8012})), "triggers.http.port", reserved),
        row(
            "fieldmask.go",
            template(json!({"automountServiceAccountToken": true})),
            "template.automountServiceAccountToken",
            "Forbidden: Knative supports only the value false",
        ),
        row(
            "fieldmask.go",
            container(json!({"securityContext": {"privileged": true}})),
            "template.containers[0].securityContext.privileged",
            "Forbidden: Knative supports only the value false",
        ),
        row(
            check,
            template(json!({"containers": [{"name": "queue-proxy", "image": "x"}]})),
            "template.containers[0].name",
            "Forbidden: Knative's own sidecar has this name",
        ),
        row(
            check,
            container(json!({"ports": [{"containerPort": 8080, "protocol": "UDP"}]})),
            "template.containers[0].ports[0].protocol",
            "Unsupported value: \"UDP\": supported values: \"TCP\"",
        ),
        row(
            check,
            volume(json!({"emptyDir": {}}), "/dev/"),
            "template.containers[0].volumeMounts[0].mountPath",
            "Invalid value: \"/dev/\": must not be /, /dev or /dev/log: Knative reserves them",
        ),
        row(
            check,
            volume(json!({"emptyDir": {}}), "data"),
            "template.containers[0].volumeMounts[0].mountPath",
            "Invalid value: \"data\": must start with / on Knative",
        ),
        row(
            check,
            volume(json!({"emptyDir": {"medium": "HugePages"}}), "/v"),
            "template.volumes[0].emptyDir.medium",
            "Unsupported value: \"HugePages\": supported values: \"Memory\"",
        ),
        row(
            check,
            volume(
                json!({"projected": {"sources": [{"clusterTrustBundle": {"path": "p", "name": "n"}}]}}),
                "/v",
            ),
            "template.volumes[0].projected.sources[0].clusterTrustBundle",
            NO_FIELD,
        ),
        row(
            check,
            template(json!({"volumes": [{"name": "v", "emptyDir": {}}]})),
            "template.volumes[0].name",
            "Invalid value: \"v\": must be mounted by a container: Knative rejects other volumes",
        ),
    ];
    for (kind, source) in [
        ("nfs", json!({"server": "s", "path": "/"})),
        ("downwardAPI", json!({})),
        ("ephemeral", json!({})),
        ("fc", json!({})),
    ] {
        rows.push(row(
            "fieldmask.go",
            volume(at(&[kind], source), "/v"),
            &format!("template.volumes[0].{kind}"),
            "Forbidden: Knative does not support volumes of this type",
        ));
    }
    for name in ["K_CONFIGURATION", "K_REVISION", "K_SERVICE", "PORT"] {
        rows.push(row(
            check,
            container(json!({"env": [{"name": name, "value": "x"}]})),
            "template.containers[0].env[0].name",
            &format!("Forbidden: Knative sets {name} itself"),
        ));
    }
    invalid(rows, patched_knative);
    let of_another =
        json!({"containers": [{"name": "a", "image": "x", "env": [{"name": "PORT", "value": "1"}]}]});
    message(&patched_knative(&template(of_another)), "Ready", "Creating");
}

#[test]
fn knatives_autoscaler_refuses_these_annotations() {
    let rows = [
        ("activation-scale", "1", "must be a number of at least 2"),
        ("initialScale", "-1", "must be a number of at least 0"),
        (
            "panic-threshold-percentage",
            "100",
            "must be a number from 110 to 1000",
        ),
        ("panic-window-percentage", "0.5", "must be a number from 1 to 100"),
        (
            "scale-down-delay",
            "2h",
            "must be whole seconds of at most an hour, such as 60s",
        ),
        (
            "scale-to-zero-pod-retention-period",
            "soon",
            "must be a duration of at most an hour, such as 60s",
        ),
        ("target", "0", "must be a number of at least 0.01"),
        (
            "targetUtilizationPercentage",
            "101",
            "must be a number from 1 to 100",
        ),
        (
            "window",
            "5s",
            "must be whole seconds from 6s to an hour, such as 60s",
        ),
        (
            "window",
            "6500ms",
            "must be whole seconds from 6s to an hour, such as 60s",
        ),
    ];
    for (key, value, why) in rows {
        let key = format!("autoscaling.knative.dev/{key}");
        for (place, patch) in [
            ("annotations", json!({"annotations": {&key: value}})),
            (
                "scaleOptions.knative",
                json!({"scaleOptions": {"knative": {&key: value}}}),
            ),
        ] {
            let sentence = format!("{place}[{key}]");
            let row = row(
                "annotation_validation.go",
                serving(patch),
                &sentence,
                &format!("Invalid value: \"{value}\": {why}"),
            );
            invalid(vec![row], patched_knative);
        }
    }
    let annotations = |annotations: Value| serving(json!({"annotations": annotations}));
    invalid(
        vec![
            row(
                "annotation_validation.go",
                annotations(json!({"autoscaling.knative.dev/metric": "cpu"})),
                "annotations[autoscaling.knative.dev/metric]",
                "Unsupported value: \"cpu\": supported values: \"concurrency\", \"rps\"",
            ),
            row(
                "annotation_validation.go",
                annotations(json!({"autoscaling.knative.dev/class": "x.autoscaling.knative.dev"})),
                "annotations[autoscaling.knative.dev/class]",
                "Unsupported value: \"x.autoscaling.knative.dev\": supported values: \
                 \"hpa.autoscaling.knative.dev\", \"kpa.autoscaling.knative.dev\"",
            ),
        ],
        patched_knative,
    );
    for fine in [
        json!({"autoscaling.knative.dev/metric": "cpu", "autoscaling.knative.dev/class": "hpa.autoscaling.knative.dev"}),
        json!({"autoscaling.knative.dev/class": "mine.example.com", "autoscaling.knative.dev/metric": "x"}),
        json!({"autoscaling.knative.dev/target": "0.01", "autoscaling.knative.dev/window": "1m"}),
    ] {
        message(&patched_knative(&annotations(fine)), "Ready", "Creating");
    }
}

#[test]
fn what_knative_takes_only_with_a_feature_names_the_feature() {
    let volume = |source: Value| {
        let mut volume = source;
        volume["name"] = json!("v");
        template(json!({"volumes": [volume],
            "containers": [{"name": "function", "volumeMounts": [{"name": "v", "mountPath": "/v"}]}]}))
    };
    let mount = json!({"name": "v", "mountPath": "/v", "mountPropagation": "None"});
    let pod = |field: &str, value: Value| (template(at(&[field], value)), field.to_owned());
    let (first, second) = ("containers[0]", "volumes[0]");
    for ((patch, path), flag) in [
        (pod("affinity", json!({"nodeAffinity": {}})), "podspec-affinity"),
        (pod("dnsConfig", json!({"searches": ["a"]})), "podspec-dnsconfig"),
        (pod("dnsPolicy", json!("Default")), "podspec-dnspolicy"),
        (pod("hostAliases", json!([{"ip": "::1"}])), "podspec-hostaliases"),
        (pod("hostIPC", json!(true)), "podspec-hostipc"),
        (pod("hostPID", json!(true)), "podspec-hostpid"),
        (
            pod("initContainers", json!([{"name": "a", "image": "x"}])),
            "podspec-init-containers",
        ),
        (pod("nodeSelector", json!({"a": "b"})), "podspec-nodeselector"),
        (pod("priorityClassName", json!("a")), "podspec-priorityclassname"),
        (pod("runtimeClassName", json!("a")), "podspec-runtimeclassname"),
        (pod("schedulerName", json!("a")), "podspec-schedulername"),
        (
            pod("securityContext", json!({"runAsUser": 1})),
            "podspec-securitycontext",
        ),
        (
            pod("shareProcessNamespace", json!(true)),
            "podspec-shareprocessnamespace",
        ),
        (pod("tolerations", json!([{"key": "a"}])), "podspec-tolerations"),
        (
            pod(
                "topologySpreadConstraints",
                json!([{"maxSkew": 1, "topologyKey": "a", "whenUnsatisfiable": "DoNotSchedule"}]),
            ),
            "podspec-topologyspreadconstraints",
        ),
        (
            (
                container(json!({"securityContext": {"capabilities": {"add": ["A"]}}})),
                format!("{first}.securityContext.capabilities.add"),
            ),
            "containerspec-addcapabilities",
        ),
        (
            (
                container(
                    json!({"env": [{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}]}),
                ),
                format!("{first}.env[0].valueFrom.fieldRef"),
            ),
            "podspec-fieldref",
        ),
        (
            (
                template(json!({"volumes": [{"name": "v", "emptyDir": {}}],
                    "containers": [{"name": "function", "volumeMounts": [mount]}]})),
                format!("{first}.volumeMounts[0].mountPropagation"),
            ),
            "podspec-volumes-mount-propagation",
        ),
        (
            (volume(json!({"csi": {"driver": "d"}})), format!("{second}.csi")),
            "podspec-volumes-csi",
        ),
        (
            (
                volume(json!({"hostPath": {"path": "/"}})),
                format!("{second}.hostPath"),
            ),
            "podspec-volumes-hostpath",
        ),
        (
            (
                volume(json!({"image": {"reference": "x"}})),
                format!("{second}.image"),
            ),
            "podspec-volumes-image",
        ),
        (
            (
                volume(json!({"persistentVolumeClaim": {"claimName": "c", "readOnly": true}})),
                format!("{second}.persistentVolumeClaim"),
            ),
            "podspec-persistent-volume-claim",
        ),
    ] {
        let answer = patched_knative(&patch);
        message(&answer, "Ready", "Creating");
        assert_eq!(
            message(&answer, "Normalized", "Warnings"),
            format!(
                "spec.serving.template.{path}: Knative supports it only with the feature flag kubernetes.{flag} in the \
                 ConfigMap config-features of knative-serving, and rejects the Service without it"
            ),
            "features.go: {patch}"
        );
        assert!(!message_of(&patched(&patch)).contains("feature flag"), "{patch}");
    }
}

fn message_of(answer: &Value) -> String {
    answer["status"].to_string()
}

/// An async function with these triggers, and `options` beside them.
fn scaled(triggers: Value, options: Value) -> Value {
    let mut patch = serving(json!({
        "triggers": {"http": null, "dapr": [{"name": "orders", "topic": "placed"}]},
        "pubsub": {"orders": {"type": "pubsub.redis", "version": "v1"}},
        "template": {"containers": [{"name": "function", "resources": {"limits": {"cpu": "1", "memory": "1Gi"}}}]},
    }));
    patch["spec"]["serving"]["scaleOptions"] = json!({"keda": {"triggers": triggers}});
    super::merge(&mut patch, &options);
    patch
}

fn scaled_object(options: Value) -> Value {
    keda(json!({"scaledObject": options}))
}

#[test]
fn keda_refuses_these_triggers() {
    let cpu = |metric: &str, value: &str| {
        let mut trigger = json!({"type": "cpu", "metadata": {"value": value}});
        if !metric.is_empty() {
            trigger["metricType"] = json!(metric);
        }
        trigger
    };
    let mut old = cpu("Utilization", "60");
    old["metadata"]["type"] = json!("Utilization");
    let cron = json!({"timezone": "UTC", "start": "0 8 * * *", "end": "0 18 * * *", "desiredReplicas": "3"});
    let mut rows = Vec::new();
    let mut add = |source: &'static str, trigger: Value, path: &str, sentence: &str| {
        let path = format!("scaleOptions.keda.triggers[0].{path}");
        rows.push(row(source, scaled(json!([trigger]), json!({})), &path, sentence));
    };
    let (scaler, types) = ("cpu_memory_scaler.go", "scaletriggers_types.go");
    let resources = "supported values: \"AverageValue\", \"Utilization\"";
    add(
        types,
        json!({"type": "cron", "metadata": cron, "useCachedMetrics": true}),
        "useCachedMetrics",
        "Forbidden: KEDA caches no metrics of the scaler cron",
    );
    add(
        scaler,
        cpu("", "60"),
        "metricType",
        "Required value: AverageValue or Utilization, for the scalers cpu and memory",
    );
    add(
        scaler,
        cpu("Value", "60"),
        "metricType",
        &format!("Unsupported value: \"Value\": {resources}"),
    );
    add(
        scaler,
        old,
        "metadata.type",
        "Forbidden: metricType is set; KEDA takes only one of them",
    );
    add(
        scaler,
        cpu("Utilization", "60m"),
        "metadata.value",
        "Invalid value: \"60m\": must be a whole number, in percent of the request",
    );
    add(
        scaler,
        cpu("AverageValue", "much"),
        "metadata.value",
        "Invalid value: \"much\": must be a quantity, such as 500m or 64Mi",
    );
    add(
        "scaler.go",
        json!({"type": "redis", "metricType": "Utilization", "metadata": {"listName": "l"}}),
        "metricType",
        "Unsupported value: \"Utilization\": supported values: \"AverageValue\", \"Value\"",
    );
    for (name, keys) in [
        ("aws-sqs-queue", &["awsRegion", "queueURL"][..]),
        ("azure-queue", &["queueName"]),
        ("cron", &["desiredReplicas", "end", "start", "timezone"]),
        ("external", &["scalerAddress"]),
        ("external-push", &["scalerAddress"]),
        ("graphite", &["query", "queryTime", "serverAddress"]),
        ("kafka", &["bootstrapServers", "consumerGroup"]),
        ("kubernetes-workload", &["podSelector"]),
        ("loki", &["query", "serverAddress", "threshold"]),
        ("prometheus", &["query", "serverAddress", "threshold"]),
        ("rabbitmq", &["queueName"]),
        ("redis", &["listName"]),
    ] {
        for missing in keys {
            let mut metadata = json!({});
            for key in keys.iter().filter(|key| *key != missing) {
                metadata[*key] = json!("x");
            }
            add(
                "pkg/scalers",
                json!({"type": name, "metadata": metadata}),
                &format!("metadata.{missing}"),
                &format!("Required value: the scaler {name} needs it"),
            );
        }
    }
    invalid(rows, patched);
    for fine in [
        json!({"type": "kafka", "metadata": {"bootstrapServersFromEnv": "A", "consumerGroup": "g"}}),
        json!({"type": "kafka", "metadata": {}, "authenticationRef": {"name": "a"}}),
        json!({"type": "a-scaler-of-tomorrow", "metadata": {}}),
        json!({"type": "memory", "metadata": {"type": "AverageValue", "value": "64Mi"}}),
    ] {
        message(&patched(&scaled(json!([fine]), json!({}))), "Ready", "Creating");
    }
}

#[test]
fn keda_refuses_these_scaled_objects() {
    let redis = json!({"type": "redis", "name": "a", "metadata": {"listName": "l"}});
    let mut by_value = redis.clone();
    by_value["metricType"] = json!("Value");
    let cpu = json!({"type": "cpu", "metricType": "Utilization", "metadata": {"value": "60"}});
    let fallback = json!({"fallback": {"failureThreshold": 3, "replicas": 2}});
    let modifiers = |modifiers: Value| json!({"advanced": {"scalingModifiers": modifiers}});
    let mut by_formula = modifiers(json!({"formula": "a", "target": "5", "metricType": "Value"}));
    super::merge(&mut by_formula, &fallback);
    let only = "Forbidden: KEDA allows it only with a trigger other than cpu and memory whose metricType is \
                AverageValue";
    let (types, hook) = ("scaledobject_types.go", "scaledobject_webhook.go");
    let long = "a".repeat(64);
    let mut rows = Vec::new();
    let mut add = |source: &'static str, triggers: Value, options: Value, path: &str, sentence: &str| {
        let path = format!("scaleOptions.keda.scaledObject.{path}");
        rows.push(row(
            source,
            scaled(triggers, scaled_object(options)),
            &path,
            sentence,
        ));
    };
    add(types, json!([cpu]), fallback.clone(), "fallback", only);
    add(types, json!([by_value]), fallback.clone(), "fallback", only);
    add(
        types,
        json!([redis]),
        by_formula,
        "fallback",
        "Forbidden: KEDA allows it only where advanced.scalingModifiers.metricType is AverageValue",
    );
    add(
        types,
        json!([redis]),
        json!({"idleReplicaCount": 1}),
        "idleReplicaCount",
        "Invalid value: 1: must be less than the minimum of replicas, which is 1",
    );
    add(
        hook,
        json!([redis]),
        json!({"advanced": {"horizontalPodAutoscalerConfig": {"name": long}}}),
        "advanced.horizontalPodAutoscalerConfig.name",
        &format!(
            "Invalid value: {long:?}: must have at most 63 lower-case letters, digits, '-' or '.', with a letter or \
             digit at both ends"
        ),
    );
    for (formula, path, sentence) in [
        (
            json!({"target": "5"}),
            "formula",
            "Required value: what the metrics of the triggers make together",
        ),
        (
            json!({"formula": "a"}),
            "target",
            "Required value: the value of the formula for each replica",
        ),
        (
            json!({"formula": "a", "target": "0"}),
            "target",
            "Invalid value: \"0\": must be a number greater than 0",
        ),
        (
            json!({"formula": "a", "target": "5", "metricType": "Utilization"}),
            "metricType",
            "Unsupported value: \"Utilization\": supported values: \"AverageValue\", \"Value\"",
        ),
        (
            json!({"formula": "max([a, b]) + 1", "target": "5"}),
            "formula",
            "Invalid value: \"b\": must be the name of a trigger other than cpu and memory",
        ),
    ] {
        let path = format!("advanced.scalingModifiers.{path}");
        add(hook, json!([redis]), modifiers(formula), &path, sentence);
    }
    invalid(rows, patched);
    for formula in [
        "a * 2.5",
        "a > 10 ? a : 1",
        "float(a) + min(a, 3e2)",
        "let x = a; x { y }",
    ] {
        let options = scaled_object(modifiers(json!({"formula": formula, "target": "0.5"})));
        message(&patched(&scaled(json!([redis]), options)), "Ready", "Creating");
    }
    let both = scaled(json!([cpu, redis]), scaled_object(fallback));
    message(&patched(&both), "Ready", "Creating");
}

#[test]
fn the_gateway_api_refuses_these_rules() {
    let rule = |rule: Value| http(json!({"route": {"hostnames": ["a.example.com"], "rules": [rule]}}));
    let filter = |filter: Value| rule(json!({"filters": [filter]}));
    let mirror = |fraction: Value| {
        filter(json!({"type": "RequestMirror",
            "requestMirror": {"backendRef": {"name": "a", "port": 1}, "fraction": fraction}}))
    };
    let source = "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml";
    let mut rows = Vec::new();
    let mut add = |patch: Value, path: &str, sentence: &str| {
        let path = format!("triggers.http.route.rules[0].{path}");
        rows.push(row(source, patch, &path, sentence));
    };
    add(
        rule(json!({"timeouts": {"request": "1s", "backendRequest": "2s"}})),
        "timeouts.backendRequest",
        "Invalid value: \"2s\": must not be longer than timeouts.request",
    );
    add(
        filter(json!({"type": "RequestRedirect", "requestRedirect": {"statusCode": 304}})),
        "filters[0].requestRedirect.statusCode",
        "Invalid value: 304: must be one of 301, 302, 303, 307, 308",
    );
    add(
        mirror(json!({"numerator": 3, "denominator": 2})),
        "filters[0].requestMirror.fraction.numerator",
        "Invalid value: 3: must not be greater than the denominator, which is 2",
    );
    add(
        rule(json!({"retry": {"codes": [200]}})),
        "retry.codes[0]",
        "Invalid value: 200: must be between 400 and 599",
    );
    add(
        rule(json!({"sessionPersistence": {"cookieConfig": {"lifetimeType": "Permanent"}}})),
        "sessionPersistence.absoluteTimeout",
        "Required value: how long a cookie with the lifetime Permanent lasts",
    );
    add(
        rule(json!({"sessionPersistence": {"type": "Header", "cookieConfig": {}}})),
        "sessionPersistence.cookieConfig",
        "Forbidden: the type is Header",
    );
    let named = json!({"route": {"rules": [{"name": "a"}, {"name": "b"}, {"name": "a"}]}});
    rows.push(row(
        source,
        http(named),
        "triggers.http.route.rules[2].name",
        "Duplicate value: \"a\"",
    ));
    invalid(rows, patched);
    for fine in [
        rule(json!({"timeouts": {"request": "0s", "backendRequest": "2s"}})),
        rule(json!({"timeouts": {"request": "2s", "backendRequest": "2s"}})),
        mirror(json!({"numerator": 100})),
        rule(json!({"retry": {"codes": [500, 503], "attempts": 2, "backoff": "100ms"}})),
        http(json!({"route": {"rules": [{"name": "a"}, {"name": "b"}, {}, {}]}})),
    ] {
        message(&patched(&fine), "Ready", "Creating");
    }
}

#[test]
fn shipwright_refuses_these_builds() {
    let build = |more: Value| {
        let mut build = json!({"builder": "b", "srcRepo": {"url": "u"}});
        super::merge(&mut build, &more);
        spec(json!({"build": build}))
    };
    for name in ["shp-source-root", "shp-output-image"] {
        let patch = build(json!({"shipwright": {"params": [{"name": name, "value": "x"}]}}));
        let answer = patched(&patch);
        assert_eq!(
            message(&answer, "Ready", "Invalid"),
            "spec.build.shipwright.params[0].name: Forbidden: Shipwright itself sets the parameters that start \
             with shp-",
            "pkg/validate/params.go"
        );
    }
}

#[test]
fn kubernetes_refuses_these_fields_in_a_template() {
    let source = "pkg/apis/apps/validation, pkg/apis/core/validation";
    invalid(
        vec![
            row(
                source,
                template(json!({"activeDeadlineSeconds": 10})),
                "template.activeDeadlineSeconds",
                "Forbidden: only the pods of a Job may have a deadline",
            ),
            row(
                source,
                template(json!({"ephemeralContainers": [{"name": "a", "image": "x"}]})),
                "template.ephemeralContainers",
                "Forbidden: they are added to pods that run already, and are not allowed in a template",
            ),
        ],
        patched,
    );
}
