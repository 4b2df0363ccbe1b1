//! `metawasm inspect`: the description of a plugin.

use clap::ValueEnum;
use metawasm_formats::text::{Escaped, on_terminal};
use serde_json::{Value, json};

use super::offline::{Offline, PluginArgs};
use super::{Failure, Output, output};
use crate::catalogue::{Plugin, Scope};
use crate::sandbox::PACKAGE;
use crate::yaml;

/// Show a plugin's digest, size, hooks, imports, children and settings, or why it is invalid
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  metawasm inspect function.wasm
  metawasm inspect function.wasm -o json

Exit codes:
  0  success
  2  invalid usage or input
  3  the plugin cannot be loaded
  4  a bug in metawasm")]
pub(super) struct Args {
    #[command(flatten)]
    plugin: PluginArgs,
    /// Output format; json contains all details
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
        Format::Text => text(plugin)?,
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
    json!({
        "digest": plugin.digest,
        "size": plugin.size,
        "wit": format!("{PACKAGE}@{}", plugin.program.package_version()),
        "hooks": plugin.program.hooks().collect::<Vec<_>>(),
        "imports": plugin.program.imports(),
        "description": *plugin.description,
    })
}

fn text(plugin: &Plugin) -> Result<String, Failure> {
    let description = &plugin.description;
    let parent = &description.parent;
    let scope = match parent.scope {
        Scope::Namespaced => "",
        Scope::Cluster => ", cluster-scoped",
    };
    let none = |text: String| if text.is_empty() { "none".to_owned() } else { text };
    let mut lines = vec![
        ("name", format!("{} {}", description.name, description.version)),
        ("digest", plugin.digest.clone()),
        ("size", format!("{} bytes", plugin.size)),
        ("wit", format!("{PACKAGE}@{}", plugin.program.package_version())),
        ("hooks", plugin.program.hooks().collect::<Vec<_>>().join(", ")),
        ("imports", none(plugin.program.imports().join(", "))),
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
    for child in &description.children {
        let optional = if child.optional { ", optional" } else { "" };
        let text = format!(
            "{} {} ({}{optional})",
            child.api_version, child.kind, child.update_strategy
        );
        lines.push(("child", text));
    }
    let mut out = String::new();
    for (name, value) in lines {
        let style = output::HEADING;
        out.push_str(&format!("{style}{name:<10}{style:#}{}\n", Escaped(&value)));
    }
    for (name, value) in [("view", &description.view), ("settings", &description.settings)] {
        let style = output::HEADING;
        match value {
            None => out.push_str(&format!("{style}{name:<10}{style:#}{}\n", absent(name))),
            Some(value) => {
                out.push_str(&format!("{style}{name}{style:#}\n"));
                for line in yaml::encode(value).map_err(Failure::refused)?.lines() {
                    out.push_str(&format!("  {}\n", Escaped(line)));
                }
            }
        }
    }
    Ok(out)
}

fn absent(name: &str) -> &'static str {
    match name {
        "view" => "everything except managedFields and kubectl's last-applied annotation",
        _ => "none",
    }
}
