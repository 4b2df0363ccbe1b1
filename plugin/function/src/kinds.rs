//! The table of kinds: every kind of child that a Function may have, and every kind that is read besides.
//!
//! The table is the one source. `cargo xtask manifests` writes the children of `describe.json`, the controller and
//! the rights of the kustomize manifests, and the kinds of the Helm chart from it; a test fails while one of those
//! files is stale.

/// A Kubernetes kind that the controller works with. Two kinds are equal if apiVersion and kind are.
#[derive(Debug)]
pub struct Kind {
    /// Group and version, `apps/v1`.
    pub api_version: &'static str,
    /// The kind's name, `Deployment`.
    pub kind: &'static str,
    /// The lower-case plural by which a controller declares the kind, `deployments`.
    pub resource: &'static str,
    /// What installs the kind in a cluster.
    pub origin: Origin,
    /// The feature that a person turns on to use the kind; `None` if every installation declares it.
    pub feature: Option<Feature>,
    /// How Metacontroller updates a child of this kind; `None` if the kind is only read.
    pub update: Option<Update>,
}

/// What installs a kind in a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// Kubernetes itself: always there.
    Kubernetes,
    /// KEDA.
    Keda,
    /// KEDA's HTTP add-on.
    HttpAddOn,
    /// Knative Serving.
    Knative,
    /// The Gateway API.
    GatewayApi,
    /// Dapr.
    Dapr,
    /// Shipwright.
    Shipwright,
    /// OpenFunction itself.
    OpenFunction,
}

/// A part of the plugin that a person turns on at installation, because many clusters lack its kinds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Feature {
    /// Functions served by Knative.
    Knative,
    /// Dapr Components.
    Dapr,
    /// HTTPRoutes of the Gateway API.
    GatewayApi,
    /// Images built from source.
    Shipwright,
    /// InterceptorRoutes in place of HTTPScaledObjects.
    InterceptorRoute,
    /// OpenFunction's own Gateways, which are read.
    OpenFunctionGateways,
}

/// How Metacontroller updates a child: the `updateStrategy.method` of a controller.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Update {
    /// Changes the child.
    InPlace,
    /// Deletes the child and creates it again: for kinds whose spec is immutable.
    Recreate,
}

