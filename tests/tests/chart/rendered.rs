//! What is rendered: the default as a whole, and of each choice what it changes.

use std::path::Path;
use std::process::Command;

use metawasm_tests::process::{Folder, show};
use metawasm_tests::{metawasm, root, target};
use serde_json::{Value, json};

use crate::difference::difference;
use crate::{Chart, copy, objects, offline, stdout};

/// A name, and the values that make the choice.
const CHOICES: &[(&str, &[&str])] = &[
    ("knative", &["kinds.knative=true"]),
    ("dapr", &["kinds.dapr=true"]),
    ("gateway-api", &["kinds.gatewayApi=true"]),
    (
        "gateway-elsewhere",
        &[
            "kinds.gatewayApi=true",
            "gateway.name=public.example",
            "gateway.namespace=gateways",
        ],
    ),
    ("ingress", &["kinds.ingress=true"]),
    ("shipwright", &["kinds.shipwright=true"]),
    ("interceptor-route", &["kinds.interceptorRoute=true"]),
    ("openfunction-gateways", &["kinds.openfunctionGateways=true"]),
    ("finalize", &["finalize=true"]),
    ("server-side-apply", &["serverSideApply=true"]),
    ("tls-made", &["tls.enabled=true", "finalize=true"]),
    ("tls-existing", &["tls.enabled=true", "tls.existingSecret=mine"]),
    (
        "tls-ca",
        &[
            "tls.enabled=true",
            "tls.existingSecret=mine",
            "tls.caBundle=-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n",
        ],
    ),
    ("port-80-helm", &["interceptor.port80Service=helm"]),
    (
        "port-80-kustomize",
        &["interceptor.port80Service=kustomize", "kinds.gatewayApi=true"],
    ),
    (
        "interceptor-elsewhere",
        &[
            "interceptor.service=interceptor",
            "interceptor.namespace=addon",
            "interceptor.port=80",
        ],
    ),
    (
        "service-monitor",
        &[
            "serviceMonitor.enabled=true",
            "serviceMonitor.labels.release=prometheus",
        ],
    ),
    (
        "alerts",
        &[
            "prometheusRule.enabled=true",
            "prometheusRule.labels.release=prometheus",
        ],
    ),
    (
        "dashboard",
        &[
            "grafanaDashboard.enabled=true",
            "grafanaDashboard.labels.team=functions",
            "grafanaDashboard.annotations.grafana_folder=Platform",
        ],
    ),
    ("metacontroller-rights", &["rbac.metacontroller=true"]),
    (
        "metacontroller-elsewhere",
        &[
            "metacontroller.namespace=operators",
            "metacontroller.serviceAccount=meta",
        ],
    ),
    (
        "less",
        &[
            "autoscaling.enabled=false",
            "replicas=3",
            "podDisruptionBudget.enabled=false",
            "networkPolicy.enabled=false",
            "topologySpread.enabled=false",
            "rbac.create=false",
            "crds.install=false",
            "controller.etag.enabled=false",
        ],
    ),
    (
        "image",
        &[
            "image.repository=registry.example:5000/wasm/metawasm",
            "image.digest=sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
            "image.pullPolicy=Always",
            "image.pullSecrets[0].name=registry",
        ],
    ),
    (
        "pods",
        &[
            "podAnnotations.example\\.com/team=functions",
            "nodeSelector.disk=ssd",
            "tolerations[0].operator=Exists",
            "affinity.nodeAffinity.x=y",
            "priorityClassName=high",
            "extraArgs[0]=--log=debug",
            "extraEnv[0].name=RUST_BACKTRACE",
            "extraEnv[0].value=one",
            "extraVolumes[0].name=plugins",
            "extraVolumes[0].image.reference=example.com/plugins",
            "extraVolumeMounts[0].name=plugins",
            "extraVolumeMounts[0].mountPath=/more",
        ],
    ),
    (
        "configuration",
        &[
            "settings.exposure.domain=example.com",
            "settings.defaultEngine=knative",
            "config.memo.size=128Mi",
            "config.log.format=text",
            "config.body=10000000",
        ],
    ),
    ("plugins-of-a-configmap", &["pluginConfigMaps[0]=team-hooks"]),
    (
        "controller",
        &[
            "controller.resyncPeriodSeconds=10000000",
            "controller.timeout=20s",
            "controller.etag.cacheTimeoutSeconds=20000000",
        ],
    ),
];

