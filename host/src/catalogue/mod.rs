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
mod settings;
mod source;

use std::collections::BTreeMap;
use std::sync::Arc;

pub use boot::load_all;
pub use description::{ChildKind, Controller, Description, ParentKind, Scope};
pub use identity::Identity;
pub use load::{LoadFailure, Plugin, PluginSpec, load};
pub use manifest::manifest;
pub use overrides::Override;
pub use settings::SettingsError;
pub use source::{Source, SourceError};

/// A plugin as the catalogue has it.
#[derive(Clone)]
pub enum Entry {
    /// Ready to be called.
    Loaded(Arc<Plugin>),
    /// Could not be loaded; the text says why.
    Failed(Arc<LoadFailure>),
}

/// All plugins by name.
#[derive(Default)]
pub struct Catalogue {
    entries: BTreeMap<String, Entry>,
}

impl Catalogue {
    /// Adds a plugin, or the reason why there is none. The name's last entry counts.
    pub fn insert(&mut self, name: &str, outcome: Result<Plugin, LoadFailure>) {
        let entry = match outcome {
            Ok(plugin) => Entry::Loaded(Arc::new(plugin)),
            Err(failure) => Entry::Failed(Arc::new(failure)),
        };
        self.entries.insert(name.to_owned(), entry);
    }

    /// The plugin of that name.
    pub fn get(&self, name: &str) -> Option<&Entry> {
        self.entries.get(name)
    }

    /// All plugins, sorted by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Entry)> {
        self.entries.iter().map(|(name, entry)| (name.as_str(), entry))
    }

    /// Whether every plugin was loaded.
    pub fn complete(&self) -> bool {
        self.entries
            .values()
            .all(|entry| matches!(entry, Entry::Loaded(_)))
    }

    /// The paths that can be posted to, for the person who asked for another one.
    pub fn routes(&self) -> Vec<String> {
        let mut routes = Vec::new();
        for (name, entry) in self.iter() {
            match entry {
                Entry::Loaded(plugin) => {
                    routes.extend(plugin.program.hooks().map(|hook| format!("/{name}/{hook}")));
                }
                Entry::Failed(_) => routes.push(format!("/{name} (not loaded)")),
            }
        }
        routes
    }
}
