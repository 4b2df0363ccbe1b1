//! `metawasm import`: the configuration that serves the hooks of a directory.
//!
//! | module | what |
//! |---|---|
//! | `scan` | the controllers, CustomResourceDefinitions and hooks in a directory |
//! | `plan` | which hooks a controller has, and where its plugin is |
//! | `urls` | the new URLs of a controller, as a patch |
//! | `files` | the files to write |

mod files;
mod plan;
mod scan;
mod urls;

use std::path::PathBuf;

use super::{Failure, Output};
use plan::Plan;
use scan::Found;

/// Serve the hooks of a directory: write metawasm.yaml and print the changed URLs of their controllers
///
/// Reads the manifests (YAML) and the hooks below a directory: JavaScript for Metacontroller's server for Node, Jsonnet for
/// jsonnetd, as files or in ConfigMaps. Finds the hooks of each CompositeController and DecoratorController by the URLs of its hooks.
///
/// Writes metawasm.yaml, and plugin.yaml beside the hooks with the description that follows from the controller. Hooks in
/// ConfigMaps, and of controllers that share a directory, are copied to plugins/NAME. The manifests are not changed: standard output is
/// a patch for them, for `patch -d DIRECTORY -p1`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  metawasm import deploy/hooks
  metawasm import deploy --url http://metawasm.metawasm.svc:8080 > urls.patch
  metawasm serve --config deploy/metawasm.yaml

Exit codes:
  0  success
  1  some controllers cannot be served; the others are
  2  invalid usage or input, or a file exists")]
pub(super) struct Args {
    /// Directory with hooks and the manifests of their controllers
    #[arg(value_name = "DIRECTORY")]
    directory: PathBuf,
    /// URL of metawasm as Metacontroller sees it: scheme, host and port
    #[arg(long, value_name = "URL", default_value = "http://metawasm.metawasm.svc:8080")]
    url: String,
    /// Overwrite existing files
    #[arg(long)]
    force: bool,
}

pub(super) fn run(args: &Args) -> Result<Output, Failure> {
    super::manifest::base(&args.url).map_err(|why| {
        Failure::Usage(format!(
            "invalid --url {:?}: {why}; expected scheme, host and port, such as http://metawasm.metawasm.svc:8080",
            args.url
        ))
    })?;
    let found = Found::read(&args.directory)?;
    if found.controllers.is_empty() {
        return Err(Failure::Usage(format!(
            "{} has no manifest of a CompositeController or DecoratorController",
            args.directory.display()
        )));
    }
    let plan = Plan::new(&found);
    let mut words = Vec::new();
    if !plan.plugins.is_empty() {
        for path in files::write(&args.directory, &found, &plan, args.force)? {
            words.push(format!("wrote {}", path.display()));
        }
    }
    words.extend(plan.words());
    let (patch, by_hand) = urls::patch(&found, &plan, args.url.trim_end_matches('/'));
    words.extend(by_hand);
    if !plan.plugins.is_empty() {
        let config = args.directory.join(scan::CONFIG);
        words.push("next:".to_owned());
        words.push(format!("  metawasm serve --config {}", config.display()));
    }
    Ok(Output {
        data: patch.into_bytes(),
        words,
        refused: !plan.left.is_empty(),
        ..Output::default()
    })
}
