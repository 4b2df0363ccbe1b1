//! The programs of the control plane: named by the environment, or built from Go modules and kept for the next run.

use std::collections::hash_map::DefaultHasher;
use std::env;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::process::Command;

use anstream::eprintln;
use anyhow::{Context, Result, bail, ensure};

/// Where the programs are.
#[derive(Clone, Debug)]
pub struct Programs {
    /// kube-apiserver.
    pub api_server: PathBuf,
    /// kube-controller-manager.
    pub controller_manager: PathBuf,
    /// etcd.
    pub etcd: PathBuf,
}

/// A Go module of `tests/e2e/control-plane` and what is built from it.
struct Module {
    folder: &'static str,
    /// Variable, package and the program's name.
    programs: &'static [(&'static str, &'static str, &'static str)],
    /// What tells the module's version, at the start of a line of its go.mod, and the variable that the program
    /// says it by.
    version: Option<(&'static str, &'static str)>,
}

const MODULES: [Module; 2] = [
    Module {
        folder: "kubernetes",
        programs: &[
            (
                "KUBE_APISERVER",
                "k8s.io/kubernetes/cmd/kube-apiserver",
                "kube-apiserver",
            ),
            (
                "KUBE_CONTROLLER_MANAGER",
                "k8s.io/kubernetes/cmd/kube-controller-manager",
                "kube-controller-manager",
            ),
        ],
        version: Some((
            "require k8s.io/kubernetes ",
            "k8s.io/component-base/version.gitVersion",
        )),
    },
    Module {
        folder: "etcd",
        programs: &[("ETCD", "go.etcd.io/etcd/server/v3", "etcd")],
        version: None,
    },
];

impl Programs {
    /// Finds them, or builds them: about four minutes on two cores, the first time.
    ///
    /// # Errors
    ///
    /// If they are not there and cannot be built.
    pub fn find_or_build() -> Result<Self> {
        let mut found = Vec::new();
        for module in &MODULES {
            found.extend(module.find_or_build()?);
        }
        let [api_server, controller_manager, etcd] = found
            .try_into()
            .map_err(|_| anyhow::anyhow!("the table of modules has other programs"))?;
        Ok(Self {
            api_server,
            controller_manager,
            etcd,
        })
    }
}

impl Module {
    fn find_or_build(&self) -> Result<Vec<PathBuf>> {
        let named: Vec<PathBuf> = self
            .programs
            .iter()
            .filter_map(|(variable, ..)| env::var_os(variable).filter(|path| !path.is_empty()))
            .map(PathBuf::from)
            .collect();
        if named.len() == self.programs.len() {
            return Ok(named);
        }
        if let (Some((variable, ..)), false) = (self.programs.first(), named.is_empty()) {
            bail!(
                "some programs of {} are named by the environment and some are not, {variable} for one: name all or \
                 none",
                self.folder
            );
        }
        let sources = Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("control-plane")
            .join(self.folder);
        let go_mod = fs::read_to_string(sources.join("go.mod"))?;
        let mut hasher = DefaultHasher::new();
        go_mod.hash(&mut hasher);
        let kept = cache()?.join(format!("{}-{:016x}", self.folder, hasher.finish()));
        let built: Vec<PathBuf> = self.programs.iter().map(|(.., name)| kept.join(name)).collect();
        if built.iter().all(|program| program.is_file()) {
            return Ok(built);
        }
        fs::create_dir_all(&kept)?;
        let mut flags = "-s -w".to_owned();
        if let Some((prefix, variable)) = self.version {
            let version = go_mod.lines().find_map(|line| line.strip_prefix(prefix));
            let version =
                version.with_context(|| format!("{}/go.mod has no line {prefix:?}", self.folder))?;
            flags.push_str(&format!(" -X {variable}={}", version.trim()));
        }
        for ((_, package, name), program) in self.programs.iter().zip(&built) {
            eprintln!("building {name} from Go modules: minutes, the first time");
            // Renamed when it is whole, so that an interrupted build leaves nothing that is taken for a program.
            let part = program.with_extension("part");
            let status = Command::new("go")
                .args([
                    "build",
                    "-pgo=off",
                    "-trimpath",
                    "-buildvcs=false",
                    "-ldflags",
                    &flags,
                    "-o",
                ])
                .arg(&part)
                .arg(package)
                .current_dir(&sources)
                .status()
                .context(
                    "`go` cannot be started: install Go 1.26 or later (https://go.dev), or name the programs by \
                     ETCD, KUBE_APISERVER and KUBE_CONTROLLER_MANAGER",
                )?;
            ensure!(status.success(), "`go build {package}` failed ({status})");
            fs::rename(&part, program)?;
        }
        Ok(built)
    }
}

/// A folder that outlives target directories.
fn cache() -> Result<PathBuf> {
    let base = match env::var_os("XDG_CACHE_HOME").filter(|path| !path.is_empty()) {
        Some(path) => PathBuf::from(path),
        None => Path::new(&env::var_os("HOME").context("HOME is not set")?).join(".cache"),
    };
    Ok(base.join("metawasm"))
}
