//! `metawasm diff`: what another version of a plugin would change in the cluster.

use std::collections::BTreeMap;
use std::path::PathBuf;

use clap::ValueEnum;
use metawasm_formats::text::{Escaped, shown};
use serde::Serialize;
use serde_json::Value;

use super::cases::{self, Folder};
use super::changes::{BAD, CHANGED, GOOD, NOTE, change};
use super::offline::{Offline, PluginArgs, RuleArgs};
use super::{Failure, Output};
use crate::compare::{Change, ChildChange, FieldChange, compare, hidden};

/// Show what a new version of a plugin would change
///
/// Sends recorded requests to both versions, and lists the children that the new one would add, change or delete, parent
/// by parent. The requests are directories with request.json (from `metawasm serve --record`) or parent.yaml, as for
/// `metawasm test`. Values of Secrets are hidden.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  metawasm diff old.wasm new.wasm --requests recorded
  metawasm diff old.wasm new.wasm --requests recorded -o markdown > plan.md
  metawasm diff f.wasm f.wasm --requests recorded --settings now.yaml --new-settings next.yaml

Exit codes:
  0  nothing would change
  1  something would change, or a version fails for a request
  2  invalid usage or input
  3  a version cannot be loaded
  4  a bug in metawasm")]
pub(super) struct Args {
    #[command(flatten)]
    old: PluginArgs,
    /// New version of the plugin (component file), as PATH or file:PATH
    #[arg(value_name = "NEW")]
    new: String,
    #[command(flatten)]
    rules: RuleArgs,
    /// Directory with requests. Repeatable
    #[arg(long, value_name = "DIRECTORY", required = true)]
    requests: Vec<PathBuf>,
    /// Settings of the new version (YAML or JSON file) [default: those of the old version]
    #[arg(long, value_name = "FILE")]
    new_settings: Option<PathBuf>,
    /// List the fields of the status that change, and count them as changes
    #[arg(long)]
    status: bool,
    /// Output format
    #[arg(short, long, value_enum, default_value_t = Format::Table)]
    output: Format,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Table,
    Json,
    Markdown,
}

/// The differences for all requests.
#[derive(Debug, Serialize)]
struct Plan {
    old: Version,
    new: Version,
    totals: Totals,
    /// The requests whose answers differ.
    parents: Vec<Parent>,
}

/// A version of the plugin.
#[derive(Debug, Serialize)]
struct Version {
    source: String,
    digest: String,
}

/// How much differs.
#[derive(Debug, Default, Serialize)]
struct Totals {
    requests: usize,
    /// Requests whose answers differ.
    changed: usize,
    #[serde(rename = "childrenAdded")]
    added: usize,
    #[serde(rename = "childrenChanged")]
    modified: usize,
    #[serde(rename = "childrenDeleted")]
    deleted: usize,
    /// Requests whose status differs.
    status: usize,
    /// Requests for which a version fails.
    failed: usize,
}

/// The differences for one request.
#[derive(Debug, Serialize)]
struct Parent {
    parent: String,
    hook: &'static str,
    case: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    failure: Option<OneFails>,
    children: Vec<ChildChange>,
    /// Other fields of the answer.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    fields: Vec<FieldChange>,
    /// Fields of the status.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    status: Vec<FieldChange>,
}

/// The sentences of the versions that fail.
#[derive(Debug, Serialize)]
struct OneFails {
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    new: Option<String>,
}

/// Both versions, with the settings of a case.
struct Pair {
    old: Offline,
    new: Offline,
}

