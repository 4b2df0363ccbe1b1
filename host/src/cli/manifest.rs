//! `metawasm manifest`: prints the controller for a plugin.

use axum::http::uri::Authority;
use metawasm_contract::Hook;

use super::offline::{Offline, PluginArgs, described};
use super::{Failure, Output};
use crate::catalogue::{manifest, rights};
use crate::config::plugin_name;
use crate::yaml;

/// Print the CompositeController or DecoratorController for a plugin
///
/// The controller declares the plugin's parent, its children and the URLs of its hooks.
///
/// Metacontroller does not start a controller while the cluster lacks one of its kinds. Optional kinds of the plugin
/// are therefore only declared if you name them with --with. With the finalize hook, a parent cannot be deleted while
/// the host is down.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  metawasm manifest function.wasm --url http://metawasm.metawasm.svc:8080 | kubectl apply -f -
  metawasm manifest function.wasm --url http://metawasm.metawasm.svc:8080 \\
    --with httproutes --with components
  metawasm manifest function.wasm --url http://metawasm.metawasm.svc:8080 --rev --rights

Exit codes:
  0  success
  2  invalid usage or input
  3  the plugin cannot be loaded
  4  a bug in metawasm")]
pub(super) struct Args {
    #[command(flatten)]
    plugin: PluginArgs,
    /// URL at which Metacontroller reaches the host, without a path, such as `http://metawasm.metawasm.svc:8080`
    #[arg(long)]
    url: String,
    /// Name under which the plugin is served, and name of the controller [default: the plugin's name]
    #[arg(long)]
    name: Option<String>,
    /// Optional kind of the plugin that the cluster has: its resource, such as httproutes or
    /// services.serving.knative.dev, or all. Repeatable
    #[arg(long, value_name = "KIND")]
    with: Vec<String>,
    /// Add the digest of the plugin to the URLs of the hooks, as ?rev=DIGEST. Apply the new manifest after a roll-out, and
    /// Metacontroller asks the new version about every parent at once
    #[arg(long)]
    rev: bool,
    /// Also print the ClusterRole and ClusterRoleBinding that Metacontroller needs, for its ServiceAccount
    /// [default value: metacontroller/metacontroller]
    #[arg(
        long,
        value_name = "NAMESPACE/NAME",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "metacontroller/metacontroller"
    )]
    rights: Option<String>,
    /// Use the plugin's finalize hook, which adds a finalizer to every parent
    #[arg(long)]
    finalize: bool,
}

pub(super) fn run(args: &Args) -> Result<Output, Failure> {
    base(&args.url).map_err(|why| {
        Failure::Usage(format!(
            "invalid --url {:?}: {why}; expected scheme, host and port, such as http://metawasm.metawasm.svc:8080",
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
            "--finalize: the plugin has no finalize hook".to_owned(),
        ));
    }
    let hooks = plugin
        .program
        .hooks()
        .filter(|hook| args.finalize || *hook != finalize);
    let description = described(plugin, &args.with)?;
    let revision = args.rev.then_some(plugin.digest.as_str());
    let mut objects = vec![manifest(&description, &name, &args.url, revision, hooks)];
    let mut words = Vec::new();
    if let Some(account) = &args.rights {
        objects.extend(rights(&description, &name, service_account(account)?));
        if plugin
            .program
            .hooks()
            .any(|hook| hook == Hook::Customize.as_str())
        {
            words.push(
                "note: the plugin has a customize hook; Metacontroller also needs the rights get, list and watch for \
                 the kinds that the hook selects"
                    .to_owned(),
            );
        }
    }
    let documents: Result<Vec<String>, _> = objects.iter().map(yaml::encode).collect();
    let text = documents.map_err(Failure::refused)?.join("---\n");
    Ok(Output {
        data: text.into_bytes(),
        words,
        ..Output::default()
    })
}

/// Reads `NAMESPACE/NAME`.
fn service_account(text: &str) -> Result<(&str, &str), Failure> {
    let name = |name: &&str| {
        let known = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-' || c == '.';
        !name.is_empty() && name.len() <= 253 && name.chars().all(known)
    };
    let parts = text
        .split_once('/')
        .filter(|(namespace, account)| name(namespace) && name(account));
    parts.ok_or_else(|| {
        Failure::Usage(format!(
            "invalid --rights {text:?}: expected the namespace and name of a ServiceAccount, such as \
             metacontroller/metacontroller"
        ))
    })
}

/// Checks that the path of a hook can be appended to a URL.
///
/// # Errors
///
/// The reason why the URL is invalid.
pub(super) fn base(url: &str) -> Result<(), &'static str> {
    let none = "not a URL";
    let (scheme, rest) = url.split_once("://").ok_or(none)?;
    if !["http", "https"].contains(&scheme) {
        return Err("the scheme must be http or https");
    }
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (authority, path) = rest.split_at_checked(end).ok_or(none)?;
    if authority.contains('@') {
        return Err("a user name is not allowed");
    }
    if authority.is_empty() || authority.starts_with(':') {
        return Err("the host is missing");
    }
    let authority: Authority = authority.parse().map_err(|_| none)?;
    // A port that is not a number remains in the authority unchanged.
    let behind_host = authority.as_str().rsplit(']').next();
    let has_port = behind_host.is_some_and(|rest| rest.contains(':'));
    if has_port && authority.port_u16().is_none_or(|port| port == 0) {
        return Err("invalid port");
    }
    match path {
        "" | "/" => Ok(()),
        path if path.contains('#') => Err("a fragment is not allowed"),
        path if path.contains('?') => Err("a query is not allowed"),
        _ => Err("a path is not allowed, because the path of the hook is appended"),
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
            ("", "not a URL"),
            ("h", "not a URL"),
            ("h:80", "not a URL"),
            ("http:h", "not a URL"),
            ("http://a b", "not a URL"),
            ("http://h\n", "not a URL"),
            ("http://[::1", "not a URL"),
            ("ftp://h", "the scheme must be http or https"),
            ("://h", "the scheme must be http or https"),
            ("http://", "the host is missing"),
            ("http:///sync", "the host is missing"),
            ("http://:80", "the host is missing"),
            ("http://?q", "the host is missing"),
            ("http://h:", "invalid port"),
            ("http://h:0", "invalid port"),
            ("http://h:99999", "invalid port"),
            ("http://h:x", "invalid port"),
            ("http://[::1]:x", "invalid port"),
            ("http://h#f", "a fragment is not allowed"),
            ("http://h/p?q#f", "a fragment is not allowed"),
            ("http://h?q", "a query is not allowed"),
            ("http://h/?", "a query is not allowed"),
            ("http://u@h", "a user name is not allowed"),
            ("http://u:p@h:80/p", "a user name is not allowed"),
            ("http://h/prefix", "a path is not allowed"),
            ("http://h//", "a path is not allowed"),
        ] {
            let why = base(bad).unwrap_err();
            assert!(why.starts_with(words), "{bad:?} {why}");
        }
    }
}
