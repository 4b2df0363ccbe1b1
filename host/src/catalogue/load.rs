//! From a source to a plugin that can be called.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, Weak};

use metawasm_contract::{Budget, Scopes, View, ViewError};
use metawasm_formats::text::shown;
use serde_json::Value;

use super::description::Description;
use super::digest::{digest, hash_of};
use super::identity::Identity;
use super::overrides::Override;
use super::script::{Bundle, Missing, described as described_script};
use super::settings::{Checker, SettingsError};
use super::source::{Engine, Fetched, Fetcher, Policy, Provenance, Source, SourceError, Version};
use crate::sandbox::{Limits, LoadError, Program, Sandbox};
use crate::yaml::Places;

/// Which plugin to load, and how it is set.
#[derive(Clone, Debug, PartialEq)]
pub struct PluginSpec {
    /// The name that it is served under.
    pub name: String,
    /// Where its bytes are.
    pub source: Source,
    /// Which signature it needs.
    pub verify: Policy,
    /// Where the version is that runs beside it, as a shadow.
    pub shadow: Option<Source>,
    /// Its settings; `None` is `{}`.
    pub settings: Option<Value>,
    /// Where the settings stand in a file.
    pub places: Places,
    /// The flags that are in its settings, for the sentence about one that does not fit.
    pub overrides: Vec<Override>,
    /// What a call of it may use.
    pub limits: Limits,
    /// Calls of it that may run at once.
    pub concurrency: usize,
    /// Calls of it that may wait.
    pub queue: usize,
    /// How many observed children one of its answers may delete; any number where it is `None`.
    pub deletions: Option<Budget>,
}

/// A plugin that can be called.
pub struct Plugin {
    /// The name that it is served under.
    pub name: Arc<str>,
    /// Where it is from.
    pub source: Source,
    /// `sha256:…` of its bytes.
    pub digest: String,
    /// Where its bytes are from.
    pub provenance: Provenance,
    /// What its answers depend on besides the request.
    pub identity: Identity,
    /// Bytes of its file.
    pub size: usize,
    /// What runs it, if it is a script.
    pub engine: Option<Arc<Engine>>,
    /// Its code.
    pub program: Program,
    /// What it says of itself; shared with the plugins that say the same.
    pub description: Arc<Description>,
    /// Its settings, checked.
    pub settings: Arc<str>,
    /// What it sees of a request; shared like the description.
    pub view: Arc<View>,
    /// What a call of it may use.
    pub limits: Limits,
    /// Calls of it that may run at once.
    pub concurrency: usize,
    /// Calls of it that may wait.
    pub queue: usize,
    /// How many observed children one of its answers may delete; any number where it is `None`.
    pub deletions: Option<Budget>,
    /// Where its children live, as it says.
    pub scopes: Scopes,
}

/// What plugins said of themselves. Many say the same, as versions or copies of one plugin do: it is decoded and kept
/// once, as long as one of them is there, and equal settings are checked once.
#[derive(Default)]
pub struct Described {
    by_text: Mutex<HashMap<blake3::Hash, Shared>>,
    checker: Checker,
}

/// What is made of what a plugin said of itself.
struct Said {
    description: Arc<Description>,
    view: Arc<View>,
}

/// The same, for as long as a plugin has it.
struct Shared {
    description: Weak<Description>,
    view: Weak<View>,
}

/// What is wrong with it.
enum Unsaid {
    Json(serde_json::Error),
    View(ViewError),
}

impl Described {
    /// What is made of a text, now or before.
    fn get(&self, text: &str) -> Result<Said, Unsaid> {
        let hash = blake3::hash(text.as_bytes());
        let mut by_text = self.by_text.lock().unwrap_or_else(PoisonError::into_inner);
        let known = by_text.get(&hash);
        let known = known.and_then(|known| known.description.upgrade().zip(known.view.upgrade()));
        if let Some((description, view)) = known {
            return Ok(Said { description, view });
        }
        let description = Description::parse(text).map_err(Unsaid::Json)?;
        let view = match &description.view {
            Some(view) => View::from_json(view).map_err(Unsaid::View)?,
            None => View::default(),
        };
        let (description, view) = (Arc::new(description), Arc::new(view));
        by_text.retain(|_, shared| shared.description.strong_count() > 0);
        let shared = Shared {
            description: Arc::downgrade(&description),
            view: Arc::downgrade(&view),
        };
        by_text.insert(hash, shared);
        Ok(Said { description, view })
    }
}

