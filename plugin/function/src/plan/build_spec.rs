//! What a Build of Shipwright says. A decision of the plan, since a hash of it is a part of the BuildRun's name.
//!
//! What v1alpha1 has as `builder` and `dockerfile`, v1beta1 has as parameters of the strategy. They stand last, where
//! Shipwright's own conversion puts them, so that the list is the same in whichever version it is stored.

use crate::formats::json::Json;
use crate::formats::typed::{Fields, api};
use crate::function::types::{self, ENV_VARS, Function};

api! {
    /// `BuildSpec` of Shipwright's `pkg/apis/build/v1beta1/build_types.go`, 0.19.
    struct BuildSpec<'a> {
        "output" output: Image<'a>,
        "paramValues" param_values: Option<Vec<Json<'a>>>,
        "source" source: Source<'a>,
        "strategy" strategy: Strategy<'a>,
        "timeout" timeout: Option<String>,
    }

    /// `Image` of the same file.
    struct Image<'a> {
        "image" image: &'a str,
        "pushSecret" push_secret: Option<&'a str>,
    }

    /// `Source` of `source.go`: one of `git` and `ociArtifact`.
    struct Source<'a> {
        "contextDir" context_dir: Option<&'a str>,
        "git" git: Option<Git<'a>>,
        "ociArtifact" oci_artifact: Option<OciArtifact<'a>>,
        "type" r#type: &'a str,
    }

    /// `Git` of `source.go`.
    struct Git<'a> {
        "cloneSecret" clone_secret: Option<&'a str>,
        "revision" revision: Option<&'a str>,
        "url" url: &'a str,
    }

    /// `OCIArtifact` of `source.go`. `revision` is not a field of it; it is sent as the user wrote it.
    struct OciArtifact<'a> {
        "image" image: &'a str,
        "pullSecret" pull_secret: Option<&'a str>,
        "revision" revision: Option<&'a str>,
    }

    /// `Strategy` of `buildstrategy.go`.
    struct Strategy<'a> {
        "kind" kind: Option<&'a str>,
        "name" name: &'a str,
    }

    /// `ParamValue` of `parameter.go`.
    struct ParamValue<'a> {
        "name" name: &'a str,
        "value" value: Json<'a>,
    }

    /// The same, over a value in whichever form the user wrote.
    struct ParamName<'a> {
        "name" name: &'a str,
    }
}

/// Everything that makes another build when it changes; the timeout does not, and is added where the Build is made.
pub(crate) fn spec<'a>(function: &'a Function<'a>, build: &'a types::Build<'a>) -> BuildSpec<'a> {
    let params = params(build);
    BuildSpec {
        output: Image {
            image: function.image,
            push_secret: function.pull_secret,
        },
        param_values: (!params.is_empty()).then_some(params),
        source: source(&build.source),
        strategy: Strategy {
            kind: build.strategy.kind,
            name: build.strategy.name,
        },
        timeout: None,
    }
}

fn source<'a>(source: &'a types::Source<'a>) -> Source<'a> {
    let (git, oci_artifact, r#type) = match source.bundle {
        Some(image) => {
            let artifact = OciArtifact {
                image,
                pull_secret: source.secret,
                revision: source.revision,
            };
            (None, Some(artifact), "OCI")
        }
        None => {
            let git = Git {
                clone_secret: source.secret,
                revision: source.revision,
                url: source.url,
            };
            (Some(git), None, "Git")
        }
    };
    Source {
        context_dir: source.path,
        git,
        oci_artifact,
        r#type,
    }
}

fn params<'a>(build: &'a types::Build<'a>) -> Vec<Json<'a>> {
    let of_user = build.params.iter().map(|param| {
        let mut value = param.value.clone();
        ParamName { name: param.name }.write(&mut value);
        Json::Object(value)
    });
    let mut all: Vec<Json<'a>> = of_user.collect();
    let mut add = |name: &'static str, value: Json<'a>| {
        all.push(ParamValue { name, value }.into());
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
