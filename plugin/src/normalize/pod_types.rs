//! What Go's types of a pod spec do to it: which fields are left out when they are empty, and which
//! are quantities.
//!
//! A plain field with `omitempty` never comes back with its zero value, so that asking for that
//! costs a write at every sync. A field is known by its place: one that is a pointer in Go is stored
//! as it is written (`runtimeClassName`, `grpc.service`, `optional`), and the keys of a user's map
//! are no fields.
//!
//! Source: `k8s.io/api/core/v1/types.go` of Kubernetes 1.36.

use crate::json::Json;

/// A type of Go's, or several of which none has a field that is stored otherwise in another.
pub(super) struct Shape {
    /// Names with the mark of their [`Rule`] in front, a blank between them.
    fields: &'static str,
    /// Fields that hold an object or a list of objects.
    below: &'static [(&'static str, &'static Shape)],
}

/// How a field is stored.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum Rule {
    /// A text that is left out when it is empty.
    Text,
    /// `?`: a flag that is left out when it is false.
    Flag,
    /// `#`: a number that is left out when it is 0.
    Number,
    /// `%`: a map of texts that is left out when it is empty.
    Texts,
    /// `*`: a map of quantities that is left out when it is empty.
    Quantities,
    /// `=`: a quantity, which is never left out.
    Quantity,
    /// `+`: an object with a list that is compared as a whole, so that what the server would write
    /// into it is written here.
    Projected,
}

/// Whatever is not listed below.
pub(super) static OTHER: Shape = of("", &[]);

pub(super) static POD: Shape = of(
    "dnsPolicy hostname nodeName priorityClassName restartPolicy schedulerName serviceAccount \
     serviceAccountName subdomain ?hostIPC ?hostNetwork ?hostPID %nodeSelector *overhead",
    &[
        ("affinity", &AFFINITY),
        ("containers", &CONTAINER),
        ("dnsConfig", &of("", &[("options", &NAMED)])),
        ("ephemeralContainers", &CONTAINER),
        ("imagePullSecrets", &NAMED),
        ("initContainers", &CONTAINER),
        ("resources", &RESOURCES),
        ("securityContext", &SECURITY),
        ("tolerations", &of("effect key operator value", &[])),
        ("topologySpreadConstraints", &SELECTING),
        ("volumes", &VOLUME),
    ],
);

/// Node terms have nothing that is left out.
static AFFINITY: Shape = of(
    "",
    &[("podAffinity", &POD_AFFINITY), ("podAntiAffinity", &POD_AFFINITY)],
);

static POD_AFFINITY: Shape = of(
    "",
    &[
        (
            "preferredDuringSchedulingIgnoredDuringExecution",
            &of("", &[("podAffinityTerm", &SELECTING)]),
        ),
        ("requiredDuringSchedulingIgnoredDuringExecution", &SELECTING),
    ],
);

static SELECTING: Shape = of(
    "",
    &[("labelSelector", &SELECTOR), ("namespaceSelector", &SELECTOR)],
);

static SELECTOR: Shape = of("%matchLabels", &[]);

static NAMED: Shape = of("name", &[]);

static SECURITY: Shape = of("", &[("seLinuxOptions", &of("level role type user", &[]))]);

static RESOURCES: Shape = of("*limits *requests", &[("claims", &of("request", &[]))]);

/// An ephemeral one has a target as well.
static CONTAINER: Shape = of(
    "image imagePullPolicy targetContainerName terminationMessagePath terminationMessagePolicy \
     workingDir ?stdin ?stdinOnce ?tty",
    &[
        ("env", &of("value", &[("valueFrom", &VALUE_FROM)])),
        (
            "envFrom",
            &of("prefix", &[("configMapRef", &NAMED), ("secretRef", &NAMED)]),
        ),
        (
            "lifecycle",
            &of("", &[("postStart", &HANDLER), ("preStop", &HANDLER)]),
        ),
        ("livenessProbe", &HANDLER),
        ("ports", &of("hostIP name protocol #hostPort", &[])),
        ("readinessProbe", &HANDLER),
        ("resources", &RESOURCES),
        (
            "restartPolicyRules",
            &of("action", &[("exitCodes", &of("operator", &[]))]),
        ),
        ("securityContext", &SECURITY),
        ("startupProbe", &HANDLER),
        ("volumeMounts", &of("subPath subPathExpr ?readOnly", &[])),
    ],
);

static VALUE_FROM: Shape = of(
    "",
    &[
        ("configMapKeyRef", &NAMED),
        ("fieldRef", &FIELD),
        ("resourceFieldRef", &RESOURCE),
        ("secretKeyRef", &NAMED),
    ],
);

static FIELD: Shape = of("apiVersion", &[]);

static RESOURCE: Shape = of("containerName =divisor", &[]);

