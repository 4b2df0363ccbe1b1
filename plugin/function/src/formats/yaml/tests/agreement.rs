//! A whole library reads the same, however a value is written.

use std::fmt::Write;

use proptest::prelude::*;
use serde_json::{Value, json};

use super::*;

/// A value as it may be written.
#[derive(Debug, Clone)]
enum Node {
    Text(String),
    List(Vec<Node>),
    Map(Vec<(String, Node)>),
}

impl Node {
    fn value(&self) -> Value {
        match self {
            Node::Text(text) => json!(text),
            Node::List(list) => list.iter().map(Node::value).collect(),
            Node::Map(map) => Value::Object(
                map.iter()
                    .map(|(key, node)| (key.clone(), node.value()))
                    .collect(),
            ),
        }
    }
}

fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        4 => "[a-z]{1,6}",
        2 => "[a-z0-9 :#,\\[\\]{}&*!|>'\"%@`?~.=<-]{0,8}",
        1 => Just("null".to_owned()),
        1 => "[a-c \n]{0,8}",
        1 => "\\PC{0,6}",
    ]
}

fn node() -> impl Strategy<Value = Node> {
    text().prop_map(Node::Text).prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Node::List),
            prop::collection::btree_map(text(), inner, 0..4)
                .prop_map(|map| Node::Map(map.into_iter().collect())),
        ]
    })
}

/// Writes a value as YAML; each choice of a style takes a number.
struct Writer {
    text: String,
    choices: Vec<u8>,
    next: usize,
}

impl Writer {
    fn choose(&mut self, of: u8) -> u8 {
        self.next += 1;
        self.choices
            .get(self.next % self.choices.len().max(1))
            .copied()
            .unwrap_or(0)
            % of
    }

    /// A value behind `key:` or `-`, or at the top: `indent` is that of the lines below.
    fn block(&mut self, node: &Node, indent: usize) {
        match node {
            Node::Text(text) if self.choose(3) == 0 && is_literal(text) => self.literal(text, indent),
            Node::Text(text) => {
                self.text.push(' ');
                self.scalar(text);
                self.comment();
            }
            Node::List(list) if !list.is_empty() && self.choose(3) > 0 => {
                self.comment();
                for node in list {
                    let _ = write!(self.text, "{}-", " ".repeat(indent));
                    self.block(node, indent + 2);
                }
            }
            Node::Map(map) if !map.is_empty() && self.choose(3) > 0 => {
                self.comment();
                for (key, node) in map {
                    self.text.push_str(&" ".repeat(indent));
                    if self.choose(4) == 0 {
                        self.text.push_str("? ");
                        self.scalar(key);
                        let _ = write!(self.text, "\n{}:", " ".repeat(indent));
                    } else {
                        self.scalar(key);
                        self.text.push_str(" :");
                    }
                    let deeper = usize::from(self.choose(3));
                    self.block(node, indent + 1 + deeper);
                }
            }
            node => {
                self.text.push(' ');
                self.flow(node, indent);
                self.comment();
            }
        }
    }

    fn flow(&mut self, node: &Node, indent: usize) {
        match node {
            Node::Text(text) => self.scalar(text),
            Node::List(list) => {
                self.text.push('[');
                for node in list {
                    self.flow(node, indent);
                    self.comma(indent);
                }
                self.text.push(']');
            }
            Node::Map(map) => {
                self.text.push('{');
                for (key, node) in map {
                    self.scalar(key);
                    self.text.push_str(": ");
                    self.flow(node, indent);
                    self.comma(indent);
                }
                self.text.push('}');
            }
        }
    }

    fn comma(&mut self, indent: usize) {
        match self.choose(3) {
            0 => {
                let _ = write!(self.text, " , # [\n{} ", " ".repeat(indent));
            }
            _ => self.text.push_str(", "),
        }
    }

    fn comment(&mut self) {
        let comment = match self.choose(4) {
            0 => " # a: [b\n",
            1 => "\n\n# 'c\n",
            _ => "\n",
        };
        self.text.push_str(comment);
    }