macro_rules! kinds {
    ($(#[$about:meta])* static $all:ident: $(
        $name:ident: $api_version:literal $kind:literal $resource:literal, $origin:ident, $feature:expr, $update:expr;
    )*) => {
        $(#[doc = concat!("`", $kind, "` of `", $api_version, "`.")]
        pub static $name: Kind = Kind {
            api_version: $api_version,
            kind: $kind,
            resource: $resource,
            origin: Origin::$origin,
            feature: $feature,
            update: $update,
        };)*

        $(#[$about])*
        pub static $all: &[&Kind] = &[$(&$name),*];
    };
}

const CHANGED: Option<Update> = Some(Update::InPlace);
/// The pod template of a Job is immutable.
const REPLACED: Option<Update> = Some(Update::Recreate);
const ONLY_READ: Option<Update> = None;

const ALWAYS: Option<Feature> = None;
const KNATIVE: Option<Feature> = Some(Feature::Knative);
const DAPR: Option<Feature> = Some(Feature::Dapr);
const GATEWAY_API: Option<Feature> = Some(Feature::GatewayApi);
const SHIPWRIGHT: Option<Feature> = Some(Feature::Shipwright);
const INTERCEPTOR: Option<Feature> = Some(Feature::InterceptorRoute);
const GATEWAYS: Option<Feature> = Some(Feature::OpenFunctionGateways);

kinds! {
    /// The kinds of children, in the order of `describe`.
    static ALL:
    DEPLOYMENT: "apps/v1" "Deployment" "deployments", Kubernetes, ALWAYS, CHANGED;
    STATEFUL_SET: "apps/v1" "StatefulSet" "statefulsets", Kubernetes, ALWAYS, CHANGED;
    JOB: "batch/v1" "Job" "jobs", Kubernetes, ALWAYS, REPLACED;
    SERVICE: "v1" "Service" "services", Kubernetes, ALWAYS, CHANGED;
    INGRESS: "networking.k8s.io/v1" "Ingress" "ingresses", Kubernetes, ALWAYS, CHANGED;
    HTTP_SCALED_OBJECT: "http.keda.sh/v1alpha1" "HTTPScaledObject" "httpscaledobjects", HttpAddOn, ALWAYS, CHANGED;
    SCALED_OBJECT: "keda.sh/v1alpha1" "ScaledObject" "scaledobjects", Keda, ALWAYS, CHANGED;
    SCALED_JOB: "keda.sh/v1alpha1" "ScaledJob" "scaledjobs", Keda, ALWAYS, CHANGED;
    INTERCEPTOR_ROUTE: "http.keda.sh/v1beta1" "InterceptorRoute" "interceptorroutes", HttpAddOn, INTERCEPTOR, CHANGED;
    KNATIVE_SERVICE: "serving.knative.dev/v1" "Service" "services", Knative, KNATIVE, CHANGED;
    HTTP_ROUTE: "gateway.networking.k8s.io/v1" "HTTPRoute" "httproutes", GatewayApi, GATEWAY_API, CHANGED;
    COMPONENT: "dapr.io/v1alpha1" "Component" "components", Dapr, DAPR, CHANGED;
    BUILD: "shipwright.io/v1beta1" "Build" "builds", Shipwright, SHIPWRIGHT, CHANGED;
    BUILD_RUN: "shipwright.io/v1beta1" "BuildRun" "buildruns", Shipwright, SHIPWRIGHT, CHANGED;
}

kinds! {
    /// The kinds that are only read, by the customize hook. Kinds of children are read as well.
    static READ:
    GATEWAY: "networking.openfunction.io/v1alpha1" "Gateway" "gateways", OpenFunction, GATEWAYS, ONLY_READ;
    CONFIG_MAP: "v1" "ConfigMap" "configmaps", Kubernetes, ALWAYS, ONLY_READ;
}

/// What runs a function, and can be replaced by one another.
pub(crate) static WORKLOADS: [&Kind; 5] = [&DEPLOYMENT, &STATEFUL_SET, &KNATIVE_SERVICE, &JOB, &SCALED_JOB];

/// What leads to a function from outside the cluster.
pub(crate) static ROUTES: [&Kind; 2] = [&HTTP_ROUTE, &INGRESS];

/// A kind in a sentence: there are two that are called Service.
pub(crate) fn spoken(api_version: &str, kind: &str) -> String {
    let knative = if api_version == KNATIVE_SERVICE.api_version {
        "Knative "
    } else {
        ""
    };
    [knative, kind].concat()
}

impl PartialEq for Kind {
    fn eq(&self, other: &Self) -> bool {
        self.kind == other.kind && self.api_version == other.api_version
    }
}

impl Eq for Kind {}

impl Kind {
    /// The kind with these names, if a Function may have such a child.
    pub(crate) fn of(api_version: &str, kind: &str) -> Option<&'static Kind> {
        let mut all = ALL.iter();
        let found = all.find(|found| found.api_version == api_version && found.kind == kind);
        found.copied()
    }

    /// `Service (apiVersion: serving.knative.dev/v1, resource: services)`
    pub(crate) fn described(&self) -> String {
        format!(
            "{} (apiVersion: {}, resource: {})",
            self.kind, self.api_version, self.resource
        )
    }

    /// The API group, empty for Kubernetes' core: `apps` of `apps/v1`.
    #[must_use]
    pub fn group(&self) -> &'static str {
        self.api_version.split_once('/').map_or("", |(group, _)| group)
    }
}

impl Origin {
    /// The name to use in a sentence.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Kubernetes => "Kubernetes",
            Self::Keda => "KEDA",
            Self::HttpAddOn => "KEDA's HTTP add-on",
            Self::Knative => "Knative Serving",
            Self::GatewayApi => "the Gateway API",
            Self::Dapr => "Dapr",
            Self::Shipwright => "Shipwright",
            Self::OpenFunction => "OpenFunction",
        }
    }
}

impl Feature {
    /// The name in lower case with hyphens. The kustomize component has it; the chart's value has it in camel case.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Knative => "knative",
            Self::Dapr => "dapr",
            Self::GatewayApi => "gateway-api",
            Self::Shipwright => "shipwright",
            Self::InterceptorRoute => "interceptor-route",
            Self::OpenFunctionGateways => "openfunction-gateways",
        }
    }
}

impl Update {
    /// Metacontroller's name of the method.
    #[must_use]
    pub const fn method(self) -> &'static str {
        match self {
            Self::InPlace => "InPlace",
            Self::Recreate => "Recreate",
        }
    }
}
