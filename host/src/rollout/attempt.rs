//! One attempt to load a version.

use std::collections::HashSet;
use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, Mutex, PoisonError};

use metawasm_formats::text::shown;
use tokio::runtime::Handle;

use super::report::{PluginReport, Verdict};
use crate::catalogue::{
    Candidate, Change, Content, Described, Fetcher, Identity, LoadFailure, Place, Plugin, PluginSpec,
    Provenance, Stage, Version, fetch, prepare,
};
use crate::pipeline::{Pipeline, SelfTestFailure};
use crate::sandbox::LoadError;

/// Bytes of the reason why a plugin was not loaded.
pub(super) const WORDS: usize = 2000;
/// Versions that are remembered as tested. Then they are forgotten, and tested again.
const TESTED: usize = 4096;

/// What a version is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// To serve.
    Serving,
    /// To run beside the one that serves.
    Shadow,
}

/// A version to load.
pub(super) struct Job {
    /// With the source of its role.
    pub(super) spec: PluginSpec,
    pub(super) role: Role,
    pub(super) place: Arc<Place>,
    /// The digest of the version in use; if it is still that one, there is nothing to do.
    pub(super) known: Option<String>,
}

/// What came of a job.
pub(super) struct Done {
    pub(super) name: String,
    pub(super) role: Role,
    /// What was there before the bytes were read.
    pub(super) stamp: Option<Version>,
    /// The version, if it can be used.
    pub(super) good: Option<(PluginSpec, String)>,
    pub(super) report: PluginReport,
}

/// What attempts share.
pub(super) struct Attempt<'a> {
    pub(super) pipeline: &'a Arc<Pipeline>,
    pub(super) executor: &'a Handle,
    pub(super) fetcher: &'a Fetcher,
    pub(super) described: &'a Described,
    pub(super) tested: &'a Mutex<HashSet<Identity>>,
}

/// Why there is no plugin.
enum Stopped {
    /// It gives way to others.
    GaveWay,
    Failed(Box<LoadFailure>),
}

impl From<LoadFailure> for Stopped {
    fn from(failure: LoadFailure) -> Self {
        Self::Failed(Box::new(failure))
    }
}

impl Attempt<'_> {
    /// Loads a version and has it serve, or run as a shadow. `None` if it gives way to others.
    pub(super) fn run(&self, job: &Job, others_wait: &(dyn Fn() -> bool + Sync)) -> Option<Done> {
        let (stamp, fetched) =
            self.executor
                .block_on(fetch(self.fetcher, &job.spec.source, &job.spec.verify));
        let fetched = match fetched {
            Ok(fetched) => fetched,
            Err(failure) => {
                // What a registry does not give now it may give later, with the same stamp.
                let stamp = stamp.ok().filter(|_| job.spec.source.is_local());
                return Some(job.done(stamp, None, job.failed(None, failure)));
            }
        };
        let digest = fetched.digest.clone();
        if job.known.as_ref() == Some(&digest) {
            job.set_candidate(None);
            let report = PluginReport::new(&job.spec.name, Verdict::Unchanged);
            return Some(job.done(stamp.ok(), Some(digest), report));
        }
        // A panic here is a bug that one plugin met: the others are loaded all the same.
        let make = || self.executor.block_on(self.make(job, &fetched, others_wait));
        let made = panic::catch_unwind(AssertUnwindSafe(make)).unwrap_or(Err(LoadFailure::Panicked.into()));
        match made {
            Ok(plugin) => {
                let report = self.use_it(job, plugin);
                Some(job.done(stamp.ok(), Some(digest), report))
            }
            Err(Stopped::GaveWay) => None,
            Err(Stopped::Failed(failure)) => {
                let report = job.failed(Some(digest), *failure);
                Some(job.done(stamp.ok(), None, report))
            }
        }
    }

    /// Compiles and checks a version.
    async fn make(
        &self,
        job: &Job,
        fetched: &Content,
        others_wait: &(dyn Fn() -> bool + Sync),
    ) -> Result<Arc<Plugin>, Stopped> {
        job.progress(&fetched.digest, Stage::Loading);
        let compiled = || job.progress(&fetched.digest, Stage::Checking);
        let made = prepare(
            self.pipeline.sandbox(),
            &job.spec,
            fetched,
            self.described,
            others_wait,
            &compiled,
        );
        let plugin = match made.await {
            Ok(plugin) => Arc::new(plugin),
            Err(LoadFailure::Program {
                error: LoadError::Interrupted,
                ..
            }) => return Err(Stopped::GaveWay),
            Err(failure) => return Err(failure.into()),
        };
        let tested = || self.tested.lock().unwrap_or_else(PoisonError::into_inner);
        if plugin.description.self_test.is_empty() || tested().contains(&plugin.identity) {
            return Ok(plugin);
        }
        if let Err(SelfTestFailure { case, why }) = self.pipeline.self_test(&plugin).await {
            let from = job.spec.source.clone();
            return Err(LoadFailure::SelfTest { from, case, why }.into());
        }
        let mut tested = tested();
        if tested.len() >= TESTED {
            tested.clear();
        }
        tested.insert(plugin.identity);
        drop(tested);
        Ok(plugin)
    }

    /// Has a version serve, or run as a shadow.
    fn use_it(&self, job: &Job, plugin: Arc<Plugin>) -> PluginReport {
        let name = &job.spec.name;
        let (digest, size) = (plugin.digest.clone(), plugin.size);
        let code = plugin.program.origin().as_str();
        let Provenance { manifest, key } = &plugin.provenance;
        let manifest = manifest.as_ref().map(ToString::to_string);
        let key = key.as_ref().map(|key| key.display().to_string());
        if job.role == Role::Shadow {
            let from = self
                .pipeline
                .shadow(name)
                .map(|shadow| shadow.plugin().digest.clone());
            if let Err(error) = self.pipeline.set_shadow(name, plugin) {
                tracing::error!(plugin = name, %error, "cannot start the thread of a shadow");
            }
            job.set_candidate(None);
            tracing::info!(
                plugin = name,
                digest,
                manifest,
                key,
                size,
                code,
                "loaded the shadow"
            );
            let verdict = if from.is_some() {
                Verdict::Swapped
            } else {
                Verdict::Loaded
            };
            return PluginReport {
                shadow: true,
                ..PluginReport::new(name, verdict).versions(from, Some(digest))
            };
        }
        match self.pipeline.serve(&job.place, plugin, Change::Swapped) {
            Some(before) => {
                let from = before.digest.clone();
                tracing::info!(
                    plugin = name,
                    from,
                    to = digest,
                    manifest,
                    key,
                    size,
                    code,
                    "swapped"
                );
                PluginReport::new(name, Verdict::Swapped).versions(Some(from), Some(digest))
            }
            None => {
                tracing::info!(plugin = name, digest, manifest, key, size, code, "loaded");
                PluginReport::new(name, Verdict::Loaded).versions(None, Some(digest))
            }
        }
    }
}

