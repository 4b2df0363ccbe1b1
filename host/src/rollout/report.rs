//! What came of a reload, a promotion or a roll-back, for the person who asked.

use serde_json::{Map, Value, json};

/// What became of a plugin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// It is what it was.
    Unchanged,
    /// It serves for the first time.
    Loaded,
    /// A new version serves.
    Swapped,
    /// It is gone.
    Removed,
    /// The new version cannot be used; what served before serves on.
    Failed,
    /// The shadow serves.
    Promoted,
    /// The version before serves again.
    RolledBack,
}

impl Verdict {
    /// Its name in JSON.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unchanged => "unchanged",
            Self::Loaded => "loaded",
            Self::Swapped => "swapped",
            Self::Removed => "removed",
            Self::Failed => "failed",
            Self::Promoted => "promoted",
            Self::RolledBack => "rolledBack",
        }
    }
}

/// What became of a plugin, or of its shadow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PluginReport {
    /// The plugin.
    pub name: String,
    /// Whether it is about its shadow.
    pub shadow: bool,
    /// What became of it.
    pub verdict: Verdict,
    /// The digest of the version before.
    pub from: Option<String>,
    /// The digest of the new version.
    pub to: Option<String>,
    /// Why it failed.
    pub reason: Option<String>,
}

impl PluginReport {
    pub(super) fn new(name: &str, verdict: Verdict) -> Self {
        Self {
            name: name.to_owned(),
            shadow: false,
            verdict,
            from: None,
            to: None,
            reason: None,
        }
    }

    pub(super) fn versions(self, from: Option<String>, to: Option<String>) -> Self {
        Self { from, to, ..self }
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        let mut fields = Map::new();
        let mut set = |key: &str, value: Option<&str>| {
            if let Some(value) = value {
                fields.insert(key.to_owned(), json!(value));
            }
        };
        set("name", Some(&self.name));
        set("result", Some(self.verdict.as_str()));
        set("from", self.from.as_deref());
        set("to", self.to.as_deref());
        set("reason", self.reason.as_deref());
        if self.shadow {
            fields.insert("shadow".to_owned(), json!(true));
        }
        Value::Object(fields)
    }
}

/// What came of a reload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReloadReport {
    /// Why the configuration was refused as a whole, if it was.
    pub refused: Option<String>,
    /// Changed fields that need a restart.
    pub restart: Vec<&'static str>,
    /// The plugins.
    pub plugins: Vec<PluginReport>,
}

impl ReloadReport {
    /// Whether everything is as the configuration says.
    pub fn is_good(&self) -> bool {
        let failed = |report: &PluginReport| report.verdict == Verdict::Failed;
        self.refused.is_none() && !self.plugins.iter().any(failed)
    }

    /// As JSON.
    pub fn json(&self) -> Value {
        let config = match &self.refused {
            Some(reason) => json!({ "result": "refused", "reason": reason }),
            None => json!({ "result": "applied", "needsRestart": self.restart }),
        };
        let plugins: Vec<Value> = self.plugins.iter().map(PluginReport::json).collect();
        json!({ "config": config, "plugins": plugins })
    }
}

/// Reasons why a version cannot be promoted or rolled back to.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ChangeError {
    /// The plugin is unknown.
    #[error("unknown plugin {plugin:?}; configured: {}", known.join(", "))]
    Unknown {
        /// The name.
        plugin: String,
        /// The names that there are.
        known: Vec<String>,
    },
    /// It has no shadow.
    #[error(
        "plugin {plugin} has no shadow; set `shadow` of the plugin in the configuration file, and see GET /plugins"
    )]
    NoShadow {
        /// The plugin.
        plugin: String,
    },
    /// It has no version before.
    #[error("plugin {plugin} has no previous version; it has not been swapped since the host started")]
    NoPrevious {
        /// The plugin.
        plugin: String,
    },
    /// The version is another one.
    #[error("expected {expected}, but the version is {found}; nothing was changed")]
    OtherVersion {
        /// The digest that was asked for.
        expected: String,
        /// The digest that there is.
        found: String,
    },
}
