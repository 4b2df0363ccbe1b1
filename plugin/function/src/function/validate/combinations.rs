//! What is valid in each of its parts, and together does not work, or not as it is meant.
//!
//! Each is a row of [`ALL`]: a check and the reason for it.

use super::super::conventions::{CONTAINER, PORT_NAME};
use super::lists::{list, objects, text};
use crate::formats::json::{Json, Object};
use crate::formats::notes::{Notes, Path};
use crate::formats::written::quoted;
use crate::function::conventions::DEFAULT_PORT;
use crate::function::dapr;
use crate::function::knative;
use crate::function::scaling::DEFAULT_MAX;
use crate::function::types::Engine;
use crate::function::types::Mode;
use crate::function::types::{Function, Serving, WorkloadType};

/// What the checks look at.
struct Whole<'w, 'a> {
    function: &'w Function<'a>,
    serving: &'w Serving<'a>,
    template: &'w Object<'a>,
    engine: Engine,
}

type Check = fn(&Whole<'_, '_>, &mut Notes);

const ALL: &[Check] = &[
    // The Job's pod is done only when the sidecar ends too, and it never does.
    a_job_with_a_sidecar,
    // Both listen in one network namespace: whichever starts later fails.
    a_port_of_the_sidecar,
    // The same, of a container of the user's.
    one_port_in_two_containers,
    // It runs beside the container "function", which has the same image, the port and the variables.
    the_image_in_another_container,
    // One of the pods gets the port of the node, the others stay Pending.
    more_pods_than_ports_of_a_node,
    // Pods in the node's network ask the node's DNS, which does not know Services.
    the_nodes_network_without_the_clusters_dns,
    // The kubelet fails the probe for ever, and restarts the container.
    a_probe_of_a_port_without_a_name,
    // The only port that is declared is not the one that gets the requests.
    another_port_than_the_functions,
    // The sidecar goes with the last pod, and what it has subscribed to with it.
    events_that_wake_nobody,
    // Nothing reads the components of a function whose Dapr is off.
    triggers_without_dapr,
];

/// Ports on which Dapr's sidecar listens, each with the annotation that moves it, if one does.
///
/// Source: Dapr 1.16, `pkg/injector/patcher/sidecar.go`.
const SIDECAR_PORTS: &[(i64, &str)] = &[
    (3500, ""),
    (3501, ""),
    (9090, "dapr.io/metrics-port"),
    (50001, "dapr.io/grpc-port"),
    (50002, "dapr.io/internal-grpc-port"),
];
/// Makes the sidecar an init container, which does not keep a Job from completing.
const NATIVE: &str = "dapr.io/enable-native-sidecar";

pub(super) fn validate<'a>(
    function: &Function<'a>,
    serving: &Serving<'a>,
    template: &Object<'a>,
    engine: Engine,
    notes: &mut Notes,
) {
    let whole = Whole {
        function,
        serving,
        template,
        engine,
    };
    for check in ALL {
        check(&whole, notes);
    }
}

fn a_job_with_a_sidecar(whole: &Whole<'_, '_>, notes: &mut Notes) {
    let is_job = whole.engine == Engine::Async && whole.serving.workload_type == WorkloadType::Job;
    let is_native = whole
        .serving
        .annotations
        .get(NATIVE)
        .is_some_and(|native| native == "true");
    if is_job && !is_native && dapr::mode(whole.serving) == Mode::Sidecar {
        notes.warn(
            &Path::root("spec.serving.workloadType"),
            "the Job never completes, because Dapr's sidecar keeps running; set the annotation \
             openfunction.io/enable-dapr to \"false\", or dapr.io/enable-native-sidecar to \"true\" where Dapr supports it",
        );
    }
}

