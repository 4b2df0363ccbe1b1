//! Arguments of the commands that take scripts.

use std::path::{Path, PathBuf};

use crate::catalogue::{EngineOptions, Source};

/// Where the engines of scripts are.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct EngineArgs {
    /// Directory of the engines of scripts (js.wasm, jsonnet.wasm) [default: engines beside the program, or one level above]
    #[arg(
        long,
        value_name = "DIRECTORY",
        env = "METAWASM_ENGINES",
        help_heading = "Scripts"
    )]
    engines: Option<PathBuf>,
}

/// What a script does not say itself.
#[derive(Clone, Debug, Default, clap::Args)]
pub(super) struct ScriptArgs {
    /// Manifest (YAML) of the CompositeController or DecoratorController: describes a script that has neither `describe` nor
    /// plugin.yaml; `render` also sends it in its requests
    #[arg(long, value_name = "FILE", help_heading = "Scripts")]
    controller: Option<PathBuf>,
    #[command(flatten)]
    pub(super) engines: EngineArgs,
}

impl EngineArgs {
    /// Replaces the options that are set.
    pub(super) fn merge(&self, options: &mut EngineOptions) {
        if let Some(directory) = &self.engines {
            options.directory = Some(directory.clone());
        }
    }

    /// Returns the directory.
    pub(super) fn directory(&self) -> Option<&Path> {
        self.engines.as_deref()
    }

    /// Returns the options.
    pub(super) fn options(&self) -> EngineOptions {
        let mut options = EngineOptions::default();
        self.merge(&mut options);
        options
    }
}

impl ScriptArgs {
    /// Returns arguments for a script that describes itself.
    pub(super) fn without_controller(&self) -> Self {
        Self {
            controller: None,
            engines: self.engines.clone(),
        }
    }

    /// Returns the manifest of the controller.
    pub(super) fn controller(&self) -> Option<&Path> {
        self.controller.as_deref()
    }

    /// Returns the source with the controller.
    pub(super) fn apply(&self, source: Source) -> Source {
        match &self.controller {
            Some(controller) => source.with_controller(controller.clone()),
            None => source,
        }
    }
}
