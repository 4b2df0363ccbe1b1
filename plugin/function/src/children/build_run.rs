//! Shipwright's BuildRuns: the one of what is asked for now, and earlier ones.
//!
//! A BuildRun follows from its name alone, so that an earlier one can be asked for again as it is.

use super::child::Child;
use super::metadata::metadata;
use crate::formats::typed::api;
use crate::function::conventions::BUILD_ROLE;
use crate::kinds;
use crate::plan::building::{Building, Stage};

api! {
    /// `BuildRunSpec` of Shipwright's `pkg/apis/build/v1beta1/buildrun_types.go`, 0.19.
    struct BuildRunSpec<'a> {
        "build" build: ReferencedBuild<'a>,
        "serviceAccount" service_account: &'a str,
    }

    /// `ReferencedBuild` of the same file.
    struct ReferencedBuild<'a> {
        "name" name: &'a str,
    }
}

/// How Shipwright is told to make an account for one BuildRun, as OpenFunction does.
const GENERATED_ACCOUNT: &str = ".generate";

pub(super) fn make<'a>(building: &'a Building<'a>) -> Vec<Child<'a>> {
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
        let spec = BuildRunSpec {
            build: ReferencedBuild { name: &building.name },
            service_account: GENERATED_ACCOUNT,
        };
        let metadata = metadata(building.function, &building.label, name, BUILD_ROLE);
        Child::new(&kinds::BUILD_RUN, metadata, spec)
    };
    names.into_iter().map(run).collect()
}
