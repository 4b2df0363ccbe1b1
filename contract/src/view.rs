//! Views: which part of a request a plugin sees.

use std::collections::BTreeSet;

use metawasm_json::pointer;
use serde_json::Value;

use metawasm_formats::text::cut;

/// The part of a request that a plugin reads, compiled from the `view` of its `describe`.
///
/// # Guarantees
///
/// Identity stays, whatever a view says: the keys of `children`, `attachments` and `related` and
/// of their groups, and `apiVersion`, `kind` and `metadata.{name,namespace,uid}` of every object
/// in them and of the parent. What is on the way to a kept path stays too; of an object or list
/// on that way only what a path names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct View {
    cuts: Vec<Cut>,
    root: CutId,
}

/// Reasons why a `view` is invalid.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ViewError {
    /// Not `{"keep": […]}` and not `{"drop": […]}`.
    #[error("expected an object with one key, \"keep\" or \"drop\", and a list of JSON pointers")]
    Shape,
    /// Not a path.
    #[error("invalid JSON pointer {path}; expected a path such as \"/children/*/*/status\"")]
    Path {
        /// The path, as JSON.
        path: String,
    },
    /// It would cost more than it saves.
    #[error(
        "too large; at most {MAX_PATHS} paths of {MAX_STEPS} steps are allowed, and {MAX_CUTS} steps with each `*` expanded"
    )]
    TooBig,
}

/// Bytes of a path that a sentence shows.
const MOST_SHOWN: usize = 200;
/// Paths at most.
const MAX_PATHS: usize = 256;
/// Steps of a path at most.
const MAX_STEPS: usize = 32;
/// Places that the scanner has to tell apart at most.
const MAX_CUTS: usize = 4096;

/// What to do with a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Cut {
    /// Keep it whole.
    Keep,
    /// Cut it whole.
    Drop,
    /// Look into it, if it is an object or a list; a scalar stays.
    Look {
        /// Keys, and indexes of lists, with a rule of their own.
        keys: Vec<(String, CutId)>,
        /// The rule for all others.
        other: CutId,
    },
}

/// A place in a [`View`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CutId(usize);

impl CutId {
    pub(crate) const KEEP: Self = Self(0);
    pub(crate) const DROP: Self = Self(1);
}

/// One step of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    Key(String),
    Any,
}

type Path = Vec<Step>;

/// What a request has too much of for everybody: server-side bookkeeping and kubectl's copy of
/// what was applied.
const NOISE: [&str; 2] = [
    "metadata/managedFields",
    "metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration",
];
const IDENTITY: [&str; 5] = [
    "apiVersion",
    "kind",
    "metadata/name",
    "metadata/namespace",
    "metadata/uid",
];
const OBJECTS: [&str; 5] = [
    "/parent",
    "/object",
    "/children/*/*",
    "/attachments/*/*",
    "/related/*/*",
];

/// Drops every `metadata.managedFields` and kubectl's last-applied annotation.
impl Default for View {
    fn default() -> Self {
        let noise = |object: &&str| NOISE.map(|noise| path(&format!("{object}/{noise}")).unwrap_or_default());
        let drops: Vec<Path> = ["/controller"].iter().chain(&OBJECTS).flat_map(noise).collect();
        Self::compile(&drops, &[], false).unwrap_or_else(|_| Self::everything())
    }
}

impl View {
    /// Cuts nothing.
    pub fn everything() -> Self {
        Self {
            cuts: vec![Cut::Keep, Cut::Drop],
            root: CutId::KEEP,
        }
    }

    /// Compiles `{"keep": [path…]}` or `{"drop": [path…]}`. A path is a JSON pointer in which `*`
    /// stands for any one key or index.
    ///
    /// # Errors
    ///
    /// [`ViewError`] when it is neither, when a path is no pointer, or when it is too big.
    pub fn from_json(view: &Value) -> Result<Self, ViewError> {
        let object = view
            .as_object()
            .filter(|object| object.len() == 1)
            .ok_or(ViewError::Shape)?;
        let (key, paths) = object.iter().next().ok_or(ViewError::Shape)?;
        let paths = paths.as_array().ok_or(ViewError::Shape)?;
        if paths.len() > MAX_PATHS {
            return Err(ViewError::TooBig);
        }
        let paths = paths
            .iter()
            .map(|text| {
                text.as_str().and_then(path).ok_or_else(|| ViewError::Path {
                    path: cut(&text.to_string(), MOST_SHOWN).into_owned(),
                })
            })
            .collect::<Result<Vec<_>, _>>()?;
        if paths.iter().any(|path| path.len() > MAX_STEPS) {
            return Err(ViewError::TooBig);
        }
        match key.as_str() {
            "keep" => Self::compile(&[], &paths, true),
            "drop" => Self::compile(&paths, &[], false),
            _ => Err(ViewError::Shape),
        }
    }

    /// The rule for the request.
    pub(crate) fn root(&self) -> CutId {
        self.root
    }

    /// The rule of a place.
    #[inline]
    pub(crate) fn cut(&self, id: CutId) -> &Cut {
        self.cuts.get(id.0).unwrap_or(&Cut::Keep)
    }

    /// The rule for a member of an object.
    #[inline]
    pub(crate) fn member(&self, at: CutId, key: &str) -> CutId {
        match self.cut(at) {
            Cut::Look { keys, other } => keys
                .iter()
                .find(|(name, _)| name == key)
                .map_or(*other, |&(_, cut)| cut),
            _ => at,
        }
    }

