//! One call of a hook, and what it took.

use std::time::Duration;

use serde_json::{Value, json};

use super::asked::Asked;
use super::hosted::Hosted;
use super::problem::Problem;
use crate::cli::Failure;
use crate::telemetry::PluginLog;

/// Calls the hook. `waited` is how long the request has waited for the plugins.
pub(super) fn call(
    hosted: &mut Hosted,
    log: &PluginLog,
    asked: &Asked,
    waited: Duration,
) -> Result<Value, Problem> {
    let hook = asked.hook()?;
    hosted.refresh(&asked.settings)?;
    let plugin = hosted.offline.plugin()?;
    let cluster = asked.cluster(plugin, hosted.start.controller.as_ref())?;
    let request = asked.request(&cluster, hook)?;
    log.take();
    let (outcome, report) = hosted.offline.call_measured(hook, request.as_bytes())?;
    let logged = log.take();
    let micros =
        |time: Option<Duration>| time.map(|time| u64::try_from(time.as_micros()).unwrap_or(u64::MAX));
    let review: Vec<String> = report.notes.iter().map(ToString::to_string).collect();
    let (answer, failure) = match &outcome {
        Ok(answer) => (Some(answer.as_str()), None),
        Err(failure) => (None, Some(told(failure))),
    };
    Ok(json!({
        "digest": plugin.digest,
        "answer": answer.map(parsed).transpose()?,
        "failure": failure,
        "review": review,
        "mismatches": answer.map(|answer| hosted.offline.mismatches(answer)).unwrap_or_default(),
        "parentMismatches": hosted.offline.parent_mismatches(&asked.parent),
        "log": logged.lines,
        "logDropped": logged.dropped,
        "cost": {
            "queueMicros": micros(Some(waited + report.queue.unwrap_or_default())),
            "runMicros": micros(report.run),
            "reviewMicros": micros(report.review),
            "memoryBytes": report.memory,
            "requestBytes": request.len(),
            "answerBytes": answer.map(str::len),
        },
    }))
}

/// An answer that has passed the review.
pub(super) fn parsed(answer: &str) -> Result<Value, Problem> {
    serde_json::from_str(answer)
        .map_err(|error| Problem::Failed(format!("the answer is not valid JSON: {error}")))
}

/// A failure of the plugin: the sentence, and the functions that were running.
fn told(failure: &Failure) -> Value {
    let (message, trace) = match failure {
        Failure::Trapped { sentence, trace } => (sentence.as_str(), trace.as_slice()),
        Failure::Refused(sentence) | Failure::Usage(sentence) | Failure::Load(sentence) => {
            (sentence.as_str(), &[][..])
        }
        Failure::Bug => ("the host panicked, which is a bug", &[][..]),
    };
    let trace: Vec<&str> = trace.iter().map(|line| line.trim()).collect();
    json!({"message": message, "trace": trace})
}
