//! Values that are wrong: helm renders nothing and says which value it is.

use metawasm_tests::process::{show, stdout};
use serde_json::Value;

use crate::documented::{OF_A_PARENT, schema};
use crate::{Chart, objects, offline};

/// A value, and what is said about it; of the schema, as helm 4 says it.
const WRONG: &[(&str, &str)] = &[
    ("replica=3", "at '': additional properties 'replica' not allowed"),
    (
        "registries.egress[0].cidr=registry.example",
        "at '/registries/egress/0/cidr': 'registry.example' does not match pattern",
    ),
    (
        "image.name=x",
        "at '/image': additional properties 'name' not allowed",
    ),
    (
        "kinds.istio=true",
        "at '/kinds': additional properties 'istio' not allowed",
    ),
    ("replicas=three", "at '/replicas': got string, want integer"),
    ("tls.enabled=maybe", "at '/tls/enabled': got string, want boolean"),
    ("image.tag=2", "at '/image/tag': got number, want string"),
    (
        "image.digest=abc",
        "at '/image/digest': 'abc' does not match pattern",
    ),
    (
        "image.repository=metawasm:1",
        "at '/image/repository': 'metawasm:1' does not match pattern",
    ),
    (
        "image.pullPolicy=Sometimes",
        "at '/image/pullPolicy': value must be one of",
    ),
    (
        "interceptor.port=0",
        "at '/interceptor/port': minimum: got 0, want 1",
    ),
    (
        "interceptor.port=70000",
        "at '/interceptor/port': maximum: got 70,000, want 65,535",
    ),
    (
        "interceptor.port80Service=true",
        "at '/interceptor/port80Service': value must be one of 'none', 'helm', 'kustomize'",
    ),
    (
        "controller.timeout=10",
        "at '/controller/timeout': got number, want string",
    ),
    (
        "controller.timeout=soon",
        "at '/controller/timeout': 'soon' does not match pattern",
    ),
    (
        "resources.limits.cpu=lots",
        "at '/resources/limits/cpu': 'lots' does not match pattern",
    ),
    (
        "tls.caBundle=Zm9v",
        "at '/tls/caBundle': 'Zm9v' does not match pattern",
    ),
    (
        "metacontroller.namespace=",
        "at '/metacontroller/namespace': '' does not match pattern",
    ),
    ("settings=none", "at '/settings': got string, want object"),
    (
        "plugins[0].name=mine",
        "at '/plugins/0': missing property 'source'",
    ),
    ("extraEnv[0].value=x", "at '/extraEnv/0': missing property 'name'"),
    (
        "autoscaling.minReplicas=9",
        "autoscaling.minReplicas (9) is above autoscaling.maxReplicas (6). Raise maxReplicas or lower minReplicas",
    ),
    (
        "settings.interceptor=x",
        "settings.interceptor requires service, namespace and port",
    ),
    (
        "config.listen=x",
        "config.listen cannot be set: the Service and the probes use fixed ports",
    ),
    (
        "config.plugins[0].name=x",
        "config.plugins cannot be set: list additional plugins in `plugins`",
    ),
    (
        "config.grace=60s",
        "config.grace cannot be set: terminationGracePeriodSeconds of the pod depends on it",
    ),
    (
        "plugins[0].name=function,plugins[0].source=file:/x",
        "plugins: duplicate plugin name \"function\". Use another name",
    ),
    (
        "config.auth.bearer=/x",
        "config.auth cannot be set: the chart's controllers send no credentials; restrict callers with a NetworkPolicy, \
         networkPolicy.enabled or your own",
    ),
    (
        CA_WITHOUT_SECRET,
        "tls.caBundle requires tls.existingSecret: otherwise the chart creates a certificate with its own CA",
    ),
    (
        "tls.caBundle=-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n-----BEGIN EC PRIVATE KEY-----\nMII=\n",
        "tls.caBundle contains a private key, which would be visible to every reader of the controllers. Remove the key and",
    ),
    (
        "rbac.create=false,rbac.metacontroller=true",
        "rbac.metacontroller requires rbac.create: with rbac.create=false the chart creates no permissions. Set rbac.create, or",
    ),
    (
        "podDisruptionBudget.maxUnavailable=999%",
        "at '/podDisruptionBudget/maxUnavailable': '999%' does not match pattern",
    ),
    (
        "podDisruptionBudget.maxUnavailable=101%",
        "at '/podDisruptionBudget/maxUnavailable': '101%' does not match pattern",
    ),
    (
        "resources.limits.memory=-5",
        "at '/resources/limits/memory': minimum: got -5, want 0",
    ),
    (
        "resources.requests.cpu=-1",
        "at '/resources/requests/cpu': minimum: got -1, want 0",
    ),
    (
        "resources.limits.memoryy=1Gi",
        "at '/resources/limits': additional properties 'memoryy' not allowed",
    ),
    ("controller.timeout=0s", "controller.timeout (0s) is below 1s"),
    ("controller.timeout=1ms", "controller.timeout (1ms) is below 1s"),
    (
        "controller.timeout=0.5s499ms",
        "controller.timeout (0.5s499ms) is below 1s",
    ),
    (
        "metacontroller.serviceAccount=Not A Name",
        "at '/metacontroller/serviceAccount': 'Not A Name' does not match pattern",
    ),
    (
        "fullnameOverride=1abc",
        "at '/fullnameOverride': '1abc' does not match pattern",
    ),
    (
        "extraVolumes[0].name=cache",
        "extraVolumes: duplicate volume name \"cache\". Use another name",
    ),
    (
        "tls.enabled=true,extraVolumes[0].name=tls",
        "extraVolumes: duplicate volume name \"tls\"",
    ),
    (
        "extraVolumes[0].name=a,extraVolumes[1].name=a",
        "extraVolumes: duplicate volume name \"a\"",
    ),
    (
        "extraVolumes[0].name=A",
        "at '/extraVolumes/0/name': 'A' does not match pattern",
    ),
    (
        "extraVolumeMounts[0].name=a,extraVolumeMounts[0].mountPath=/cache",
        "extraVolumeMounts: duplicate mountPath /cache. Use another path",
    ),
    (
        "extraVolumeMounts[0].name=a,extraVolumeMounts[0].mountPath=/cache/",
        "extraVolumeMounts: duplicate mountPath /cache/. Use another path",
    ),
    (
        "extraVolumeMounts[0].name=a,extraVolumeMounts[0].mountPath=/x/,\
         extraVolumeMounts[1].name=b,extraVolumeMounts[1].mountPath=/x",
        "extraVolumeMounts: duplicate mountPath /x. Use another path",
    ),
    (
        "extraVolumeMounts[0].name=a,extraVolumeMounts[0].mountPath=/plugins",
        "extraVolumeMounts: a volume at /plugins would hide the plugins of the image. Mount it at another path, for \
         example /more-plugins",
    ),
    (
        "extraVolumeMounts[0].name=a,extraVolumeMounts[0].mountPath=/plugins/",
        "extraVolumeMounts: a volume at /plugins/ would hide the plugins of the image",
    ),
    (
        "extraEnv[0].name=A,extraEnv[1].name=A",
        "extraEnv: duplicate variable A. Remove one of them",
    ),
    (
        "podAnnotations.checksum/config=x",
        "podAnnotations must not contain checksum/config: the chart sets it, so that a changed configuration restarts the pods",
    ),
    (
        "serviceMonitor.enabled=true,serviceMonitor.labels.app\\.kubernetes\\.io/name=x",
        "serviceMonitor.labels must not contain app.kubernetes.io/name: the chart sets it on all objects",
    ),
    (
        "prometheusRule.enabled=true,prometheusRule.labels.app\\.kubernetes\\.io/name=x",
        "prometheusRule.labels must not contain app.kubernetes.io/name: the chart sets it on all objects",
    ),
    (
        "grafanaDashboard.enabled=true,grafanaDashboard.labels.app\\.kubernetes\\.io/name=x",
        "grafanaDashboard.labels must not contain app.kubernetes.io/name: the chart sets it on all objects",
    ),
];

