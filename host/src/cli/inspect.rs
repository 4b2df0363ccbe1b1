//! `metawasm inspect`: the description of a plugin.

use std::path::Path;

use clap::ValueEnum;
use metawasm_formats::text::{Escaped, on_terminal};
use serde_json::{Value, json};

use super::offline::{Offline, PluginArgs};
use super::{Failure, Output, fields, output};
use crate::catalogue::{ChildKind, Plugin, Scope};
use crate::sandbox::PACKAGE;
use crate::yaml;

/// Show a plugin's version, digest, parent, children, hooks and settings, or why it is invalid
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  metawasm inspect function.wasm
  metawasm inspect function.wasm --verbose
  metawasm inspect function.wasm -o json

Exit codes:
  0  success
  2  invalid usage or input
  3  the plugin cannot be loaded
  4  a bug in metawasm")]
pub(super) struct Args {
    #[command(flatten)]
    plugin: PluginArgs,
    /// Output format; json contains all details, text with --verbose too
    #[arg(short, long, value_enum, default_value_t = Format::Text)]
    output: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

pub(super) fn run(args: &Args) -> Result<Output, Failure> {
    let offline = Offline::start(&args.plugin)?;
    let plugin = offline.plugin()?;
    let text = match args.output {
        Format::Text if args.plugin.verbose => long(plugin)?,
        Format::Text => short(plugin),
        Format::Json => {
            let mut text = serde_json::to_string_pretty(&facts(plugin))
                .map_err(|error| Failure::Refused(error.to_string()))?;
            text.push('\n');
            // Only strings can contain hidden characters, and in JSON their escapes are equivalent.
            on_terminal(&text).into_owned()
        }
    };
    Ok(Output {
        data: text.into_bytes(),
        styled: args.output == Format::Text,
        ..Output::default()
    })
}

fn facts(plugin: &Plugin) -> Value {
    let mut facts = json!({
        "digest": plugin.digest,
        "size": plugin.size,
        "wit": format!("{PACKAGE}@{}", plugin.program.package_version()),
        "hooks": plugin.program.hooks().collect::<Vec<_>>(),
        "imports": plugin.program.imports(),
        "description": *plugin.description,
    });
    if let Some(facts) = facts.as_object_mut() {
        if let Some(manifest) = plugin.provenance.manifest {
            facts.insert("manifest".to_owned(), manifest.to_string().into());
        }
        if let Some(engine) = &plugin.engine {
            let engine = json!({
                "source": engine.source.to_string(),
                "digest": engine.digest,
                "size": engine.bytes.len(),
            });
            facts.insert("engine".to_owned(), engine);
            facts.insert(
                "program".to_owned(),
                json!({"size": plugin.program.script_size()}),
            );
        }
    }
    facts
}

/// Returns the output of `metawasm build`.
pub(super) fn built(plugin: &Plugin, path: &Path) -> Output {
    let mut lines = vec![("plugin", path.display().to_string())];
    lines.extend(identity(plugin));
    lines.push(("imports", imports(plugin)));
    Output {
        data: list(&lines).into_bytes(),
        styled: true,
        ..Output::default()
    }
}

/// What most readers look for.
fn short(plugin: &Plugin) -> String {
    let description = &plugin.description;
    let mut lines = identity(plugin);
    let kinds = |optional| {
        let kinds = description
            .children
            .iter()
            .filter(|child| child.optional == optional);
        let kinds: Vec<&str> = kinds.map(|child| child.kind.as_str()).collect();
        kinds.join(", ")
    };
    lines.push(("children", none(kinds(false))));
    let optional = kinds(true);
    if !optional.is_empty() {
        lines.push(("optional", optional));
    }
    let mut out = list(&lines);
    match &description.settings {
        None => out.push_str(&list(&[("settings", "none".to_owned())])),
        Some(schema) => {
            out.push('\n');
            out.push_str(&fields::table(schema));
        }
    }
    out
}

/// All details.
fn long(plugin: &Plugin) -> Result<String, Failure> {
    let description = &plugin.description;
    let mut lines = identity(plugin);
    if let Some(engine) = &plugin.engine {
        let size = plugin.program.script_size().unwrap_or_default();
        lines.push(("program", format!("{size} bytes, compiled by {}", engine.digest)));
    }
    lines.push(("wit", format!("{PACKAGE}@{}", plugin.program.package_version())));
    lines.push(("imports", imports(plugin)));
    lines.push(("limits", limits(plugin)));
    lines.extend(description.children.iter().map(|kind| ("child", child(kind))));
    let mut out = list(&lines);
    for (name, value) in [("view", &description.view), ("settings", &description.settings)] {
        match value {
            None => out.push_str(&list(&[(name, absent(name).to_owned())])),
            Some(value) => out.push_str(&section(name, &yaml::encode(value).map_err(Failure::refused)?)),
        }
    }
    if let Some(crd) = &description.crd {
        out.push_str(&section("crd", crd));
    }
    Ok(out)
}

/// The lines that identify a plugin.
fn identity(plugin: &Plugin) -> Vec<(&'static str, String)> {
    let description = &plugin.description;
    let parent = &description.parent;
    let scope = match parent.scope {
        Scope::Namespaced => "",
        Scope::Cluster => ", cluster-scoped",
    };
    let mut lines = vec![
        ("name", format!("{} {}", description.name, description.version)),
        ("digest", plugin.digest.clone()),
        ("size", format!("{} bytes", plugin.size)),
        ("hooks", plugin.program.hooks().collect::<Vec<_>>().join(", ")),
        (
            "parent",
            format!(
                "{} {} ({}{scope}), of a {}",
                parent.api_version,
                parent.kind,
                parent.resource,
                description.controller.kind()
            ),
        ),
    ];
    if let Some(manifest) = plugin.provenance.manifest {
        lines.insert(2, ("manifest", manifest.to_string()));
    }
    if let Some(engine) = &plugin.engine {
        lines.insert(3, ("engine", engine.source.to_string()));
    }
    lines
}

fn imports(plugin: &Plugin) -> String {
    none(plugin.program.imports().join(", "))
}

/// What a call may use where the configuration says nothing else.
fn limits(plugin: &Plugin) -> String {
    let limits = plugin.limits;
    format!(
        "{} MiB of memory, {} s, {} MiB for an answer",
        limits.memory >> 20,
        limits.deadline.as_secs_f64(),
        limits.answer >> 20,
    )
}

fn child(child: &ChildKind) -> String {
    let optional = if child.optional { ", optional" } else { "" };
    format!(
        "{} {} ({}{optional})",
        child.api_version, child.kind, child.update_strategy
    )
}

fn none(text: String) -> String {
    if text.is_empty() { "none".to_owned() } else { text }
}

fn list(lines: &[(&str, String)]) -> String {
    let style = output::HEADING;
    let lines = lines
        .iter()
        .map(|(name, value)| format!("{style}{name:<10}{style:#}{}\n", Escaped(value)));
    lines.collect()
}

fn section(name: &str, text: &str) -> String {
    let style = output::HEADING;
    let mut out = format!("{style}{name}{style:#}\n");
    for line in text.lines() {
        out.push_str(&format!("  {}\n", Escaped(line)));
    }
    out
}

fn absent(name: &str) -> &'static str {
    match name {
        "view" => "everything except managedFields and kubectl's last-applied annotation",
        _ => "none",
    }
}