/// A hook, or a probe, which has the numbers.
static HANDLER: Shape = of(
    "#failureThreshold #initialDelaySeconds #periodSeconds #successThreshold #timeoutSeconds",
    &[
        ("httpGet", &of("host path scheme", &[])),
        ("tcpSocket", &of("host", &[])),
    ],
);

static VOLUME: Shape = of(
    "+projected",
    &[
        ("awsElasticBlockStore", &DISK),
        ("azureFile", &READ_ONLY),
        ("cephfs", &DISK),
        ("cinder", &DISK),
        ("configMap", &NAMED),
        (
            "csi",
            &of("%volumeAttributes", &[("nodePublishSecretRef", &NAMED)]),
        ),
        ("downwardAPI", &DOWNWARD),
        ("emptyDir", &of("medium =sizeLimit", &[])),
        ("ephemeral", &of("", &[("volumeClaimTemplate", &CLAIM)])),
        ("fc", &DISK),
        ("flexVolume", &DISK),
        ("flocker", &DISK),
        ("gcePersistentDisk", &DISK),
        ("gitRepo", &DISK),
        ("glusterfs", &READ_ONLY),
        ("image", &of("pullPolicy reference", &[])),
        ("iscsi", &DISK),
        ("nfs", &READ_ONLY),
        ("persistentVolumeClaim", &READ_ONLY),
        ("photonPersistentDisk", &DISK),
        ("portworxVolume", &DISK),
        ("projected", &of("", &[("sources", &SOURCE)])),
        ("quobyte", &DISK),
        ("rbd", &DISK),
        ("scaleIO", &DISK),
        ("secret", &of("secretName", &[])),
        ("storageos", &DISK),
        ("vsphereVolume", &DISK),
    ],
);

/// The volumes of storage systems that Kubernetes itself knows, all of them together.
static DISK: Shape = of(
    "datasetName datasetUUID directory fsType group iscsiInterface keyring path pool \
     protectionDomain revision secretFile storageMode storagePolicyID storagePolicyName storagePool \
     tenant user volumeName volumeNamespace ?chapAuthDiscovery ?chapAuthSession ?readOnly \
     ?sslEnabled #partition %options",
    &[("secretRef", &NAMED)],
);

static READ_ONLY: Shape = of("?readOnly", &[]);

static DOWNWARD: Shape = of(
    "",
    &[(
        "items",
        &of("", &[("fieldRef", &FIELD), ("resourceFieldRef", &RESOURCE)]),
    )],
);

static CLAIM: Shape = of(
    "",
    &[
        (
            "metadata",
            &of(
                "generateName name namespace resourceVersion selfLink uid #generation %annotations %labels",
                &[],
            ),
        ),
        (
            "spec",
            &of(
                "volumeName",
                &[("resources", &RESOURCES), ("selector", &SELECTOR)],
            ),
        ),
    ],
);

/// One source of a projected volume.
static SOURCE: Shape = of(
    "",
    &[
        ("clusterTrustBundle", &SELECTING),
        ("configMap", &NAMED),
        ("downwardAPI", &DOWNWARD),
        (
            "podCertificate",
            &of(
                "certificateChainPath credentialBundlePath keyPath keyType signerName %userAnnotations",
                &[],
            ),
        ),
        ("secret", &NAMED),
        ("serviceAccountToken", &of("audience", &[])),
    ],
);

const fn of(fields: &'static str, below: &'static [(&'static str, &'static Shape)]) -> Shape {
    Shape { fields, below }
}

impl Shape {
    /// The rule of a field; none where it is stored as it is.
    pub(super) fn rule(&self, key: &str) -> Option<Rule> {
        let mut marks = self.fields.split(' ').filter_map(|field| field.strip_suffix(key));
        marks.find_map(|mark| match mark {
            "" => Some(Rule::Text),
            "?" => Some(Rule::Flag),
            "#" => Some(Rule::Number),
            "%" => Some(Rule::Texts),
            "*" => Some(Rule::Quantities),
            "=" => Some(Rule::Quantity),
            "+" => Some(Rule::Projected),
            _ => None,
        })
    }

    /// Whether a field is left out with this value. A null in a map is nothing.
    pub(super) fn omits(&self, key: &str, value: &Json<'_>) -> bool {
        match (self.rule(key), value) {
            (Some(Rule::Text), Json::Text(text)) => text.is_empty(),
            (Some(Rule::Flag), Json::Flag(flag)) => !flag,
            (Some(Rule::Number), Json::Number(_)) => value.as_whole() == Some(0),
            (Some(Rule::Texts | Rule::Quantities), Json::Object(map)) => {
                map.iter().all(|(_, value)| matches!(value, Json::Null))
            }
            _ => false,
        }
    }

    /// The shape of what a field holds.
    pub(super) fn below(&self, key: &str) -> &'static Shape {
        let mut fields = self.below.iter();
        let found = fields.find(|(field, _)| *field == key);
        found.map_or(&OTHER, |(_, shape)| *shape)
    }
}