pub(super) fn run(args: &Args) -> Result<Output, Failure> {
    let folders = cases::find(&args.requests)?;
    let mut pairs: BTreeMap<Option<PathBuf>, Pair> = BTreeMap::new();
    let mut versions = None;
    let mut totals = Totals::default();
    let mut parents = Vec::new();
    for folder in &folders {
        // The flags are for all requests; a case may bring its own settings.
        let settings = args.old.settings.clone().or_else(|| folder.settings());
        let pair = match pairs.remove(&settings) {
            Some(pair) => pair,
            None => pair(args, settings.clone())?,
        };
        if versions.is_none() {
            versions = Some((
                version(&args.old.source, &pair.old)?,
                version(&args.new, &pair.new)?,
            ));
        }
        let parent = difference(&pair, folder)?;
        pairs.insert(settings, pair);
        totals.add(&parent, args.status);
        if parent.is_changed(args.status) {
            parents.push(parent);
        }
    }
    if !args.status {
        parents.iter_mut().for_each(|parent| parent.status.clear());
    }
    let Some((old, new)) = versions else {
        return Ok(Output::default());
    };
    parents.sort_by(|one, other| {
        (&one.parent, one.hook, &one.case).cmp(&(&other.parent, other.hook, &other.case))
    });
    let plan = Plan {
        old,
        new,
        totals,
        parents,
    };
    let data = match args.output {
        Format::Table => plan.table(),
        Format::Markdown => plan.markdown(),
        Format::Json => {
            let json = serde_json::to_string_pretty(&plan).map_err(Failure::refused)?;
            format!("{json}\n")
        }
    };
    Ok(Output {
        data: data.into_bytes(),
        styled: args.output == Format::Table,
        refused: !plan.parents.is_empty(),
        ..Output::default()
    })
}

fn pair(args: &Args, settings: Option<PathBuf>) -> Result<Pair, Failure> {
    let of = |source: &str, settings: Option<PathBuf>| PluginArgs {
        source: source.to_owned(),
        settings,
        ..args.old.clone()
    };
    let new_settings = args.new_settings.clone().or_else(|| settings.clone());
    Ok(Pair {
        old: Offline::start_with(&of(&args.old.source, settings), &args.rules)?,
        new: Offline::start_with(&of(&args.new, new_settings), &args.rules)?,
    })
}

fn version(source: &str, offline: &Offline) -> Result<Version, Failure> {
    Ok(Version {
        source: source.to_owned(),
        digest: offline.plugin()?.digest.clone(),
    })
}

/// Asks both versions.
fn difference(pair: &Pair, folder: &Folder) -> Result<Parent, Failure> {
    // A request that is made from a parent has the kinds that the old version declares.
    let case = folder.case(pair.old.plugin()?)?;
    let (old, new) = (answer(&pair.old, &case)?, answer(&pair.new, &case)?);
    let mut parent = Parent {
        parent: case.title(),
        hook: case.hook.as_str(),
        case: folder.name.clone(),
        failure: None,
        children: Vec::new(),
        fields: Vec::new(),
        status: Vec::new(),
    };
    match (old, new) {
        (Ok(old), Ok(new)) => {
            let comparison = hidden(&compare(&old, &new, case.namespace()));
            parent.children = comparison.children;
            let is_status = |field: &FieldChange| field.path.split(['.', '[']).next() == Some("status");
            (parent.status, parent.fields) = comparison.fields.into_iter().partition(is_status);
        }
        (Err(old), Err(new)) if old == new => {}
        (old, new) => {
            parent.failure = Some(OneFails {
                old: old.err(),
                new: new.err(),
            });
        }
    }
    Ok(parent)
}

fn answer(offline: &Offline, case: &cases::Case) -> Result<Result<Value, String>, Failure> {
    match offline.call(case.hook, case.body.as_bytes()) {
        Ok(answer) => {
            Ok(serde_json::from_str(&answer)
                .map_err(|error| format!("the answer is not valid JSON: {error}")))
        }
        // Such as a hook that only the other version has.
        Err(Failure::Usage(sentence)) => Ok(Err(sentence)),
        Err(failure) => {
            let sentence = failure.of_plugin()?;
            // The names of the files differ.
            let prefix = format!("plugin {}, ", offline.plugin()?.name);
            Ok(Err(sentence
                .strip_prefix(&prefix)
                .map(str::to_owned)
                .unwrap_or(sentence)))
        }
    }
}

impl Totals {
    fn add(&mut self, parent: &Parent, with_status: bool) {
        self.requests += 1;
        self.changed += usize::from(parent.is_changed(with_status));
        self.status += usize::from(!parent.status.is_empty());
        self.failed += usize::from(parent.failure.is_some());
        for child in &parent.children {
            match child.change {
                Change::Added(_) => self.added += 1,
                Change::Removed(_) => self.deleted += 1,
                Change::Changed(_) => self.modified += 1,
            }
        }
    }

