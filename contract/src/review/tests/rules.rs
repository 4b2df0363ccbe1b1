//! An answer for each rule that breaks only it: mended in one place it goes out as it is.

use super::*;
use crate::deletions::Budget;

/// A request, a good answer, and where what makes it a bad one.
type Example = (Request, String, String);

/// Answers to composites with this between the good one's `status` and the end.
fn plain(good: &str, bad: &str) -> Example {
    let answer = |rest: &str| format!("{{\"status\":{{\"a\":[1]}},\"children\":[{rest}");
    (composite(), answer(good), answer(bad))
}

/// Answers with a child that has such metadata.
fn child(good: &str, bad: &str) -> Example {
    (composite(), with(good, ""), with(bad, ""))
}

/// No wildcard: who adds a rule adds an answer that breaks it.
fn examples(rule: Rule) -> Vec<Example> {
    let other = |good: &str, bad: &str| (composite(), good.to_owned(), bad.to_owned());
    let decorated = |good: &str, bad: &str| (decorator(), good.to_owned(), bad.to_owned());
    let service = r#"{"apiVersion":"v1","kind":"Service","metadata":{"name":"a"}}"#;
    let two = |second: &str| format!("{service},{second}]}}");
    match rule {
        Rule::Json => vec![
            plain("]}", "]"),
            plain("]}", "],}"),
            plain("]}", "]}}"),
            plain("]}", "]}\u{b}"),
            other("{\"status\":{}}", "[{\"status\":{}}]"),
            other("{\"status\":{\"a\":1}}", "{\"status\":{\"a\":01}}"),
            other(
                "{\"status\":{\"a\":\"\\ud83d\\ude00\"}}",
                "{\"status\":{\"a\":\"\\ud83d\"}}",
            ),
        ],
        Rule::Size => {
            let mut small = composite();
            small.max_bytes = 13;
            vec![
                (small, "{\"status\":{}}".into(), "{\"status\":{ }}".into()),
                child(
                    &format!(r#""name":"a","annotations":{{"a":"{}"}}"#, "x".repeat(1000)),
                    &format!(r#""name":"a","annotations":{{"a":"{}"}}"#, "x".repeat(140_000)),
                ),
            ]
        }
        Rule::Fields => vec![
            other(
                r#"{"status":{},"resyncAfterSeconds":1}"#,
                r#"{"status":{},"resyncAfterSecond":1}"#,
            ),
            other(r#"{"status":{}}"#, r#"{"status":{},"labels":{}}"#),
            decorated(r#"{"attachments":[]}"#, r#"{"children":[]}"#),
        ],
        Rule::DuplicateKey => vec![
            other(r#"{"status":{}}"#, r#"{"status":{},"status":{}}"#),
            child(
                r#""name":"a","labels":{"a":"1","b":"2"}"#,
                r#""name":"a","labels":{"a":"1","a":"2"}"#,
            ),
            child(
                r#""name":"a","x":[{"a":1,"b":2}]"#,
                r#""name":"a","x":[{"a":1,"a":2}]"#,
            ),
            child(
                r#""name":"a","x":{"a":1,"b":2}"#,
                r#""name":"a","x":{"a":1,"\u0061":2}"#,
            ),
        ],
        Rule::NullElement => vec![
            plain("]}", "null]}"),
            child(r#""name":"a","x":[[1]]"#, r#""name":"a","x":[[null]]"#),
        ],
        Rule::Number => vec![other(
            &format!("{{\"status\":{{\"a\":{}}}}}", "9".repeat(300)),
            &format!("{{\"status\":{{\"a\":{}}}}}", "9".repeat(310)),
        )],
        Rule::Status => vec![
            other(r#"{"status":{}}"#, r#"{"status":[]}"#),
            decorated(r#"{"status":{}}"#, r#"{"status":"x"}"#),
        ],
        Rule::ResyncAfter => vec![other(
            r#"{"status":{},"resyncAfterSeconds":1}"#,
            r#"{"status":{},"resyncAfterSeconds":"1"}"#,
        )],
        Rule::Finalized => {
            let finalize = request(Hook::Finalize, ControllerKind::Composite);
            let answer = |finalized: &str| format!(r#"{{"status":{{}},"finalized":{finalized}}}"#);
            vec![(finalize, answer("true"), answer("\"true\""))]
        }
        Rule::Decoration => vec![
            decorated(r#"{"labels":{"a":"1"}}"#, r#"{"labels":{"a":1}}"#),
            decorated(r#"{"annotations":{}}"#, r#"{"annotations":[]}"#),
        ],
        Rule::AbsentChildren => {
            let mut observed = composite();
            observed.observed = 1;
            let mut attached = decorator();
            attached.observed = 1;
            vec![
                (
                    observed,
                    r#"{"status":{},"children":[]}"#.into(),
                    r#"{"status":{}}"#.into(),
                ),
                (
                    attached,
                    r#"{"attachments":[]}"#.into(),
                    r#"{"labels":{}}"#.into(),
                ),
            ]
        }
        Rule::ChildShape => vec![
            plain(&format!("{service}]}}"), "1]}"),
            plain(&format!("{service}]}}"), "{}]}"),
            other(r#"{"status":{},"children":[]}"#, r#"{"status":{},"children":{}}"#),
            child(r#""name":"a""#, ""),
            child(r#""name":"a""#, r#""name":"""#),
            child(r#""name":"a""#, r#""name":"a/b""#),
            child(r#""name":"a""#, r#""name":"a%b""#),
            child(r#""name":"a""#, r#""name":"..""#),
            child(r#""name":"a""#, "\"name\":\"a\u{7f}\""),
            child(r#""name":"a""#, r#""name":7"#),
            child(r#""name":"a","labels":{}"#, r#""name":"a","labels":[]"#),
            child(
                r#""name":"a","labels":{"a":"1"}"#,
                r#""name":"a","labels":{"a":1}"#,
            ),
            child(
                r#""name":"a","annotations":{"a":"1"}"#,
                r#""name":"a","annotations":{"a":true}"#,
            ),
            child(
                r#""name":"a","namespace":"default""#,
                r#""name":"a","namespace":{}"#,
            ),
            plain(
                &format!("{service}]}}"),
                &format!("{}]}}", service.replace("\"v1\"", "\"V1\"")),
            ),
            plain(
                &format!("{service}]}}"),
                &format!("{}]}}", service.replace("Service", "Ser vice")),
            ),
        ],
        Rule::UndeclaredKind => vec![
            plain(
                &format!("{service}]}}"),
                &format!("{}]}}", service.replace("Service", "Pod")),
            ),
            plain(
                &format!("{service}]}}"),
                &format!("{}]}}", service.replace("v1", "v2")),
            ),
        ],
        Rule::Namespace => vec![child(
            r#""name":"a","namespace":"default""#,
            r#""name":"a","namespace":"other""#,
        )],
        Rule::Loop => vec![
            child(r#""name":"a","x":"a-""#, r#""name":"a","generateName":"a-""#),
            child(r#""name":"a","x":[]"#, r#""name":"a","ownerReferences":[]"#),
            child(
                r#""name":"a","labels":{"x":"u"}"#,
                r#""name":"a","labels":{"controller-uid":"u"}"#,
            ),
        ],
        Rule::DuplicateIdentity => vec![
            plain(&two(&service.replace("\"a\"", "\"b\"")), &two(service)),
            plain(
                &two(&service.replace("\"a\"", "\"b\"")),
                &two(&service.replace("\"a\"", r#""a","namespace":"default""#)),
            ),
        ],
        Rule::MergeKey => vec![
            child(
                r#""name":"a","x":[{"port":1},{"port":2}]"#,
                r#""name":"a","x":[{"port":1},{"port":1}]"#,
            ),
            child(
                r#""name":"a","x":[{"name":"a"},{"name":"b"}]"#,
                r#""name":"a","x":[{"name":"a"},{"name":"\u0061"}]"#,
            ),
        ],
        Rule::Deletions => {
            let mut request = composite();
            request.observed = 1;
            let body = r#"{"parent":{"metadata":{}},"children":{"Service.v1":{"a":{"metadata":{"name":"a","namespace":"default"}}}}}"#;
            let budget = Budget::Count(0);
            request.deletions = Some(Deletions::read(budget, body, ControllerKind::Composite));
            let answer = |children: &str| format!("{{\"status\":{{}},\"children\":[{children}]}}");
            vec![(request, answer(service), answer(""))]
        }
        // Whoever has the schemas knows it: it is looked at after the review.
        Rule::Schema => Vec::new(),
        Rule::RelatedResources => vec![(
            customize(),
            related(r#","namespace":"a""#),
            related(r#","namespace":"a","namespaceSelector":{}"#),
        )],
    }
}

const RULES: [Rule; 20] = [
    Rule::Json,
    Rule::Size,
    Rule::Fields,
    Rule::DuplicateKey,
    Rule::NullElement,
    Rule::Number,
    Rule::Status,
    Rule::ResyncAfter,
    Rule::Finalized,
    Rule::Decoration,
    Rule::AbsentChildren,
    Rule::ChildShape,
    Rule::UndeclaredKind,
    Rule::Namespace,
    Rule::Loop,
    Rule::DuplicateIdentity,
    Rule::MergeKey,
    Rule::Deletions,
    Rule::Schema,
    Rule::RelatedResources,
];

#[test]
fn each_rule_has_an_answer_that_breaks_only_it() {
    for &(rule, _) in WHOLE {
        assert!(RULES.contains(&rule), "{rule}");
    }
    for &(rule, _) in CHILDREN {
        assert!(RULES.contains(&rule), "{rule}");
    }
    for rule in RULES {
        for (request, good, bad) in examples(rule) {
            request.takes(&good);
            if request.hook != Hook::Customize {
                assert!(scan::is_as_it_is(&good, &request.context()), "{rule}: {good}");
            }
            assert!(!scan::is_as_it_is(&bad, &request.context()), "{rule}: {bad}");
            assert_eq!(
                request.review(&bad).map_err(|violation| violation.rule),
                Err(rule),
                "{bad}"
            );
        }
    }
}