    fn scalar(&mut self, text: &str) {
        let is_plain = text != "null" && text.bytes().all(|b| b.is_ascii_lowercase()) && !text.is_empty();
        let is_single = text
            .chars()
            .all(|c| !c.is_control() && !"\u{feff}\u{2028}\u{2029}\u{85}".contains(c));
        match self.choose(3) {
            0 if is_plain => self.text.push_str(text),
            1 if is_single => {
                let _ = write!(self.text, "'{}'", text.replace('\'', "''"));
            }
            2 if is_plain => {
                let _ = write!(self.text, "!!str {text}");
            }
            // A text of JSON is one of YAML, but for what is not printed.
            _ => {
                self.text.push('"');
                for c in text.chars() {
                    match c {
                        '"' | '\\' => {
                            let _ = write!(self.text, "\\{c}");
                        }
                        ' '..='~' => self.text.push(c),
                        c => {
                            let _ = write!(self.text, "\\U{:08x}", u32::from(c));
                        }
                    }
                }
                self.text.push('"');
            }
        }
    }

    fn literal(&mut self, text: &str, indent: usize) {
        let body = text.trim_end_matches('\n');
        let chomp = match text.len() - body.len() {
            0 => "-",
            1 => "",
            _ => "+",
        };
        let _ = writeln!(self.text, " |{chomp}");
        let lines = text.strip_suffix('\n').unwrap_or(text);
        for line in lines.split('\n') {
            let _ = writeln!(self.text, "{}{line}", " ".repeat(indent + 1));
        }
    }
}

/// Whether a text may be a literal block without a number of spaces in its head.
fn is_literal(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with([' ', '\n'])
        && text.chars().all(|c| c == '\n' || (' '..='~').contains(&c))
}

/// Whether another library's value is ours: what it takes for a number is a text here.
fn same(ours: &Value, theirs: &Value) -> bool {
    match (ours, theirs) {
        (Value::Array(ours), Value::Array(theirs)) => {
            ours.len() == theirs.len() && ours.iter().zip(theirs).all(|(ours, theirs)| same(ours, theirs))
        }
        (Value::Object(ours), Value::Object(theirs)) => {
            ours.len() == theirs.len()
                && ours
                    .iter()
                    .all(|(key, ours)| theirs.get(key).is_some_and(|theirs| same(ours, theirs)))
        }
        (Value::String(ours), Value::Number(_) | Value::Bool(_)) => {
            serde_saphyr::from_str::<Value>(ours).is_ok_and(|ours| ours == *theirs)
        }
        _ => ours == theirs,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_value_is_read_however_it_is_written(node in node(), choices in prop::collection::vec(any::<u8>(), 1..60)) {
        let mut writer = Writer { text: "---".to_owned(), choices, next: 0 };
        writer.block(&node, 0);
        let text = writer.text;
        let theirs: Result<Value, _> = serde_saphyr::from_str(&text);
        let theirs = theirs.unwrap_or_else(|error| panic!("the test writes no YAML: {error}\n{text}"));
        prop_assert!(same(&node.value(), &theirs), "the test writes another value: {theirs}\n{text}");
        prop_assert_eq!(value(&text), node.value(), "{}", text);
    }

    /// Two libraries read what is in both of their powers alike.
    #[test]
    fn a_whole_library_reads_the_same(
        text in prop::collection::vec(
            prop_oneof![Just("a: "), Just("b:"), Just("- "), Just("-"), Just("\n"), Just("\n  "), Just("\n    "),
                Just("'"), Just("\""), Just("["), Just("]"), Just("{"), Just("}"), Just(", "), Just(" #"), Just("? "),
                Just("x"), Just("1"), Just("true"), Just("~"), Just(": "), Just("\\"), Just("é"), Just("|\n"), Just(">-\n"),
                Just("&a "), Just("*a"), Just("!!str "), Just("---\n")],
            0..14)
    ) {
        let text = text.concat() + "\n";
        let theirs: Result<Value, _> = serde_saphyr::from_str(&text);
        if let (Ok(ours), Ok(theirs)) = (read(&text), theirs) {
            let ours = serde_json::from_str::<Value>(&ours.value.to_string()).unwrap();
            prop_assert!(same(&ours, &theirs), "{:?}: {} {}", text, ours, theirs);
        }
    }

    #[test]
    fn no_text_is_too_odd(text in "\\PC{0,60}") {
        let _ = read(&text);
        let _ = places(&text);
    }
}
