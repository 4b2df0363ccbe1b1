//! The plugin's own configuration: one for all Functions of an installation.

mod exposure;

use serde::Deserialize;

use crate::Failure;
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
    /// How functions are reached from outside the cluster.
    pub(crate) exposure: Exposure,
}

/// A shape of HTTPScaledObject.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
pub(crate) enum Profile {
    /// Add-on 0.5 and 0.6: `deployment`, `targetPendingRequests`.
    #[serde(rename = "0.5")]
    V0_5,
    /// Add-on 0.8 and later: `name`, `kind`, `apiVersion`, `scalingMetric`.
    #[serde(rename = "0.8")]
    V0_8,
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

impl Settings {
    /// Decodes the settings that the host hands over.
    ///
    /// # Errors
    /// [`Failure::Internal`] if they are not what the schema says: the host checks them at load.
    pub(crate) fn parse(settings: &str) -> Result<Self, Failure> {
        serde_json::from_str(settings)
            .map_err(|error| Failure::Internal(format!("the plugin's settings are wrong: {error}")))
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
            exposure: Exposure::default(),
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
    fn wrong_settings_are_a_sentence() {
        for (settings, sentence) in [
            (
                "",
                "the plugin's settings are wrong: EOF while parsing a value at line 1 column 0",
            ),
            (
                r#"{"engine":"keda"}"#,
                "the plugin's settings are wrong: unknown field `engine`, expected one of \
                 `httpAddon`, `defaultEngine`, `interceptor`, `clusterDomain`, `checkNames`, `exposure` at line 1 column 9",
            ),
            (
                r#"{"httpAddon":"0.9"}"#,
                "the plugin's settings are wrong: unknown variant `0.9`, expected `0.5` or `0.8` \
                 at line 1 column 18",
            ),
        ] {
            match Settings::parse(settings) {
                Err(Failure::Internal(message)) => assert_eq!(message, sentence),
                other => panic!("{settings}: {other:?}"),
            }
        }
    }
}
