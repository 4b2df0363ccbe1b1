//! The time line of a simulation, for a person.

use metawasm_formats::text::{Escaped, shown};
use metawasm_model::Id;
use metawasm_model::simulation::{Timeline, conditions};
use metawasm_model::world::{Sync, Verb, Write};
use serde_json::Value;

use crate::cli::changes::{BAD, CHANGED, GOOD, NOTE, change, count};
use crate::cli::output::HEADING;

/// Fields that are listed for one write.
const FIELDS: usize = 8;
/// Bytes of a sentence.
const LINE: usize = 2000;

/// Returns the time line, the summary and the faults.
pub(super) fn table(timeline: &Timeline, parent: &Id) -> String {
    let titles = timeline.steps.iter().map(|run| run.step.chars().count());
    let width = titles.max().unwrap_or(0).clamp(4, 40);
    let mut text = format!(
        "{HEADING}{:width$}{HEADING:#}   {HEADING}SYNC{HEADING:#}   {HEADING}WRITES{HEADING:#}\n",
        "STEP"
    );
    let mut number = 0;
    let mut known = Vec::new();
    for run in &timeline.steps {
        let mut title = shown(&run.step, 160);
        for sync in &run.syncs {
            number += 1;
            let mut first = format!("{title:width$}   {number:<4}   ");
            title.clear();
            for line in lines(sync, parent, &mut known) {
                text.push_str(&format!("{first}{line}\n"));
                first = " ".repeat(width + 10);
            }
        }
        if !title.is_empty() {
            text.push_str(&format!("{title}\n"));
        }
    }
    let writes: usize = timeline.steps.iter().map(|run| run.writes).sum();
    let open = timeline.steps.iter().filter(|run| !run.settled).count();
    let settled = match open {
        0 => "every step settles".to_owned(),
        1 => "1 step does not settle".to_owned(),
        many => format!("{many} steps do not settle"),
    };
    text.push_str(&format!(
        "\n{}, {}, {}; {settled}\n",
        count(timeline.steps.len(), "step"),
        count(number, "sync"),
        count(writes, "write"),
    ));
    for fault in &timeline.faults {
        let sentence = shown(&fault.sentence, LINE);
        let step = Escaped(&fault.step);
        text.push_str(&format!(
            "{BAD}fault:{BAD:#} {}: {sentence} (step \"{step}\")\n",
            fault.kind
        ));
    }
    text
}

/// What a sync did, one line each; at least one.
fn lines(sync: &Sync, parent: &Id, known: &mut Vec<String>) -> Vec<String> {
    let mut lines = Vec::new();
    for write in &sync.writes {
        let (style, sign) = match write.verb {
            Verb::Create => (GOOD, "+ create"),
            Verb::Delete => (BAD, "- delete"),
            Verb::Update => (CHANGED, "~ update"),
            Verb::Status => (CHANGED, "~ status of"),
        };
        let name = write.object.to_string();
        let mut line = format!("{style}{sign}{style:#} {}", Escaped(&name));
        if write.verb == Verb::Status {
            let now = conditions(&sync.status);
            let news: Vec<&String> = now
                .iter()
                .filter(|condition| !known.contains(condition))
                .collect();
            if !news.is_empty() {
                let news: Vec<String> = news.iter().map(|news| shown(news, LINE)).collect();
                line.push_str(&format!(": {}", news.join(", ")));
            }
            *known = now;
        } else if write.object == *parent && write.changes.is_empty() {
            line.push_str(" (finalizers)");
        }
        lines.push(line);
        if write.verb == Verb::Update {
            lines.extend(fields(write));
        }
    }
    for refused in &sync.refused {
        let name = refused.object.to_string();
        let why = shown(&refused.why, LINE);
        lines.push(format!("{BAD}! refused{BAD:#} {}: {why}", Escaped(&name)));
    }
    if let Some(failure) = &sync.failure {
        lines.push(format!("{BAD}! failed{BAD:#} {}", shown(failure, LINE)));
    }
    if lines.is_empty() {
        let nothing = match sync.hook {
            Some(_) => "nothing to write",
            None => "nothing to ask: the parent is gone",
        };
        lines.push(format!("{NOTE}{nothing}{NOTE:#}"));
    }
    lines
}

fn fields(write: &Write) -> Vec<String> {
    let mut lines: Vec<String> = write
        .changes
        .iter()
        .take(FIELDS)
        .map(|field| format!("    {}", change(field)))
        .collect();
    let more = write.changes.len().saturating_sub(FIELDS);
    if more > 0 {
        lines.push(format!("    and {more} more"));
    }
    if write.changes.is_empty() && !write.overruled.is_empty() {
        let fields = write.overruled.iter().take(FIELDS);
        lines.extend(fields.map(|field| {
            let of = |value: &Option<Value>| {
                value
                    .as_ref()
                    .map_or("nothing".to_owned(), crate::cli::changes::value)
            };
            format!(
                "    {}: sent {}, stored {}",
                shown(&field.path, LINE),
                of(&field.old),
                of(&field.new)
            )
        }));
    }
    lines
}
