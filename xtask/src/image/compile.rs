//! The host for a platform of the image: static, and the same bytes wherever it is built.

use std::path::PathBuf;

use anstream::eprintln;
use anyhow::Result;

use super::platform::Platform;
use crate::output::have_target;
use crate::table::HEADING;
use crate::workspace::{self, IMAGE_PROFILE, Workspace};

/// Builds it and returns where it is.
pub(crate) fn host(workspace: &Workspace, platform: &Platform, time: u64) -> Result<PathBuf> {
    let target = platform.target;
    eprintln!(
        "\n{HEADING}── {}: building the host for {target} (some minutes the first time){HEADING:#}",
        platform.name
    );
    let compiler = platform.compiler()?;
    have_target(workspace, target)?;

    let profile = format!("--profile={IMAGE_PROFILE}");
    let mut cargo = workspace.cargo_for(target, &["build", &profile, "--workspace", "--bin=metawasm"])?;
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

#[cfg(test)]
mod tests {
    use super::*;

    /// The release has the binary of the image, which it takes from where it was built.
    #[test]
    fn the_release_has_the_host_of_the_image() {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../.ci/release");
        let script = std::fs::read_to_string(script).unwrap();
        let binary = format!("$target/$triple/{IMAGE_PROFILE}/metawasm");
        assert!(script.contains(&binary), "no {binary}");
    }

    /// Cargo would write its files where the image is written, which refuses or removes what it finds there.
    #[test]
    fn the_profile_has_no_directory_of_ours() {
        for ours in [
            "image",
            "image-check",
            "plugins",
            "engines",
            "playground",
            "fuzz",
            "bench",
        ] {
            assert_ne!(IMAGE_PROFILE, ours);
        }
    }
}
