//! What a time line shows to be wrong with a plugin.

use std::fmt;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::renames::renamed;
use super::words::concern;
use super::{Event, Run};
use crate::fields::{FieldChange, fields};
use crate::object::{Id, is_being_deleted};
use crate::secrets::hide_changes;
use crate::world::{Sync, Verb, Write};

/// A fault of a plugin. [`fmt::Display`] writes one sentence.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Fault {
    /// What is wrong.
    pub kind: FaultKind,
    /// The step after which it shows.
    pub step: String,
    /// The child, or the parent for its status; none for the plugin as a whole.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub object: Option<Id>,
    /// The path of the field, where one is meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub field: Option<String>,
    /// What happens, and what to do.
    pub sentence: String,
}

/// Kinds of faults.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum FaultKind {
    /// It never has enough.
    Loops,
    /// It wants one thing and then the other.
    Oscillates,
    /// It writes what the API server then overwrites, each time.
    Fights,
    /// It deletes a child and creates it under another name.
    Renames,
    /// Children vanish.
    Deletes,
    /// There is no answer, or none that Metacontroller takes.
    Fails,
    /// The API server does not take what it asks for.
    Refused,
}

impl FaultKind {
    /// Returns its name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Loops => "loops",
            Self::Oscillates => "oscillates",
            Self::Fights => "fights",
            Self::Renames => "renames",
            Self::Deletes => "deletes",
            Self::Fails => "fails",
            Self::Refused => "refused",
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for FaultKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {} (step \"{}\")", self.kind, self.sentence, self.step)
    }
}

/// The longest cycle that is looked for.
const CYCLE: usize = 4;

/// Kinds that hold data which nothing brings back.
const STATEFUL: [&str; 5] = [
    "CustomResourceDefinition",
    "Namespace",
    "PersistentVolume",
    "PersistentVolumeClaim",
    "StatefulSet",
];

/// Finds the faults of all steps. The same fault in several steps is listed once.
pub(super) fn find(runs: &[Run]) -> Vec<Fault> {
    let mut found: Vec<Fault> = Vec::new();
    for run in runs {
        for fault in of_run(run) {
            let is_known = found.iter().any(|known| {
                (known.kind, &known.object, &known.field) == (fault.kind, &fault.object, &fault.field)
                    && !matches!(fault.kind, FaultKind::Renames | FaultKind::Deletes)
            });
            if !is_known {
                found.push(fault);
            }
        }
    }
    found
}

fn of_run(run: &Run) -> Vec<Fault> {
    let mut faults = Vec::new();
    failed(run, &mut faults);
    let fails = !faults.is_empty();
    if !run.settled && !fails {
        fights(run, &mut faults);
        if faults.is_empty() {
            oscillates(run, &mut faults);
        }
        if faults.is_empty() {
            faults.push(loops(run));
        }
    }
    let is_over = faults.iter().any(|fault| fault.kind == FaultKind::Oscillates);
    if !is_over && run.event != Event::Delete {
        vanishes(run, &mut faults);
    }
    faults
}

fn fault(run: &Run, kind: FaultKind, object: Option<&Id>, field: Option<&str>, sentence: String) -> Fault {
    Fault {
        kind,
        step: run.step.clone(),
        object: object.cloned(),
        field: field.map(str::to_owned),
        sentence,
    }
}

fn failed(run: &Run, faults: &mut Vec<Fault>) {
    let Some(last) = run.syncs.last() else {
        return;
    };
    if let Some(why) = &last.failure {
        let failing = run.syncs.iter().rev().take_while(|sync| sync.failure.is_some());
        let first = run.before + run.syncs.len() + 1 - failing.count();
        let sentence = format!("from sync {first} on, each sync fails: {why}");
        faults.push(fault(run, FaultKind::Fails, None, None, sentence));
    }
    for refused in &last.refused {
        let id = &refused.object;
        let sentence = format!("the API server refuses {id}: {}", refused.why);
        faults.push(fault(run, FaultKind::Refused, Some(id), None, sentence));
    }
}

