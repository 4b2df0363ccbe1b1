//! What Knative Serving's webhook refuses.

use serde_json::{Value, json};

use super::super::{at, http, merge, message, patched, patched_knative, serving};
use super::{invalid, row, template};

const NO_FIELD: &str = "Forbidden: Knative does not support this field";

/// The pod spec with this in its container "function".
fn container(fields: Value) -> Value {
    let mut container = json!({"name": "function"});
    merge(&mut container, &fields);
    template(json!({"containers": [container]}))
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
