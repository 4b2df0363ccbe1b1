//! The plugin's own configuration.

use std::borrow::Cow;

use serde::Deserialize;

/// What `describe` gives as the settings' schema, decoded.
#[derive(Default, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Settings<'a> {
    /// Where HTTPRoutes lead.
    #[serde(borrow)]
    pub(crate) interceptor: Interceptor<'a>,
}

/// The Service of the HTTP add-on's interceptor. Names and defaults are those of the Function plugin's settings.
#[derive(Deserialize)]
#[serde(default, deny_unknown_fields)]
pub(crate) struct Interceptor<'a> {
    #[serde(borrow)]
    pub(crate) service: Cow<'a, str>,
    #[serde(borrow)]
    pub(crate) namespace: Cow<'a, str>,
}

impl Default for Interceptor<'_> {
    fn default() -> Self {
        Interceptor {
            service: "keda-add-ons-http-interceptor-proxy".into(),
            namespace: "keda".into(),
        }
    }
}
