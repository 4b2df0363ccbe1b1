//! `cargo xtask web`: builds the Function plugin's JavaScript package, for Node and browsers.

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::Args;
use wasm_bindgen_cli_support::Bindgen;

use crate::output::{self, say, write};
use crate::workspace::{self, GUEST_TARGET, Workspace};

/// Base name of the generated files: `function.js`, `function.d.ts`, `function_bg.wasm`.
const NAME: &str = "function";

/// A module format.
struct Flavour {
    /// Its name, and the name of its directory.
    name: &'static str,
    /// The `type` in `package.json`. Without it, Node uses that of a parent directory.
    modules: &'static str,
    choose: fn(&mut Bindgen) -> Result<&mut Bindgen>,
}

const FLAVOURS: [Flavour; 2] = [
    Flavour {
        name: "nodejs",
        modules: "commonjs",
        choose: |bindgen| bindgen.nodejs(true),
    },
    Flavour {
        name: "web",
        modules: "module",
        choose: |bindgen| bindgen.web(true),
    },
];

/// Build the plugin for Node and browsers
#[derive(Args)]
#[command(after_help = "\
Writes target/plugins/web/nodejs (a CommonJS module) and target/plugins/web/web (an ES module), or the same in
CARGO_TARGET_DIR.

Examples:
  cargo xtask web
  cargo xtask web && node -p 'require(\"./target/plugins/web/nodejs\").describe()'")]
pub(crate) struct Web {}

impl Web {
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<ExitCode> {
        build(workspace)?;
        Ok(ExitCode::SUCCESS)
    }
}

/// Builds both formats and prints the files.
pub(crate) fn build(workspace: &Workspace) -> Result<()> {
    output::have_target(workspace, GUEST_TARGET)?;
    let web = ["build", "--profile=plugin", "--package=metawasm-function-web"];
    workspace::succeed(&mut workspace.cargo_for(GUEST_TARGET, &web)?)?;
    for flavour in &FLAVOURS {
        generate(workspace, flavour)?;
    }
    Ok(())
}

fn generate(workspace: &Workspace, flavour: &Flavour) -> Result<()> {
    let folder = workspace.web_plugin().join(flavour.name);
    let mut bindgen = Bindgen::new();
    bindgen
        .input_path(workspace.web_module())
        .out_name(NAME)
        .typescript(true)
        // `init()` without arguments: the module is beside its glue.
        .omit_default_module_path(false)
        .remove_name_section(true)
        .remove_producers_section(true);
    (flavour.choose)(&mut bindgen)?
        .generate(&folder)
        .context("wasm-bindgen cannot generate JavaScript for the module")?;

    write(&folder.join("package.json"), package(flavour).as_bytes())?;
    for file in [format!("{NAME}_bg.wasm"), format!("{NAME}.js")] {
        let path = folder.join(file);
        say(workspace, &path, size_of(&path)?);
    }
    Ok(())
}

fn size_of(path: &Path) -> Result<u64> {
    let file =
        fs::metadata(path).with_context(|| format!("wasm-bindgen did not create {}", path.display()))?;
    Ok(file.len())
}

/// `package.json`, so that the folder can be named by its path or be installed by one.
fn package(flavour: &Flavour) -> String {
    let version = env!("CARGO_PKG_VERSION");
    let modules = flavour.modules;
    format!(
        r#"{{
  "name": "metawasm-function",
  "version": "{version}",
  "license": "Apache-2.0",
  "private": true,
  "type": "{modules}",
  "main": "{NAME}.js",
  "types": "{NAME}.d.ts"
}}
"#
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_package_says_how_it_is_loaded() {
        let types = FLAVOURS.map(|flavour| {
            let package: serde_json::Value = serde_json::from_str(&package(&flavour)).unwrap();
            assert_eq!(package["main"], "function.js");
            package["type"].clone()
        });
        assert_eq!(types, ["commonjs", "module"]);
    }
}
