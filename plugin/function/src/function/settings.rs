//! The plugin's own configuration: one for all Functions of an installation.

mod exposure;

use std::borrow::Cow;

use serde::Deserialize;

use crate::failure::Failure;
use crate::formats::duration;
pub(crate) use exposure::{By, Exposure, HostRewrite};

/// What `describe` gives as the settings' schema, decoded.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Settings {
    /// Which shape of HTTPScaledObject the installed HTTP add-on reads.
    pub(crate) http_addon: Profile,
    /// Who serves an http function that says nothing about it.
    pub(crate) default_engine: HttpEngine,
    /// Where the add-on's interceptor listens.
    pub(crate) interceptor: Interceptor,
    /// The cluster's DNS domain.
    pub(crate) cluster_domain: String,
    /// Whether to look for objects of others that have the names of ours.
    pub(crate) check_names: bool,
    /// Hooks and tracing of all Functions.
    pub(crate) global_config: GlobalConfig,
    /// What KEDA's HTTP add-on is told where the Function says nothing.
    pub(crate) scaling: Scaling,
    /// What stands between Dapr and a function in standalone mode.
    pub(crate) dapr_proxy: DaprProxy,
    /// How functions are reached from outside the cluster.
    pub(crate) exposure: Exposure,
    /// Paths of fields below `spec.serving.template` that are sent although the plugin's release of
    /// Kubernetes does not have them; `*` stands for all.
    pub(crate) extra_pod_fields: Vec<String>,
}

/// A ConfigMap with the keys `hooks` or `plugins`, and `tracing` or `plugins.tracing`.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct GlobalConfig {
    /// Empty where none is read.
    pub(crate) name: String,
    pub(crate) namespace: String,
}

/// What KEDA's HTTP add-on is told where the Function says nothing.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct Scaling {
    pub(crate) metric: Metric,
    /// How long a request waits for a pod, as Go writes it; empty is the add-on's own default.
    pub(crate) readiness_timeout: String,
    /// The Service of the add-on's external scaler, with its port, as KEDA calls it; empty is
    /// the add-on's own, in the interceptor's namespace.
    pub(crate) scaler_address: String,
}

/// What a function scales by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) enum Metric {
    /// Requests at a time.
    Concurrency,
    /// Requests in a second.
    RequestRate,
}

/// What the HTTP add-on reads: HTTPScaledObjects in one of three shapes, or InterceptorRoutes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Profile {
    /// Add-on 0.5 and 0.6: `deployment`, `targetPendingRequests`.
    #[serde(rename = "0.5")]
    V0_5,
    /// Add-on 0.7: `name`, `kind`, `apiVersion`, `targetPendingRequests`.
    #[serde(rename = "0.7")]
    V0_7,
    /// Add-on 0.8 and later: `name`, `kind`, `apiVersion`, `scalingMetric`.
    #[serde(rename = "0.8")]
    V0_8,
    /// Add-on 0.14 and later: no HTTPScaledObject at all.
    #[serde(rename = "interceptor-route")]
    InterceptorRoute,
}

/// Who serves http triggers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum HttpEngine {
    /// A Deployment that KEDA's HTTP add-on scales.
    Keda,
    /// A Knative Service.
    Knative,
}

/// The Service of the add-on's interceptor.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Interceptor {
    pub(crate) service: String,
    pub(crate) namespace: String,
    pub(crate) port: u16,
}

/// Dapr's proxy.
#[derive(Debug, PartialEq, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct DaprProxy {
    pub(crate) image: String,
}

impl Settings {
    /// Decodes the settings that the host hands over.
    ///
    /// # Errors
    /// [`Failure::Internal`] if they are not what the schema says: the host checks them at load.
    pub(crate) fn parse(settings: &str) -> Result<Self, Failure> {
        let wrong = |what: &str| Failure::Internal(format!("invalid settings: {what}"));
        let settings: Self = serde_json::from_str(settings).map_err(|error| wrong(&error.to_string()))?;
        let timeout = &settings.scaling.readiness_timeout;
        if !timeout.is_empty() && duration::canonical(timeout).is_none() {
            return Err(wrong("scaling.readinessTimeout must be a duration such as 30s"));
        }
        Ok(settings)
    }
}

impl Profile {
    /// Its name in the settings.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Profile::V0_5 => "0.5",
            Profile::V0_7 => "0.7",
            Profile::V0_8 => "0.8",
            Profile::InterceptorRoute => "interceptor-route",
        }
    }
}

