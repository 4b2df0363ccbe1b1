//! What the table of KEDA's fields is made of.

/// A field of a section.
pub(super) struct Field {
    pub(super) name: &'static str,
    pub(super) rule: Rule,
    /// What it is for, if it must be there.
    pub(super) needed: &'static str,
}

/// What a field must be.
pub(super) enum Rule {
    /// A whole number from the one to the other.
    Number(i32, i32),
    /// One of these. Empty is none.
    Word(&'static [&'static str]),
    /// Any string. Empty is none.
    Text,
    /// A decimal fraction, as a string. Empty is none.
    Fraction,
    /// `false` is none.
    Flag,
    /// A list of strings.
    Texts,
    /// Strings by keys that the user chooses.
    Strings,
    /// A quantity.
    Quantity,
    /// A duration.
    Duration,
    /// Anything: stored as it is.
    Any,
    /// Read by somebody else.
    Elsewhere,
    /// What is written here is not used, and why.
    Unused(&'static str),
    Section(&'static [Field]),
    Sections(&'static [Field]),
}

pub(super) const NO_LIMIT: i32 = i32::MAX;
