//! Shipwright's Build: what is built, from what, and how. Its spec is the plan's: [`crate::plan::build_spec`].

use super::child::Child;
use super::metadata::metadata;
use crate::function::conventions::BUILD_ROLE;
use crate::function::request::BUILD_HASH;
use crate::kinds;
use crate::plan::build_spec::{self, BuildSpec};
use crate::plan::building::Building;

pub(super) fn make<'a>(building: &'a Building<'a>) -> Child<'a> {
    let mut metadata = metadata(building.function, &building.label, &building.name, BUILD_ROLE);
    metadata
        .annotations
        .insert(BUILD_HASH, building.hash.as_str().into());
    // Nothing about retention: Shipwright would delete BuildRuns that are still asked for.
    let spec = BuildSpec {
        timeout: building.build.timeout.map(|timeout| timeout.to_string()),
        ..build_spec::spec(building.function, building.build)
    };
    Child::new(&kinds::BUILD, metadata, spec)
}
