//! `metawasm manifest`: the controller that uses a plugin.

use axum::http::Uri;

use super::offline::{Offline, PluginArgs, described};
use super::{Failure, Output};
use crate::catalogue::manifest;
use crate::config::plugin_name;
use crate::contract::Hook;
use crate::yaml;

/// Print the CompositeController or DecoratorController that uses a plugin
///
/// It names the plugin's parent, the children that it needs and the URLs of its hooks.
///
/// Metacontroller does not start a controller while one of its kinds is unknown to the cluster,
/// so that kinds which the plugin can do without are left out unless they are named. With the
/// finalize hook, a parent cannot be deleted while this host is down.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  metawasm manifest function.wasm --url http://metawasm.metawasm.svc:8080 | kubectl apply -f -
  metawasm manifest function.wasm --url http://metawasm.metawasm.svc:8080 --with httproutes --with components")]
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
    /// An optional kind that the cluster has, by its resource (httproutes,
    /// services.serving.knative.dev) or all; may be given several times
    #[arg(long, value_name = "KIND")]
    with: Vec<String>,
    /// Use the plugin's finalize hook, which puts a finalizer on every parent
    #[arg(long)]
    finalize: bool,
}

pub(super) fn run(args: &Args) -> Result<Output, Failure> {
    if !is_base(&args.url) {
        return Err(Failure::Usage(format!(
            "--url: {:?} is no URL of a host; write one such as http://metawasm.metawasm.svc:8080",
            args.url
        )));
    }
    let offline = Offline::start(&args.plugin)?;
    let plugin = offline.plugin()?;
    let name =
        plugin_name(args.name.as_deref().unwrap_or(&plugin.description.name)).map_err(Failure::Usage)?;
    let finalize = Hook::Finalize.as_str();
    if args.finalize && !plugin.program.hooks().any(|hook| hook == finalize) {
        return Err(Failure::Usage(
            "--finalize: the plugin has no such hook".to_owned(),
        ));
    }
    let hooks = plugin
        .program
        .hooks()
        .filter(|hook| args.finalize || *hook != finalize);
    let description = described(plugin, &args.with)?;
    let object = manifest(&description, &name, &args.url, hooks);
    let text = yaml::encode(&object).map_err(Failure::Refused)?;
    Ok(Output {
        data: text.into_bytes(),
        ..Output::default()
    })
}

/// Whether a text is a URL to which a plugin's path can be added.
fn is_base(url: &str) -> bool {
    let Ok(uri) = url.parse::<Uri>() else { return false };
    let scheme = uri
        .scheme_str()
        .is_some_and(|scheme| ["http", "https"].contains(&scheme));
    // A port that is no number is left in the authority as it is.
    let authority = uri.authority().is_some_and(|authority| {
        let port = authority
            .as_str()
            .rsplit(']')
            .next()
            .is_some_and(|rest| rest.contains(':'));
        !authority.host().is_empty()
            && !authority.as_str().contains('@')
            && (!port || uri.port_u16().is_some())
    });
    scheme && authority && !url.contains(['?', '#'])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_base_is_scheme_host_and_port() {
        for good in [
            "http://h",
            "https://h:8443",
            "http://127.0.0.1:8080/",
            "http://[::1]:80",
            "http://h/prefix",
        ] {
            assert!(is_base(good), "{good}");
        }
        for bad in [
            "",
            "h",
            "h:80",
            "http://",
            "ftp://h",
            "http://a b",
            "http://h:99999",
            "http://h:x",
            "http://h#f",
            "http://h?q",
            "http://u@h",
            "http://h\n",
        ] {
            assert!(!is_base(bad), "{bad:?}");
        }
    }
}
