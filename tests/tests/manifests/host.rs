//! The host's own objects fit together, and the real host takes its configuration and arguments.

use metawasm_tests::pod::{Pod, tls_secret};
use metawasm_tests::process::show;
use metawasm_tests::tls::Authority;
use serde_json::{Value, json};

use crate::kustomize::{Kubectl, Objects};

/// The real host, with what the pods would have.
fn check_config(objects: &Objects) -> std::process::Output {
    let mut all = objects.0.clone();
    all.push(tls_secret(&Authority::new()));
    let pod = Pod::of(&all).unwrap();
    let mut command = pod.command();
    command.args(pod.args()).arg("--check-config");
    command.output().expect("metawasm runs")
}

#[test]
fn the_host_takes_its_configuration_and_arguments() {
    let Some(kubectl) = Kubectl::find() else { return };
    for (name, objects) in kubectl.all() {
        let output = check_config(objects);
        assert!(output.status.success(), "{name}: {}", show(&output));
    }
}

#[test]
fn the_image_is_of_the_version_of_the_host() {
    let Some(kubectl) = Kubectl::find() else { return };
    let image = concat!("metawasm:", env!("CARGO_PKG_VERSION"));
    assert_eq!(kubectl.base().container()["image"], image);
}

/// A manifest that goes wrong is seen by the test above.
#[test]
fn the_host_refuses_what_is_wrong_in_them() {
    let Some(kubectl) = Kubectl::find() else { return };
    let mut objects = kubectl.base();
    let args = "/spec/template/spec/containers/0/args";
    let deployment = objects.0.iter_mut().find(|object| object["kind"] == "Deployment");
    let args = deployment.and_then(|object| object.pointer_mut(args)).unwrap();
    args.as_array_mut()
        .unwrap()
        .push(json!("--set=function.defaultEngine=steam"));
    let output = check_config(&objects);
    assert_eq!(output.status.code(), Some(3), "{}", show(&output));
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.contains("(--set function.defaultEngine=steam)"), "{text}");
}

#[test]
fn the_host_is_found_by_what_is_to_find_it() {
    let Some(kubectl) = Kubectl::find() else { return };
    for (name, objects) in kubectl.all() {
        let labels = &objects.pod()["metadata"]["labels"];
        for (kind, selector) in [
            ("Deployment", "/spec/selector/matchLabels"),
            ("Service", "/spec/selector"),
            ("NetworkPolicy", "/spec/podSelector/matchLabels"),
            ("PodDisruptionBudget", "/spec/selector/matchLabels"),
        ] {
            let selector = objects.get(kind, "metawasm").pointer(selector).unwrap();
            for (key, value) in selector.as_object().unwrap() {
                assert_eq!(&labels[key], value, "{name}: {kind}");
            }
        }
        let target = &objects.get("HorizontalPodAutoscaler", "metawasm")["spec"]["scaleTargetRef"];
        assert_eq!(
            target,
            &json!({"apiVersion": "apps/v1", "kind": "Deployment", "name": "metawasm"})
        );
        let ports = objects.container()["ports"].as_array().unwrap();
        let has = |port: &Value| ports.iter().any(|known| &known["name"] == port);
        let service = &objects.get("Service", "metawasm")["spec"]["ports"];
        for port in service.as_array().unwrap() {
            assert!(has(&port["targetPort"]), "{name}: {port}");
        }
        for rule in objects.get("NetworkPolicy", "metawasm")["spec"]["ingress"]
            .as_array()
            .unwrap()
        {
            for port in rule["ports"].as_array().unwrap() {
                assert!(has(&port["port"]), "{name}: {port}");
            }
        }
        for monitor in objects.of_kind("ServiceMonitor") {
            let port = &monitor["spec"]["endpoints"][0]["port"];
            let ports = service.as_array().unwrap();
            assert!(ports.iter().any(|known| &known["name"] == port), "{name}: {port}");
        }
    }
}

#[test]
fn ports_and_times_are_those_of_the_configuration() {
    let Some(kubectl) = Kubectl::find() else { return };
    for (name, objects) in kubectl.all() {
        let config: Value = serde_saphyr::from_str(objects.config()).unwrap();
        let grace = config["grace"].as_str().unwrap().strip_suffix('s').unwrap();
        let grace: u64 = grace.parse().unwrap();
        let spec = &objects.pod()["spec"];
        assert!(
            spec["terminationGracePeriodSeconds"].as_u64().unwrap() >= grace + 10,
            "{name}"
        );
        for (port, field) in [("hooks", "listen"), ("admin", "admin")] {
            let ports = objects.container()["ports"].as_array().unwrap();
            let port = ports.iter().find(|known| known["name"] == port).unwrap();
            let address = format!("0.0.0.0:{}", port["containerPort"]);
            assert_eq!(config[field], json!(address), "{name}");
        }
        for controller in objects.controllers() {
            for hook in controller["spec"]["hooks"].as_object().unwrap().values() {
                let webhook = &hook["webhook"];
                let url = webhook["url"].as_str().unwrap();
                assert!(url.contains("://metawasm.metawasm.svc:8080/"), "{name}: {url}");
                // With one time alone Metacontroller never starts the controller.
                if let Some(etag) = webhook.get("etag") {
                    for time in ["cacheTimeoutSeconds", "cacheCleanupSeconds"] {
                        assert!(etag[time].is_u64(), "{name}: {webhook}");
                    }
                }
            }
        }
    }
}

/// What the namespace's label `restricted` asks of pods, and the root file system that may not be written.
#[test]
fn the_pods_have_no_privileges() {
    let Some(kubectl) = Kubectl::find() else { return };
    for (name, objects) in kubectl.all() {
        let namespace = objects.get("Namespace", "metawasm");
        assert_eq!(
            namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"],
            "restricted"
        );
        let pod = &objects.pod()["spec"];
        let context = &pod["securityContext"];
        assert_eq!(context["runAsNonRoot"], true, "{name}");
        assert_eq!(context["runAsUser"], 65532, "{name}");
        assert_eq!(context["seccompProfile"]["type"], "RuntimeDefault", "{name}");
        assert_eq!(pod["automountServiceAccountToken"], false, "{name}");
        let context = &objects.container()["securityContext"];
        assert_eq!(context["allowPrivilegeEscalation"], false, "{name}");
        assert_eq!(context["readOnlyRootFilesystem"], true, "{name}");
        assert_eq!(context["capabilities"]["drop"], json!(["ALL"]), "{name}");
        for volume in pod["volumes"].as_array().unwrap() {
            let kinds = ["configMap", "emptyDir", "secret"];
            assert!(
                kinds.iter().any(|kind| volume.get(kind).is_some()),
                "{name}: {volume}"
            );
        }
    }
}
