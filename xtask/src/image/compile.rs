//! The host for a platform of the image: static, and the same bytes wherever it is built.

use std::path::PathBuf;

use anstream::eprintln;
use anyhow::Result;

use super::platform::Platform;
use crate::output::have_target;
use crate::table::HEADING;
use crate::workspace::{self, Workspace};

/// Builds it and returns where it is.
pub(crate) fn host(workspace: &Workspace, platform: &Platform, time: u64) -> Result<PathBuf> {
    let target = platform.target;
    eprintln!(
        "\n{HEADING}── {}: building the host for {target} (some minutes the first time){HEADING:#}",
        platform.name
    );
    let compiler = platform.compiler()?;
    have_target(workspace, target)?;

    let mut cargo = workspace.cargo_for(
        target,
        &["build", "--profile=image", "--workspace", "--bin=metawasm"],
    )?;
    cargo.envs(compiler);
    // mimalloc says when it was compiled; C compilers take that time from here.
    cargo.env("SOURCE_DATE_EPOCH", time.to_string());
    // The linker that comes with rustc: it knows every platform, and is not another one on another machine.
    cargo.env(
        format!("CARGO_TARGET_{}_LINKER", target.replace('-', "_").to_uppercase()),
        "rust-lld",
    );
    workspace::succeed(&mut cargo)?;

    // Among the symbols are names that rustc makes of where the sources are; without them the image is a sixth smaller.
    let stripped = workspace.host_for(target).with_extension("stripped");
    let mut strip = workspace.command(platform.strip());
    strip.arg("-o").arg(&stripped).arg(workspace.host_for(target));
    workspace::succeed(&mut strip)?;
    Ok(stripped)
}
