//! A plugin's place: the version that serves, the one that is to follow it, and the one before.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use arc_swap::{ArcSwap, ArcSwapOption};

use super::load::{LoadFailure, Plugin};

/// A plugin as the catalogue has it.
#[derive(Clone)]
pub enum Entry {
    /// Being loaded.
    Loading,
    /// Ready to be called.
    Loaded(Arc<Plugin>),
    /// Could not be loaded; the text says why.
    Failed(Arc<LoadFailure>),
}

impl Entry {
    /// The words for its state.
    pub const STATES: [&'static str; 4] = ["loading", "checking", "ready", "failed"];

    /// One of [`Entry::STATES`].
    pub fn state(&self) -> &'static str {
        let [loading, _, ready, failed] = Self::STATES;
        match self {
            Self::Loading => loading,
            Self::Loaded(_) => ready,
            Self::Failed(_) => failed,
        }
    }
}

impl From<Result<Plugin, LoadFailure>> for Entry {
    fn from(outcome: Result<Plugin, LoadFailure>) -> Self {
        match outcome {
            Ok(plugin) => Self::Loaded(Arc::new(plugin)),
            Err(failure) => Self::Failed(Arc::new(failure)),
        }
    }
}

/// How far a version is on its way to serve.
#[derive(Clone, Debug)]
pub enum Stage {
    /// It is fetched and compiled.
    Loading,
    /// Its description, its settings and its self-test are checked.
    Checking,
    /// It cannot be used, for this reason.
    Failed(Arc<LoadFailure>),
}

impl Stage {
    /// One of [`Entry::STATES`].
    pub fn as_str(&self) -> &'static str {
        let [loading, checking, _, failed] = Entry::STATES;
        match self {
            Self::Loading => loading,
            Self::Checking => checking,
            Self::Failed(_) => failed,
        }
    }
}

/// A version that does not serve yet, or cannot.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// Where it is from.
    pub source: String,
    /// `sha256:…` of its bytes, once they were read.
    pub digest: Option<String>,
    /// How far it is.
    pub stage: Stage,
}

/// What became of the versions of a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// A new version serves.
    Swapped,
    /// A new version could not be used.
    Failed,
    /// The shadow serves.
    Promoted,
    /// The version before serves again.
    RolledBack,
}

impl Change {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Swapped, Self::Failed, Self::Promoted, Self::RolledBack];

    /// Its name in metrics.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Swapped => "swapped",
            Self::Failed => "failed",
            Self::Promoted => "promoted",
            Self::RolledBack => "rolled_back",
        }
    }
}

/// A plugin's place, which is there before the plugin is.
pub struct Place {
    name: Arc<str>,
    serving: ArcSwap<Entry>,
    candidate: ArcSwapOption<Candidate>,
    previous: ArcSwapOption<Plugin>,
    shadow: ArcSwapOption<Candidate>,
    /// In the order of [`Change::ALL`].
    changes: [AtomicU64; Change::ALL.len()],
}

impl Place {
    /// A place for a plugin that is being loaded.
    pub(super) fn new(name: &str) -> Self {
        Self::with(name, Entry::Loading)
    }

    pub(super) fn with(name: &str, entry: Entry) -> Self {
        Self {
            name: Arc::from(name),
            serving: ArcSwap::from_pointee(entry),
            candidate: ArcSwapOption::empty(),
            previous: ArcSwapOption::empty(),
            shadow: ArcSwapOption::empty(),
            changes: Default::default(),
        }
    }

    /// The name that the plugin is served under.
    pub fn name(&self) -> &Arc<str> {
        &self.name
    }

    /// What answers calls that begin now.
    pub fn entry(&self) -> Entry {
        Entry::clone(&self.serving.load())
    }

    /// The version that serves, if one does.
    pub fn plugin(&self) -> Option<Arc<Plugin>> {
        match &**self.serving.load() {
            Entry::Loaded(plugin) => Some(plugin.clone()),
            Entry::Loading | Entry::Failed(_) => None,
        }
    }

    /// One of [`Entry::STATES`]: of the version that serves, or how far the first one is.
    pub fn state(&self) -> &'static str {
        match (&**self.serving.load(), &*self.candidate.load()) {
            (Entry::Loading, Some(candidate)) => candidate.stage.as_str(),
            (entry, _) => entry.state(),
        }
    }

    /// The version that is on its way, or the last one if it could not be used.
    pub fn candidate(&self) -> Option<Arc<Candidate>> {
        self.candidate.load_full()
    }

    /// The version that served before.
    pub fn previous(&self) -> Option<Arc<Plugin>> {
        self.previous.load_full()
    }

    /// The version that is to run as a shadow, if it is on its way or could not be used.
    pub fn shadow(&self) -> Option<Arc<Candidate>> {
        self.shadow.load_full()
    }

    /// Says how far the version is that is to run as a shadow.
    pub fn set_shadow(&self, candidate: Option<Candidate>) {
        self.shadow.store(candidate.map(Arc::new));
    }

    /// How often each change was.
    pub fn changes(&self) -> impl Iterator<Item = (Change, u64)> {
        let counts = Change::ALL.into_iter().zip(&self.changes);
        counts.map(|(change, count)| (change, count.load(Ordering::Relaxed)))
    }

    fn count(&self, change: Change) {
        for (other, count) in Change::ALL.into_iter().zip(&self.changes) {
            if other == change {
                count.fetch_add(1, Ordering::Relaxed);
            }
        }
    }

    /// Says how far a new version is.
    pub fn progress(&self, candidate: Candidate) {
        self.candidate.store(Some(Arc::new(candidate)));
    }

    /// Takes the word about a new version back: it is the one that serves.
    pub fn settled(&self) {
        self.candidate.store(None);
    }

    /// Has a version serve from now on. Calls that run finish on the version that they began with. Returns that one.
    pub fn serve(&self, plugin: Arc<Plugin>, change: Change) -> Option<Arc<Plugin>> {
        let identity = plugin.identity;
        let before = self.serving.swap(Arc::new(Entry::Loaded(plugin)));
        self.candidate.store(None);
        match &*before {
            // Other limits, but the same answers: the version before is another one still.
            Entry::Loaded(before) if before.identity == identity => Some(before.clone()),
            Entry::Loaded(before) => {
                self.previous.store(Some(before.clone()));
                self.count(change);
                Some(before.clone())
            }
            Entry::Loading | Entry::Failed(_) => None,
        }
    }

    /// Says that a version cannot be used. The one that serves goes on.
    pub fn fail(&self, candidate: Candidate, failure: Arc<LoadFailure>) {
        self.count(Change::Failed);
        if self.plugin().is_some() {
            self.progress(Candidate {
                stage: Stage::Failed(failure),
                ..candidate
            });
        } else {
            self.serving.store(Arc::new(Entry::Failed(failure)));
            self.candidate.store(None);
        }
    }

    /// Says what came of loading the first version. Only the first word counts.
    pub(super) fn settle(&self, outcome: Result<Plugin, LoadFailure>) {
        if matches!(self.entry(), Entry::Loading) {
            self.serving.store(Arc::new(Entry::from(outcome)));
        }
    }
}
