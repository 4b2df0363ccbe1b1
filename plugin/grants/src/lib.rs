//! ReferenceGrants for the Namespaces of functions, as a Metacontroller hook: a pure function from request to response.
//!
//! The HTTPRoute of a function that KEDA's HTTP add-on scales points at the interceptor's Service in another namespace.
//! The Gateway API follows such a reference only where a ReferenceGrant in that namespace names the route's, one by
//! one: there is no wildcard. So each Namespace with the label `openfunction.io/routes: enabled` gets a grant of its
//! own, an attachment in the interceptor's namespace. Everything else that the Function plugin points at is in the
//! Function's own namespace (Knative's revisions) or needs no grant (Gateways).
//!
//! The hook is asked for all Namespaces and looks at the label itself: Metacontroller forgets an object that its
//! selector no longer matches, and the grant would outlive the label.

mod grant;
mod settings;

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::de::IgnoredAny;
use serde::{Deserialize, Serialize};

use grant::Grant;
use settings::Settings;

/// The label's value by which a Namespace asks for its grant.
const ENABLED: &str = "enabled";

/// Seconds until a grant that was asked for is looked for. A Namespace that is made anew under its old name finds the
/// grant of its predecessor in the way, and nothing tells Metacontroller when that is gone.
const LOOK_AGAIN: u32 = 10;

/// Why the hook did not answer. The grants stay as they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Failure {
    /// The controller is wrong. One sentence for whoever reads the Namespace's Events.
    Invalid(String),
    /// A bug, or a host that does not keep the contract.
    Internal(String),
}

/// What is read of a request.
#[derive(Deserialize)]
struct Request<'a> {
    #[serde(borrow)]
    object: Namespace<'a>,
    #[serde(borrow)]
    attachments: BTreeMap<Cow<'a, str>, Group<'a>>,
}

/// Observed objects of one kind, by namespace and name.
type Group<'a> = BTreeMap<Cow<'a, str>, IgnoredAny>;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Namespace<'a> {
    #[serde(borrow)]
    api_version: Cow<'a, str>,
    #[serde(borrow)]
    kind: Cow<'a, str>,
    #[serde(borrow)]
    metadata: Metadata<'a>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Metadata<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    deletion_timestamp: Option<IgnoredAny>,
    #[serde(borrow)]
    labels: Option<Labels<'a>>,
}

#[derive(Deserialize)]
struct Labels<'a> {
    #[serde(borrow, rename = "openfunction.io/routes")]
    routes: Option<Cow<'a, str>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Answer<'a> {
    // Always there: an empty list takes the grant away.
    attachments: &'a [Grant<'a>],
    #[serde(skip_serializing_if = "Option::is_none")]
    resync_after_seconds: Option<u32>,
}

/// What the plugin is.
#[must_use]
pub fn describe() -> String {
    include_str!("describe.json").replacen("{version}", env!("CARGO_PKG_VERSION"), 1)
}

/// The grant of a Namespace, or none.
///
/// # Errors
/// [`Failure::Invalid`] if the controller decorates another kind, or declares no ReferenceGrant, or two versions of it.
pub fn sync(request: &str, settings: &str) -> Result<String, Failure> {
    let request: Request<'_> =
        serde_json::from_str(request).map_err(|error| internal("the request", &error))?;
    let settings: Settings<'_> =
        serde_json::from_str(settings).map_err(|error| internal("the plugin's settings", &error))?;
    let interceptor = &settings.interceptor;
    request.object.check()?;
    if !request.object.wants_grant(&interceptor.namespace) {
        return answer(&[], None);
    }
    let (version, observed) = declared(&request.attachments)?;
    let grant = Grant::new(version, &request.object.metadata.name, interceptor);
    let is_there = observed.contains_key(grant.key().as_str());
    answer(&[grant], (!is_there).then_some(LOOK_AGAIN))
}

impl Namespace<'_> {
    /// A decorator may be asked for anything, and another object's name is no namespace to grant something to.
    fn check(&self) -> Result<(), Failure> {
        if (&*self.api_version, &*self.kind) == ("v1", "Namespace") {
            return Ok(());
        }
        Err(Failure::Invalid(format!(
            "grants are for Namespaces, and this is a {} of {}: the DecoratorController's resources should name \
             apiVersion v1, resource namespaces, alone",
            self.kind, self.api_version
        )))
    }

    /// Nothing in the interceptor's own namespace needs a grant.
    fn wants_grant(&self, interceptor: &str) -> bool {
        let metadata = &self.metadata;
        let label = metadata
            .labels
            .as_ref()
            .and_then(|labels| labels.routes.as_deref());
        label == Some(ENABLED) && metadata.deletion_timestamp.is_none() && metadata.name != interceptor
    }
}

/// The apiVersion in which the controller declares ReferenceGrants, and those that are observed.
fn declared<'r>(
    attachments: &'r BTreeMap<Cow<'_, str>, Group<'r>>,
) -> Result<(&'r str, &'r Group<'r>), Failure> {
    let mut groups = attachments
        .iter()
        .filter_map(|(key, group)| Some((grant::version(key)?, group)));
    match (groups.next(), groups.next()) {
        (Some(found), None) => Ok(found),
        (Some((one, _)), Some((other, _))) => Err(Failure::Invalid(format!(
            "the DecoratorController's attachments name ReferenceGrants as {one} and as {other}, which are the same \
             objects: keep one"
        ))),
        (None, _) => Err(Failure::Invalid(format!(
            "the DecoratorController declares no ReferenceGrant: add apiVersion {}, resource referencegrants, to its \
             attachments",
            grant::API_VERSION
        ))),
    }
}

fn answer(attachments: &[Grant<'_>], resync_after_seconds: Option<u32>) -> Result<String, Failure> {
    let answer = Answer {
        attachments,
        resync_after_seconds,
    };
    serde_json::to_string(&answer).map_err(|error| internal("the answer", &error))
}

#[cold]
fn internal(what: &str, error: &serde_json::Error) -> Failure {
    Failure::Internal(format!("{what}: {error}"))
}
