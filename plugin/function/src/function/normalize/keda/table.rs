//! What KEDA's sections may hold.
//!
//! Source: KEDA 2.21, `apis/keda/v1alpha1` and `config/crd/bases`; Kubernetes'
//! `pkg/apis/autoscaling/validation` and `pkg/apis/batch/validation`.

use super::rule::{Field, NO_LIMIT, Rule};

pub(super) const SCALED_OBJECT: &[Field] = &[
    optional("advanced", Rule::Section(ADVANCED)),
    optional("cooldownPeriod", Rule::Number(0, NO_LIMIT)),
    optional("fallback", Rule::Section(FALLBACK)),
    optional("idleReplicaCount", Rule::Number(0, NO_LIMIT)),
    optional("initialCooldownPeriod", Rule::Number(0, NO_LIMIT)),
    // Bounds and triggers are read with those beside the section.
    optional("maxReplicaCount", Rule::Elsewhere),
    optional("minReplicaCount", Rule::Elsewhere),
    optional("pollingInterval", Rule::Number(1, NO_LIMIT)),
    optional("scaleTargetRef", Rule::Section(TARGET)),
    optional("triggers", Rule::Elsewhere),
];

const ADVANCED: &[Field] = &[
    optional("horizontalPodAutoscalerConfig", Rule::Section(AUTOSCALER)),
    optional("restoreToOriginalReplicaCount", Rule::Flag),
    optional("scalingModifiers", Rule::Section(MODIFIERS)),
];

const MODIFIERS: &[Field] = &[
    optional("activationTarget", Rule::Text),
    optional("formula", Rule::Text),
    optional("metricType", Rule::Word(&["AverageValue", "Value"])),
    optional("target", Rule::Text),
];

const AUTOSCALER: &[Field] = &[
    optional("behavior", Rule::Section(BEHAVIOR)),
    optional("name", Rule::Text),
];

const BEHAVIOR: &[Field] = &[
    optional("scaleDown", Rule::Section(SCALING_RULES)),
    optional("scaleUp", Rule::Section(SCALING_RULES)),
];

const SCALING_RULES: &[Field] = &[
    optional("policies", Rule::Sections(POLICY)),
    optional("selectPolicy", Rule::Word(&["Disabled", "Max", "Min"])),
    optional("stabilizationWindowSeconds", Rule::Number(0, 3600)),
    optional("tolerance", Rule::Quantity),
];

const POLICY: &[Field] = &[
    needed("periodSeconds", Rule::Number(1, 1800), "the seconds to look back"),
    needed("type", Rule::Word(&["Percent", "Pods"]), "Percent or Pods"),
    needed("value", Rule::Number(1, NO_LIMIT), "the change that is allowed"),
];

const FALLBACK: &[Field] = &[
    optional(
        "behavior",
        Rule::Word(&[
            "currentReplicas",
            "currentReplicasIfHigher",
            "currentReplicasIfLower",
            "scalingModifiers",
            "static",
        ]),
    ),
    needed(
        "failureThreshold",
        Rule::Number(1, NO_LIMIT),
        "after how many failures",
    ),
    needed(
        "replicas",
        Rule::Number(0, NO_LIMIT),
        "how many replicas there are then",
    ),
];

const OWN_WORKLOAD: Rule = Rule::Unused("the function's own workload is scaled");

const TARGET: &[Field] = &[
    optional("apiVersion", OWN_WORKLOAD),
    optional("envSourceContainerName", Rule::Text),
    optional("kind", OWN_WORKLOAD),
    optional("name", OWN_WORKLOAD),
];

