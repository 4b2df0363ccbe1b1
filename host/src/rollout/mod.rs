//! The life of plugins in a running host: versions come, are checked, serve, and give way to others.
//!
//! ```text
//! source ─▶ loading ─▶ checking ─▶ ready ═▶ serves; the version before is kept for a roll-back
//!                │          └▶ failed: the version before serves on, and everybody is told why
//!                └▶ failed
//! ```
//!
//! A [`Rollout`] brings the plugins of a pipeline to what a configuration says, and looks whether their sources have
//! new versions. It has one owner, so that changes follow each other; a [`Control`] is how others ask that owner.
//! Calls never wait for it: a version is swapped in one step, and calls that run finish on the one that they began with.

mod attempt;
mod control;
mod report;
mod track;

use std::collections::{BTreeMap, HashSet};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;

use attempt::{Attempt, Done, Job, Role};
pub use control::{Aim, Ask, Busy, Control};
pub use report::{ChangeError, PluginReport, ReloadReport, Verdict};
use track::Track;
pub use track::{Intervals, jittered};

use crate::catalogue::{
    Change, Described, Fetcher, Identity, Place, PluginSpec, Source, Step, Version, in_parallel,
};
use crate::memory;
use crate::pipeline::Pipeline;

/// Brings the plugins of a pipeline to what is configured.
pub struct Rollout {
    pipeline: Arc<Pipeline>,
    executor: Handle,
    fetcher: Fetcher,
    described: Described,
    /// Versions that have passed their self-test, with their settings.
    tested: Mutex<HashSet<Identity>>,
    plugins: BTreeMap<String, Managed>,
}

/// A plugin that is configured.
struct Managed {
    spec: PluginSpec,
    serving: Track,
    shadow: Track,
}

impl Rollout {
    /// Starts without plugins. Their guests run on the executor.
    pub fn new(pipeline: Arc<Pipeline>, fetcher: Fetcher, executor: Handle) -> Self {
        Self {
            pipeline,
            executor,
            fetcher,
            described: Described::default(),
            tested: Mutex::default(),
            plugins: BTreeMap::new(),
        }
    }

    /// Brings the plugins to what these specs say: some come, some go, and every source is read again. A version that
    /// cannot be used changes nothing but what is reported. Blocks this thread.
    pub fn apply(&mut self, specs: &[PluginSpec]) -> Vec<PluginReport> {
        let mut reports = self.remove_all_but(specs);
        let now = Instant::now();
        let mut jobs = Vec::new();
        for spec in specs {
            // Its place is there before it is loaded, so that callers are told.
            let new = !self.plugins.contains_key(&spec.name);
            if new {
                self.pipeline.add(&spec.name, spec.concurrency, spec.queue);
            }
            let managed = self
                .plugins
                .entry(spec.name.clone())
                .or_insert_with(|| Managed::new(spec.clone(), now));
            managed.spec = spec.clone();
            jobs.extend(managed.job(Role::Serving, &self.pipeline));
            if spec.shadow.is_none() {
                managed.shadow = Track::new(now);
                self.pipeline.stop_shadow(&spec.name);
                if let Some(place) = self.pipeline.catalogue().place(&spec.name) {
                    place.set_shadow(None);
                }
            }
            jobs.extend(managed.job(Role::Shadow, &self.pipeline));
        }
        reports.extend(self.run(&jobs));
        reports.sort_by(|one, other| (&one.name, one.shadow).cmp(&(&other.name, other.shadow)));
        reports
    }

    /// Looks whether sources have new versions, and takes those. Blocks this thread.
    pub fn look(&mut self, intervals: Intervals, now: Instant) -> Vec<PluginReport> {
        let mut looks = Vec::new();
        for (name, managed) in &mut self.plugins {
            for role in [Role::Serving, Role::Shadow] {
                let Some(source) = managed.source(role).cloned() else {
                    continue;
                };
                if managed.track(role).is_due(now) {
                    let local = source.is_local();
                    let fetcher = self.fetcher.clone();
                    // All at once, files a few at a time: a registry that hangs keeps no other registry waiting.
                    let look = async move { source.version(&fetcher).await.ok() };
                    looks.push((name.clone(), role, local, self.executor.spawn(look)));
                }
            }
        }
        let mut jobs = Vec::new();
        for (name, role, local, look) in looks {
            let version = self.executor.block_on(look).ok().flatten();
            if let Some(managed) = self.plugins.get_mut(&name)
                && managed.track(role).saw(version, local, intervals, now)
            {
                jobs.extend(managed.job(role, &self.pipeline));
            }
        }
        if jobs.is_empty() {
            return Vec::new();
        }
        self.run(&jobs)
    }

    /// Returns the stamp that a source has now. Blocks this thread.
    pub fn version(&self, source: &Source) -> Option<Version> {
        self.executor.block_on(source.version(&self.fetcher)).ok()
    }

    /// Has the shadow of a plugin serve. It does so until its configuration names another source or version.
    ///
    /// # Errors
    ///
    /// [`ChangeError`], if there is no such plugin or shadow, or the shadow is another version than the expected one.
    pub fn promote(&self, name: &str, expected: Option<&str>) -> Result<PluginReport, ChangeError> {
        let place = self.place(name)?;
        let shadow = self.pipeline.shadow(name).ok_or_else(|| ChangeError::NoShadow {
            plugin: name.to_owned(),
        })?;
        let plugin = shadow.plugin().clone();
        let digest = plugin.digest.clone();
        check(&digest, expected)?;
        self.pipeline.stop_shadow(name);
        let before = self.pipeline.serve(&place, plugin, Change::Promoted);
        let from = before.map(|before| before.digest.clone());
        tracing::info!(plugin = name, from, to = digest, "promoted the shadow");
        Ok(PluginReport::new(name, Verdict::Promoted).versions(from, Some(digest)))
    }

