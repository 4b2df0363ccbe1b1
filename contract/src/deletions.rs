//! How many of the observed children an answer may delete, and what a request says about that.

use std::fmt;
use std::str::FromStr;

use metawasm_json::{Document, Kind, NodeId};

use super::hook::ControllerKind;
use super::object::{GroupKey, group_of};

/// The annotation of a parent by which a person allows more deletions than the budget.
pub const ALLOW: &str = "metawasm.dev/allow-deletions";
/// Its value for a parent without `metadata.generation`, such as a ConfigMap.
pub const UNTIL_REMOVED: &str = "until-removed";

/// How many of the observed children one answer may delete.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Budget {
    /// So many.
    Count(u32),
    /// So many of a hundred, 0 to 100. Nothing is rounded up: half of one child is none.
    Percent(u8),
}

/// An invalid budget.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a deletion budget; expected a number such as 3, or a share from 0% to 100%")]
pub struct NotABudget(String);

/// An observed child.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Observed {
    group: String,
    kind: String,
    namespace: Option<String>,
    name: String,
}

/// A budget, and what a request says about the deletions that it is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deletions {
    budget: Budget,
    /// Those that are not on their way out already.
    observed: Vec<Observed>,
    /// Whether the parent is being deleted.
    parent_goes: bool,
    /// `metadata.generation` of the parent, as it is written.
    generation: Option<String>,
    /// The annotation's value.
    allowed: Option<String>,
}

impl Budget {
    /// Whether so many of all are within the budget.
    pub fn allows(self, going: usize, all: usize) -> bool {
        match self {
            Self::Count(most) => going <= most as usize,
            Self::Percent(share) => going.saturating_mul(100) <= all.saturating_mul(usize::from(share)),
        }
    }
}

impl Deletions {
    /// Reads what a request says. `request` is one that was read as an envelope before: of anything else nothing
    /// is observed.
    pub fn read(budget: Budget, request: &str, kind: ControllerKind) -> Self {
        let mut read = Self {
            budget,
            observed: Vec::new(),
            parent_goes: false,
            generation: None,
            allowed: None,
        };
        let Ok(document) = Document::parse(request) else {
            return read;
        };
        if let Some(parent) = document.get(document.root(), kind.parent_key()) {
            read.parent(&document, parent);
        }
        if let Some(groups) = document.get(document.root(), kind.children_key()) {
            for (group, objects) in document.members(groups) {
                let Ok(group) = document.text(group).parse::<GroupKey>() else {
                    continue;
                };
                for (_, object) in document.members(objects) {
                    read.observed.extend(observed(&document, &group, object));
                }
            }
        }
        read
    }

    fn parent(&mut self, document: &Document<'_>, parent: NodeId) {
        let Some(metadata) = document.get(parent, "metadata") else {
            return;
        };
        self.parent_goes = is_going(document, metadata);
        self.generation = document
            .get(metadata, "generation")
            .filter(|&value| document.kind(value) == Kind::Integer)
            .map(|value| document.raw(value).to_owned());
        self.allowed = document
            .get(metadata, "annotations")
            .and_then(|annotations| string(document, annotations, ALLOW));
    }

