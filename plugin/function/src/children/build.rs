//! Shipwright's Build: what is built, from what, and how.
//!
//! Source: `pkg/apis/build/v1beta1` of shipwright-io/build. What v1alpha1 has as `builder` and
//! `dockerfile`, v1beta1 has as parameters of the strategy. They stand last, where Shipwright's
//! own conversion puts them, so that the list is the same in whichever version it is stored.

use super::child::Child;
use super::metadata::metadata;
use crate::formats::json::Json;
use crate::function::conventions::BUILD_ROLE;
use crate::function::request::BUILD_HASH;
use crate::kinds;
use crate::plan::build_spec::spec;
use crate::plan::building::Building;

pub(super) fn build<'a>(building: &'a Building<'a>) -> Child<'a> {
    let mut metadata = metadata(building.function, &building.label, &building.name, BUILD_ROLE);
    metadata
        .annotations
        .insert(BUILD_HASH, building.hash.as_str().into());
    let mut spec = spec(building.function, building.build);
    if let Some(timeout) = building.build.timeout {
        spec.insert("timeout", timeout.to_string().into());
    }
    // Nothing about retention: Shipwright would delete BuildRuns that are still asked for.
    Child::new(&kinds::BUILD, metadata, [("spec", Json::Object(spec))])
}