const CA_WITHOUT_SECRET: &str =
    "tls.enabled=true,tls.caBundle=-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----";

/// Values that may be empty, and so may be null; of all others the chart needs something.
const MAY_BE_NULL: &[&str] = &[
    "nameOverride",
    "fullnameOverride",
    "image.tag",
    "image.digest",
    "image.pullPolicy",
    "image.pullSecrets",
    "resources",
    "serviceMonitor.labels",
    "prometheusRule.labels",
    "grafanaDashboard.labels",
    "grafanaDashboard.annotations",
    "tls.existingSecret",
    "tls.caBundle",
    "gateway.namespace",
    "settings",
    "pluginConfigMaps",
    "plugins",
    "config",
    "extraArgs",
    "extraEnv",
    "extraVolumes",
    "extraVolumeMounts",
    "podAnnotations",
    "nodeSelector",
    "tolerations",
    "affinity",
    "priorityClassName",
];

#[test]
fn a_wrong_value_is_named() {
    let Some(chart) = Chart::new() else { return };
    for (value, sentence) in WRONG {
        let output = chart.template(&["--set", value]);
        assert!(!output.status.success(), "{value} is taken");
        assert!(output.stdout.is_empty(), "{value}: {}", show(&output));
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(says(&error, sentence), "{value}: {error}");
    }
}

