//! Names that are derived from the Function's, always in the same way.
//!
//! A name that its kind allows is used as it is. Any other is cut and ends in eight hex digits
//! of a hash of the whole, so that two long names do not meet.

/// A label value and a DNS label: 63 characters.
pub(crate) const LABEL: usize = 63;
/// Dapr checks `<app-id>-dapr` as a DNS label.
const APP_ID: usize = 58;
/// Names of most kinds: 253 characters.
const SUBDOMAIN: usize = 253;
/// A dash and eight hex digits.
const TAIL: usize = 9;

/// What a name may look like.
#[derive(Clone, Copy, PartialEq)]
enum Rule {
    /// Lower-case letters, digits and dashes; starts with a letter (RFC 1035).
    Service,
    /// Lower-case letters, digits and dashes (RFC 1123).
    Label,
    /// Labels with dots between them.
    Subdomain,
}

/// The name of a workload or a scaler.
pub(crate) fn object(name: &str, limit: usize) -> String {
    derive(name.to_owned(), Rule::Label, limit)
}

/// The name of a Service.
pub(crate) fn service(name: &str) -> String {
    derive(name.to_owned(), Rule::Service, LABEL)
}

/// The value of the label that says whose an object is.
pub(crate) fn label(name: &str) -> String {
    derive(name.to_owned(), Rule::Subdomain, LABEL)
}

/// Dapr's name for the function.
pub(crate) fn app_id(name: &str, namespace: &str) -> String {
    derive([name, "-", namespace].concat(), Rule::Label, APP_ID)
}

/// The Dapr Component of one entry of `bindings`, `pubsub` or `states`; `group` is
/// `bindings`, `pubsub` or `state`.
pub(crate) fn component(name: &str, group: &str, key: &str) -> String {
    derive([name, "-", group, "-", key].concat(), Rule::Subdomain, SUBDOMAIN)
}

/// A BuildRun of the Build `name`; `hash` is that of its spec.
pub(crate) fn build_run(name: &str, hash: &str) -> String {
    format!("{}-{hash}", derive(name.to_owned(), Rule::Label, LABEL - TAIL))
}

/// Eight hex digits that stand for a text.
pub(crate) fn short_hash(text: &str) -> String {
    format!("{:08x}", hash(text))
}

fn derive(name: String, rule: Rule, limit: usize) -> String {
    if name.len() <= limit && fits(&name, rule) {
        return name;
    }
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    let mut cut = String::with_capacity(limit);
    if rule == Rule::Service && !starts {
        cut.push_str("fn-");
    }
    for c in name.chars() {
        if cut.len() + TAIL >= limit {
            break;
        }
        let kept = c.is_ascii_lowercase() || c.is_ascii_digit();
        cut.push(if kept { c } else { '-' });
    }
    let start = cut.trim_matches('-');
    format!(
        "{}-{:08x}",
        if start.is_empty() { "fn" } else { start },
        hash(&name)
    )
}

fn fits(name: &str, rule: Rule) -> bool {
    use crate::validate::syntax::{is_label, is_subdomain};
    match rule {
        Rule::Service => is_label(name) && name.starts_with(|c: char| c.is_ascii_lowercase()),
        Rule::Label => is_label(name),
        Rule::Subdomain => is_subdomain(name),
    }
}

/// FNV-1a: short, stable for ever, and good enough to tell the names of one namespace apart.
fn hash(text: &str) -> u32 {
    text.bytes().fold(0x811c_9dc5, |hash, byte| {
        (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::validate::syntax::is_label;
    use proptest::prelude::*;

    #[test]
    fn a_name_that_fits_is_used_as_it_is() {
        assert_eq!(object("hello", LABEL), "hello");
        assert_eq!(service(&"a".repeat(63)), "a".repeat(63));
        assert_eq!(object("1st", LABEL), "1st");
        assert_eq!(label("a.b"), "a.b");
        assert_eq!(app_id("hello", "demo"), "hello-demo");
        assert_eq!(component("a.b", "pubsub", "events"), "a.b-pubsub-events");
    }

    #[test]
    fn other_names_end_in_a_hash() {
        assert_eq!(service("a.b"), "a-b-108bf50c");
        assert_eq!(service("1st"), format!("fn-1st-{:08x}", hash("1st")));
        let long = "a".repeat(64);
        assert_eq!(
            object(&long, 54),
            format!("{}-{:08x}", "a".repeat(45), hash(&long))
        );
        assert_eq!(object(&long, 54).len(), 54);
    }

    #[test]
    fn the_hash_is_fnv_1a() {
        assert_eq!(hash(""), 0x811c_9dc5);
        assert_eq!(hash("a"), 0xe40c_292c);
        assert_eq!(hash("foobar"), 0xbf9c_f968);
    }

    proptest! {
        #[test]
        fn derived_names_are_valid_and_the_same_every_time(name in ".{0,300}", namespace in "[a-z0-9-]{1,63}") {
            let service = service(&name);
            prop_assert!(is_label(&service) && service.len() <= 63, "{}", service);
            prop_assert!(service.starts_with(|c: char| c.is_ascii_lowercase()), "{}", service);
            prop_assert_eq!(&service, &super::service(&name));
            for limit in [54, 63] {
                let object = object(&name, limit);
                prop_assert!(is_label(&object) && object.len() <= limit, "{}", object);
            }
            let app = app_id(&name, &namespace);
            prop_assert!(is_label(&app) && app.len() <= 58, "{}", app);
        }

        #[test]
        fn long_names_that_differ_stay_apart(a in "[a-z]{70,90}", b in "[a-z]{70,90}") {
            prop_assume!(a != b);
            prop_assert_ne!(object(&a, LABEL), object(&b, LABEL));
        }
    }
}
