//! The fast way through the review never says more than the tables do, and what plugins write
//! goes through it.

use std::sync::LazyLock;

use proptest::prelude::*;
use serde_json::Value;

use super::*;
use crate::{View, read_envelope};

/// The answers of the plugin's golden cases, as the plugin writes them.
static GOLDEN: LazyLock<Vec<String>> = LazyLock::new(|| {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../plugin/function/tests/golden");
    let mut answers: Vec<String> = std::fs::read_dir(folder)
        .unwrap()
        .map(|case| {
            let text = std::fs::read_to_string(case.unwrap().path().join("answer.snap")).unwrap();
            let (_, answer) = text.trim_start_matches("---").split_once("\n---\n").unwrap();
            let answer: Value = serde_saphyr::from_str(answer).unwrap();
            // All of one parent's namespace, which some cases have elsewhere.
            answer
                .to_string()
                .replace(r#""namespace":"default""#, r#""namespace":"demo""#)
        })
        .collect();
    answers.sort();
    assert!(answers.len() > 100);
    answers
});

/// Who gets such answers.
static OWNER: LazyLock<Request> = LazyLock::new(|| {
    let mut owner = composite();
    owner.parent.namespace = Some("demo".into());
    for answer in &*GOLDEN {
        let answer: Value = serde_json::from_str(answer).unwrap();
        for child in answer["children"].as_array().unwrap() {
            let text = |field: &str| child[field].as_str().unwrap();
            let kind = GroupKey::new(text("apiVersion"), text("kind"));
            if !owner.declared.contains(&kind) {
                owner.declared.push(kind);
            }
        }
    }
    owner
});

impl Request {
    /// What the fast way says, which is checked against the tables.
    fn is_fast(&self, answer: &str) -> bool {
        let fast = scan::is_as_it_is(answer, &self.context());
        if fast {
            let slow = by_rules(answer, &self.context());
            let expected = Reviewed {
                body: Cow::Borrowed(answer),
                notes: Vec::new(),
            };
            assert_eq!(slow, Ok(expected), "{answer}");
            assert!(matches!(slow.unwrap().body, Cow::Borrowed(_)), "{answer}");
        }
        fast
    }
}

#[test]
fn what_the_plugin_answers_goes_the_fast_way() {
    for hook in [Hook::Sync, Hook::Finalize] {
        for name in ["first", "second", "ready"] {
            let body = crate::tests::fixture(&format!("composite-v2-sync-{name}.body"));
            let envelope = read_envelope(&body, hook, &View::default()).unwrap();
            let answer = metawasm_function::sync(&envelope.trimmed, "{}").unwrap();
            let context = ReviewContext::new(hook, &envelope, 1 << 20);
            assert!(scan::is_as_it_is(&answer, &context), "{answer}");
        }
    }
    for answer in &*GOLDEN {
        let slow = by_rules(answer, &OWNER.context()).map(|reviewed| reviewed.notes);
        assert!(OWNER.is_fast(answer), "the tables say {slow:?} of {answer}");
    }
}

#[test]
fn a_canonical_answer_goes_the_fast_way() {
    let mut answered = composite();
    answered.observed = 3;
    assert!(answered.is_fast(&with(
        r#""name":"a:b","namespace":"default","labels":{"a":""},"annotations":{"b":"\n\u00e9"}"#,
        r#","spec":{"ports":[{"port":80}],"on":true,"off":[false,-7,0.5,[],{}]}"#,
    )));
    assert!(answered.is_fast(" { \"children\" : [ ] ,\n\"status\":{}, \"resyncAfterSeconds\":1 } "));
    assert!(request(Hook::Finalize, ControllerKind::Composite).is_fast(r#"{"status":{},"finalized":true}"#));
    let answer = r#"{"labels":{"a":"b"},"annotations":{},"status":{"a":1},"attachments":[],"resyncAfterSeconds":86400}"#;
    assert!(decorator().is_fast(answer));
    assert!(decorator().is_fast("{}"));
}

#[test]
fn what_is_unusual_is_left_to_the_rules() {
    let key = |n| format!("\"k{n}\":1");
    let many = |count| {
        format!(
            "{{\"status\":{{{}}}}}",
            (0..count).map(key).collect::<Vec<_>>().join(",")
        )
    };
    assert!(composite().is_fast(&many(32)) && !composite().is_fast(&many(33)));
    for answer in [
        r#"{"status":{"a":5.0}}"#,
        r#"{"status":{"a":-0}}"#,
        r#"{"status":{"a":1e999}}"#,
        r#"{"status":{"a":null}}"#,
        r#"{"status":{"\u0061":1}}"#,
        r#"{"status":{},"children":[{"apiVersion":"v1","kind":"Service","metadata":{"name":"\u0061"}}]}"#,
        r#"{"status":{}},"#,
        r#"{"status":{}"#,
    ] {
        assert!(!composite().is_fast(answer), "{answer}");
    }
    assert!(!customize().is_fast("{}"));
}

/// Members that break a rule or are no longer canonical somewhere, and such that do not.
const MEMBERS: [&str; 24] = [
    r#""status":{},"#,
    r#""status":1,"#,
    r#""name":"a","#,
    r#""name":"..","#,
    r#""namespace":"default","#,
    r#""namespace":"","#,
    r#""apiVersion":"v1","#,
    r#""kind":"Pod","#,
    r#""metadata":{"name":"a"},"#,
    r#""labels":{"controller-uid":"u"},"#,
    r#""labels":{"a":1},"#,
    r#""annotations":{"metacontroller.k8s.io/last-applied-configuration":""},"#,
    r#""generateName":"a","#,
    r#""ownerReferences":[],"#,
    r#""uid":"u","#,
    r#""finalized":true,"#,
    r#""resyncAfterSeconds":0,"#,
    r#""resyncAfterSeconds":86401,"#,
    r#""children":[],"#,
    r#""attachments":[],"#,
    r#""a":null,"#,
    r#""b":[null],"#,
    r#""c":-0,"#,
    r#""d":1e9,"#,
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(4000))]

    #[test]
    fn the_fast_way_never_says_more_than_the_rules(
        case: prop::sample::Index,
        (member, at) in any::<(prop::sample::Index, prop::sample::Index)>(),
        (cut, copy, byte) in any::<(bool, bool, Option<u8>)>(),
        (finalize, decorated, cluster, observed) in any::<(bool, bool, bool, bool)>(),
    ) {
        let mut owner = OWNER.clone();
        let mut answer = case.get(&GOLDEN).clone();
        let braces: Vec<usize> = answer.match_indices('{').map(|(at, _)| at + 1).collect();
        let place = *at.get(&braces);
        if copy {
            // Some member again, which may be in another object.
            let rest = &answer[place..];
            let again = rest[..rest.find(',').map_or(0, |end| end + 1)].to_owned();
            answer.insert_str(place, &again);
        } else {
            answer.insert_str(place, MEMBERS[member.index(MEMBERS.len())]);
        }
        if cut {
            // Some member less.
            let commas: Vec<usize> = answer.match_indices(',').map(|(at, _)| at).collect();
            let from = member.index(commas.len());
            let to = commas.get(from + 1).copied().unwrap_or(commas[from]);
            answer.replace_range(commas[from]..to, "");
        }
        if let Some(byte) = byte.filter(u8::is_ascii) {
            let mut bytes = answer.into_bytes();
            let place = at.index(bytes.len());
            if bytes[place].is_ascii() {
                bytes[place] = byte;
            }
            answer = String::from_utf8(bytes).unwrap();
        }
        owner.finalizing = finalize;
        owner.observed = usize::from(observed);
        if cluster {
            owner.parent.namespace = None;
        }
        if decorated {
            owner.kind = ControllerKind::Decorator;
            answer = answer.replacen("\"children\"", "\"attachments\"", 1);
        }
        owner.is_fast(&answer);
    }
}
