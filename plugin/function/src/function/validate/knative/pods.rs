//! What Knative takes of a pod spec.
//!
//! A revision's pod spec is a part of Kubernetes': some fields are never taken, others only with a
//! feature flag, which the plugin cannot see.
//!
//! Source: Knative Serving 1.20, `pkg/apis/serving/fieldmask.go`, `k8s_validation.go` and
//! `pkg/apis/config/features.go`. A field that is not in these tables is taken.

use crate::formats::json::{Json, Object};
use crate::formats::notes::{Notes, Path};
use crate::formats::written::quoted;
use crate::function::conventions::CONTAINER;
use crate::function::types::Serving;
use crate::function::validate::lists::{list, objects, text};

/// The fields of a type that Knative does not take, or not without a feature flag.
struct Fields {
    never: &'static [&'static str],
    /// Each with the name of its flag after `kubernetes.`.
    flagged: &'static [(&'static str, &'static str)],
}

const POD: Fields = Fields {
    never: &[
        "activeDeadlineSeconds",
        "hostUsers",
        "hostname",
        "hostnameOverride",
        "nodeName",
        "os",
        "overhead",
        "preemptionPolicy",
        "priority",
        "readinessGates",
        "resourceClaims",
        "resources",
        "restartPolicy",
        "schedulingGates",
        "schedulingGroup",
        "setHostnameAsFQDN",
        "subdomain",
        "terminationGracePeriodSeconds",
    ],
    flagged: &[
        ("affinity", "podspec-affinity"),
        ("dnsConfig", "podspec-dnsconfig"),
        ("dnsPolicy", "podspec-dnspolicy"),
        ("hostAliases", "podspec-hostaliases"),
        ("hostIPC", "podspec-hostipc"),
        ("hostNetwork", "podspec-hostnetwork"),
        ("hostPID", "podspec-hostpid"),
        ("initContainers", "podspec-init-containers"),
        ("nodeSelector", "podspec-nodeselector"),
        ("priorityClassName", "podspec-priorityclassname"),
        ("runtimeClassName", "podspec-runtimeclassname"),
        ("schedulerName", "podspec-schedulername"),
        ("securityContext", "podspec-securitycontext"),
        ("shareProcessNamespace", "podspec-shareprocessnamespace"),
        ("tolerations", "podspec-tolerations"),
        ("topologySpreadConstraints", "podspec-topologyspreadconstraints"),
    ],
};

const POD_SECURITY: Fields = never(&[
    "appArmorProfile",
    "seLinuxChangePolicy",
    "seLinuxOptions",
    "supplementalGroupsPolicy",
    "sysctls",
    "windowsOptions",
]);

const CONTAINER_FIELDS: Fields = never(&[
    "lifecycle",
    "resizePolicy",
    "restartPolicy",
    "restartPolicyRules",
    "stdin",
    "stdinOnce",
    "tty",
    "volumeDevices",
]);

const SECURITY: Fields = never(&["appArmorProfile", "procMount", "seLinuxOptions", "windowsOptions"]);

const CAPABILITIES: Fields = flagged(&[("add", "containerspec-addcapabilities")]);

const RESOURCES: Fields = never(&["claims"]);

const PORT: Fields = never(&["hostIP", "hostPort"]);

const MOUNT: Fields = Fields {
    never: &["recursiveReadOnly", "subPathExpr"],
    flagged: &[("mountPropagation", "podspec-volumes-mount-propagation")],
};

const PROBE: Fields = never(&["terminationGracePeriodSeconds"]);

const SOURCE: Fields = Fields {
    never: &["fileKeyRef"],
    flagged: &[
        ("fieldRef", "podspec-fieldref"),
        ("resourceFieldRef", "podspec-fieldref"),
    ],
};

/// Sources of volumes that Knative takes without a flag.
const VOLUMES: [&str; 5] = ["configMap", "emptyDir", "name", "projected", "secret"];

const FLAGGED_VOLUMES: Fields = flagged(&[
    ("csi", "podspec-volumes-csi"),
    ("hostPath", "podspec-volumes-hostpath"),
    ("image", "podspec-volumes-image"),
    ("persistentVolumeClaim", "podspec-persistent-volume-claim"),
]);

