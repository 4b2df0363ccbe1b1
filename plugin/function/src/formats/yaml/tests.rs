//! What is read, what is refused, and what it costs.

mod agreement;

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::*;

fn value(text: &str) -> Value {
    let yaml = read(text).unwrap_or_else(|mistake| panic!("{text:?}: {mistake:?}"));
    serde_json::from_str(&yaml.value.to_string()).unwrap()
}

fn mistake(text: &str) -> (usize, usize, String) {
    let Remark { mark, what } = read(text).expect_err(text);
    (mark.line, mark.column, what)
}

#[test]
fn every_style_of_yaml_is_read() {
    for (text, expected) in [
        // Block and flow.
        ("a:\n- b\n- c\n", json!({"a": ["b", "c"]})),
        (
            "a:\n  - b\n  -   c: d\n      e: f\n",
            json!({"a": ["b", {"c": "d", "e": "f"}]}),
        ),
        ("- - a\n  - b\n- c", json!([["a", "b"], "c"])),
        (
            "tags: {layer: faas, func: f}\n",
            json!({"tags": {"layer": "faas", "func": "f"}}),
        ),
        ("order: [a, b,\n  c]", json!({"order": ["a", "b", "c"]})),
        (
            "{\"a\": [1, {\"b\": \"c\"}], \"d\": null}",
            json!({"a": ["1", {"b": "c"}], "d": null}),
        ),
        ("[a: b, {c, d: }]", json!([{"a": "b"}, {"c": null, "d": null}])),
        ("? a\n: b\n? c\n", json!({"a": "b", "c": null})),
        // Scalars: the text as it is written.
        (
            "- 1\n- 1.10\n- 0x1F\n- 0o17\n- 1_000\n- yes\n- true\n- 2001-01-01\n- .inf",
            json!([
                "1",
                "1.10",
                "0x1F",
                "0o17",
                "1_000",
                "yes",
                "true",
                "2001-01-01",
                ".inf"
            ]),
        ),
        (
            "- ~\n- null\n- \n- Null\n- NULL\n",
            json!([null, null, null, null, null]),
        ),
        ("- ''\n- \"\"\n- 'null'\n- \"~\"", json!(["", "", "null", "~"])),
        ("a: b c  d\n  e\n\n  f", json!({"a": "b c  d e\nf"})),
        ("a: http://x:80/y#z # comment", json!({"a": "http://x:80/y#z"})),
        ("a: 'it''s: # no comment'", json!({"a": "it's: # no comment"})),
        (
            r#"a: "\x41é\U0001F600\t\"\\\/\n\0\e""#,
            json!({"a": "Aé😀\t\"\\/\n\0\u{1b}"}),
        ),
        ("a: \"b\n\n  c \\\n  d\"", json!({"a": "b\nc d"})),
        (
            "\"a b\": 1\n'c: d': 2\n3: 4\ntrue: no\n",
            json!({"a b": "1", "c: d": "2", "3": "4", "true": "no"}),
        ),
        // Block scalars.
        ("a: |\n  b\n   c\n\n  d\n", json!({"a": "b\n c\n\nd\n"})),
        ("a: |-\n  b\n\nc: |+\n  d\n\n", json!({"a": "b", "c": "d\n\n"})),
        ("a: >\n  b\n  c\n\n  d\n   e\n", json!({"a": "b c\nd\n e\n"})),
        ("a: >-\n  b\n  c\n", json!({"a": "b c"})),
        ("a: |2\n   b\n", json!({"a": " b\n"})),
        // Anchors, aliases, merges.
        ("a: &x [b]\nc: *x\n", json!({"a": ["b"], "c": ["b"]})),
        ("a: &x b\n*x : c\n", json!({"a": "b", "b": "c"})),
        (
            "a: &x {b: 1, c: 2}\nd: {<<: *x, c: 3}\n",
            json!({"a": {"b": "1", "c": "2"}, "d": {"b": "1", "c": "3"}}),
        ),
        (
            "d:\n  c: 3\n  <<: [{c: 1, e: 1}, {e: 2, f: 2}]\n",
            json!({"d": {"c": "3", "e": "1", "f": "2"}}),
        ),
        ("\"<<\": a", json!({"<<": "a"})),
        ("!!merge <<: {a: b}", json!({"a": "b"})),
        // Tags.
        (
            "- !!str 1\n- !!str\n- !!int '1'\n- !!null x\n- !mine y\n- ! null\n- !!seq [a]\n- !<tag:yaml.org,2002:str> ~",
            json!(["1", "", "1", null, "y", "null", ["a"], "~"]),
        ),
        (
            "%TAG !e! tag:example.com,2000:\n---\n!e!x {a: b}",
            json!({"a": "b"}),
        ),
        // Documents, marks, line ends.
        ("", Value::Null),
        ("# nothing\n\n", Value::Null),
        ("---\n", Value::Null),
        ("%YAML 1.2\n---\na: b\n...\n", json!({"a": "b"})),
        ("\u{feff}a: b", json!({"a": "b"})),
        ("a: b\r\nc:\r\n- d\r\n", json!({"a": "b", "c": ["d"]})),
        ("a: \tb\nc: [\td,\te]\n", json!({"a": "b", "c": ["d", "e"]})),
        (
            "a: b\n# one\n   # two\nc: # three\n  d\n",
            json!({"a": "b", "c": "d"}),
        ),
        ("plain", json!("plain")),
    ] {
        assert_eq!(value(text), expected, "{text:?}");
        assert_eq!(read(text).unwrap().remarks, [], "{text:?}");
    }
}