    /// Has the version serve that served before. It does so until the configuration names another source or version.
    ///
    /// # Errors
    ///
    /// [`ChangeError`], if there is no such plugin or version, or it is another one than the expected one.
    pub fn roll_back(&self, name: &str, expected: Option<&str>) -> Result<PluginReport, ChangeError> {
        let place = self.place(name)?;
        let plugin = place.previous().ok_or_else(|| ChangeError::NoPrevious {
            plugin: name.to_owned(),
        })?;
        let digest = plugin.digest.clone();
        check(&digest, expected)?;
        let before = self.pipeline.serve(&place, plugin, Change::RolledBack);
        let from = before.map(|before| before.digest.clone());
        tracing::warn!(
            plugin = name,
            from,
            to = digest,
            "rolled back to the previous version"
        );
        Ok(PluginReport::new(name, Verdict::RolledBack).versions(from, Some(digest)))
    }

    fn place(&self, name: &str) -> Result<Arc<Place>, ChangeError> {
        let place = self.pipeline.catalogue().place(name);
        place.ok_or_else(|| ChangeError::Unknown {
            plugin: name.to_owned(),
            known: self.plugins.keys().cloned().collect(),
        })
    }

    /// Removes the plugins that are configured no more.
    fn remove_all_but(&mut self, specs: &[PluginSpec]) -> Vec<PluginReport> {
        let gone = self
            .plugins
            .extract_if(.., |name, _| specs.iter().all(|spec| spec.name != *name));
        let mut reports = Vec::new();
        for (name, _) in gone {
            let before = self.pipeline.catalogue().place(&name);
            let from = before
                .and_then(|place| place.plugin())
                .map(|plugin| plugin.digest.clone());
            self.pipeline.remove(&name);
            tracing::info!(plugin = name, digest = from, "removed");
            reports.push(PluginReport::new(&name, Verdict::Removed).versions(from, None));
        }
        reports
    }

    /// Does jobs, and keeps what came of them.
    fn run(&mut self, jobs: &[Job]) -> Vec<PluginReport> {
        let done: Mutex<Vec<Done>> = Mutex::default();
        let attempt = Attempt {
            pipeline: &self.pipeline,
            executor: &self.executor,
            fetcher: &self.fetcher,
            described: &self.described,
            tested: &self.tested,
        };
        in_parallel(jobs, &|job, others_wait| match attempt.run(job, others_wait) {
            Some(of) => {
                done.lock().unwrap_or_else(PoisonError::into_inner).push(of);
                Step::Done
            }
            None => Step::GaveWay,
        });
        let done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
        memory::release();
        let mut reports = Vec::new();
        for Done {
            name,
            role,
            stamp,
            good,
            report,
        } in done
        {
            if let Some(managed) = self.plugins.get_mut(&name) {
                managed.track(role).taken(stamp, good);
            }
            reports.push(report);
        }
        self.renew_shadows(&reports);
        reports.sort_by(|one, other| (&one.name, one.shadow).cmp(&(&other.name, other.shadow)));
        reports
    }

    /// Starts the shadows of plugins anew that were swapped: what was compared was another version.
    fn renew_shadows(&self, reports: &[PluginReport]) {
        let swapped = |report: &&PluginReport| !report.shadow && report.verdict == Verdict::Swapped;
        for report in reports.iter().filter(swapped) {
            if let Some(shadow) = self.pipeline.shadow(&report.name)
                && let Err(error) = self.pipeline.set_shadow(&report.name, shadow.plugin().clone())
            {
                tracing::error!(plugin = report.name, %error, "cannot start the thread of a shadow");
            }
        }
    }
}

/// Compares the version that a person expects with the one that there is.
fn check(found: &str, expected: Option<&str>) -> Result<(), ChangeError> {
    match expected {
        Some(expected) if expected != found => Err(ChangeError::OtherVersion {
            expected: expected.to_owned(),
            found: found.to_owned(),
        }),
        _ => Ok(()),
    }
}

impl Managed {
    fn new(spec: PluginSpec, now: Instant) -> Self {
        Self {
            spec,
            serving: Track::new(now),
            shadow: Track::new(now),
        }
    }

    fn track(&mut self, role: Role) -> &mut Track {
        match role {
            Role::Serving => &mut self.serving,
            Role::Shadow => &mut self.shadow,
        }
    }

    fn source(&self, role: Role) -> Option<&Source> {
        match role {
            Role::Serving => Some(&self.spec.source),
            Role::Shadow => self.spec.shadow.as_ref(),
        }
    }

    /// What there is to load, in one of the two roles.
    fn job(&mut self, role: Role, pipeline: &Pipeline) -> Option<Job> {
        let mut spec = self.spec.clone();
        spec.source = self.source(role)?.clone();
        spec.shadow = None;
        let place = pipeline.catalogue().place(&spec.name)?;
        let mut known = self.track(role).known(&spec);
        // After a promotion the shadow serves, and there is nothing to compare; after a roll-back there is again.
        if role == Role::Shadow && pipeline.shadow(&spec.name).is_none() {
            known = known.filter(|digest| place.plugin().is_some_and(|plugin| plugin.digest == *digest));
        }
        Some(Job {
            spec,
            role,
            place,
            known,
        })
    }
}

/// How long a person's request waits for a reload at most.
pub const PATIENCE: Duration = Duration::from_secs(600);