const PROJECTED: Fields = never(&["clusterTrustBundle", "podCertificate"]);

/// Fields of an init container that have no meaning there.
const OF_INIT: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];
const PROBES: [&str; 3] = ["livenessProbe", "readinessProbe", "startupProbe"];
/// Paths that no volume may cover.
const RESERVED_PATHS: [&str; 3] = ["/", "/dev", "/dev/log"];
/// Variables that Knative sets itself, `PORT` in the container with the port alone.
const RESERVED_VARIABLES: [&str; 4] = ["K_CONFIGURATION", "K_REVISION", "K_SERVICE", "PORT"];
/// Ports of Knative's own sidecar.
const RESERVED_PORTS: [i64; 6] = [8008, 8012, 8013, 8022, 9090, 9091];
/// Its name.
const SIDECAR: &str = "queue-proxy";
const NOT_TAKEN: &str = "Knative does not support this field";

const fn never(never: &'static [&'static str]) -> Fields {
    Fields { never, flagged: &[] }
}

const fn flagged(flagged: &'static [(&'static str, &'static str)]) -> Fields {
    Fields { never: &[], flagged }
}

/// Checks the pod spec of a revision, but for its port.
pub(super) fn validate(serving: &Serving<'_>, template: &Object<'_>, notes: &mut Notes) {
    let at = Path::root("spec.serving.template");
    let port = serving.http.as_ref().map_or(0, |http| http.port);
    if RESERVED_PORTS.contains(&port) {
        let why =
            "must be another port: Knative's own sidecar listens on 8008, 8012, 8013, 8022, 9090 and 9091";
        notes.invalid(&Path::root("spec.serving.triggers.http.port"), port, why);
    }
    fields(template, &POD, &at, notes);
    let token = "automountServiceAccountToken";
    if matches!(template.get(token), Some(Json::Flag(true))) {
        notes.forbidden(&at.field(token), "Knative supports only the value false");
    }
    below(template, "securityContext", &POD_SECURITY, &at, notes);
    for key in ["containers", "initContainers"] {
        let is_init = key == "initContainers";
        let at = at.field(key);
        for (index, found) in objects(list(template, key)) {
            container(found, is_init, &at.index(index), notes);
        }
    }
    volumes(template, &at.field("volumes"), notes);
}

#[inline(never)]
fn container(container: &Object<'_>, is_init: bool, at: &Path<'_>, notes: &mut Notes) {
    fields(container, &CONTAINER_FIELDS, at, notes);
    let name = text(container, "name").unwrap_or_default();
    if name == SIDECAR {
        notes.forbidden(&at.field("name"), "Knative's own sidecar has this name");
    }
    let serves = name == CONTAINER && !is_init;
    below(container, "resources", &RESOURCES, at, notes);
    below(container, "securityContext", &SECURITY, at, notes);
    if let Some(security) = container.get("securityContext").and_then(Json::as_object) {
        let at = at.field("securityContext");
        if matches!(security.get("privileged"), Some(Json::Flag(true))) {
            notes.forbidden(&at.field("privileged"), "Knative supports only the value false");
        }
        below(security, "capabilities", &CAPABILITIES, &at, notes);
    }
    for probe in PROBES {
        below(container, probe, &PROBE, at, notes);
    }
    for probe in OF_INIT.iter().filter(|probe| container.contains(probe)) {
        if is_init {
            notes.forbidden(&at.field(probe), "an init container has no probes");
        } else if !serves {
            needs_flag(&at.field(probe), "multi-container-probing", notes);
        }
    }
    each(container, "ports", &PORT, at, notes);
    each(container, "volumeMounts", &MOUNT, at, notes);
    let mounts_at = at.field("volumeMounts");
    for (index, mount) in objects(list(container, "volumeMounts")) {
        let at = mounts_at.index(index);
        let path = text(mount, "mountPath").unwrap_or_default();
        let trimmed = if path.len() > 1 {
            path.trim_end_matches('/')
        } else {
            path
        };
        if RESERVED_PATHS.contains(&trimmed) {
            let why = "must not be /, /dev or /dev/log: Knative reserves them";
            notes.invalid(&at.field("mountPath"), quoted(path), why);
        } else if !path.is_empty() && !path.starts_with('/') {
            notes.invalid(
                &at.field("mountPath"),
                quoted(path),
                "must start with / on Knative",
            );
        }
    }
    let env_at = at.field("env");
    for (index, variable) in objects(list(container, "env")) {
        let at = env_at.index(index);
        let name = text(variable, "name").unwrap_or_default();
        if RESERVED_VARIABLES.contains(&name) && (serves || name != "PORT") {
            notes.forbidden(&at.field("name"), format_args!("Knative sets {name} itself"));
        }
        below(variable, "valueFrom", &SOURCE, &at, notes);
    }
}