/// Looks for fields that the last two syncs both wrote and the API server both times overruled.
fn fights(run: &Run, faults: &mut Vec<Fault>) {
    let Some([before, last]) = run.syncs.last_chunk() else {
        return;
    };
    for write in updates(last) {
        let same = updates(before).find(|other| other.object == write.object);
        let again = |change: &&FieldChange| {
            same.is_some_and(|other| other.overruled.iter().any(|old| old.path == change.path))
        };
        for change in write.overruled.iter().filter(again) {
            let (id, field) = (&write.object, &change.path);
            let sentence = format!(
                "{id} is rewritten at each sync: at {field} the plugin writes {}, and the API server or a webhook \
                 stores {}; ask for the stored value, or leave the field out",
                shown(change.old.as_ref()),
                shown(change.new.as_ref()),
            );
            faults.push(fault(run, FaultKind::Fights, Some(id), Some(field), sentence));
        }
    }
}

fn updates(sync: &Sync) -> impl Iterator<Item = &Write> {
    sync.writes.iter().filter(|write| write.verb == Verb::Update)
}

/// Looks for children and a status that come back to what they were.
fn oscillates(run: &Run, faults: &mut Vec<Fault>) {
    let Some((period, syncs)) = cycle(&run.syncs, |sync| &sync.desired) else {
        if let Some((_, syncs)) = cycle(&run.syncs, |sync| &sync.status)
            && let [first, second, ..] = syncs
            && let Some(change) = fields(&first.status, &second.status).first()
        {
            let field = format!("status.{}", change.path);
            let sentence = format!(
                "the status oscillates at {field} between {} and {}",
                shown(change.old.as_ref()),
                shown(change.new.as_ref())
            );
            faults.push(fault(run, FaultKind::Oscillates, None, Some(&field), sentence));
        }
        return;
    };
    let last = run.before + run.syncs.len();
    let place = format!("syncs {} to {last}", last + 1 - syncs.len());
    let mut ids: Vec<Id> = syncs
        .iter()
        .flat_map(|sync| sync.desired.iter().map(Id::of))
        .collect();
    ids.sort();
    ids.dedup();
    for id in &ids {
        let versions: Vec<Option<&Value>> = syncs
            .iter()
            .take(period)
            .map(|sync| sync.desired.iter().find(|child| Id::of(child) == *id))
            .collect();
        if versions.iter().any(Option::is_none) {
            let sentence = format!(
                "{id} is asked for and not asked for in turn ({place}): it is created and deleted again"
            );
            faults.push(fault(run, FaultKind::Oscillates, Some(id), None, sentence));
            continue;
        }
        let versions: Vec<&Value> = versions.into_iter().flatten().collect();
        let mut changes: Vec<FieldChange> = versions
            .windows(2)
            .flat_map(|pair| match pair {
                [old, new] => fields(old, new),
                _ => Vec::new(),
            })
            .collect();
        hide_changes(id, &mut changes);
        if let Some(change) = changes.first() {
            let of_path = changes.iter().filter(|other| other.path == change.path);
            let values: Vec<String> = [shown(change.old.as_ref())]
                .into_iter()
                .chain(of_path.map(|change| shown(change.new.as_ref())))
                .collect();
            let sentence = format!(
                "{id} oscillates at {}: {} in turn ({place}); the answer must not depend on what it asked for before",
                change.path,
                values.join(", "),
            );
            faults.push(fault(
                run,
                FaultKind::Oscillates,
                Some(id),
                Some(&change.path),
                sentence,
            ));
        }
    }
}

