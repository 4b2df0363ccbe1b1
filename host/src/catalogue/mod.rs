//! The plugins that a host has: where from, what they are, what they are set to.
//!
//! [`Source`] says where a plugin's bytes come from, [`load()`] makes a [`Plugin`] of them, the
//! [`Catalogue`] holds all that were asked for, the ones that could not be loaded too: they
//! answer with the reason, so that one broken plugin neither stops the others nor fails
//! silently. Each has a [`Place`], in which versions follow each other.

mod boot;
mod description;
mod digest;
mod identity;
mod load;
mod manifest;
mod overrides;
mod place;
mod rights;
mod script;
mod settings;
mod shipped;
mod source;

use std::collections::BTreeMap;
use std::sync::Arc;

use arc_swap::ArcSwap;

pub use boot::{Step, in_parallel};
pub use description::{ChildKind, Controller, Description, DescriptionError, ParentKind, Scope, SelfTest};
pub use identity::Identity;
pub use load::{Content, Described, LoadFailure, Plugin, PluginSpec, fetch, load, prepare};
pub use manifest::manifest;
pub use overrides::{Override, OverrideError};
pub use place::{Candidate, Change, Entry, Place, Stage};
pub use rights::rights;
pub use script::{Missing, ScriptError};
pub(crate) use script::{ServedHook, describe_controller, is_script, said_beside};
pub use settings::SettingsError;
pub(crate) use settings::check_stdin;
pub use source::{
    Engine, EngineOptions, FetchOptions, Fetched, Fetcher, Policy, PolicyError, Provenance, Source,
    SourceError, Version,
};
pub(crate) use source::{read_small, signature_of};

type Places = BTreeMap<Arc<str>, Arc<Place>>;

/// All plugins by name. Plugins come and go while calls run; a call has the version that it began with.
#[derive(Default)]
pub struct Catalogue {
    places: ArcSwap<Places>,
}

impl Catalogue {
    /// The plugins with these names, which are to be loaded.
    pub fn loading<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let catalogue = Self::default();
        for name in names {
            catalogue.add(name);
        }
        catalogue
    }

    /// Adds a plugin, or the reason why there is none. The name's last entry counts.
    pub fn insert(&mut self, name: &str, outcome: Result<Plugin, LoadFailure>) {
        self.put(Place::with(name, Entry::from(outcome)));
    }

    /// Returns the place of a plugin; a new one, for a plugin that is to be loaded, if there is none.
    pub fn add(&self, name: &str) -> Arc<Place> {
        self.place(name).unwrap_or_else(|| self.put(Place::new(name)))
    }

    fn put(&self, place: Place) -> Arc<Place> {
        let place = Arc::new(place);
        self.places.rcu(|places| {
            let mut places = Places::clone(places);
            places.insert(place.name().clone(), place.clone());
            places
        });
        place
    }

    /// Takes a plugin out. Calls that run are finished.
    pub fn remove(&self, name: &str) {
        self.places.rcu(|places| {
            let mut places = Places::clone(places);
            places.remove(name);
            places
        });
    }

    /// Says what came of loading a plugin. Only the first word counts, and only where the plugin has a place.
    pub fn settle(&self, name: &str, outcome: Result<Plugin, LoadFailure>) {
        if let Some(place) = self.place(name) {
            place.settle(outcome);
        }
    }

    /// The plugin of that name.
    pub fn get(&self, name: &str) -> Option<Entry> {
        self.places.load().get(name).map(|place| place.entry())
    }

    /// The place of the plugin of that name.
    pub fn place(&self, name: &str) -> Option<Arc<Place>> {
        self.places.load().get(name).cloned()
    }

    /// The places of all plugins, sorted by name.
    pub fn places(&self) -> Vec<Arc<Place>> {
        self.places.load().values().cloned().collect()
    }

    /// All plugins, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (Arc<str>, Entry)> {
        let places = self.places();
        places
            .into_iter()
            .map(|place| (place.name().clone(), place.entry()))
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