/// What changes from one rendering to the next, or is long and tested elsewhere.
fn shown(mut objects: Vec<Value>) -> Vec<Value> {
    for object in &mut objects {
        for pointer in [
            "/spec/versions",
            "/spec/groups",
            "/data/metawasm.json",
            "/data/tls.crt",
            "/data/tls.key",
            "/data/ca.crt",
            "/spec/hooks/sync/webhook/caBundle/inline",
            "/spec/hooks/finalize/webhook/caBundle/inline",
            "/spec/hooks/customize/webhook/caBundle/inline",
            "/spec/template/metadata/annotations/checksum~1config",
        ] {
            if let Some(field) = object.pointer_mut(pointer) {
                *field = json!("…");
            }
        }
        // As it is read, so that a line of it is one field.
        if let Some(file) = object.pointer_mut("/data/metawasm.yaml") {
            *file = serde_saphyr::from_str(file.as_str().unwrap()).unwrap();
        }
    }
    objects.sort_by_key(crate::name);
    objects
}

#[test]
fn the_default() {
    let Some(chart) = Chart::new() else { return };
    let objects = shown(chart.render(&[]));
    let documents: Vec<_> = objects
        .iter()
        .map(|object| serde_saphyr::to_string(object).unwrap())
        .collect();
    insta::assert_snapshot!("default", documents.join("---\n"));
}

#[test]
fn what_each_choice_changes() {
    let Some(chart) = Chart::new() else { return };
    let default = shown(chart.render(&[]));
    for (choice, values) in CHOICES {
        let changes = difference(&default, &shown(chart.render(values)));
        insta::assert_snapshot!(*choice, changes);
    }
}

#[test]
fn what_a_person_reads_next() {
    let Some(chart) = Chart::new() else { return };
    insta::assert_snapshot!("notes", chart.notes(&[]));
    insta::assert_snapshot!(
        "notes-more",
        chart.notes(&[
            "image.repository=registry.example/metawasm",
            "kinds.knative=true",
            "kinds.gatewayApi=true",
            "kinds.dapr=true",
            "finalize=true",
            "tls.enabled=true",
            "crds.keep=false",
        ])
    );
    insta::assert_snapshot!(
        "notes-elsewhere",
        chart.notes(&[
            "networkPolicy.enabled=false",
            "kinds.gatewayApi=true",
            "settings.interceptor.namespace=addon",
        ])
    );
}

/// Nothing says of a NetworkPolicy that is not there that it protects the hooks.
#[test]
fn hooks_in_the_clear_for_all_are_no_secret() {
    let Some(chart) = Chart::new() else { return };
    for (values, warned) in [
        (&[] as &[&str], false),
        (&["networkPolicy.enabled=false"], true),
        (&["networkPolicy.enabled=false", "tls.enabled=true"], false),
    ] {
        assert_eq!(chart.notes(values).contains("WARNING"), warned, "{values:?}");
    }
    let open = stdout(&chart.template(&["--set=networkPolicy.enabled=false"]));
    assert!(!open.contains("lets Metacontroller alone call"), "{open}");
}

/// Of several files of values one may switch off what another says.
#[test]
fn what_is_not_used_without_tls_is_a_note() {
    const CA: &str = "tls.caBundle=-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----";
    const SECRET: &str = "tls.existingSecret=mine";
    let Some(chart) = Chart::new() else { return };
    for (values, note) in [
        (
            &[SECRET, CA] as &[&str],
            Some("\ntls.enabled is false: tls.existingSecret and tls.caBundle are ignored.\n"),
        ),
        (
            &[SECRET],
            Some("\ntls.enabled is false: tls.existingSecret is ignored.\n"),
        ),
        (&[CA], Some("\ntls.enabled is false: tls.caBundle is ignored.\n")),
        (&["tls.existingSecret=null", "tls.caBundle= "], None),
        (&[SECRET, CA, "tls.enabled=true"], None),
    ] {
        let notes = chart.notes(values);
        assert_eq!(notes.contains("tls.enabled is false:"), note.is_some(), "{notes}");
        assert!(notes.contains(note.unwrap_or_default()), "{notes}");
        if !values.contains(&"tls.enabled=true") {
            assert_eq!(chart.render(values), chart.render(&[]), "{values:?}");
        }
    }
}

