//! Names that are derived from the Function's, always in the same way.
//!
//! A name that its kind allows is used as it is. Any other is cut and ends in eight hex digits
//! of a hash of the whole, so that two long names do not meet. How long a name may be depends on its
//! kind, and on the names and labels that other controllers derive from it:
//!
//! | kind | at most | why |
//! |---|---|---|
//! | Deployment, Job, Build | 63 | pods and runs have a label with the name |
//! | Service, Knative Service | 63 | DNS label; Knative shortens the names that it derives |
//! | StatefulSet | 52 | pods have the label `controller-revision-hash`: the name, `-` and ten digits |
//! | HTTPScaledObject, InterceptorRoute, ScaledObject, ScaledJob | 54 | KEDA's HPA is `keda-hpa-<name>`, a DNS label; before add-on 0.7 there is a label `kedahttp-<name>` |
//! | BuildRun | 63 | its TaskRun and pods have a label with the name |
//! | Dapr's app-id | 58 | Dapr makes the Service `<app-id>-dapr` |
//! | HTTPRoute, Ingress | 63 | nothing is derived; the workload has the same name |
//! | Component | 253 | nothing is derived |
//!
//! Sources: Kubernetes `pkg/apis/*/validation` and `pkg/controller/statefulset`; KEDA
//! `apis/keda/v1alpha1/scaledobject_webhook.go`; Knative `pkg/kmeta/names.go`; Shipwright
//! `pkg/validate`; Dapr `pkg/validation/kubernetes.go`.

/// A label value and a DNS label.
pub(crate) const LABEL: usize = 63;
/// A StatefulSet.
pub(crate) const STATEFUL_SET: usize = LABEL - "-0123456789".len();
/// Whatever makes KEDA make a HorizontalPodAutoscaler, and a ScaledJob beside it.
pub(crate) const SCALER: usize = LABEL - "keda-hpa-".len();
/// Dapr's name for a function.
pub(crate) const APP_ID: usize = LABEL - "-dapr".len();
/// Names of most kinds.
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
    derive([name, "-", namespace].concat(), Rule::Service, APP_ID)
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
    use super::syntax::{is_label, is_subdomain};
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
    use crate::formats::syntax::is_label;
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
        assert_eq!(SCALER, 54);
        assert_eq!(STATEFUL_SET, 52);
        let app = app_id("1st", "demo");
        assert_eq!(app, format!("fn-1st-demo-{:08x}", hash("1st-demo")));
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
