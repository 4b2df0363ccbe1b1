//! Why a body is no request of Metacontroller's.

use metawasm_json::JsonError;

use crate::hook::Hook;

/// Why a body is no request. Every message says what is wrong, where, and what is expected.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// Not text.
    #[error(
        "the body is not UTF-8: byte {offset} belongs to no character; expected the JSON that Metacontroller sends"
    )]
    NotUtf8 {
        /// Bytes before the place.
        offset: usize,
    },
    /// Not JSON.
    #[error("the body is not JSON: {0}")]
    NotJson(JsonError),
    /// JSON that only an attacker writes.
    #[error("the body is refused at line {}, column {}: objects and lists may be nested 128 deep", .0.line, .0.column)]
    TooDeep(JsonError),
    /// JSON, but no object.
    #[error("the body is {found}; expected an object with `{parent}` as Metacontroller sends it")]
    NotAnObject {
        /// What it is.
        found: &'static str,
        /// The key that is looked for.
        parent: &'static str,
    },
    /// Nobody to answer for.
    #[error("the body has no {}; Metacontroller sends {}, here is {keys}", parent_of(*.hook), sent(*.hook))]
    NoParent {
        /// The hook that was called.
        hook: Hook,
        /// The keys that are there.
        keys: String,
    },
    /// A parent without the map of what is observed of it.
    #[error("the body has `{parent}` but no `{children}`; Metacontroller sends {}, here is {keys}", sent(*.hook))]
    NoChildren {
        /// The hook that was called.
        hook: Hook,
        /// `parent` or `object`.
        parent: &'static str,
        /// `children` or `attachments`.
        children: &'static str,
        /// The keys that are there.
        keys: String,
    },
    /// Half a composite's, half a decorator's.
    #[error(
        "the body has both `{one}` and `{other}`; expected `parent` and `children` of a CompositeController or `object` and `attachments` of a DecoratorController"
    )]
    Mixed {
        /// A key.
        one: &'static str,
        /// One that never comes with it.
        other: &'static str,
    },
    /// More kinds of children than any controller has.
    #[error("the controller declares more than {most} kinds of children; expected fewer")]
    TooManyKinds {
        /// Kinds at most.
        most: usize,
    },
    /// A value of the wrong kind.
    #[error("{pointer} is {found} (line {line}, column {column}); expected {expected}")]
    Wrong {
        /// JSON pointer of the value.
        pointer: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
        /// What it is.
        found: String,
        /// What it must be.
        expected: &'static str,
    },
    /// A value that must be there.
    #[error("{pointer} is missing; expected {expected}")]
    Missing {
        /// JSON pointer of the value.
        pointer: String,
        /// What it must be.
        expected: &'static str,
    },
    /// One key twice, so that two readers could see two requests.
    #[error("duplicate key {pointer} at line {line}, column {column}; each key must be unique")]
    Twice {
        /// JSON pointer of the value.
        pointer: String,
        /// From 1.
        line: usize,
        /// From 1.
        column: usize,
    },
}

fn parent_of(hook: Hook) -> &'static str {
    match hook {
        Hook::Customize => "`parent`",
        Hook::Sync | Hook::Finalize => "`parent` or `object`",
    }
}

fn sent(hook: Hook) -> &'static str {
    match hook {
        Hook::Customize => "`controller` and `parent`",
        Hook::Sync | Hook::Finalize => {
            "`controller`, `parent`, `children`, `related`, `finalizing` (a decorator `object` and `attachments` instead)"
        }
    }
}