/// As `openssl x509 -text` writes a CA, and as bundles say what is in them.
#[test]
fn a_ca_may_have_text_around_it() {
    let Some(chart) = Chart::new() else { return };
    let ca = "# Issuer: Ä\nCertificate:\n    Data:\n\tVersion: 3\n-----BEGIN CERTIFICATE-----\nMII=\n\
              -----END CERTIFICATE-----\n# The end.";
    let folder = Folder::new("ca");
    let file = folder.write("ca.pem", format!("\n  {ca}\n\n"));
    let output = chart.template(&[
        "--set=tls.enabled=true,tls.existingSecret=mine",
        &format!("--set-file=tls.caBundle={}", file.display()),
    ]);
    let objects = objects(&stdout(&output));
    let controller = objects
        .iter()
        .find(|object| object["kind"] == "CompositeController");
    let inline = controller
        .unwrap()
        .pointer("/spec/hooks/sync/webhook/caBundle/inline");
    assert_eq!(inline.and_then(Value::as_str).map(str::trim), Some(ca));
}

/// Who may not read the ServiceAccounts there installs by rbac.create=false, which a lookup would end.
#[test]
fn the_notes_ask_for_metacontroller_only_where_they_may() {
    let Some(chart) = Chart::new() else { return };
    // Without a cluster a lookup finds nothing; here a cluster says that there are others, or that it says nothing.
    let others = |text: String| {
        let all = "lookup \"v1\" \"ServiceAccount\" .namespace \"\"";
        assert!(text.contains(all), "{text}");
        text.replace(all, "list 1")
    };
    let forbidden = |text: String| {
        assert_eq!(text.matches("(lookup ").count(), 2, "{text}");
        text.replace("(lookup ", "(list (fail \"forbidden\") ")
    };
    let missing =
        "NOT READY: the ServiceAccount metacontroller does not exist in the namespace metacontroller";
    let notes = chart.notes_where(&[], others);
    assert!(notes.contains(missing), "{notes}");
    let notes = chart.notes_where(&["rbac.create=false"], forbidden);
    assert!(!notes.contains(missing), "{notes}");
}

/// What is right about values that the checks look at.
#[test]
fn what_is_checked_is_not_refused_when_it_is_right() {
    let Some(chart) = Chart::new() else { return };
    for value in [
        "controller.timeout=1s",
        "controller.timeout=1500ms",
        "controller.timeout=0.5s500ms",
        "controller.timeout=1m0s",
        "controller.timeout=0.01h",
        "podDisruptionBudget.maxUnavailable=100%",
        "podDisruptionBudget.maxUnavailable=7%",
        "resources.limits.example\\.com/gpu=1",
        "resources.limits.hugepages-2Mi=4Mi",
        "resources.requests.cpu=0",
        "resources.requests.cpu=0.5",
        "resources.limits.cpu=null",
        "rbac.create=false",
        "metacontroller.serviceAccount=meta.controller-2",
        "extraVolumes[0].name=tls",
        "extraVolumeMounts[0].name=a,extraVolumeMounts[0].mountPath=/plugins/more",
        "extraEnv[0].name=METAWASM_LOG,extraEnv[1].name=METAWASM_LOG_FORMAT,extraEnv[2].name=METAWASM_TRACES",
        "extraEnv[0].name=METAWASM_BODY,extraEnv[1].name=METAWASM_CODE_CACHE,extraEnv[2].name=LISTEN",
        "extraArgs={--log=debug,--log-format,text,--traces=http://x,--body=1Mi,--plugin=a=file:/x,-p,b=file:/y,--set,a.b=1}",
        "serviceMonitor.enabled=true,serviceMonitor.labels.release=prometheus",
        // Not used.
        "serviceMonitor.labels.app\\.kubernetes\\.io/name=x",
        "tls.existingSecret=mine",
        "tls.caBundle=-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----",
        "tls.caBundle= ",
        "tls.enabled=true,tls.caBundle= ",
    ] {
        chart.render(&[value]);
    }
}

#[test]
fn a_changed_configuration_rolls_the_pods_and_nothing_else_does() {
    let Some(chart) = Chart::new() else { return };
    let template = |values: &[&str]| {
        let objects = chart.render(values);
        let deployment = objects.iter().find(|object| object["kind"] == "Deployment");
        deployment.unwrap()["spec"]["template"].clone()
    };
    assert_ne!(template(&[]), template(&["settings.checkNames=true"]));
    assert_eq!(template(&[]), template(&["controller.timeout=20s"]));
}

