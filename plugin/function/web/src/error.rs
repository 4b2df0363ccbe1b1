//! What a caller catches.

use js_sys::{Error, Reflect};
use metawasm_function::Failure;
use wasm_bindgen::prelude::JsValue;

use crate::read::Unfit;

/// An `Error` before it is one: its message, and what is added to it.
#[derive(Debug, PartialEq, Eq)]
pub struct Thrown {
    kind: &'static str,
    message: String,
    retry_after_seconds: Option<u32>,
}

/// An argument of a hook.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Argument {
    Request,
    Settings,
}

impl Thrown {
    /// A caller that does not keep the contract; the core has the same kind for that.
    pub(crate) fn internal(message: String) -> Self {
        Thrown {
            kind: "internal",
            message,
            retry_after_seconds: None,
        }
    }
}

impl From<Failure> for Thrown {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::Invalid(message) => Thrown {
                kind: "invalid",
                message,
                retry_after_seconds: None,
            },
            Failure::RetryLater {
                after_seconds,
                reason,
            } => Thrown {
                kind: "retry-later",
                message: reason,
                retry_after_seconds: Some(after_seconds),
            },
            Failure::Internal(message) => Thrown::internal(message),
        }
    }
}

impl From<Thrown> for JsValue {
    fn from(thrown: Thrown) -> Self {
        let error = Error::new(&thrown.message);
        // A new Error takes any member.
        Reflect::set(&error, &"kind".into(), &thrown.kind.into()).ok();
        if let Some(seconds) = thrown.retry_after_seconds {
            Reflect::set(&error, &"retryAfterSeconds".into(), &seconds.into()).ok();
        }
        error.into()
    }
}

impl Unfit {
    /// The sentence, which begins as the core's do.
    pub(crate) fn of(self, argument: Argument) -> Thrown {
        let beginning = match argument {
            Argument::Request => "invalid request",
            Argument::Settings => "invalid settings",
        };
        Thrown::internal(format!("{beginning}: {self}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// That they are thrown is seen in Node, but no request makes the core ask for a retry.
    #[test]
    fn a_failure_keeps_its_kind_and_its_seconds() {
        let thrown = |failure| {
            let Thrown {
                kind,
                message,
                retry_after_seconds,
            } = Thrown::from(failure);
            (kind, message, retry_after_seconds)
        };
        assert_eq!(
            thrown(Failure::Invalid("spec: Required value".to_owned())),
            ("invalid", "spec: Required value".to_owned(), None)
        );
        assert_eq!(
            thrown(Failure::RetryLater {
                after_seconds: 7,
                reason: "not yet".to_owned()
            }),
            ("retry-later", "not yet".to_owned(), Some(7))
        );
        assert_eq!(
            thrown(Failure::Internal("a bug".to_owned())),
            ("internal", "a bug".to_owned(), None)
        );
    }
}