/// Reasons why a plugin cannot be loaded.
#[derive(Debug, thiserror::Error)]
pub enum LoadFailure {
    /// Its bytes cannot be read.
    #[error(transparent)]
    Source(#[from] SourceError),
    /// Its bytes are not a plugin.
    #[error("{from} is not a plugin: {error}")]
    Program {
        /// Where it is from.
        from: Source,
        /// What is wrong with it.
        error: LoadError,
    },
    /// What it says of itself cannot be understood.
    #[error(
        "{from} is not a plugin: `describe` returned invalid JSON: {}",
        shown(&error.to_string(), WORDS)
    )]
    Description {
        /// Where it is from.
        from: Source,
        /// serde's words.
        error: serde_json::Error,
    },
    /// The bundle of a script cannot be read.
    #[error("{from} is not a valid script: {}", shown(&error.to_string(), WORDS))]
    Bundle {
        /// Where it is from.
        from: Source,
        /// serde's words.
        error: serde_json::Error,
    },
    /// A script has an error.
    #[error("{from}: {error}")]
    Script {
        /// Where it is from.
        from: Source,
        /// What its engine says.
        error: LoadError,
    },
    /// The engine of a script cannot be used.
    #[error("the engine of {from} cannot be used: {error}")]
    Engine {
        /// Where the script is from.
        from: Source,
        /// What is wrong with the engine.
        error: LoadError,
    },
    /// Nothing says what a script is for.
    #[error("{from}: {error}")]
    Missing {
        /// Where it is from.
        from: Source,
        /// What is missing.
        error: Missing,
    },
    /// Its view is invalid.
    #[error(
        "{from} is not a plugin: `describe` returned an invalid view: {}",
        shown(&error.to_string(), WORDS)
    )]
    View {
        /// Where it is from.
        from: Source,
        /// What is wrong with it.
        error: ViewError,
    },
    /// Its settings are wrong.
    #[error(transparent)]
    Settings(#[from] SettingsError),
    /// Its self-test failed.
    #[error("{from} failed its self-test {}: {why}", shown(.case, CASE))]
    SelfTest {
        /// Where it is from.
        from: Source,
        /// The case.
        case: String,
        /// What is wrong.
        why: String,
    },
    /// A call of it may need more memory than the host has set up room for.
    #[error(
        "`limits.memory` of {asked} bytes is above {most} bytes, for which the instance pool was sized at the start; \
         restart the host"
    )]
    Memory {
        /// Bytes.
        asked: usize,
        /// Bytes.
        most: usize,
    },
    /// The host panicked on it.
    #[error("the host panicked while it loaded this plugin, which is a bug; report it with the plugin")]
    Panicked,
}

/// Bytes of what is said of a description.
const WORDS: usize = 400;
/// Bytes of the name of a case of a self-test.
const CASE: usize = 100;

impl LoadFailure {
    /// The reason for whoever calls the plugin, without where the host keeps its files.
    pub fn for_callers(&self) -> String {
        match self {
            Self::Source(_) => "its file cannot be read; the host's log has the reason".to_owned(),
            Self::Program { error, .. } | Self::Script { error, .. } | Self::Engine { error, .. } => {
                error.to_string()
            }
            Self::Bundle { error, .. } => format!("the script cannot be read: {error}"),
            Self::Missing { error, .. } => error.to_string(),
            Self::Description { error, .. } => format!("what it says of itself cannot be read: {error}"),
            Self::View { error, .. } => format!("its view is invalid: {error}"),
            Self::Settings(error) => error.to_string(),
            Self::SelfTest { .. } => "its self-test failed; the host's log has the reason".to_owned(),
            Self::Memory { .. } => "its memory limit needs a restart of the host".to_owned(),
            Self::Panicked => self.to_string(),
        }
    }

    /// Its kind, for metrics.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Source(_) => "source",
            Self::Program { .. } | Self::Script { .. } | Self::Engine { .. } | Self::Bundle { .. } => {
                "program"
            }
            Self::Description { .. } | Self::Missing { .. } | Self::View { .. } => "description",
            Self::Settings(_) => "settings",
            Self::SelfTest { .. } => "self_test",
            Self::Memory { .. } => "memory",
            Self::Panicked => "panic",
        }
    }
}

/// The content of a source.
pub struct Content {
    /// The content.
    pub fetched: Fetched,
    /// `sha256:…` of the component's bytes; of a script, of its files and its engine.
    pub digest: String,
    /// The script, and its engine, if it is one.
    script: Option<(Bundle, Arc<Engine>)>,
}