fn a_port_of_the_sidecar(whole: &Whole<'_, '_>, notes: &mut Notes) {
    if dapr::mode(whole.serving) != Mode::Sidecar {
        return;
    }
    let annotations = &whole.serving.annotations;
    let is_taken = |port: i64| {
        SIDECAR_PORTS.iter().find(|(default, annotation)| {
            let moved = annotations.get(annotation).and_then(|text| text.parse().ok());
            // Knative's own sidecar has Dapr's port of metrics, so that the plugin moves Dapr's.
            let is_moved = *default == 9090 && whole.engine == Engine::Knative;
            moved.unwrap_or(if is_moved { 0 } else { *default }) == port
        })
    };
    let mut warn = |at: &Path<'_>, port: i64, annotation: &str| {
        let or = if annotation.is_empty() {
            String::new()
        } else {
            format!(", or move the sidecar's with the annotation {annotation}")
        };
        notes.warn(
            at,
            format_args!(
                "Dapr's sidecar listens on {port} in the same pod, so one of the two does not start; \
                 choose another port{or}"
            ),
        );
    };
    if let Some(http) = &whole.serving.http
        && let Some((_, annotation)) = is_taken(http.port)
    {
        warn(
            &Path::root("spec.serving.triggers.http.port"),
            http.port,
            annotation,
        );
    }
    whole.ports(&mut |at, _, port| {
        let number = port.get("containerPort").and_then(Json::as_whole).unwrap_or(0);
        if number != whole.port()
            && let Some((_, annotation)) = is_taken(number)
        {
            warn(&at.field("containerPort"), number, annotation);
        }
    });
}

fn one_port_in_two_containers(whole: &Whole<'_, '_>, notes: &mut Notes) {
    whole.ports(&mut |at, container, port| {
        let number = port.get("containerPort").and_then(Json::as_whole);
        let is_other = text(container, "name") != Some(CONTAINER);
        // Knative takes ports of one container alone.
        if is_other && number == Some(whole.port()) && whole.engine != Engine::Knative {
            notes.warn(
                &at.field("containerPort"),
                "is the function's own port; containers of one pod cannot listen on the same port",
            );
        }
    });
}

fn the_image_in_another_container(whole: &Whole<'_, '_>, notes: &mut Notes) {
    let image = whole.function.image;
    let at = Path::root("spec.serving.template.containers");
    for (index, container) in objects(list(whole.template, "containers")) {
        let name = text(container, "name").unwrap_or_default();
        if !image.is_empty() && name != CONTAINER && text(container, "image") == Some(image) {
            notes.warn(
                &at.index(index).field("name"),
                format_args!(
                    "the image runs twice in each pod, in this container and in \"{CONTAINER}\"; to set fields of \
                     the function's container, name it \"{CONTAINER}\" instead of {}",
                    quoted(name)
                ),
            );
        }
    }
}

fn more_pods_than_ports_of_a_node(whole: &Whole<'_, '_>, notes: &mut Notes) {
    if whole.engine == Engine::Knative || whole.most() <= 1 {
        return;
    }
    let what = "only one pod of the function fits on each node, because the port is the node's; the others stay \
                Pending or fail";
    if whole.is_in_network_of_node() {
        notes.warn(&Path::root("spec.serving.template.hostNetwork"), what);
        return;
    }
    whole.ports(&mut |at, _, port| {
        if port.contains("hostPort") {
            notes.warn(&at.field("hostPort"), what);
        }
    });
}

fn the_nodes_network_without_the_clusters_dns(whole: &Whole<'_, '_>, notes: &mut Notes) {
    let policy = text(whole.template, "dnsPolicy");
    if whole.is_in_network_of_node() && policy.is_none_or(|policy| policy == "ClusterFirst") {
        notes.warn(
            &Path::root("spec.serving.template.dnsPolicy"),
            "with hostNetwork, pods do not resolve the names of Services; set ClusterFirstWithHostNet",
        );
    }
}

fn a_probe_of_a_port_without_a_name(whole: &Whole<'_, '_>, notes: &mut Notes) {
    let at = Path::root("spec.serving.template.containers");
    for (index, container) in objects(list(whole.template, "containers")) {
        let at = at.index(index);
        for probe in ["livenessProbe", "readinessProbe", "startupProbe"] {
            for handler in ["httpGet", "tcpSocket"] {
                let found = container.get(probe).and_then(|probe| probe.get(handler));
                let Some(Json::Text(port)) = found.and_then(|handler| handler.get("port")) else {
                    continue;
                };
                if !port.bytes().all(|byte| byte.is_ascii_digit()) && !whole.has_port(container, port) {
                    notes.warn(
                        &at.field(probe).field(handler).field("port"),
                        format_args!(
                            "the probe always fails: the container has no port named {}",
                            quoted(port)
                        ),
                    );
                }
            }
        }
    }
}

