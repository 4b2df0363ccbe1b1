//! The checks of a case.

use std::time::Duration;

use metawasm_contract::{ApplyStrategy, Hook};
use metawasm_formats::nearest::nearest;
use metawasm_model::simulation::{self, Bounds, Event, FaultKind, Step};
use metawasm_model::world::World;
use serde_json::{Value, json};

use crate::cli::Failure;
use crate::cli::cases::{Case, Folder};
use crate::cli::changes::lines as lines_of;
use crate::cli::offline::Offline;
use crate::cli::simulate::Caller;
use crate::compare::{Comparison, compare};
use crate::yaml;

/// A check of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Check {
    /// There is an answer that the host would give.
    Answer,
    /// It is the expected one.
    Expected,
    /// It is always the same.
    Purity,
    /// Its children match their schemas.
    Schema,
    /// It asks for the same children once they are stored.
    Idempotence,
}

/// What came of a check.
pub(super) enum Outcome {
    /// All is well.
    Passed,
    /// expected.yaml was written.
    Updated,
    /// It does not apply, or the case turns it off.
    Skipped(String),
    /// What is wrong, one line each.
    Failed(Vec<String>),
    /// The answer differs from the expected one.
    Differs(Box<Comparison>),
}

/// A case that was tested.
pub(super) struct Tested {
    /// Its path.
    pub(super) name: String,
    /// The checks that were made or skipped.
    pub(super) checks: Vec<(Check, Outcome)>,
    /// How long it took.
    pub(super) time: Duration,
}

impl Tested {
    /// Whether no check failed.
    pub(super) fn passed(&self) -> bool {
        let failed = |outcome: &Outcome| matches!(outcome, Outcome::Failed(_) | Outcome::Differs(_));
        !self.checks.iter().any(|(_, outcome)| failed(outcome))
    }
}

impl Check {
    const ALL: [Self; 5] = [
        Self::Answer,
        Self::Expected,
        Self::Purity,
        Self::Schema,
        Self::Idempotence,
    ];

    /// Returns its name.
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Answer => "answer",
            Self::Expected => "expected",
            Self::Purity => "purity",
            Self::Schema => "schema",
            Self::Idempotence => "idempotence",
        }
    }

    /// Checks the names and reasons of the checks that a case turns off.
    pub(super) fn of_skips(folder: &Folder) -> Result<(), Failure> {
        for (name, reason) in &folder.options.skip {
            let mut names = Self::ALL.into_iter().skip(1).map(Self::as_str);
            if !names.clone().any(|known| known == name) {
                let meant = nearest(name, &mut names.clone());
                let hint = match meant {
                    Some(meant) => format!("did you mean `{meant}`?"),
                    None => format!("allowed: {}", names.collect::<Vec<_>>().join(", ")),
                };
                return Err(Failure::Usage(format!(
                    "{}/case.yaml: unknown check `{name}` in skip; {hint}",
                    folder.name
                )));
            }
            if reason.trim().is_empty() {
                let name = names.find(|known| known == name).unwrap_or_default();
                return Err(Failure::Usage(format!(
                    "{}/case.yaml: skip.{name} requires a reason",
                    folder.name
                )));
            }
        }
        Ok(())
    }
}

/// A plugin with its settings, with and without the memo.
pub(super) struct Tester {
    pub(super) fresh: Offline,
    pub(super) memoised: Offline,
    pub(super) apply: ApplyStrategy,
}

/// What a hook comes to: an answer, or the sentence of a failure.
type Reply = Result<String, String>;

impl Tester {
    /// Makes all checks of a case.
    ///
    /// # Errors
    ///
    /// The case itself is wrong, or a file cannot be read or written.
    pub(super) fn test(&self, folder: &Folder, update: bool) -> Result<Vec<(Check, Outcome)>, Failure> {
        let case = folder.case(self.fresh.plugin()?)?;
        let reply = reply(&self.fresh, &case)?;
        let expected = folder.expected()?;
        let mut checks = Vec::new();
        let failure_is_expected = expected
            .as_ref()
            .is_some_and(|expected| expected.get(FAILURE).is_some());
        // A failure is compared if one is expected, or is to be.
        let answered = match &reply {
            Err(why) if !(failure_is_expected || (update && expected.is_none())) => {
                Outcome::Failed(vec![why.clone()])
            }
            _ => Outcome::Passed,
        };
        let is_answered = matches!(answered, Outcome::Passed);
        checks.push((Check::Answer, answered));
        for check in Check::ALL.into_iter().skip(1) {
            let outcome = if let Some(reason) = folder.options.skip.get(check.as_str()) {
                Outcome::Skipped(reason.clone())
            } else {
                match (check, &reply) {
                    (Check::Purity, reply) => self.purity(&case, reply)?,
                    _ if !is_answered => continue,
                    (Check::Expected, reply) => expect(folder, &case, reply, expected.as_ref(), update)?,
                    (_, Err(_)) | (Check::Answer, _) => continue,
                    (Check::Schema, Ok(answer)) => failed(self.fresh.mismatches(answer)),
                    (Check::Idempotence, Ok(answer)) => match self.idempotence(&case, answer) {
                        Some(lines) => failed(lines),
                        None => continue,
                    },
                }
            };
            checks.push((check, outcome));
        }
        Ok(checks)
    }

