//! Values as Metacontroller compares them.

/// What Metacontroller compares of a value, as far as it can be told in one look: values that differ here differ
/// for Metacontroller, too.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Compared<'a> {
    /// The text of a string, a whole number or a boolean.
    Text(&'a str),
    /// The letters of an object, in any order.
    Letters(u64),
}