fn another_port_than_the_functions(whole: &Whole<'_, '_>, notes: &mut Notes) {
    let Some(http) = &whole.serving.http else {
        return;
    };
    let at = Path::root("spec.serving.template.containers");
    for (index, container) in objects(list(whole.template, "containers")) {
        let [port] = list(container, "ports") else {
            continue;
        };
        let number = port
            .get("containerPort")
            .and_then(Json::as_whole)
            .unwrap_or(http.port);
        // A port with a name such as "metrics" is not meant for requests. On Knative another port is
        // invalid.
        let name = port.get("name").and_then(Json::as_text).unwrap_or_default();
        let is_meant = name.is_empty() || name.contains("http") || name.contains("grpc");
        let is_other = number != http.port && is_meant && whole.engine == Engine::Keda;
        if is_other && text(container, "name") == Some(CONTAINER) {
            let at = at.index(index);
            let at = at.field("ports");
            notes.warn(
                &at.index(0).field("containerPort"),
                format_args!(
                    "requests go to port {}; if the function listens on {number}, set \
                     spec.serving.triggers.http.port to it",
                    http.port
                ),
            );
        }
    }
}

fn events_that_wake_nobody(whole: &Whole<'_, '_>, notes: &mut Notes) {
    let serving = whole.serving;
    if serving.http.is_none() || serving.triggers.is_empty() || dapr::mode(serving) != Mode::Sidecar {
        return;
    }
    let least = match whole.engine {
        Engine::Knative => {
            let written = knative::MIN.iter().find_map(|key| knative::value(serving, key));
            let written = written.and_then(|(text, _)| text.parse().ok());
            serving.scale.min.or(written).unwrap_or(0)
        }
        Engine::Keda | Engine::Async => serving.scale.min.unwrap_or(0),
    };
    if least == 0 {
        notes.warn(
            &Path::root("spec.serving.triggers.dapr"),
            "no event is delivered while the function is scaled to zero, because the sidecar is gone too; set \
             spec.serving.scaleOptions.minReplicas to 1, or the annotation openfunction.io/dapr-service-mode to \
             standalone",
        );
    }
}

fn triggers_without_dapr(whole: &Whole<'_, '_>, notes: &mut Notes) {
    let serving = whole.serving;
    if dapr::mode(serving) != Mode::Off {
        return;
    }
    let off = "the annotation openfunction.io/enable-dapr is \"false\"";
    // A Job runs without an event, and a trigger makes an async function of it.
    let is_called = serving.workload_type != WorkloadType::Job && serving.scale.triggers.is_empty();
    if !serving.triggers.is_empty() && is_called {
        let at = Path::root("spec.serving.triggers.dapr");
        notes.warn(&at, format_args!("no event is delivered, because {off}"));
    }
    if !serving.outputs.is_empty() {
        let at = Path::root("spec.serving.outputs");
        notes.warn(&at, format_args!("no output is delivered, because {off}"));
    }
}

impl Whole<'_, '_> {
    /// What the function listens on.
    fn port(&self) -> i64 {
        let http = self
            .serving
            .http
            .as_ref()
            .filter(|_| self.engine != Engine::Async);
        http.map_or(DEFAULT_PORT, |http| http.port)
    }

    /// How many pods there may be at once.
    fn most(&self) -> i32 {
        let scale = &self.serving.scale;
        let is_scaled = self.engine == Engine::Keda || !scale.triggers.is_empty();
        match self.serving.workload_type {
            WorkloadType::Job if self.engine == Engine::Async && !is_scaled => 1,
            _ if is_scaled => scale.max.unwrap_or(DEFAULT_MAX),
            _ => scale.min.unwrap_or(1),
        }
    }

    fn is_in_network_of_node(&self) -> bool {
        matches!(self.template.get("hostNetwork"), Some(Json::Flag(true)))
    }

    /// Calls for each port of each container, which start with the pod.
    fn ports(&self, each: &mut dyn FnMut(&Path<'_>, &Object<'_>, &Object<'_>)) {
        let at = Path::root("spec.serving.template.containers");
        for (index, container) in objects(list(self.template, "containers")) {
            let at = at.index(index);
            let at = at.field("ports");
            for (index, port) in objects(list(container, "ports")) {
                each(&at.index(index), container, port);
            }
        }
    }

    /// Whether a container has a port of this name; the plugin adds one to the function's.
    fn has_port(&self, container: &Object<'_>, name: &str) -> bool {
        let mut ports = objects(list(container, "ports"));
        let is_added = text(container, "name") == Some(CONTAINER) && name == PORT_NAME;
        is_added || ports.any(|(_, port)| text(port, "name") == Some(name))
    }
}