    /// The rule for an element of a list.
    #[inline]
    pub(crate) fn element(&self, at: CutId, index: usize) -> CutId {
        match self.cut(at) {
            Cut::Look { keys, other } if keys.is_empty() => *other,
            Cut::Look { .. } => self.member(at, &index.to_string()),
            _ => at,
        }
    }

    fn compile(drops: &[Path], keeps: &[Path], dropping: bool) -> Result<Self, ViewError> {
        let identity: Vec<Path> = OBJECTS
            .iter()
            .flat_map(|object| IDENTITY.map(|field| path(&format!("{object}/{field}")).unwrap_or_default()))
            .collect();
        let mut view = Self::everything();
        let drops: Vec<&[Step]> = drops.iter().map(Vec::as_slice).collect();
        let keeps: Vec<&[Step]> = keeps.iter().chain(&identity).map(Vec::as_slice).collect();
        view.root = view.add(&drops, &keeps, dropping)?;
        Ok(view)
    }

    /// Adds the rule for a place where these paths are still ahead. `dropping`: unless a path
    /// keeps it, it goes.
    fn add(&mut self, drops: &[&[Step]], keeps: &[&[Step]], dropping: bool) -> Result<CutId, ViewError> {
        let dropping = dropping || drops.iter().any(|path| path.is_empty());
        let drops = if dropping { &[] } else { drops };
        if keeps.iter().any(|path| path.is_empty()) || (drops.is_empty() && !dropping) {
            return Ok(CutId::KEEP);
        }
        if keeps.is_empty() && dropping {
            return Ok(CutId::DROP);
        }
        if self.cuts.len() >= MAX_CUTS {
            return Err(ViewError::TooBig);
        }
        let id = CutId(self.cuts.len());
        self.cuts.push(Cut::Keep);
        let names: BTreeSet<&str> = drops
            .iter()
            .chain(keeps)
            .filter_map(|path| match path.first() {
                Some(Step::Key(key)) => Some(key.as_str()),
                _ => None,
            })
            .collect();
        let other = self.add(&after(drops, None), &after(keeps, None), dropping)?;
        let mut keys = Vec::new();
        for name in names {
            let cut = self.add(&after(drops, Some(name)), &after(keeps, Some(name)), dropping)?;
            if cut != other {
                keys.push((name.to_owned(), cut));
            }
        }
        if let Some(cut) = self.cuts.get_mut(id.0) {
            *cut = Cut::Look { keys, other };
        }
        Ok(id)
    }
}

/// What is left of the paths that lead through a key; `None`: through any key that none names.
fn after<'p>(paths: &[&'p [Step]], key: Option<&str>) -> Vec<&'p [Step]> {
    paths
        .iter()
        .filter_map(|path| match path.split_first() {
            Some((Step::Any, rest)) => Some(rest),
            Some((Step::Key(name), rest)) if Some(name.as_str()) == key => Some(rest),
            _ => None,
        })
        .collect()
}

fn path(text: &str) -> Option<Path> {
    let steps = pointer::steps(text)?;
    Some(
        steps
            .into_iter()
            .map(|step| {
                if step == "*" {
                    Step::Any
                } else {
                    Step::Key(step.into_owned())
                }
            })
            .collect(),
    )
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_view_that_is_none_is_refused() {
        for view in [
            json!(null),
            json!({}),
            json!([]),
            json!({"keep": [], "drop": []}),
            json!({"keep": "/a"}),
            json!({"hold": []}),
        ] {
            assert_eq!(View::from_json(&view), Err(ViewError::Shape), "{view}");
        }
        for path in [json!("a"), json!("/~2"), json!(1)] {
            let error = View::from_json(&json!({"drop": [path]})).unwrap_err();
            assert_eq!(
                error,
                ViewError::Path {
                    path: path.to_string()
                }
            );
        }
        let deep = "/a".repeat(33);
        assert_eq!(View::from_json(&json!({"keep": [deep]})), Err(ViewError::TooBig));
        assert_eq!(
            View::from_json(&json!({"keep": vec!["/a"; 257]})),
            Err(ViewError::TooBig)
        );
    }

    #[test]
    fn stars_that_multiply_are_refused() {
        let paths: Vec<String> = (0..30)
            .map(|n| format!("{}/a{}", "/*".repeat(n), "/*/b".repeat((30 - n) / 2)))
            .collect();
        assert_eq!(View::from_json(&json!({"drop": paths})), Err(ViewError::TooBig));
    }

    #[test]
    fn identity_stays_when_what_is_around_it_goes() {
        let view = View::from_json(&json!({"drop": ["/parent", "/children"]})).unwrap();
        let at = |steps: &[&str]| steps.iter().fold(view.root(), |at, step| view.member(at, step));
        assert_eq!(at(&["parent", "spec"]), CutId::DROP);
        assert_eq!(at(&["parent", "metadata", "uid"]), CutId::KEEP);
        assert_eq!(at(&["parent", "metadata", "labels"]), CutId::DROP);
        assert_eq!(at(&["children", "Pod.v1", "a", "kind"]), CutId::KEEP);
        assert_eq!(at(&["children", "Pod.v1", "a", "status"]), CutId::DROP);
        assert_eq!(at(&["controller"]), CutId::KEEP);
    }
}
