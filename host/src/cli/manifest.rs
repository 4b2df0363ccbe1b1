//! `metawasm manifest`: the controller that uses a plugin.

use axum::http::uri::Authority;
use metawasm_contract::Hook;

use super::offline::{Offline, PluginArgs, described};
use super::{Failure, Output};
use crate::catalogue::manifest;
use crate::config::plugin_name;
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
  metawasm manifest function.wasm --url http://metawasm.metawasm.svc:8080 \\
    --with httproutes --with components")]
pub(super) struct Args {
    #[command(flatten)]
    plugin: PluginArgs,
    /// Where Metacontroller reaches this host: scheme, host and port, without a path
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
    base(&args.url).map_err(|why| {
        Failure::Usage(format!(
            "--url: {:?} {why}; write scheme, host and port, such as http://metawasm.metawasm.svc:8080",
            args.url
        ))
    })?;
    let offline = Offline::start(&args.plugin)?;
    let plugin = offline.plugin()?;
    let name =
        plugin_name(args.name.as_deref().unwrap_or(&plugin.description.name)).map_err(Failure::usage)?;
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
    let text = yaml::encode(&object).map_err(Failure::refused)?;
    Ok(Output {
        data: text.into_bytes(),
        ..Output::default()
    })
}

/// Checks that a plugin's path can be added to a URL.
///
/// # Errors
///
/// What is wrong with it, as the end of a sentence that begins with it.
fn base(url: &str) -> Result<(), &'static str> {
    let none = "is no URL of a host";
    let (scheme, rest) = url.split_once("://").ok_or(none)?;
    if !["http", "https"].contains(&scheme) {
        return Err("is neither http nor https");
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).ok_or(none)?;
    if authority.contains('@') {
        return Err("has a user in it");
    }
    if authority.is_empty() || authority.starts_with(':') {
        return Err("has no host");
    }
    let authority: Authority = authority.parse().map_err(|_| none)?;
    // A port that is no number is left in the authority as it is.
    let behind_host = authority.as_str().rsplit(']').next();
    let has_port = behind_host.is_some_and(|rest| rest.contains(':'));
    if has_port && authority.port_u16().is_none_or(|port| port == 0) {
        return Err("has a port that is none");
    }
    match path {
        "" | "/" => Ok(()),
        path if path.contains('#') => Err("has a fragment"),
        path if path.contains('?') => Err("has a query"),
        _ => Err("has a path, and the plugin's own is added to it"),
    }
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
            "http://[::1]",
        ] {
            assert_eq!(base(good), Ok(()), "{good}");
        }
        for (bad, words) in [
            ("", "is no URL"),
            ("h", "is no URL"),
            ("h:80", "is no URL"),
            ("http:h", "is no URL"),
            ("http://a b", "is no URL"),
            ("http://h\n", "is no URL"),
            ("http://[::1", "is no URL"),
            ("ftp://h", "is neither http nor https"),
            ("://h", "is neither http nor https"),
            ("http://", "has no host"),
            ("http:///sync", "has no host"),
            ("http://:80", "has no host"),
            ("http://?q", "has no host"),
            ("http://h:", "has a port that is none"),
            ("http://h:0", "has a port that is none"),
            ("http://h:99999", "has a port that is none"),
            ("http://h:x", "has a port that is none"),
            ("http://[::1]:x", "has a port that is none"),
            ("http://h#f", "has a fragment"),
            ("http://h/p?q#f", "has a fragment"),
            ("http://h?q", "has a query"),
            ("http://h/?", "has a query"),
            ("http://u@h", "has a user in it"),
            ("http://u:p@h:80/p", "has a user in it"),
            ("http://h/prefix", "has a path"),
            ("http://h//", "has a path"),
        ] {
            let why = base(bad).unwrap_err();
            assert!(why.starts_with(words), "{bad:?} {why}");
        }
    }
}