impl Job {
    /// Says how far the version is.
    fn progress(&self, digest: &str, stage: Stage) {
        self.set_candidate(Some(self.candidate(Some(digest.to_owned()), stage)));
    }

    fn candidate(&self, digest: Option<String>, stage: Stage) -> Candidate {
        Candidate {
            source: self.spec.source.to_string(),
            digest,
            stage,
        }
    }

    fn set_candidate(&self, candidate: Option<Candidate>) {
        match (self.role, candidate) {
            (Role::Shadow, candidate) => self.place.set_shadow(candidate),
            (Role::Serving, Some(candidate)) => self.place.progress(candidate),
            (Role::Serving, None) => self.place.settled(),
        }
    }

    /// Says everywhere that a version cannot be used.
    fn failed(&self, digest: Option<String>, failure: LoadFailure) -> PluginReport {
        let failure = Arc::new(failure);
        let reason = shown(&failure.to_string(), WORDS);
        let serving = self.place.plugin().map(|plugin| plugin.digest.clone());
        let candidate = self.candidate(digest.clone(), Stage::Failed(failure.clone()));
        let name = &self.spec.name;
        match (self.role, &serving) {
            (Role::Shadow, _) => {
                self.place.set_shadow(Some(candidate));
                tracing::error!(
                    plugin = name,
                    candidate = digest,
                    "failed to load the shadow: {reason}"
                );
            }
            (Role::Serving, Some(serving)) => {
                self.place.fail(candidate, failure);
                tracing::error!(
                    plugin = name,
                    serving,
                    candidate = digest,
                    "failed to load; still serving the previous version: {reason}"
                );
            }
            (Role::Serving, None) => {
                self.place.fail(candidate, failure);
                tracing::error!(plugin = name, "failed to load: {reason}");
            }
        }
        PluginReport {
            shadow: self.role == Role::Shadow,
            reason: Some(reason),
            ..PluginReport::new(name, Verdict::Failed).versions(serving, digest)
        }
    }

    fn done(&self, stamp: Option<Version>, good: Option<String>, report: PluginReport) -> Done {
        let shadow = self.role == Role::Shadow;
        Done {
            name: self.spec.name.clone(),
            role: self.role,
            stamp,
            good: good.map(|digest| (self.spec.clone(), digest)),
            report: PluginReport { shadow, ..report },
        }
    }
}