    /// A few words.
    fn sentence(&self) -> String {
        let Self {
            requests,
            changed,
            added,
            modified,
            deleted,
            status,
            failed,
        } = self;
        let mut text = format!(
            "{changed} of {requests} requests differ. Children: {added} added, {modified} changed, {deleted} deleted."
        );
        if *failed > 0 {
            text.push_str(&format!(" Failures: {failed}."));
        }
        if *status > 0 {
            text.push_str(&format!(" Status: {status} differ."));
        }
        text
    }
}

impl Parent {
    fn is_changed(&self, with_status: bool) -> bool {
        self.failure.is_some()
            || !self.children.is_empty()
            || !self.fields.is_empty()
            || (with_status && !self.status.is_empty())
    }

    fn failures(&self) -> impl Iterator<Item = (&'static str, &String)> {
        let failure = self.failure.as_ref();
        let old = failure.and_then(|failure| failure.old.as_ref());
        let new = failure.and_then(|failure| failure.new.as_ref());
        [("old", old), ("new", new)]
            .into_iter()
            .filter_map(|(which, why)| Some((which, why?)))
    }
}

/// Bytes of a sentence.
const LINE: usize = 2000;

impl Plan {
    fn table(&self) -> String {
        let mut text = String::new();
        for (which, version) in [("old", &self.old), ("new", &self.new)] {
            let Version { source, digest } = version;
            text.push_str(&format!("{which}  {}  {NOTE}{digest}{NOTE:#}\n", Escaped(source)));
        }
        let totals = self.totals.sentence();
        text.push_str(&format!("{totals}\n"));
        for parent in &self.parents {
            let (name, hook) = (Escaped(&parent.parent), parent.hook);
            text.push_str(&format!(
                "\n{name}  {NOTE}{hook}, {}{NOTE:#}\n",
                Escaped(&parent.case)
            ));
            for (which, why) in parent.failures() {
                text.push_str(&format!(
                    "  {BAD}the {which} version fails:{BAD:#} {}\n",
                    shown(why, LINE)
                ));
            }
            for child in &parent.children {
                let name = child.child.to_string();
                let name = Escaped(&name);
                match &child.change {
                    Change::Added(_) => text.push_str(&format!("  {GOOD}+ {name}{GOOD:#} added\n")),
                    Change::Removed(_) => text.push_str(&format!("  {BAD}- {name}{BAD:#} deleted\n")),
                    Change::Changed(fields) => {
                        text.push_str(&format!("  {CHANGED}~ {name}{CHANGED:#}\n"));
                        fields
                            .iter()
                            .for_each(|field| text.push_str(&format!("      {}\n", change(field))));
                    }
                }
            }
            for field in parent.fields.iter().chain(&parent.status) {
                text.push_str(&format!("  {CHANGED}~{CHANGED:#} {}\n", change(field)));
            }
        }
        if self.parents.len() > 3 {
            text.push_str(&format!("\n{totals}\n"));
        }
        text
    }

    fn markdown(&self) -> String {
        let code = |text: &str| format!("`{}`", shown(text, LINE).replace('`', "'"));
        let mut text = String::from("# Changes\n\n| version | plugin | digest |\n|---|---|---|\n");
        for (which, version) in [("old", &self.old), ("new", &self.new)] {
            let Version { source, digest } = version;
            text.push_str(&format!("| {which} | {} | {} |\n", code(source), code(digest)));
        }
        text.push_str(&format!("\n{}\n", self.totals.sentence()));
        for parent in &self.parents {
            text.push_str(&format!("\n## {}\n\n", shown(&parent.parent, LINE)));
            text.push_str(&format!(
                "Hook {}, request {}.\n\n",
                code(parent.hook),
                code(&parent.case)
            ));
            for (which, why) in parent.failures() {
                text.push_str(&format!(
                    "- the {which} version **fails**: {}\n",
                    shown(why, LINE)
                ));
            }
            for child in &parent.children {
                let name = code(&child.child.to_string());
                match &child.change {
                    Change::Added(_) => text.push_str(&format!("- {name} is **added**\n")),
                    Change::Removed(_) => text.push_str(&format!("- {name} is **deleted**\n")),
                    Change::Changed(fields) => {
                        text.push_str(&format!("- {name} changes\n"));
                        fields
                            .iter()
                            .for_each(|field| text.push_str(&format!("  - {}\n", code(&change(field)))));
                    }
                }
            }
            for field in parent.fields.iter().chain(&parent.status) {
                text.push_str(&format!("- {}\n", code(&change(field))));
            }
        }
        text
    }
}
