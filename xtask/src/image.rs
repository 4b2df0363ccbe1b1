//! `cargo xtask image`: builds a reproducible container image of the host, the engines and the plugins, without Docker.

mod archive;
mod binary;
mod compile;
mod container;
mod layout;
mod oci;
mod platform;

use std::collections::BTreeMap;
use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{ExitCode, Stdio};

use anstream::{eprintln, println};
use anyhow::{Context, Result, bail, ensure};
use clap::Args;

use crate::build::{self, PLUGINS};
use crate::engines::ENGINES;
use crate::output::{self, size};
use crate::table::{GOOD, WARN};
use crate::workspace::{self, Workspace};
use binary::Binary;
use container::{Contents, Image as Packed};
use platform::Platform;

/// Build a container image (OCI image layout), without Docker
#[derive(Args)]
#[command(after_help = "\
Builds a static host for each platform, the engines and the plugins, and packs them into target/image, or the same in
CARGO_TARGET_DIR. The same sources and compilers produce the same digest in any directory. SOURCE_DATE_EPOCH
sets the mtime of all files [default: 0].

The engine for JavaScript requires clang, the page of `metawasm playground` Node 20 or later and npm, and each platform a C
compiler. On Debian:
  engines       apt-get install clang
  page          apt-get install nodejs npm
  linux/amd64   apt-get install musl-tools
  linux/arm64   dpkg --add-architecture arm64 && apt-get update
                apt-get install gcc-aarch64-linux-gnu musl-dev:arm64
linux/arm64 is tested with an emulator only.

Examples:
  cargo xtask image
  cargo xtask image --platform linux/amd64,linux/arm64 --archive
  cargo xtask image --tag 0.2.0-rc1 --output /tmp/metawasm
  skopeo inspect oci:target/image:0.1.0
  skopeo copy --all oci:target/image:0.1.0 docker://registry.example/metawasm:0.1.0
  kind load image-archive target/image.tar")]
pub(crate) struct Image {
    /// Platforms, comma-separated: linux/amd64, linux/arm64. Each one is a separate build
    #[arg(long, value_name = "PLATFORM", value_delimiter = ',', default_value = "linux/amd64", value_parser = Platform::named)]
    platform: Vec<&'static Platform>,
    /// Pack this host binary instead of building it; its ELF header determines the platform. Repeatable
    #[arg(long, value_name = "PATH", conflicts_with = "platform")]
    binary: Vec<PathBuf>,
    /// Tag of the image
    #[arg(long, default_value = env!("CARGO_PKG_VERSION"), value_parser = tag)]
    tag: String,
    /// Directory of the image layout; an existing layout is replaced [default: target/image]
    #[arg(long, value_name = "DIRECTORY")]
    output: Option<PathBuf>,
    /// Also write the layout as a tar file beside the directory: DIRECTORY.tar
    #[arg(long)]
    archive: bool,
}

impl Image {
    pub(crate) fn run(&self, workspace: &Workspace) -> Result<ExitCode> {
        let time = time(env::var("SOURCE_DATE_EPOCH").ok().as_deref())?;
        build::plugins(workspace)?;
        build::engines(workspace)?;
        let binaries = if self.binary.is_empty() {
            build::page_for_image(workspace)?;
            self.built(workspace, time)?
        } else {
            given(&self.binary)?
        };
        let image = container::image(Contents {
            binaries,
            plugins: components(PLUGINS.iter().map(|plugin| plugin.name), |name| {
                workspace.plugin_file(name)
            })?,
            engines: components(ENGINES.iter().map(|engine| engine.name), |name| {
                workspace.engine_file(name)
            })?,
            version: env!("CARGO_PKG_VERSION"),
            tag: &self.tag,
            time,
        })?;

        let folder = self.output.clone().unwrap_or_else(|| workspace.image());
        image.layout.write_folder(&folder)?;
        let file = self.archive.then(|| with_suffix(&folder));
        if let Some(file) = &file {
            output::write(file, &image.layout.archive(time)?)?;
        }
        self.tell(workspace, &image, &folder, file.as_deref());
        Ok(ExitCode::SUCCESS)
    }

    /// Builds the host for each platform.
    fn built(&self, workspace: &Workspace, time: u64) -> Result<Vec<(&'static Platform, Vec<u8>)>> {
        let mut binaries = Vec::new();
        for platform in distinct(&self.platform)? {
            let path = compile::host(workspace, platform, time)?;
            let (bytes, binary) = read(&path)?;
            ensure!(
                binary.is_static && binary.platform == platform,
                "{} is not a static binary for {}",
                path.display(),
                platform.name
            );
            binaries.push((platform, bytes));
        }
        Ok(binaries)
    }

    /// Says what was made and what to do with it: the digest alone on standard output.
    fn tell(&self, workspace: &Workspace, image: &Packed, folder: &Path, file: Option<&Path>) {
        eprintln!();
        for (platform, digest, fetched) in &image.platforms {
            eprintln!("{:>10}  {}  {digest}", size(*fetched as u64), platform.name);
        }
        let folder = workspace.show(folder);
        let tag = &self.tag;
        println!("{}", image.digest);
        eprintln!("{GOOD}Created the image in {folder}.{GOOD:#} To inspect and push it:\n");
        eprintln!("  skopeo inspect oci:{folder}:{tag}");
        eprintln!("  skopeo copy --all oci:{folder}:{tag} docker://registry.example/metawasm:{tag}");
        if let Some(file) = file {
            eprintln!("  kind load image-archive {}", workspace.show(file));
        }
    }
}

