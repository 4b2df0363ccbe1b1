//! The build of a Function's image: how far it is, and which image runs meanwhile.
//!
//! Shipwright builds: a Build says what, and each BuildRun does it once. The BuildRun's name has a
//! hash of what the Build says, so that there is a new one when, and only when, that changes. It
//! is asked for when the Build is up to date, since it reads the Build when it starts.
//!
//! What was built last is kept in the Function's status: the pods run it until a newer build has
//! succeeded, however the newer build goes and whatever becomes of the older BuildRun.

use std::borrow::Cow;

use super::build_spec::spec;
use crate::formats::json::Json;
use crate::formats::names;
use crate::formats::sorted::Sorted;
use crate::function::request::{Children, Condition, Object};
use crate::function::types::{Build, Function};
use crate::kinds;
use crate::kinds::Kind;

/// In `status.build.state`: the image is there.
pub(crate) const SUCCEEDED: &str = "Succeeded";

/// A Function's build on this cluster.
pub(crate) struct Building<'a> {
    pub(crate) function: &'a Function<'a>,
    pub(crate) build: &'a Build<'a>,
    pub(crate) observed: &'a Children<'a>,
    /// The value of the label that says whose an object is.
    pub(crate) label: String,
    /// The Build's name.
    pub(crate) name: String,
    /// The name of the BuildRun of what is asked for now.
    pub(crate) run: String,
    /// Stands for what is asked for now.
    pub(crate) hash: String,
    pub(crate) stage: Stage<'a>,
    /// What an earlier sync has said.
    status: Option<&'a Json<'a>>,
}

/// How far a build is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Stage<'a> {
    /// The controller does not declare Shipwright's kinds.
    NotDeclared,
    /// There is no Build.
    NoBuild,
    /// The Build says something earlier.
    Outdated,
    /// Shipwright refuses the Build.
    Refused(&'a Object<'a>),
    /// The Build has no BuildRun.
    NoRun,
    Running(&'a Object<'a>),
    /// None where the BuildRun is gone, and the status remembers it.
    Succeeded(Option<&'a Object<'a>>),
    Failed(&'a Object<'a>, Condition<'a>),
}

impl<'a> Building<'a> {
    /// `parent` is the Function as it was observed.
    pub(crate) fn new(
        function: &'a Function<'a>,
        build: &'a Build<'a>,
        observed: &'a Children<'a>,
        parent: &'a Json<'a>,
    ) -> Self {
        let name = names::object(function.name, names::LABEL);
        let hash = names::short_hash(&Json::from(spec(function, build)).to_string());
        let mut building = Building {
            function,
            build,
            observed,
            label: names::label(function.name),
            run: names::build_run(function.name, &hash),
            name,
            hash,
            stage: Stage::NotDeclared,
            status: parent.get("status"),
        };
        building.stage = building.find_stage();
        building
    }

