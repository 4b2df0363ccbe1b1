//! How the build is.

use super::finding::{Finding, Truth, shown};
use crate::formats::duration;
use crate::formats::json::{Json, Object};
use crate::function::request::{self, Condition};
use crate::kinds;
use crate::plan::building::{Building, SUCCEEDED, Stage, digest};

/// What Shipwright calls a source that has no name.
const SOURCE: &str = "default";
/// What a strategy is told without being asked.
const DEFINED: &str = "; the strategy must define the parameter builder-image if spec.build.builder is set, dockerfile \
     if spec.build.dockerfile is, and ENV_VARS if spec.build.env is";
/// What an invalid edit must not make forgotten.
pub(super) const KEPT: [&str; 3] = ["build", "revision", "sources"];

/// What is known of the build.
pub(super) fn find<'a>(building: &Building<'a>) -> Finding<'a> {
    let (build, run) = (&building.name, &building.run);
    match building.stage {
        Stage::NotDeclared => {
            let missing: Vec<String> = building.undeclared().map(kinds::Kind::described).collect();
            let message = format!(
                "this installation does not build images, so spec.image runs unchanged. To build it with \
                 Shipwright, add {} to spec.childResources of the CompositeController",
                missing.join(" and ")
            );
            Finding::new(Truth::False, "KindNotDeclared", message)
        }
        Stage::NoBuild => Finding::not_there(building.function, kinds::BUILD.kind, build),
        Stage::Outdated => {
            let message = format!("Build {build} is being changed; then BuildRun {run} builds the image");
            Finding::new(Truth::Unknown, "Building", message)
        }
        Stage::Refused(object) => {
            let reason = object.status_text(&["reason"]).unwrap_or("NotRegistered");
            let told = object.status_text(&["message"]).unwrap_or(reason);
            let hint = if reason == "UndefinedParameter" {
                DEFINED
            } else {
                ""
            };
            let message = format!("Shipwright refuses Build {build}: {told}{hint}");
            Finding::new(Truth::False, reason, message)
        }
        Stage::NoRun => Finding::not_there(building.function, kinds::BUILD_RUN.kind, run),
        Stage::Running(object) => {
            let condition = object.condition(SUCCEEDED);
            let reason = condition.map_or("", |condition| condition.reason);
            let reason = if reason.is_empty() { "Pending" } else { reason };
            let message = format!("BuildRun {run} has not ended: {reason}");
            Finding::new(Truth::Unknown, "Building", message)
        }
        Stage::Succeeded(Some(object)) if digest(object).is_none() => {
            let message = format!(
                "BuildRun {run} has built {}; its strategy reports no digest, so running pods are not replaced",
                building.function.image
            );
            Finding::new(Truth::True, SUCCEEDED, message)
        }
        Stage::Succeeded(_) => {
            let image = building.image().unwrap_or_default();
            let message = format!("BuildRun {run} has built {image}");
            Finding::new(Truth::True, SUCCEEDED, message)
        }
        Stage::Failed(object, condition) => failed(run, object, &condition),
    }
}

fn failed<'a>(run: &str, object: &request::Object<'a>, condition: &Condition<'a>) -> Finding<'a> {
    let mut finding = Finding::told(condition, "Failed", &format!("BuildRun {run}"));
    if let Some(details) = object.status_text(&["failureDetails", "message"]) {
        finding.message.push_str(": ");
        finding.message.push_str(details);
    }
    finding
        .message
        .push_str("; to build again, delete the BuildRun or change spec.build");
    finding
}

/// OpenFunction's word for it.
fn state(stage: Stage<'_>) -> &'static str {
    match stage {
        Stage::NotDeclared => "Skipped",
        Stage::NoBuild | Stage::Outdated | Stage::NoRun => "Created",
        Stage::Running(_) => "Building",
        Stage::Succeeded(_) => SUCCEEDED,
        Stage::Failed(_, condition) if condition.reason == "BuildRunTimeout" => "Timeout",
        Stage::Failed(_, condition) if condition.reason == "BuildRunCanceled" => "Canceled",
        Stage::Refused(_) | Stage::Failed(..) => "Failed",
    }
}

/// Writes `status.build`, `status.revision` and `status.sources`.
pub(super) fn fill<'a>(building: &'a Building<'a>, finding: &Finding<'a>, status: &mut Object<'a>) {
    let mut build = Object::of([
        ("message", shown(finding.message.clone())),
        ("reason", finding.reason.into()),
        ("state", state(building.stage).into()),
    ]);
    if matches!(building.stage, Stage::NotDeclared) {
        status.insert("build", Json::Object(build));
        return;
    }
    let run = building.run.as_str();
    build.insert("resourceHash", building.hash.as_str().into());
    build.insert("resourceRef", run.into());
    let last = match building.stage {
        Stage::Succeeded(_) => Some(run),
        _ => building.before("build", "lastSuccessfulResourceRef"),
    };
    if let Some(last) = last {
        build.insert("lastSuccessfulResourceRef", last.into());
    }
    let duration = match building.stage {
        Stage::Succeeded(Some(run)) | Stage::Failed(run, _) => duration(run).map(Json::from),
        Stage::Succeeded(None) => building.before("build", "buildDuration").map(Json::from),
        _ => None,
    };
    if let Some(duration) = duration {
        build.insert("buildDuration", duration);
    }
    status.insert("build", Json::Object(build));
    if let Some(image) = building.image() {
        status.insert("revision", revision(building, image.into()));
    }
    let built = match building.stage {
        Stage::Succeeded(Some(run)) => sources(run),
        _ => None,
    };
    if let Some(sources) = built.or_else(|| building.sources_before().cloned()) {
        status.insert("sources", sources);
    }
}

/// What runs: the whole image, since another repository may be asked for by now.
fn revision<'a>(building: &Building<'a>, image: Json<'a>) -> Json<'a> {
    let digest = match building.stage {
        Stage::Succeeded(Some(run)) => digest(run),
        _ => building.before("revision", "imageDigest"),
    };
    let mut revision = Object::of([("image", image)]);
    if let Some(digest) = digest {
        revision.insert("imageDigest", digest.into());
    }
    Json::Object(revision)
}

fn duration(run: &request::Object<'_>) -> Option<String> {
    let time = |key| run.status_text(&[key]);
    let passed = duration::between(time("startTime")?, time("completionTime")?)?;
    Some(passed.to_string())
}

/// What was built, as v1alpha1 of Shipwright and OpenFunction tell it.
fn sources<'a>(run: &request::Object<'a>) -> Option<Json<'a>> {
    let texts = |place: &str, keys: &[&'static str]| {
        let found = keys.iter().filter_map(|key| {
            let text = run.status_text(&["source", place, key])?;
            Some((*key, Json::from(text)))
        });
        let found: Object<'a> = found.collect();
        (!found.is_empty()).then_some(Json::Object(found))
    };
    let git = texts("git", &["branchName", "commitAuthor", "commitSha"]);
    let bundle = texts("ociArtifact", &["digest"]);
    if git.is_none() && bundle.is_none() {
        return None;
    }
    let mut source = Object::of([("name", SOURCE.into())]);
    for (key, found) in [("git", git), ("bundle", bundle)] {
        if let Some(found) = found {
            source.insert(key, found);
        }
    }
    Some(Json::List(vec![Json::Object(source)]))
}