impl Default for Settings {
    fn default() -> Self {
        Settings {
            http_addon: Profile::V0_8,
            default_engine: HttpEngine::Knative,
            interceptor: Interceptor::default(),
            cluster_domain: "cluster.local".to_owned(),
            check_names: false,
            global_config: GlobalConfig::default(),
            scaling: Scaling::default(),
            dapr_proxy: DaprProxy::default(),
            exposure: Exposure::default(),
            extra_pod_fields: Vec::new(),
        }
    }
}

impl Settings {
    /// Where KEDA calls the add-on's external scaler.
    pub(crate) fn scaler_address(&self) -> Cow<'_, str> {
        match self.scaling.scaler_address.as_str() {
            "" => format!(
                "keda-add-ons-http-external-scaler.{}:9090",
                self.interceptor.namespace
            )
            .into(),
            address => address.into(),
        }
    }
}

impl Default for GlobalConfig {
    fn default() -> Self {
        GlobalConfig {
            name: "openfunction-config".to_owned(),
            namespace: "openfunction".to_owned(),
        }
    }
}

impl Default for Interceptor {
    fn default() -> Self {
        Interceptor {
            service: "keda-add-ons-http-interceptor-proxy".to_owned(),
            namespace: "keda".to_owned(),
            port: 8080,
        }
    }
}

impl Default for Scaling {
    fn default() -> Self {
        Scaling {
            metric: Metric::Concurrency,
            readiness_timeout: String::new(),
            scaler_address: String::new(),
        }
    }
}

impl Default for DaprProxy {
    fn default() -> Self {
        DaprProxy {
            image: "openfunction/dapr-proxy:v0.1.0".to_owned(),
        }
    }
}

impl Metric {
    /// The add-on's word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Metric::Concurrency => "concurrency",
            Metric::RequestRate => "requestRate",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_settings_are_the_defaults() {
        let settings = Settings::parse("{}").unwrap();
        assert_eq!(settings.http_addon, Profile::V0_8);
        assert_eq!(settings.default_engine, HttpEngine::Knative);
        assert_eq!(settings.interceptor.port, 8080);
        assert_eq!(settings.cluster_domain, "cluster.local");
    }

    #[test]
    fn a_part_can_be_set_alone() {
        let settings =
            Settings::parse(r#"{"interceptor":{"namespace":"addons"},"httpAddon":"0.5"}"#).unwrap();
        assert_eq!(settings.interceptor.namespace, "addons");
        assert_eq!(settings.interceptor.port, 8080);
        assert_eq!(settings.http_addon, Profile::V0_5);
    }

    #[test]
    fn the_external_scaler_is_where_the_interceptor_is() {
        for (settings, address) in [
            ("{}", "keda-add-ons-http-external-scaler.keda:9090"),
            (
                r#"{"interceptor":{"namespace":"http"}}"#,
                "keda-add-ons-http-external-scaler.http:9090",
            ),
            (
                r#"{"interceptor":{"namespace":"http"},"scaling":{"scalerAddress":"scaler.keda:9091"}}"#,
                "scaler.keda:9091",
            ),
        ] {
            assert_eq!(Settings::parse(settings).unwrap().scaler_address(), address);
        }
    }

    #[test]
    fn wrong_settings_are_a_sentence() {
        for (settings, sentence) in [
            (
                "",
                "invalid settings: EOF while parsing a value at line 1 column 0",
            ),
            (
                r#"{"engine":"keda"}"#,
                "invalid settings: unknown field `engine`, expected one of \
                 `httpAddon`, `defaultEngine`, `interceptor`, `clusterDomain`, `checkNames`, `globalConfig`, `scaling`, `daprProxy`, `exposure`, `extraPodFields` at line 1 column 9",
            ),
            (
                r#"{"httpAddon":"0.9"}"#,
                "invalid settings: unknown variant `0.9`, expected one of `0.5`, `0.7`, \
                 `0.8`, `interceptor-route` at line 1 column 18",
            ),
            (
                r#"{"scaling":{"metric":"cpu"}}"#,
                "invalid settings: unknown variant `cpu`, expected `concurrency` or `requestRate` \
                 at line 1 column 26",
            ),
            (
                r#"{"scaling":{"readinessTimeout":"soon"}}"#,
                "invalid settings: scaling.readinessTimeout must be a duration such as 30s",
            ),
        ] {
            match Settings::parse(settings) {
                Err(Failure::Internal(message)) => assert_eq!(message, sentence),
                other => panic!("{settings}: {other:?}"),
            }
        }
    }
}
