//! What a condition says, before it has a time.

use crate::formats::json::Json;
use crate::function::request::Condition;
use crate::function::types::Function;

/// A condition's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Truth {
    True,
    False,
    Unknown,
}

/// What a condition says, before it has a time.
#[derive(Debug, Clone)]
pub(crate) struct Finding<'a> {
    pub(crate) truth: Truth,
    /// In CamelCase, for programs.
    pub(crate) reason: &'a str,
    /// A sentence that says what to do, for people.
    pub(crate) message: String,
}

/// Kubernetes' own limit.
const MAX_REASON: usize = 1024;

impl Truth {
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Truth::True => "True",
            Truth::False => "False",
            Truth::Unknown => "Unknown",
        }
    }
}

/// A message as it is written: what others say in it, and the names in it, are of any length, and
/// it is written in several places.
pub(super) fn shown<'a>(mut message: String) -> Json<'a> {
    const MAX_BYTES: usize = 8 << 10;
    if message.len() > MAX_BYTES {
        message.truncate(message.floor_char_boundary(MAX_BYTES));
        message.push('…');
    }
    message.into()
}

impl<'a> Finding<'a> {
    pub(crate) fn new(truth: Truth, reason: &'a str, message: String) -> Self {
        Finding {
            truth,
            reason,
            message,
        }
    }

    /// A failure in the words of whoever found it; `name` says of what.
    pub(super) fn told(condition: &Condition<'a>, default_reason: &'a str, name: &str) -> Self {
        let reason = match condition.reason {
            "" => default_reason,
            reason if reason.len() > MAX_REASON => default_reason,
            reason => reason,
        };
        let message = match condition.message {
            "" => format!("{name}: {reason}"),
            message => format!("{name}: {message}"),
        };
        Finding::new(Truth::False, reason, message)
    }

    /// A child that is asked for and not observed.
    pub(super) fn not_there(function: &Function<'_>, kind: &str, name: &str) -> Self {
        let message = not_yet(function, &format!("{kind} {name} does not exist"));
        Finding::new(Truth::False, "NotThereYet", message)
    }
}

/// What may keep a child from being made. Metacontroller tells of a refusal in an Event of the
/// Function alone, and of a name that another object has not at all.
#[cold]
pub(super) fn not_yet(function: &Function<'_>, what: &str) -> String {
    format!(
        "{what} yet. If this persists, see the Events of `kubectl describe function {} -n {}`: the API server or an \
         admission webhook has probably rejected the object, or another object uses its name",
        function.name, function.namespace
    )
}