pub(super) const SCALED_JOB: &[Field] = &[
    optional("envSourceContainerName", Rule::Text),
    optional("failedJobsHistoryLimit", Rule::Number(0, NO_LIMIT)),
    optional("jobTargetRef", Rule::Section(JOB)),
    optional("maxReplicaCount", Rule::Elsewhere),
    optional("minReplicaCount", Rule::Number(0, NO_LIMIT)),
    optional("pollingInterval", Rule::Number(1, NO_LIMIT)),
    optional("restartPolicy", Rule::Word(&["Never", "OnFailure"])),
    optional("rollout", Rule::Section(ROLLOUT)),
    optional("rolloutStrategy", Rule::Word(ROLLOUTS)),
    optional("scalingStrategy", Rule::Section(SCALING_STRATEGY)),
    optional("successfulJobsHistoryLimit", Rule::Number(0, NO_LIMIT)),
    optional("triggers", Rule::Elsewhere),
];

/// Kubernetes' `JobSpec`.
const JOB: &[Field] = &[
    optional("activeDeadlineSeconds", Rule::Number(0, NO_LIMIT)),
    optional("backoffLimit", Rule::Number(0, NO_LIMIT)),
    optional("backoffLimitPerIndex", Rule::Number(0, NO_LIMIT)),
    optional("completionMode", Rule::Word(&["Indexed", "NonIndexed"])),
    optional("completions", Rule::Number(0, NO_LIMIT)),
    optional("managedBy", Rule::Text),
    optional("manualSelector", OF_KUBERNETES),
    optional("maxFailedIndexes", Rule::Number(0, NO_LIMIT)),
    optional("parallelism", Rule::Number(0, NO_LIMIT)),
    optional("podFailurePolicy", Rule::Any),
    optional(
        "podReplacementPolicy",
        Rule::Word(&["Failed", "TerminatingOrFailed"]),
    ),
    optional("selector", OF_KUBERNETES),
    optional("successPolicy", Rule::Any),
    optional("suspend", Rule::Flag),
    optional(
        "template",
        Rule::Unused("the pods are those of spec.serving.template"),
    ),
    optional("ttlSecondsAfterFinished", Rule::Number(0, NO_LIMIT)),
];

const OF_KUBERNETES: Rule = Rule::Unused("Kubernetes makes the selector of a Job");

const ROLLOUTS: &[&str] = &["gradual", "immediate"];

const ROLLOUT: &[Field] = &[
    optional("propagationPolicy", Rule::Word(&["background", "foreground"])),
    optional("strategy", Rule::Word(ROLLOUTS)),
];

const SCALING_STRATEGY: &[Field] = &[
    optional(DEDUCTION, Rule::Number(0, NO_LIMIT)),
    optional(PERCENTAGE, Rule::Fraction),
    optional(
        "multipleScalersCalculation",
        Rule::Word(&["avg", "max", "min", "sum"]),
    ),
    optional("pendingPodConditions", Rule::Texts),
    optional(
        "strategy",
        Rule::Word(&["accurate", "custom", "default", "eager"]),
    ),
];
pub(super) const DEDUCTION: &str = "customScalingQueueLengthDeduction";
pub(super) const PERCENTAGE: &str = "customScalingRunningJobPercentage";

pub(super) const TRIGGER: &[Field] = &[
    optional("authenticationRef", Rule::Section(AUTHENTICATION)),
    needed("metadata", Rule::Strings, "the scaler's settings"),
    optional(
        "metricType",
        Rule::Word(&["AverageValue", "Utilization", "Value"]),
    ),
    optional("name", Rule::Text),
    // v1beta1 has it.
    optional(
        "targetKind",
        Rule::Unused("spec.serving.workloadType says whether triggers start Jobs"),
    ),
    needed("type", Rule::Text, "a scaler of KEDA's, such as kafka"),
    optional("useCachedMetrics", Rule::Flag),
];

const AUTHENTICATION: &[Field] = &[
    optional(
        "kind",
        Rule::Word(&["ClusterTriggerAuthentication", "TriggerAuthentication"]),
    ),
    needed("name", Rule::Text, "the TriggerAuthentication"),
];

pub(super) const fn optional(name: &'static str, rule: Rule) -> Field {
    needed(name, rule, "")
}

pub(super) const fn needed(name: &'static str, rule: Rule, needed: &'static str) -> Field {
    Field { name, rule, needed }
}

#[cfg(test)]
mod tests;
