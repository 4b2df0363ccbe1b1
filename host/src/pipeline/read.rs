//! Reading a request, before it is known whether its plugin has to run.

use bytes::Bytes;
use metawasm_contract::object::group_of;
use metawasm_contract::{ControllerKind, Deletions, Envelope, EnvelopeError, Hook, read_envelope};
use tokio::time::Instant;

use super::aside::aside;
use super::outcome::{Outcome, Who};
use super::report::Report;
use super::route::Route;
use super::until::Until;
use crate::catalogue::{Controller, Description, Plugin};

/// A request whose envelope was read.
pub(super) struct ParsedRequest<'a> {
    pub(super) route: &'a Route,
    pub(super) envelope: Envelope,
    pub(super) deletions: Option<Deletions>,
    pub(super) who: Who,
    pub(super) until: Until,
    /// Bytes of its body.
    pub(super) length: usize,
}

/// Reads a request that arrived at `start`.
///
/// # Errors
///
/// The outcome, if the body is not a request to this plugin.
pub(super) async fn read<'a>(
    route: &'a Route,
    body: &Bytes,
    start: Instant,
    report: &mut Report,
) -> Result<ParsedRequest<'a>, Outcome> {
    let Route { plugin, hook, .. } = route;
    let length = body.len();
    let (bytes, reader, of) = (body.clone(), plugin.clone(), *hook);
    let read = aside(length, move || envelope(&bytes, of, &reader)).await;
    let (envelope, deletions) = read.map_err(|error| Outcome::BadRequest {
        plugin: plugin.name.clone(),
        hook: hook.as_str(),
        error,
    })?;
    let who = Who::new(&plugin.name, *hook, &envelope.parent);
    report.parent = Some(who.parent.clone());
    if let Some(expected) = not_for_this(&plugin.description, &envelope) {
        return Err(Outcome::NotForThis { who, expected });
    }
    Ok(ParsedRequest {
        route,
        until: Until::new(start, envelope.timeout.as_deref()),
        envelope,
        deletions,
        who,
        length,
    })
}

/// Reads the envelope, and what the plugin's deletion budget has to know of the request.
fn envelope(
    body: &[u8],
    hook: Hook,
    plugin: &Plugin,
) -> Result<(Envelope, Option<Deletions>), EnvelopeError> {
    let envelope = read_envelope(body, hook, &plugin.view)?;
    let budget = plugin
        .deletions
        .filter(|_| hook == Hook::Sync && !envelope.finalizing);
    let deletions = budget.map(|budget| {
        let text = std::str::from_utf8(body).unwrap_or_default();
        Deletions::read(budget, text, envelope.kind)
    });
    Ok((envelope, deletions))
}

/// Returns what the plugin is for, if the request is for something else.
///
/// A plugin that is asked for another kind of parent finds nothing that it knows, and might well
/// answer that no children are wanted.
fn not_for_this(description: &Description, envelope: &Envelope) -> Option<String> {
    let controller = match description.controller {
        Controller::Composite => ControllerKind::Composite,
        Controller::Decorator => ControllerKind::Decorator,
    };
    if envelope.kind != controller {
        return Some(format!("a {}", description.controller.kind()));
    }
    // A decorator may be for several kinds; of a composite's parent the version may move on.
    let (own, asked) = (&description.parent, &envelope.parent);
    let same = own.kind == asked.kind && group_of(&own.api_version) == group_of(&asked.api_version);
    (controller == ControllerKind::Composite && !same).then(|| format!("{} of {}", own.kind, own.api_version))
}