/// Reads the content of a source, and the stamp that it had before.
///
/// # Errors
///
/// [`LoadFailure::Source`]. The stamp tells whether it is worth trying again.
pub async fn fetch(
    fetcher: &Fetcher,
    source: &Source,
    policy: &Policy,
) -> (Result<Version, SourceError>, Result<Content, LoadFailure>) {
    // First the stamp: what changes later has another one.
    let version = source.version(fetcher).await;
    let content = match source.fetch(fetcher, policy).await {
        Ok(fetched) => content(fetcher, source, policy, fetched).await,
        Err(error) => Err(error.into()),
    };
    (version, content)
}

/// Adds the engine to a script.
async fn content(
    fetcher: &Fetcher,
    source: &Source,
    policy: &Policy,
    fetched: Fetched,
) -> Result<Content, LoadFailure> {
    let own = digest(&fetched.bytes);
    let bundle = match Bundle::parse(&fetched.bytes) {
        None => {
            return Ok(Content {
                fetched,
                digest: own,
                script: None,
            });
        }
        Some(bundle) => bundle.map_err(|error| LoadFailure::Bundle {
            from: source.clone(),
            error,
        })?,
    };
    let engine = fetcher.engine(bundle.ending(), policy).await?;
    Ok(Content {
        digest: digest(format!("{own} {}", engine.digest).as_bytes()),
        fetched,
        script: Some((bundle, engine)),
    })
}

/// Loads a plugin: fetch, check, compile, describe, check the settings.
///
/// # Errors
///
/// The first thing that is wrong, as a [`LoadFailure`].
pub async fn load(sandbox: &Sandbox, fetcher: &Fetcher, spec: &PluginSpec) -> Result<Plugin, LoadFailure> {
    let content = fetch(fetcher, &spec.source, &spec.verify).await.1?;
    prepare(sandbox, spec, &content, &Described::default(), &|| false, &|| ()).await
}

/// Makes a plugin of its bytes: compile, describe, check the settings. Among others that may say the same of themselves;
/// while `others_wait` says so, a slow compilation gives way. `compiled` is called when only checks are left.
///
/// # Errors
///
/// The first thing that is wrong, as a [`LoadFailure`].
pub async fn prepare(
    sandbox: &Sandbox,
    spec: &PluginSpec,
    content: &Content,
    described: &Described,
    others_wait: &(dyn Fn() -> bool + Sync),
    compiled: &(dyn Fn() + Sync),
) -> Result<Plugin, LoadFailure> {
    let (bytes, digest) = (&content.fetched.bytes, &content.digest);
    let asked = spec.limits.memory;
    if let Some(most) = sandbox.most_memory().filter(|most| asked > *most) {
        return Err(LoadFailure::Memory { asked, most });
    }
    let from = || spec.source.clone();
    let mut program = match &content.script {
        None => sandbox
            .load_among(bytes, hash_of(digest), spec.limits, others_wait)
            .await
            .map_err(|error| LoadFailure::Program { from: from(), error })?,
        Some((bundle, engine)) => sandbox
            .load_script(
                &engine.bytes,
                hash_of(&engine.digest),
                &bundle.script(),
                spec.limits,
                others_wait,
            )
            .await
            .map_err(|error| match error {
                LoadError::Interrupted => LoadFailure::Program { from: from(), error },
                error if error.is_of_script() => LoadFailure::Script { from: from(), error },
                error => LoadFailure::Engine { from: from(), error },
            })?,
    };
    compiled();
    let said = program.take_description();
    let text = match &content.script {
        None => said,
        Some((bundle, _)) => described_script(bundle, &said, digest)
            .map_err(|error| LoadFailure::Description { from: from(), error })?
            .map_err(|error| LoadFailure::Missing { from: from(), error })?
            .into(),
    };
    let Said { description, view } = described.get(&text).map_err(|error| match error {
        Unsaid::Json(error) => LoadFailure::Description { from: from(), error },
        Unsaid::View(error) => LoadFailure::View { from: from(), error },
    })?;
    let settings = described.checker.check(
        sandbox.children(),
        description.settings.as_ref(),
        spec.settings.as_ref(),
        &spec.overrides,
    );
    let settings = settings.map_err(|error| error.in_file(&spec.places))?;
    Ok(Plugin {
        name: Arc::from(spec.name.as_str()),
        source: from(),
        identity: Identity::new(digest, &settings, spec.limits.answer),
        digest: digest.clone(),
        provenance: content.fetched.provenance.clone(),
        size: bytes.len(),
        engine: content.script.as_ref().map(|(_, engine)| engine.clone()),
        program,
        scopes: description.scopes(),
        description,
        settings: Arc::from(settings),
        view,
        limits: spec.limits,
        concurrency: spec.concurrency,
        queue: spec.queue,
        deletions: spec.deletions,
    })
}