    fn find_stage(&self) -> Stage<'a> {
        if self.undeclared().next().is_some() {
            return Stage::NotDeclared;
        }
        if let Some(run) = self.observed.find(&kinds::BUILD_RUN, &self.run) {
            return match run.condition(SUCCEEDED) {
                Some(condition) if condition.status == "True" => Stage::Succeeded(Some(run)),
                Some(condition) if condition.status == "False" => Stage::Failed(run, *condition),
                _ => Stage::Running(run),
            };
        }
        let is_remembered = self.before("build", "resourceHash") == Some(&self.hash)
            && self.before("build", "state") == Some(SUCCEEDED)
            && self.before("revision", "image").is_some();
        if is_remembered {
            return Stage::Succeeded(None);
        }
        let Some(build) = self.observed.find(&kinds::BUILD, &self.name) else {
            return Stage::NoBuild;
        };
        if build.build_hash() != Some(&self.hash) {
            return Stage::Outdated;
        }
        match build.status_text(&["registered"]) {
            Some("False") => Stage::Refused(build),
            _ => Stage::NoRun,
        }
    }

    /// The kinds that the controller would have to declare.
    pub(crate) fn undeclared(&self) -> impl Iterator<Item = &'static Kind> {
        let kinds = [&kinds::BUILD, &kinds::BUILD_RUN];
        kinds.into_iter().filter(|kind| !self.observed.declares(kind))
    }

    /// What pods run: what was built, or what they run already. None before there is anything.
    pub(crate) fn image(&self) -> Option<Cow<'a, str>> {
        let as_it_is = Cow::Borrowed(self.function.image);
        match self.stage {
            Stage::NotDeclared => Some(as_it_is),
            Stage::Succeeded(Some(run)) => {
                Some(digest(run).map_or(as_it_is, |digest| self.image_with(digest)))
            }
            _ => self.last_image(),
        }
    }

    fn last_image(&self) -> Option<Cow<'a, str>> {
        if let Some(image) = self.before("revision", "image") {
            return Some(Cow::Borrowed(image));
        }
        if let Some(digest) = self.before("revision", "imageDigest") {
            return Some(self.image_with(digest));
        }
        // A function that runs and was never built runs its image as it is.
        let mut others = self.observed.all().iter();
        let is_served = others.any(|object| !object.is(&kinds::BUILD) && !object.is(&kinds::BUILD_RUN));
        is_served.then_some(Cow::Borrowed(self.function.image))
    }

    fn image_with(&self, digest: &str) -> Cow<'a, str> {
        let image = self.function.image;
        let name = image.split_once('@').map_or(image, |(name, _)| name);
        Cow::Owned(format!("{name}@{digest}"))
    }

    /// A text of a part of the status that an earlier sync gave.
    pub(crate) fn before(&self, part: &str, key: &str) -> Option<&'a str> {
        let text = self.status?.get(part)?.get(key)?.as_text();
        text.filter(|text| !text.is_empty())
    }

    /// The sources in the status that an earlier sync gave.
    pub(crate) fn sources_before(&self) -> Option<&'a Json<'a>> {
        let sources = self.status?.get("sources")?;
        sources.as_list().filter(|list| !list.is_empty())?;
        Some(sources)
    }

    /// The earlier BuildRuns that stay, the newest first. One that has not ended is of no use any
    /// more: without it Shipwright stops the build.
    pub(crate) fn history(&self) -> Vec<&'a Object<'a>> {
        let all = self.observed.all().iter();
        let runs: Vec<(Cow<'_, str>, &Object<'a>)> = all
            .filter(|object| object.is(&kinds::BUILD_RUN) && object.name != self.run)
            .map(|run| ([run.creation_timestamp, " ", run.name].concat().into(), run))
            .collect();
        // Sorted by the map that is there: a sort of its own is 15 KB of code.
        let runs = Sorted::from(runs).into_members().into_iter().rev();
        let mut runs: Vec<&Object<'a>> = runs.map(|(_, run)| run).collect();
        let (mut successful, mut failed) = (self.build.successful_limit, self.build.failed_limit);
        match self.stage {
            Stage::Succeeded(_) => successful = successful.saturating_sub(1),
            Stage::Failed(..) => failed = failed.saturating_sub(1),
            _ => {}
        }
        runs.retain(|run| {
            let left = if run.with_status(SUCCEEDED, "True").is_some() {
                &mut successful
            } else if run.with_status(SUCCEEDED, "False").is_some() {
                &mut failed
            } else {
                return false;
            };
            let stays = *left > 0;
            *left = left.saturating_sub(1);
            stays
        });
        runs
    }
}

/// The digest of the image that a BuildRun has made; a strategy need not tell it.
pub(crate) fn digest<'a>(run: &Object<'a>) -> Option<&'a str> {
    let digest = run.status_text(&["output", "digest"])?;
    digest
        .bytes()
        .all(|byte| byte.is_ascii_graphic())
        .then_some(digest)
}
