//! What keeps a Function from having all that it asks for.

use super::finding::{Finding, Truth};
use crate::kinds::Kind;

/// What keeps a Function from having all that it asks for.
#[derive(Debug, Default)]
pub(crate) struct Obstacles {
    /// Kinds that it could use and that the controller does not declare.
    pub(crate) withheld: Vec<&'static Kind>,
    /// What waits until something else is gone, and what serves meanwhile.
    pub(crate) r#move: Move,
    /// Children whose names others have.
    pub(crate) taken: Vec<String>,
    /// Children that are asked for and not observed.
    pub(crate) missing: Vec<String>,
}

/// A child that is not asked for yet.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Waiting {
    /// `Service hello`
    pub(crate) child: String,
    /// `Knative Service hello is gone`
    pub(crate) until: String,
}

/// What a move does to the children.
#[derive(Debug, Default)]
pub(crate) struct Move {
    pub(crate) waiting: Vec<Waiting>,
    /// What serves until the new workload is ready: `Deployment hello`.
    pub(crate) serving: Vec<String>,
}

impl Move {
    /// Whether nothing waits for anything.
    pub(crate) fn is_over(&self) -> bool {
        self.waiting.is_empty() && self.serving.is_empty()
    }
}

impl Obstacles {
    /// What is to be said first: it is not for want of time that something is not there.
    pub(super) fn finding<'a>(&self) -> Option<Finding<'a>> {
        if !self.taken.is_empty() {
            let message = format!(
                "another object already has the name of {}. Delete or rename that object, or rename the Function; this plugin does not change it",
                self.taken.join(", ")
            );
            return Some(Finding::new(Truth::False, "NameTaken", message));
        }
        let waiting = self.r#move.waiting.iter();
        let mut parts: Vec<String> = waiting
            .map(|waiting| format!("{} waits until {}", waiting.child, waiting.until))
            .collect();
        for serving in &self.r#move.serving {
            parts.push(format!("{serving} serves until its successor is ready"));
        }
        (!parts.is_empty()).then(|| Finding::new(Truth::False, "Moving", parts.join("; ")))
    }
}