#[test]
fn a_mistake_has_its_line_and_column() {
    let mut wrong = Vec::new();
    for (text, line, column, what) in [
        (
            "a: 1\n b: 2\n",
            2,
            3,
            "invalid YAML: mapping values are not allowed in this context",
        ),
        ("a: [b\nc: d\n", 2, 2, "invalid YAML: "),
        (
            "a: \"b\n",
            1,
            4,
            "invalid YAML: while scanning a quoted scalar, found unexpected end of stream",
        ),
        (
            "a: 'b\n",
            1,
            4,
            "invalid YAML: while scanning a quoted scalar, found unexpected end of stream",
        ),
        (
            "a: \"\\q\"",
            1,
            4,
            "invalid YAML: while parsing a quoted scalar, found unknown escape character",
        ),
        (
            "a: *b\n",
            1,
            4,
            "invalid YAML: while parsing node, found unknown anchor",
        ),
        (
            "a:\n\tb: c\n",
            2,
            2,
            "invalid YAML: tabs disallowed within this context (block indentation)",
        ),
        (
            "a: b: c\n",
            1,
            5,
            "invalid YAML: mapping values are not allowed in this context",
        ),
        ("a: @b\n", 1, 4, "invalid YAML: unexpected character: `@'"),
        ("a: ]\n", 1, 4, "invalid YAML: misplaced bracket"),
        ("- a\n? [b]\n", 2, 1, "invalid YAML: "),
        ("[a]: b\n", 1, 1, "the key is a list or a mapping: write a text"),
        (
            "? {a: b}\n: c\n",
            1,
            3,
            "the key is a list or a mapping: write a text",
        ),
        (
            "a: &x [b]\n? *x\n: c\n",
            2,
            3,
            "the key is a list or a mapping: write a text",
        ),
        (
            "a: &x [*x]\n",
            1,
            8,
            "the alias stands for a value that it is a part of",
        ),
        (
            "a: !!binary aGk=\n",
            1,
            4,
            "unsupported tag !!binary: write the text itself",
        ),
        ("<<: a\n", 1, 5, "<< needs a mapping, or a list of mappings"),
        (
            "<<: [{a: b}, c]\n",
            1,
            5,
            "<< needs a mapping, or a list of mappings",
        ),
    ] {
        let found = mistake(text);
        if (found.0, found.1) != (line, column) || !found.2.starts_with(what) {
            wrong.push((text, found));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn what_is_not_used_is_remarked_on() {
    for (text, expected, remarks) in [
        (
            "b: 1\na: 2\nb: 3\n",
            json!({"a": "2", "b": "3"}),
            vec![(3, 1, "duplicate key \"b\": the last one is used")],
        ),
        (
            "a: 1\n---\nb: 2\n--- [\n",
            json!({"a": "1"}),
            vec![(2, 1, "another document: only the first one is used")],
        ),
    ] {
        let yaml = read(text).unwrap();
        let found = yaml.remarks.iter();
        let found: Vec<_> = found
            .map(|remark| (remark.mark.line, remark.mark.column, &*remark.what))
            .collect();
        assert_eq!(found, remarks, "{text:?}");
        assert_eq!(value(text), expected, "{text:?}");
    }
}

#[test]
fn a_field_is_found_in_the_text() {
    let text = "a: &x\n  b:\n  - c\n  - {d: e, 'f g': h}\n  bb: i\nj: *x\n";
    let places = places(text);
    for (path, line, column) in [
        (".a: what", 1, 1),
        (".a.b: what", 2, 3),
        (".a[b]", 2, 3),
        (".a.b[0]: what", 3, 5),
        (".a.b[1]: what", 4, 5),
        (".a.b[1].d: what", 4, 6),
        (".a.b[1].f g: what", 4, 12),
        (".a.bb: what", 5, 3),
        // What is not there is looked for above it.
        (".a.bbb: what", 1, 1),
        (".a.b[1].dd.e: what", 4, 5),
        (".j.b[1].d: what", 6, 1),
    ] {
        assert_eq!(places.find(path), Some(Mark { line, column }), "{path}");
    }
    assert_eq!(places.find(": what"), None);
}

/// As many of a text as there is room for.
fn full(part: &str) -> String {
    part.repeat(MOST_BYTES / part.len())
}

/// Texts that others have taken YAML libraries down with.
fn hostile() -> Vec<String> {
    let bomb = (1..10).fold("a0: &a0 [lol]\n".to_owned(), |text, level| {
        let one = format!("*a{}", level - 1);
        format!("{text}a{level}: &a{level} [{}]\n", [&*one; 9].join(", "))
    });
    let wide = format!("a: &a '{}'\nb: [{}]\n", "x".repeat(4000), "*a, ".repeat(4000));
    let merged = (1..30).fold("a0: &a0 {k: v}\n".to_owned(), |text, level| {
        format!(
            "{text}a{level}: &a{level} {{<<: [*a{0}, *a{0}], k{level}: v}}\n",
            level - 1
        )
    });
    let anchors: String = (0..6000).map(|index| format!("&a{index} ")).collect();
    let anchored: String = (0..6000).map(|index| format!("- &a{index}\n")).collect();
    let aliases = format!("- &a b\n{}", "- *a\n".repeat(12_000));
    let distinct: String = (0..6000).map(|index| format!("k{index}: v\n")).collect();
    let reversed: String = (0..6000).rev().map(|index| format!("k{index:04}: v\n")).collect();
    let tags: String = (0..2000)
        .map(|index| format!("%TAG !a{index}! tag:{index}:\n"))
        .collect();
    let stairs: String = (0..300)
        .map(|level| format!("{}a:\n", " ".repeat(level)))
        .collect();
    let parts = [
        "[",
        "{",
        "[[], ",
        "{a: ",
        "{? ",
        "[a, ",
        "{a, ",
        "- ",
        "-\n",
        "? ",
        ": ",
        "a: ",
        "a:\n",
        "a: b\n",
        "'",
        "\"",
        "'a",
        "\"\\",
        "\"\\\n",
        "|\n",
        "|",
        ">\n \n",
        "&a ",
        "*a ",
        "!a ",
        "!!str ",
        "!<",
        "%",
        "%a b\n",
        "---\n",
        "...\n",
        "# \n",
        "#",
        " ",
        " \n",
        "\n",
        "\r",
        "\r\n",
        "\t",
        "a",
        "a ",
        "a\n",
        "a b\n\n",
        "é",
        "\u{feff}",
        "\u{2028}",
        "<<: ",
        "<<: {}\n",
        "[a]: ",
        "]",
        "}",
        ",",
        "@",
        "\\",
        "- a\n  ",
        "a: |\n b\n",
        "[\n",
        "{\n",
        ",\n",
        "\"a\": ",
        "'a': ",
        "[\"a\": b, ",
        "- - - a\n",
        "a:\n- ",
    ];
    let headed = [
        "",
        "a: ",
        "- ",
        "[",
        "{",
        "a: [",
        "\"",
        "'",
        "|\n ",
        "? ",
        "a: >\n  b\n",
        "- - - - [{",
    ];
    let parts = parts
        .iter()
        .flat_map(|part| headed.map(|head| head.to_owned() + &full(part)));
    let large = [
        bomb, wide, merged, anchors, anchored, aliases, distinct, reversed, tags, stairs,
    ];
    let large = large
        .into_iter()
        .chain(["[".repeat(100_000), "&a ".repeat(350_000)]);
    large.chain(parts).collect()
}

/// A text costs at most what a good one of its size costs, whatever is in it.
#[test]
fn no_text_takes_long_or_becomes_big() {
    for text in hostile() {
        let start = Instant::now();
        let size = match read(&text) {
            Ok(yaml) => yaml.value.to_string().len(),
            Err(mistake) => mistake.what.len(),
        };
        let _ = places(&text);
        let took = start.elapsed();
        let shown: String = text.chars().take(40).collect();
        if std::env::var("HOSTILE_SLOW").is_ok() && took > Duration::from_millis(2) {
            println!("SLOW {took:?} {size} {shown:?}");
        }
        assert!(took < Duration::from_millis(500), "{shown:?} takes {took:?}");
        assert!(size < 8 * MOST_BYTES, "{shown:?} becomes {size}");
    }
}

#[test]
fn limits_are_told() {
    let keys = |count: usize| -> String { (0..count).map(|index| format!("k{index}: v\n")).collect() };
    assert!(read(&keys(MOST_NODES / 2 - 1)).is_ok());
    let deep = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(read(&deep(MOST_DEPTH)).is_ok());
    let mixed = "- a:\n   ".to_owned() + &"[{b: ".repeat(16) + &"}]".repeat(16);
    let values = "too many values: at most 4096 are read, and each alias counts as all that it repeats";
    let size = "too much text: at most 65536 bytes are read, and each alias counts as all that it repeats";
    let deeply = "nested too deeply: at most 32 levels are read";
    for (text, what) in [
        (keys(MOST_NODES / 2), values),
        (deep(MOST_DEPTH + 1), deeply),
        (full("- "), deeply),
        (mixed, deeply),
        (
            "a".repeat(MOST_BYTES + 1),
            "the text is 65537 bytes long: at most 65536 are read",
        ),
        (
            format!("a: &a {}\nb: [{}]", "x".repeat(3000), "*a, ".repeat(30)),
            size,
        ),
        (
            format!("a: &a [{}]\nb: [{}]", "x, ".repeat(100), "*a, ".repeat(50)),
            values,
        ),
    ] {
        assert_eq!(mistake(&text).2, what, "{}", text.get(..40).unwrap_or(&text));
    }
}
