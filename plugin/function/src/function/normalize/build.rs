//! `spec.build` → what Shipwright is asked for, whichever fields say it.

use super::read::{duration, secret, strings};
use super::scale::count;
use crate::formats::json::{Json, Object};
use crate::formats::notes::Notes;
use crate::formats::written::Written;
use crate::function::types::{Build, Param, Source, Strategy};

/// What OpenFunction installs.
const CLUSTER_STRATEGY: &str = "ClusterBuildStrategy";
/// OpenFunction's defaults.
const DEFAULT_STRATEGY: &str = "openfunction";
const DEFAULT_WASM_STRATEGY: &str = "wasmedge";
const DEFAULT_SUCCESSFUL: i32 = 0;
const DEFAULT_FAILED: i32 = 1;
/// BuildRuns that are kept are children: each is looked for among all that is observed.
const MAX_HISTORY: i32 = 256;

pub(super) fn normalize<'a>(written: &Written<'_, 'a>, is_wasm: bool, notes: &mut Notes) -> Build<'a> {
    let shipwright = written.field("shipwright");
    shipwright.object(notes);
    let mut build = Build {
        builder: written.field("builder").non_empty(notes),
        dockerfile: written.field("dockerfile").non_empty(notes),
        source: source(&written.field("srcRepo"), notes),
        strategy: strategy(&shipwright.field("strategy"), is_wasm, notes),
        env: strings(written.field("env"), notes),
        timeout: duration(&written.field("timeout"), notes),
        ..Build::default()
    };
    if build.builder.is_none() && build.dockerfile.is_none() {
        notes.required(
            &written.field("builder").at,
            "the image that builds; only with a dockerfile it may be left out",
        );
    }
    let params = shipwright.field("params");
    build.params = params
        .elements(notes)
        .filter_map(|written| param(&written, notes))
        .collect();
    let other = shipwright.field("timeout");
    let timeout = duration(&other, notes);
    if build.timeout.is_some() && timeout.is_some() {
        notes.warn(&other.at, "is not used: spec.build.timeout decides");
    }
    build.timeout = build.timeout.or(timeout);
    build.successful_limit = limit(
        written.field("successfulBuildsHistoryLimit"),
        DEFAULT_SUCCESSFUL,
        notes,
    );
    build.failed_limit = limit(written.field("failedBuildsHistoryLimit"), DEFAULT_FAILED, notes);
    unused(written, notes);
    build
}

fn limit(written: Written<'_, '_>, default: i32, notes: &mut Notes) -> usize {
    let at = written.at;
    let limit = count(written, 0, notes).unwrap_or(default);
    if limit > MAX_HISTORY {
        notes.invalid(&at, limit, format_args!("must be at most {MAX_HISTORY}"));
    }
    usize::try_from(limit).unwrap_or_default()
}

/// What is checked and has no place in Shipwright, or needs a clock.
fn unused(written: &Written<'_, '_>, notes: &mut Notes) {
    let age = written.field("builderMaxAge");
    if duration(&age, notes).is_some_and(|age| !age.is_zero()) {
        notes.warn(
            &age.at,
            "is not used: successfulBuildsHistoryLimit and failedBuildsHistoryLimit decide which builds are kept",
        );
    }
    let credentials = written.field("builderCredentials");
    if secret(&credentials, "the Secret with which the builder is pulled", notes).is_some() {
        notes.warn(
            &credentials.at,
            "is not used: Shipwright's v1beta1 has no place for it; the nodes must be able to pull the builder",
        );
    }
}

fn source<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Source<'a> {
    if written.object(notes).is_none() {
        notes.required(&written.at, "the location of the source");
        return Source::default();
    }
    let (url, revision) = (written.field("url"), written.field("revision"));
    let bundle = written.field("bundleContainer").if_object(notes);
    let bundle = bundle.map(|bundle| bundle.field("image").required("the image with the source", notes));
    let mut source = Source {
        url: url.text(notes).unwrap_or_default(),
        bundle,
        revision: revision.non_empty(notes),
        path: written.field("sourceSubPath").non_empty(notes),
        secret: secret(
            &written.field("credentials"),
            "the Secret with which the source is fetched",
            notes,
        ),
    };
    if bundle.is_some() {
        for (field, is_set) in [
            (&url, !source.url.is_empty()),
            (&revision, source.revision.is_some()),
        ] {
            if is_set {
                notes.warn(&field.at, "is not used: the source is in bundleContainer.image");
            }
        }
        source.url = "";
        source.revision = None;
    } else if source.url.is_empty() {
        notes.required(&url.at, "a Git repository, where there is no bundleContainer");
    }
    source
}

fn strategy<'a>(written: &Written<'_, 'a>, is_wasm: bool, notes: &mut Notes) -> Strategy<'a> {
    if written.object(notes).is_none() {
        let name = if is_wasm {
            DEFAULT_WASM_STRATEGY
        } else {
            DEFAULT_STRATEGY
        };
        return Strategy {
            name,
            kind: Some(CLUSTER_STRATEGY),
        };
    }
    Strategy {
        name: written
            .field("name")
            .required("the strategy that makes the image", notes),
        kind: written.field("kind").text(notes),
    }
}

fn param<'a>(written: &Written<'_, 'a>, notes: &mut Notes) -> Option<Param<'a>> {
    if !written.is_present() {
        notes.invalid(&written.at, "null", "must be an object");
    }
    written.object(notes)?;
    let name = written
        .field("name")
        .required("a parameter of the strategy", notes);
    let mut value = Object::new();
    let mut count = single(written, &mut value, notes);
    let values = written.field("values");
    if values.is_present() {
        count += 1;
        let elements = values.elements(notes).map(|element| {
            let mut one = Object::new();
            element.object(notes);
            only_one(
                &element,
                single(&element, &mut one, notes),
                "value, configMapValue and secretValue",
                notes,
            );
            Json::Object(one)
        });
        let elements = elements.collect();
        value.insert("values", Json::List(elements));
    }
    only_one(
        written,
        count,
        "value, values, configMapValue and secretValue",
        notes,
    );
    Some(Param { name, value })
}

/// Reads one value, wherever it comes from, and says how many there are.
fn single<'a>(written: &Written<'_, 'a>, value: &mut Object<'a>, notes: &mut Notes) -> usize {
    let mut count = 0;
    let text = written.field("value");
    if text.is_present() {
        count += 1;
        // An empty one is a value too.
        value.insert("value", text.text(notes).unwrap_or_default().into());
    }
    for name in ["configMapValue", "secretValue"] {
        let reference = written.field(name);
        if reference.is_present() {
            count += 1;
            reference.object(notes);
            let mut key = Object::of([
                (
                    "key",
                    reference.field("key").required("the key in it", notes).into(),
                ),
                (
                    "name",
                    reference
                        .field("name")
                        .required("where the value is", notes)
                        .into(),
                ),
            ]);
            if let Some(format) = reference.field("format").text(notes) {
                key.insert("format", format.into());
            }
            value.insert(name, Json::Object(key));
        }
    }
    count
}

fn only_one(written: &Written<'_, '_>, count: usize, of: &str, notes: &mut Notes) {
    if count == 0 {
        notes.required(&written.at, format_args!("one of {of} must be set"));
    } else if count > 1 {
        notes.forbidden(&written.at, format_args!("only one of {of} may be set"));
    }
}
