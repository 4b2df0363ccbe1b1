//! How Metacontroller applies the children of an answer.

use std::str::FromStr;

/// Metacontroller's flag `--apply-strategy`. No request says it, so the host has to be told.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum ApplyStrategy {
    /// Metacontroller's default: it merges observed, last applied and desired objects itself, and guesses the
    /// keys of lists ([`MERGE_KEYS`]).
    #[default]
    Dynamic,
    /// The API server merges, by the keys that each kind's schema has.
    ServerSide,
}

/// A word that names no apply strategy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an apply strategy; allowed: dynamic-apply, server-side-apply")]
pub struct UnknownStrategy(String);

/// The keys by which dynamic-apply merges lists, in its order. It takes the first one that every item of a list
/// has, where all items are objects; any other list is replaced whole.
pub const MERGE_KEYS: [&str; 7] = ["containerPort", "port", "mountPath", "name", "uid", "ip", "path"];

impl ApplyStrategy {
    /// All strategies.
    pub const ALL: [Self; 2] = [Self::Dynamic, Self::ServerSide];

    /// Its name, as Metacontroller's flag has it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Dynamic => "dynamic-apply",
            Self::ServerSide => "server-side-apply",
        }
    }
}

impl FromStr for ApplyStrategy {
    type Err = UnknownStrategy;

    fn from_str(text: &str) -> Result<Self, UnknownStrategy> {
        Self::ALL
            .into_iter()
            .find(|strategy| strategy.as_str() == text)
            .ok_or_else(|| UnknownStrategy(text.to_owned()))
    }
}

/// A merge key's place in [`MERGE_KEYS`].
#[inline]
pub(super) fn merge_key(name: &str) -> Option<u8> {
    Some(match name {
        "containerPort" => 0,
        "port" => 1,
        "mountPath" => 2,
        "name" => 3,
        "uid" => 4,
        "ip" => 5,
        "path" => 6,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_merge_key_has_its_place() {
        for (index, key) in MERGE_KEYS.into_iter().enumerate() {
            assert_eq!(merge_key(key).map(usize::from), Some(index), "{key}");
        }
        assert_eq!(merge_key("key"), None);
    }

    #[test]
    fn a_strategy_is_read_as_it_is_written() {
        for strategy in ApplyStrategy::ALL {
            assert_eq!(strategy.as_str().parse(), Ok(strategy));
        }
        let error = "ssa".parse::<ApplyStrategy>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "\"ssa\" is not an apply strategy; allowed: dynamic-apply, server-side-apply"
        );
    }
}
