//! The names of Metacontroller's hooks, controllers and hook versions.

use std::fmt;
use std::str::FromStr;

/// A hook that a plugin can answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Hook {
    /// What children should the parent have?
    Sync,
    /// The same while the parent is being deleted, and: may it go?
    Finalize,
    /// Which other objects does the plugin want to see?
    Customize,
}

/// The kind of controller that asks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ControllerKind {
    /// A CompositeController: sends `parent` and `children`.
    Composite,
    /// A DecoratorController: sends `object` and `attachments`.
    Decorator,
}

/// The version of one hook, `controller.spec.hooks.<hook>.version`.
///
/// It decides how the keys of observed objects are written and what a customize hook may
/// select, and nothing else: an answer is reviewed alike for both.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum HookVersion {
    /// Metacontroller's default.
    #[default]
    V1,
    /// Keys are always `namespace/name`; related objects may be anywhere.
    V2,
}

/// The error of a text that does not name a hook.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("unknown hook {0:?}; expected sync, finalize or customize")]
pub struct UnknownHook(String);

impl Hook {
    /// All hooks.
    pub const ALL: [Self; 3] = [Self::Sync, Self::Finalize, Self::Customize];

    /// Its name in paths, in `controller.spec.hooks` and in WIT.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Finalize => "finalize",
            Self::Customize => "customize",
        }
    }
}

impl ControllerKind {
    /// `CompositeController` or `DecoratorController`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Composite => "CompositeController",
            Self::Decorator => "DecoratorController",
        }
    }

    /// The request's key of the parent: `parent` or `object`. Customize requests say `parent` always.
    pub const fn parent_key(self) -> &'static str {
        match self {
            Self::Composite => "parent",
            Self::Decorator => "object",
        }
    }

    /// The key of the children, in requests and answers: `children` or `attachments`.
    pub const fn children_key(self) -> &'static str {
        match self {
            Self::Composite => "children",
            Self::Decorator => "attachments",
        }
    }
}

impl HookVersion {
    /// `v1` or `v2`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::V1 => "v1",
            Self::V2 => "v2",
        }
    }
}

impl FromStr for Hook {
    type Err = UnknownHook;

    fn from_str(text: &str) -> Result<Self, UnknownHook> {
        Self::ALL
            .into_iter()
            .find(|hook| hook.as_str() == text)
            .ok_or_else(|| UnknownHook(text.to_owned()))
    }
}

impl fmt::Display for Hook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for ControllerKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for HookVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_is_read_as_it_is_written() {
        for hook in Hook::ALL {
            assert_eq!(hook.as_str().parse(), Ok(hook));
        }
        let error = "Sync".parse::<Hook>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "unknown hook \"Sync\"; expected sync, finalize or customize"
        );
    }
}
