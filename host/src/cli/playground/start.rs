//! Which plugins there are, and how each is loaded.

use std::path::Path;

use metawasm_contract::ApplyStrategy;
use metawasm_formats::shell::word;
use serde_json::Value;

use super::args::Args;
use crate::catalogue::Fetcher;
use crate::cli::Failure;
use crate::cli::objects::controller;
use crate::cli::offline::{Loading, Offline, PluginArgs, RuleArgs};
use crate::config::Config;

/// The configuration that a new project has.
const CONFIG: &str = "metawasm.yaml";

/// A plugin that is to be loaded, now and again whenever its CRDs change.
pub(super) struct Start {
    /// As the person named it.
    pub(super) source: String,
    /// The rules for its answers.
    pub(super) rules: RuleArgs,
    /// The controller that the person named.
    pub(super) controller: Option<Value>,
    /// The flags with which `metawasm test` checks the same.
    pub(super) flags: Vec<String>,
    /// Loads it.
    pub(super) load: Box<dyn Fn() -> Result<Offline, Failure> + Send>,
}

/// Returns the plugins of the arguments, or of the configuration.
pub(super) fn starts(args: &Args) -> Result<Vec<Start>, Failure> {
    if args.plugins.is_empty() {
        configured(args)
    } else {
        named(args)
    }
}

fn named(args: &Args) -> Result<Vec<Start>, Failure> {
    let path = args.script.controller();
    let mut flags = rule_flags(&args.rules);
    if let Some(path) = path {
        flags.extend(flag("--controller", path));
    }
    if let Some(path) = args.script.engines.directory() {
        flags.extend(flag("--engines", path));
    }
    let controller = path.map(controller).transpose()?;
    let starts = args.plugins.iter().map(|source| {
        let plugin = PluginArgs {
            source: source.clone(),
            settings: args.settings.clone(),
            cache: args.cache.clone(),
            verbose: args.verbose,
            script: args.script.clone(),
            registry: args.registry.clone(),
        };
        let rules = args.rules.clone();
        Start {
            source: source.clone(),
            rules: rules.clone(),
            controller: controller.clone(),
            flags: flags.clone(),
            load: Box::new(move || Offline::start_with(&plugin, &rules)),
        }
    });
    Ok(starts.collect())
}

/// The plugins of a configuration have their settings and limits.
fn configured(args: &Args) -> Result<Vec<Start>, Failure> {
    let path = args.config.as_deref().unwrap_or(Path::new(CONFIG));
    if args.config.is_none() && !path.is_file() {
        return Err(Failure::Usage(format!(
            "no plugin is named, and there is no {CONFIG} here; name a plugin, or a configuration with --config"
        )));
    }
    if args.script.controller().is_some() {
        return Err(Failure::Usage(
            "--controller requires a plugin as an argument; in a configuration, use `controller` of the plugin".to_owned(),
        ));
    }
    let mut config = Config::read(path).map_err(Failure::Usage)?;
    args.registry.merge(&mut config.fetch.registry);
    args.script.engines.merge(&mut config.fetch.engines);
    let rules = args.rules.with_config(&config);
    let flags = rule_flags(&rules);
    let starts = config.plugins.into_iter().map(|spec| {
        let (fetch, rules, cache, verbose) = (
            config.fetch.clone(),
            rules.clone(),
            args.cache.clone(),
            args.verbose,
        );
        Start {
            source: spec.source.to_string(),
            rules: rules.clone(),
            controller: None,
            flags: flags.clone(),
            load: Box::new(move || {
                let loading = Loading {
                    spec: spec.clone(),
                    fetcher: Fetcher::new(&fetch).map_err(Failure::usage)?,
                    cache: &cache,
                    verbose,
                };
                Offline::load(loading, &rules)
            }),
        }
    });
    let starts: Vec<Start> = starts.collect();
    if starts.is_empty() {
        return Err(Failure::Usage(format!("{} has no plugins", path.display())));
    }
    Ok(starts)
}

fn rule_flags(rules: &RuleArgs) -> Vec<String> {
    let mut flags: Vec<String> = rules
        .crds()
        .iter()
        .flat_map(|path| flag("--crds", path))
        .collect();
    if !rules.validates() {
        flags.push("--no-validate".to_owned());
    }
    if rules.apply_strategy() != ApplyStrategy::default() {
        flags.extend([
            "--apply-strategy".to_owned(),
            rules.apply_strategy().as_str().to_owned(),
        ]);
    }
    flags
}

fn flag(name: &str, path: &Path) -> [String; 2] {
    [name.to_owned(), word(&path.display().to_string())]
}