/// Whether helm says so. helm 3 has other words for what the schema refuses, and names the same value.
fn says(error: &str, sentence: &str) -> bool {
    let of_helm_3 = || {
        let (pointer, _) = sentence.strip_prefix("at '")?.split_once("': ")?;
        let path = match pointer.trim_start_matches('/') {
            "" => "(root)".to_owned(),
            path => path.replace('/', "."),
        };
        Some(error.contains(&format!("\n- {path}: ")))
    };
    error.contains(sentence) || of_helm_3() == Some(true)
}

/// The paths of all values, and of what they are in.
fn every(schema: &Value, path: &str, found: &mut Vec<String>) {
    for (key, field) in schema["properties"].as_object().into_iter().flatten() {
        let path = format!("{path}{key}");
        if field.get("description").is_none() {
            every(field, &format!("{path}."), found);
        }
        found.push(path);
    }
}

/// helm takes a default away where a value is null.
#[test]
fn null_is_empty_or_refused() {
    let Some(chart) = Chart::new() else { return };
    let default = chart.render(&[]);
    let mut paths = Vec::new();
    every(&schema(), "", &mut paths);
    // Without a default.
    paths.retain(|path| !OF_A_PARENT.contains(&path.as_str()));
    for path in &paths {
        let output = chart.template(&["--set", &format!("{path}=null")]);
        if MAY_BE_NULL.contains(&path.as_str()) {
            let rendered = objects(&stdout(&output));
            // Of these the default is not empty.
            assert!(
                path == "resources" || rendered == default,
                "{path} makes a difference"
            );
        } else {
            let error = String::from_utf8_lossy(&output.stderr);
            assert!(!output.status.success(), "{path}: null is taken");
            let (parent, key) = path.rsplit_once('.').unwrap_or(("", path));
            let sentence = format!("at '{}': missing property '{key}'", pointer(parent));
            assert!(says(&error, &sentence), "{path}: {error}");
        }
    }
    for path in MAY_BE_NULL {
        assert!(paths.iter().any(|known| known == path), "{path} is no value");
    }
}

/// What the host takes from a flag or a variable wins over the file that the chart makes.
#[test]
fn a_flag_or_variable_for_what_the_chart_has_taken_is_refused() {
    const PORTS: &str = "the Service and the probes use fixed ports";
    const SECRET: &str = "the chart's controllers send no credentials; restrict callers with a NetworkPolicy";
    let Some(chart) = Chart::new() else { return };
    let refused = |value: &str, sentence: &str| {
        let output = chart.template(&["--set", value]);
        assert!(!output.status.success(), "{value} is taken");
        let error = String::from_utf8_lossy(&output.stderr);
        assert!(error.contains(sentence), "{value}: {error}");
    };
    for (flag, why) in [
        ("config", "the chart creates the file; set its fields in `config`"),
        ("listen", PORTS),
        ("admin", PORTS),
        ("grace", "terminationGracePeriodSeconds of the pod depends on it"),
        ("plain", "use `tls`"),
        ("tls-cert", "use `tls`"),
        ("tls-key", "use `tls`"),
        (
            "tls-client-ca",
            "the chart's controllers send no client certificate; restrict callers with a NetworkPolicy",
        ),
        ("auth-bearer", SECRET),
        ("auth-basic", SECRET),
    ] {
        let sentence = format!("extraArgs: --{flag} cannot be set: {why}");
        refused(&format!("extraArgs={{--{flag},x}}"), &sentence);
        refused(&format!("extraArgs={{--log=debug,--{flag}=x}}"), &sentence);
        let variable = format!("METAWASM_{}", flag.to_uppercase().replace('-', "_"));
        let sentence = format!("extraEnv: {variable} cannot be set: {why}");
        refused(&format!("extraEnv[0].name={variable}"), &sentence);
    }
    for short in ["extraArgs={-c,x}", "extraArgs={-cx}"] {
        refused(short, "extraArgs: -c cannot be set: the chart creates the file");
    }
}

fn pointer(path: &str) -> String {
    path.split('.')
        .filter(|key| !key.is_empty())
        .map(|key| format!("/{key}"))
        .collect()
}

/// A Service's name is stricter than a release's.
#[test]
fn a_release_whose_name_is_no_service_is_refused() {
    let Some(chart) = Chart::new() else { return };
    for release in ["1abc", "a.b"] {
        let output = offline(&chart.helm, &["template", release, &chart.chart]);
        assert!(!output.status.success(), "{release} is taken");
        let error = String::from_utf8_lossy(&output.stderr);
        let sentence = format!("invalid name \"{release}-metawasm\" of the Service");
        assert!(error.contains(&sentence), "{release}: {error}");
        let named = ["template", release, &chart.chart, "--set=fullnameOverride=abc"];
        stdout(&offline(&chart.helm, &named));
    }
}
