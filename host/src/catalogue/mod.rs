//! The plugins that a host has: where from, what they are, what they are set to.
//!
//! [`Source`] says where a plugin's bytes come from, [`load()`] makes a [`Plugin`] of them, the
//! [`Catalogue`] holds all that were asked for, the ones that could not be loaded too: they
//! answer with the reason, so that one broken plugin neither stops the others nor fails
//! silently.

mod boot;
mod description;
mod identity;
mod load;
mod manifest;
mod overrides;
mod rights;
mod settings;
mod source;

use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

pub use boot::load_all;
pub use description::{ChildKind, Controller, Description, DescriptionError, ParentKind, Scope};
pub use identity::Identity;
pub use load::{LoadFailure, Plugin, PluginSpec, load};
pub use manifest::manifest;
pub use overrides::{Override, OverrideError};
pub use rights::rights;
pub use settings::SettingsError;
pub(crate) use settings::check_stdin;
pub use source::{
    FetchOptions, Fetched, Fetcher, Policy, PolicyError, Provenance, Source, SourceError, Version,
};
pub(crate) use source::{read_small, signature_of};

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
    pub const STATES: [&'static str; 3] = ["loading", "ready", "failed"];

    /// One of [`Entry::STATES`].
    pub fn state(&self) -> &'static str {
        let [loading, ready, failed] = Self::STATES;
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

/// All plugins by name. Each is loading until it is settled, once and for good.
#[derive(Default)]
pub struct Catalogue {
    places: BTreeMap<String, Place>,
}

/// A plugin's place, which is there before the plugin is.
struct Place {
    concurrency: usize,
    queue: usize,
    settled: OnceLock<Entry>,
}

impl Catalogue {
    /// The plugins that are to be loaded.
    pub fn loading(specs: &[PluginSpec]) -> Self {
        let place = |spec: &PluginSpec| {
            let place = Place {
                concurrency: spec.concurrency,
                queue: spec.queue,
                settled: OnceLock::new(),
            };
            (spec.name.clone(), place)
        };
        Self {
            places: specs.iter().map(place).collect(),
        }
    }

    /// Adds a plugin, or the reason why there is none. The name's last entry counts.
    pub fn insert(&mut self, name: &str, outcome: Result<Plugin, LoadFailure>) {
        let (concurrency, queue) = match &outcome {
            Ok(plugin) => (plugin.concurrency, plugin.queue),
            Err(_) => (1, 1),
        };
        let place = Place {
            concurrency,
            queue,
            settled: OnceLock::from(Entry::from(outcome)),
        };
        self.places.insert(name.to_owned(), place);
    }

    /// Says what came of loading a plugin. Only the first word counts, and only where the plugin has a place.
    pub fn settle(&self, name: &str, outcome: Result<Plugin, LoadFailure>) {
        if let Some(place) = self.places.get(name) {
            place.settled.set(Entry::from(outcome)).ok();
        }
    }

    /// The plugin of that name.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.places.get(name).map(Place::entry)
    }

    /// All plugins, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.places
            .iter()
            .map(|(name, place)| (name.as_str(), place.entry()))
    }

    /// How many calls of each plugin may run at once, and how many may wait.
    pub fn bounds(&self) -> impl Iterator<Item = (&str, usize, usize)> {
        let places = self.places.iter();
        places.map(|(name, place)| (name.as_str(), place.concurrency, place.queue))
    }

    /// Whether every plugin was loaded.
    pub fn complete(&self) -> bool {
        self.iter().all(|(_, entry)| matches!(entry, Entry::Loaded(_)))
    }

    /// The paths that can be posted to, for the person who asked for another one.
    pub fn routes(&self) -> Vec<String> {
        let mut routes = Vec::new();
        for (name, entry) in self.iter() {
            match entry {
                Entry::Loaded(plugin) => {
                    routes.extend(plugin.program.hooks().map(|hook| format!("/{name}/{hook}")));
                }
                Entry::Loading => routes.push(format!("/{name} (loading)")),
                Entry::Failed(_) => routes.push(format!("/{name} (not loaded)")),
            }
        }
        routes
    }
}

impl Place {
    fn entry(&self) -> &Entry {
        self.settled.get().unwrap_or(&Entry::Loading)
    }
}
