//! The known fields of `spec`, place by place. A test holds them equal to the CRD's.

/// What is known of an object, or of each object of a list.
pub(super) struct Place {
    /// Its fields, sorted by name.
    pub(super) fields: &'static [(&'static str, Below)],
    /// Fields that stand for the whole object: where one is set, those beside it are not read.
    pub(super) wrappers: &'static [&'static str],
    /// What becomes of other fields.
    pub(super) fate: &'static str,
}

/// What is below a field.
pub(super) enum Below {
    /// A value, or something that is looked into elsewhere.
    Value,
    /// An object, or a list of objects.
    Fields(&'static Place),
    /// Objects by keys that the user chooses.
    Each(&'static Place),
}

use Below::{Each, Fields, Value};

impl Place {
    /// The names of the fields.
    pub(super) fn names(&'static self) -> impl Iterator<Item = &'static str> {
        self.fields.iter().map(|(name, _)| *name)
    }
}

/// Of a field that is in nobody's interest.
pub(super) const IGNORED: &str = "ignored";
/// Of a field of a rule: its copy in the HTTPRoute has it.
const OF_ROUTES: &str = "passed to the Gateway API unchanged";

pub(super) static SPEC: Place = known(&[
    ("build", Fields(&BUILD)),
    ("image", Value),
    ("imageCredentials", Fields(&NAME)),
    ("serving", Fields(&SERVING)),
    ("version", Value),
    ("workloadRuntime", Value),
]);

static NAME: Place = known(&[("name", Value)]);

static BUILD: Place = known(&[
    ("builder", Value),
    ("builderCredentials", Fields(&NAME)),
    ("builderMaxAge", Value),
    ("dockerfile", Value),
    ("env", Value),
    ("failedBuildsHistoryLimit", Value),
    (
        "shipwright",
        Fields(&known(&[
            ("params", Fields(&PARAM)),
            ("strategy", Fields(&known(&[("kind", Value), ("name", Value)]))),
            ("timeout", Value),
        ])),
    ),
    (
        "srcRepo",
        Fields(&known(&[
            ("bundleContainer", Fields(&known(&[("image", Value)]))),
            ("credentials", Fields(&NAME)),
            ("revision", Value),
            ("sourceSubPath", Value),
            ("url", Value),
        ])),
    ),
    ("successfulBuildsHistoryLimit", Value),
    ("timeout", Value),
]);

static PARAM: Place = known(&[
    ("configMapValue", Fields(&KEY)),
    ("name", Value),
    ("secretValue", Fields(&KEY)),
    ("value", Value),
    (
        "values",
        Fields(&known(&[
            ("configMapValue", Fields(&KEY)),
            ("secretValue", Fields(&KEY)),
            ("value", Value),
        ])),
    ),
]);

static KEY: Place = known(&[("format", Value), ("key", Value), ("name", Value)]);

static SERVING: Place = known(&[
    ("annotations", Value),
    ("bindings", Value),
    (
        "hooks",
        Fields(&known(&[("policy", Value), ("post", Value), ("pre", Value)])),
    ),
    ("labels", Value),
    ("outputs", Fields(&OUTPUT)),
    ("params", Value),
    ("pubsub", Value),
    ("runtime", Value),
    ("scaleOptions", Fields(&SCALE_OPTIONS)),
    ("states", Each(&known(&[("spec", Value)]))),
    ("template", Value),
    ("timeout", Value),
    ("tracing", Fields(&TRACING)),
    ("triggers", Fields(&TRIGGERS)),
    ("workloadType", Value),
]);

static SCALE_OPTIONS: Place = known(&[
    (
        "keda",
        Fields(&known(&[
            ("httpScaledObject", Value),
            ("scaledJob", Value),
            ("scaledObject", Value),
            ("triggers", Value),
        ])),
    ),
    ("knative", Value),
    ("maxReplicas", Value),
    ("minReplicas", Value),
]);

static TRACING: Place = known(&[
    ("baggage", Value),
    ("enabled", Value),
    (
        "provider",
        Fields(&known(&[
            (
                "exporter",
                Fields(&known(&[
                    ("compression", Value),
                    ("endpoint", Value),
                    ("headers", Value),
                    ("name", Value),
                    ("protocol", Value),
                    ("timeout", Value),
                ])),
            ),
            ("name", Value),
            ("oapServer", Value),
        ])),
    ),
    ("tags", Value),
]);

static TRIGGERS: Place = known(&[
    ("dapr", Fields(&INPUT)),
    (
        "http",
        Fields(&known(&[
            ("engine", Value),
            ("inputs", Fields(&INPUT)),
            ("port", Value),
            ("route", Fields(&ROUTE)),
        ])),
    ),
    ("inputs", Fields(&INPUT)),
]);

static INPUT: Place = Place {
    wrappers: &["dapr", "dap"],
    ..known(&[
        ("dap", Fields(&SOURCE)),
        ("dapr", Fields(&SOURCE)),
        ("inputName", Value),
        ("name", Value),
        ("topic", Value),
        ("type", Value),
    ])
};

static SOURCE: Place = known(&[
    ("inputName", Value),
    ("name", Value),
    ("topic", Value),
    ("type", Value),
]);

static OUTPUT: Place = Place {
    wrappers: &["dapr"],
    ..known(&[
        ("component", Value),
        (
            "dapr",
            Fields(&known(&[
                ("metadata", Value),
                ("name", Value),
                ("operation", Value),
                ("outputName", Value),
                ("topic", Value),
                ("type", Value),
            ])),
        ),
        ("metadata", Value),
        ("name", Value),
        ("operation", Value),
        ("params", Value),
        ("topic", Value),
        ("type", Value),
    ])
};

static ROUTE: Place = known(&[
    (
        "gatewayRef",
        Fields(&known(&[("name", Value), ("namespace", Value)])),
    ),
    ("hostnames", Value),
    ("rules", Fields(&RULE)),
]);

/// Rules are copied, whatever is in them. These are the fields of Gateway API 1.6, the experimental ones
/// included. Source: its `config/crd/experimental/gateway.networking.k8s.io_httproutes.yaml`.
static RULE: Place = passed(&[
    ("backendRefs", Value),
    ("filters", Fields(&FILTER)),
    (
        "matches",
        Fields(&passed(&[
            ("headers", Fields(&MATCH)),
            ("method", Value),
            ("path", Fields(&passed(&[("type", Value), ("value", Value)]))),
            ("queryParams", Fields(&MATCH)),
        ])),
    ),
    ("name", Value),
    (
        "retry",
        Fields(&passed(&[
            ("attempts", Value),
            ("backoff", Value),
            ("codes", Value),
        ])),
    ),
    (
        "sessionPersistence",
        Fields(&passed(&[
            ("absoluteTimeout", Value),
            ("cookieConfig", Fields(&passed(&[("lifetimeType", Value)]))),
            ("idleTimeout", Value),
            ("sessionName", Value),
            ("type", Value),
        ])),
    ),
    (
        "timeouts",
        Fields(&passed(&[("backendRequest", Value), ("request", Value)])),
    ),
]);

static MATCH: Place = passed(&[("name", Value), ("type", Value), ("value", Value)]);

static FILTER: Place = passed(&[
    (
        "cors",
        Fields(&passed(&[
            ("allowCredentials", Value),
            ("allowHeaders", Value),
            ("allowMethods", Value),
            ("allowOrigins", Value),
            ("exposeHeaders", Value),
            ("maxAge", Value),
        ])),
    ),
    (
        "extensionRef",
        Fields(&passed(&[("group", Value), ("kind", Value), ("name", Value)])),
    ),
    (
        "externalAuth",
        Fields(&passed(&[
            ("backendRef", Fields(&BACKEND)),
            ("forwardBody", Fields(&passed(&[("maxSize", Value)]))),
            ("grpc", Fields(&passed(&[("allowedHeaders", Value)]))),
            (
                "http",
                Fields(&passed(&[
                    ("allowedHeaders", Value),
                    ("allowedResponseHeaders", Value),
                    ("path", Value),
                ])),
            ),
            ("protocol", Value),
        ])),
    ),
    ("requestHeaderModifier", Fields(&MODIFIER)),
    (
        "requestMirror",
        Fields(&passed(&[
            ("backendRef", Fields(&BACKEND)),
            (
                "fraction",
                Fields(&passed(&[("denominator", Value), ("numerator", Value)])),
            ),
            ("percent", Value),
        ])),
    ),
    (
        "requestRedirect",
        Fields(&passed(&[
            ("hostname", Value),
            ("path", Fields(&NEW_PATH)),
            ("port", Value),
            ("scheme", Value),
            ("statusCode", Value),
        ])),
    ),
    ("responseHeaderModifier", Fields(&MODIFIER)),
    ("type", Value),
    (
        "urlRewrite",
        Fields(&passed(&[("hostname", Value), ("path", Fields(&NEW_PATH))])),
    ),
]);

static BACKEND: Place = passed(&[
    ("group", Value),
    ("kind", Value),
    ("name", Value),
    ("namespace", Value),
    ("port", Value),
]);

static MODIFIER: Place = passed(&[
    ("add", Fields(&HEADER)),
    ("remove", Value),
    ("set", Fields(&HEADER)),
]);

static HEADER: Place = passed(&[("name", Value), ("value", Value)]);

static NEW_PATH: Place = passed(&[
    ("replaceFullPath", Value),
    ("replacePrefixMatch", Value),
    ("type", Value),
]);

const fn known(fields: &'static [(&'static str, Below)]) -> Place {
    of(fields, IGNORED)
}

const fn passed(fields: &'static [(&'static str, Below)]) -> Place {
    of(fields, OF_ROUTES)
}

const fn of(fields: &'static [(&'static str, Below)], fate: &'static str) -> Place {
    Place {
        fields,
        wrappers: &[],
        fate,
    }
}
