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
    run(Command::new(python)
        .args(["-m", "venv", "--clear"])
        .arg(folder().join("venv")))?;
    let pip = || {
        let mut command = Command::new(tools.bin.join("python"));
        command.args(["-m", "pip", "--quiet", "--disable-pip-version-check"]);
        command
    };
    run(pip()
        .arg("download")
        .arg("--dest")
        .arg(&tools.wheels)
        .arg("--requirement")
        .arg(&requirements))?;
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
    /// The code cache, for `METAWASM_CODE_CACHE`: that of all components of the group.
    pub code: PathBuf,
}

/// What a component is built of.
pub struct Project<'a> {
    /// Components of a group have one code cache.
    pub group: &'a str,
    /// The name of the project.
    pub name: &'a str,
    /// Paths and texts.
    pub files: Vec<(String, String)>,
    /// The manifest of the controller, for a server.
    pub controller: Option<PathBuf>,
}

/// Builds a project, unless the last build was of the same files: a build takes half a minute.
///
/// # Panics
///
/// If it cannot be built.
pub fn build(tools: &Tools, project: &Project<'_>) -> Component {
    let group = folder().join(project.group);
    let folder = group.join(project.name);
    let component = Component {
        path: folder.join(format!("{}.wasm", project.name)),
        code: group.join("code"),
    };
    let inputs = inputs(project);
    let done = group.join(format!("{}.inputs", project.name));
    if component.path.is_file() && fs::read(&done).is_ok_and(|there| there == inputs) {
        return component;
    }
    fs::remove_dir_all(&folder).ok();
    prune(&component.code);
    for (path, text) in &project.files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().expect("a directory")).expect("target is writable");
        fs::write(path, text).expect("target is writable");
    }
    let mut command = Command::new(metawasm());
    command
        .arg("build")
        .arg(&folder)
        .env("PATH", &tools.bin)
        .env("METAWASM_CODE_CACHE", &component.code);
    if let Some(controller) = &project.controller {
        command.arg("--controller").arg(controller);
    }
    run(&mut command).unwrap_or_else(|error| panic!("{error}"));
    // The component is there twice.
    fs::remove_dir_all(folder.join("target")).ok();
    fs::write(done, inputs).expect("target is writable");
    component
}

/// Removes the code of components that are gone, once there is much: each has 33 MB.
fn prune(code: &Path) {
    const MOST: u64 = 300 << 20;
    let entries = fs::read_dir(code).into_iter().flatten().flatten();
    let size: u64 = entries
        .flat_map(|entry| entry.metadata())
        .map(|file| file.len())
        .sum();
    if size > MOST {
        fs::remove_dir_all(code).ok();
    }
}

/// All that a component depends on.
fn inputs(project: &Project<'_>) -> Vec<u8> {
    let mut inputs = Vec::new();
    for (path, text) in &project.files {
        inputs.extend(format!("{path}\n{text}\n").bytes());
    }
    let mut paths: Vec<PathBuf> = project.controller.iter().cloned().collect();
    let code = [
        "host/src/cli/build/python",
        "host/src/catalogue/script",
        "sdk/python/component/metawasm_component",
        "sdk/python",
    ];
    for folder in code {
        let entries = fs::read_dir(root().join(folder)).expect("it is in the repository");
        paths.extend(
            entries
                .map(|entry| entry.expect("a file").path())
                .filter(|path| path.is_file()),
        );
    }
    paths.push(root().join("wit/hook.wit"));
    paths.sort();
    for path in paths {
        inputs.extend(fs::read(path).expect("it is readable"));
    }
    inputs
}