/// The shortest cycle at the end of the syncs, and two rounds of it.
fn cycle<'a, T: PartialEq + 'a>(
    syncs: &'a [Sync],
    part: impl Fn(&'a Sync) -> &'a T,
) -> Option<(usize, &'a [Sync])> {
    (2..=CYCLE).find_map(|period| {
        let tail = syncs.get(syncs.len().checked_sub(2 * period)?..)?;
        let (first, second) = tail.split_at(period);
        let repeats = first.iter().zip(second).all(|(a, b)| part(a) == part(b));
        let moves = first.windows(2).any(|pair| match pair {
            [a, b] => part(a) != part(b),
            _ => false,
        });
        (repeats && moves).then_some((period, tail))
    })
}

fn loops(run: &Run) -> Fault {
    let last = run.syncs.last();
    let write = last.and_then(|sync| {
        let mut writes = sync.writes.iter();
        writes
            .clone()
            .find(|write| !write.changes.is_empty() && write.verb != Verb::Status)
            .or_else(|| writes.find(|write| !write.changes.is_empty()))
            .or(sync.writes.first())
    });
    let syncs = run.before + run.syncs.len();
    let (object, field, what) = match write {
        None => (None, None, String::new()),
        Some(write) => match write.changes.first() {
            Some(change) => (
                Some(&write.object),
                Some(change.path.as_str()),
                format!(
                    ", last {} at {} ({} → {})",
                    write.object,
                    change.path,
                    shown(change.old.as_ref()),
                    shown(change.new.as_ref())
                ),
            ),
            None => (Some(&write.object), None, format!(", last {}", write.object)),
        },
    };
    let sentence = format!(
        "the plugin never settles: sync {syncs} still writes{what}; the same parent and children must give the same answer"
    );
    fault(run, FaultKind::Loops, object, field, sentence)
}

/// Looks for children that are deleted without need.
fn vanishes(run: &Run, faults: &mut Vec<Fault>) {
    for (index, sync) in run.syncs.iter().enumerate() {
        if sync.hook == Some(metawasm_contract::Hook::Finalize) || is_being_deleted(&run.parent) {
            continue;
        }
        let recreated = |id: &Id| sync.desired.iter().any(|child| Id::of(child) == *id);
        let deleted = sync.writes.iter().filter(|write| write.verb == Verb::Delete);
        for write in deleted.filter(|write| !recreated(&write.object)) {
            let id = &write.object;
            if expected(run, id) {
                continue;
            }
            let is_stateful = STATEFUL.contains(&id.kind.as_str());
            if let Some(new) = renamed(write, sync) {
                let loss = if is_stateful { " and its data is lost" } else { "" };
                let sentence = format!(
                    "{id} becomes {new}: it is deleted{loss}, and the same is created under another name; derive \
                     names only from what never changes"
                );
                faults.push(fault(run, FaultKind::Renames, Some(id), None, sentence));
                continue;
            }
            let after = match &run.event {
                Event::Edit(_) if !is_stateful && concern(&run.edited, &run.parent, &write.before) => {
                    continue;
                }
                Event::Edit(_) => format!("after the edit of {}", places(&run.edited)),
                _ => "without an edit of the parent".to_owned(),
            };
            let all = if sync.desired.is_empty() {
                ", which has no children at all"
            } else {
                ""
            };
            let kept = if is_stateful {
                format!("a {} holds data that is then lost", id.kind)
            } else {
                "the edit does not concern it".to_owned()
            };
            let why = match &run.event {
                Event::Edit(_) => kept,
                _ if is_stateful => kept,
                _ => "absence in an answer deletes".to_owned(),
            };
            let sentence = format!(
                "{id} is deleted {after}: it is missing in the answer of sync {}{all}; {why}. If it is meant, list it \
                 in `deletes` of the step",
                run.before + index + 1,
            );
            faults.push(fault(run, FaultKind::Deletes, Some(id), None, sentence));
        }
    }
}

fn expected(run: &Run, id: &Id) -> bool {
    run.deletes
        .iter()
        .any(|listed| *listed == id.kind || *listed == format!("{}/{}", id.kind, id.name))
}

fn places(edited: &[FieldChange]) -> String {
    match edited {
        [] => "nothing".to_owned(),
        [one] => one.path.clone(),
        [first, rest @ ..] => format!("{} and {} more", first.path, rest.len()),
    }
}

/// A value in a sentence.
fn shown(value: Option<&Value>) -> String {
    const MOST: usize = 60;
    let Some(value) = value else {
        return "nothing".to_owned();
    };
    let text = value.to_string();
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text,
    }
}
