//! The kinds of children that a Function may have, as a controller declares them.

/// A kind of child.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Kind {
    /// `apps/v1`
    pub(crate) api_version: &'static str,
    /// `Deployment`
    pub(crate) kind: &'static str,
    /// `deployments`, by which a controller declares it
    pub(crate) resource: &'static str,
    /// Whether a cluster may well be without it: then it is not in the controller by default.
    pub(crate) optional: bool,
    /// How Metacontroller brings it up to date: in place, but for what cannot be changed.
    pub(crate) update: &'static str,
}

const IN_PLACE: &str = "InPlace";

macro_rules! kinds {
    ($($name:ident: $api_version:literal $kind:literal $resource:literal $optional:literal $update:expr;)*) => {
        $(pub(crate) static $name: Kind = Kind {
            api_version: $api_version,
            kind: $kind,
            resource: $resource,
            optional: $optional,
            update: $update,
        };)*

        /// All of them, in the order of `describe`.
        pub(crate) static ALL: &[&Kind] = &[$(&$name),*];
    };
}

// What KEDA, its HTTP add-on and Kubernetes itself have is there by default.
kinds! {
    DEPLOYMENT: "apps/v1" "Deployment" "deployments" false IN_PLACE;
    STATEFUL_SET: "apps/v1" "StatefulSet" "statefulsets" false IN_PLACE;
    // The pods of a Job never change.
    JOB: "batch/v1" "Job" "jobs" false "Recreate";
    SERVICE: "v1" "Service" "services" false IN_PLACE;
    INGRESS: "networking.k8s.io/v1" "Ingress" "ingresses" false IN_PLACE;
    HTTP_SCALED_OBJECT: "http.keda.sh/v1alpha1" "HTTPScaledObject" "httpscaledobjects" false IN_PLACE;
    SCALED_OBJECT: "keda.sh/v1alpha1" "ScaledObject" "scaledobjects" false IN_PLACE;
    SCALED_JOB: "keda.sh/v1alpha1" "ScaledJob" "scaledjobs" false IN_PLACE;
    INTERCEPTOR_ROUTE: "http.keda.sh/v1beta1" "InterceptorRoute" "interceptorroutes" true IN_PLACE;
    KNATIVE_SERVICE: "serving.knative.dev/v1" "Service" "services" true IN_PLACE;
    HTTP_ROUTE: "gateway.networking.k8s.io/v1" "HTTPRoute" "httproutes" true IN_PLACE;
    COMPONENT: "dapr.io/v1alpha1" "Component" "components" true IN_PLACE;
    BUILD: "shipwright.io/v1beta1" "Build" "builds" true IN_PLACE;
    BUILD_RUN: "shipwright.io/v1beta1" "BuildRun" "buildruns" true IN_PLACE;
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
}