/// Packs the host of `cargo xtask build` for the tests, with the command itself. Packs it twice, into two directories, to
/// check that the image is reproducible. This host needs shared libraries and is only for tests; a static host would
/// require compiling wasmtime again.
pub(crate) fn pack_for_tests(workspace: &Workspace) -> Result<()> {
    let pack = |folder: &Path| -> Result<(Vec<u8>, Vec<u8>)> {
        let mut xtask = workspace.command(env::current_exe()?);
        xtask
            .args(["image", "--archive", "--tag=check", "--binary"])
            .arg(workspace.host())
            .arg("--output")
            .arg(folder)
            .env_remove("SOURCE_DATE_EPOCH")
            .stderr(Stdio::inherit());
        let output = xtask.output()?;
        let words = workspace::words(&xtask);
        ensure!(output.status.success(), "`{words}` failed ({})", output.status);
        let file = with_suffix(folder);
        let bytes =
            fs::read(&file).with_context(|| format!("`{words}` did not create {}", file.display()))?;
        Ok((output.stdout, bytes))
    };
    let (first, second) = (
        workspace.image_check(),
        workspace.image_check().with_extension("again"),
    );
    let (first, second) = (pack(&first)?, pack(&second)?);
    ensure!(
        first.0 == second.0,
        "the image is not reproducible: the same contents have different digests"
    );
    ensure!(
        first.1 == second.1,
        "the image is not reproducible: the same contents produce different archives"
    );
    Ok(())
}

/// The platforms, each once.
fn distinct(asked: &[&'static Platform]) -> Result<Vec<&'static Platform>> {
    let mut platforms = Vec::new();
    for &platform in asked {
        ensure!(
            !platforms.contains(&platform),
            "duplicate platform {}",
            platform.name
        );
        platforms.push(platform);
    }
    Ok(platforms)
}

/// Reads hosts that somebody else has built.
fn given(paths: &[PathBuf]) -> Result<Vec<(&'static Platform, Vec<u8>)>> {
    let mut binaries: Vec<(&'static Platform, Vec<u8>)> = Vec::new();
    for path in paths {
        let (bytes, Binary { platform, is_static }) = read(path)?;
        ensure!(
            binaries.iter().all(|(other, _)| *other != platform),
            "{} is a duplicate binary for {}",
            path.display(),
            platform.name
        );
        if !is_static {
            eprintln!(
                "{WARN}warning:{WARN:#} {} needs shared libraries, which the image does not contain; it will not start \
                 in a container",
                path.display()
            );
        }
        binaries.push((platform, bytes));
    }
    Ok(binaries)
}

fn read(path: &Path) -> Result<(Vec<u8>, Binary)> {
    let bytes = fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let binary = Binary::read(&bytes).with_context(|| format!("cannot pack {}", path.display()))?;
    Ok((bytes, binary))
}

/// Components that the build makes, by their names.
fn components(
    names: impl Iterator<Item = &'static str>,
    file: impl Fn(&str) -> PathBuf,
) -> Result<BTreeMap<&'static str, Vec<u8>>> {
    names
        .map(|name| {
            let path = file(name);
            let bytes = fs::read(&path).with_context(|| format!("cannot read {}", path.display()))?;
            Ok((name, bytes))
        })
        .collect()
}

/// `FOLDER.tar`, beside the folder.
fn with_suffix(folder: &Path) -> PathBuf {
    let mut name = folder.as_os_str().to_owned();
    name.push(".tar");
    name.into()
}

/// A tag as registries take it.
fn tag(text: &str) -> Result<String> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    let starts_well = text.bytes().next().is_some_and(is_word);
    let goes_on_well = text.bytes().all(|byte| is_word(byte) || b".-".contains(&byte));
    if !starts_well || !goes_on_well || text.len() > 128 {
        bail!(
            "invalid tag; expected 1 to 128 letters, digits, `_`, `.` and `-`, not starting with `.` or `-`"
        );
    }
    Ok(text.to_owned())
}

/// The time of all files, from SOURCE_DATE_EPOCH.
fn time(text: Option<&str>) -> Result<u64> {
    let Some(text) = text.filter(|text| !text.is_empty()) else {
        return Ok(0);
    };
    let seconds: u32 = text.parse().with_context(|| {
        format!("invalid SOURCE_DATE_EPOCH {text:?}; expected seconds since 1970, a whole number")
    })?;
    Ok(seconds.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_as_registries_take_them() {
        for good in ["0.1.0", "edge", "_x", "0.2.0-rc.1", &"a".repeat(128)] {
            assert_eq!(tag(good).unwrap(), good);
        }
        for bad in ["", ".1", "-x", "a b", "a:b", "a/b", "é", &"a".repeat(129)] {
            assert!(tag(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_time_is_1970_or_what_is_set() {
        assert_eq!(time(None).unwrap(), 0);
        assert_eq!(time(Some("")).unwrap(), 0);
        assert_eq!(time(Some("1795711742")).unwrap(), 1_795_711_742);
        for bad in ["yesterday", "-1", "1.5", "99999999999"] {
            let error = time(Some(bad)).unwrap_err().to_string();
            assert!(error.contains("whole number"), "{error}");
        }
    }

    #[test]
    fn a_platform_is_built_once() {
        let amd64 = Platform::named("linux/amd64").unwrap();
        let arm64 = Platform::named("linux/arm64").unwrap();
        assert_eq!(distinct(&[arm64, amd64]).unwrap(), [arm64, amd64]);
        let error = distinct(&[amd64, amd64]).unwrap_err().to_string();
        assert_eq!(error, "duplicate platform linux/amd64");
    }

    #[test]
    fn the_archive_is_beside_the_folder() {
        assert_eq!(with_suffix(Path::new("out/v1.0")), Path::new("out/v1.0.tar"));
    }
}
