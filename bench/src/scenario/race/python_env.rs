//! Python: the interpreter, and the packages of the ASGI server.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context as _, Result};
use metawasm_tests::tool;
use serde_json::Value;

use super::prepare::{folder, servers, succeed};
use super::ship;

/// An interpreter.
pub(super) struct Interpreter {
    /// The program itself, not a script that looks for it.
    pub(super) program: PathBuf,
    library: PathBuf,
    /// The interpreter as a shared library, if it is one.
    shared: Option<PathBuf>,
}

/// What only installs packages.
pub(super) const INSTALLERS: &[&str] = &[
    "__pycache__",
    "_distutils_hack",
    "pip",
    "pkg_resources",
    "setuptools",
];

/// What a server does not need of the standard library: packages of others, tests, caches, the static library.
const NOT_SHIPPED: &[&str] = &[
    "__pycache__",
    "config",
    "idlelib",
    "site-packages",
    "test",
    "tests",
    "tkinter",
];

/// Finds the interpreter.
pub(super) fn interpreter() -> Result<Interpreter> {
    let python = tool::look("PYTHON3", "python3").map_err(anyhow::Error::msg)?;
    let text = succeed(Command::new(python).arg(servers().join("race/python/where.py")))?;
    let paths: Value = serde_json::from_str(&text).context("python3 did not say where it is")?;
    let path = |number| paths.get(number).and_then(Value::as_str).map(PathBuf::from);
    Ok(Interpreter {
        program: path(0).context("python3 did not say where it is")?,
        library: path(1).context("python3 did not say where its library is")?,
        shared: path(2),
    })
}

impl Interpreter {
    /// Bytes of the interpreter and its standard library.
    pub(super) fn size(&self) -> Result<u64> {
        let programs = std::iter::once(self.program.clone()).chain(self.shared.clone());
        Ok(ship::files(programs)? + ship::directory(&self.library, NOT_SHIPPED)?)
    }
}

/// A virtual environment.
pub(super) struct Environment {
    pub(super) program: PathBuf,
    pub(super) packages: PathBuf,
}

/// Makes the virtual environment with these packages, unless the last one has them.
pub(super) fn environment(python: &Interpreter, requirements: &Path) -> Result<Environment> {
    let venv = folder().join("venv");
    let program = venv.join("bin/python");
    let wanted = fs::read(requirements).with_context(|| requirements.display().to_string())?;
    let installed = folder().join("venv-requirements.txt");
    if !fs::read(&installed).is_ok_and(|there| there == wanted) {
        succeed(
            Command::new(&python.program)
                .args(["-m", "venv", "--clear"])
                .arg(&venv),
        )?;
        let pip = [
            "-m",
            "pip",
            "--quiet",
            "--disable-pip-version-check",
            "install",
            "--requirement",
        ];
        succeed(Command::new(&program).args(pip).arg(requirements))?;
        fs::write(&installed, wanted)?;
    }
    let look = "import sysconfig; print(sysconfig.get_path('purelib'))";
    let packages = succeed(Command::new(&program).args(["-c", look]))?.into();
    Ok(Environment { program, packages })
}
