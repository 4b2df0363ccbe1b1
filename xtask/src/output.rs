//! Files that the commands make: components, their sizes, and the target that they are compiled for.

use std::fs;
use std::path::Path;
use std::process::Stdio;

use anstream::eprintln;
use anyhow::{Context, Result, bail};
use sha2::{Digest, Sha256};
use wit_component::ComponentEncoder;

use crate::workspace::{self, Workspace};

/// Prints the size and path of a file.
pub(crate) fn say(workspace: &Workspace, path: &Path, bytes: u64) {
    eprintln!("{:>10}  {}", size(bytes), workspace.show(path));
}

/// Turns the core module of a guest into a component.
pub(crate) fn component(module: &[u8]) -> Result<Vec<u8>> {
    ComponentEncoder::default()
        .validate(true)
        .module(module)
        .and_then(ComponentEncoder::encode)
        .context("cannot create a component from the module of the guest")
}

/// Writes a file and the folders that it needs.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    fs::write(path, bytes).with_context(|| format!("cannot write {}", path.display()))
}

/// Installs the standard library for a target if it is missing.
pub(crate) fn have_target(workspace: &Workspace, target: &str) -> Result<()> {
    let libraries = workspace
        .command("rustc")
        .args(["--print", "target-libdir", "--target", target])
        .stderr(Stdio::inherit())
        .output()
        .context("cannot start `rustc`")?;
    if Path::new(String::from_utf8_lossy(&libraries.stdout).trim()).is_dir() {
        return Ok(());
    }

    let mut rustup = workspace.command("rustup");
    rustup.args(["target", "add", target]);
    match rustup.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => bail!("`{}` failed ({status})", workspace::words(&rustup)),
        Err(error) if workspace::is_missing(&error) => bail!(
            "the standard library of rustc for {target} is missing, and rustup is not installed; \
             install rustup, or install the target in the way in which rustc was installed"
        ),
        Err(error) => Err(error).context("cannot start `rustup`"),
    }
}

/// Formats a size in decimal units.
pub(crate) fn size(bytes: u64) -> String {
    // A size in a message loses nothing that matters in an f64.
    let bytes = bytes as f64;
    if bytes < 1_000_000.0 {
        format!("{:.1} KB", bytes / 1_000.0)
    } else {
        format!("{:.1} MB", bytes / 1_000_000.0)
    }
}

/// Returns the SHA-256 digest of bytes as OCI writes it: `sha256:…`.
pub(crate) fn digest(bytes: &[u8]) -> String {
    let hash = Sha256::digest(bytes);
    let hex: String = hash.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}

#[cfg(test)]
mod tests {
    use super::{digest, size};

    #[test]
    fn a_digest_is_of_the_bytes() {
        assert_eq!(
            digest(b"abc"),
            "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
        );
    }

    #[test]
    fn sizes_are_decimal() {
        assert_eq!(size(272), "0.3 KB");
        assert_eq!(size(500_000), "500.0 KB");
        assert_eq!(size(13_400_000), "13.4 MB");
    }
}
