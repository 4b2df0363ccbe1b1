//! For which platforms there are images, and what a machine needs to build for them.

use std::env;
use std::ffi::OsString;
use std::path::Path;

use anyhow::{Result, bail};

/// A platform that the host is built for: a static binary, linked with musl.
#[derive(Debug, PartialEq)]
pub(crate) struct Platform {
    /// As container tools write it.
    pub(crate) name: &'static str,
    /// As an image's configuration writes it.
    pub(crate) architecture: &'static str,
    /// As rustc writes it.
    pub(crate) target: &'static str,
    /// The same in the header of an ELF file.
    pub(crate) machine: u16,
    /// A C compiler for it, of which `ar`'s name is made too: ring, blake3, mimalloc and wasmtime have a little C.
    compiler: Compiler,
}

#[derive(Debug, PartialEq)]
struct Compiler {
    cc: &'static str,
    ar: &'static str,
    /// What to install on Debian and its like.
    package: &'static str,
}

/// All of them. A new one is an entry here, if wasmtime compiles for it.
pub(crate) const PLATFORMS: &[Platform] = &[
    Platform {
        name: "linux/amd64",
        architecture: "amd64",
        target: "x86_64-unknown-linux-musl",
        machine: 62,
        compiler: Compiler {
            cc: "musl-gcc",
            ar: "ar",
            package: "musl-tools",
        },
    },
    Platform {
        name: "linux/arm64",
        architecture: "arm64",
        target: "aarch64-unknown-linux-musl",
        machine: 183,
        compiler: Compiler {
            cc: "aarch64-linux-gnu-gcc",
            ar: "aarch64-linux-gnu-ar",
            package: "gcc-aarch64-linux-gnu",
        },
    },
];

impl Platform {
    /// The platform of a name.
    pub(crate) fn named(name: &str) -> Result<&'static Self> {
        match PLATFORMS.iter().find(|platform| platform.name == name) {
            Some(platform) => Ok(platform),
            None => bail!("there is no image for {name}: choose of {}", names()),
        }
    }

    /// The platform of a machine in an ELF header.
    pub(crate) fn of_machine(machine: u16) -> Option<&'static Self> {
        PLATFORMS.iter().find(|platform| platform.machine == machine)
    }

    /// What tells the crates that compile C which compiler to take. Who has set one keeps it.
    pub(crate) fn compiler(&self) -> Result<Vec<(String, OsString)>> {
        let target = self.target.replace('-', "_");
        let variable = format!("CC_{target}");
        if env::var_os(&variable).is_some() {
            return Ok(Vec::new());
        }
        let Compiler { cc, ar, package } = self.compiler;
        if !on_path(cc) {
            bail!(
                "there is no {cc}, which compiles the C in some dependencies for {}: install it (Debian: \
                 apt-get install {package}), or name another C compiler for this platform in {variable}",
                self.name
            );
        }
        Ok(vec![(variable, cc.into()), (format!("AR_{target}"), ar.into())])
    }
}

/// All names, for a sentence.
pub(crate) fn names() -> String {
    let names: Vec<_> = PLATFORMS.iter().map(|platform| platform.name).collect();
    names.join(", ")
}

fn on_path(program: &str) -> bool {
    let path = env::var_os("PATH").unwrap_or_default();
    env::split_paths(&path).any(|folder| Path::new(&folder).join(program).is_file())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_that_is_not_there_names_those_that_are() {
        let error = Platform::named("linux/s390x").unwrap_err().to_string();
        assert_eq!(
            error,
            "there is no image for linux/s390x: choose of linux/amd64, linux/arm64"
        );
    }

    #[test]
    fn a_machine_has_its_platform() {
        assert_eq!(Platform::of_machine(62).unwrap().name, "linux/amd64");
        assert_eq!(Platform::of_machine(183).unwrap().architecture, "arm64");
        assert_eq!(Platform::of_machine(3), None);
    }
}