#[inline(never)]
fn volumes(template: &Object<'_>, at: &Path<'_>, notes: &mut Notes) {
    let mounted = |name: &str| {
        let lists = ["containers", "initContainers"].into_iter();
        let mut mounts = lists
            .flat_map(|key| objects(list(template, key)))
            .flat_map(|(_, container)| objects(list(container, "volumeMounts")));
        mounts.any(|(_, mount)| text(mount, "name") == Some(name))
    };
    for (index, volume) in objects(list(template, "volumes")) {
        let at = at.index(index);
        for (key, source) in volume.iter().filter(|(key, _)| !VOLUMES.contains(key)) {
            let flags = FLAGGED_VOLUMES.flagged;
            let at = at.field(key);
            match flags.iter().find(|(known, _)| *known == key) {
                None => notes.forbidden(&at, "Knative does not support volumes of this type"),
                Some((_, flag)) => needs_flag(&at, &["kubernetes.", flag].concat(), notes),
            }
            let is_read_only = matches!(source.get("readOnly"), Some(Json::Flag(true)));
            if key == "persistentVolumeClaim" && !is_read_only {
                needs_flag(
                    &at.field("readOnly"),
                    "kubernetes.podspec-persistent-volume-write",
                    notes,
                );
            }
        }
        let medium = volume
            .get("emptyDir")
            .and_then(|dir| dir.get("medium")?.as_text());
        if let Some(medium) = medium.filter(|medium| !["", "Memory"].contains(medium)) {
            notes.unsupported(&at.field("emptyDir.medium"), quoted(medium), &["Memory"]);
        }
        let projected = volume.get("projected").and_then(Json::as_object);
        if let Some(projected) = projected {
            each(projected, "sources", &PROJECTED, &at.field("projected"), notes);
        }
        let name = text(volume, "name").unwrap_or_default();
        if !name.is_empty() && !mounted(name) {
            let why = "must be mounted by a container: Knative rejects other volumes";
            notes.invalid(&at.field("name"), quoted(name), why);
        }
    }
}

/// Checks the object that a field holds.
#[inline(never)]
fn below(object: &Object<'_>, key: &str, known: &Fields, at: &Path<'_>, notes: &mut Notes) {
    if let Some(found) = object.get(key).and_then(Json::as_object) {
        fields(found, known, &at.field(key), notes);
    }
}

/// Checks the objects of a list.
#[inline(never)]
fn each(object: &Object<'_>, key: &str, known: &Fields, at: &Path<'_>, notes: &mut Notes) {
    let at = at.field(key);
    for (index, found) in objects(list(object, key)) {
        fields(found, known, &at.index(index), notes);
    }
}

#[inline(never)]
fn fields(object: &Object<'_>, known: &Fields, at: &Path<'_>, notes: &mut Notes) {
    for key in object.keys() {
        if known.never.contains(&key) {
            notes.forbidden(&at.field(key), NOT_TAKEN);
        } else if let Some((_, flag)) = known.flagged.iter().find(|(flagged, _)| *flagged == key) {
            needs_flag(&at.field(key), &["kubernetes.", flag].concat(), notes);
        }
    }
}

#[cold]
#[inline(never)]
fn needs_flag(at: &Path<'_>, flag: &str, notes: &mut Notes) {
    notes.warn(
        at,
        format_args!(
            "Knative supports it only with the feature flag {flag} in the ConfigMap config-features of \
             knative-serving, and rejects the Service without it"
        ),
    );
}
