//! What is to be said about a Function: every mistake and every warning, each with its field
//! path, in Kubernetes' own form (`spec.image: Required value`).

use std::fmt;
use std::fmt::{Display, Write};

/// Where in the Function something is. Costs nothing until it is shown.
#[derive(Clone, Copy)]
pub(crate) struct Path<'a> {
    parent: Option<&'a Path<'a>>,
    step: Step<'a>,
}

#[derive(Clone, Copy)]
enum Step<'a> {
    /// One field or several, with dots.
    Field(&'a str),
    /// An element of a list.
    Index(usize),
    /// A key that the user chose.
    Key(&'a str),
}

/// Mistakes and warnings, in the order in which they are found.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// What makes the Function invalid.
    pub(crate) problems: Vec<String>,
    /// What is accepted and changed, or ignored.
    pub(crate) warnings: Vec<String>,
    /// How many more there are, of which only the number is told.
    more_problems: usize,
    /// Whether anything is more than is allowed, so that not even a look at all of it is worth it.
    pub(crate) has_too_many: bool,
    more_warnings: usize,
}

/// A message stays readable, the status small and the work linear, however broken the Function is.
const SHOWN: usize = 32;

impl<'a> Path<'a> {
    /// The start of a path; dots are allowed in it.
    pub(crate) const fn root(name: &'a str) -> Self {
        Path {
            parent: None,
            step: Step::Field(name),
        }
    }

    /// A field below this one; dots are allowed in it.
    pub(crate) const fn field(&'a self, name: &'a str) -> Path<'a> {
        Path {
            parent: Some(self),
            step: Step::Field(name),
        }
    }

    /// An element of the list at this path.
    pub(crate) const fn index(&'a self, index: usize) -> Path<'a> {
        Path {
            parent: Some(self),
            step: Step::Index(index),
        }
    }

    /// The value of a key that the user chose.
    pub(crate) const fn key(&'a self, key: &'a str) -> Path<'a> {
        Path {
            parent: Some(self),
            step: Step::Key(key),
        }
    }
}

impl Display for Path<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(parent) = self.parent {
            parent.fmt(f)?;
        }
        match self.step {
            Step::Field(name) if self.parent.is_some() => write!(f, ".{}", short(name)),
            Step::Field(name) => f.write_str(short(name)),
            Step::Index(index) => write!(f, "[{index}]"),
            Step::Key(key) => write!(f, "[{}]", short(key)),
        }
    }
}

/// A key can be of any length; its start says which one is meant.
fn short(key: &str) -> &str {
    const SHOWN: usize = 100;
    match key.char_indices().nth(SHOWN) {
        Some((end, _)) => key.split_at_checked(end).map_or(key, |(start, _)| start),
        None => key,
    }
}

impl Notes {
    /// A value that is not allowed.
    pub(crate) fn invalid(&mut self, at: &Path<'_>, value: impl Display, why: impl Display) {
        self.wrong_value(at, &value, &why);
    }

    // What many places call is not made anew for each type of its arguments: it is the plugin's size.
    #[cold]
    #[inline(never)]
    fn wrong_value(&mut self, at: &Path<'_>, value: &dyn Display, why: &dyn Display) {
        self.problem(at, "Invalid value: ", value, &format_args!(": {why}"));
    }

    /// A value that is missing. Said once: a field of the wrong shape is not missing as well.
    pub(crate) fn required(&mut self, at: &Path<'_>, why: impl Display) {
        self.missing(at, &why);
    }

    #[cold]
    #[inline(never)]
    fn missing(&mut self, at: &Path<'_>, why: &dyn Display) {
        let start = format!("{at}: ");
        if !self.problems.iter().any(|problem| problem.starts_with(&start)) {
            self.problem(at, "Required value: ", why, &"");
        }
    }

    /// A field that is not allowed.
    pub(crate) fn forbidden(&mut self, at: &Path<'_>, why: impl Display) {
        self.problem(at, "Forbidden: ", &why, &"");
    }

    /// A word that is none of the known ones.
    #[cold]
    pub(crate) fn unsupported(&mut self, at: &Path<'_>, value: impl Display, known: &[&str]) {
        let known: Vec<String> = known.iter().map(|word| format!("{word:?}")).collect();
        let known = known.join(", ");
        let why = format_args!(": supported values: {known}");
        self.problem(at, "Unsupported value: ", &value, &why);
    }

