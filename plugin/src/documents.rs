//! The YAML texts that a Function's hooks and tracing may come from: annotations in the manner of
//! v1beta1, and the ConfigMap that is for all Functions.

use crate::json::Json;
use crate::notes::{Notes, Path};
use crate::request::{HOOKS, Objects, PLUGINS, PLUGINS_TRACING, TRACING};
use crate::settings::Settings;
use crate::written::Written;
use crate::yaml::{self, Unread};

/// What is read of them; a text that is not there is nothing.
#[derive(Debug, Default)]
pub(crate) struct Documents<'a> {
    /// The annotation `plugins`.
    pub(crate) plugins: Option<Document<'a>>,
    /// The annotation `plugins.tracing`.
    pub(crate) tracing: Option<Document<'a>>,
    /// Hooks of all Functions.
    pub(crate) global_hooks: Option<Document<'a>>,
    /// Tracing of all Functions.
    pub(crate) global_tracing: Option<Document<'a>>,
}

/// One text, read.
#[derive(Debug)]
pub(crate) struct Document<'a> {
    /// Where it is written.
    at: String,
    read: Result<Json<'a>, Unread>,
}

impl<'a> Documents<'a> {
    /// Reads the texts of a Function and of the ConfigMap that the settings name.
    pub(crate) fn read(parent: &'a Json<'a>, related: &'a Objects<'a>, settings: &Settings) -> Self {
        let metadata = parent.get("metadata");
        let annotations = metadata.and_then(|metadata| metadata.get("annotations"));
        let annotation = |key: &str| {
            let text = annotations?.get(key)?.as_text()?;
            Some(Document::new(format!("metadata.annotations[{key}]"), text))
        };
        let config = &settings.global_config;
        let found = related.find_in("v1", "ConfigMap", &config.namespace, &config.name);
        let data = found.and_then(|found| found.get("data"));
        let global = |keys: [&str; 2]| {
            let mut keys = keys.into_iter();
            keys.find_map(|key| {
                let text = data?.get(key)?.as_text()?;
                let at = format!("ConfigMap {}/{}: {key}", config.namespace, config.name);
                Some(Document::new(at, text))
            })
        };
        Documents {
            plugins: annotation(PLUGINS),
            tracing: annotation(PLUGINS_TRACING),
            global_hooks: global([HOOKS, PLUGINS]),
            global_tracing: global([TRACING, PLUGINS_TRACING]),
        }
    }
}

impl<'a> Document<'a> {
    fn new(at: String, text: &'a str) -> Self {
        Document {
            at,
            read: yaml::read(text),
        }
    }

    /// Where it is written.
    pub(crate) fn at(&self) -> Path<'_> {
        Path::root(&self.at)
    }

    /// Reads something of the document; what is wrong with it is a problem.
    pub(crate) fn problems<T>(
        &'a self,
        notes: &mut Notes,
        read: impl FnOnce(&Written<'_, 'a>, &mut Notes) -> Option<T>,
    ) -> Option<T> {
        match &self.read {
            Ok(json) => read(&Written::root(&self.at, Some(json)), notes),
            Err(Unread { line, why }) => {
                notes.problem_in_line(&self.at(), *line, why);
                None
            }
        }
    }

    /// Reads something of the document; if anything is wrong with it, it is not used, and that is
    /// no mistake of the Function's.
    pub(crate) fn warnings<T>(
        &'a self,
        notes: &mut Notes,
        read: impl FnOnce(&Written<'_, 'a>, &mut Notes) -> Option<T>,
    ) -> Option<T> {
        let mut own = Notes::default();
        let found = self.problems(&mut own, read);
        if own.problems.is_empty() {
            return found;
        }
        for problem in own.problems {
            notes.warn_of(format_args!("{problem}; nothing of this text is used"));
        }
        None
    }
}
