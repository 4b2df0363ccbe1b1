//! Shipwright's BuildRuns: the one of what is asked for now, and earlier ones.
//!
//! A BuildRun follows from its name alone, so that an earlier one can be asked for again as it is.

use super::child::Child;
use super::metadata::metadata;
use crate::formats::json::Json;
use crate::function::conventions::BUILD_ROLE;
use crate::kinds;
use crate::plan::building::{Building, Stage};

/// How Shipwright is told to make an account for one BuildRun, as OpenFunction does.
const GENERATED_ACCOUNT: &str = ".generate";

pub(super) fn build<'a>(building: &'a Building<'a>) -> Vec<Child<'a>> {
    let mut names: Vec<&'a str> = Vec::new();
    match building.stage {
        Stage::NoRun | Stage::Running(_) | Stage::Succeeded(Some(_)) | Stage::Failed(..) => {
            names.push(&building.run);
        }
        Stage::NotDeclared
        | Stage::NoBuild
        | Stage::Outdated
        | Stage::Refused(_)
        | Stage::Succeeded(None) => {}
    }
    names.extend(building.history().into_iter().map(|run| run.name));
    let run = |name| {
        let spec = Json::object([
            ("build", Json::object([("name", building.name.as_str().into())])),
            ("serviceAccount", GENERATED_ACCOUNT.into()),
        ]);
        let metadata = metadata(building.function, &building.label, name, BUILD_ROLE);
        Child::new(&kinds::BUILD_RUN, metadata, [("spec", spec)])
    };
    names.into_iter().map(run).collect()
}
