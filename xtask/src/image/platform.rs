//! For which platforms there are images, and what a machine needs to build for them.

use std::env;
use std::ffi::OsString;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

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
    /// ring, blake3, mimalloc and wasmtime have a little C.
    compiler: Compiler,
}

/// A C compiler, as Debian and its like have it.
#[derive(Debug, PartialEq)]
struct Compiler {
    cc: &'static str,
    ar: &'static str,
    strip: &'static str,
    /// What its `-dumpmachine` begins with: on another machine the same name may be a compiler for that.
    machine: &'static str,
    /// musl's headers, where the compiler takes another libc's by itself.
    headers: Option<&'static str>,
    /// How to get all of it.
    install: &'static str,
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
            strip: "strip",
            machine: "x86_64-",
            headers: None,
            install: "apt-get install musl-tools",
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
            strip: "aarch64-linux-gnu-strip",
            machine: "aarch64-",
            headers: Some("/usr/include/aarch64-linux-musl"),
            install: "dpkg --add-architecture arm64 && apt-get update && \
                      apt-get install gcc-aarch64-linux-gnu musl-dev:arm64",
        },
    },
];

impl Platform {
    /// The platform of a name.
    pub(crate) fn named(name: &str) -> Result<&'static Self> {
        match PLATFORMS.iter().find(|platform| platform.name == name) {
            Some(platform) => Ok(platform),
            None => bail!("unsupported platform {name}; expected one of {}", names()),
        }
    }

    /// The platform of a machine in an ELF header.
    pub(crate) fn of_machine(machine: u16) -> Option<&'static Self> {
        PLATFORMS.iter().find(|platform| platform.machine == machine)
    }

    /// What tells the crates that compile C which compiler to take. Who has named one keeps it.
    pub(crate) fn compiler(&self) -> Result<Vec<(String, OsString)>> {
        let target = self.target.replace('-', "_");
        let variable = format!("CC_{target}");
        if env::var_os(&variable).is_some() {
            return Ok(Vec::new());
        }
        let compiler = &self.compiler;
        let what = match compiler.ask("-dumpmachine") {
            Some(machine) if machine.starts_with(compiler.machine) => None,
            _ => Some(compiler.cc),
        };
        let headers = compiler.headers.filter(|headers| !Path::new(headers).is_dir());
        if let Some(what) = what.or(headers) {
            bail!(
                "{what} is missing, or not for {}; some dependencies contain C code. On Debian run `{}`; on other \
                 systems set {variable} to a C compiler for {}",
                self.name,
                compiler.install,
                self.target,
            );
        }

        let mut variables = vec![
            (variable, compiler.cc.into()),
            (format!("AR_{target}"), compiler.ar.into()),
        ];
        if let Some(headers) = compiler.headers {
            let own = compiler
                .ask("-print-file-name=include")
                .with_context(|| format!("{} does not print the directory of its headers", compiler.cc))?;
            let flags = format!("-nostdinc -isystem {headers} -isystem {own}");
            variables.push((format!("CFLAGS_{target}"), flags.into()));
        }
        Ok(variables)
    }

    /// What takes the symbols out of a binary. Who has named another one keeps it.
    pub(crate) fn strip(&self) -> OsString {
        let variable = format!("STRIP_{}", self.target.replace('-', "_"));
        env::var_os(variable).unwrap_or_else(|| self.compiler.strip.into())
    }
}

impl Compiler {
    /// What it answers; nothing where it is not there.
    fn ask(&self, question: &str) -> Option<String> {
        let output = Command::new(self.cc).arg(question).output().ok()?;
        let answer = String::from_utf8(output.stdout).ok()?;
        output.status.success().then(|| answer.trim().to_owned())
    }
}

/// All names, for a sentence.
pub(crate) fn names() -> String {
    let names: Vec<_> = PLATFORMS.iter().map(|platform| platform.name).collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn platform(compiler: Compiler) -> Platform {
        Platform {
            name: "linux/pdp11",
            architecture: "pdp11",
            target: "pdp11-unknown-linux-musl",
            machine: 65,
            compiler,
        }
    }

    #[test]
    fn a_compiler_that_is_not_there_or_for_another_machine_says_what_to_install() {
        let mut refused = platform(Compiler {
            cc: "no-such-compiler",
            ar: "ar",
            strip: "strip",
            machine: "pdp11-",
            headers: None,
            install: "apt-get install it",
        });
        assert_eq!(
            refused.compiler().unwrap_err().to_string(),
            "no-such-compiler is missing, or not for linux/pdp11; some dependencies contain C code. On Debian run \
             `apt-get install it`; on other systems set CC_pdp11_unknown_linux_musl to a C compiler for \
             pdp11-unknown-linux-musl"
        );
        // A C compiler is taken for granted; it is not for that one.
        refused.compiler.cc = "cc";
        let error = refused.compiler().unwrap_err().to_string();
        assert!(
            error.starts_with("cc is missing, or not for linux/pdp11"),
            "{error}"
        );
    }

    #[test]
    fn headers_that_are_not_there_are_named() {
        let refused = platform(Compiler {
            cc: "cc",
            ar: "ar",
            strip: "strip",
            machine: "",
            headers: Some("/no/such/headers"),
            install: "apt-get install them",
        });
        let error = refused.compiler().unwrap_err().to_string();
        assert!(error.starts_with("/no/such/headers is missing"), "{error}");
    }

    #[test]
    fn musls_headers_take_the_place_of_the_compilers() {
        let found = platform(Compiler {
            cc: "cc",
            ar: "ar",
            strip: "strip",
            machine: "",
            headers: Some("/"),
            install: "",
        });
        let variables = found.compiler().unwrap();
        assert_eq!(
            variables[0],
            ("CC_pdp11_unknown_linux_musl".to_owned(), "cc".into())
        );
        assert_eq!(variables[1].0, "AR_pdp11_unknown_linux_musl");
        assert_eq!(variables[2].0, "CFLAGS_pdp11_unknown_linux_musl");
        let flags = variables[2].1.to_str().unwrap();
        assert!(flags.starts_with("-nostdinc -isystem / -isystem /"), "{flags}");
    }

    #[test]
    fn a_platform_that_is_not_there_names_those_that_are() {
        let error = Platform::named("linux/s390x").unwrap_err().to_string();
        assert_eq!(
            error,
            "unsupported platform linux/s390x; expected one of linux/amd64, linux/arm64"
        );
    }

    #[test]
    fn a_machine_has_its_platform() {
        assert_eq!(Platform::of_machine(62).unwrap().name, "linux/amd64");
        assert_eq!(Platform::of_machine(183).unwrap().architecture, "arm64");
        assert_eq!(Platform::of_machine(3), None);
    }
}
