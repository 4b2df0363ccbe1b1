//! What runs a function, and how Dapr reaches it.

/// A runtime.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Engine {
    /// A Deployment that KEDA's HTTP add-on scales.
    Keda,
    /// A Knative Service.
    Knative,
    /// A workload that Dapr triggers call.
    #[default]
    Async,
}

/// What made the choice, to be shown to the user.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Because {
    /// There is no http trigger.
    #[default]
    NoHttpTrigger,
    /// `triggers.http.engine` says so.
    Field,
    /// `scaleOptions.keda.httpScaledObject` is there.
    HttpScaledObject,
    /// Nothing says anything: the installation's default.
    Setting,
}

/// How Dapr reaches the function.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Not at all.
    #[default]
    Off,
    /// A sidecar in each of its pods.
    Sidecar,
    /// A proxy, which is a Deployment of its own.
    Standalone,
}

impl Engine {
    /// Its name in messages.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Engine::Keda => "keda",
            Engine::Knative => "knative",
            Engine::Async => "async",
        }
    }

    /// What to do on a cluster that does not have its kinds; the end of a sentence.
    pub(crate) fn instead(self) -> &'static str {
        match self {
            Engine::Knative => ", or set spec.serving.triggers.http.engine to keda",
            Engine::Keda | Engine::Async => "",
        }
    }
}

impl Because {
    /// The reason, after "because".
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Because::NoHttpTrigger => "spec.serving.triggers.http is not set",
            Because::Field => "spec.serving.triggers.http.engine is set",
            Because::HttpScaledObject => "spec.serving.scaleOptions.keda.httpScaledObject is set",
            Because::Setting => "the Function names no engine, so the setting defaultEngine applies",
        }
    }
}
