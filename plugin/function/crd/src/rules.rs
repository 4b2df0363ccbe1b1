//! Rules in CEL (`x-kubernetes-validations`) that several fields share, and how one is written.
//!
//! A rule sees its own field as `self` and nothing above it. The API server estimates what a rule can cost at most,
//! so that a text which a rule looks into has a `maxLength`, and a list or map around it a limit.

use serde::Serialize;

/// An entry of `x-kubernetes-validations`.
#[derive(Clone, Copy, Serialize)]
pub(crate) struct Rule {
    rule: &'static str,
    message: &'static str,
}

/// A rule, and what is said where it is broken.
pub(crate) const fn rule(rule: &'static str, message: &'static str) -> Rule {
    Rule { rule, message }
}

/// A regular expression of names as Kubernetes has them (RFC 1123): labels with dots between them.
macro_rules! subdomain {
    () => {
        "[a-z0-9]([-a-z0-9]*[a-z0-9])?([.][a-z0-9]([-a-z0-9]*[a-z0-9])?)*"
    };
}

/// A regular expression of DNS labels: at most 63 characters.
macro_rules! dns_label {
    () => {
        "[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?"
    };
}

/// A regular expression of what follows the prefix of a label's key: at most 63 characters. A value is like it.
macro_rules! label {
    () => {
        "[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
    };
}

pub(crate) use {dns_label, label, subdomain};

/// An image reference has rules of its own; what no registry takes is refused.
pub(crate) const NO_SPACES: Rule = rule("!self.matches('[[:space:][:cntrl:]]')", "must not contain spaces");

/// The value of a label.
pub(crate) const LABEL_VALUE: Rule = rule(
    concat!("self.matches('^(", label!(), ")?$')"),
    "must be a label value: at most 63 letters, digits, '-', '_' or '.', starting and ending with a letter or digit",
);

/// The name of a container.
pub(crate) const DNS_LABEL: Rule = rule(
    concat!("self.matches('^", dns_label!(), "$')"),
    "must be a DNS label: at most 63 lower-case letters, digits or '-', starting and ending with a letter or digit",
);

/// The keys of a map that become parts of names.
pub(crate) const DNS_LABEL_KEYS: Rule = rule(
    concat!("self.all(key, key.matches('^", dns_label!(), "$'))"),
    "each name must be a DNS label: at most 63 lower-case letters, digits or '-', starting and ending with a letter or digit",
);

/// The name of a Secret; empty is none.
pub(crate) const SECRET_NAME: Rule = rule(
    concat!("self.matches('^(", subdomain!(), ")?$')"),
    "must be the name of a Secret",
);

/// The name of a Dapr component.
pub(crate) const COMPONENT_NAME: Rule = rule(
    concat!("self.matches('^", subdomain!(), "$')"),
    "must be the name of a Dapr component",
);

/// What may call a function, or be read by it. `binding.` is the proposal's spelling, and a group without a type
/// an older version's.
pub(crate) const SOURCE_TYPE: Rule = rule(
    "self.matches('^((bindings?|pubsub|state)([.](?s:.+))?)?$')",
    "must be bindings.… or pubsub.… or state.…",
);

/// What a function may write to.
pub(crate) const SINK_TYPE: Rule = rule(
    "self.matches('^((bindings?|pubsub)([.](?s:.+))?)?$')",
    "must be bindings.… or pubsub.…",
);
