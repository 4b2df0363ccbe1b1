//! `spec.build`: how the function's image is made.

use crate::formats::duration::Duration;
use crate::formats::json::Object;
use crate::formats::sorted::Strings;

/// The parameter of OpenFunction's strategies that has all variables in it.
pub(crate) const ENV_VARS: &str = "ENV_VARS";

/// `spec.build`.
#[derive(Debug, Default)]
pub(crate) struct Build<'a> {
    /// The image that builds; there is this or a Dockerfile, or both.
    pub(crate) builder: Option<&'a str>,
    /// Where the Dockerfile is, below the source's path.
    pub(crate) dockerfile: Option<&'a str>,
    pub(crate) source: Source<'a>,
    /// Shipwright's strategy.
    pub(crate) strategy: Strategy<'a>,
    /// What the strategy is told, as written.
    pub(crate) params: Vec<Param<'a>>,
    /// What the builder is told.
    pub(crate) env: Strings<'a>,
    /// How long a build may take.
    pub(crate) timeout: Option<Duration>,
    /// How many successful builds are kept; the newest build is kept in any case.
    pub(crate) successful_limit: usize,
    /// The same of failed builds.
    pub(crate) failed_limit: usize,
}

/// `srcRepo`: where the source is.
#[derive(Debug, Default)]
pub(crate) struct Source<'a> {
    /// A Git repository; empty where there is a bundle.
    pub(crate) url: &'a str,
    /// An image with the source in it.
    pub(crate) bundle: Option<&'a str>,
    pub(crate) revision: Option<&'a str>,
    /// The part of the source that is built.
    pub(crate) path: Option<&'a str>,
    /// The Secret with which it is fetched.
    pub(crate) secret: Option<&'a str>,
}

/// `shipwright.strategy`.
#[derive(Debug, Default)]
pub(crate) struct Strategy<'a> {
    pub(crate) name: &'a str,
    /// Shipwright's own default is a BuildStrategy of the namespace.
    pub(crate) kind: Option<&'a str>,
}

/// One of `shipwright.params`.
#[derive(Debug)]
pub(crate) struct Param<'a> {
    pub(crate) name: &'a str,
    /// One of `value`, `values`, `configMapValue` and `secretValue`.
    pub(crate) value: Object<'a>,
}
