//! The C compiler of engines that contain C: a clang that compiles for WebAssembly.

use std::env;
use std::process::Command;

use crate::workspace::Workspace;

/// The target, as the names of variables contain it.
pub(crate) const TARGET: &str = "wasm32_unknown_unknown";

/// The versions that are looked for after `clang` itself, as Debian names them: `clang-19`.
const VERSIONS: std::ops::RangeInclusive<u32> = 14..=19;

/// A clang and the archiver that belongs to it.
#[derive(Debug, PartialEq)]
pub(crate) enum Clang {
    /// The environment names a compiler; it is used as it is.
    Chosen,
    /// A compiler that was found, and its archiver, if it has one.
    Found {
        compiler: String,
        archiver: Option<String>,
    },
}

impl Clang {
    /// Returns the compiler of the environment, or the first clang that compiles for WebAssembly.
    pub(crate) fn find(workspace: &Workspace) -> Option<Self> {
        let names = [format!("CC_{TARGET}"), "TARGET_CC".to_owned()];
        if names
            .iter()
            .any(|name| env::var_os(name).is_some_and(|value| !value.is_empty()))
        {
            return Some(Self::Chosen);
        }
        Self::among(|program, argument| {
            let output = run(workspace.command(program).arg(argument))?;
            Some(String::from_utf8_lossy(&output).into_owned())
        })
    }

    /// The first clang whose list of targets has wasm32. `ask` runs a program with an argument and returns its output,
    /// or nothing if the program is missing or fails.
    fn among(ask: impl Fn(&str, &str) -> Option<String>) -> Option<Self> {
        let suffixes =
            std::iter::once(String::new()).chain(VERSIONS.rev().map(|version| format!("-{version}")));
        for suffix in suffixes {
            let compiler = format!("clang{suffix}");
            let Some(targets) = ask(&compiler, "--print-targets") else {
                continue;
            };
            if !targets.split_whitespace().any(|word| word == "wasm32") {
                continue;
            }
            let archiver = [format!("llvm-ar{suffix}"), "llvm-ar".to_owned()]
                .into_iter()
                .find(|archiver| ask(archiver, "--version").is_some());
            return Some(Self::Found { compiler, archiver });
        }
        None
    }

    /// The variables by which build scripts find the compiler.
    pub(crate) fn variables(&self) -> Vec<(String, String)> {
        let Self::Found { compiler, archiver } = self else {
            return Vec::new();
        };
        let mut variables = vec![(format!("CC_{TARGET}"), compiler.clone())];
        variables.extend(
            archiver
                .iter()
                .map(|archiver| (format!("AR_{TARGET}"), archiver.clone())),
        );
        variables
    }
}

/// The output of a command that succeeds.
fn run(command: &mut Command) -> Option<Vec<u8>> {
    let output = command.output().ok()?;
    output.status.success().then_some(output.stdout)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TARGETS: &str =
        "  Registered Targets:\n    wasm32     - WebAssembly 32-bit\n    x86-64     - 64-bit X86\n";

    /// Finds a compiler on a machine with these programs.
    fn on(programs: &[(&str, &str)]) -> Option<Clang> {
        Clang::among(|program, _| {
            let (_, output) = programs.iter().find(|(name, _)| *name == program)?;
            Some((*output).to_owned())
        })
    }

    fn found(compiler: &str, archiver: Option<&str>) -> Option<Clang> {
        Some(Clang::Found {
            compiler: compiler.to_owned(),
            archiver: archiver.map(str::to_owned),
        })
    }

    #[test]
    fn the_first_clang_that_knows_wasm32_is_used() {
        assert_eq!(on(&[]), None);
        assert_eq!(on(&[("clang", "    x86-64     - 64-bit X86\n")]), None);
        assert_eq!(on(&[("clang", TARGETS)]), found("clang", None));
        assert_eq!(
            on(&[("clang", TARGETS), ("clang-14", TARGETS), ("llvm-ar", "LLVM")]),
            found("clang", Some("llvm-ar"))
        );
        assert_eq!(
            on(&[
                ("clang", "x86-64"),
                ("clang-14", TARGETS),
                ("clang-16", TARGETS),
                ("llvm-ar-16", "LLVM")
            ]),
            found("clang-16", Some("llvm-ar-16"))
        );
    }

    #[test]
    fn build_scripts_are_told_the_compiler() {
        let clang = found("clang-14", Some("llvm-ar-14")).unwrap();
        assert_eq!(
            clang.variables(),
            [
                ("CC_wasm32_unknown_unknown".to_owned(), "clang-14".to_owned()),
                ("AR_wasm32_unknown_unknown".to_owned(), "llvm-ar-14".to_owned()),
            ]
        );
        assert_eq!(Clang::Chosen.variables(), []);
    }
}
