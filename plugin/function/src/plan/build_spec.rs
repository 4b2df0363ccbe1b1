//! What a Build of Shipwright says. A decision of the plan, since a hash of it is a part of the BuildRun's name.
//!
//! Source: `pkg/apis/build/v1beta1` of shipwright-io/build. What v1alpha1 has as `builder` and `dockerfile`, v1beta1
//! has as parameters of the strategy. They stand last, where Shipwright's own conversion puts them, so that the list is
//! the same in whichever version it is stored.

use crate::formats::json::{Json, Object};
use crate::function::types::{Build, ENV_VARS, Function, Source};

/// Everything that makes another build when it changes; the timeout does not.
pub(crate) fn spec<'a>(function: &'a Function<'a>, build: &'a Build<'a>) -> Object<'a> {
    let mut output = Object::of([("image", function.image.into())]);
    if let Some(secret) = function.pull_secret {
        output.insert("pushSecret", secret.into());
    }
    let mut strategy = Object::of([("name", build.strategy.name.into())]);
    if let Some(kind) = build.strategy.kind {
        strategy.insert("kind", kind.into());
    }
    let mut spec = Object::of([
        ("output", Json::Object(output)),
        ("source", source(&build.source)),
        ("strategy", Json::Object(strategy)),
    ]);
    let params = params(build);
    if !params.is_empty() {
        spec.insert("paramValues", Json::List(params));
    }
    spec
}

fn source<'a>(source: &'a Source<'a>) -> Json<'a> {
    let (r#type, field, mut from, secret) = match source.bundle {
        Some(image) => (
            "OCI",
            "ociArtifact",
            Object::of([("image", image.into())]),
            "pullSecret",
        ),
        None => (
            "Git",
            "git",
            Object::of([("url", source.url.into())]),
            "cloneSecret",
        ),
    };
    if let Some(name) = source.secret {
        from.insert(secret, name.into());
    }
    if let Some(revision) = source.revision {
        from.insert("revision", revision.into());
    }
    let mut all = Object::of([("type", r#type.into()), (field, Json::Object(from))]);
    if let Some(path) = source.path {
        all.insert("contextDir", path.into());
    }
    Json::Object(all)
}

fn params<'a>(build: &'a Build<'a>) -> Vec<Json<'a>> {
    let of_user = build.params.iter().map(|param| {
        let mut value = param.value.clone();
        value.insert("name", param.name.into());
        Json::Object(value)
    });
    let mut all: Vec<Json<'a>> = of_user.collect();
    let mut add = |name: &'static str, value: Json<'a>| {
        all.push(Json::object([("name", name.into()), ("value", value)]));
    };
    if !build.env.is_empty() {
        let mut text = String::new();
        for (name, value) in build.env.iter() {
            for part in [name, "=", value, "#"] {
                text.push_str(part);
            }
        }
        add(ENV_VARS, text.into());
    }
    if let Some(dockerfile) = build.dockerfile {
        add("dockerfile", dockerfile.into());
    }
    if let Some(builder) = build.builder {
        add("builder-image", builder.into());
    }
    all
}