/// Plugins of a registry, which no test without one can load.
const REGISTRY: &[&str] = &[
    "plugins[0].name=site",
    "plugins[0].source=oci://registry.example/team/site:1.2",
    "plugins[1].name=other",
    "plugins[1].source=file:/configmaps/team-hooks/other.wasm",
    "plugins[1].verify.keys[0]=/keys/other.pub",
    "pluginConfigMaps[0]=team-hooks",
    "registries.credentialsSecret=pull",
    "registries.ca=-----BEGIN CERTIFICATE-----\nMII=\n-----END CERTIFICATE-----\n",
    "registries.egress[0].cidr=10.1.0.0/16",
    "registries.egress[0].port=443",
    "verify.keys.release\\.pub=-----BEGIN PUBLIC KEY-----\nMFk=\n-----END PUBLIC KEY-----\n",
];

#[test]
fn plugins_of_a_registry_are_reached_kept_and_verified() {
    let Some(chart) = Chart::new() else { return };
    let changes = difference(&shown(chart.render(&[])), &shown(chart.render(REGISTRY)));
    insta::assert_snapshot!("plugins-of-a-registry", changes);
}

#[test]
fn the_host_takes_every_configuration() {
    let Some(chart) = Chart::new() else { return };
    let folder = Folder::new("chart");
    let plugins = target().join("plugins");
    for (choice, values) in [("default", &[] as &[&str])].iter().chain(CHOICES) {
        let objects = chart.render(values);
        let map = objects
            .iter()
            .find(|object| object["kind"] == "ConfigMap")
            .unwrap();
        // Folders of the image are elsewhere on this machine.
        let config = map["data"]["metawasm.yaml"]
            .as_str()
            .unwrap()
            .replace("file:/plugins", &format!("file:{}", plugins.display()))
            .replace("/cache/code", folder.path().join("code").to_str().unwrap());
        let file = folder.write("metawasm.yaml", config);
        let checked = Command::new(metawasm())
            .args(["serve", "--check-config", "--plain", "--config"])
            .arg(file)
            .output()
            .unwrap();
        assert!(checked.status.success(), "{choice}: {}", show(&checked));
    }
}

/// A chart that this one is part of says by `enabled` whether it is there.
#[test]
fn a_part_of_another_chart_may_be_conditional() {
    let Some(chart) = Chart::new() else { return };
    let folder = Folder::new("parent");
    let version = env!("CARGO_PKG_VERSION");
    folder.write(
        "Chart.yaml",
        format!(
            "apiVersion: v2\nname: parent\nversion: 1.0.0\ndependencies:\n  \
             - {{name: metawasm, version: {version}, condition: metawasm.enabled}}\n"
        ),
    );
    copy(
        Path::new(&chart.chart),
        &folder.path().join("charts").join("metawasm"),
    );
    let parent = Chart {
        helm: chart.helm.clone(),
        chart: folder.path().to_str().unwrap().to_owned(),
    };
    assert_eq!(parent.render(&["metawasm.enabled=true"]), chart.render(&[]));
    let left = stdout(&parent.template(&["--set=metawasm.enabled=false"]));
    assert_eq!(left.trim(), "");
}

#[test]
fn helm_finds_nothing_to_complain_about() {
    let Some(chart) = Chart::new() else { return };
    stdout(&offline(&chart.helm, &["lint", "--strict", &chart.chart]));
}

#[test]
fn the_package_has_the_one_crd() {
    let Some(chart) = Chart::new() else { return };
    let folder = Folder::new("package");
    let to = folder.path().to_str().unwrap();
    stdout(&offline(
        &chart.helm,
        &["package", &chart.chart, "--destination", to],
    ));
    let package = std::fs::read_dir(to).unwrap().next().unwrap().unwrap().path();
    let packaged = Chart {
        helm: chart.helm.clone(),
        chart: package.to_str().unwrap().to_owned(),
    };
    let rendered = packaged.render(&[]);
    assert_eq!(rendered, chart.render(&[]));

    let crd = rendered
        .iter()
        .find(|object| object["kind"] == "CustomResourceDefinition");
    let file = std::fs::read_to_string(root().join("metacontroller/crd/function.yaml")).unwrap();
    assert_eq!(crd.unwrap()["spec"], objects(&file)[0]["spec"]);
    let keep = "/metadata/annotations/helm.sh~1resource-policy";
    assert_eq!(crd.unwrap().pointer(keep), Some(&json!("keep")));
    let removable = chart.render(&["crds.keep=false"]);
    let crd = removable
        .iter()
        .find(|object| object["kind"] == "CustomResourceDefinition");
    assert_eq!(crd.unwrap().pointer(keep), None);
}
