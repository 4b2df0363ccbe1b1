//! Plugins in Python: componentize-py from the package registry, and components that are built once.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::OnceLock;

use crate::tool::{in_ci, look};
use crate::{metawasm, root, skip, target};

/// What tests have of componentize-py.
#[derive(Clone, Debug)]
pub struct Tools {
    /// The directory with the program.
    pub bin: PathBuf,
    /// The packages that a template asks for, so that pip needs no network.
    pub wheels: PathBuf,
}

/// The tools, which are installed the first time. Nothing, and a line, if they cannot be had.
///
/// # Panics
///
/// In CI, if they cannot be had.
pub fn tools() -> Option<Tools> {
    static TOOLS: OnceLock<Option<Tools>> = OnceLock::new();
    let tools = TOOLS.get_or_init(|| match install() {
        Ok(tools) => Some(tools),
        Err(why) => {
            assert!(!in_ci(), "{why}");
            skip(format!("no plugins in Python: {why}"));
            None
        }
    });
    tools.clone()
}

fn folder() -> PathBuf {
    target().join("python-plugins")
}

fn install() -> Result<Tools, String> {
    let python = look("TEST_PYTHON", "python3")?;
    let requirements = root().join("host/templates/python/requirements.txt");
    let read = |path: &Path| fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()));
    let wanted = read(&requirements)?;
    let tools = Tools {
        bin: folder().join("venv/bin"),
        wheels: folder().join("wheels"),
    };
    let done = folder().join("requirements.txt");
    if read(&done).is_ok_and(|there| there == wanted) {
        return Ok(tools);
    }
    run(Command::new(python).args(["-m", "venv", "--clear"]).arg(folder().join("venv")))?;
    let pip = || {
        let mut command = Command::new(tools.bin.join("python"));
        command.args(["-m", "pip", "--quiet", "--disable-pip-version-check"]);
        command
    };
    run(pip().arg("download").arg("--dest").arg(&tools.wheels).arg("--requirement").arg(&requirements))?;
    run(pip()
        .args(["install", "--no-index", "--find-links"])
        .arg(&tools.wheels)
        .arg("--requirement")
        .arg(&requirements))?;
    fs::write(done, wanted).map_err(|error| error.to_string())?;
    Ok(tools)
}

fn run(command: &mut Command) -> Result<(), String> {
    let output = command
        .stdin(Stdio::null())
        .output()
        .map_err(|error| format!("{command:?}: {error}"))?;
    if output.status.success() {
        return Ok(());
    }
    let text = String::from_utf8_lossy(&output.stderr);
    Err(format!("{command:?}: {}", text.trim()))
}

/// A component, and the directory with its code.
pub struct Component {
    /// The component.
    pub path: PathBuf,
    /// The code cache, for `METAWASM_CODE_CACHE`.
    pub code: PathBuf,
}

/// Builds a project of files, unless the last build had the same ones: a build takes half a minute.
///
/// # Panics
///
/// If it cannot be built.
pub fn build(tools: &Tools, name: &str, files: &[(&str, String)], controller: Option<&Path>) -> Component {
    let folder = folder().join(name);
    let project = folder.join(name);
    let component = Component {
        path: project.join(format!("{name}.wasm")),
        code: folder.join("code"),
    };
    let inputs = inputs(files, controller);
    let done = folder.join("inputs");
    if component.path.is_file() && fs::read(&done).is_ok_and(|there| there == inputs) {
        return component;
    }
    fs::remove_dir_all(&folder).ok();
    for (path, text) in files {
        let path = project.join(path);
        fs::create_dir_all(path.parent().expect("a directory")).expect("target is writable");
        fs::write(path, text).expect("target is writable");
    }
    let mut command = Command::new(metawasm());
    command
        .arg("build")
        .arg(&project)
        .env("PATH", &tools.bin)
        .env("METAWASM_CODE_CACHE", &component.code);
    if let Some(controller) = controller {
        command.arg("--controller").arg(controller);
    }
    run(&mut command).unwrap_or_else(|error| panic!("{error}"));
    fs::write(done, inputs).expect("target is writable");
    component
}

/// All that a component depends on.
fn inputs(files: &[(&str, String)], controller: Option<&Path>) -> Vec<u8> {
    let mut inputs = Vec::new();
    for (path, text) in files {
        inputs.extend(format!("{path}\n{text}\n").bytes());
    }
    let mut paths: Vec<PathBuf> = controller.into_iter().map(Path::to_owned).collect();
    let code = ["host/src/cli/build/python", "sdk/python/component/metawasm_component", "sdk/python"];
    for folder in code {
        let entries = fs::read_dir(root().join(folder)).expect("it is in the repository");
        paths.extend(entries.map(|entry| entry.expect("a file").path()).filter(|path| path.is_file()));
    }
    paths.push(root().join("wit/hook.wit"));
    paths.sort();
    for path in paths {
        inputs.extend(fs::read(path).expect("it is readable"));
    }
    inputs
}
