//! `keda.httpScaledObject`: what the HTTP add-on is told beyond bounds, target and cooldown.
//!
//! A Function has one section for both of the add-on's kinds: it may hold the fields of the
//! HTTPScaledObject and those of the InterceptorRoute, whichever the setting `httpAddon` makes of it.
//!
//! Source: the add-on's `config/crd/bases`, 0.5 to 0.15.

use super::rule::{Field, NO_LIMIT, Rule};
use super::table::{needed, optional};

const HOSTS: Rule = Rule::Unused("spec.serving.triggers.http.route.hostnames has the host names");
const PATHS: Rule = Rule::Unused("spec.serving.triggers.http.route.rules has the paths");
const TARGET: Rule = Rule::Unused("requests go to the function's own Service");

pub(super) const HTTP_SCALED_OBJECT: &[Field] = &[
    optional("coldStart", Rule::Section(COLD_START)),
    optional("coldStartTimeoutFailoverRef", Rule::Section(FAILOVER)),
    // Bounds, target and cooldown are read with those beside the section.
    optional("cooldownPeriod", Rule::Elsewhere),
    optional("headers", Rule::Sections(HEADER)),
    optional("host", HOSTS),
    optional("hosts", HOSTS),
    optional("initialCooldownPeriod", Rule::Number(0, NO_LIMIT)),
    optional("maxReplicaCount", Rule::Elsewhere),
    optional("minReplicaCount", Rule::Elsewhere),
    optional("pathPrefixes", PATHS),
    optional(
        "replicas",
        Rule::Section(&[
            optional("max", Rule::Number(1, NO_LIMIT)),
            optional("min", Rule::Number(0, NO_LIMIT)),
        ]),
    ),
    optional("rules", PATHS),
    optional("scaleTargetRef", TARGET),
    optional("scaledownPeriod", Rule::Number(0, NO_LIMIT)),
    optional("scalingMetric", Rule::Section(METRIC)),
    optional("target", TARGET),
    optional("targetPendingRequests", Rule::Elsewhere),
    optional("timeouts", Rule::Section(TIMEOUTS)),
];

const COLD_START: &[Field] = &[
    optional(
        "fallback",
        Rule::Section(&[needed(
            "service",
            Rule::Section(SERVICE),
            "the Service that answers",
        )]),
    ),
    optional(
        "placeholder",
        Rule::Section(&[needed("response", Rule::Section(RESPONSE), "the answer")]),
    ),
];

const SERVICE: &[Field] = &[
    needed("name", Rule::Text, "the Service that answers"),
    optional("port", Rule::Number(1, 65535)),
    optional("portName", Rule::Text),
];

const RESPONSE: &[Field] = &[
    optional("body", Rule::Any),
    optional(
        "bodyFromConfigMap",
        Rule::Section(&[
            optional("key", Rule::Text),
            needed("name", Rule::Text, "the ConfigMap with the body"),
        ]),
    ),
    optional("headers", Rule::Strings),
    optional("statusCode", Rule::Number(100, 599)),
];

const FAILOVER: &[Field] = &[
    optional("port", Rule::Number(1, 65535)),
    optional("portName", Rule::Text),
    needed("service", Rule::Text, "the Service that answers"),
    optional("timeoutSeconds", Rule::Number(0, NO_LIMIT)),
];

/// An empty value is a value.
const HEADER: &[Field] = &[
    needed("name", Rule::Text, "the header"),
    optional("value", Rule::Any),
];

const METRIC: &[Field] = &[
    optional(
        "concurrency",
        Rule::Section(&[optional("targetValue", Rule::Number(1, NO_LIMIT))]),
    ),
    optional(
        "requestRate",
        Rule::Section(&[
            optional("granularity", Rule::Duration),
            optional("targetValue", Rule::Number(1, NO_LIMIT)),
            optional("window", Rule::Duration),
        ]),
    ),
];

const TIMEOUTS: &[Field] = &[
    optional("conditionWait", Rule::Duration),
    optional("readiness", Rule::Duration),
    optional("request", Rule::Duration),
    optional("responseHeader", Rule::Duration),
];