    /// Fresh instances and the memo must give the same bytes.
    fn purity(&self, case: &Case, first: &Reply) -> Result<Outcome, Failure> {
        let mut lines = Vec::new();
        for (offline, calls, what) in [
            (
                &self.fresh,
                1,
                "a second instance gives another answer to the same request",
            ),
            (
                &self.memoised,
                2,
                "the memo gives another answer to the same request",
            ),
        ] {
            for _ in 0..calls {
                let again = reply(offline, case)?;
                if again == *first {
                    continue;
                }
                lines.push(what.to_owned());
                if let (Ok(first), Ok(again)) = (first, &again) {
                    let parsed = |text: &str| serde_json::from_str(text).unwrap_or(Value::Null);
                    let difference = compare(&parsed(first), &parsed(again), case.namespace());
                    lines.extend(lines_of(&difference, 3));
                }
                break;
            }
        }
        Ok(failed(lines))
    }

    /// Stores the children as an API server would, and asks again. `None` if the check does not apply.
    fn idempotence(&self, case: &Case, answer: &str) -> Option<Vec<String>> {
        if case.hook != Hook::Sync {
            return None;
        }
        let description = &self.fresh.plugin().ok()?.description;
        let controller = match case.controller(description) {
            Ok(controller) => controller,
            Err(why) => return Some(vec![format!("the request cannot be repeated: {why}")]),
        };
        let mut world =
            World::new(controller, case.parent().clone(), self.apply).with_related(case.related());
        let answer: Value = serde_json::from_str(answer).unwrap_or_default();
        let wanted = ["children", "attachments"]
            .into_iter()
            .find_map(|key| answer.get(key)?.as_array());
        for child in case.observed() {
            world.observe(child, wanted.map(Vec::as_slice).unwrap_or_default());
        }
        let start = Step {
            event: Event::Start,
            name: "start".to_owned(),
            deletes: Vec::new(),
        };
        let mut caller = Caller::new(&self.fresh);
        let bounds = Bounds::default();
        let timeline = match simulation::simulate(&mut world, &mut caller, &[start], bounds) {
            Ok(timeline) => timeline,
            Err(error) => return Some(vec![error.to_string()]),
        };
        let syncs = timeline.steps.first().map(|run| run.syncs.as_slice())?;
        let asked: Vec<_> = syncs.iter().filter(|sync| sync.hook.is_some()).collect();
        let mut lines: Vec<String> = timeline
            .faults
            .iter()
            // The case may well be of a parent that gives up a child.
            .filter(|fault| !matches!(fault.kind, FaultKind::Deletes | FaultKind::Renames))
            .map(|fault| fault.sentence.clone())
            .collect();
        if lines.is_empty()
            && let [first, second, ..] = asked.as_slice()
        {
            let of = |children: &[Value]| json!({"children": children});
            let difference = compare(&of(&first.desired), &of(&second.desired), case.namespace());
            if !difference.is_equal() {
                lines.push(format!(
                    "the answer asks for other children once the first ones are stored (it settles after {} syncs):",
                    syncs.len()
                ));
                lines.extend(lines_of(&difference, 10));
            }
        }
        Some(lines)
    }
}

fn failed(lines: Vec<String>) -> Outcome {
    if lines.is_empty() {
        Outcome::Passed
    } else {
        Outcome::Failed(lines)
    }
}

fn reply(offline: &Offline, case: &Case) -> Result<Reply, Failure> {
    match offline.call(case.hook, case.body.as_bytes()) {
        Ok(answer) => Ok(Ok(answer)),
        Err(failure) => failure.of_plugin().map(Err),
    }
}

/// The member of expected.yaml if the hook is to fail.
const FAILURE: &str = "failure";

fn expect(
    folder: &Folder,
    case: &Case,
    reply: &Reply,
    expected: Option<&Value>,
    update: bool,
) -> Result<Outcome, Failure> {
    let found: Value = match reply {
        Ok(answer) => serde_json::from_str(answer)
            .map_err(|error| Failure::Refused(format!("the answer is not valid JSON: {error}")))?,
        Err(sentence) => json!({FAILURE: sentence}),
    };
    let difference = expected.map(|expected| compare(expected, &found, case.namespace()));
    match difference {
        Some(same) if same.is_equal() => Ok(Outcome::Passed),
        _ if update => {
            let path = folder.expected_path();
            let text = yaml::encode(&found).map_err(Failure::refused)?;
            std::fs::write(&path, text)
                .map_err(|error| Failure::Usage(format!("cannot write {}: {error}", path.display())))?;
            Ok(Outcome::Updated)
        }
        Some(difference) => Ok(Outcome::Differs(Box::new(difference))),
        None => Ok(Outcome::Failed(vec![
            "expected.yaml is missing; --update writes it".to_owned(),
        ])),
    }
}
