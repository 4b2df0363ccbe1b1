//! The words that the API server takes in a field of a pod spec.
//!
//! Source: `pkg/apis/core/validation/validation.go` of Kubernetes 1.36. Fields whose words depend on
//! the workload, on a feature or on the node are not here.

pub(super) const PROTOCOL: &[&str] = &["SCTP", "TCP", "UDP"];
pub(super) const SCHEME: &[&str] = &["HTTP", "HTTPS"];
pub(super) const PULL_POLICY: &[&str] = &["Always", "IfNotPresent", "Never"];
pub(super) const RESTART_POLICY: &[&str] = &["Always", "Never", "OnFailure"];
pub(super) const DNS_POLICY: &[&str] = &["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"];
pub(super) const MESSAGE_POLICY: &[&str] = &["FallbackToLogsOnError", "File"];
pub(super) const EFFECT: &[&str] = &["NoExecute", "NoSchedule", "PreferNoSchedule"];
pub(super) const TOLERATES: &[&str] = &["Equal", "Exists", "Gt", "Lt"];
pub(super) const NODE_OPERATOR: &[&str] = &["DoesNotExist", "Exists", "Gt", "In", "Lt", "NotIn"];
pub(super) const LABEL_OPERATOR: &[&str] = &["DoesNotExist", "Exists", "In", "NotIn"];
pub(super) const UNSATISFIABLE: &[&str] = &["DoNotSchedule", "ScheduleAnyway"];
pub(super) const INCLUSION: &[&str] = &["Honor", "Ignore"];
pub(super) const PREEMPTION: &[&str] = &["Never", "PreemptLowerPriority"];
pub(super) const PROFILE: &[&str] = &["Localhost", "RuntimeDefault", "Unconfined"];
pub(super) const PROC_MOUNT: &[&str] = &["Default", "Unmasked"];
pub(super) const PROPAGATION: &[&str] = &["Bidirectional", "HostToContainer", "None"];
pub(super) const RECURSIVE: &[&str] = &["Disabled", "Enabled", "IfPossible"];
pub(super) const GROUP_CHANGE: &[&str] = &["Always", "OnRootMismatch"];
pub(super) const GROUPS: &[&str] = &["Merge", "Strict"];
pub(super) const LABEL_CHANGE: &[&str] = &["MountOption", "Recursive"];
pub(super) const SYSTEM: &[&str] = &["linux", "windows"];
pub(super) const HOST_PATH: &[&str] = &[
    "BlockDevice",
    "CharDevice",
    "Directory",
    "DirectoryOrCreate",
    "File",
    "FileOrCreate",
    "Socket",
];
pub(super) const CACHING: &[&str] = &["None", "ReadOnly", "ReadWrite"];
pub(super) const DISK_KIND: &[&str] = &["Dedicated", "Managed", "Shared"];
pub(super) const VOLUME_MODE: &[&str] = &["Block", "Filesystem"];
pub(super) const RESIZE: &[&str] = &["NotRequired", "RestartContainer"];
pub(super) const RULE_ACTION: &[&str] = &["Restart", "RestartAllContainers"];
pub(super) const EXIT_OPERATOR: &[&str] = &["In", "NotIn"];
pub(super) const KEY_TYPE: &[&str] = &[
    "ECDSAP256",
    "ECDSAP384",
    "ECDSAP521",
    "ED25519",
    "RSA3072",
    "RSA4096",
];
