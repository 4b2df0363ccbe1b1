//! What Shipwright would refuse later, and what a builder would read otherwise than it is meant.

use super::super::types::ENV_VARS;
use super::common::{MAX_ENTRIES, image, no_spaces, secret};
use crate::formats::notes::{Notes, Path};
use crate::formats::syntax;
use crate::formats::written::quoted;
use crate::function::types::{Build, Source};

/// Source: Shipwright's `pkg/reconciler/buildrun/resources/params.go`.
const RESERVED_PARAMS: &str = "shp-";

pub(super) fn validate(build: &Build<'_>, notes: &mut Notes) {
    let at = &Path::root("spec.build");
    if let Some(builder) = build.builder {
        image(builder, &at.field("builder"), notes);
    }
    source(&build.source, &at.field("srcRepo"), notes);
    strategy(build, &at.field("shipwright.strategy"), notes);
    env(build, &at.field("env"), notes);
    params(build, &at.field("shipwright.params"), notes);
}

fn source(source: &Source<'_>, at: &Path<'_>, notes: &mut Notes) {
    no_spaces(source.url, &at.field("url"), notes);
    if let Some(bundle) = source.bundle.filter(|bundle| !bundle.is_empty()) {
        image(bundle, &at.field("bundleContainer.image"), notes);
    }
    secret(source.secret, &at.field("credentials.name"), notes);
}

fn strategy(build: &Build<'_>, at: &Path<'_>, notes: &mut Notes) {
    let strategy = &build.strategy;
    if !strategy.name.is_empty() && !syntax::is_subdomain(strategy.name) {
        notes.invalid(
            &at.field("name"),
            quoted(strategy.name),
            "must be the name of a strategy",
        );
    }
    let kinds = ["BuildStrategy", "ClusterBuildStrategy"];
    if let Some(kind) = strategy.kind
        && !kinds.contains(&kind)
    {
        notes.unsupported(&at.field("kind"), quoted(kind), &kinds);
    }
}

/// All variables are one text for the strategy, which takes it apart again.
fn env(build: &Build<'_>, at: &Path<'_>, notes: &mut Notes) {
    notes.at_most(at, build.env.len(), MAX_ENTRIES);
    for (name, value) in build.env.iter() {
        if !syntax::is_env_name(name) {
            notes.invalid(
                at,
                quoted(name),
                "must be the name of an environment variable: letters, digits, '_', '-' or '.', not starting with a digit",
            );
        }
        if value.contains(|c: char| c == '#' || c == '=' || c.is_whitespace()) {
            notes.warn(
                &at.key(name),
                "OpenFunction's strategies end a value at its first '#', '=' or space",
            );
        }
    }
}

/// Each parameter once, with those that other fields set.
fn params(build: &Build<'_>, at: &Path<'_>, notes: &mut Notes) {
    notes.at_most(at, build.params.len(), MAX_ENTRIES);
    let params = build.params.iter().take(MAX_ENTRIES).enumerate();
    for (index, param) in params.filter(|(_, param)| !param.name.is_empty()) {
        let at = &at.index(index);
        let other = match param.name {
            "builder-image" if build.builder.is_some() => Some("builder"),
            "dockerfile" if build.dockerfile.is_some() => Some("dockerfile"),
            ENV_VARS if !build.env.is_empty() => Some("env"),
            _ => None,
        };
        if let Some(other) = other {
            notes.forbidden(at, format_args!("{} is set by spec.build.{other}", param.name));
        }
        if param.name.starts_with(RESERVED_PARAMS) {
            let why = "Shipwright itself sets the parameters that start with shp-";
            notes.forbidden(&at.field("name"), why);
        }
        if build
            .params
            .iter()
            .take(index)
            .any(|earlier| earlier.name == param.name)
        {
            notes.duplicate(&at.field("name"), quoted(param.name));
        }
    }
}