    /// A value that another one already has.
    pub(crate) fn duplicate(&mut self, at: &Path<'_>, value: impl Display) {
        self.problem(at, "Duplicate value: ", &value, &"");
    }

    /// A name of something that is not there.
    pub(crate) fn not_found(&mut self, at: &Path<'_>, value: impl Display) {
        self.problem(at, "Not found: ", &value, &"");
    }

    /// More elements than are allowed.
    pub(crate) fn at_most(&mut self, at: &Path<'_>, count: usize, limit: usize) {
        if count > limit {
            self.has_too_many = true;
            let why = format_args!(": must have at most {limit} items");
            self.problem(at, "Too many: ", &count, &why);
        }
    }

    /// Whether one more warning is told, and not only counted.
    pub(crate) fn shows_another_warning(&self) -> bool {
        self.warnings.len() < SHOWN
    }

    /// Something that is accepted, and what happens to it.
    pub(crate) fn warn(&mut self, at: &Path<'_>, what: impl Display) {
        self.warn_at(at, &what);
    }

    #[cold]
    #[inline(never)]
    fn warn_at(&mut self, at: &Path<'_>, what: &dyn Display) {
        self.warn_of(format_args!("{at}: {what}"));
    }

    /// The same with a sentence that has its path.
    pub(crate) fn warn_of(&mut self, sentence: fmt::Arguments<'_>) {
        if self.shows_another_warning() {
            self.warnings.push(sentence.to_string());
        } else {
            self.more_warnings += 1;
        }
    }

    /// Whether one more warning would be shown, and not only counted.
    pub(crate) fn shows_warnings(&self) -> bool {
        self.warnings.len() < SHOWN
    }

    #[cold]
    #[inline(never)]
    fn problem(&mut self, at: &Path<'_>, kind: &str, value: &dyn Display, why: &dyn Display) {
        if self.problems.len() < SHOWN {
            self.problems.push(sentence(at, kind, value, why));
        } else {
            self.more_problems += 1;
        }
    }

    /// All problems in one message.
    pub(crate) fn problems(&self) -> String {
        joined(&self.problems, self.more_problems)
    }

    /// All warnings in one message.
    pub(crate) fn warnings(&self) -> String {
        joined(&self.warnings, self.more_warnings)
    }
}

/// One sentence. Not inlined: dozens of places make one, and good Functions none.
#[cold]
#[inline(never)]
fn sentence(at: &Path<'_>, kind: &str, value: &dyn Display, why: &dyn Display) -> String {
    format!("{at}: {kind}{value}{why}")
}

fn joined(all: &[String], more: usize) -> String {
    let mut message = all.join("; ");
    if more > 0 {
        // Writing to a string cannot fail.
        let _ = write!(message, "; and {more} more");
    }
    message
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::formats::written::wrong_shape;

    #[test]
    fn a_path_reads_as_kubernetes_writes_it() {
        let spec = Path::root("spec.serving");
        let list = spec.field("outputs");
        let item = list.index(3);
        let map = item.field("metadata");
        assert_eq!(
            map.key("a.b/c").to_string(),
            "spec.serving.outputs[3].metadata[a.b/c]"
        );
    }

    #[test]
    fn a_field_of_the_wrong_shape_is_not_missing_as_well() {
        let mut notes = Notes::default();
        let at = Path::root("spec.image");
        wrong_shape(&at, &7.into(), "a string", &mut notes);
        notes.required(&at, "the image to run");
        assert_eq!(notes.problems(), "spec.image: Invalid value: 7: must be a string");
    }

    #[test]
    fn a_long_key_is_cut() {
        let long = "é".repeat(200);
        let shown = Path::root("a").key(&long).to_string();
        assert_eq!(shown.chars().count(), "a[]".len() + 100);
    }

    #[test]
    fn a_very_broken_function_still_has_a_readable_message() {
        let mut notes = Notes::default();
        for index in 0..40 {
            notes.warn(&Path::root("a").index(index), "x");
        }
        assert!(notes.warnings().ends_with("a[31]: x; and 8 more"));
    }
}