    /// The observed children that are not among those of an answer, if they are more than may go.
    pub(super) fn beyond<'d>(&'d self, is_kept: impl Fn(Identity<'d>) -> bool) -> Option<Vec<&'d Observed>> {
        if self.parent_goes || self.is_allowed() {
            return None;
        }
        let going: Vec<&Observed> = self
            .observed
            .iter()
            .filter(|child| !is_kept(child.identity()))
            .collect();
        (!self.budget.allows(going.len(), self.observed.len())).then_some(going)
    }

    /// Observed children that are not on their way out.
    pub(super) fn observed(&self) -> usize {
        self.observed.len()
    }

    /// The budget.
    pub(super) fn budget(&self) -> Budget {
        self.budget
    }

    /// The value that allows the deletions now.
    pub(super) fn allowing(&self) -> &str {
        self.generation.as_deref().unwrap_or(UNTIL_REMOVED)
    }

    /// The value that is there, and allows nothing.
    pub(super) fn other_value(&self) -> Option<&str> {
        self.allowed.as_deref()
    }

    fn is_allowed(&self) -> bool {
        self.allowed.as_deref() == Some(self.allowing())
    }

    /// All that the review reads here, so that two requests which differ in it are two.
    pub fn write(&self, to: &mut impl FnMut(&str)) {
        to(&self.budget.to_string());
        to(if self.parent_goes { "goes" } else { "stays" });
        for text in [&self.generation, &self.allowed] {
            to(if text.is_some() { "1" } else { "0" });
            to(text.as_deref().unwrap_or_default());
        }
        for child in &self.observed {
            let (group, kind, namespace, name) = child.identity();
            for text in [group, kind, namespace.unwrap_or_default(), name] {
                to(text);
            }
        }
    }
}

/// Group, kind, namespace, name, as the review compares children.
type Identity<'o> = (&'o str, &'o str, Option<&'o str>, &'o str);

impl Observed {
    fn identity(&self) -> Identity<'_> {
        (&self.group, &self.kind, self.namespace.as_deref(), &self.name)
    }
}

fn observed(document: &Document<'_>, group: &GroupKey, object: NodeId) -> Option<Observed> {
    let metadata = document.get(object, "metadata")?;
    if is_going(document, metadata) {
        return None;
    }
    Some(Observed {
        group: group_of(group.api_version()).to_owned(),
        kind: group.kind().to_owned(),
        namespace: string(document, metadata, "namespace").filter(|text| !text.is_empty()),
        name: string(document, metadata, "name")?,
    })
}

fn is_going(document: &Document<'_>, metadata: NodeId) -> bool {
    let timestamp = document.get(metadata, "deletionTimestamp");
    timestamp.is_some_and(|value| document.kind(value) != Kind::Null)
}

fn string(document: &Document<'_>, object: NodeId, key: &str) -> Option<String> {
    let value = document.get(object, key)?;
    (document.kind(value) == Kind::String).then(|| document.text(value).into_owned())
}

impl FromStr for Budget {
    type Err = NotABudget;

    fn from_str(text: &str) -> Result<Self, NotABudget> {
        let wrong = || NotABudget(text.chars().take(40).collect());
        match text.strip_suffix('%') {
            Some(share) => match share.parse() {
                Ok(share @ 0..=100) => Ok(Self::Percent(share)),
                _ => Err(wrong()),
            },
            None => text.parse().map(Self::Count).map_err(|_| wrong()),
        }
    }
}

/// As it is configured: `3`, `50%`.
impl fmt::Display for Budget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Count(most) => write!(f, "{most}"),
            Self::Percent(share) => write!(f, "{share}%"),
        }
    }
}

/// `Deployment default/hello`.
impl fmt::Display for Observed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.namespace {
            Some(namespace) => write!(f, "{} {namespace}/{}", self.kind, self.name),
            None => write!(f, "{} {}", self.kind, self.name),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_budget_is_read_as_it_is_written() {
        for text in ["0", "3", "0%", "50%", "100%"] {
            assert_eq!(text.parse::<Budget>().unwrap().to_string(), text);
        }
        for text in ["", "%", "101%", "-1", "1.5", "50 %", "half", "4294967296"] {
            let error = text.parse::<Budget>().unwrap_err().to_string();
            assert!(error.contains("expected a number such as 3"), "{error}");
        }
    }

    #[test]
    fn nothing_is_rounded_up() {
        let table = [
            (Budget::Count(0), 0, 5, true),
            (Budget::Count(0), 1, 5, false),
            (Budget::Count(3), 3, 3, true),
            (Budget::Count(3), 4, 9, false),
            (Budget::Percent(50), 0, 0, true),
            (Budget::Percent(50), 1, 1, false),
            (Budget::Percent(50), 1, 2, true),
            (Budget::Percent(50), 1, 3, true),
            (Budget::Percent(50), 2, 3, false),
            (Budget::Percent(0), 1, 1000, false),
            (Budget::Percent(100), 7, 7, true),
        ];
        for (budget, going, all, is_within) in table {
            assert_eq!(budget.allows(going, all), is_within, "{budget}: {going} of {all}");
        }
    }
}
