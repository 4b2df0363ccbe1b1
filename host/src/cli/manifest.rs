//! `metawasm manifest`: the controller that uses a plugin.

use super::offline::{Offline, PluginArgs};
use super::{Failure, Output};
use crate::catalogue::manifest;
use crate::config::plugin_name;
use crate::yaml;

/// Print the CompositeController or DecoratorController that uses a plugin
///
/// It names the plugin's parent, the children that it needs and the URLs of its hooks.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Example:
  metawasm manifest function.wasm --url http://metawasm.metawasm.svc:8080 | kubectl apply -f -")]
pub(super) struct Args {
    #[command(flatten)]
    plugin: PluginArgs,
    /// Where Metacontroller reaches this host: scheme, host and port
    #[arg(long)]
    url: String,
    /// The name that the plugin is served under, and of the controller; the plugin's own where
    /// absent
    #[arg(long)]
    name: Option<String>,
}

pub(super) fn run(args: &Args) -> Result<Output, Failure> {
    if !["http://", "https://"]
        .iter()
        .any(|scheme| args.url.strip_prefix(scheme).is_some_and(|rest| !rest.is_empty()))
    {
        return Err(Failure::Usage(format!(
            "--url: \"{}\" is no URL of a host; write one such as http://metawasm.metawasm.svc:8080",
            args.url
        )));
    }
    let offline = Offline::start(&args.plugin)?;
    let plugin = offline.plugin()?;
    let name =
        plugin_name(args.name.as_deref().unwrap_or(&plugin.description.name)).map_err(Failure::Usage)?;
    let object = manifest(&plugin.description, &name, &args.url, plugin.program.hooks());
    let text = yaml::encode(&object).map_err(Failure::Refused)?;
    Ok(Output {
        data: text.into_bytes(),
        ..Output::default()
    })
}
