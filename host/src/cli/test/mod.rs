//! `metawasm test`: the answers of a plugin for cases, and what every controller must have.

mod checks;
mod junit;
mod report;

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};
use std::path::PathBuf;
use std::time::Instant;

use super::cases::{self, Folder};
use super::offline::{Offline, PluginArgs, RuleArgs};
use super::{Failure, Output};
use checks::{Check, Outcome, Tested, Tester};

/// Test a plugin with cases
///
/// A case is a directory with parent.yaml (and optionally observed.yaml, related.yaml, or directories of these names) or
/// with request.json (the body of a hook request), with expected.yaml (the answer), and optionally with settings.yaml and
/// case.yaml. Directories are searched to any depth.
///
/// Checks of each case: `answer`: the hook answers, and the host would send the answer to the cluster. `expected`: the
/// answer equals expected.yaml; the order of fields and children does not matter. `purity`: fresh instances and the memo
/// give the same bytes. `schema`: children match the schemas of their kinds. `idempotence`: once the children are stored,
/// the answer asks for the same children.
///
/// case.yaml may contain `hook: NAME`, `with: [KIND]` (optional kinds that the cluster has), and `skip: {CHECK: REASON}`.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  metawasm test mine.wasm tests
  metawasm test mine.wasm tests --update
  metawasm test mine.wasm tests recorded -k hello --junit report.xml
  metawasm test mine.wasm tests --crds crd.yaml --settings settings.yaml

Exit codes:
  0  all checks passed
  1  a check failed
  2  invalid usage or input
  3  the plugin cannot be loaded
  4  a bug in metawasm")]
pub(super) struct Args {
    #[command(flatten)]
    plugin: PluginArgs,
    #[command(flatten)]
    rules: RuleArgs,
    /// Directories with cases
    #[arg(value_name = "DIRECTORY", required = true)]
    directories: Vec<PathBuf>,
    /// Write the answers that differ to expected.yaml
    #[arg(long)]
    update: bool,
    /// Run only cases whose path contains this text. Repeatable
    #[arg(short = 'k', long, value_name = "TEXT")]
    filter: Vec<String>,
    /// Write a report in JUnit's XML format
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

pub(super) fn run(args: &Args) -> Result<Output, Failure> {
    let mut folders = cases::find(&args.directories)?;
    let found = folders.len();
    folders.retain(|folder| is_wanted(args, folder));
    if folders.is_empty() {
        return Err(Failure::Usage(format!(
            "--filter: none of the {found} cases has a path that contains {}",
            args.filter.join(" or ")
        )));
    }
    for folder in &folders {
        Check::of_skips(folder)?;
    }
    let mut testers: BTreeMap<Option<PathBuf>, Tester> = BTreeMap::new();
    let mut tested = Vec::new();
    let progress = Progress::new(folders.len());
    for (index, folder) in folders.iter().enumerate() {
        progress.show(index);
        let settings = folder.settings().or_else(|| args.plugin.settings.clone());
        let tester = match testers.remove(&settings) {
            Some(tester) => tester,
            None => tester(args, settings.clone())?,
        };
        let start = Instant::now();
        let checks = match tester.test(folder, args.update) {
            // The other cases are still worth running.
            Err(Failure::Usage(why) | Failure::Refused(why)) => {
                vec![(Check::Answer, Outcome::Failed(vec![why]))]
            }
            checks => checks?,
        };
        testers.insert(settings, tester);
        tested.push(Tested {
            name: folder.name.clone(),
            checks,
            time: start.elapsed(),
        });
    }
    progress.clear();
    if let Some(path) = &args.junit {
        let text = junit::report(&args.plugin.source, &tested);
        std::fs::write(path, text)
            .map_err(|error| Failure::Usage(format!("cannot write {}: {error}", path.display())))?;
    }
    Ok(report::output(&tested))
}

fn is_wanted(args: &Args, folder: &Folder) -> bool {
    args.filter.is_empty() || args.filter.iter().any(|text| folder.name.contains(text.as_str()))
}

fn tester(args: &Args, settings: Option<PathBuf>) -> Result<Tester, Failure> {
    let plugin = PluginArgs {
        settings,
        ..args.plugin.clone()
    };
    Ok(Tester {
        fresh: Offline::start_with(&plugin, &args.rules)?,
        memoised: Offline::start_with(&plugin, &args.rules)?.memoised(),
        apply: args.rules.apply_strategy(),
    })
}

/// The number of the case that runs, on a terminal, if there are many.
struct Progress(Option<usize>);

impl Progress {
    fn new(cases: usize) -> Self {
        Self((cases > 10 && std::io::stderr().is_terminal()).then_some(cases))
    }

    fn show(&self, index: usize) {
        if let Some(all) = self.0 {
            let mut stderr = std::io::stderr();
            write!(stderr, "\r{}/{all}", index + 1).ok();
            stderr.flush().ok();
        }
    }

    fn clear(&self) {
        if self.0.is_some() {
            write!(std::io::stderr(), "\r{}\r", " ".repeat(16)).ok();
        }
    }
}
